// SPDX-License-Identifier: GPL-2.0
/* A CPU that goes takes its scheduler with it, while tasks go to and fro between the classes. */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum {
	GOING = 3, /* the CPU that goes */
	STAYING = 2,
	NR_WORKERS = 8,
	NR_ROUNDS = 4,
	SHORT_SLICE = 2000000,
};

/* A process that changes the policies of all of @w for ever. */
static pid_t change_policies(struct worker *const w[NR_WORKERS])
{
	pid_t pid = fork();
	int i;

	ASSERT_GE(pid, 0);
	if (pid)
		return pid;
	for (;;) {
		for (i = 0; i < NR_WORKERS; i++) {
			set_policy(w[i]->pid, SCHED_EXT, 0);
			set_policy(w[i]->pid, SCHED_OTHER, 0);
		}
	}
}

/*
 * The unload begins while the CPU is on its way out, and may have to wait until it has gone. No
 * task may be stranded there meanwhile: the CPU would wait for it.
 */
TEST_TIMEOUT(tasks_change_class_while_a_cpu_goes_with_the_scheduler, 120)
{
	struct worker *w[NR_WORKERS];
	pid_t changer;
	int i, round;

	for (i = 0; i < NR_WORKERS; i++) {
		w[i] = worker_start(.normal = true, .cpus = 1 << GOING | 1 << STAYING);
		worker_start_spin(w[i]);
	}
	for (round = 0; round < NR_ROUNDS; round++) {
		struct lab_bpf *skel;
		struct sched *s;

		ASSERT_EQ(cpu_set_online(GOING, true), 0);
		skel = rig_open(0);
		skel->struct_ops.ops->flags = 0;
		skel->data->journal_mask = 0;
		skel->bss->knobs.enqueue.dsq = DSQ_GLOBAL;
		skel->bss->knobs.enqueue.slice = SHORT_SLICE;
		s = SCHED_START(skel);
		changer = change_policies(w);
		EXPECT_TRUE(worker_spins_on(w[0]));
		EXPECT_EQ(cpu_set_online(GOING, false), 0);
		ASSERT_TRUE(WAIT_FOR(!sched_lives(s)));
		EXPECT_EQ(s->uei->kind, KIND_UNREG_KERN);
		ASSERT_EQ(bpf_link__destroy(s->link), 0);
		for (i = 0; i < NR_WORKERS; i++)
			EXPECT_TRUE(worker_spins_on(w[i]));
		kill(changer, SIGKILL);
		ASSERT_EQ(waitpid(changer, NULL, 0), changer);
		lab_bpf__destroy(skel);
	}
	for (i = 0; i < NR_WORKERS; i++)
		worker_stop_spin(w[i]);
	ASSERT_EQ(cpu_set_online(GOING, true), 0);
}
