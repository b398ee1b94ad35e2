/* SPDX-License-Identifier: GPL-2.0 */
/*
 * call.h - the only way to call a scheduler's callback, and to know from inside a kfunc
 * which callback is running.
 *
 * Callbacks that run with interrupts off are BPF programs called directly, not through their
 * struct_ops trampolines: what a trampoline does on entry (rcu_read_lock, migrate_disable,
 * the run context) is implied by interrupts being off or not used by struct_ops programs, and
 * costs as much as a short callback. While such a program runs, a struct scx_call on the
 * caller's stack says what it may do; they nest (a dequeue callback out of a dispatch
 * callback) and a per-CPU pointer has the innermost one.
 *
 * Callbacks that may sleep go through their trampolines, as (sch)->ops.member(), and leave no
 * scx_call behind: no runqueue is locked, so to a kfunc they look like any program that runs
 * outside the scheduler.
 */
#ifndef _SCXKIT_CALL_H
#define _SCXKIT_CALL_H

/* One callback in progress on this CPU. Lives on the stack of its caller. */
struct scx_call {
	struct scx_call		*outer;
	struct scx_sched	*sch;
	struct rq		*rq;		/* whose lock is held, or NULL */
	struct task_struct	*subject[2];	/* tasks the callback is about, or NULL */
	u32			groups;		/* KG_*: kfuncs it may call */
};

DECLARE_PER_CPU(struct scx_call *, scx_call_top);

/* KG_* that each callback may call. */
enum {
#define SCX_OP(ret, name, args, ctx, sleep, groups) SCX_OP_GROUPS_##name = (groups),
#include "ops.def"
};

/*
 * The callback in progress on this CPU, or NULL outside of one or in one that may sleep.
 * Any context; the answer is stable for the program that asks.
 */
static __always_inline struct scx_call *scx_call_current(void)
{
	return this_cpu_read(scx_call_top);
}

/* The scheduler that a kfunc acts on, or NULL. RCU. */
static __always_inline struct scx_sched *scx_sched_current(void)
{
	struct scx_call *call = scx_call_current();

	return call ? call->sch : rcu_dereference_raw(scx_root);
}

/* Does the scheduler implement @op, and is it time to call it? */
#define scx_has_op(sch, op) ((sch)->prog[SCX_OP_IDX_##op] != NULL)

/*
 * A trampoline would disable migration of the current task while the program runs, and
 * programs subtract that level when they look at its migration_disabled. So it is counted here
 * too, where the lock of its runqueue keeps everybody else from looking.
 */
static __always_inline bool scx_call_pins_current(const struct scx_call *call)
{
	/* only where a program may decide by it where a task goes */
	return IS_ENABLED(CONFIG_SMP) && (call->groups & KG_INSERT) && call->rq == this_rq();
}

static __always_inline u32 scx_call_run(struct bpf_prog *prog, struct scx_call *call,
					const u64 *args)
{
	bool pin = scx_call_pins_current(call);
	u32 ret;

	call->outer = this_cpu_read(scx_call_top);
	this_cpu_write(scx_call_top, call);
#ifdef CONFIG_SMP
	if (pin)
		current->migration_disabled++;
#endif
	/* interrupts are off, which is as good as rcu_read_lock(): let the lock checker know */
	rcu_lock_acquire(&rcu_lock_map);
	ret = bpf_prog_run(prog, args);
	rcu_lock_release(&rcu_lock_map);
#ifdef CONFIG_SMP
	if (pin)
		current->migration_disabled--;
#endif
	this_cpu_write(scx_call_top, call->outer);
	return ret;
}

/* A program's argument is 64 bits, whatever the type. */
#define __SCX_ARG(a)			((u64)(unsigned long)(a))
#define __SCX_ARGS_1(a)			__SCX_ARG(a)
#define __SCX_ARGS_2(a, b)		__SCX_ARG(a), __SCX_ARG(b)
#define __SCX_ARGS_3(a, b, c)		__SCX_ARG(a), __SCX_ARG(b), __SCX_ARG(c)
#define __SCX_ARGS(args...)		CONCATENATE(__SCX_ARGS_, COUNT_ARGS(args))(args)

/*
 * Call ops.@op(@_args) of scheduler @_sch, which must have it (scx_has_op()), with the lock of
 * @_rq held (NULL: only a pi_lock) about the tasks @p0 and @p1 (or NULL). Interrupts are off.
 * Evaluates to what the program returned, as u32. The arguments are checked against the
 * prototype in ops.def. The second form takes the program, for who must look at it only once.
 */
#define scx_call(_sch, op, _rq, p0, p1, _args...) \
	scx_call_prog((_sch)->prog[SCX_OP_IDX_##op], _sch, op, _rq, p0, p1, _args)

#define scx_call_prog(_prog, _sch, op, _rq, p0, p1, _args...) \
	({                                                    \
		struct scx_call __call = {                    \
			.sch = (_sch),                        \
			.rq = (_rq),                          \
			.subject = { (p0), (p1) },            \
			.groups = SCX_OP_GROUPS_##op,         \
		};                                            \
		const u64 __args[] = { __SCX_ARGS(_args) };   \
                                                              \
		if (0)                                        \
			(void)(_sch)->ops.op(_args);          \
		scx_call_run(_prog, &__call, __args);         \
	})

/* Call a void callback about one task if it is there. */
#define scx_call_task(sch, op, rq, p, args...)                     \
	do {                                                       \
		if (scx_has_op(sch, op))                           \
			scx_call(sch, op, rq, p, NULL, p, ##args); \
	} while (0)

/*
 * May the program that runs now call a kfunc of one of @groups? If not the scheduler is
 * ejected and false returned. @what: the message says that it was asked for.
 */
bool scx_kfunc_allowed(struct scx_sched *sch, u32 groups, const char *what);

/* Is @p a task that the callback in progress is about? */
bool scx_call_about(const struct task_struct *p);

/*
 * Result of a callback that must be 0 or -errno: @ret, or -EPROTO with the scheduler ejected
 * if @ret is neither. @op: its name, for the message.
 */
int scx_call_errno(struct scx_sched *sch, const char *op, s32 ret);

#endif /* _SCXKIT_CALL_H */
