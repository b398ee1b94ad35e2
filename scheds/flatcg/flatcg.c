// SPDX-License-Identifier: GPL-2.0
/*
 * scx_flatcg - loader of the flatcg scheduler; flatcg.bpf.c says what it does.
 */
#include "lib/loader.h"
#include <bpf/bpf.h>
#include <scx/counters.h>
#include "flatcg.h"

DEFINE_COUNTERS(NR_FCG_COUNTERS);
#include "flatcg.bpf.skel.h"

struct opts {
	u32 slice_us;
	u32 interval_s;
	bool dump;
	bool fifo;
};

static struct opts opts = { .slice_us = 20000, .interval_s = 2 };

static const struct argp_option options[] = {
	{ "slice", 's', "US", 0, "Slice of a cgroup in microseconds (20000)", 0 },
	{ "interval", 'i', "SEC", 0, "Seconds between statistics (2)", 0 },
	{ "dump", 'd', NULL, 0, "Print the cgroups with the statistics", 0 },
	{ "fifo", 'f', NULL, 0, "FIFO order within cgroups instead of weighted vtime", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's':
		opts.slice_us = loader_number(state, "-s", arg, 1, UINT32_MAX);
		return 0;
	case 'i':
		opts.interval_s = loader_number(state, "-i", arg, 1, UINT32_MAX);
		return 0;
	case 'd':
		opts.dump = true;
		return 0;
	case 'f':
		opts.fifo = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load scx_flatcg: a hierarchy of cpu.weight, flattened into one "
	       "level.",
	.children = loader_argp_children,
};

/* Percentage of the machine that was busy since the last call. */
static double read_cpu_util(void)
{
	static u64 last_total, last_idle;
	u64 v[8] = {}, total = 0, idle;
	double util;
	FILE *f = fopen("/proc/stat", "re");
	int i, n;

	if (!f)
		return 0;
	n = fscanf(f, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &v[0], &v[1], &v[2], &v[3], &v[4],
		   &v[5], &v[6], &v[7]);
	fclose(f);
	if (n < 5)
		return 0;
	for (i = 0; i < n; i++)
		total += v[i];
	idle = v[3] + v[4];
	util = total == last_total ?
		       0 :
		       100.0 * (1 - (double)(idle - last_idle) / (total - last_total));
	last_total = total;
	last_idle = idle;
	return util;
}

/* One line for each cgroup that is active. */
static void dump_cgroups(const struct flatcg_bpf *skel)
{
	/* Of the map's values only the beginning is ours to know. */
	size_t size = bpf_map__value_size(skel->maps.cgrp_ctxs);
	int fd = bpf_map__fd(skel->maps.cgrp_ctxs);
	struct flatcg_info *info = malloc(size);
	u64 cgid, *prev = NULL;

	while (info && !bpf_map_get_next_key(fd, prev, &cgid)) {
		prev = &cgid;
		if (bpf_map_lookup_elem(fd, &cgid, info) || !info->nr_active)
			continue;
		printf("  cgroup %lu: level=%u parent=%lu weight=%u "
		       "hweight=%.4f active=%d\n",
		       cgid, info->level, info->parent, info->weight,
		       (double)info->hweight / FLATCG_HWEIGHT_ONE, info->nr_active);
	}
	free(info);
}

static void print_stats(void *arg)
{
	const struct flatcg_bpf *skel = arg;
	static u64 seq;
	u64 n[NR_FCG_COUNTERS];
	int i;

	for (i = 0; i < NR_FCG_COUNTERS; i++)
		n[i] = counters_sum(skel->bss->counters, i);

	printf("[SEQ %lu cpu=%.1lf hweight_gen=%lu]\n", seq++, read_cpu_util(),
	       skel->data->hweight_gen);
	printf("       act:%8lu  deact:%8lu global:%8lu local:%8lu\n", n[FCG_ACT], n[FCG_DEACT],
	       n[FCG_GLOBAL], n[FCG_LOCAL]);
	printf("HWT  cache:%8lu update:%8lu   skip:%8lu  race:%8lu\n", n[FCG_HWT_CACHE],
	       n[FCG_HWT_UPDATES], n[FCG_HWT_SKIP], n[FCG_HWT_RACE]);
	printf("ENQ   skip:%8lu   race:%8lu\n", n[FCG_ENQ_SKIP], n[FCG_ENQ_RACE]);
	printf("CNS   keep:%8lu expire:%8lu  empty:%8lu  gone:%8lu\n", n[FCG_CNS_KEEP],
	       n[FCG_CNS_EXPIRE], n[FCG_CNS_EMPTY], n[FCG_CNS_GONE]);
	printf("PNC no_cgrp:%7lu   next:%8lu  empty:%8lu  gone:%8lu "
	       "race:%8lu\n",
	       n[FCG_PNC_NO_CGRP], n[FCG_PNC_NEXT], n[FCG_PNC_EMPTY], n[FCG_PNC_GONE],
	       n[FCG_PNC_RACE]);
	printf("BAD remove:%8lu\n", n[FCG_BAD_REMOVAL]);
	if (opts.dump)
		dump_cgroups(skel);
}

int main(int argc, char **argv)
{
	int nr_cpus = libbpf_num_possible_cpus();
	struct flatcg_bpf *skel;
	struct bpf_link *link;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (nr_cpus < 0)
		SCX_DIE(-nr_cpus, "could not count the CPUs");
	loader_begin();
	do {
		skel = SCX_OPS_OPEN(flatcg_ops, flatcg_bpf);
		skel->rodata->nr_possible_cpus = nr_cpus;
		skel->rodata->cgrp_slice_ns = opts.slice_us * 1000ULL;
		skel->rodata->fifo = opts.fifo;
		skel->struct_ops.flatcg_ops->flags |= SCX_OPS_HAS_CGROUP_WEIGHT |
						      SCX_OPS_ENQ_EXITING;
		SCX_OPS_LOAD(skel, flatcg_ops, flatcg_bpf, uei);
		link = SCX_OPS_ATTACH(skel, flatcg_ops, flatcg_bpf);
		LOADER_WATCH(skel, uei, opts.interval_s, print_stats);
		bpf_link__destroy(link);
		again = LOADER_REPORT(skel, uei);
		flatcg_bpf__destroy(skel);
	} while (again);
	return loader_status();
}
