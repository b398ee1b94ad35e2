/* SPDX-License-Identifier: GPL-2.0 */
/*
 * misuse.h - the mistakes that misuse.bpf.c can make, one row each:
 *
 *	MISUSE(name, callback, return value, message)
 *
 * callback	where it is made
 * return value	that the kfunc must give nonetheless; NONE where it has none
 * message	must be in the message of the exit
 *
 * The exit is always of kind SCX_EXIT_ERROR.
 */
#ifndef TESTS_KERNEL_MISUSE_H
#define TESTS_KERNEL_MISUSE_H

#define MISUSE_NONE 0x7fffffffLL
#define MISUSE_BAD_CPU 9999

#define MISUSES(MISUSE)                                                        \
	/* results of callbacks */                                             \
	MISUSE(SELECT_LARGE_CPU, SELECT_CPU, MISUSE_NONE, "9999")              \
	MISUSE(SELECT_NEGATIVE_CPU, SELECT_CPU, MISUSE_NONE, "-2")             \
	/* inserts */                                                          \
	MISUSE(INSERT_OTHER_TASK, SELECT_CPU, 0, "direct dispatch of")         \
	MISUSE(INSERT_OTHER_TASK_ENQ, ENQUEUE, 0, "direct dispatch of")        \
	MISUSE(INSERT_TWICE, SELECT_CPU, 0, "second time")                     \
	MISUSE(INSERT_TWICE_ENQ, ENQUEUE, 0, "second time")                    \
	MISUSE(INSERT_UNKNOWN_DSQ, SELECT_CPU, 1, "non-existent DSQ 0xdead")   \
	MISUSE(INSERT_UNKNOWN_DSQ_ENQ, ENQUEUE, 1, "non-existent DSQ 0xdead")  \
	MISUSE(INSERT_UNKNOWN_DSQ_DSP, DISPATCH, 1, "non-existent DSQ 0xdead") \
	MISUSE(INSERT_BYPASS_DSQ, ENQUEUE, 1, "DSQ 0x8000000000000003")        \
	MISUSE(INSERT_INVALID_DSQ, ENQUEUE, 1, "DSQ 0x8000000000000000")       \
	MISUSE(INSERT_LOCAL_ON_BAD_CPU, ENQUEUE, 1, "9999")                    \
	MISUSE(INSERT_LOCAL_ON_BAD_CPU_DSP, DISPATCH, 1, "9999")               \
	MISUSE(INSERT_INTERNAL_FLAGS, ENQUEUE, 0, "enq_flags")                 \
	MISUSE(INSERT_INTERNAL_FLAGS_DSP, DISPATCH, 0, "enq_flags")            \
	MISUSE(INSERT_VTIME_INTERNAL_FLAGS, ENQUEUE, 0, "enq_flags")           \
	MISUSE(INSERT_IMMED_GLOBAL, ENQUEUE, 0, "SCX_ENQ_IMMED")               \
	MISUSE(INSERT_IMMED_USER, ENQUEUE, 0, "SCX_ENQ_IMMED")                 \
	MISUSE(INSERT_VTIME_LOCAL, ENQUEUE, 1, "vtime")                        \
	MISUSE(INSERT_VTIME_LOCAL_SEL, SELECT_CPU, 1, "vtime")                 \
	MISUSE(INSERT_VTIME_GLOBAL, ENQUEUE, 1, "vtime")                       \
	MISUSE(INSERT_VTIME_LOCAL_DSP, DISPATCH, 1, "vtime")                   \
	MISUSE(INSERT_FIFO_AMONG_VTIME, DISPATCH, 1, "FIFO")                   \
	MISUSE(INSERT_VTIME_AMONG_FIFO, DISPATCH, 1, "vtime")                  \
	MISUSE(INSERT_LOCAL_ON_FOREIGN, ENQUEUE, 1, "affinity")                \
	MISUSE(INSERT_LOCAL_ON_FOREIGN_DSP, DISPATCH, 1, "affinity")           \
	MISUSE(INSERT_TOO_MANY, DISPATCH, 0, "dispatch buffer")                \
	/* dispatch */                                                         \
	MISUSE(CANCEL_NOTHING, DISPATCH, MISUSE_NONE, "dispatch_cancel")       \
	MISUSE(MOVE_TO_LOCAL_UNKNOWN, DISPATCH, 0, "non-existent")             \
	MISUSE(MOVE_TO_LOCAL_GLOBAL, DISPATCH, 0, "built in")                  \
	MISUSE(MOVE_TO_LOCAL_LOCAL, DISPATCH, 0, "built in")                   \
	MISUSE(MOVE_TO_LOCAL_FLAGS, DISPATCH, 0, "enq_flags")                  \
	MISUSE(MOVE_FLAGS, DISPATCH, 0, "enq_flags")                           \
	MISUSE(MOVE_UNKNOWN_DSQ, DISPATCH, 1, "non-existent DSQ 0xdead")       \
	MISUSE(MOVE_LOCAL_ON_FOREIGN, DISPATCH, 1, "affinity")                 \
	MISUSE(MOVE_VTIME_BUILTIN, DISPATCH, 1, "vtime")                       \
	/* contexts that are known only when the program runs */               \
	MISUSE(TIMER_INSERT, TIMER, 0, "asked for outside")                    \
	MISUSE(TIMER_INSERT_VTIME, TIMER, 0, "asked for outside")              \
	MISUSE(TIMER_NR_SLOTS, TIMER_DSP, 0, "asked for outside")              \
	MISUSE(TIMER_CANCEL, TIMER_DSP, MISUSE_NONE, "asked for outside")      \
	MISUSE(TIMER_MOVE_TO_LOCAL, TIMER_DSP, 0, "asked for outside")         \
	/* any */                                                              \
	MISUSE(KICK_BAD_CPU, ENQUEUE, MISUSE_NONE, "9999")                     \
	MISUSE(KICK_NEGATIVE_CPU, SELECT_CPU, MISUSE_NONE, "-1")               \
	MISUSE(KICK_IDLE_PREEMPT, ENQUEUE, MISUSE_NONE, "IDLE")                \
	MISUSE(KICK_UNKNOWN_FLAGS, ENQUEUE, MISUSE_NONE, "unknown kick flags") \
	MISUSE(KICK_IDLE_WAIT, RUNNING, MISUSE_NONE, "IDLE")                   \
	MISUSE(NR_QUEUED_BAD_CPU, ENQUEUE, -2, "9999")                         \
	MISUSE(DESTROY_NON_EMPTY, DISPATCH, MISUSE_NONE, "destroyed while")    \
	MISUSE(PEEK_UNKNOWN, ENQUEUE, 0, "non-existent")                       \
	MISUSE(PEEK_BUILTIN, ENQUEUE, 0, "built in")                           \
	MISUSE(REENQ_GLOBAL, RUNNING, MISUSE_NONE, "built in")                 \
	MISUSE(REENQ_BYPASS, RUNNING, MISUSE_NONE, "built in")                 \
	MISUSE(REENQ_UNKNOWN, RUNNING, MISUSE_NONE, "non-existent")            \
	MISUSE(REENQ_BAD_CPU, RUNNING, MISUSE_NONE, "9999")                    \
	MISUSE(REENQ_BAD_FLAGS, RUNNING, MISUSE_NONE, "reenq_flags")           \
	MISUSE(CPUPERF_CAP_BAD_CPU, ENQUEUE, 1024, "9999")                     \
	MISUSE(CPUPERF_CUR_BAD_CPU, ENQUEUE, 1024, "9999")                     \
	MISUSE(CPUPERF_SET_BAD_CPU, ENQUEUE, MISUSE_NONE, "9999")              \
	MISUSE(CPUPERF_SET_TOO_MUCH, ENQUEUE, MISUSE_NONE, "1025")             \
	MISUSE(CPUPERF_SET_OTHER_RQ, ENQUEUE, MISUSE_NONE, "cpuperf_set")      \
	MISUSE(CPU_RQ_BAD_CPU, ENQUEUE, 0, "9999")                             \
	MISUSE(CPU_CURR_BAD_CPU, ENQUEUE, 0, "9999")                           \
	MISUSE(LOCKED_RQ_NONE, SELECT_CPU, 0, "locked_rq")                     \
	MISUSE(TASK_CGROUP_OTHER, ENQUEUE, 1, "task_cgroup")                   \
	MISUSE(TASK_CGROUP_DISPATCH, DISPATCH, 1, "task_cgroup")               \
	MISUSE(DUMP_OUTSIDE, ENQUEUE, MISUSE_NONE, "dump")                     \
	MISUSE(BSTR_ODD_SIZE, ENQUEUE, MISUSE_NONE, "arguments")               \
	MISUSE(BSTR_TOO_MANY, ENQUEUE, MISUSE_NONE, "arguments")               \
	MISUSE(BSTR_BAD_FORMAT, ENQUEUE, MISUSE_NONE, "format")                \
	MISUSE(BSTR_TOO_FEW, ENQUEUE, MISUSE_NONE, "format")                   \
	MISUSE(EXIT_BAD_FORMAT, ENQUEUE, MISUSE_NONE, "format")                \
	/* select_cpu */                                                       \
	MISUSE(DFL_BAD_PREV, SELECT_CPU, MISUSE_BAD_CPU, "9999")               \
	MISUSE(DFL_NEGATIVE_PREV, ENQUEUE, -1, "-1")                           \
	MISUSE(AND_BAD_PREV, SELECT_CPU, -22, "9999")                          \
	MISUSE(AND_OLD_BAD_PREV, ENQUEUE, -22, "9999")                         \
	/* idle */                                                             \
	MISUSE(CPU_NODE_BAD_CPU, ENQUEUE, -1, "9999")                          \
	MISUSE(TEST_AND_CLEAR_BAD_CPU, ENQUEUE, 0, "9999")                     \
	MISUSE(IDLE_MASK_NODE_GLOBAL, ENQUEUE, 0, "_node")                     \
	MISUSE(IDLE_SMT_NODE_GLOBAL, ENQUEUE, 0, "_node")                      \
	MISUSE(PICK_IDLE_NODE_GLOBAL, ENQUEUE, -95, "_node")                   \
	MISUSE(PICK_ANY_NODE_GLOBAL, ENQUEUE, -95, "_node")                    \
	/* with per-node masks */                                              \
	MISUSE(NODE_IDLE_MASK, ENQUEUE, 0, "_node")                            \
	MISUSE(NODE_IDLE_SMT, ENQUEUE, 0, "_node")                             \
	MISUSE(NODE_PICK_IDLE, ENQUEUE, -16, "_node")                          \
	MISUSE(NODE_PICK_ANY, ENQUEUE, -16, "_node")                           \
	MISUSE(NODE_BAD_MASK, ENQUEUE, 0, "node 9999")                         \
	MISUSE(NODE_BAD_SMT, ENQUEUE, 0, "node -2")                            \
	MISUSE(NODE_BAD_PICK_IDLE, ENQUEUE, -22, "node 9999")                  \
	MISUSE(NODE_BAD_PICK_ANY, ENQUEUE, -22, "node -2")                     \
	/* with update_idle, which turns tracking off */                       \
	MISUSE(OFF_DFL, SELECT_CPU, MISUSE_NONE, "idle tracking is off")       \
	MISUSE(OFF_AND, ENQUEUE, -16, "idle tracking is off")                  \
	MISUSE(OFF_IDLE_MASK, ENQUEUE, 0, "idle tracking is off")              \
	MISUSE(OFF_IDLE_SMT, ENQUEUE, 0, "idle tracking is off")               \
	MISUSE(OFF_TEST_AND_CLEAR, ENQUEUE, 0, "idle tracking is off")         \
	MISUSE(OFF_PICK_IDLE, ENQUEUE, -16, "idle tracking is off")

#define MISUSE_NODE_FIRST MISUSE_NODE_IDLE_MASK
#define MISUSE_OFF_FIRST MISUSE_OFF_DFL

enum misuse {
#define MISUSE_ENUM(name, callback, ret, msg) MISUSE_##name,
	MISUSES(MISUSE_ENUM)
#undef MISUSE_ENUM
		NR_MISUSES,
};

/* Which callback makes a mistake. */
enum misuse_callback {
	MISUSE_IN_SELECT_CPU,
	MISUSE_IN_ENQUEUE,
	MISUSE_IN_DISPATCH,
	MISUSE_IN_RUNNING,
	MISUSE_IN_TIMER,	/* a BPF timer whose program is that of select_cpu */
	MISUSE_IN_TIMER_DSP,	/* ... or of dispatch */
};

#endif /* TESTS_KERNEL_MISUSE_H */
