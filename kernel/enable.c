// SPDX-License-Identifier: GPL-2.0
/*
 * enable.c - loading and unloading a scheduler.
 *
 *	load step				against
 *	A  allocate, state ENABLING		enable mutex from here to the end
 *	B  idle tracking, publish root, init	CPU hotplug (read lock)
 *	C  watchdog; bypass on			-
 *	D  callbacks on				nobody calls them: bypass, no task READY
 *	E  cgroup_init, init_task for all	forks, cgroup changes (write locks)
 *	F  enabled key on			-
 *	G  move tasks to the class		forks (write lock), each task its rq lock
 *	H  bypass off, state ENABLED		-
 *
 *	unload step
 *	a  bypass on, fair picked from again,	enable mutex from here to the end
 *	   state DISABLING
 *	b  cgroup_exit for all			cgroup changes (write lock)
 *	c  tasks to fair, exit_task for all	forks (write lock), each task its rq lock
 *	d  enabled key off, callbacks off	RCU grace period
 *	e  ops.exit()				-
 *	f  queues, sysfs, root gone		-
 *	g  state DISABLED, bypass off		-
 *
 * Loading runs on a FIFO thread of its own, unloading on the scheduler's, so that neither
 * depends on being scheduled by the scheduler at hand. An error after step A ends the load by
 * claiming an end like any other, and the unload undoes whatever was done.
 */
#include "seam.h"
#include "internal.h"
#include "enable.h"
#include "bypass.h"
#include "call.h"
#include "cgroup.h"
#include "dsq.h"
#include "exit.h"
#include "hotplug.h"
#include "idle.h"
#include "sched_obj.h"
#include "sysfs.h"
#include "task.h"
#include "watchdog.h"

struct scx_sched __rcu *scx_root;
bool scx_init_task_armed;
bool scx_switching_all;

/*
 * Tasks are on this class if their policy says so. While that is so for some only, because they were
 * forked or changed policy before or after, they wait behind all others; and one of them may be a
 * thread of RCU, or in the middle of a read section. So this changes right before the walk that moves
 * all tasks, with the fork lock held for writing, and the walk waits for nobody.
 */
static bool class_takes_tasks;

DEFINE_STATIC_KEY_FALSE(__scx_ops_enabled);
DEFINE_STATIC_KEY_FALSE(__scx_switched_all);

atomic_long_t scx_nr_rejected = ATOMIC_LONG_INIT(0);
atomic_long_t scx_enable_seq = ATOMIC_LONG_INIT(0);

DEFINE_PERCPU_RWSEM(scx_fork_rwsem);

static DEFINE_MUTEX(enable_mutex);
static atomic_t enable_state = ATOMIC_INIT(SCX_DISABLED);

static const char *const state_names[] = {
	[SCX_ENABLING] = "enabling",
	[SCX_ENABLED] = "enabled",
	[SCX_DISABLING] = "disabling",
	[SCX_DISABLED] = "disabled",
};

enum scx_enable_state scx_enable_state(void)
{
	return atomic_read(&enable_state);
}

const char *scx_enable_state_name(enum scx_enable_state state)
{
	return state_names[state];
}

bool task_should_scx(int policy)
{
	if (!scx_enabled() || !READ_ONCE(class_takes_tasks))
		return false;
	return READ_ONCE(scx_switching_all) || policy == SCHED_EXT;
}

/* Only these two classes trade tasks; others keep theirs, whatever the policy says. */
static bool class_is_ours(const struct sched_class *class)
{
	return class == &fair_sched_class || class == &ext_sched_class;
}

/* Put @p, whose rq lock is held, on the class that its policy asks for now. */
static void task_update_class(struct rq *rq, struct task_struct *p)
{
	const struct sched_class *old = p->sched_class;
	const struct sched_class *new = __setscheduler_class(p->policy, p->prio);
	struct sched_enq_and_set_ctx ctx;

	if (old == new || !class_is_ours(old) || !class_is_ours(new))
		return;

	/* fair leaves sleepers on its queue; they must be really gone before the class changes */
	if (p->se.sched_delayed)
		dequeue_task(rq, p, DEQUEUE_SLEEP | DEQUEUE_DELAYED | DEQUEUE_NOCLOCK);

	sched_deq_and_put_task(p, DEQUEUE_SAVE | DEQUEUE_MOVE, &ctx);
	p->scx.slice = SCX_SLICE_DFL;
	p->sched_class = new;
	check_class_changing(rq, p, old);
	sched_enq_and_set_task(&ctx);
	check_class_changed(rq, p, old, p->prio);
}

static int load_init_task(struct task_struct *p, void *arg)
{
	struct scx_sched *sch = arg;
	struct task_group *tg;
	struct rq_flags rf;
	struct rq *rq;
	int ret;

	if (READ_ONCE(sch->aborting))
		return -ECANCELED;

	/* its autogroup may go at any time; what is known stays, with changes of groups locked out */
	scoped_guard(rcu)
		tg = tg_known(task_group(p));

	/* dead tasks too: until they are freed they are known like those that die later */
	ret = task_init(sch, p, tg, false);
	if (ret) {
		scx_error(sch, "ops.init_task() failed with %d for %s[%d]", ret, p->comm, p->pid);
		return ret;
	}
	rq = task_rq_lock(p, &rf);
	task_ready(p);
	task_rq_unlock(rq, p, &rf);
	return 0;
}

/* To the end, even if the scheduler is to go already: see class_takes_tasks. */
static int load_switch_task(struct task_struct *p, void *arg)
{
	struct rq_flags rf;
	struct rq *rq = task_rq_lock(p, &rf);

	update_rq_clock(rq);
	/* one that is dead will not run again: it has no use for ops.enable() */
	if (READ_ONCE(p->__state) != TASK_DEAD)
		task_update_class(rq, p);
	task_rq_unlock(rq, p, &rf);
	return 0;
}

static int unload_task(struct task_struct *p, void *arg)
{
	struct scx_sched *sch = arg;
	struct rq_flags rf;
	struct rq *rq = task_rq_lock(p, &rf);

	update_rq_clock(rq);
	task_update_class(rq, p);
	task_exit(sch, rq, p);
	task_rq_unlock(rq, p, &rf);
	return 0;
}

static int check_flags(struct scx_sched *sch)
{
	if ((sch->flags & SCX_OPS_ENQ_LAST) && !sch->ops.enqueue) {
		scx_error(sch, "SCX_OPS_ENQ_LAST needs ops.enqueue()");
		return -EINVAL;
	}
	if ((sch->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE) && sch->ops.update_idle &&
	    !(sch->flags & SCX_OPS_KEEP_BUILTIN_IDLE)) {
		scx_error(sch,
			  "SCX_OPS_BUILTIN_IDLE_PER_NODE needs built-in idle tracking, which ops.update_idle() turns off without SCX_OPS_KEEP_BUILTIN_IDLE");
		return -EINVAL;
	}
	if (sch->ops.cpu_acquire || sch->ops.cpu_release)
		pr_warn_once("sched_ext: ops.cpu_acquire() and ops.cpu_release() are deprecated\n");
	return 0;
}

/* Step B, CPU hotplug locked out. */
static int load_init(struct scx_sched *sch)
{
	int ret = 0;

	lockdep_assert_cpus_held();

	/* first: whoever finds the scheduler may ask for idle CPUs, tracing programs too */
	idle_begin(sch);
	rcu_assign_pointer(scx_root, sch);

	if (sch->ops.init) {
		ret = scx_call_errno(sch, "init", sch->ops.init());
		if (ret) {
			scx_error(sch, "ops.init() failed with %d", ret);
			return ret;
		}
	}
	sch->exit_info->flags |= SCX_EFLAG_INITIALIZED;
	hotplug_begin(sch);
	return check_flags(sch);
}

/* Step E. */
static int load_init_all(struct scx_sched *sch)
{
	int ret;

	percpu_down_write(&scx_fork_rwsem);
	cgroup_lock_write();

	ret = cgroup_init_all(sch);
	if (!ret)
		ret = for_each_task_batched(load_init_task, sch);
	/* who knows only a part is told nothing more, but of the end of what it knows */
	if (!ret) {
		scx_init_task_armed = true;
		cgroup_tell_changes(true);
	}

	cgroup_unlock_write();
	percpu_up_write(&scx_fork_rwsem);
	return ret;
}

/* Step G. */
static void load_switch_all(struct scx_sched *sch)
{
	percpu_down_write(&scx_fork_rwsem);
	WRITE_ONCE(scx_switching_all, !(sch->flags & SCX_OPS_SWITCH_PARTIAL));
	WRITE_ONCE(class_takes_tasks, true);
	for_each_task_batched(load_switch_task, NULL);
	percpu_up_write(&scx_fork_rwsem);
}

/* Steps B to H. On failure an end has been claimed. */
static int load_armed(struct scx_sched *sch)
{
	int ret;

	cpus_read_lock();
	ret = load_init(sch);
	cpus_read_unlock();
	if (ret)
		return ret;

	watchdog_start(sch);
	bypass_begin();
	sched_obj_callbacks_on(sch);

	ret = load_init_all(sch);
	if (ret) {
		/* what is half loaded is not asked any more */
		sch->bypassed = true;
		return ret;
	}
	static_branch_enable(&__scx_ops_enabled);
	load_switch_all(sch);
	bypass_end();

	atomic_set(&enable_state, SCX_ENABLED);
	if (!(sch->flags & SCX_OPS_SWITCH_PARTIAL))
		static_branch_enable(&__scx_switched_all);
	return 0;
}

static int load(struct sched_ext_ops *ops, struct bpf_prog *const *progs,
		struct scx_sched **ret_sch)
{
	struct scx_sched *sch;
	int cpu;

	if (!cpumask_equal(housekeeping_cpumask(HK_TYPE_DOMAIN), cpu_possible_mask)) {
		pr_err("sched_ext: cannot load a scheduler with CPUs isolated by isolcpus=domain\n");
		return -EINVAL;
	}

	guard(mutex)(&enable_mutex);

	if (scx_enable_state() != SCX_DISABLED || ops->priv)
		return -EBUSY;

	sch = sched_obj_create(ops, progs);
	if (IS_ERR(sch))
		return PTR_ERR(sch);

	ops->priv = sch;
	*ret_sch = sch;
	atomic_set(&enable_state, SCX_ENABLING);
	atomic_long_set(&scx_nr_rejected, 0);
	for_each_possible_cpu(cpu)
		cpu_rq(cpu)->scx.cpuperf_target = SCX_CPUPERF_ONE;

	if (!load_armed(sch)) {
		pr_info("sched_ext: BPF scheduler \"%s\" enabled%s\n", sch->ops.name,
			sch->flags & SCX_OPS_SWITCH_PARTIAL ? " (partial)" : "");
		sysfs_announce(sch);
		atomic_long_inc(&scx_enable_seq);
	}
	return 0;
}

struct load_request {
	struct kthread_work	work;
	struct sched_ext_ops	*ops;
	struct bpf_prog		*const *progs;
	int			ret;
};

static void load_work(struct kthread_work *work)
{
	struct load_request *req = container_of(work, struct load_request, work);
	struct scx_sched *sch = NULL;

	req->ret = load(req->ops, req->progs, &sch);

	/* if it has ended already, let user space find the reason when the call returns */
	if (sch && READ_ONCE(sch->aborting))
		sched_obj_wait_unloaded(sch);
}

/* Made for the first load, kept for all others. */
static struct kthread_worker *loader(void)
{
	static DEFINE_MUTEX(loader_mutex);
	static struct kthread_worker *worker;

	guard(mutex)(&loader_mutex);
	if (!worker) {
		struct kthread_worker *new = kthread_create_worker(0, "scx_loader");

		if (IS_ERR(new))
			return new;
		sched_set_fifo(new->task);
		worker = new;
	}
	return worker;
}

int scx_load(struct sched_ext_ops *ops, struct bpf_prog *const *progs)
{
	struct load_request req = { .ops = ops, .progs = progs };
	struct kthread_worker *worker = loader();

	if (IS_ERR(worker))
		return PTR_ERR(worker);

	kthread_init_work(&req.work, load_work);
	kthread_queue_work(worker, &req.work);
	kthread_flush_work(&req.work);
	return req.ret;
}

static void log_end(struct scx_sched *sch)
{
	const struct scx_exit_info *info = sch->exit_info;

	if (info->kind >= SCX_EXIT_ERROR)
		pr_err("sched_ext: BPF scheduler \"%s\" disabled (%s)\n", sch->ops.name,
		       info->reason);
	else
		pr_info("sched_ext: BPF scheduler \"%s\" disabled (%s)\n", sch->ops.name,
			info->reason);
	if (info->msg[0])
		pr_info("sched_ext: %s: %s\n", sch->ops.name, info->msg);
}

/* Steps b and c. */
static void unload_all(struct scx_sched *sch)
{
	cgroup_lock_write();
	cgroup_tell_changes(false);
	cgroup_exit_all(sch);
	cgroup_unlock_write();

	percpu_down_write(&scx_fork_rwsem);
	scx_init_task_armed = false;
	WRITE_ONCE(class_takes_tasks, false);
	WRITE_ONCE(scx_switching_all, false);
	for_each_task_batched(unload_task, sch);
	task_list_wait_exited();
	percpu_up_write(&scx_fork_rwsem);
}

void sched_unload(struct scx_sched *sch)
{
	bypass_begin();
	mutex_lock(&enable_mutex);

	if (sch->bypassed)
		bypass_end();

	/*
	 * It may have to wait until a CPU has come or gone, and no task may become fair while the core
	 * passes the fair class over.
	 */
	static_branch_disable(&__scx_switched_all);
	atomic_set(&enable_state, SCX_DISABLING);

	unload_all(sch);

	static_branch_disable(&__scx_ops_enabled);
	hotplug_end(sch);
	idle_end();
	/* who saw the key on may be about to call one */
	synchronize_rcu();
	sched_obj_callbacks_off(sch);

	log_end(sch);
	if (sch->ops.exit)
		sch->ops.exit(sch->exit_info);

	watchdog_stop(sch);
	sysfs_remove(sch);
	RCU_INIT_POINTER(scx_root, NULL);
	/* who found it there may still ask for a re-enqueue */
	synchronize_rcu();
	sched_obj_drain(sch);

	atomic_set(&enable_state, SCX_DISABLED);
	mutex_unlock(&enable_mutex);
	bypass_end();
}

void scx_unload(struct sched_ext_ops *ops)
{
	struct scx_sched *sch = ops->priv;

	scx_exit(sch, SCX_EXIT_UNREG, 0, "%s", "");
	sched_obj_wait_unloaded(sch);
	ops->priv = NULL;
	sched_obj_put(sch);
}
