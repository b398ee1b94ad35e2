/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched.h - the life of one busted scheduler (busted.bpf.c), and what must be true of the
 * machine when it is over.
 */
#ifndef TESTS_SYSTEM_SCHED_H
#define TESTS_SYSTEM_SCHED_H

#include <scx/common.h>

#include "busted.h"
#include "busted.bpf.skel.h"
#include "guest.h"

/* How a scheduler can end. */
enum exit_kind {
	EXIT_UNREG = 64,
	EXIT_UNREG_KERN = 66,
	EXIT_SYSRQ = 67,
	EXIT_ERROR = 1024,
	EXIT_ERROR_STALL = 1026,
};

/* Exit code: the CPUs have changed, load again. */
#define ECODE_HOTPLUG_RESTART (1LL << 48 | 1LL << 32)

struct sched {
	struct busted_bpf *skel;
	struct bpf_link *link; /* NULL: not attached */
};

/* Puts variants into the callbacks of an open scheduler. */
typedef void (*sched_setup)(struct busted_bpf *skel);

/* USE(member, variant) - for a setup: makes @variant the callback @member. */
#define USE(member, variant) (skel->struct_ops.busted_ops->member = skel->progs.variant)

/* A setup: the scheduler has callbacks for CPUs that come and go. */
void setup_stay_with_cpus(struct busted_bpf *skel);

/* A setup: the scheduler counts pairs, see sched_expect_balanced(). */
void setup_count(struct busted_bpf *skel);

/*
 * Opens the scheduler with the variants that @setup (or NULL) chooses, after
 * waiting until no other one is loaded. Ends the test if it cannot.
 */
void sched_open(struct sched *s, sched_setup setup);

/* Loads its programs. 0, or -errno if the kernel refuses one. */
int sched_load(struct sched *s);

/* Makes it the scheduler of the machine. 0 or -errno. It may have ended when this returns. */
int sched_attach(struct sched *s);

/* sched_open(), _load() and _attach(); ends the test if one of them fails. */
void sched_start(struct sched *s, sched_setup setup);

/* Takes it out again as its loader would, and waits for that. Nothing if it isn't attached. */
void sched_stop(struct sched *s);

/* Frees what is left of it. */
void sched_close(struct sched *s);

/* Lets it misbehave. */
void sched_arm(struct sched *s);

/* How often it has misbehaved. */
u64 sched_nr_misdeeds(const struct sched *s);

/* Whether it has ended, and how: its exit kind, 0 until then. */
int sched_exit_kind(const struct sched *s);

/*
 * Waits until it has ended, and checks that it did so as @kind, with @msg in its message, and that
 * the machine is as before: expect_all_fair().
 */
void sched_expect_end(struct sched *s, enum exit_kind kind, const char *msg);

/* Checks, once it has ended, that everything that began with it has ended (busted.h). */
void sched_expect_nothing_left(const struct sched *s);

/* The same, and that tasks have been through its hands. */
void sched_expect_balanced(const struct sched *s);

/* How many tasks of the machine, those of the kernel included, are on SCX. */
int nr_tasks_on_scx(void);

/* Waits until no scheduler is loaded, and checks that no task of the machine is left on SCX. */
void expect_all_fair(void);

#endif /* TESTS_SYSTEM_SCHED_H */
