/* SPDX-License-Identifier: GPL-2.0 */
/* core.h - workers with cookies on the two threads of a core. */
#ifndef TESTS_KERNEL_CORE_H
#define TESTS_KERNEL_CORE_H

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum {
	LEFT = 2, /* the threads of one core */
	RIGHT = 3,
	NR_TURNS = 1000000,
};

static inline struct lab_bpf *open_core(u32 nr_dsqs)
{
	struct lab_bpf *skel;

	ASSERT_STREQ(file_read("/sys/devices/system/cpu/cpu3/topology/thread_siblings_list"),
		     "2-3");
	skel = rig_open(nr_dsqs);
	skel->data->journal_mask &= ~J_BIT(core_sched_before);
	return skel;
}

static inline int core_prctl(int cmd, pid_t pid, unsigned long *cookie)
{
	return prctl(PR_SCHED_CORE, cmd, pid, PR_SCHED_CORE_SCOPE_THREAD, (unsigned long)cookie);
}

static inline unsigned long cookie_of(const struct worker *w)
{
	unsigned long cookie = 0;

	ASSERT_EQ(core_prctl(PR_SCHED_CORE_GET, w->pid, &cookie), 0);
	return cookie;
}

/* A cookie that nobody else has. */
static inline void give_cookie(const struct worker *w)
{
	ASSERT_EQ(core_prctl(PR_SCHED_CORE_CREATE, w->pid, NULL), 0);
	ASSERT_NE(cookie_of(w), 0);
}

/* @to gets the cookie of @from, through a process that has it meanwhile. */
static inline void share_cookie(const struct worker *from, const struct worker *to)
{
	pid_t pid = fork();
	int status;

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(core_prctl(PR_SCHED_CORE_SHARE_FROM, from->pid, NULL) ||
		      core_prctl(PR_SCHED_CORE_SHARE_TO, to->pid, NULL));
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	ASSERT_EQ(cookie_of(to), cookie_of(from));
}

/* A worker with a cookie of its own on @cpu. */
static inline struct worker *start_on(int cpu)
{
	struct worker *w = worker_start(.cpus = 1 << cpu);

	give_cookie(w);
	return w;
}

/* Wake @w, which cannot run yet. */
static inline void post_waiting(const struct sched *s, struct worker *w)
{
	u32 before = journal_count(s, J_enqueue, w->pid);

	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid) > before));
}

/* While @spinning goes on, @w, woken, does not run; and it does when the other has stopped. */
static inline void expect_waits_for(const struct sched *s, struct worker *w,
				    struct worker *spinning)
{
	unsigned long turns;

	post_waiting(s, w);
	turns = atomic_load(&spinning->page->nr_turns);
	EXPECT_TRUE(WAIT_FOR(atomic_load(&spinning->page->nr_turns) > turns + NR_TURNS));
	EXPECT_EQ(journal_count(s, J_running, w->pid), 0);
	worker_stop_spin(spinning);
	worker_wait(w);
	EXPECT_GT(journal_count(s, J_running, w->pid), 0);
}

#endif /* TESTS_KERNEL_CORE_H */
