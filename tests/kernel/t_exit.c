// SPDX-License-Identifier: GPL-2.0
/* How a scheduler can end, and what is told about it: kind, code, texts, debug dump, kernel log. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#include "dump.bpf.skel.h"
#include "leave.h"
#include "leave.bpf.skel.h"

static void sysrq(const char *key)
{
	ASSERT_EQ(file_write("/proc/sysrq-trigger", key), 0);
}

/* The kernel's log from here on: open, then kmsg_has(). */
static int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(lseek(fd, 0, SEEK_END), 0);
	return fd;
}

/* Whether one of the lines that are there now has all of @texts, which end with NULL. */
static bool kmsg_has(int fd, const char *const texts[])
{
	char line[8192];
	ssize_t len;
	bool found = false;
	int i;

	while ((len = read(fd, line, sizeof(line) - 1)) > 0) {
		line[len] = '\0';
		for (i = 0; texts[i] && strstr(line, texts[i]); i++)
			;
		found |= !texts[i];
	}
	return found;
}

#define KMSG_HAS(fd, ...) kmsg_has(fd, (const char *const[]){ __VA_ARGS__, NULL })

COVERS(exit);

TEST(user_space_can_take_a_scheduler_out)
{
	struct lab_bpf *skel = rig_open(0);
	struct sched *s = SCHED_START(skel);

	sched_stop(s);
	EXPECT_EQ(skel->data->uei.exit_code, 0);
	EXPECT_STREQ((const char *)skel->data->uei.msg, "");
	EXPECT_TRUE(skel->data->uei.reason[0]);
	/* it had been initialised, told once, and nothing came after */
	EXPECT_EQ(skel->bss->exit_flags, 1);
	EXPECT_EQ(skel->bss->nr_exits, 1);
	EXPECT_EQ(s->journal[JOURNAL_NOW(s) - 1].op, J_exit + 1);
	EXPECT_STREQ(s->dump, "");
}

TEST(a_scheduler_goes_with_the_process_that_loaded_it)
{
	struct worker *w = worker_start();
	int ready[2];
	pid_t pid;
	char c;

	sched_wait_none();
	ASSERT_EQ(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		SCHED_START(rig_open(0));
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	ASSERT_EQ(read(ready[0], &c, 1), 1);
	EXPECT_TRUE(scx_state_is("enabled"));
	EXPECT_TRUE(task_is_on_scx(w->pid));
	ASSERT_EQ(kill(pid, SIGKILL), 0);
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	EXPECT_TRUE(WAIT_FOR(scx_state_is("disabled")));
	EXPECT_FALSE(task_is_on_scx(w->pid));
	workers_check_alive();
}

/*
 * From every callback
 */

/* Do all there is, so that every callback is made. */
static void make_every_callback(struct worker *w, struct worker *rt)
{
	char pid[16];

	worker_post(w, worker_yield);
	worker_wait(w);
	worker_start_spin(w);
	worker_start_spin(rt);
	worker_stop_spin(rt);
	/* a waiting task, for dequeue */
	setpriority(PRIO_PROCESS, w->pid, 1);
	set_affinity(w->pid, 0x6);
	set_policy(w->pid, SCHED_OTHER, 0);
	set_policy(w->pid, SCHED_EXT, 0);
	worker_spins_on(w);
	worker_stop_spin(w);
	worker_do(w, worker_fork);
	mkdir("/sys/fs/cgroup/leave", 0755);
	file_write("/sys/fs/cgroup/leave/cpu.weight", "50");
	file_write("/sys/fs/cgroup/leave/cpu.weight", "100");
	file_write("/sys/fs/cgroup/leave/cpu.max", "50000 100000");
	file_write("/sys/fs/cgroup/leave/cpu.max", "max");
	file_write("/sys/fs/cgroup/leave/cpu.idle", "1");
	file_write("/sys/fs/cgroup/leave/cpu.idle", "0");
	snprintf(pid, sizeof(pid), "%d", w->pid);
	file_write("/sys/fs/cgroup/leave/cgroup.procs", pid);
	file_write("/sys/fs/cgroup/cgroup.procs", pid);
	rmdir("/sys/fs/cgroup/leave");
	ASSERT_EQ(cpu_set_online(3, false), 0);
	ASSERT_EQ(cpu_set_online(3, true), 0);
	worker_start_spin(w);
	sysrq("D");
	worker_stop_spin(w);
}

/* All but what make_every_callback() cannot bring about, and exit, when all is over. */
static bool is_made(enum leave_op op)
{
	return op != LEAVE_core_sched_before && op != LEAVE_cgroup_cancel_move && op != LEAVE_exit;
}

static void leave_everywhere(enum leave_how how, int kind, const char *msg)
{
	static const char *const names[] = {
#define SPEC_OP(name, groups, may_sleep, nr_args) #name,
#include "spec_ops.def"
	};
	struct worker *w = worker_start(.cpus = 0x6);
	struct worker *rt = worker_start(.policy = SCHED_FIFO, .cpus = 0x6);
	char want[64];
	int op;

	for (op = 0; op < NR_LEAVE_OPS; op++) {
		struct leave_bpf *skel;
		struct sched *s;

		if (!is_made(op))
			continue;
		printf("%s\n", names[op]);
		skel = SCHED_OPEN(leave_bpf);
		pin_self(0);
		skel->rodata->leave_in = op;
		skel->rodata->leave_how = how;
		skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
		s = SCHED_START(skel);
		make_every_callback(w, rt);
		snprintf(want, sizeof(want), "%s %d", msg, op);
		sched_expect_exit(s, kind, want);
		EXPECT_EQ(skel->data->uei.exit_code, how == LEAVE_BY_EXIT ? LEAVE_CODE + op : 0);
		EXPECT_EQ(skel->bss->nr_exits, 1);
		/* an error has a backtrace and a dump */
		EXPECT_EQ(skel->bss->exit_bt_len > 0, how != LEAVE_BY_EXIT);
		EXPECT_EQ(s->dump[0] != '\0', how != LEAVE_BY_EXIT);
		leave_bpf__destroy(skel);
	}
}

TEST_TIMEOUT(every_callback_can_leave_in_peace, 300)
{
	leave_everywhere(LEAVE_BY_EXIT, KIND_UNREG_BPF, "left in callback");
}

TEST_TIMEOUT(every_callback_can_fail, 300)
{
	leave_everywhere(LEAVE_BY_ERROR, KIND_ERROR_BPF, "failed in callback");
}

TEST_TIMEOUT(only_the_first_reason_counts, 300)
{
	leave_everywhere(LEAVE_BY_BOTH, KIND_ERROR_BPF, "failed in callback");
}

/*
 * The kernel's own reasons
 */

TEST(sysrq_s_takes_the_scheduler_out)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);

	worker_do(w, worker_nop);
	sysrq("S");
	sched_expect_exit(s, KIND_SYSRQ, "");
	EXPECT_EQ(s->uei->exit_code, 0);
	EXPECT_STREQ(s->dump, "");
	/* and does nothing without one */
	sysrq("S");
	EXPECT_TRUE(scx_state_is("disabled"));
}

/*
 * The debug dump
 */

COVERS(dump, dump_cpu, dump_task, scx_bpf_dump_bstr);

static struct dump_bpf *dump_open(void)
{
	struct dump_bpf *skel = SCHED_OPEN(dump_bpf);

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	skel->rodata->talking_cpu = 3;
	return skel;
}

TEST(the_dump_tells_of_cpus_and_tasks_and_has_the_schedulers_words)
{
	struct dump_bpf *skel = dump_open();
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	char text[64];

	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	sched_run_prog(s, "dump_error", NULL, 0);
	sched_expect_exit(s, KIND_ERROR_BPF, "dump me");

	printf("%s\n", s->dump);
	/* who, why */
	snprintf(text, sizeof(text), "[%d]", getpid());
	EXPECT_STRHAS(s->dump, text);
	EXPECT_STRHAS(s->dump, "dump me");
	EXPECT_STRHAS(s->dump, "Backtrace");
	/* the scheduler's words: by lines, the last one completed */
	EXPECT_STRHAS(s->dump, "first of mine, kind 1025\nsecond goes on\nthird has no end\n");
	/* an idle CPU is there if something is said about it */
	EXPECT_STRHAS(s->dump, "CPU 3");
	EXPECT_STRHAS(s->dump, "mine about cpu 3 idle ");
	/* the task that waits */
	snprintf(text, sizeof(text), "mine about t_exit[%d]\n", w->pid);
	EXPECT_STRHAS(s->dump, text);
	EXPECT_STRHAS(s->dump, "weight=100");
	EXPECT_STRHAS(s->dump, "SCX_EV_REFILL_SLICE_DFL");
	EXPECT_EQ(skel->data->seen_kind, KIND_ERROR_BPF);
	EXPECT_GT(skel->bss->seen_at_ns, 0);
	EXPECT_GT(skel->bss->seen_at_jiffies, 0);
	EXPECT_STREQ(skel->bss->seen_reason, (const char *)s->uei->reason);
}

TEST(a_dump_that_is_too_long_is_cut_and_says_so)
{
	static const u32 lengths[] = { 512, 64, 1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct dump_bpf *skel = dump_open();
		struct sched *s;

		skel->struct_ops.ops->exit_dump_len = lengths[i];
		s = SCHED_START(skel);
		sched_run_prog(s, "dump_error", NULL, 0);
		sched_expect_exit(s, KIND_ERROR_BPF, "dump me");
		EXPECT_LT(strlen(s->dump), lengths[i]);
		if (lengths[i] > 64)
			EXPECT_STRHAS(s->dump, "TRUNCATED");
		dump_bpf__destroy(skel);
	}
}

#define TRACING "/sys/kernel/tracing/"

TEST(sysrq_d_dumps_to_the_trace_and_lets_the_scheduler_live)
{
	struct dump_bpf *skel = dump_open();
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);
	const char *trace;

	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	ASSERT_EQ(file_write(TRACING "events/sched_ext/sched_ext_dump/enable", "1"), 0);
	sysrq("D");
	ASSERT_TRUE(WAIT_FOR(strstr(file_read(TRACING "trace"), "SCX_EV_BYPASS_ACTIVATE")));
	file_write(TRACING "events/sched_ext/sched_ext_dump/enable", "0");
	trace = file_read(TRACING "trace");
	EXPECT_STRHAS(trace, "sched_ext_dump: ");
	EXPECT_STRHAS(trace, "first of mine, kind 0");
	EXPECT_STRHAS(trace, "mine about cpu 3 idle ");
	EXPECT_STRHAS(trace, "mine about t_exit[");
	EXPECT_EQ(skel->data->seen_kind, 0);
	file_write(TRACING "trace", "");

	EXPECT_TRUE(sched_lives(s));
	EXPECT_TRUE(scx_state_is("enabled"));
	EXPECT_EQ(bpf_link__destroy(s->link), 0);
	worker_wait(w);
}

/*
 * The kernel's log
 */

TEST(the_log_has_a_line_for_the_beginning_and_for_the_end)
{
	int fds[] = { kmsg_open(), kmsg_open(), kmsg_open() };
	struct sched *s = SCHED_START(dump_open());

	sched_run_prog(s, "dump_error", NULL, 0);
	sched_expect_exit(s, KIND_ERROR_BPF, "dump me");
	EXPECT_TRUE(KMSG_HAS(fds[0], "sched_ext", "\"dumper\"", "enabled"));
	EXPECT_TRUE(KMSG_HAS(fds[1], "sched_ext", "\"dumper\"", "disabled (scx_bpf_error)"));
	EXPECT_TRUE(KMSG_HAS(fds[2], "dumper", "dump me"));
	close(fds[0]);
	close(fds[1]);
	close(fds[2]);
}

TEST(dumps_of_tasks_on_the_console_name_the_scheduler)
{
	int fd = kmsg_open();
	struct dump_bpf *skel = dump_open();
	struct worker *w = worker_start(.cpus = 1 << 2);
	struct sched *s = SCHED_START(skel);

	worker_post(w, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w->pid)));
	console_quiet();
	sysrq("t");
	EXPECT_TRUE(KMSG_HAS(fd, "Sched_ext: dumper (enabled)"));
	close(fd);
	fd = kmsg_open();
	sysrq("t");
	EXPECT_TRUE(KMSG_HAS(fd, "Sched_ext: dumper (enabled), task: runnable_at=-"));
	close(fd);
	console_loud();
	EXPECT_EQ(bpf_link__destroy(s->link), 0);
	worker_wait(w);

	/* nothing when there is none */
	fd = kmsg_open();
	sysrq("w");
	EXPECT_FALSE(KMSG_HAS(fd, "Sched_ext:"));
	close(fd);
}
