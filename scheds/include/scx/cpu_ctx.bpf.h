/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu_ctx.bpf.h - a scheduler's own data of each CPU, in plain memory.
 *
 * A per-CPU map costs a lookup for each access and hides the data of other CPUs;
 * this is an array, which any CPU may look at.
 */
#ifndef __SCX_CPU_CTX_BPF_H
#define __SCX_CPU_CTX_BPF_H

#define SCX_MAX_CPUS 1024

/*
 * DEFINE_CPU_CTX(members...) - define struct cpu_ctx of @members, in cache lines
 * of its own, and an array cpu_ctxs of them, all zero.
 */
#define DEFINE_CPU_CTX(members...)      \
	struct cpu_ctx {                \
		members                 \
	} __attribute__((aligned(64))); \
                                        \
	static struct cpu_ctx cpu_ctxs[SCX_MAX_CPUS]

/* The data of @cpu. Ejects the scheduler and gives NULL if @cpu is beyond all. */
#define find_cpu_ctx(cpu)                                                                         \
	({                                                                                        \
		s32 ___cpu = (cpu);                                                               \
		struct cpu_ctx *___ctx = ARRAY_ELEM_PTR(cpu_ctxs, (u32)___cpu, SCX_MAX_CPUS);     \
                                                                                                  \
		if (!___ctx)                                                                      \
			scx_bpf_error("CPU %d is beyond the %d supported", ___cpu, SCX_MAX_CPUS); \
		___ctx;                                                                           \
	})

/* End for bpf_for(cpu, 0, ...) over all possible CPUs: an index into cpu_ctxs. */
static inline u32 nr_cpus(void)
{
	u32 nr = scx_bpf_nr_cpu_ids();

	return nr < SCX_MAX_CPUS ? nr : SCX_MAX_CPUS;
}

#endif /* __SCX_CPU_CTX_BPF_H */
