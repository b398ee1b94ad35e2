// SPDX-License-Identifier: GPL-2.0
/*
 * exit.c - the one record of why a scheduler ends.
 *
 *	NONE --scx_exit()--> kind --disable work--> DONE
 *
 * exit_kind moves by compare-and-exchange, so one caller owns exit_info and writes it. It
 * must reach the irq_work without being preempted: once the claim stands no second error can
 * be raised, and a claimer starved by the very scheduler it wants to end would wedge the
 * machine. The irq_work takes the dump, where any context can be left behind, and hands over
 * to the scheduler's own FIFO thread.
 */
#include "seam.h"
#include "internal.h"
#include "exit.h"

const char *scx_exit_reason(enum scx_exit_kind kind)
{
	switch (kind) {
#define SCX_EXIT_ROW(name, value, text) \
	case SCX_EXIT_##name:           \
		return text;
#include "exits.def"
	default:
		return "unknown";
	}
}

bool scx_vexit(struct scx_sched *sch, enum scx_exit_kind kind, s64 exit_code, const char *fmt,
	       va_list args)
{
	struct scx_exit_info *info = sch->exit_info;
	int none = SCX_EXIT_NONE;

	guard(preempt)();

	if (!atomic_try_cmpxchg(&sch->exit_kind, &none, kind))
		return false;

	WRITE_ONCE(sch->aborting, true);
	info->exit_code = exit_code;
#ifdef CONFIG_STACKTRACE
	if (kind >= SCX_EXIT_ERROR)
		info->bt_len = stack_trace_save(info->bt, SCX_EXIT_BT_LEN, 1);
#endif
	vscnprintf(info->msg, SCX_EXIT_MSG_LEN, fmt, args);
	info->kind = kind;
	info->reason = scx_exit_reason(kind);

	irq_work_queue(&sch->exit_irq_work);
	return true;
}

bool scx_exit(struct scx_sched *sch, enum scx_exit_kind kind, s64 exit_code, const char *fmt, ...)
{
	va_list args;
	bool first;

	va_start(args, fmt);
	first = scx_vexit(sch, kind, exit_code, fmt, args);
	va_end(args);
	return first;
}

bool scx_cpu_valid(struct scx_sched *sch, s32 cpu, const char *where)
{
	if (likely(cpu >= 0 && cpu < nr_cpu_ids && cpu_possible(cpu)))
		return true;
	scx_error(sch, "invalid CPU %d in %s (possible: 0-%u)", cpu, where, nr_cpu_ids - 1);
	return false;
}

struct scx_exit_info *scx_exit_info_create(u32 dump_len)
{
	struct scx_exit_info *info = kzalloc(sizeof(*info), GFP_KERNEL);

	if (!info)
		return NULL;
	info->reason = "";
	info->bt = kcalloc(SCX_EXIT_BT_LEN, sizeof(info->bt[0]), GFP_KERNEL);
	info->msg = kzalloc(SCX_EXIT_MSG_LEN, GFP_KERNEL);
	info->dump = kvzalloc(dump_len, GFP_KERNEL | __GFP_NOWARN);
	if (info->bt && info->msg && info->dump)
		return info;
	scx_exit_info_destroy(info);
	return NULL;
}

void scx_exit_info_destroy(struct scx_exit_info *info)
{
	if (!info)
		return;
	kvfree(info->dump);
	kfree(info->msg);
	kfree(info->bt);
	kfree(info);
}
