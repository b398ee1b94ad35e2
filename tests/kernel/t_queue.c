// SPDX-License-Identifier: GPL-2.0
/* Dispatch queues: making them, their order, looking into them, moving tasks between them. */
#include "lab.h"
#include "lab.bpf.skel.h"
#include "worker.h"

enum {
	CPU = 2, /* of all workers */
	NR_WORKERS = 3,
	DSQ_A = 1, /* where enqueue puts tasks */
	DSQ_B = 2,
};

/* Workers that wait in queue A, woken in their order, and nobody to take them out. */
struct fixture {
	struct lab_bpf *skel;
	struct sched *s;
	struct worker *w[NR_WORKERS];
};

static void fixture_wake(struct fixture *f, int i)
{
	long long nr = LAB_DO(f->s, NR_QUEUED, DSQ_A);

	worker_post(f->w[i], worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(f->s, NR_QUEUED, DSQ_A) == nr + 1));
}

/* @vtimes: for vtime order; NULL: FIFO. */
static void fixture_init(struct fixture *f, const u64 *vtimes)
{
	int i;

	f->skel = SCHED_OPEN(lab_bpf);
	f->skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	f->skel->rodata->nr_dsqs = 2;
	f->skel->bss->knobs.enqueue = (struct knob){
		.how = vtimes ? HOW_VTIME : HOW_FIFO,
		.dsq = DSQ_A,
		.slice = SLICE_ENDLESS,
	};
	f->skel->data->journal_mask = J_BIT(running) | J_BIT(dequeue) | J_BIT(enqueue);
	f->s = SCHED_START(f->skel);
	for (i = 0; i < NR_WORKERS; i++) {
		f->w[i] = worker_start(.cpus = 1 << CPU);
		if (vtimes)
			ASSERT_EQ(bpf_map__update_elem(f->skel->maps.vtimes, &f->w[i]->pid,
						       sizeof(f->w[i]->pid), &vtimes[i],
						       sizeof(vtimes[i]), 0),
				  0);
	}
	for (i = 0; i < NR_WORKERS; i++)
		fixture_wake(f, i);
}

/* Let CPU take tasks from @dsq. */
static void fixture_release(struct fixture *f, u64 dsq)
{
	f->skel->bss->knobs.dispatch = (struct knob){ .how = HOW_CONSUME, .dsq = dsq, .cpu = CPU };
	LAB_DO(f->s, KICK, CPU);
}

/*
 * The workers run in this order, by number: "2 0 1". Ends the scheduler. One may run more than once, if
 * a kernel thread comes in between.
 */
static void fixture_expect_order(struct fixture *f, const char *want)
{
	bool ran[NR_WORKERS] = {};
	char order[64] = "";
	int i, n, nr = 0;

	for (i = 0; i < NR_WORKERS; i++)
		worker_wait(f->w[i]);
	for (n = 0; nr < NR_WORKERS; n++) {
		const struct journal_entry *e = journal_find(f->s, J_running, -1, n);

		ASSERT_TRUE(e);
		for (i = 0; i < NR_WORKERS; i++) {
			if (e->pid != f->w[i]->pid || ran[i])
				continue;
			ran[i] = true;
			sprintf(order + strlen(order), "%s%d", nr++ ? " " : "", i);
		}
	}
	EXPECT_STREQ(order, want);
	sched_stop(f->s);
}

static struct lab_bpf *open_partial(void)
{
	struct lab_bpf *skel = SCHED_OPEN(lab_bpf);

	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	return skel;
}

COVERS(scx_bpf_create_dsq, scx_bpf_destroy_dsq);

TEST(creating_a_queue_fails_with_the_right_errno)
{
	struct sched *s = SCHED_START(open_partial());

	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 7, .b = -1), 0);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 7, .b = -1), -EEXIST);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 8, .b = 0), 0);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 9, .b = -2), -EINVAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 9, .b = 9999), -EINVAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 9, .b = 0x7fffffff), -EINVAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, DSQ_LOCAL, .b = -1), -EINVAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, DSQ_LOCAL_ON | 1, .b = -1), -EINVAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, (1ULL << 63) - 1, .b = -1), 0);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 0, .b = -1), 0);
	/* none of which ejects */
	sched_stop(s);
}

TEST(a_destroyed_queue_is_gone_and_can_be_made_anew)
{
	struct sched *s = SCHED_START(open_partial());

	ASSERT_EQ(LAB_DO(s, CREATE_DSQ, 7, .b = -1), 0);
	EXPECT_EQ(LAB_DO(s, NR_QUEUED, 7), 0);
	LAB_DO(s, DESTROY_DSQ, 7);
	EXPECT_EQ(LAB_DO(s, NR_QUEUED, 7), -ENOENT);
	/* unknown and built-in ones are ignored */
	LAB_DO(s, DESTROY_DSQ, 7);
	LAB_DO(s, DESTROY_DSQ, DSQ_GLOBAL);
	EXPECT_EQ(LAB_DO(s, CREATE_DSQ, 7, .b = -1), 0);
	EXPECT_EQ(LAB_DO(s, NR_QUEUED, 7), 0);
	sched_stop(s);
}

TEST(there_can_be_many_queues)
{
	enum { NR = 1024 };
	struct sched *s = SCHED_START(open_partial());
	int i;

	for (i = 0; i < NR; i++)
		ASSERT_EQ(LAB_DO(s, CREATE_DSQ, i, .b = -1), 0);
	for (i = 0; i < NR; i++)
		ASSERT_EQ(LAB_DO(s, CREATE_DSQ, i, .b = -1), -EEXIST);
	for (i = 0; i < NR; i += 2)
		LAB_DO(s, DESTROY_DSQ, i);
	for (i = 0; i < NR; i++)
		ASSERT_EQ(LAB_DO(s, NR_QUEUED, i), i % 2 ? 0 : -ENOENT);
	sched_stop(s);
}

COVERS(scx_bpf_dsq_nr_queued);

TEST(the_length_of_a_queue_is_told)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 3);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_B), 0);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, 0xdead), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_GLOBAL), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_BYPASS), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_LOCAL), 0);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_LOCAL_ON | CPU), 0);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "0 1 2");
}

COVERS(scx_bpf_dsq_insert, scx_bpf_dsq_insert___v2, scx_bpf_dsq_move_to_local,
       scx_bpf_dsq_move_to_local___v2);

TEST(inserts_go_to_the_tail_or_to_the_head)
{
	struct fixture f;

	fixture_init(&f, NULL);
	/* the first one once more, to the head: it waits on the BPF side meanwhile */
	f.skel->bss->knobs.enqueue.flags = ENQ_HEAD;
	ASSERT_EQ(set_affinity(f.w[2]->pid, 1 << CPU | 1 << 3), 0);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_A), f.w[2]->pid);
	ASSERT_EQ(set_affinity(f.w[2]->pid, 1 << CPU), 0);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_A), f.w[2]->pid);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "2 0 1");
}

COVERS(scx_bpf_dsq_insert_vtime, __scx_bpf_dsq_insert_vtime);

TEST(vtimes_are_ordered_by_signed_difference)
{
	static const u64 vtimes[] = { 10, 0, -10ULL };
	struct fixture f;

	fixture_init(&f, vtimes);
	EXPECT_EQ(LAB_DO(f.s, GET_VTIME, f.w[2]->pid), -10);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "2 1 0");
}

TEST(equal_vtimes_keep_their_order)
{
	static const u64 vtimes[] = { 5, 5, 5 };
	struct fixture f;

	fixture_init(&f, vtimes);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "0 1 2");
}

COVERS(scx_bpf_dsq_peek);

TEST(peek_gives_the_first_task)
{
	static const u64 vtimes[] = { 30, 10, 20 };
	struct fixture f;

	fixture_init(&f, vtimes);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_A), f.w[1]->pid);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_B), 0);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "1 2 0");
}

TEST(peek_finds_nothing_in_an_emptied_queue)
{
	struct fixture f;
	int i;

	fixture_init(&f, NULL);
	fixture_release(&f, DSQ_A);
	for (i = 0; i < NR_WORKERS; i++)
		worker_wait(f.w[i]);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_A), 0);
	sched_stop(f.s);
}

COVERS(bpf_iter_scx_dsq_new, bpf_iter_scx_dsq_next, bpf_iter_scx_dsq_destroy);

TEST(a_queue_is_iterated_forwards_and_backwards)
{
	static const u64 vtimes[] = { 30, 10, 20 };
	struct fixture f;

	fixture_init(&f, vtimes);
	ASSERT_EQ(LAB_DO(f.s, ITERATE, DSQ_A), 3);
	EXPECT_EQ(f.skel->bss->lab_seen[0], f.w[1]->pid);
	EXPECT_EQ(f.skel->bss->lab_seen[1], f.w[2]->pid);
	EXPECT_EQ(f.skel->bss->lab_seen[2], f.w[0]->pid);
	ASSERT_EQ(LAB_DO(f.s, ITERATE, DSQ_A, .b = ITER_REV), 3);
	EXPECT_EQ(f.skel->bss->lab_seen[0], f.w[0]->pid);
	EXPECT_EQ(f.skel->bss->lab_seen[1], f.w[2]->pid);
	EXPECT_EQ(f.skel->bss->lab_seen[2], f.w[1]->pid);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_B), 0);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "1 2 0");
}

TEST(an_iterator_that_cannot_be_had_finds_nothing)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_A, .b = 1), -EINVAL);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_A, .b = 1LL << 30), -EINVAL);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, 0xdead), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_GLOBAL), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_LOCAL), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, ITERATE, DSQ_LOCAL_ON | CPU), -ENOENT);
	EXPECT_EQ(LAB_DO(f.s, MOVE_FAILED, f.w[0]->pid), 0);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 3);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "0 1 2");
}

COVERS(scx_bpf_dsq_move);

TEST(tasks_are_moved_to_another_queue)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_B), 3);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 0);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_B), 3);
	/* each to the head: in reverse */
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_B, .b = DSQ_A, .c = ENQ_HEAD), 3);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "2 1 0");
}

TEST(a_task_that_is_moved_to_where_it_was_is_not_seen_again)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_A), 3);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 3);
	EXPECT_EQ(LAB_DO(f.s, MOVE_TWICE, DSQ_A, .b = DSQ_A), 1);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "1 2 0");
}

TEST(a_task_of_another_queue_is_not_moved)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, MOVE_FOREIGN, DSQ_B, .b = f.w[0]->pid), 0);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 3);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "0 1 2");
}

TEST(tasks_are_moved_to_the_cpu_of_a_local_queue)
{
	struct fixture f;
	int i;

	fixture_init(&f, NULL);
	for (i = 0; i < NR_WORKERS; i++)
		ASSERT_EQ(set_affinity(f.w[i]->pid, 1 << CPU | 1 << 3), 0);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_LOCAL_ON | 3), 3);
	for (i = 0; i < NR_WORKERS; i++) {
		worker_wait(f.w[i]);
		EXPECT_EQ(journal_find(f.s, J_running, f.w[i]->pid, 0)->arg, 3);
	}
	sched_stop(f.s);
}

TEST(tasks_are_moved_to_the_global_queue)
{
	struct fixture f;

	fixture_init(&f, NULL);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_GLOBAL), 3);
	LAB_DO(f.s, KICK, CPU);
	fixture_expect_order(&f, "0 1 2");
}

COVERS(scx_bpf_dsq_move_vtime);

TEST(tasks_are_moved_in_vtime_order)
{
	static const u64 vtimes[] = { 30, 10, 20 };
	struct fixture f;

	fixture_init(&f, vtimes);
	EXPECT_EQ(LAB_DO(f.s, MOVE, DSQ_A, .b = DSQ_B), 3);
	EXPECT_EQ(LAB_DO(f.s, PEEK, DSQ_B), f.w[1]->pid);
	EXPECT_EQ(LAB_DO(f.s, SET_VTIME, f.w[1]->pid, .b = 25), 1);
	EXPECT_EQ(LAB_DO(f.s, MOVE_VTIME, DSQ_B, .b = DSQ_A), 3);
	fixture_release(&f, DSQ_A);
	fixture_expect_order(&f, "2 1 0");
}

COVERS(scx_bpf_dsq_move_set_slice, scx_bpf_dsq_move_set_vtime);

TEST(overrides_are_for_one_move)
{
	static const u64 vtimes[] = { 30, 10, 20 };
	struct fixture f;

	fixture_init(&f, vtimes);
	EXPECT_EQ(LAB_DO(f.s, MOVE_VTIME, DSQ_A, .b = DSQ_B, .override = 1, .slice = 12345,
			 .vtime = 40),
		  3);
	EXPECT_EQ(LAB_DO(f.s, GET_SLICE, f.w[1]->pid), 12345);
	EXPECT_EQ(LAB_DO(f.s, GET_VTIME, f.w[1]->pid), 40);
	EXPECT_EQ((u64)LAB_DO(f.s, GET_SLICE, f.w[2]->pid), SLICE_ENDLESS);
	EXPECT_EQ(LAB_DO(f.s, GET_VTIME, f.w[2]->pid), 20);
	fixture_release(&f, DSQ_B);
	fixture_expect_order(&f, "2 0 1");
}

TEST(tasks_that_may_not_run_here_are_passed_over)
{
	struct fixture f;

	fixture_init(&f, NULL);
	ASSERT_EQ(set_affinity(f.w[0]->pid, 1 << 1), 0);
	ASSERT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 3);
	fixture_release(&f, DSQ_A);
	worker_wait(f.w[1]);
	worker_wait(f.w[2]);
	EXPECT_EQ(LAB_DO(f.s, NR_QUEUED, DSQ_A), 1);
	f.skel->bss->knobs.dispatch.cpu = 1;
	LAB_DO(f.s, KICK, 1);
	worker_wait(f.w[0]);
	EXPECT_EQ(journal_find(f.s, J_running, f.w[0]->pid, 0)->arg, 1);
	sched_stop(f.s);
}
