/* SPDX-License-Identifier: GPL-2.0 */
/* lab_verbs.bpf.h - what the test can ask of lab.bpf.c while it runs: enum lab_verb. */
#ifndef TESTS_KERNEL_LAB_VERBS_BPF_H
#define TESTS_KERNEL_LAB_VERBS_BPF_H

static long long do_peek(u64 dsq_id)
{
	struct task_struct *p;
	s32 pid = 0;

	bpf_rcu_read_lock();
	p = __COMPAT_scx_bpf_dsq_peek(dsq_id);
	if (p)
		pid = p->pid;
	bpf_rcu_read_unlock();
	return pid;
}

/* What DO_ITERATE met. */
s32 lab_seen[LAB_MAX_SEEN];

static long long do_iterate(u64 dsq_id, u64 flags)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	long long ret;
	u32 i, nr = 0;

	bpf_rcu_read_lock();
	ret = bpf_iter_scx_dsq_new(&it, dsq_id, flags);
	/* also after a failure: there is nothing to be found then */
	bpf_for(i, 0, LAB_MAX_SEEN) {
		p = bpf_iter_scx_dsq_next(&it);
		if (!p)
			break;
		lab_seen[i] = p->pid;
		nr++;
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return ret ?: nr;
}

static long long do_move(struct lab_do *ctx, bool vtime)
{
	struct task_struct *p;
	long long nr = 0;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, ctx->a, 0) {
		bool moved;

		/* for the first one only: every move uses them up */
		if (ctx->override && !nr) {
			scx_bpf_dsq_move_set_slice(BPF_FOR_EACH_ITER, ctx->slice);
			scx_bpf_dsq_move_set_vtime(BPF_FOR_EACH_ITER, ctx->vtime);
		}
		if (vtime)
			moved = scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, ctx->b, ctx->c);
		else
			moved = scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, ctx->b, ctx->c);
		nr += moved;
	}
	bpf_rcu_read_unlock();
	return nr;
}

static long long do_move_twice(struct lab_do *ctx)
{
	struct task_struct *p;
	long long ret = -ENOENT;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, ctx->a, 0) {
		ret = scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, ctx->b, 0);
		if (scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, ctx->b, 0))
			ret = -EEXIST;
		break;
	}
	bpf_rcu_read_unlock();
	return ret;
}

/* Move task @pid by an iterator of @dsq_id that is about others, or about nothing. */
static long long do_move_foreign(u64 dsq_id, s32 pid)
{
	struct task_struct *p = bpf_task_from_pid(pid);
	struct bpf_iter_scx_dsq it;
	long long ret;

	if (!p)
		return -ESRCH;
	bpf_rcu_read_lock();
	bpf_iter_scx_dsq_new(&it, dsq_id, 0);
	ret = scx_bpf_dsq_move(&it, p, SCX_DSQ_GLOBAL, 0);
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	return ret;
}

static long long do_task(u32 verb, s32 pid, u64 value)
{
	struct task_struct *p = bpf_task_from_pid(pid);
	long long ret = -ESRCH;

	if (!p)
		return ret;
	switch (verb) {
	case DO_SET_SLICE:
		ret = scx_bpf_task_set_slice(p, value);
		break;
	case DO_SET_VTIME:
		ret = scx_bpf_task_set_dsq_vtime(p, value);
		break;
	case DO_GET_SLICE:
		ret = p->scx.slice;
		break;
	case DO_GET_VTIME:
		ret = p->scx.dsq_vtime;
		break;
	case DO_GET_FLAGS:
		ret = p->scx.flags;
		break;
	}
	bpf_task_release(p);
	return ret;
}

static long long do_rq_flags(s32 cpu)
{
	struct rq *rq = scx_bpf_cpu_rq(cpu);

	return rq ? rq->scx.flags : -EINVAL;
}

SEC("syscall")
int lab_do(struct lab_do *ctx)
{
	switch (ctx->verb) {
	case DO_KICK:
		scx_bpf_kick_cpu(ctx->a, ctx->b);
		break;
	case DO_NR_QUEUED:
		ctx->ret = scx_bpf_dsq_nr_queued(ctx->a);
		break;
	case DO_CREATE_DSQ:
		ctx->ret = scx_bpf_create_dsq(ctx->a, ctx->b);
		break;
	case DO_DESTROY_DSQ:
		scx_bpf_destroy_dsq(ctx->a);
		break;
	case DO_PEEK:
		ctx->ret = do_peek(ctx->a);
		break;
	case DO_ITERATE:
		ctx->ret = do_iterate(ctx->a, ctx->b);
		break;
	case DO_MOVE:
		ctx->ret = do_move(ctx, false);
		break;
	case DO_MOVE_VTIME:
		ctx->ret = do_move(ctx, true);
		break;
	case DO_MOVE_TWICE:
		ctx->ret = do_move_twice(ctx);
		break;
	case DO_MOVE_FOREIGN:
		ctx->ret = do_move_foreign(ctx->a, ctx->b);
		break;
	case DO_MOVE_FAILED:
		ctx->ret = do_move_foreign(0xdead, ctx->a);
		break;
	case DO_REENQ:
		scx_bpf_dsq_reenq(ctx->a, ctx->b);
		break;
	case DO_REENQ_LOCAL:
		__COMPAT_scx_bpf_reenqueue_local_from_anywhere();
		break;
	case DO_EXIT:
		scx_bpf_exit(ctx->a, "exit asked for with code %lld", ctx->a);
		break;
	case DO_ERROR:
		scx_bpf_error("error asked for with %lld", ctx->a);
		break;
	case DO_RQ_FLAGS:
		ctx->ret = do_rq_flags(ctx->a);
		break;
	default:
		ctx->ret = do_task(ctx->verb, ctx->a, ctx->b);
	}
	return 0;
}

#endif /* TESTS_KERNEL_LAB_VERBS_BPF_H */
