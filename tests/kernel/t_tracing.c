// SPDX-License-Identifier: GPL-2.0
/* Tracing programs of a scheduler may call the class at any time, in an NMI, too. */
#include "rig.h"

#include "tracing.bpf.skel.h"

/* The tracing program @prog of @skel runs until the end of the test. */
static void trace(struct bpf_program *prog)
{
	ASSERT_TRUE(bpf_program__attach(prog));
}

TEST(a_scheduler_can_be_ended_from_an_nmi)
{
	struct tracing_bpf *skel = SCHED_OPEN(tracing_bpf);
	struct worker *w = worker_start();
	struct sched *s;

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	s = SCHED_START(skel);
	worker_start_spin(w);
	trace(skel->progs.tracing_nmi);
	console_quiet();
	/* all CPUs' backtraces, for which they get an NMI */
	ASSERT_EQ(file_write("/proc/sysrq-trigger", "l"), 0);
	sched_expect_exit(s, KIND_ERROR_BPF, "failed in an NMI on CPU ");
	EXPECT_STRHAS(s->dump, "failed in an NMI on CPU ");
	console_loud();
	worker_stop_spin(w);
}

TEST(a_message_stays_whole_when_another_comes_in_between)
{
	struct tracing_bpf *skel = SCHED_OPEN(tracing_bpf);
	struct sched *s = SCHED_START(skel);

	trace(skel->progs.tracing_format);
	sched_run_prog(s, "tracing_error", NULL, 0);
	sched_expect_exit(s, KIND_ERROR_BPF, "dump me");
	EXPECT_STRHAS(s->dump, "traced 123\n");
	EXPECT_STRHAS(s->dump, "mine 42, whole\n");
}
