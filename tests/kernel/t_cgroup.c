// SPDX-License-Identifier: GPL-2.0
/* What a scheduler is told about cgroups: their life, their settings, tasks that move. */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

#include "cgroup.h"
#include "cgroup.bpf.skel.h"
#include "worker.h"

#define CGROUPS "/sys/fs/cgroup/"
#define UNLIMITED (~0ULL)

static void cg_remove(const char *name)
{
	/* it is busy until the tasks that ended in it are gone for good */
	EXPECT_TRUE(WAIT_FOR(!rmdir(cg_path(name, NULL))));
}

static u64 cg_id(const char *name)
{
	return file_inode(cg_path(name, NULL));
}

/*
 * The scheduler
 */

static struct cgroup_bpf *cg_open(void)
{
	struct cgroup_bpf *skel = SCHED_OPEN(cgroup_bpf);

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	return skel;
}

/* The @nth (from 0; -1: the last) call of @op about cgroup @id, 0 for any; NULL: none. */
static const struct cgroup_told *find_told(struct cgroup_bpf *skel, enum journal_op op, u64 id,
					   int nth)
{
	const struct cgroup_told *last = NULL;
	u32 i;

	for (i = 0; i < skel->bss->nr_told && i < MAX_TOLD; i++) {
		const struct cgroup_told *t = &skel->bss->told[i];

		if (t->op != op || (id && t->id != id))
			continue;
		if (!nth--)
			return t;
		last = t;
	}
	return nth < -1 ? last : NULL;
}

static int count_told(struct cgroup_bpf *skel, enum journal_op op, u64 id)
{
	int nr = 0;

	while (find_told(skel, op, id, nr))
		nr++;
	return nr;
}

COVERS(cgroup_init, cgroup_exit);

TEST(loading_tells_of_all_cgroups_parents_first)
{
	struct cgroup_bpf *skel = cg_open();
	const struct cgroup_told *root, *a, *b;
	struct sched *s;
	u64 id_a, id_b;

	ASSERT_EQ(cg_make("load"), 0);
	ASSERT_EQ(cg_write("load", "cgroup.subtree_control", "+cpu"), 0);
	ASSERT_EQ(cg_make("load/b"), 0);
	/* what was set before is told, too */
	ASSERT_EQ(cg_write("load", "cpu.weight", "300"), 0);
	ASSERT_EQ(cg_write("load/b", "cpu.max", "20000 50000"), 0);
	ASSERT_EQ(cg_write("load/b", "cpu.max.burst", "7000"), 0);
	id_a = cg_id("load");
	id_b = cg_id("load/b");

	s = SCHED_START(skel);
	root = find_told(skel, J_cgroup_init, cg_id(""), 0);
	a = find_told(skel, J_cgroup_init, id_a, 0);
	b = find_told(skel, J_cgroup_init, id_b, 0);
	ASSERT_TRUE(root && a && b);
	EXPECT_EQ(root - skel->bss->told, 0);
	EXPECT_LT(a, b);
	EXPECT_EQ(root->weight, 100);
	EXPECT_EQ(a->weight, 300);
	EXPECT_EQ(a->period_us, 100000);
	EXPECT_EQ(a->quota_us, UNLIMITED);
	EXPECT_EQ(a->burst_us, 0);
	EXPECT_EQ(b->weight, 100);
	EXPECT_EQ(b->period_us, 50000);
	EXPECT_EQ(b->quota_us, 20000);
	EXPECT_EQ(b->burst_us, 7000);

	sched_stop(s);
	/* unloading: children first */
	a = find_told(skel, J_cgroup_exit, id_a, 0);
	b = find_told(skel, J_cgroup_exit, id_b, 0);
	root = find_told(skel, J_cgroup_exit, cg_id(""), 0);
	ASSERT_TRUE(root && a && b);
	EXPECT_LT(b, a);
	EXPECT_LT(a, root);
	EXPECT_EQ(count_told(skel, J_cgroup_exit, 0), count_told(skel, J_cgroup_init, 0));
	cg_remove("load/b");
	cg_remove("load");
}

TEST(new_cgroups_are_told_and_old_ones_taken_leave_of)
{
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);
	const struct cgroup_told *t;
	u64 id;

	ASSERT_EQ(cg_make("new"), 0);
	id = cg_id("new");
	t = find_told(skel, J_cgroup_init, id, 0);
	ASSERT_TRUE(t);
	EXPECT_EQ(t->weight, 100);
	EXPECT_EQ(t->period_us, 100000);
	EXPECT_EQ(t->quota_us, UNLIMITED);
	EXPECT_EQ(count_told(skel, J_cgroup_exit, id), 0);
	cg_remove("new");
	EXPECT_TRUE(WAIT_FOR(count_told(skel, J_cgroup_exit, id) == 1));
	sched_stop(s);
	EXPECT_EQ(count_told(skel, J_cgroup_exit, id), 1);
}

TEST(a_cgroup_that_the_scheduler_refuses_is_not_made)
{
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);
	int exits = count_told(skel, J_cgroup_exit, 0);

	skel->bss->knobs.init_ret = -EXFULL;
	skel->bss->knobs.fail = 1;
	EXPECT_EQ(cg_make("refused"), -EXFULL);
	EXPECT_FALSE(file_exists(CGROUPS "refused"));
	skel->bss->knobs.fail = 0;
	EXPECT_EQ(count_told(skel, J_cgroup_exit, 0), exits);
	EXPECT_EQ(cg_make("refused"), 0);
	cg_remove("refused");
	sched_stop(s);
}

TEST(nonsense_from_cgroup_init_is_ejected)
{
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);

	skel->bss->knobs.init_ret = 5;
	skel->bss->knobs.fail = 1;
	EXPECT_EQ(cg_make("nonsense"), -EPROTO);
	sched_expect_exit(s, KIND_ERROR, "cgroup_init() returned 5");
}

TEST(a_failing_cgroup_init_ends_the_load)
{
	struct cgroup_bpf *skel = cg_open();
	struct sched *s;

	skel->bss->knobs.init_ret = -ENOMEM;
	skel->bss->knobs.fail = 1;
	s = SCHED_START(skel);
	sched_expect_exit(s, KIND_ERROR, "cgroup_init() failed with -12");
	EXPECT_EQ(count_told(skel, J_cgroup_init, 0), 1);
	EXPECT_EQ(count_told(skel, J_cgroup_exit, 0), 0);
	EXPECT_EQ(journal_count(s, J_init_task, -1), 0);
}

/*
 * Settings
 */

COVERS(cgroup_set_weight);

TEST(a_changed_weight_is_told)
{
	static const struct {
		const char *file, *text;
		u32 weight; /* 0: nothing is told */
	} rows[] = {
		{ "cpu.weight", "200", 200 },
		{ "cpu.weight", "200", 0 },
		{ "cpu.weight", "1", 1 },
		{ "cpu.weight", "10000", 10000 },
		/* accepted by the fair class first */
		{ "cpu.weight", "10001", 0 },
		{ "cpu.weight.nice", "0", 100 },
		{ "cpu.weight.nice", "19", 1 },
	};
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);
	int nr = 0;
	size_t i;
	u64 id;

	ASSERT_EQ(cg_make("weight"), 0);
	id = cg_id("weight");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%s %s\n", rows[i].file, rows[i].text);
		cg_write("weight", rows[i].file, rows[i].text);
		if (rows[i].weight)
			nr++;
		ASSERT_EQ(count_told(skel, J_cgroup_set_weight, id), nr);
		if (rows[i].weight)
			EXPECT_EQ(find_told(skel, J_cgroup_set_weight, id, -1)->weight,
				  rows[i].weight);
	}
	cg_remove("weight");
	sched_stop(s);
}

COVERS(cgroup_set_bandwidth);

TEST(a_changed_bandwidth_is_told)
{
	static const struct {
		const char *file, *text;
		u64 period_us, quota_us, burst_us; /* 0: nothing is told */
	} rows[] = {
		{ "cpu.max", "50000 200000", 200000, 50000, 0 },
		{ "cpu.max", "50000 200000", 0, 0, 0 },
		{ "cpu.max.burst", "10000", 200000, 50000, 10000 },
		{ "cpu.max", "60000", 200000, 60000, 10000 },
		{ "cpu.max", "max", 200000, UNLIMITED, 10000 },
		{ "cpu.max", "max 100000", 100000, UNLIMITED, 10000 },
		{ "cpu.max", "nonsense", 0, 0, 0 },
	};
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);
	const struct cgroup_told *t;
	int nr = 0;
	size_t i;
	u64 id;

	ASSERT_EQ(cg_make("bandwidth"), 0);
	id = cg_id("bandwidth");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%s %s\n", rows[i].file, rows[i].text);
		cg_write("bandwidth", rows[i].file, rows[i].text);
		if (rows[i].period_us)
			nr++;
		ASSERT_EQ(count_told(skel, J_cgroup_set_bandwidth, id), nr);
		if (!rows[i].period_us)
			continue;
		t = find_told(skel, J_cgroup_set_bandwidth, id, -1);
		EXPECT_EQ(t->period_us, rows[i].period_us);
		EXPECT_EQ(t->quota_us, rows[i].quota_us);
		EXPECT_EQ(t->burst_us, rows[i].burst_us);
	}
	cg_remove("bandwidth");
	sched_stop(s);
}

COVERS(cgroup_set_idle);

TEST(an_idle_cgroup_is_told)
{
	struct cgroup_bpf *skel = cg_open();
	struct sched *s = SCHED_START(skel);
	u64 id;

	ASSERT_EQ(cg_make("idle"), 0);
	id = cg_id("idle");
	ASSERT_EQ(cg_write("idle", "cpu.idle", "1"), 0);
	ASSERT_EQ(count_told(skel, J_cgroup_set_idle, id), 1);
	EXPECT_EQ(find_told(skel, J_cgroup_set_idle, id, -1)->idle, 1);
	ASSERT_EQ(cg_write("idle", "cpu.idle", "0"), 0);
	ASSERT_EQ(count_told(skel, J_cgroup_set_idle, id), 2);
	EXPECT_EQ(find_told(skel, J_cgroup_set_idle, id, -1)->idle, 0);
	EXPECT_EQ(count_told(skel, J_cgroup_set_weight, id), 0);
	cg_remove("idle");
	sched_stop(s);
}

/*
 * Tasks that move
 */

COVERS(cgroup_prep_move, cgroup_move, cgroup_cancel_move);

TEST(a_sleeping_task_moves_by_prep_and_move)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	const struct cgroup_told *prep, *move;

	ASSERT_EQ(cg_make("move"), 0);
	ASSERT_EQ(cg_enter("move", w->pid), 0);
	prep = find_told(skel, J_cgroup_prep_move, 0, 0);
	move = find_told(skel, J_cgroup_move, 0, 0);
	ASSERT_TRUE(prep && move);
	EXPECT_LT(prep, move);
	EXPECT_EQ(prep->pid, w->pid);
	EXPECT_EQ(prep->id, cg_id(""));
	EXPECT_EQ(prep->to, cg_id("move"));
	EXPECT_EQ(move->pid, w->pid);
	EXPECT_EQ(move->id, prep->id);
	EXPECT_EQ(move->to, prep->to);
	worker_do(w, worker_nop);

	/* to where it is */
	ASSERT_EQ(cg_enter("move", w->pid), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_prep_move, 0), 1);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_move, 0), 2);
	cg_remove("move");
	sched_stop(s);
}

TEST(a_running_task_is_taken_off_its_cpu_to_be_moved)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	static const char want[] =
		"stopping(0) quiescent(CHANGE) cgroup_move(0) runnable(0) running";
	const char *story;
	u32 from, i;

	ASSERT_EQ(cg_make("running"), 0);
	worker_start_spin(w);
	/* a kernel thread may have the CPU just then; it cannot be held, as the move waits for RCU */
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(cg_enter("", w->pid), 0);
		ASSERT_TRUE(worker_spins_on(w));
		from = JOURNAL_NOW(s);
		ASSERT_EQ(cg_enter("running", w->pid), 0);
		story = journal_story(s, w->pid, from);
		if (strstr(story, want))
			break;
	}
	EXPECT_STRHAS(story, want);
	EXPECT_TRUE(worker_spins_on(w));
	worker_stop_spin(w);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("running");
	sched_stop(s);
}

TEST(a_waiting_task_is_dequeued_to_be_moved)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *runs = worker_start(.cpus = 1 << 2), *w = worker_start(.cpus = 1 << 2);
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	u32 from;

	ASSERT_EQ(cg_make("waiting"), 0);
	/* nobody of the class gets that CPU */
	worker_start_spin(rt);
	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	from = JOURNAL_NOW(s);
	ASSERT_EQ(cg_enter("waiting", w->pid), 0);
	EXPECT_STREQ(journal_story(s, w->pid, from),
		     "dequeue(CHANGE) quiescent(CHANGE) cgroup_move(0) runnable(0) enqueue(0)");
	worker_stop_spin(rt);
	worker_wait(w);
	worker_do(runs, worker_nop);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("waiting");
	sched_stop(s);
}

enum {
	NR_THREADS = 3,
};

static pthread_barrier_t barrier;

static void *wait_for_ever(void *arg __attribute__((unused)))
{
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return NULL;
}

/* With the worker's own one, NR_THREADS + 1 threads. */
static void worker_make_threads(struct worker *w __attribute__((unused)))
{
	pthread_t thread;
	int i;

	pthread_barrier_init(&barrier, NULL, NR_THREADS + 1);
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&thread, NULL, wait_for_ever, NULL);
	pthread_barrier_wait(&barrier);
}

TEST(a_failing_prep_cancels_what_was_prepared)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	u64 id;
	int i;

	ASSERT_EQ(cg_make("cancel"), 0);
	id = cg_id("");
	worker_do(w, worker_make_threads);
	skel->bss->knobs.prep_fails_at = 3;
	skel->bss->knobs.prep_ret = -EXFULL;
	EXPECT_EQ(cg_enter("cancel", w->pid), -EXFULL);
	EXPECT_EQ(count_told(skel, J_cgroup_prep_move, id), 3);
	ASSERT_EQ(count_told(skel, J_cgroup_cancel_move, id), 2);
	EXPECT_EQ(count_told(skel, J_cgroup_move, 0), 0);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(find_told(skel, J_cgroup_cancel_move, id, i)->pid,
			  find_told(skel, J_cgroup_prep_move, id, i)->pid);
		EXPECT_EQ(find_told(skel, J_cgroup_cancel_move, id, i)->to, cg_id("cancel"));
	}
	/* all of it works the next time */
	EXPECT_EQ(cg_enter("cancel", w->pid), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_move, id), NR_THREADS + 1);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("cancel");
	sched_stop(s);
}

TEST(nonsense_from_prep_move_is_ejected)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);

	ASSERT_EQ(cg_make("prep"), 0);
	skel->bss->knobs.prep_fails_at = 1;
	skel->bss->knobs.prep_ret = 7;
	EXPECT_EQ(cg_enter("prep", w->pid), -EPROTO);
	sched_expect_exit(s, KIND_ERROR, "cgroup_prep_move() returned 7");
	/* without a scheduler nobody minds */
	EXPECT_EQ(cg_enter("prep", w->pid), 0);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("prep");
}

TEST(a_move_that_the_cpu_controller_does_not_see_is_not_told)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	struct sched *s;

	/* the controller is not enabled below "unseen" */
	ASSERT_EQ(cg_make("unseen"), 0);
	ASSERT_EQ(cg_make("unseen/x"), 0);
	ASSERT_EQ(cg_make("unseen/y"), 0);
	ASSERT_EQ(cg_enter("unseen/x", w->pid), 0);
	s = SCHED_START(skel);
	ASSERT_EQ(cg_enter("unseen/y", w->pid), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_prep_move, 0), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_move, 0), 0);

	/* enabling it moves the tasks from the parent's group to those that appear */
	ASSERT_EQ(cg_write("unseen", "cgroup.subtree_control", "+cpu"), 0);
	ASSERT_EQ(count_told(skel, J_cgroup_move, 0), 1);
	EXPECT_EQ(find_told(skel, J_cgroup_move, 0, 0)->id, cg_id("unseen"));
	EXPECT_EQ(find_told(skel, J_cgroup_move, 0, 0)->to, cg_id("unseen/y"));
	EXPECT_EQ(count_told(skel, J_cgroup_init, cg_id("unseen/x")), 1);
	/* and disabling it moves them back */
	ASSERT_EQ(cg_write("unseen", "cgroup.subtree_control", "-cpu"), 0);
	ASSERT_EQ(count_told(skel, J_cgroup_move, 0), 2);
	EXPECT_EQ(find_told(skel, J_cgroup_move, 0, 1)->to, cg_id("unseen"));
	EXPECT_TRUE(WAIT_FOR(count_told(skel, J_cgroup_exit, cg_id("unseen/x")) == 1));
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("unseen/x");
	cg_remove("unseen/y");
	cg_remove("unseen");
	sched_stop(s);
}

/* Fork straight into the cgroup whose descriptor is page->arg. */
static void worker_fork_into(struct worker *w)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;
	int fd = open(CGROUPS "into", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(0);
	w->page->ret = pid < 0 ? -errno : pid;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	close(fd);
}

TEST(a_child_is_born_into_its_cgroup_without_a_move)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	pid_t child;

	ASSERT_EQ(cg_make("into"), 0);
	/* by default that of its parent */
	worker_do(w, worker_fork);
	EXPECT_EQ(journal_find(s, J_init_task, w->page->ret, 0)->arg2, cg_id(""));
	worker_do(w, worker_fork_into);
	child = w->page->ret;
	ASSERT_GT(child, 0);
	EXPECT_EQ(journal_find(s, J_init_task, child, 0)->arg2, cg_id("into"));
	ASSERT_EQ(cg_enter("into", w->pid), 0);
	worker_do(w, worker_fork);
	EXPECT_EQ(journal_find(s, J_init_task, w->page->ret, 0)->arg2, cg_id("into"));
	EXPECT_EQ(count_told(skel, J_cgroup_prep_move, 0), 1);
	ASSERT_EQ(cg_enter("", w->pid), 0);
	cg_remove("into");
	sched_stop(s);
}

TEST(a_dead_task_of_a_removed_cgroup_counts_for_the_one_above)
{
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start();
	pid_t pid = w->pid;
	struct sched *s;
	u64 above, gone;

	ASSERT_EQ(cg_make("above"), 0);
	ASSERT_EQ(cg_write("above", "cgroup.subtree_control", "+cpu"), 0);
	ASSERT_EQ(cg_make("above/gone"), 0);
	above = cg_id("above");
	gone = cg_id("above/gone");
	ASSERT_EQ(cg_enter("above/gone", pid), 0);
	worker_post(w, worker_exit);
	ASSERT_TRUE(WAIT_FOR(task_state_letter(pid) == 'Z'));
	cg_remove("above/gone");
	w->pid = 0;

	s = SCHED_START(skel);
	ASSERT_TRUE(journal_find(s, J_init_task, pid, 0));
	EXPECT_EQ(journal_find(s, J_init_task, pid, 0)->arg2, above);
	EXPECT_FALSE(find_told(skel, J_cgroup_init, gone, 0));
	EXPECT_EQ(waitpid(pid, NULL, 0), pid);
	cg_remove("above");
	sched_stop(s);
}

COVERS(scx_bpf_task_cgroup);

TEST(every_callback_about_a_task_can_ask_for_its_cgroup)
{
	static const struct {
		const char *name;
		enum journal_op op;
	} rows[] = {
#define ROW(name) { #name, J_##name }
		ROW(select_cpu),  ROW(enqueue),	 ROW(dequeue),	 ROW(tick),	 ROW(runnable),
		ROW(running),	  ROW(stopping), ROW(quiescent), ROW(yield),	 ROW(set_weight),
		ROW(set_cpumask), ROW(enable),	 ROW(disable),	 ROW(exit_task), ROW(cgroup_move),
#undef ROW
	};
	struct cgroup_bpf *skel = cg_open();
	struct worker *w = worker_start(.cpus = 0xe);
	struct sched *s = SCHED_START(skel);
	size_t i;
	u64 id;

	ASSERT_EQ(cg_make("ask"), 0);
	id = cg_id("ask");
	skel->bss->watched_pid = w->pid;
	ASSERT_EQ(cg_enter("ask", w->pid), 0);
	worker_do(w, worker_nop);
	worker_do(w, worker_yield);
	worker_start_spin(w);
	ASSERT_TRUE(WAIT_FOR(skel->bss->seen_cgroup[J_tick]));
	worker_stop_spin(w);
	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, 1), 0);
	ASSERT_EQ(set_affinity(w->pid, 0x6), 0);
	ASSERT_EQ(set_policy(w->pid, SCHED_OTHER, 0), 0);
	ASSERT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
	worker_post(w, worker_exit);
	worker_reap(w);
	ASSERT_TRUE(WAIT_FOR(skel->bss->seen_cgroup[J_exit_task]));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!EXPECT_EQ(skel->bss->seen_cgroup[rows[i].op], id))
			printf("%s\n", rows[i].name);
	cg_remove("ask");
	sched_stop(s);
}

/*
 * A load that fails
 */

static void *attach(void *s)
{
	return (void *)(long)sched_attach(s);
}

/* A thread that moves a worker. */
struct mover {
	pthread_t thread;
	sem_t go;
	pid_t pid; /* of the worker */
	_Atomic pid_t tid; /* of the thread, once it goes */
};

/* It has come to where the class is asked. */
static bool mover_waits(const struct mover *mover)
{
	const char *stack = mover->tid ? file_read("/proc/%d/stack", mover->tid) : NULL;

	return stack && strstr(stack, "cgroup_can_attach") && task_state_letter(mover->tid) == 'D';
}

static void *move(void *arg)
{
	struct mover *mover = arg;

	while (sem_wait(&mover->go))
		;
	mover->tid = gettid();
	return (void *)(long)cg_enter("half", mover->pid);
}

TEST(after_a_load_that_failed_half_way_a_scheduler_hears_of_ends_only)
{
	struct worker *unknown = worker_start(), *moved = worker_start();
	struct mover mover = { .pid = moved->pid };
	struct cgroup_bpf *skel = cg_open();
	pthread_t loader;
	struct sched *s;
	void *ret;

	/* its thread is made for the first scheduler, and is not to keep us from running */
	sched_stop(SCHED_START(cg_open()));
	pin_thread("scx_loader", 1);
	ASSERT_EQ(cg_make("half"), 0);
	skel->bss->knobs.hold_pid = unknown->pid;
	skel->bss->knobs.task_ret = -ENOMEM;
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	/* while a scheduler loads no thread can be made */
	ASSERT_EQ(sem_init(&mover.go, 0, 0), 0);
	ASSERT_EQ(pthread_create(&mover.thread, NULL, move, &mover), 0);
	ASSERT_EQ(pthread_create(&loader, NULL, attach, s), 0);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_note, -1)));
	/* it waits for the load to end */
	ASSERT_EQ(sem_post(&mover.go), 0);
	ASSERT_TRUE(WAIT_FOR(mover_waits(&mover)));

	skel->bss->knobs.hold_pid = 0;
	ASSERT_EQ(pthread_join(loader, &ret), 0);
	EXPECT_EQ((long)ret, 0);
	ASSERT_EQ(pthread_join(mover.thread, &ret), 0);
	EXPECT_EQ((long)ret, 0);
	sched_expect_exit(s, KIND_ERROR, "ops.init_task() failed with -12");
	EXPECT_EQ(count_told(skel, J_cgroup_prep_move, 0), 0);
	EXPECT_EQ(count_told(skel, J_cgroup_move, 0), 0);
	EXPECT_GT(count_told(skel, J_cgroup_init, 0), 1);
	EXPECT_EQ(count_told(skel, J_cgroup_exit, 0), count_told(skel, J_cgroup_init, 0));
	ASSERT_EQ(cg_enter("", moved->pid), 0);
	cg_remove("half");
}
