// SPDX-License-Identifier: GPL-2.0
/* How tasks come to be known and leave: load, fork, failing forks, exec, exit, policies. */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

COVERS(init_task, exit_task);

/* Whether @pid, still there, was passed to init_task. All of /proc, threads too. */
static void expect_all_known(struct sched *s)
{
	DIR *proc = opendir("/proc"), *tasks;
	struct dirent *d, *t;
	char path[300];
	int nr = 0;

	ASSERT_TRUE(proc);
	while ((d = readdir(proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", d->d_name);
		tasks = opendir(path);
		while (tasks && (t = readdir(tasks))) {
			if (t->d_name[0] == '.')
				continue;
			nr++;
			if (!EXPECT_EQ(journal_count(s, J_init_task, atoi(t->d_name)), 1))
				printf("task %s\n", t->d_name);
		}
		if (tasks)
			closedir(tasks);
	}
	closedir(proc);
	EXPECT_GT(nr, 20);
}

TEST(every_task_is_made_known_once_when_a_scheduler_loads)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *rt = worker_start(.policy = SCHED_FIFO);
	struct sched *s;

	skel->data->journal_mask = J_BIT(init_task) | J_BIT(exit_task) | J_BIT(enable);
	s = SCHED_START(skel);
	expect_all_known(s);
	/* those of other classes, too, but they are not enabled */
	EXPECT_EQ(journal_count(s, J_init_task, rt->pid), 1);
	EXPECT_EQ(journal_count(s, J_enable, rt->pid), 0);
	/* not the idle tasks */
	EXPECT_EQ(journal_count(s, J_init_task, 0), 0);
	sched_stop(s);
	EXPECT_EQ(journal_count(s, J_exit_task, -1), journal_count(s, J_init_task, -1));
}

TEST(a_child_is_made_known_before_it_runs)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	const struct journal_entry *init;
	struct sched *s = SCHED_START(skel);
	pid_t child;

	worker_do(w, worker_fork);
	child = w->page->ret;
	ASSERT_GT(child, 0);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, child)));
	init = journal_find(s, J_init_task, child, 0);
	ASSERT_TRUE(init);
	EXPECT_EQ(init->arg, 1);
	EXPECT_EQ(journal_find(s, J_exit_task, child, 0)->arg, 0);
	EXPECT_EQ(journal_count(s, J_enable, child), 1);
	EXPECT_EQ(journal_count(s, J_disable, child), 1);
	EXPECT_EQ(journal_find(s, J_init_task, w->pid, 0)->arg, 0);
	rig_stop(s);
}

TEST(a_child_of_another_class_is_known_but_not_enabled)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.normal = true);
	struct sched *s = SCHED_START(skel);
	pid_t child;

	worker_do(w, worker_fork);
	child = w->page->ret;
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, child)));
	EXPECT_EQ(journal_count(s, J_init_task, child), 1);
	EXPECT_EQ(journal_count(s, J_enable, child), 0);
	rig_stop(s);
}

TEST(many_tasks_that_come_and_go_are_all_accounted_for)
{
	enum { NR = 100 };
	struct lab_bpf *skel = rig_open(0);
	struct worker *w[4];
	struct sched *s;
	int i;

	skel->data->journal_mask = J_BIT(init_task) | J_BIT(exit_task) | J_BIT(enable) |
				   J_BIT(disable);
	s = SCHED_START(skel);
	for (i = 0; i < 4; i++)
		w[i] = worker_start();
	for (i = 0; i < NR; i++) {
		worker_wait(w[i % 4]);
		worker_post(w[i % 4], worker_fork);
	}
	rig_stop(s);
	EXPECT_GE(journal_count(s, J_init_task, -1), NR);
}

TEST(a_fork_fails_with_the_errno_of_init_task)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	u32 inits, exits;

	skel->bss->knobs.init_task_ret = -EXFULL;
	skel->bss->knobs.init_task_pid = w->pid;
	exits = journal_count(s, J_exit_task, -1);
	inits = journal_count(s, J_init_task, -1);
	worker_do(w, worker_fork);
	EXPECT_EQ(w->page->ret, -EXFULL);
	EXPECT_EQ(journal_count(s, J_init_task, -1), inits + 1);
	/* what was not initialised is not undone */
	EXPECT_EQ(journal_count(s, J_exit_task, -1), exits);
	EXPECT_TRUE(sched_lives(s));

	skel->bss->knobs.init_task_pid = 0;
	worker_do(w, worker_fork);
	EXPECT_GT(w->page->ret, 0);
	sched_stop(s);
}

TEST(an_init_task_that_returns_nonsense_for_a_fork_is_ejected)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);

	skel->bss->knobs.init_task_ret = 3;
	skel->bss->knobs.init_task_pid = w->pid;
	worker_do(w, worker_fork);
	EXPECT_EQ(w->page->ret, -EPROTO);
	sched_expect_exit(s, KIND_ERROR, "init_task() returned 3");
}

TEST(a_fork_that_is_cancelled_is_undone_as_such)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	const struct journal_entry *note;
	struct sched *s = SCHED_START(skel);
	pid_t child, pid = w->pid;

	/* killed while it forks: the child is given up after init_task */
	skel->bss->knobs.init_task_pid = pid;
	skel->bss->knobs.hold_fork = 1;
	worker_post(w, worker_fork);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_note, 0)));
	ASSERT_EQ(kill(pid, SIGKILL), 0);
	skel->bss->knobs.hold_fork = 0;
	EXPECT_TRUE(WIFSIGNALED(worker_reap(w)));

	note = journal_find(s, J_note, 0, 0);
	child = note->arg;
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, child)));
	EXPECT_EQ(journal_find(s, J_exit_task, child, -1)->arg, 1);
	EXPECT_EQ(journal_count(s, J_enable, child), 0);
	rig_stop(s);
}

static void *thread_main(void *arg)
{
	*(pid_t *)arg = gettid();
	return NULL;
}

static void worker_thread(struct worker *w)
{
	pthread_t thread;
	pid_t tid = -1;

	if (!pthread_create(&thread, NULL, thread_main, &tid))
		pthread_join(thread, NULL);
	atomic_store(&w->page->ret, tid);
}

TEST(threads_are_tasks_like_any_other)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	pid_t tid;

	worker_do(w, worker_thread);
	tid = w->page->ret;
	ASSERT_GT(tid, 0);
	EXPECT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, tid)));
	EXPECT_EQ(journal_count(s, J_init_task, tid), 1);
	EXPECT_EQ(journal_count(s, J_enable, tid), 1);
	rig_stop(s);
}

static void worker_exec(struct worker *w __attribute__((unused)))
{
	execl("/bin/true", "true", NULL);
	_exit(1);
}

TEST(exec_keeps_what_is_known_of_a_task)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	pid_t pid = w->pid;
	struct sched *s = SCHED_START(skel);

	worker_post(w, worker_exec);
	EXPECT_EQ(worker_reap(w), 0);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_exit_task, pid)));
	EXPECT_EQ(journal_count(s, J_init_task, pid), 1);
	EXPECT_EQ(journal_count(s, J_enable, pid), 1);
	rig_stop(s);
}

TEST(a_zombie_is_known_until_it_is_reaped)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	pid_t pid = w->pid;

	worker_post(w, worker_exit);
	ASSERT_TRUE(WAIT_FOR(task_state_letter(pid) == 'Z'));
	/* unloading and loading with a dead task around */
	w->pid = 0;
	rig_stop(s);
	skel = rig_open(0);
	s = SCHED_START(skel);
	EXPECT_EQ(waitpid(pid, NULL, 0), pid);
	rig_stop(s);
}

/* Line @key of /proc/PID/sched. */
static long sched_value(pid_t pid, const char *key)
{
	const char *value = line_value(file_read("/proc/%d/sched", pid), key);

	ASSERT_TRUE(value);
	return strtol(value, NULL, 10);
}

TEST(a_task_made_nicer_meanwhile_is_so_for_fair_afterwards)
{
	struct worker *w = worker_start(), *same = worker_start();
	struct sched *s = SCHED_START(rig_open(0));

	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, 10), 0);
	rig_stop(s);
	ASSERT_EQ(setpriority(PRIO_PROCESS, same->pid, 10), 0);
	EXPECT_EQ(sched_value(w->pid, "se.load.weight"), sched_value(same->pid, "se.load.weight"));
}

/*
 * Policies
 */

TEST(sched_ext_is_a_policy_without_priorities)
{
	struct worker *w = worker_start();

	sched_wait_none();
	EXPECT_EQ(sched_get_priority_min(SCHED_EXT), 0);
	EXPECT_EQ(sched_get_priority_max(SCHED_EXT), 0);
	EXPECT_EQ(set_policy(w->pid, SCHED_EXT, 1), -EINVAL);
	/* without a scheduler its tasks are on the fair class, and keep the policy */
	EXPECT_EQ(sched_getscheduler(w->pid), SCHED_EXT);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	worker_do(w, worker_nop);
}

TEST(partial_mode_takes_tasks_of_the_policy_only)
{
	static const int policies[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO };
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	size_t i;

	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		ASSERT_EQ(set_policy(w->pid, policies[i], policies[i] == SCHED_FIFO), 0);
		EXPECT_FALSE(task_is_on_scx(w->pid));
		worker_do(w, worker_nop);
		ASSERT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
		EXPECT_TRUE(task_is_on_scx(w->pid));
		worker_do(w, worker_nop);
	}
	EXPECT_FALSE(task_is_on_scx(getpid()));
	rig_stop(s);
	EXPECT_EQ(sched_getscheduler(w->pid), SCHED_EXT);
}

TEST(full_mode_takes_tasks_of_every_fair_policy)
{
	static const int policies[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_EXT };
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.policy = SCHED_FIFO);
	struct sched *s;
	size_t i;

	skel->struct_ops.ops->flags = 0;
	skel->data->journal_mask = J_BIT(enable) | J_BIT(disable);
	skel->bss->knobs.enqueue.slice = SLICE_DFL;
	s = SCHED_START(skel);
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 1);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		ASSERT_EQ(set_policy(w->pid, policies[i], 0), 0);
		EXPECT_EQ(sched_getscheduler(w->pid), policies[i]);
		EXPECT_TRUE(task_is_on_scx(w->pid));
		EXPECT_EQ(journal_count(s, J_enable, w->pid), i + 1);
		worker_do(w, worker_nop);
		ASSERT_EQ(set_policy(w->pid, SCHED_FIFO, 1), 0);
		EXPECT_FALSE(task_is_on_scx(w->pid));
		EXPECT_EQ(journal_count(s, J_disable, w->pid), i + 1);
		worker_do(w, worker_nop);
	}
	ASSERT_EQ(set_deadline(w->pid, 10, 100), 0);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	worker_do(w, worker_nop);
	sched_stop(s);
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);
}

/*
 * disallow
 */

TEST(disallow_sends_a_task_back_and_keeps_it_out)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(), *other = worker_start();
	struct sched *s;

	skel->bss->knobs.disallow_pid = w->pid;
	s = SCHED_START(skel);
	EXPECT_EQ(sched_getscheduler(w->pid), SCHED_OTHER);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 1);
	EXPECT_EQ(set_policy(w->pid, SCHED_EXT, 0), -EACCES);
	EXPECT_EQ(set_policy(w->pid, SCHED_BATCH, 0), 0);
	EXPECT_EQ(set_policy(w->pid, SCHED_EXT, 0), -EACCES);
	EXPECT_EQ(sched_getscheduler(w->pid), SCHED_BATCH);
	/* nobody else */
	EXPECT_EQ(sched_getscheduler(other->pid), SCHED_EXT);
	EXPECT_EQ(set_policy(other->pid, SCHED_EXT, 0), 0);
	rig_stop(s);

	/* without a scheduler it means nothing, and the next one decides anew */
	EXPECT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
	skel = rig_open(0);
	s = SCHED_START(skel);
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 0);
	EXPECT_TRUE(task_is_on_scx(w->pid));
	rig_stop(s);
}

TEST(disallow_of_a_task_that_did_not_ask_rejects_nothing_yet)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start(.normal = true);
	struct sched *s;

	skel->bss->knobs.disallow_pid = w->pid;
	s = SCHED_START(skel);
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 0);
	EXPECT_EQ(set_policy(w->pid, SCHED_EXT, 0), -EACCES);
	rig_stop(s);
}

TEST(disallow_during_a_fork_is_ejected)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;

	skel->bss->knobs.disallow_pid = w->pid;
	skel->bss->knobs.disallow_fork = 1;
	s = SCHED_START(skel);
	worker_do(w, worker_fork);
	sched_expect_exit(s, KIND_ERROR, "disallow");
}

/*
 * Priority inheritance
 */

static pthread_mutex_t *shared_mutex;

static void worker_lock(struct worker *w __attribute__((unused)))
{
	pthread_mutex_lock(shared_mutex);
}

static void worker_unlock(struct worker *w __attribute__((unused)))
{
	pthread_mutex_unlock(shared_mutex);
}

static void worker_lock_unlock(struct worker *w)
{
	worker_lock(w);
	worker_unlock(w);
}

TEST(a_task_that_is_boosted_leaves_and_comes_back)
{
	struct lab_bpf *skel = rig_open(0);
	pthread_mutexattr_t attr;
	struct worker *low, *high;
	struct sched *s;
	u32 from;

	shared_mutex = mmap(NULL, sizeof(*shared_mutex), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(shared_mutex, MAP_FAILED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	ASSERT_EQ(pthread_mutex_init(shared_mutex, &attr), 0);

	low = worker_start(.cpus = 1 << 2);
	high = worker_start(.policy = SCHED_FIFO, .cpus = 1 << 3);
	s = SCHED_START(skel);
	worker_do(low, worker_lock);
	from = JOURNAL_NOW(s);
	worker_post(high, worker_lock_unlock);
	EXPECT_STORY_FROM(s, low->pid, from, "disable");
	EXPECT_FALSE(task_is_on_scx(low->pid));
	worker_do(low, worker_unlock);
	worker_wait(high);
	EXPECT_TRUE(task_is_on_scx(low->pid));
	EXPECT_EQ(journal_count(s, J_enable, low->pid), 2);
	rig_stop(s);
}
