/* SPDX-License-Identifier: GPL-2.0 */
/* knobs.h - what lab.bpf.c does where a policy has a choice. The test turns them as it runs. */
#ifndef TESTS_KERNEL_KNOBS_H
#define TESTS_KERNEL_KNOBS_H

/* What to do with a task. */
enum knob_how {
	HOW_NOTHING, /* enqueue: keep it in the map "held"; dispatch: nothing */
	HOW_FIFO, /* insert */
	HOW_VTIME, /* insert at the vtime in the map "vtimes", 0 if it is not there */
	HOW_CONSUME, /* dispatch: move the first task of .dsq to the local DSQ */
	HOW_HELD, /* dispatch: insert the oldest task of "held" into .dsq */
	HOW_ITERATE, /* dispatch: walk .from, move each task that is on .cpu to .dsq */
	HOW_ITERATE_VTIME, /* the same by vtime */
	HOW_DEFAULT, /* select_cpu: the default choice */
};

struct knob {
	unsigned int how; /* enum knob_how */
	int cpu; /* select_cpu: the result, -1: prev_cpu; else: where to act, -1: anywhere */
	unsigned long long dsq;
	unsigned long long from; /* HOW_ITERATE */
	unsigned long long slice; /* ns, 0: keep */
	unsigned long long flags; /* enq_flags */
};

struct knobs {
	struct knob select_cpu; /* .how FIFO or VTIME: direct dispatch, too */
	struct knob enqueue;
	struct knob requeue; /* enqueue of a task that has lost its CPU, if .how is set */
	struct knob reenqueue; /* enqueue with SCX_ENQ_REENQ, if .how is set */
	unsigned int reenqueue_limit; /* after so many more go to the local queue, plainly */
	struct knob last; /* enqueue with SCX_ENQ_LAST, if .how is set */
	struct knob dispatch;
	unsigned long long dequeue_walks; /* dequeue: iterate this DSQ, note its length */
	int init_ret;
	int init_task_pid; /* 0: nobody */
	int init_task_ret; /* for init_task_pid, and for forks of it */
	unsigned int hold_fork; /* init_task: keep forks of init_task_pid while set */
	int disallow_pid;
	int disallow_fork; /* set disallow for forks of it, not for itself */
	unsigned int tick_slice_0; /* tick: set the slice to 0 */
	unsigned int yield_keeps; /* yield: leave the slice alone */
	unsigned int release_reenq; /* cpu_release: re-enqueue the local queue, note how many */
	unsigned int hold_unload; /* cgroup_exit: note it, keep the unload there while set */
};

/* For the SYSCALL program lab_do: .verb, and its .a, .b and so on. The result is in .ret. */
enum lab_verb {
	DO_KICK, /* CPU, SCX_KICK_* */
	DO_NR_QUEUED, /* DSQ */
	DO_CREATE_DSQ, /* DSQ, node */
	DO_DESTROY_DSQ, /* DSQ */
	DO_PEEK, /* DSQ; result: pid or 0 */
	DO_ITERATE, /* DSQ, SCX_DSQ_ITER_*; pids into lab_seen; result: how many or -errno */
	DO_MOVE, /* from DSQ, to DSQ, enq_flags; all tasks, FIFO; result: how many */
	DO_MOVE_VTIME, /* the same in vtime order */
	DO_MOVE_TWICE, /* from DSQ, to DSQ; first task; result: 1 if only the first move works */
	DO_MOVE_FOREIGN, /* DSQ, pid that is not on it; result: whether it moved */
	DO_MOVE_FAILED, /* pid; with an iterator of a DSQ that is not there */
	DO_REENQ, /* DSQ, SCX_REENQ_* */
	DO_REENQ_LOCAL, /* of the current CPU */
	DO_EXIT, /* code */
	DO_ERROR,
	DO_SET_SLICE, /* pid, ns */
	DO_SET_VTIME, /* pid, vtime */
	DO_GET_SLICE, /* pid */
	DO_GET_VTIME, /* pid */
	DO_GET_FLAGS, /* pid; p->scx.flags */
	DO_RQ_FLAGS, /* CPU; rq->scx.flags */
};

struct lab_do {
	unsigned int verb;
	long long a, b, c;
	/* overrides for moves: have them if .override is set */
	unsigned int override;
	unsigned long long slice, vtime;
	long long ret;
};

enum {
	LAB_MAX_SEEN = 64,
};

#endif /* TESTS_KERNEL_KNOBS_H */
