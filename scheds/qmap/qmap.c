// SPDX-License-Identifier: GPL-2.0
/*
 * scx_qmap - loader of the qmap scheduler; qmap.bpf.c says what it does.
 */
#include "lib/loader.h"
#include <scx/counters.h>
#include "qmap.h"

DEFINE_COUNTERS(NR_QMAP_COUNTERS);
#include "qmap.bpf.skel.h"

struct opts {
	u32 slice_us;
	u32 stall_user_nth;
	u32 stall_kernel_nth;
	u32 fail_at_enqueue;
	u32 loop_after;
	u32 batch;
	u32 bad_dsq;
	u32 bad_dsq_at;
	u32 disallow_tgid;
	u32 dump_len;
	u32 interval_s;
	bool highpri_boost;
	bool print_shared;
	bool suppress_dump;
	bool partial;
};

static const struct argp_option options[] = {
	{ "slice", 's', "US", 0, "Slice in microseconds (20000)", 0 },
	{ "batch", 'b', "N", 0, "Tasks to take from a FIFO at a time (1)", 0 },
	{ "highpri", 'H', NULL, 0, "Run tasks of nice -20 first", 0 },
	{ "partial", 'p', NULL, 0, "Schedule SCHED_EXT tasks only", 0 },
	{ "disallow", 'd', "PID", 0, "Keep process PID out of SCHED_EXT", 0 },
	{ "print-shared", 'P', NULL, 0, "Trace the tasks of the shared queue each second", 0 },
	{ "interval", 'i', "SEC", 0, "Seconds between statistics (1)", 0 },

	{ NULL, 0, NULL, 0, "To exercise the class:", 0 },
	{ "error", 'e', "N", 0, "Fail in the Nth enqueue", 0 },
	{ "stall-user", 't', "N", 0, "Lose every Nth user thread", 0 },
	{ "stall-kernel", 'T', "N", 0, "Lose every Nth kernel thread", 0 },
	{ "loop", 'l', "N", 0, "After N dispatches, dispatch PID 2 for ever", 0 },
	{ "bad-dsq", 'B', "KIND[:N]", 0,
	  "From the Nth enqueue on (1) misuse a dispatch queue; KIND is "
	  "missing, vtime-local, mix, cpu or destroy",
	  0 },
	{ "dump-len", 'D', "BYTES", 0, "Length of the debug dump (32768)", 0 },
	{ "suppress-dump", 'S', NULL, 0, "Add nothing to the debug dump", 0 },
	{}
};

static const char *const bad_dsq_names[QMAP_NR_BAD] = {
	[QMAP_BAD_MISSING] = "missing", [QMAP_BAD_VTIME_LOCAL] = "vtime-local",
	[QMAP_BAD_MIX] = "mix",		[QMAP_BAD_CPU] = "cpu",
	[QMAP_BAD_DESTROY] = "destroy",
};

/* KIND[:N] */
static void parse_bad_dsq(struct argp_state *state, const char *arg, struct opts *opts)
{
	size_t len = strcspn(arg, ":");
	u32 i;

	for (i = QMAP_BAD_NONE + 1; i < QMAP_NR_BAD; i++) {
		if (strlen(bad_dsq_names[i]) != len || strncmp(arg, bad_dsq_names[i], len))
			continue;
		opts->bad_dsq = i;
		opts->bad_dsq_at = 1;
		if (arg[len])
			opts->bad_dsq_at =
				loader_number(state, "-B KIND:N", arg + len + 1, 1, UINT32_MAX);
		return;
	}
	argp_error(state,
		   "-B wants missing, vtime-local, mix, cpu or destroy, "
		   "perhaps with :N, not '%s'",
		   arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *opts = state->input;

	switch (key) {
	case 's':
		opts->slice_us = loader_number(state, "-s", arg, 1, UINT32_MAX);
		return 0;
	case 'b':
		opts->batch = loader_number(state, "-b", arg, 1, QMAP_FIFO_LEN);
		return 0;
	case 'H':
		opts->highpri_boost = true;
		return 0;
	case 'p':
		opts->partial = true;
		return 0;
	case 'd':
		opts->disallow_tgid = loader_number(state, "-d", arg, 1, INT32_MAX);
		return 0;
	case 'P':
		opts->print_shared = true;
		return 0;
	case 'i':
		opts->interval_s = loader_number(state, "-i", arg, 1, UINT32_MAX);
		return 0;
	case 'e':
		opts->fail_at_enqueue = loader_number(state, "-e", arg, 1, UINT32_MAX);
		return 0;
	case 't':
		opts->stall_user_nth = loader_number(state, "-t", arg, 1, UINT32_MAX);
		return 0;
	case 'T':
		opts->stall_kernel_nth = loader_number(state, "-T", arg, 1, UINT32_MAX);
		return 0;
	case 'l':
		opts->loop_after = loader_number(state, "-l", arg, 1, UINT32_MAX);
		return 0;
	case 'B':
		parse_bad_dsq(state, arg, opts);
		return 0;
	case 'D':
		opts->dump_len = loader_number(state, "-D", arg, 1, INT32_MAX);
		return 0;
	case 'S':
		opts->suppress_dump = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load scx_qmap: five FIFOs of tasks in BPF maps, served by "
	       "weight; a tour of the API, with errors on demand.",
	.children = loader_argp_children,
};

static void configure(struct qmap_bpf *skel, const struct opts *opts)
{
	skel->rodata->slice_ns = opts->slice_us * 1000ULL;
	skel->rodata->stall_user_nth = opts->stall_user_nth;
	skel->rodata->stall_kernel_nth = opts->stall_kernel_nth;
	skel->rodata->fail_at_enqueue = opts->fail_at_enqueue;
	skel->rodata->loop_after = opts->loop_after;
	skel->rodata->batch = opts->batch;
	skel->rodata->bad_dsq = opts->bad_dsq;
	skel->rodata->bad_dsq_at = opts->bad_dsq_at;
	skel->rodata->disallow_tgid = opts->disallow_tgid;
	skel->rodata->highpri_boost = opts->highpri_boost;
	skel->rodata->print_shared = opts->print_shared;
	skel->rodata->suppress_dump = opts->suppress_dump;

	skel->struct_ops.qmap_ops->dispatch_max_batch = opts->batch;
	skel->struct_ops.qmap_ops->exit_dump_len = opts->dump_len;
	if (opts->partial)
		skel->struct_ops.qmap_ops->flags |= SCX_OPS_SWITCH_PARTIAL;

	/* Of cgroups it only keeps count; where the class knows none it does without. */
	if (!__COMPAT_struct_has_field("sched_ext_ops", "cgroup_init")) {
		skel->struct_ops.qmap_ops->cgroup_init = NULL;
		skel->struct_ops.qmap_ops->cgroup_exit = NULL;
		skel->struct_ops.qmap_ops->cgroup_move = NULL;
	}
}

static void print_stats(void *arg)
{
	const struct qmap_bpf *skel = arg;
	const struct qmap_range *cur = &skel->bss->cpuperf_current;
	const struct qmap_range *target = &skel->bss->cpuperf_target;
	u64 n[NR_QMAP_COUNTERS];
	int i;

	for (i = 0; i < NR_QMAP_COUNTERS; i++)
		n[i] = counters_sum(skel->bss->counters, i);

	printf("stats  : enq=%lu dsp=%lu delta=%ld reenq=%lu deq=%lu core=%lu "
	       "enq_ddsp=%lu\n",
	       n[QMAP_ENQ], n[QMAP_DSP], (long)(n[QMAP_ENQ] - n[QMAP_DSP]), n[QMAP_REENQ],
	       n[QMAP_DEQ], n[QMAP_CORE], n[QMAP_ENQ_DDSP]);
	printf("         exp_local=%lu exp_remote=%lu exp_timer=%lu "
	       "exp_lost=%lu\n",
	       n[QMAP_EXP_LOCAL], n[QMAP_EXP_REMOTE], n[QMAP_EXP_TIMER], n[QMAP_EXP_LOST]);
	printf("cpuperf: cur min/avg/max=%u/%u/%u target min/avg/max="
	       "%u/%u/%u\n",
	       cur->min, cur->avg, cur->max, target->min, target->avg, target->max);
}

int main(int argc, char **argv)
{
	struct opts opts = { .slice_us = 20000, .batch = 1, .interval_s = 1 };
	struct qmap_bpf *skel;
	struct bpf_link *link;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, &opts);
	loader_begin();
	do {
		skel = SCX_OPS_OPEN(qmap_ops, qmap_bpf);
		configure(skel, &opts);
		SCX_OPS_LOAD(skel, qmap_ops, qmap_bpf, uei);
		link = SCX_OPS_ATTACH(skel, qmap_ops, qmap_bpf);
		LOADER_WATCH(skel, uei, opts.interval_s, print_stats);
		bpf_link__destroy(link);
		again = LOADER_REPORT(skel, uei);
		qmap_bpf__destroy(skel);
	} while (again);
	return loader_status();
}
