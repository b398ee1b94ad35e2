// SPDX-License-Identifier: GPL-2.0
#include "runs.h"

#include "tap.h"

#include "runs.bpf.skel.h"

struct runs_bpf *runs_start(void)
{
	struct runs_bpf *runs = runs_bpf__open_and_load();

	ASSERT_TRUE(runs);
	ASSERT_EQ(runs_bpf__attach(runs), 0);
	return runs;
}

void runs_stop(struct runs_bpf *runs)
{
	runs_bpf__detach(runs);
	EXPECT_LE(runs->bss->nr_runs, RUNS_MAX);
}

void runs_free(struct runs_bpf *runs)
{
	runs_bpf__destroy(runs);
}

/* Goes through the runs on one CPU. */
struct cursor {
	const struct runs_bpf *runs;
	const struct run *run; /* the current one, or NULL */
	unsigned int next;
	int cpu;
	uint64_t cgid; /* the last that was not 0 */
};

static void advance(struct cursor *at, struct clashes *c)
{
	at->run = NULL;
	while (!at->run && at->next < at->runs->bss->nr_runs && at->next < RUNS_MAX) {
		if (at->runs->bss->runs[at->next].cpu == at->cpu)
			at->run = &at->runs->bss->runs[at->next];
		at->next++;
	}
	if (!at->run)
		return;
	c->nr_runs++;
	if (at->run->cgid && at->run->cgid != at->cgid) {
		c->nr_changes++;
		at->cgid = at->run->cgid;
	}
}

static uint64_t together_ns(const struct run *a, const struct run *b)
{
	uint64_t begin = a->begin > b->begin ? a->begin : b->begin;
	uint64_t end = a->end < b->end ? a->end : b->end;

	return begin < end ? end - begin : 0;
}

static void look_at(struct clashes *c, const struct run *a, const struct run *b)
{
	uint64_t ns = together_ns(a, b);

	if (!ns || !a->cgid || !b->cgid || a->cgid == b->cgid)
		return;
	c->nr++;
	c->total_ns += ns;
	if (ns <= c->longest_ns)
		return;
	c->longest_ns = ns;
	c->a = *a;
	c->b = *b;
}

struct clashes runs_clashes(const struct runs_bpf *runs, int cpu_a, int cpu_b)
{
	struct cursor a = { .runs = runs, .cpu = cpu_a }, b = { .runs = runs, .cpu = cpu_b };
	struct clashes c = {};

	advance(&a, &c);
	advance(&b, &c);
	while (a.run && b.run) {
		look_at(&c, a.run, b.run);
		advance(a.run->end < b.run->end ? &a : &b, &c);
	}
	return c;
}
