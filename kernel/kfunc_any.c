// SPDX-License-Identifier: GPL-2.0
/* kfunc_any.c - what every callback and any program may call. */
#include "seam.h"
#include "internal.h"
#include "bypass.h"
#include "call.h"
#include "cgroup.h"
#include "defer.h"
#include "dump.h"
#include "events.h"
#include "exit.h"
#include "kick.h"
#include "task.h"

/* Room for one formatted message. */
struct bstr_buf {
	char	fmt[SCX_EXIT_MSG_LEN];
	u64	args[MAX_BPRINTF_VARARGS];
	char	text[SCX_EXIT_MSG_LEN];
};

/*
 * How many messages a CPU can be at: interrupts are off meanwhile, but a tracing program may call in
 * from an NMI, or be attached to what formatting calls.
 */
#define NR_BSTR_BUFS 3

static DEFINE_PER_CPU(struct bstr_buf[NR_BSTR_BUFS], bstr_bufs);
static DEFINE_PER_CPU(int, nr_bstr_bufs_used);

/* The youngest time that scx_bpf_now() has given out on a CPU. */
static DEFINE_PER_CPU(u64, last_now);

/* A buffer of this CPU, or NULL with @sch ejected. Interrupts are off until bstr_put(). */
static struct bstr_buf *bstr_get(struct scx_sched *sch)
{
	int nr = this_cpu_inc_return(nr_bstr_bufs_used);

	if (likely(nr <= NR_BSTR_BUFS))
		return this_cpu_ptr(&bstr_bufs[nr - 1]);
	this_cpu_dec(nr_bstr_bufs_used);
	scx_error(sch, "more than %d messages at a time on a CPU", NR_BSTR_BUFS);
	return NULL;
}

static void bstr_put(void)
{
	this_cpu_dec(nr_bstr_bufs_used);
}

/*
 * Format what BPF's front ends to printf pass, a format and its arguments packed as u64, into
 * @buf->text. Or false, with @sch ejected.
 */
static bool bstr_format(struct scx_sched *sch, struct bstr_buf *buf, const char *fmt,
			const unsigned long long *data, u32 size)
{
	struct bpf_bprintf_data bprintf = { .get_bin_args = true };
	int ret;

	if (size % 8 || size > sizeof(buf->args) || (size && !data)) {
		scx_error(sch, "format arguments of %u bytes: at most %u of 8 bytes each", size,
			  MAX_BPRINTF_VARARGS);
		return false;
	}
	if (size && copy_from_kernel_nofault(buf->args, data, size)) {
		scx_error(sch, "format arguments cannot be read");
		return false;
	}
	ret = strncpy_from_kernel_nofault(buf->fmt, fmt, sizeof(buf->fmt));
	if (ret < 0 || ret >= (int)sizeof(buf->fmt)) {
		scx_error(sch, "format string cannot be read or is too long");
		return false;
	}

	ret = bpf_bprintf_prepare(buf->fmt, sizeof(buf->fmt), buf->args, size / 8, &bprintf);
	if (ret < 0) {
		scx_error(sch, "bad format string (%d): \"%s\"", ret, buf->fmt);
		return false;
	}
	bstr_printf(buf->text, sizeof(buf->text), buf->fmt, bprintf.bin_args);
	bpf_bprintf_cleanup(&bprintf);
	return true;
}

static void exit_formatted(enum scx_exit_kind kind, s64 code, const char *fmt,
			   const unsigned long long *data, u32 size)
{
	struct scx_sched *sch;
	struct bstr_buf *buf;

	guard(irqsave)();
	guard(rcu)();
	sch = scx_sched_current();
	buf = sch ? bstr_get(sch) : NULL;
	if (!buf)
		return;
	if (bstr_format(sch, buf, fmt, data, size))
		scx_exit(sch, kind, code, "%s", buf->text);
	bstr_put();
}

/* Is there a scheduler that @p is known to? */
static bool task_is_known(const struct task_struct *p)
{
	return rcu_access_pointer(scx_root) && task_state(p) != SCX_TASK_NONE;
}

__bpf_kfunc_start_defs();

/* Set what @p has left to run, in ns, and its key in vtime queues. False if @p is not known. */
__bpf_kfunc bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice)
{
	if (!task_is_known(p))
		return false;
	p->scx.slice = slice;
	return true;
}

__bpf_kfunc bool scx_bpf_task_set_dsq_vtime(struct task_struct *p, u64 vtime)
{
	if (!task_is_known(p))
		return false;
	p->scx.dsq_vtime = vtime;
	return true;
}

/* Make @cpu go through the scheduler, see SCX_KICK_*. */
__bpf_kfunc void scx_bpf_kick_cpu(s32 cpu, u64 flags)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_cpu_valid(sch, cpu, "kick_cpu"))
		return;
	if (flags & ~(SCX_KICK_IDLE | SCX_KICK_PREEMPT | SCX_KICK_WAIT)) {
		scx_error(sch, "unknown kick flags 0x%llx", flags);
		return;
	}
	if ((flags & SCX_KICK_IDLE) && (flags & (SCX_KICK_PREEMPT | SCX_KICK_WAIT))) {
		scx_error(sch,
			  "kick flags 0x%llx: SCX_KICK_IDLE excludes SCX_KICK_PREEMPT and SCX_KICK_WAIT",
			  flags);
		return;
	}
	if (READ_ONCE(cpu_rq(raw_smp_processor_id())->scx.flags) & SCX_RQ_BYPASSING)
		return;
	kick_cpu(cpu, flags);
}

/* End this scheduler, in peace or with an error. */
__bpf_kfunc void scx_bpf_exit_bstr(s64 exit_code, char *fmt, unsigned long long *data, u32 data__sz)
{
	exit_formatted(SCX_EXIT_UNREG_BPF, exit_code, fmt, data, data__sz);
}

__bpf_kfunc void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data__sz)
{
	exit_formatted(SCX_EXIT_ERROR_BPF, 0, fmt, data, data__sz);
}

/* Add to the debug dump, from its callbacks. */
__bpf_kfunc void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data__sz)
{
	struct scx_sched *sch;
	struct bstr_buf *buf;

	guard(irqsave)();
	guard(rcu)();
	sch = scx_sched_current();
	buf = sch ? bstr_get(sch) : NULL;
	if (!buf)
		return;
	if (bstr_format(sch, buf, fmt, data, data__sz) && !dump_text(buf->text))
		scx_error(sch, "scx_bpf_dump() outside of the dump callbacks");
	bstr_put();
}

/* Relative capacity of @cpu, and its current frequency in relation to the highest, 0..1024. */
__bpf_kfunc u32 scx_bpf_cpuperf_cap(s32 cpu)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_cpu_valid(sch, cpu, "cpuperf_cap"))
		return SCX_CPUPERF_ONE;
	return arch_scale_cpu_capacity(cpu);
}

__bpf_kfunc u32 scx_bpf_cpuperf_cur(s32 cpu)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_cpu_valid(sch, cpu, "cpuperf_cur"))
		return SCX_CPUPERF_ONE;
	return arch_scale_freq_capacity(cpu);
}

/* Ask for performance level @perf, 0..1024, on @cpu. */
__bpf_kfunc void scx_bpf_cpuperf_set(s32 cpu, u32 perf)
{
	struct scx_call *call = scx_call_current();
	struct scx_sched *sch;
	struct rq *rq;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_cpu_valid(sch, cpu, "cpuperf_set"))
		return;
	if (perf > SCX_CPUPERF_ONE) {
		scx_error(sch, "cpuperf target %u of CPU %d: at most %u", perf, cpu,
			  SCX_CPUPERF_ONE);
		return;
	}

	rq = cpu_rq(cpu);
	if (call && call->rq) {
		if (call->rq != rq) {
			scx_error(sch,
				  "cpuperf_set of CPU %d from a callback that holds the lock of CPU %d",
				  cpu, cpu_of(call->rq));
			return;
		}
		WRITE_ONCE(rq->scx.cpuperf_target, perf);
		cpufreq_update_util(rq, 0);
		return;
	}

	/* a tracing program may run with that very lock held */
	WRITE_ONCE(rq->scx.cpuperf_target, perf);
	defer_cpuperf(rq);
}

__bpf_kfunc u32 scx_bpf_nr_node_ids(void)
{
	return nr_node_ids;
}

__bpf_kfunc u32 scx_bpf_nr_cpu_ids(void)
{
	return nr_cpu_ids;
}

__bpf_kfunc const struct cpumask *scx_bpf_get_possible_cpumask(void)
{
	return cpu_possible_mask;
}

__bpf_kfunc const struct cpumask *scx_bpf_get_online_cpumask(void)
{
	return cpu_online_mask;
}

__bpf_kfunc void scx_bpf_put_cpumask(const struct cpumask *cpumask)
{
	/* the masks are not counted; the pair lets the verifier know how long one is used */
}

__bpf_kfunc bool scx_bpf_task_running(const struct task_struct *p)
{
	return READ_ONCE(task_rq(p)->curr) == p;
}

__bpf_kfunc s32 scx_bpf_task_cpu(const struct task_struct *p)
{
	return task_cpu(p);
}

/* Deprecated: use scx_bpf_locked_rq() or scx_bpf_cpu_curr(). */
__bpf_kfunc struct rq *scx_bpf_cpu_rq(s32 cpu)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_cpu_valid(sch, cpu, "cpu_rq"))
		return NULL;
	if (!READ_ONCE(sch->warned_cpu_rq)) {
		WRITE_ONCE(sch->warned_cpu_rq, true);
		printk_deferred(KERN_WARNING
				"sched_ext: %s: scx_bpf_cpu_rq() is deprecated, use scx_bpf_locked_rq() or scx_bpf_cpu_curr()\n",
				sch->ops.name);
	}
	return cpu_rq(cpu);
}

/* The runqueue whose lock the running callback holds. */
__bpf_kfunc struct rq *scx_bpf_locked_rq(void)
{
	struct scx_call *call = scx_call_current();
	struct scx_sched *sch;

	if (call && call->rq)
		return call->rq;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch)
		scx_error(sch, "scx_bpf_locked_rq() where no runqueue is locked");
	return NULL;
}

/* The task that runs on @cpu. */
__bpf_kfunc struct task_struct *scx_bpf_cpu_curr(s32 cpu)
{
	struct scx_sched *sch = scx_sched_current();

	if (!sch || !scx_cpu_valid(sch, cpu, "cpu_curr"))
		return NULL;
	return rcu_dereference_raw(cpu_rq(cpu)->curr);
}

/*
 * A cheap clock in ns, non-decreasing on each CPU. In a callback that holds this CPU's runqueue
 * that is the runqueue's clock, which was read since the lock was taken.
 */
__bpf_kfunc u64 scx_bpf_now(void)
{
	struct scx_call *call;
	u64 now, last;

	guard(preempt_notrace)();
	call = scx_call_current();
	if (call && call->rq == this_rq())
		now = READ_ONCE(call->rq->clock);
	else
		now = sched_clock_cpu(smp_processor_id());

	last = this_cpu_read(last_now);
	if (time_before64(now, last))
		return last;
	this_cpu_write(last_now, now);
	return now;
}

/* The event counters, as many as fit into @events__sz bytes. */
__bpf_kfunc void scx_bpf_events(struct scx_event_stats *events, size_t events__sz)
{
	struct scx_event_stats sum = {};
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch)
		events_read(sch, &sum);
	memcpy(events, &sum, min(sizeof(sum), events__sz));
}

#ifdef CONFIG_EXT_GROUP_SCHED
/* The CPU controller's cgroup of a task that the running callback is about. */
__bpf_kfunc struct cgroup *scx_bpf_task_cgroup(struct task_struct *p)
{
	struct cgroup *cgrp = tg_cgrp(NULL);
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch && scx_call_about(p))
		cgrp = tg_cgrp(task_group(p));
	else if (sch)
		scx_error(sch,
			  "scx_bpf_task_cgroup() of %s[%d], which the running callback is not about",
			  p->comm, p->pid);
	cgroup_get(cgrp);
	return cgrp;
}
#endif

__bpf_kfunc_end_defs();
