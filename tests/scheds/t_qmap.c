// SPDX-License-Identifier: GPL-2.0
/* What scheds/qmap promises, and what becomes of it when it misbehaves. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

/* Weights 21, 41, 100, 305 and 932: one of each level. */
static const int level_nice[] = { 7, 4, 0, -5, -10 };

#define NR_LEVELS (sizeof(level_nice) / sizeof(level_nice[0]))

#define SLICE_NS (20 * NSEC_PER_MSEC)
#define PICKS_OF_LEVEL(level) (1 << (level))
#define PICKS_OF_ROUND (PICKS_OF_LEVEL(NR_LEVELS) - 1)

/*
 * CPU time of the levels is as their picks, with @nr hogs of each on one CPU. Those are the
 * only tasks of the class (-p): of a whole system, most others are of level 2 and use up
 * picks of it, however little they run.
 */
static void expect_shares_as_picks(unsigned int nr)
{
	const unsigned int nr_hogs = nr * NR_LEVELS;
	uint64_t ns[nr_hogs], total = 0;
	double level_ns, share;
	struct hog hogs[nr_hogs];
	struct loaded sched;
	unsigned int i, k;

	/* Other CPUs take tasks off the FIFOs as well, by budgets of their own. */
	only_cpu_0(true);
	sched_start(&sched, "scx_qmap", "-p");
	for (i = 0; i < nr_hogs; i++)
		hogs[i] = hog_start(.nice = level_nice[i / nr], .policy = SCHED_EXT);
	hogs_measure(hogs, nr_hogs, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, nr_hogs, 10 * PICKS_OF_ROUND * SLICE_NS, ns);
	for (i = 0; i < nr_hogs; i++)
		total += ns[i];
	for (i = 0; i < NR_LEVELS; i++) {
		level_ns = 0;
		for (k = 0; k < nr; k++)
			level_ns += ns[nr * i + k];
		share = (double)PICKS_OF_LEVEL(i) / PICKS_OF_ROUND;
		printf("level %u: %.1f of %.1f ms\n", i, level_ns / NSEC_PER_MSEC,
		       share * total / NSEC_PER_MSEC);
		/* One turn more or less, as the ten rounds may begin and end in its midst. */
		EXPECT_LE(fabs(level_ns - share * total), PICKS_OF_LEVEL(i) * SLICE_NS);
	}
	for (i = 0; i < nr_hogs; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
	only_cpu_0(false);
}

SCHED_TEST(one_hog_of_each_level_gets_cpu_time_1_2_4_8_16)
{
	expect_shares_as_picks(1);
}

SCHED_TEST(two_hogs_of_each_level_get_cpu_time_1_2_4_8_16)
{
	expect_shares_as_picks(2);
}

/*
 * Load scx_qmap with one more option, which must end it with an error of kind @reason and a
 * dump, beside two hogs that must go on. Returns what the loader said of the end, to be freed.
 */
static char *end_of_qmap(const char *option, const char *arg, const char *reason)
{
	struct hog hogs[2] = { hog_start(.cpu = 1 + 1), hog_start(.cpu = 1 + 1) };
	char *out, *err, *end, *text;
	uint64_t ns[2];

	printf("%s %s\n", option, arg);
	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-S", option, arg), 1);
	EXPECT_STRHAS(err, "DEBUG DUMP");
	end = strstr(err, "EXIT: ");
	ASSERT_TRUE(end);
	printf("%s", end);
	end += strlen("EXIT: ");
	EXPECT_EQ(strncmp(end, reason, strlen(reason)), 0);
	text = strdup(end);
	ASSERT_TRUE(text);
	free(out);
	free(err);
	hogs_measure(hogs, 2, NSEC_PER_SEC / 10, ns);
	EXPECT_GT(ns[0], 0);
	EXPECT_GT(ns[1], 0);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	return text;
}

SCHED_TEST(each_misuse_of_a_queue_ends_in_an_error_and_tasks_go_on)
{
	/* Words that tell the misuse; kernels differ in the others. */
	static const struct {
		const char *option;
		const char *words;
	} misuses[] = {
		{ "missing:20", "non-existent DSQ 0xbadd" },
		{ "vtime-local:20", "built-in DSQ" },
		{ "mix:20", "FIFO" },
		{ "cpu:20", "invalid CPU -1 in SCX_DSQ_LOCAL_ON" },
		{ "destroy:20", "destroy" },
	};
	char *end;
	size_t i;

	for (i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
		end = end_of_qmap("-B", misuses[i].option, "runtime error (");
		EXPECT_STRHAS(end, misuses[i].words);
		free(end);
	}
}

SCHED_TEST(an_error_on_demand_is_told_as_the_scheduler_worded_it)
{
	char *end = end_of_qmap("-e", "50", "scx_bpf_error (");

	EXPECT_STRHAS(end, "(error of enqueue 50, as asked for)");
	free(end);
}

#define KTHREADD 2

/*
 * Whether the task in "stall (NAME[PID] ..." is one of the kernel's; false if it's gone. No task
 * is named if the watchdog, where that is a kernel thread that can be lost, did not run itself.
 */
static bool is_kernel_thread(const char *end)
{
	const char *at = strchr(end, '['), *stat;
	int pid, ppid = 0;

	if (!at)
		return strstr(end, "watchdog");
	pid = atoi(at + 1);
	stat = file_read("/proc/%d/stat", pid);
	at = stat ? strrchr(stat, ')') : NULL;
	if (at)
		sscanf(at, ") %*c %d", &ppid);
	return pid == KTHREADD || ppid == KTHREADD;
}

SCHED_TEST(a_lost_task_is_found_by_the_watchdog)
{
	char *end = end_of_qmap("-t", "30", "runnable task stall (");

	EXPECT_FALSE(is_kernel_thread(end));
	free(end);
}

SCHED_TEST(so_is_a_lost_kernel_thread)
{
	char *end = end_of_qmap("-T", "5", "runnable task stall (");

	EXPECT_TRUE(is_kernel_thread(end));
	free(end);
}

SCHED_TEST(tasks_stall_if_dispatch_gives_only_what_it_does_not_have)
{
	free(end_of_qmap("-l", "50", "runnable task stall ("));
}

/* Numbers in @text become N. */
static void blank_numbers(char *text)
{
	const char *from = text;

	while (*from) {
		size_t len = strspn(from, "-0123456789");

		*text++ = len ? 'N' : *from;
		from += len ?: 1;
	}
	*text = '\0';
}

SCHED_TEST(statistics_have_the_names_that_scripts_look_for)
{
	static const char lines[] = "stats  : enq=N dsp=N delta=N reenq=N deq=N core=N enq_ddsp=N\n"
				    "         exp_local=N exp_remote=N exp_timer=N exp_lost=N\n"
				    "cpuperf: cur min/avg/max=N/N/N target min/avg/max=N/N/N\n";
	struct loaded sched;
	char *out;
	int i;

	sched_start(&sched, "scx_qmap");
	for (i = 0; i < 3; i++)
		sched_next_stats(&sched);
	out = child_output(sched.loader.out);
	ASSERT_TRUE(out);
	sched_stop(&sched);
	blank_numbers(out);
	out[strnlen(out, strlen(lines))] = '\0';
	EXPECT_STREQ(out, lines);
	free(out);
}

SCHED_TEST(the_dump_has_what_qmap_adds_unless_told_not_to)
{
	struct hog hog = hog_start();
	char *out, *err;

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20"), 1);
	EXPECT_STRHAS(err, "qmap: FIFO 4:");
	EXPECT_STRHAS(err, "qmap: highpri_queued=");
	free(out);
	free(err);

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20", "-S"), 1);
	EXPECT_STRHAS(err, "DEBUG DUMP");
	EXPECT_FALSE(strstr(err, "qmap: FIFO"));
	free(out);
	free(err);

	EXPECT_EQ(sched_run(&out, &err, "scx_qmap", "-e", "20", "-D", "500"), 1);
	EXPECT_LT(strlen(err), 1000);
	free(out);
	free(err);
	hog_kill(&hog);
}

SCHED_TEST(partial_switch_takes_sched_ext_tasks_only)
{
	struct hog normal, ext[2];
	struct loaded sched;
	uint64_t before, ns[2];
	int i;

	sched_start(&sched, "scx_qmap", "-p");
	EXPECT_STREQ(file_read(SCX_SYSFS "switch_all"), "0");

	normal = hog_start(.cpu = 1 + 1);
	hogs_measure(&normal, 1, NSEC_PER_SEC / 10, ns);
	sched_next_stats(&sched);
	before = sched_stat(&sched, "enq");
	hogs_measure(&normal, 1, 2 * NSEC_PER_SEC, ns);
	sched_next_stats(&sched);
	EXPECT_EQ(sched_stat(&sched, "enq"), before);
	hog_kill(&normal);

	/* two, as one alone would go on at the end of its slice */
	for (i = 0; i < 2; i++)
		ext[i] = hog_start(.cpu = 1 + 1, .policy = SCHED_EXT);
	hogs_measure(ext, 2, NSEC_PER_SEC / 2, ns);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "enq"), before);
	for (i = 0; i < 2; i++)
		hog_kill(&ext[i]);
	sched_stop(&sched);
}

SCHED_TEST(a_disallowed_process_can_not_become_sched_ext)
{
	struct hog hog = hog_start(.cpu = 1 + 1), other = hog_start();
	struct loaded sched;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", hog.pid);
	sched_start(&sched, "scx_qmap", "-p", "-d", pid);
	EXPECT_EQ(set_policy(hog.pid, SCHED_EXT, 0), -EACCES);
	EXPECT_EQ(set_policy(other.pid, SCHED_EXT, 0), 0);
	sched_stop(&sched);
	hog_kill(&hog);
	hog_kill(&other);
}

SCHED_TEST(highpri_tasks_that_leave_while_they_wait_count_no_more)
{
	struct hog hogs[4];
	struct loaded sched;
	uint64_t ns[4];
	unsigned int i;
	char *err;

	/* One of the two that leave waits, as they are bound to one CPU. */
	sched_start(&sched, "scx_qmap", "-p", "-H", "-e", "300");
	for (i = 0; i < 4; i++)
		hogs[i] = hog_start(.cpu = 1 + 1, .policy = SCHED_EXT, .nice = i < 2 ? -20 : 0);
	hogs_measure(hogs, 4, NSEC_PER_SEC / 2, ns);
	ASSERT_TRUE(child_runs(&sched.loader));
	EXPECT_EQ(set_policy(hogs[0].pid, SCHED_OTHER, 0), 0);
	EXPECT_EQ(set_policy(hogs[1].pid, SCHED_OTHER, 0), 0);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	ASSERT_EQ(child_wait(&sched.loader, FOR_EVER_MS), 0);
	err = child_output(sched.loader.err);
	ASSERT_TRUE(err);
	EXPECT_STRHAS(err, "error of enqueue 300, as asked for");
	EXPECT_STRHAS(err, "qmap: highpri_queued=0");
	free(err);
	loaded_exit(&sched);
	hog_kill(&hogs[2]);
	hog_kill(&hogs[3]);
}

SCHED_TEST(highpri_tasks_are_moved_ahead)
{
	const unsigned int nr_hogs = 16, nr_highpri = 8;
	uint64_t ns[nr_hogs], least = UINT64_MAX;
	struct hog hogs[nr_hogs];
	struct loaded sched;
	unsigned int i;

	/* Picked together, all but the first wait in the shared queue, where they are found. */
	sched_start(&sched, "scx_qmap", "-H", "-b", "4");
	for (i = 0; i < nr_hogs; i++)
		hogs[i] = hog_start(.nice = i < nr_highpri ? -20 : 0);
	hogs_measure(hogs, nr_hogs, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, nr_hogs, 6 * NSEC_PER_SEC, ns);
	sched_next_stats(&sched);
	printf("%lu local, %lu remote, %lu lost\n", sched_stat(&sched, "exp_local"),
	       sched_stat(&sched, "exp_remote"), sched_stat(&sched, "exp_lost"));
	EXPECT_GT(sched_stat(&sched, "exp_local") + sched_stat(&sched, "exp_remote"), 0);
	for (i = 0; i < nr_hogs; i++) {
		printf("%u: %lu\n", i, ns[i]);
		if (i < nr_highpri && ns[i] < least)
			least = ns[i];
	}
	for (i = nr_highpri; i < nr_hogs; i++)
		EXPECT_LT(ns[i], least);
	for (i = 0; i < nr_hogs; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}
