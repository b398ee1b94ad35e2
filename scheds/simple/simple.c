// SPDX-License-Identifier: GPL-2.0
/*
 * scx_simple - loader of the simple scheduler; simple.bpf.c says what it does.
 */
#include "lib/loader.h"
#include <scx/counters.h>
#include "simple.h"

DEFINE_COUNTERS(NR_SIMPLE_COUNTERS);
#include "simple.bpf.skel.h"

static const struct argp_option options[] = { { "fifo", 'f', NULL, 0,
						"FIFO order instead of weighted vtime", 0 },
					      {} };

static error_t parse(int key, char *arg __attribute__((unused)), struct argp_state *state)
{
	bool *fifo = state->input;

	switch (key) {
	case 'f':
		*fifo = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load scx_simple: one queue for the whole machine.\v"
	       "Once a second prints local=<wakeups that found an idle CPU> "
	       "global=<tasks that went through the queue>.",
	.children = loader_argp_children,
};

/* FIFO order needs no vtime, so none of the callbacks that keep it. */
static void use_fifo(struct simple_bpf *skel)
{
	skel->struct_ops.simple_ops->enqueue = skel->progs.simple_enqueue_fifo;
	skel->struct_ops.simple_ops->dispatch = skel->progs.simple_dispatch_fifo;
	skel->struct_ops.simple_ops->running = NULL;
	skel->struct_ops.simple_ops->stopping = NULL;
	skel->struct_ops.simple_ops->enable = NULL;
}

static void print_stats(void *arg)
{
	const struct simple_bpf *skel = arg;

	printf("local=%lu global=%lu\n", counters_sum(skel->bss->counters, SIMPLE_LOCAL),
	       counters_sum(skel->bss->counters, SIMPLE_GLOBAL));
}

int main(int argc, char **argv)
{
	struct simple_bpf *skel;
	struct bpf_link *link;
	bool fifo = false;
	bool again;

	argp_parse(&argp, argc, argv, 0, NULL, &fifo);
	loader_begin();
	do {
		skel = SCX_OPS_OPEN(simple_ops, simple_bpf);
		if (fifo)
			use_fifo(skel);
		SCX_OPS_LOAD(skel, simple_ops, simple_bpf, uei);
		link = SCX_OPS_ATTACH(skel, simple_ops, simple_bpf);
		LOADER_WATCH(skel, uei, 1, print_stats);
		bpf_link__destroy(link);
		again = LOADER_REPORT(skel, uei);
		simple_bpf__destroy(skel);
	} while (again);
	return loader_status();
}
