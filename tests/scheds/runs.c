// SPDX-License-Identifier: GPL-2.0
#include "runs.h"

#include <stdbool.h>

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
}

void runs_free(struct runs_bpf *runs)
{
	runs_bpf__destroy(runs);
}

static unsigned int nr_kept(const struct runs_bpf *runs)
{
	return runs->bss->nr_runs < RUNS_MAX ? runs->bss->nr_runs : RUNS_MAX;
}

/* The first run on @cpu from @i on, or NULL. */
static const struct run *next_on(const struct runs_bpf *runs, unsigned int *i, int cpu)
{
	for (; *i < nr_kept(runs); ++*i)
		if (runs->bss->runs[*i].cpu == cpu)
			return &runs->bss->runs[(*i)++];
	return NULL;
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
	if (ns <= c->longest_ns)
		return;
	c->longest_ns = ns;
	c->a = *a;
	c->b = *b;
}

/* @run becomes the one after it. Counts changes from cgroup to cgroup in *@cgid. */
static const struct run *advance(const struct runs_bpf *runs, unsigned int *i, int cpu,
				 struct clashes *c, uint64_t *cgid)
{
	const struct run *run = next_on(runs, i, cpu);

	if (!run)
		return NULL;
	c->nr_runs++;
	if (run->cgid && run->cgid != *cgid) {
		c->nr_changes++;
		*cgid = run->cgid;
	}
	return run;
}

struct clashes runs_clashes(const struct runs_bpf *runs, int cpu_a, int cpu_b)
{
	unsigned int i = 0, j = 0;
	uint64_t cgid_a = 0, cgid_b = 0;
	struct clashes c = {};
	const struct run *a = advance(runs, &i, cpu_a, &c, &cgid_a);
	const struct run *b = advance(runs, &j, cpu_b, &c, &cgid_b);

	while (a && b) {
		look_at(&c, a, b);
		if (a->end < b->end)
			a = advance(runs, &i, cpu_a, &c, &cgid_a);
		else
			b = advance(runs, &j, cpu_b, &c, &cgid_b);
	}
	return c;
}
