// SPDX-License-Identifier: GPL-2.0
/* The guest sees the machine that was asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "vm.h"

/* One line for each CPU: number, siblings, CPUs of its LLC, of its package, its node. */
static const char show_cpus[] =
	"cd /sys/devices/system/cpu; for i in $(seq 0 $(($(nproc) - 1))); do cd cpu$i; "
	"echo $i $(cat topology/thread_siblings_list) $(cat cache/index3/shared_cpu_list) "
	"$(cat topology/package_cpus_list) $(basename node*); cd ..; done";

/* The list of @nr CPUs around @cpu that share something, as the kernel prints it. */
static void group_of(char *text, size_t size, int cpu, int nr)
{
	int first = cpu / nr * nr;

	if (nr == 1)
		snprintf(text, size, "%d", first);
	else
		snprintf(text, size, "%d-%d", first, first + nr - 1);
}

/* Boots @sockets x @llcs x @cores x @threads over @nodes and compares every CPU. */
static void expect_topology(int sockets, int llcs, int cores, int threads, int nodes)
{
	char option[128], node_option[16], want[65536];
	int nr_cpus = sockets * llcs * cores * threads, cpu;
	struct cmd_result r;
	size_t len = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		char siblings[32], llc[32], package[32];

		group_of(siblings, sizeof(siblings), cpu, threads);
		group_of(llc, sizeof(llc), cpu, threads * cores);
		group_of(package, sizeof(package), cpu, threads * cores * llcs);
		len += snprintf(want + len, sizeof(want) - len, "%d %s %s %s node%d\n", cpu,
				siblings, llc, package, cpu / (nr_cpus / nodes));
	}
	snprintf(option, sizeof(option), "sockets=%d,llcs=%d,cores=%d,threads=%d", sockets, llcs,
		 cores, threads);
	snprintf(node_option, sizeof(node_option), "%d", nodes);
	VM_RUN(&r, "--topology", option, "--numa", node_option, "sh", "-e", "-c", show_cpus);
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, want);
	cmd_result_exit(&r);
}

VM_TEST(one_cpu)
{
	expect_topology(1, 1, 1, 1, 1);
}

VM_TEST(threads_of_a_core)
{
	expect_topology(1, 1, 2, 2, 1);
}

VM_TEST(llcs_of_a_socket_on_two_nodes)
{
	expect_topology(1, 2, 2, 1, 2);
}

VM_TEST(every_level_at_once)
{
	expect_topology(2, 2, 2, 2, 2);
}

VM_TEST(numbers_that_are_no_powers_of_two)
{
	expect_topology(3, 1, 3, 1, 3);
}

VM_TEST(cpus_alone_are_cores_of_one_llc)
{
	struct cmd_result r;

	VM_RUN(&r, "--cpus", "4", "sh", "-e", "-c", show_cpus);
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "0 0 0-3 0-3 node0\n1 1 0-3 0-3 node0\n"
			    "2 2 0-3 0-3 node0\n3 3 0-3 0-3 node0\n");
	cmd_result_exit(&r);
}

VM_TEST(nodes_have_memory_and_distances)
{
	struct cmd_result r;

	VM_RUN(&r, "--topology", "sockets=2", "--numa", "2", "--mem", "512M", "sh", "-c",
	       "cat /sys/devices/system/node/node0/distance; "
	       "grep -h MemTotal /sys/devices/system/node/node*/meminfo");
	EXPECT_EQ(r.status, 0);
	EXPECT_STRHAS(r.out, "10 20\n");
	EXPECT_STRHAS(r.out, "Node 1 MemTotal:");
	cmd_result_exit(&r);
}

/* Instructions of a busy loop, in microseconds of guest time. */
static long busy_us(const char *icount)
{
	/* The first round reads what the others need: waiting for the host's files takes any time. */
	static const char script[] =
		"busy() { local i t0=${EPOCHREALTIME/./}; for ((i = 0; i < 100000; i++)); do :; done; "
		"echo $((${EPOCHREALTIME/./} - t0)); }; busy >/dev/null; busy";
	struct cmd_result r;
	long us;

	VM_RUN(&r, icount, "--cpus", "1", "bash", "-c", script);
	EXPECT_EQ(r.status, 0);
	us = atol(r.out);
	cmd_result_exit(&r);
	return us;
}

VM_TEST(under_icount_guest_time_counts_instructions)
{
	long first = busy_us("--icount"), again = busy_us("--icount=1"),
	     half = busy_us("--icount=0");

	printf("%ld %ld %ld us\n", first, again, half);
	EXPECT_GT(first, 10000);
	/* Within 2 percent: timer interrupts fall elsewhere. */
	EXPECT_LE(labs(first - again), first / 50);
	/* Half the time has half the ticks; with twice it a checking kernel's would cost too much. */
	EXPECT_LE(labs(2 * half - first), half / 25);
}
