// SPDX-License-Identifier: GPL-2.0
/*
 * scx_central - loader of the central scheduler; central.bpf.c says what it does.
 */
#include "lib/loader.h"
#include <sched.h>
#include <scx/counters.h>
#include "central.h"

DEFINE_COUNTERS(NR_CENTRAL_COUNTERS);
#include "central.bpf.skel.h"

struct opts {
	u32 central_cpu;
	u32 slice_us;
	u32 interval_s;
};

static const struct argp_option options[] = {
	{ "central", 'c', "CPU", 0, "The CPU that decides (0)", 0 },
	{ "slice", 's', "US", 0, "Slice in microseconds (20000)", 0 },
	{ "interval", 'i', "SEC", 0, "Seconds between statistics (1)", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *opts = state->input;

	switch (key) {
	case 'c':
		opts->central_cpu = loader_number(state, "-c", arg, 0, SCX_COUNTER_CPUS - 1);
		return 0;
	case 's':
		opts->slice_us = loader_number(state, "-s", arg, 1, UINT32_MAX);
		return 0;
	case 'i':
		opts->interval_s = loader_number(state, "-i", arg, 1, UINT32_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load scx_central: one CPU decides for all, the others run "
	       "without a tick.",
	.children = loader_argp_children,
};

/* The timer is pinned to the CPU that starts it, which may be ours. */
static void pin_to(u32 cpu)
{
	cpu_set_t *set = CPU_ALLOC(cpu + 1);
	size_t size = CPU_ALLOC_SIZE(cpu + 1);

	SCX_BUG_ON(!set, "could not name CPU %u", cpu);
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	SCX_BUG_ON(sched_setaffinity(0, size, set),
		   "could not move to the central CPU %u (is it online?)", cpu);
	CPU_FREE(set);
}

static void print_stats(void *arg)
{
	const struct central_bpf *skel = arg;
	static u64 seq;
	u64 n[NR_CENTRAL_COUNTERS];
	int i;

	for (i = 0; i < NR_CENTRAL_COUNTERS; i++)
		n[i] = counters_sum(skel->bss->counters, i);

	printf("[SEQ %lu]\n", seq++);
	printf("total   :%10lu    local:%10lu   queued:%10lu     lost:%10lu\n", n[CENTRAL_TOTAL],
	       n[CENTRAL_LOCALS], skel->bss->nr_queued, n[CENTRAL_LOSTS]);
	printf("timer   :%10lu dispatch:%10lu mismatch:%10lu    retry:%10lu\n",
	       skel->bss->nr_timers, n[CENTRAL_DISPATCHES], n[CENTRAL_MISMATCHES],
	       n[CENTRAL_RETRIES]);
	printf("overflow:%10lu\n", n[CENTRAL_OVERFLOWS]);
}

int main(int argc, char **argv)
{
	struct opts opts = { .slice_us = 20000, .interval_s = 1 };
	struct central_bpf *skel;
	struct bpf_link *link;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	loader_begin();
	do {
		if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
			SCX_DIE(0, "scx_central needs two CPUs: one to decide, "
				   "others to run");
		pin_to(opts.central_cpu);
		skel = SCX_OPS_OPEN(central_ops, central_bpf);
		skel->rodata->central_cpu = opts.central_cpu;
		skel->rodata->slice_ns = opts.slice_us * 1000ULL;
		SCX_OPS_LOAD(skel, central_ops, central_bpf, uei);
		link = SCX_OPS_ATTACH(skel, central_ops, central_bpf);
		LOADER_WATCH(skel, uei, opts.interval_s, print_stats);
		bpf_link__destroy(link);
		again = LOADER_REPORT(skel, uei);
		central_bpf__destroy(skel);
	} while (again);
	return loader_status();
}
