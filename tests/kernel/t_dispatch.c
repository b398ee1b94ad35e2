// SPDX-License-Identifier: GPL-2.0
/* The dispatch callback: its buffer, what becomes of stale verdicts, when it is called again. */
#include "lab.h"

#include "dispatch.bpf.skel.h"
#include "dispatch.h"
#include "worker.h"

enum {
	CPU = 2,
	NR_WORKERS = 2,
};

struct fixture {
	struct dispatch_bpf *skel;
	struct sched *s;
	struct worker *w[NR_WORKERS];
};

static struct dispatch_bpf *open_script(enum dispatch_script script)
{
	struct dispatch_bpf *skel = SCHED_OPEN(dispatch_bpf);

	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	pin_self(0);
	skel->rodata->script = script;
	skel->rodata->script_cpu = CPU;
	return skel;
}

/* Two workers wait for dispatch, which then begins. */
static void begin(struct fixture *f, struct dispatch_bpf *skel, u64 cpus)
{
	int i;

	f->skel = skel;
	f->s = SCHED_START(skel);
	for (i = 0; i < NR_WORKERS; i++) {
		f->w[i] = worker_start(.cpus = cpus);
		worker_post(f->w[i], worker_nop);
		ASSERT_TRUE(WAIT_FOR((int)skel->bss->nr_waiting == i + 1));
	}
	skel->bss->go = 1;
	sched_run_prog(f->s, "dispatch_kick", NULL, 0);
}

static void end(struct fixture *f)
{
	int i;

	for (i = 0; i < NR_WORKERS; i++)
		worker_wait(f->w[i]);
	sched_stop(f->s);
}

/* The same when not all of them were dispatched: unloading frees them. */
static void end_unserved(struct fixture *f)
{
	int i;

	sched_stop(f->s);
	for (i = 0; i < NR_WORKERS; i++)
		worker_wait(f->w[i]);
}

/* What the script noted, as "1 2 3". */
static void expect_notes(struct fixture *f, const char *want)
{
	const struct journal_entry *e;
	char notes[256] = "";
	int i;

	for (i = 0; (e = journal_find(f->s, J_note, 0, i)); i++)
		sprintf(notes + strlen(notes), "%s%lld", i ? " " : "", (long long)e->arg);
	EXPECT_STREQ(notes, want);
}

COVERS(dispatch, scx_bpf_dispatch_nr_slots, scx_bpf_dsq_move_to_local,
       scx_bpf_dsq_move_to_local___v2);

TEST(the_buffer_is_carried_out_by_a_move)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_SLOTS), 1 << CPU);
	end(&f);
	expect_notes(&f, "32 31 30 0 32 2 1 1 1 0 0");
}

TEST(the_size_of_the_buffer_is_that_of_the_table)
{
	struct dispatch_bpf *skel = open_script(SCRIPT_SLOTS);
	struct fixture f;

	skel->struct_ops.ops->dispatch_max_batch = 2;
	begin(&f, skel, 1 << CPU);
	end(&f);
	expect_notes(&f, "2 1 0 0 2 2 1 1 1 0 0");
}

TEST(a_large_buffer_can_be_had)
{
	struct dispatch_bpf *skel = open_script(SCRIPT_SLOTS);
	struct fixture f;

	skel->struct_ops.ops->dispatch_max_batch = 5000;
	begin(&f, skel, 1 << CPU);
	end(&f);
	expect_notes(&f, "5000 4999 4998 0 5000 2 1 1 1 0 0");
}

COVERS(scx_bpf_dispatch_cancel);

TEST(the_last_insert_can_be_taken_back)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_CANCEL), 1 << CPU);
	worker_wait(f.w[0]);
	expect_notes(&f, "30 31");
	/* the other has not been dispatched, and waits until the scheduler is unloaded */
	EXPECT_EQ(journal_count(f.s, J_running, f.w[1]->pid), 0);
	EXPECT_FALSE(worker_is_done(f.w[1]));
	end_unserved(&f);
}

TEST(a_second_verdict_for_a_task_is_dropped)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_STALE), 1 << CPU);
	end(&f);
	/* it was accepted, as nobody can know */
	expect_notes(&f, "1");
	EXPECT_EQ(journal_count(f.s, J_running, f.w[0]->pid), 1);
}

TEST(a_verdict_for_a_sleeping_task_is_dropped)
{
	struct dispatch_bpf *skel = open_script(SCRIPT_SLEEPER);
	struct worker *sleeper = worker_start(.cpus = 1 << CPU);
	struct fixture f;

	skel->bss->waiting[2] = sleeper->pid;
	begin(&f, skel, 1 << CPU);
	end(&f);
	expect_notes(&f, "1");
	EXPECT_EQ(journal_count(f.s, J_running, sleeper->pid), 0);
}

TEST(a_full_buffer_is_no_error)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_FULL), 1 << CPU);
	end(&f);
	expect_notes(&f, "32");
}

TEST(tasks_can_be_dispatched_to_other_cpus)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_REMOTE), 0xe);
	end(&f);
	expect_notes(&f, "1 1");
	EXPECT_EQ(journal_find(f.s, J_running, f.w[0]->pid, 0)->arg, 3);
	EXPECT_EQ(journal_find(f.s, J_running, f.w[1]->pid, 0)->arg, 1);
}

TEST(what_goes_to_the_global_queue_is_taken_from_there)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_GLOBAL), 1 << CPU);
	end(&f);
	EXPECT_LT(journal_find(f.s, J_running, f.w[0]->pid, 0),
		  journal_find(f.s, J_running, f.w[1]->pid, 0));
}

TEST(a_dispatch_that_only_moves_in_circles_does_not_lock_up)
{
	struct fixture f;
	u32 calls;

	begin(&f, open_script(SCRIPT_CIRCLES), 1 << CPU);
	/* called again and again, but in between the CPU does other things */
	ASSERT_TRUE(WAIT_FOR(f.skel->bss->nr_calls > 100));
	calls = f.skel->bss->nr_calls;
	EXPECT_TRUE(WAIT_FOR(f.skel->bss->nr_calls > calls));
	pin_self(CPU);
	pin_self(0);
	EXPECT_TRUE(sched_lives(f.s));
	end_unserved(&f);
}

TEST(dispatch_can_let_the_current_task_go_on)
{
	struct fixture f;
	u32 i;

	begin(&f, open_script(SCRIPT_REFILL), 1 << CPU);
	worker_wait(f.w[0]);
	/* the first one runs, with a slice, and is given another each time */
	worker_post(f.w[0], worker_spin);
	ASSERT_TRUE(WAIT_FOR(f.skel->data->seen_prev == f.w[0]->pid));
	i = f.skel->bss->nr_calls;
	ASSERT_TRUE(WAIT_FOR(f.skel->bss->nr_calls > i + 3));
	EXPECT_EQ(f.skel->data->seen_prev, f.w[0]->pid);
	/* no enqueue: it never stopped being current, whoever waits */
	EXPECT_EQ(journal_count(f.s, J_enqueue, f.w[0]->pid), 2);
	EXPECT_EQ(journal_count(f.s, J_running, f.w[1]->pid), 0);
	f.w[0]->page->stop = true;
	worker_wait(f.w[0]);
	sched_stop(f.s);
}

TEST(prev_is_null_when_the_cpu_was_idle)
{
	struct fixture f;

	begin(&f, open_script(SCRIPT_GLOBAL), 1 << CPU);
	end(&f);
	EXPECT_EQ(f.skel->data->seen_prev, 0);
}
