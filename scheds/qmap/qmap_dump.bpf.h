/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_dump.bpf.h - what qmap adds to the class's debug dump.
 */
#ifndef __QMAP_DUMP_BPF_H
#define __QMAP_DUMP_BPF_H

const volatile bool suppress_dump;

/*
 * The tasks of one FIFO. A queue map can't be walked, so go round it: what is
 * popped is pushed again, up to a mark. The scheduler may live on (sysrq-D); a
 * dispatch at the same time may meet the mark, which is no pid, and skips it.
 */
static void dump_fifo(u32 level)
{
	s32 mark = -1, pid;
	void *fifo;

	fifo = bpf_map_lookup_elem(&fifos, &level);
	if (!fifo)
		return;
	scx_bpf_dump("qmap: FIFO %u:", level);
	bpf_map_push_elem(fifo, &mark, 0);
	bpf_repeat(QMAP_FIFO_LEN) {
		if (bpf_map_pop_elem(fifo, &pid) || pid == mark)
			break;
		scx_bpf_dump(" %d", pid);
		bpf_map_push_elem(fifo, &pid, 0);
	}
	scx_bpf_dump("\n");
}

void BPF_STRUCT_OPS(qmap_dump, struct scx_dump_ctx *dctx)
{
	u32 level;

	if (suppress_dump)
		return;
	bpf_for(level, 0, QMAP_NR_LEVELS)
		dump_fifo(level);
	scx_bpf_dump("qmap: highpri_queued=%lld cgroups=%lld\n", nr_highpri_queued, nr_cgroups);
}

void BPF_STRUCT_OPS(qmap_dump_cpu, struct scx_dump_ctx *dctx, s32 cpu, bool idle)
{
	struct cpu_ctx *cctx = find_cpu_ctx(cpu);

	if (suppress_dump || idle || !cctx)
		return;
	scx_bpf_dump("qmap: dsp_idx=%u dsp_cnt=%u avg_weight=%u target=%u\n", cctx->dsp_idx,
		     cctx->dsp_cnt, cctx->avg_weight, cctx->cpuperf_target);
}

void BPF_STRUCT_OPS(qmap_dump_task, struct scx_dump_ctx *dctx, struct task_struct *p)
{
	struct task_ctx *tctx;

	if (suppress_dump)
		return;
	tctx = bpf_task_storage_get(&task_ctxs, p, NULL, 0);
	if (tctx)
		scx_bpf_dump("qmap: force_local=%d core_sched_seq=%llu\n", tctx->force_local,
			     tctx->core_sched_seq);
}

#endif /* __QMAP_DUMP_BPF_H */
