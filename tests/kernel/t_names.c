// SPDX-License-Identifier: GPL-2.0
/* Objects built for 6.12 and for 7.1 alone both load, and their functions do the same. */
#include "lab.h"
#include "names612.bpf.skel.h"
#include "names71.bpf.skel.h"
#include "worker.h"

/* As both objects have them. */
enum {
	SLICE_NS = 7000000,
	VTIME = 77,
	NR_WORKERS = 8,
};

COVERS(scx_bpf_dispatch, scx_bpf_dispatch_vtime, scx_bpf_consume, scx_bpf_dispatch_from_dsq,
       scx_bpf_dispatch_vtime_from_dsq, scx_bpf_dispatch_from_dsq_set_slice,
       scx_bpf_dispatch_from_dsq_set_vtime);

/* Workers with even and odd pids, which go different ways. */
static void wake_workers(void)
{
	static struct worker *workers[NR_WORKERS];
	int i;

	for (i = 0; i < NR_WORKERS; i++) {
		if (!workers[i])
			workers[i] = worker_start();
		worker_do(workers[i], worker_nop);
	}
}

TEST(an_object_of_6_12_loads_and_works)
{
	struct names612_bpf *skel = SCHED_OPEN(names612_bpf);
	struct sched *s;

	wake_workers();
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	s = SCHED_START(skel);
	wake_workers();

	EXPECT_GT(skel->bss->nr_fifo, 0);
	EXPECT_GT(skel->bss->nr_vtime, 0);
	EXPECT_EQ(skel->bss->nr_moved_vtime, skel->bss->nr_fifo);
	EXPECT_EQ(skel->bss->nr_moved, skel->bss->nr_fifo + skel->bss->nr_vtime);
	EXPECT_EQ(skel->bss->nr_consumed, skel->bss->nr_moved);
	EXPECT_EQ(skel->bss->seen_slice, SLICE_NS);
	EXPECT_EQ(skel->bss->seen_vtime, VTIME);
	/* fair tasks, of which there are always some, take CPUs away in partial mode */
	EXPECT_TRUE(WAIT_FOR(skel->bss->nr_released));
	sched_stop(s);
}

TEST(an_object_of_7_1_loads_and_works)
{
	struct names71_bpf *skel = SCHED_OPEN(names71_bpf);
	struct sched *s;

	wake_workers();
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	s = SCHED_START(skel);
	wake_workers();

	EXPECT_GT(skel->bss->nr_fifo, 0);
	EXPECT_GT(skel->bss->nr_vtime, 0);
	EXPECT_EQ(skel->bss->nr_moved_vtime, skel->bss->nr_fifo);
	EXPECT_EQ(skel->bss->nr_moved, skel->bss->nr_fifo + skel->bss->nr_vtime);
	EXPECT_EQ(skel->bss->nr_consumed, skel->bss->nr_moved);
	EXPECT_EQ(skel->bss->seen_slice, SLICE_NS);
	EXPECT_EQ(skel->bss->seen_vtime, VTIME);
	EXPECT_GT(skel->bss->nr_reenqueued, 0);
	sched_stop(s);
}
