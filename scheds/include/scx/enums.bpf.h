/* SPDX-License-Identifier: GPL-2.0 */
/*
 * enums.bpf.h - constants of the class, as the running kernel numbers them.
 *
 * Each name below is an expression whose value libbpf takes from the kernel's
 * BTF when the object is loaded (one instruction, no memory access). So one
 * object file is right on every kernel, and needs no help from its loader.
 * An enumerator that the kernel lacks reads as 0, which is "no such flag".
 *
 * Because the values are not known to the compiler, they can't initialise a
 * global variable nor be case labels. Let the loader set such a variable with
 * __COMPAT_ENUM_OR_ZERO() (compat.h).
 *
 * Enumerators that are not here (exit kinds, wake flags, ops flags, ...) have
 * had one value since 6.12; take them from vmlinux.h. A kernel refuses ops flags
 * that it does not know, so newer ones are better set by the loader, which can
 * ask for them: SCX_OPS_FLAG(). SCX_EFLAG_INITIALIZED is 0 from 6.18 to 7.0.
 */
#ifndef __SCX_ENUMS_BPF_H
#define __SCX_ENUMS_BPF_H

/*
 * Local enum types "<type>___scx" with enumerators "<name>___scx". All are 64 bits
 * wide, so that libbpf and the compiler agree on the sign of each.
 */
/* clang-format off */
#define ENUM_BEGIN(type) enum type##___scx {
#define ENUMERATOR(name, value) name##___scx = value,
#define ENUMERATOR_NEW(name, value) name##___scx = value,
#define ENUM_END(type) __wide_##type = 0xffffffffffffffffULL };
/* clang-format on */
#include "enums.def"
#undef ENUM_BEGIN
#undef ENUMERATOR
#undef ENUMERATOR_NEW
#undef ENUM_END

/* Value of @name in the kernel's enum @type. It must exist there. */
#define SCX_ENUM(type, name) ((u64)bpf_core_enum_value(enum type##___scx, name##___scx))

/* Whether the kernel's enum @type has @name. Known when the object is loaded. */
#define SCX_ENUM_EXISTS(type, name) bpf_core_enum_value_exists(enum type##___scx, name##___scx)

/* Value of @name in the kernel's enum @type, or 0 where it has none. */
#define SCX_ENUM_NEW(type, name) (SCX_ENUM_EXISTS(type, name) ? SCX_ENUM(type, name) : 0ULL)

/* enum scx_public_consts */
#define SCX_OPS_NAME_LEN SCX_ENUM(scx_public_consts, SCX_OPS_NAME_LEN)
#define SCX_SLICE_DFL SCX_ENUM(scx_public_consts, SCX_SLICE_DFL)
#define SCX_SLICE_BYPASS SCX_ENUM_NEW(scx_public_consts, SCX_SLICE_BYPASS)
#define SCX_SLICE_INF SCX_ENUM(scx_public_consts, SCX_SLICE_INF)

/* enum scx_rq_flags */
#define SCX_RQ_ONLINE SCX_ENUM(scx_rq_flags, SCX_RQ_ONLINE)
#define SCX_RQ_CAN_STOP_TICK SCX_ENUM(scx_rq_flags, SCX_RQ_CAN_STOP_TICK)
#define SCX_RQ_BAL_PENDING SCX_ENUM_NEW(scx_rq_flags, SCX_RQ_BAL_PENDING)
#define SCX_RQ_BAL_KEEP SCX_ENUM(scx_rq_flags, SCX_RQ_BAL_KEEP)
#define SCX_RQ_BYPASSING SCX_ENUM_NEW(scx_rq_flags, SCX_RQ_BYPASSING)
#define SCX_RQ_CLK_VALID SCX_ENUM_NEW(scx_rq_flags, SCX_RQ_CLK_VALID)
#define SCX_RQ_BAL_CB_PENDING SCX_ENUM_NEW(scx_rq_flags, SCX_RQ_BAL_CB_PENDING)
#define SCX_RQ_IN_WAKEUP SCX_ENUM(scx_rq_flags, SCX_RQ_IN_WAKEUP)
#define SCX_RQ_IN_BALANCE SCX_ENUM(scx_rq_flags, SCX_RQ_IN_BALANCE)

/* enum scx_dsq_id_flags */
#define SCX_DSQ_FLAG_BUILTIN SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_FLAG_BUILTIN)
#define SCX_DSQ_FLAG_LOCAL_ON SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_FLAG_LOCAL_ON)
#define SCX_DSQ_INVALID SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_INVALID)
#define SCX_DSQ_GLOBAL SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_GLOBAL)
#define SCX_DSQ_LOCAL SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_LOCAL)
#define SCX_DSQ_BYPASS SCX_ENUM_NEW(scx_dsq_id_flags, SCX_DSQ_BYPASS)
#define SCX_DSQ_LOCAL_ON SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_LOCAL_ON)
#define SCX_DSQ_LOCAL_CPU_MASK SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_LOCAL_CPU_MASK)

/* enum scx_ent_flags */
#define SCX_TASK_QUEUED SCX_ENUM(scx_ent_flags, SCX_TASK_QUEUED)
#define SCX_TASK_IN_CUSTODY SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_IN_CUSTODY)
#define SCX_TASK_RESET_RUNNABLE_AT SCX_ENUM(scx_ent_flags, SCX_TASK_RESET_RUNNABLE_AT)
#define SCX_TASK_DEQD_FOR_SLEEP SCX_ENUM(scx_ent_flags, SCX_TASK_DEQD_FOR_SLEEP)
#define SCX_TASK_IMMED SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_IMMED)
#define SCX_TASK_STATE_SHIFT SCX_ENUM(scx_ent_flags, SCX_TASK_STATE_SHIFT)
#define SCX_TASK_STATE_BITS SCX_ENUM(scx_ent_flags, SCX_TASK_STATE_BITS)
#define SCX_TASK_STATE_MASK SCX_ENUM(scx_ent_flags, SCX_TASK_STATE_MASK)
/* these, in place, are enumerators since 7.1; before, they were numbered from 0 */
#define SCX_TASK_NONE (0ULL << SCX_TASK_STATE_SHIFT)
#define SCX_TASK_INIT (1ULL << SCX_TASK_STATE_SHIFT)
#define SCX_TASK_READY (2ULL << SCX_TASK_STATE_SHIFT)
#define SCX_TASK_ENABLED (3ULL << SCX_TASK_STATE_SHIFT)
#define SCX_TASK_REENQ_REASON_SHIFT SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_REASON_SHIFT)
#define SCX_TASK_REENQ_REASON_BITS SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_REASON_BITS)
#define SCX_TASK_REENQ_REASON_MASK SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_REASON_MASK)
#define SCX_TASK_REENQ_NONE SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_NONE)
#define SCX_TASK_REENQ_KFUNC SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_KFUNC)
#define SCX_TASK_REENQ_IMMED SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_IMMED)
#define SCX_TASK_REENQ_PREEMPTED SCX_ENUM_NEW(scx_ent_flags, SCX_TASK_REENQ_PREEMPTED)
/* libbpf extends the sign of 32-bit enumerators, even of unsigned ones */
#define SCX_TASK_CURSOR ((u32)SCX_ENUM(scx_ent_flags, SCX_TASK_CURSOR))

/* enum scx_ent_dsq_flags */
#define SCX_TASK_DSQ_ON_PRIQ SCX_ENUM(scx_ent_dsq_flags, SCX_TASK_DSQ_ON_PRIQ)

/* enum scx_kick_flags */
#define SCX_KICK_IDLE SCX_ENUM(scx_kick_flags, SCX_KICK_IDLE)
#define SCX_KICK_PREEMPT SCX_ENUM(scx_kick_flags, SCX_KICK_PREEMPT)
#define SCX_KICK_WAIT SCX_ENUM(scx_kick_flags, SCX_KICK_WAIT)

/* enum scx_enq_flags */
#define SCX_ENQ_WAKEUP SCX_ENUM(scx_enq_flags, SCX_ENQ_WAKEUP)
#define SCX_ENQ_HEAD SCX_ENUM(scx_enq_flags, SCX_ENQ_HEAD)
#define SCX_ENQ_CPU_SELECTED SCX_ENUM_NEW(scx_enq_flags, SCX_ENQ_CPU_SELECTED)
#define SCX_ENQ_PREEMPT SCX_ENUM(scx_enq_flags, SCX_ENQ_PREEMPT)
#define SCX_ENQ_IMMED SCX_ENUM_NEW(scx_enq_flags, SCX_ENQ_IMMED)
#define SCX_ENQ_REENQ SCX_ENUM(scx_enq_flags, SCX_ENQ_REENQ)
#define SCX_ENQ_LAST SCX_ENUM(scx_enq_flags, SCX_ENQ_LAST)

/* enum scx_deq_flags */
#define SCX_DEQ_SLEEP SCX_ENUM(scx_deq_flags, SCX_DEQ_SLEEP)
#define SCX_DEQ_CORE_SCHED_EXEC SCX_ENUM(scx_deq_flags, SCX_DEQ_CORE_SCHED_EXEC)
#define SCX_DEQ_SCHED_CHANGE SCX_ENUM_NEW(scx_deq_flags, SCX_DEQ_SCHED_CHANGE)

#endif /* __SCX_ENUMS_BPF_H */
