// SPDX-License-Identifier: GPL-2.0
/*
 * t_races.c - loading and unloading that meets something else: another loader, death, a key
 * pressed, a CPU that goes, a task of a higher class that does not let go of its CPU.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"
#include "load.h"
#include "sched.h"
#include "tap.h"

enum {
	CASE_S = 600,
	STALL_MS = 5000,
	NR_RACES = 4,
};

static void *shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(mem, MAP_FAILED);
	return mem;
}

static void kill_and_reap(pid_t pid)
{
	int status;

	ASSERT_EQ(kill(pid, SIGKILL), 0);
	ASSERT_TRUE(WAIT_FOR(waitpid(pid, &status, WNOHANG) == pid));
}

/*
 * A process that attaches a scheduler which the test has loaded, and stays there. Only its link
 * keeps the scheduler, so that goes when the process does.
 */
struct attacher {
	pid_t pid;
	atomic_int *go; /* set: attach now */
	atomic_int *ret; /* of sched_attach(), when that has returned; before, 1 */
};

static _Noreturn void attacher_main(struct attacher *a, struct sched *s)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(a->go))
		sched_yield();
	atomic_store(a->ret, sched_attach(s));
	for (;;)
		pause();
}

/* @go: the flag to wait for, if it is shared with others. */
static struct attacher attacher_start(struct sched *s, atomic_int *go)
{
	struct attacher a = { .go = go ?: shared(sizeof(*go)), .ret = shared(sizeof(*a.ret)) };

	atomic_store(a.ret, 1);
	a.pid = fork();
	ASSERT_GE(a.pid, 0);
	if (!a.pid)
		attacher_main(&a, s);
	return a;
}

static bool attacher_is_back(const struct attacher *a)
{
	return atomic_load(a->ret) != 1;
}

static void load_sched(struct sched *s, sched_setup setup)
{
	sched_open(s, setup);
	ASSERT_EQ(sched_load(s), 0);
}

/* Two loaders */

TEST_TIMEOUT(of_two_loaders_at_once_one_gets_in, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);

	for (int i = 0; i < NR_RACES; i++) {
		struct sched s[2];
		struct attacher a[2];
		atomic_int *go = shared(sizeof(*go));
		int winner;

		for (int n = 0; n < 2; n++) {
			load_sched(&s[n], setup_count);
			a[n] = attacher_start(&s[n], go);
		}
		atomic_store(go, 1);
		ASSERT_TRUE(WAIT_FOR(attacher_is_back(&a[0]) && attacher_is_back(&a[1])));
		winner = atomic_load(a[0].ret) != 0;
		EXPECT_EQ(atomic_load(a[winner].ret), 0);
		EXPECT_EQ(atomic_load(a[!winner].ret), -EBUSY);
		EXPECT_TRUE(scx_state_is("enabled"));

		/* the loser's end is not the winner's */
		kill_and_reap(a[!winner].pid);
		EXPECT_TRUE(load_progresses(load));
		EXPECT_EQ(sched_exit_kind(&s[0]) | sched_exit_kind(&s[1]), 0);

		kill_and_reap(a[winner].pid);
		sched_expect_end(&s[winner], EXIT_UNREG, "");
		sched_expect_balanced(&s[winner]);
		EXPECT_EQ(sched_exit_kind(&s[!winner]), 0);
		sched_close(&s[0]);
		sched_close(&s[1]);
	}
	EXPECT_TRUE(load_progresses(load));
	load_finish(load);
}

/* Death */

TEST_TIMEOUT(a_loader_killed_takes_its_scheduler_along, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct attacher a;
	struct sched s;

	load_sched(&s, setup_count);
	a = attacher_start(&s, NULL);
	atomic_store(a.go, 1);
	ASSERT_TRUE(WAIT_FOR(attacher_is_back(&a)));
	EXPECT_EQ(atomic_load(a.ret), 0);
	EXPECT_TRUE(load_progresses(load));

	kill_and_reap(a.pid);
	sched_expect_end(&s, EXIT_UNREG, "");
	sched_expect_balanced(&s);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/* At some point between the request and the answer, or just before or after. */
TEST_TIMEOUT(a_loader_killed_while_it_loads_leaves_nothing_behind, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	uint64_t state = chance_seed(0);

	for (int i = 0; i < 2 * NR_RACES; i++) {
		volatile uint64_t n = chance_below(&state, 1 << (10 + 2 * i));
		struct attacher a;
		struct sched s;

		load_sched(&s, setup_count);
		a = attacher_start(&s, NULL);
		atomic_store(a.go, 1);
		while (n && !attacher_is_back(&a))
			n--;
		kill_and_reap(a.pid);
		expect_all_fair();
		if (sched_exit_kind(&s)) {
			EXPECT_EQ(sched_exit_kind(&s), EXIT_UNREG);
			sched_expect_balanced(&s);
		}
		sched_close(&s);
	}
	EXPECT_TRUE(load_progresses(load));
	load_finish(load);
}

/*
 * While ops.init() runs. Tasks are not yet the scheduler's, nothing else can be loaded, and no CPU
 * can come or go.
 */
static void setup_held_init(struct busted_bpf *skel)
{
	setup_count(skel);
	USE(init, init_held);
	skel->bss->hold = true;
}

static struct attacher start_init(struct sched *s)
{
	struct attacher a;

	load_sched(s, setup_held_init);
	a = attacher_start(s, NULL);
	atomic_store(a.go, 1);
	ASSERT_TRUE(WAIT_FOR(__atomic_load_n(&s->skel->bss->in_init, __ATOMIC_ACQUIRE)));
	EXPECT_TRUE(scx_state_is("enabling"));
	return a;
}

static void let_init_go(struct sched *s)
{
	/* it was held all the time */
	EXPECT_TRUE(__atomic_load_n(&s->skel->bss->in_init, __ATOMIC_ACQUIRE));
	__atomic_store_n(&s->skel->bss->hold, false, __ATOMIC_RELEASE);
}

static void press_sysrq_s(void)
{
	ASSERT_EQ(file_write("/proc/sysrq-trigger", "S"), 0);
}

TEST_TIMEOUT(sysrq_s_during_init_ends_the_load, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct attacher a;
	struct sched s;

	a = start_init(&s);
	EXPECT_TRUE(load_progresses(load));
	press_sysrq_s();
	EXPECT_FALSE(attacher_is_back(&a));
	let_init_go(&s);
	ASSERT_TRUE(WAIT_FOR(attacher_is_back(&a)));
	EXPECT_EQ(atomic_load(a.ret), 0);
	sched_expect_end(&s, EXIT_SYSRQ, "");
	kill_and_reap(a.pid);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

TEST_TIMEOUT(a_loader_killed_during_init_takes_its_scheduler_along, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct attacher a;
	struct sched s;
	int status;

	a = start_init(&s);
	ASSERT_EQ(kill(a.pid, SIGKILL), 0);
	EXPECT_TRUE(load_progresses(load));
	let_init_go(&s);
	ASSERT_TRUE(WAIT_FOR(waitpid(a.pid, &status, WNOHANG) == a.pid));
	sched_expect_end(&s, EXIT_UNREG, "");
	sched_expect_balanced(&s);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

TEST_TIMEOUT(a_second_loader_waits_for_init_and_is_refused, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct attacher first, second;
	struct sched s[2];

	load_sched(&s[1], NULL);
	first = start_init(&s[0]);
	second = attacher_start(&s[1], first.go);
	EXPECT_TRUE(load_progresses(load));
	let_init_go(&s[0]);
	ASSERT_TRUE(WAIT_FOR(attacher_is_back(&first) && attacher_is_back(&second)));
	EXPECT_EQ(atomic_load(first.ret), 0);
	EXPECT_EQ(atomic_load(second.ret), -EBUSY);
	EXPECT_TRUE(load_progresses(load));
	kill_and_reap(second.pid);
	kill_and_reap(first.pid);
	sched_expect_end(&s[0], EXIT_UNREG, "");
	sched_expect_balanced(&s[0]);
	sched_close(&s[0]);
	sched_close(&s[1]);
	load_finish(load);
}

/* The CPU has to wait; then the scheduler, which has no callback for that, is asked to go. */
TEST_TIMEOUT(a_cpu_cannot_go_during_init_but_right_after, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct attacher a;
	struct sched s;
	int status;
	pid_t pid;

	a = start_init(&s);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(!!cpu_set_online(nr_cpus() - 1, false));
	ASSERT_TRUE(WAIT_FOR(task_state_letter(pid) == 'D'));
	EXPECT_TRUE(load_progresses(load));
	let_init_go(&s);
	ASSERT_TRUE(WAIT_FOR(waitpid(pid, &status, WNOHANG) == pid));
	EXPECT_EQ(status, 0);
	sched_expect_end(&s, EXIT_UNREG_KERN, "offline");
	EXPECT_EQ(s.skel->data->uei.exit_code, ECODE_HOTPLUG_RESTART);
	/* it may have been sent away before it saw a task */
	sched_expect_nothing_left(&s);
	kill_and_reap(a.pid);
	EXPECT_EQ(cpu_set_online(nr_cpus() - 1, true), 0);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/* A key */

TEST_TIMEOUT(sysrq_s_ends_a_scheduler_under_load, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;

	sched_start(&s, setup_count);
	EXPECT_TRUE(load_progresses(load));
	press_sysrq_s();
	sched_expect_end(&s, EXIT_SYSRQ, "");
	sched_expect_balanced(&s);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/*
 * The key is pressed by a process of a class that the scheduler cannot stop,
 * once the scheduler has gone wrong.
 */
static void sysrq_s_ends(sched_setup setup)
{
	struct load *load = load_start(LOAD_FULL);
	struct sched s;
	pid_t pid;

	sched_start(&s, setup);
	EXPECT_TRUE(load_progresses(load));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		ASSERT_EQ(set_policy(0, SCHED_FIFO, 1), 0);
		sched_arm(&s);
		ASSERT_TRUE(WAIT_FOR(sched_nr_misdeeds(&s) > 1000));
		press_sysrq_s();
		_exit(0);
	}
	sched_expect_end(&s, EXIT_SYSRQ, "");
	sched_expect_balanced(&s);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

static void setup_dispatch_nothing(struct busted_bpf *skel)
{
	setup_count(skel);
	USE(dispatch, dispatch_nothing);
	USE(select_cpu, select_cpu_forget_victim);
}

TEST_TIMEOUT(sysrq_s_ends_a_scheduler_that_dispatches_nothing_any_more, CASE_S)
{
	sysrq_s_ends(setup_dispatch_nothing);
}

static void setup_kick_at_every_switch(struct busted_bpf *skel)
{
	setup_count(skel);
	USE(running, running_kick_all);
}

TEST_TIMEOUT(sysrq_s_ends_a_scheduler_that_lets_nobody_run_for_long, CASE_S)
{
	sysrq_s_ends(setup_kick_at_every_switch);
}

/* A higher class */

struct rt_hog {
	pid_t pid;
	atomic_ulong *turns;
};

/* Takes the last CPU and does not let go of it. */
static struct rt_hog rt_hog_start(void)
{
	struct rt_hog hog = { .turns = shared(sizeof(*hog.turns)) };

	hog.pid = fork();
	ASSERT_GE(hog.pid, 0);
	if (!hog.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin_self(nr_cpus() - 1);
		ASSERT_EQ(set_policy(0, SCHED_FIFO, 50), 0);
		for (;;)
			atomic_fetch_add(hog.turns, 1);
	}
	ASSERT_TRUE(WAIT_FOR(atomic_load(hog.turns) > 1000));
	return hog;
}

static bool rt_hog_spins(const struct rt_hog *hog)
{
	unsigned long before = atomic_load(hog->turns);

	return WAIT_FOR(atomic_load(hog->turns) > before + 1000);
}

static void setup_release(struct busted_bpf *skel)
{
	setup_count(skel);
	USE(cpu_release, cpu_release_reenqueue);
}

/* Whoever may run elsewhere does. */
TEST_TIMEOUT(an_rt_hog_takes_a_cpu_and_no_task_along, CASE_S)
{
	struct load *load = load_start(LOAD_ROAMING);
	struct rt_hog hog;
	struct sched s;

	sched_start(&s, setup_release);
	EXPECT_TRUE(load_progresses(load));
	hog = rt_hog_start();
	EXPECT_TRUE(load_progresses(load));
	EXPECT_TRUE(rt_hog_spins(&hog));
	kill_and_reap(hog.pid);
	EXPECT_TRUE(load_progresses(load));
	EXPECT_EQ(sched_exit_kind(&s), 0);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	sched_expect_balanced(&s);
	sched_close(&s);
	load_finish(load);
}

TEST_TIMEOUT(a_scheduler_comes_and_goes_beside_an_rt_hog, CASE_S)
{
	struct load *load = load_start(LOAD_ROAMING);
	struct rt_hog hog = rt_hog_start();

	for (int i = 0; i < NR_RACES; i++) {
		struct sched s;

		sched_start(&s, setup_release);
		sched_stop(&s);
		sched_expect_end(&s, EXIT_UNREG, "");
		sched_expect_balanced(&s);
		sched_close(&s);
	}
	EXPECT_TRUE(rt_hog_spins(&hog));
	kill_and_reap(hog.pid);
	EXPECT_TRUE(load_progresses(load));
	load_finish(load);
}

static void setup_short_timeout(struct busted_bpf *skel)
{
	setup_count(skel);
	skel->struct_ops.busted_ops->timeout_ms = STALL_MS;
}

/* Whoever may not is served a little. */
TEST_TIMEOUT(an_rt_hog_leaves_bound_tasks_some_time, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct rt_hog hog;
	struct sched s;

	sched_start(&s, setup_count);
	EXPECT_TRUE(load_progresses(load));
	hog = rt_hog_start();
	EXPECT_TRUE(load_progresses(load));
	EXPECT_TRUE(rt_hog_spins(&hog));
	EXPECT_EQ(sched_exit_kind(&s), 0);
	kill_and_reap(hog.pid);
	sched_stop(&s);
	sched_expect_end(&s, EXIT_UNREG, "");
	sched_expect_balanced(&s);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}

/* The time per second of the server for starving tasks on the last CPU. */
static void set_server_runtime(const char *ns)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/sched/fair_server/cpu%d/runtime",
		 nr_cpus() - 1);
	ASSERT_EQ(file_write(path, ns), 0);
}

/* Without it they wait, which the scheduler cannot help. */
TEST_TIMEOUT(an_rt_hog_that_starves_bound_tasks_ends_the_scheduler, CASE_S)
{
	struct load *load = load_start(LOAD_FULL);
	struct rt_hog hog;
	struct sched s;

	set_server_runtime("0");
	sched_start(&s, setup_short_timeout);
	EXPECT_TRUE(load_progresses(load));
	hog = rt_hog_start();
	sched_expect_end(&s, EXIT_ERROR_STALL, "on CPU 3 has been runnable");
	sched_expect_balanced(&s);
	EXPECT_TRUE(rt_hog_spins(&hog));
	set_server_runtime("50000000");
	EXPECT_TRUE(load_progresses(load));
	kill_and_reap(hog.pid);
	EXPECT_TRUE(load_progresses(load));
	sched_close(&s);
	load_finish(load);
}
