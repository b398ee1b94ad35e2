// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "dump.h"
#include "call.h"
#include "enable.h"
#include "events.h"
#include "exit.h"
#include "task.h"

#define DUMP_LINE_LEN	1024

/* Only one dump at a time; held with interrupts off, runqueue locks nest inside. */
static DEFINE_RAW_SPINLOCK(dump_lock);

/* The dump in progress, under dump_lock. */
static struct {
	struct seq_buf		*out;		/* NULL: to the trace event only */
	int			cpu;		/* that dumps, or -1; read without the lock */
	bool			in_callback;
	const char		*indent;	/* for lines from BPF */
	struct rq		*owed;		/* header that is printed only if BPF has a line */
	char			bpf_line[DUMP_LINE_LEN];
	u32			bpf_len;
	char			said[DUMP_LINE_LEN + 128];	/* a message and what is around it */
	char			line[DUMP_LINE_LEN + 128];	/* the same behind its indentation */
	unsigned long		bt[SCX_EXIT_BT_LEN];
} dump = { .cpu = -1 };

/* Time from @at to @now in ms, negative for the past. */
static long age_ms(unsigned long at, unsigned long now)
{
	return time_after(at, now) ? jiffies_to_msecs(at - now) : -(long)jiffies_to_msecs(now - at);
}

static void emit(const char *indent, const char *line)
{
	if (trace_sched_ext_dump_enabled()) {
		scnprintf(dump.line, sizeof(dump.line), "%s%s", indent, line);
		trace_sched_ext_dump(dump.line);
	}
	if (dump.out && !seq_buf_has_overflowed(dump.out))
		seq_buf_printf(dump.out, "%s%s\n", indent, line);
}

static __printf(1, 2) void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(dump.said, sizeof(dump.said), fmt, args);
	va_end(args);
	emit("", dump.said);
}

static void say_stack(const char *indent, const unsigned long *bt, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		say("%s%pS", indent, (void *)bt[i]);
}

static void say_cpu(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	emit("", "");
	say("CPU %-4d: nr_run=%u flags=0x%x cpu_rel=%d switch_seq=%lu local=%u", cpu_of(rq),
	    rq->scx.nr_running, rq->scx.flags, rq->scx.cpu_released, rq->scx.switch_seq,
	    rq->scx.local_dsq.nr);
	say("          curr=%s[%d] class=%ps", curr->comm, curr->pid, curr->sched_class);
	if (!cpumask_empty(rq->scx.kick))
		say("          to kick         : %*pb", cpumask_pr_args(rq->scx.kick));
	if (!cpumask_empty(rq->scx.kick_if_idle))
		say("          to kick if idle : %*pb", cpumask_pr_args(rq->scx.kick_if_idle));
	if (!cpumask_empty(rq->scx.kick_preempt))
		say("          to preempt      : %*pb", cpumask_pr_args(rq->scx.kick_preempt));
	if (!cpumask_empty(rq->scx.kick_wait))
		say("          to wait for     : %*pb", cpumask_pr_args(rq->scx.kick_wait));
}

static void emit_bpf_line(void)
{
	if (dump.owed) {
		struct rq *rq = dump.owed;

		dump.owed = NULL;
		say_cpu(rq);
	}
	emit(dump.indent, dump.bpf_line);
	dump.bpf_len = 0;
	dump.bpf_line[0] = '\0';
}

bool dump_text(const char *text)
{
	/* the CPU number is ours only while we hold the lock, so no lock is needed to compare */
	if (READ_ONCE(dump.cpu) != raw_smp_processor_id() || !READ_ONCE(dump.in_callback))
		return false;

	/* refuse tracing programs that interrupt this, be it from an NMI */
	WRITE_ONCE(dump.in_callback, false);
	barrier();
	for (; *text; text++) {
		if (*text == '\n') {
			emit_bpf_line();
		} else {
			dump.bpf_line[dump.bpf_len++] = *text;
			dump.bpf_line[dump.bpf_len] = '\0';
			if (dump.bpf_len == sizeof(dump.bpf_line) - 1)
				emit_bpf_line();
		}
	}
	barrier();
	WRITE_ONCE(dump.in_callback, true);
	return true;
}

static void begin_callback(const char *indent)
{
	dump.indent = indent;
	dump.in_callback = true;
}

static void end_callback(void)
{
	if (dump.bpf_len)
		emit_bpf_line();
	dump.in_callback = false;
	dump.owed = NULL;
}

/*
 * Call one of the dump callbacks, if it is there. An unload may be taking the callbacks away
 * while sysrq-D dumps, so the program is looked up once; RCU keeps it.
 */
#define dump_callback(sch, op, rq, lead, args...)                                  \
	do {                                                                       \
		struct bpf_prog *__prog = READ_ONCE((sch)->prog[SCX_OP_IDX_##op]); \
                                                                                   \
		if (__prog) {                                                      \
			begin_callback(lead);                                      \
			scx_call_prog(__prog, sch, op, rq, NULL, NULL, args);      \
			end_callback();                                            \
		}                                                                  \
	} while (0)

static void dump_task(struct scx_sched *sch, struct scx_dump_ctx *ctx, struct rq *rq,
		      struct task_struct *p)
{
	unsigned long ops_state = atomic_long_read(&p->scx.ops_state);
	char mark = p == rq->curr ? '*' : ' ';
	u32 bt_len = 0;

	emit("", "");
	say(" %c%c %s[%d] %+ldms", mark, task_state_to_char(p), p->comm, p->pid,
	    age_ms(p->scx.runnable_at, ctx->at_jiffies));
	say("      state=%s flags=0x%x dsq_flags=0x%x ops_state=%lu qseq=%lu",
	    task_state_name(task_state(p)), p->scx.flags & ~SCX_TASK_STATE_MASK, p->scx.dsq_flags,
	    ops_state & SCX_OPSS_STATE_MASK, ops_state >> SCX_OPSS_QSEQ_SHIFT);
	say("      sticky/holding_cpu=%d/%d dsq_id=0x%llx", p->scx.sticky_cpu, p->scx.holding_cpu,
	    p->scx.dsq ? p->scx.dsq->id : 0);
	say("      dsq_vtime=%llu slice=%llu weight=%u", p->scx.dsq_vtime, p->scx.slice,
	    p->scx.weight);
	say("      cpus=%*pb no_mig=%u", cpumask_pr_args(p->cpus_ptr), is_migration_disabled(p));

	dump_callback(sch, dump_task, rq, "      ", ctx, p);

#ifdef CONFIG_STACKTRACE
	bt_len = stack_trace_save_tsk(p, dump.bt, SCX_EXIT_BT_LEN, 1);
#endif
	if (bt_len) {
		emit("", "");
		say_stack("      ", dump.bt, bt_len);
	}
}

static void dump_rq(struct scx_sched *sch, struct scx_dump_ctx *ctx, struct rq *rq)
{
	bool idle = list_empty(&rq->scx.runnable_list) &&
		    rq->curr->sched_class == &idle_sched_class;
	struct task_struct *p;

	if (idle)
		dump.owed = rq;
	else
		say_cpu(rq);

	dump_callback(sch, dump_cpu, rq, "  ", ctx, cpu_of(rq), idle);
	dump.owed = NULL;

	if (rq->curr->sched_class == &ext_sched_class)
		dump_task(sch, ctx, rq, rq->curr);
	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node)
		dump_task(sch, ctx, rq, p);
}

static void say_event(void *arg, const char *name, s64 value)
{
	say("%s: %lld", name, value);
}

static void dump_head(struct scx_sched *sch, const struct scx_exit_info *info)
{
	say("%s[%d] triggered exit kind %d on CPU %d:", current->comm, current->pid,
	    info ? info->kind : SCX_EXIT_NONE, smp_processor_id());
	say("  %s%s%s", info ? info->reason : "debug dump asked for by sysrq-D",
	    info && info->msg[0] ? ": " : "", info ? info->msg : "");
	if (info && info->bt_len) {
		say("Backtrace:");
		say_stack("  ", info->bt, info->bt_len);
	}
}

static const char truncated[] = "\n~~~~ TRUNCATED ~~~~\n";

/* @info and @out both set for an end, both NULL for a look at the running scheduler. */
static void dump_all(struct scx_sched *sch, const struct scx_exit_info *info, struct seq_buf *out)
{
	struct scx_dump_ctx ctx = {
		.kind = info ? info->kind : SCX_EXIT_NONE,
		.exit_code = info ? info->exit_code : 0,
		.reason = info ? info->reason : "debug dump asked for by sysrq-D",
		.at_ns = ktime_get_ns(),
		.at_jiffies = jiffies,
	};
	struct scx_event_stats sum;
	int cpu;

	guard(raw_spinlock_irqsave)(&dump_lock);
	dump.out = out;
	WRITE_ONCE(dump.cpu, raw_smp_processor_id());

	dump_head(sch, info);
	dump_callback(sch, dump, NULL, "", &ctx);

	emit("", "");
	say("CPU states");
	say("----------");
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);

		raw_spin_rq_lock(rq);
		update_rq_clock(rq);
		dump_rq(sch, &ctx, rq);
		raw_spin_rq_unlock(rq);
	}

	emit("", "");
	say("Event counters");
	say("--------------");
	events_read(sch, &sum);
	events_for_each(&sum, say_event, NULL);

	WRITE_ONCE(dump.cpu, -1);
}

void dump_for_exit(struct scx_sched *sch)
{
	struct scx_exit_info *info = sch->exit_info;
	u32 size = sch->ops.exit_dump_len;
	struct seq_buf out;

	seq_buf_init(&out, info->dump, size);
	dump_all(sch, info, &out);

	/* seq_buf leaves the room for the terminator to its reader */
	if (seq_buf_has_overflowed(&out) || out.len >= size) {
		info->dump[size - 1] = '\0';
		if (size > sizeof(truncated))
			memcpy(info->dump + size - sizeof(truncated), truncated, sizeof(truncated));
	} else {
		info->dump[out.len] = '\0';
	}
}

static void sysrq_reset(u8 key)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = rcu_dereference(scx_root);
	if (sch)
		scx_exit(sch, SCX_EXIT_SYSRQ, 0, "disabled by sysrq-S");
	else
		pr_info("sched_ext: no BPF scheduler is loaded\n");
}

static const struct sysrq_key_op sysrq_reset_op = {
	.handler	= sysrq_reset,
	.help_msg	= "reset-sched-ext(S)",
	.action_msg	= "Disable the BPF scheduler",
	.enable_mask	= SYSRQ_ENABLE_RTNICE,
};

static void sysrq_dump(u8 key)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = rcu_dereference(scx_root);
	if (sch)
		dump_all(sch, NULL, NULL);
}

static const struct sysrq_key_op sysrq_dump_op = {
	.handler	= sysrq_dump,
	.help_msg	= "dump-sched-ext(D)",
	.action_msg	= "Dump the BPF scheduler to the trace event sched_ext_dump",
	.enable_mask	= SYSRQ_ENABLE_RTNICE,
};

static int __init dump_init(void)
{
	register_sysrq_key('S', &sysrq_reset_op);
	register_sysrq_key('D', &sysrq_dump_op);
	return 0;
}
late_initcall(dump_init);

void print_scx_info(const char *log_lvl, struct task_struct *p)
{
	enum scx_enable_state state = scx_enable_state();
	const char *all = READ_ONCE(scx_switching_all) ? "+all" : "";
	const struct sched_class *class;
	unsigned long runnable_at;
	struct scx_sched *sch;

	guard(rcu)();
	sch = rcu_dereference(scx_root);
	if (!sch || state == SCX_DISABLED)
		return;

	/* @p may be on its way out: look at it without trusting it */
	if (copy_from_kernel_nofault(&class, &p->sched_class, sizeof(class)) ||
	    class != &ext_sched_class) {
		printk("%sSched_ext: %s (%s%s)\n", log_lvl, sch->ops.name,
		       scx_enable_state_name(state), all);
		return;
	}
	if (copy_from_kernel_nofault(&runnable_at, &p->scx.runnable_at, sizeof(runnable_at)))
		return;
	printk("%sSched_ext: %s (%s%s), task: runnable_at=%+ldms\n", log_lvl, sch->ops.name,
	       scx_enable_state_name(state), all, age_ms(runnable_at, jiffies));
}
