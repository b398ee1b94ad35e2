// SPDX-License-Identifier: GPL-2.0
/*
 * scx_pair - loader of the pair scheduler; pair.bpf.c says what it does.
 */
#include "lib/loader.h"
#include <scx/counters.h>
#include "pair.h"

DEFINE_COUNTERS(NR_PAIR_COUNTERS);
#include "pair.bpf.skel.h"

struct opts {
	u32 stride;		/* 0: half of the CPUs */
	u32 interval_s;
};

static const struct argp_option options[] = {
	{ "stride", 'S', "N", 0, "Pair CPU i with i + N (half of the CPUs)", 0 },
	{ "interval", 'i', "SEC", 0, "Seconds between statistics (1)", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *opts = state->input;

	switch (key) {
	case 'S':
		opts->stride = loader_number(state, "-S", arg, 1, INT32_MAX);
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
	.doc = "Load scx_pair: the two CPUs of a pair only ever run tasks of "
	       "one cgroup at a time.",
	.children = loader_argp_children,
};

/* Pair CPU i with (i + @stride) mod @nr_cpus, and tell @skel. */
static void make_pairs(struct pair_bpf *skel, u32 nr_cpus, u32 stride)
{
	s32 *other;
	u32 i, j, nr_pairs = 0;

	RESIZE_ARRAY(skel, rodata, pair_cpu, nr_cpus);
	RESIZE_ARRAY(skel, rodata, pair_id, nr_cpus);
	RESIZE_ARRAY(skel, rodata, in_pair_idx, nr_cpus);
	other = skel->rodata_pair_cpu->pair_cpu;

	for (i = 0; i < nr_cpus; i++)
		other[i] = -1;
	for (i = 0; i < nr_cpus; i++) {
		if (other[i] >= 0)
			continue;
		j = (i + stride) % nr_cpus;
		if (j == i || other[j] >= 0)
			SCX_DIE(0,
				"stride %u does not pair %u CPUs: CPU %u "
				"would pair with %s",
				stride, nr_cpus, i, j == i ? "itself" : "one that has a partner");
		other[i] = j;
		other[j] = i;
		skel->rodata_in_pair_idx->in_pair_idx[i] = 0;
		skel->rodata_in_pair_idx->in_pair_idx[j] = 1;
		skel->rodata_pair_id->pair_id[i] = nr_pairs;
		skel->rodata_pair_id->pair_id[j] = nr_pairs;
		printf("pair %u: CPUs %u and %u\n", nr_pairs, i, j);
		nr_pairs++;
	}
	skel->rodata->nr_cpu_ids = nr_cpus;
	SCX_BUG_ON(bpf_map__set_max_entries(skel->maps.pairs, nr_pairs),
		   "could not make room for %u pairs", nr_pairs);
}

static void print_stats(void *arg)
{
	const struct pair_bpf *skel = arg;
	u64 n[NR_PAIR_COUNTERS];
	int i;

	for (i = 0; i < NR_PAIR_COUNTERS; i++)
		n[i] = counters_sum(skel->bss->counters, i);

	printf("total=%lu dispatch=%lu missing=%lu passed=%lu mismatch=%lu\n", n[PAIR_TOTAL],
	       n[PAIR_DISPATCHED], n[PAIR_MISSING], n[PAIR_PASSED_BY], n[PAIR_MISMATCHES]);
	printf("kicks=%lu preemptions=%lu\n", n[PAIR_KICKS], n[PAIR_PREEMPTIONS]);
	printf("exp=%lu exp_wait=%lu exp_empty=%lu\n", n[PAIR_EXPS], n[PAIR_EXP_WAITS],
	       n[PAIR_EXP_EMPTY]);
	printf("cgnext=%lu cgcoll=%lu cgempty=%lu\n", n[PAIR_CGRP_NEXT], n[PAIR_CGRP_COLL],
	       n[PAIR_CGRP_EMPTY]);
}

int main(int argc, char **argv)
{
	struct opts opts = { .interval_s = 1 };
	int nr_cpus = libbpf_num_possible_cpus();
	struct pair_bpf *skel;
	struct bpf_link *link;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	if (nr_cpus < 0)
		SCX_DIE(-nr_cpus, "could not count the CPUs");
	loader_begin();
	do {
		skel = SCX_OPS_OPEN(pair_ops, pair_bpf);
		make_pairs(skel, nr_cpus, opts.stride ?: nr_cpus / 2U);
		skel->struct_ops.pair_ops->flags |= SCX_OPS_ENQ_MIGRATION_DISABLED;
		SCX_OPS_LOAD(skel, pair_ops, pair_bpf, uei);
		link = SCX_OPS_ATTACH(skel, pair_ops, pair_bpf);
		LOADER_WATCH(skel, uei, opts.interval_s, print_stats);
		bpf_link__destroy(link);
		again = LOADER_REPORT(skel, uei);
		pair_bpf__destroy(skel);
	} while (again);
	return loader_status();
}
