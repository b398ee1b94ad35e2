/* SPDX-License-Identifier: GPL-2.0 */
/*
 * counters.h - what a scheduler counts, one row of counters for each CPU, in
 * plain memory that the loader maps. Shared by both sides.
 *
 *	enum { CNT_LOCAL, CNT_GLOBAL, NR_COUNTERS };	in a header of both
 *	DEFINE_COUNTERS(NR_COUNTERS);			in both, at file scope;
 *							in the loader before
 *							the skeleton's header
 *	count(CNT_LOCAL);				in a callback
 *	n = counters_sum(skel->bss->counters, CNT_LOCAL);	in the loader
 *
 * Rows fill cache lines of their own. count() is one increment without a lock,
 * exact in callbacks, which run with interrupts off. On machines of more than
 * SCX_COUNTER_CPUS CPUs rows are shared and may lose counts.
 */
#ifndef __SCX_COUNTERS_H
#define __SCX_COUNTERS_H

#define SCX_COUNTER_CPUS 1024 /* a power of two */

#define __SCX_COUNTER_ROW(nr) \
	struct counter_row {  \
		u64 n[nr];    \
	} __attribute__((aligned(64)))

#ifdef __bpf__

#define DEFINE_COUNTERS(nr)    \
	__SCX_COUNTER_ROW(nr); \
	struct counter_row counters[SCX_COUNTER_CPUS]

/* The row of the CPU that this runs on. */
#define __this_row() (&counters[bpf_get_smp_processor_id() & (SCX_COUNTER_CPUS - 1)])

/* count_add(which, by), count(which) - add to one of this CPU's counters. */
#define count_add(which, by) ((void)(__this_row()->n[which] += (by)))
#define count(which) count_add(which, 1)

#else

#define DEFINE_COUNTERS(nr) __SCX_COUNTER_ROW(nr)

/* The sum of counter @which over all CPUs. */
#define counters_sum(rows, which)                                          \
	({                                                                 \
		u64 ___sum = 0;                                            \
                                                                           \
		for (u32 ___i = 0; ___i < SCX_COUNTER_CPUS; ___i++)        \
			___sum += *(volatile u64 *)&(rows)[___i].n[which]; \
		___sum;                                                    \
	})

#endif /* __bpf__ */

#endif /* __SCX_COUNTERS_H */
