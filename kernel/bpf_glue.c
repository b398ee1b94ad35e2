// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_glue.c - the class as BPF sees it: the struct_ops type, what its programs may read, write
 * and call, and the sets of kfuncs.
 */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "enable.h"
#include "move.h"

static const struct btf_type *task_type;
static u32 task_type_id, ops_type_id;

/* By member of struct sched_ext_ops: kfunc groups, and whether a program may sleep. */
enum { ATOMIC, MAY_SLEEP };

static const struct {
	u32	groups;
	u8	sleep;
} op_info[] = {
#define SCX_OP(ret, name, args, ctx, sleep_, groups_) \
	[SCX_OP_IDX_##name] = { .groups = (groups_), .sleep = (sleep_) },
#include "ops.def"
};

static bool is_valid_access(int off, int size, enum bpf_access_type type,
			    const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

/* Where programs may write into a task, and nowhere else. */
static int task_write_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg, int off,
			     int size)
{
	static const struct {
		u32 start, end;
	} fields[] = {
#define FIELD(f) { offsetof(struct task_struct, scx.f), offsetofend(struct task_struct, scx.f) }
		FIELD(slice),
		FIELD(dsq_vtime),
		FIELD(disallow),
#undef FIELD
	};
	int i;

	if (btf_type_by_id(reg->btf, reg->btf_id) == task_type)
		for (i = 0; i < ARRAY_SIZE(fields); i++)
			if (off >= fields[i].start && off + size <= fields[i].end)
				return SCALAR_VALUE;

	bpf_log(log, "only scx.slice, scx.dsq_vtime and scx.disallow of a task can be written\n");
	return -EACCES;
}

static const struct bpf_func_proto *get_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_task_storage_get:
		return &bpf_task_storage_get_proto;
	case BPF_FUNC_task_storage_delete:
		return &bpf_task_storage_delete_proto;
	default:
		return bpf_base_func_proto(id, prog);
	}
}

static const struct bpf_verifier_ops verifier_ops = {
	.get_func_proto = get_func_proto,
	.is_valid_access = is_valid_access,
	.btf_struct_access = task_write_access,
};

/* Index in ops.def of the member at @moff, or -1 for data. */
static int op_at(u32 moff)
{
	if (moff >= offsetof(struct sched_ext_ops, dispatch_max_batch))
		return -1;
	return moff / sizeof(void *);
}

static int check_member(const struct btf_type *t, const struct btf_member *member,
			const struct bpf_prog *prog)
{
	int op = op_at(__btf_member_bit_offset(t, member) / 8);

	return op >= 0 && prog->sleepable && op_info[op].sleep == ATOMIC ? -EINVAL : 0;
}

/* Data members: 1 when taken over, 0 to leave a callback to the caller, -errno. */
static int init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
		       const void *udata)
{
	const struct sched_ext_ops *uops = udata;
	struct sched_ext_ops *ops = kdata;
	int ret;

	switch (__btf_member_bit_offset(t, member) / 8) {
	case offsetof(struct sched_ext_ops, dispatch_max_batch):
		if (uops->dispatch_max_batch > INT_MAX) {
			pr_warn("sched_ext: dispatch_max_batch %u is more than %d\n",
				uops->dispatch_max_batch, INT_MAX);
			return -E2BIG;
		}
		ops->dispatch_max_batch = uops->dispatch_max_batch;
		return 1;
	case offsetof(struct sched_ext_ops, flags):
		if (uops->flags & ~SCX_OPS_ALL_FLAGS) {
			pr_warn("sched_ext: unknown flags 0x%llx\n",
				uops->flags & ~SCX_OPS_ALL_FLAGS);
			return -EINVAL;
		}
		ops->flags = uops->flags;
		return 1;
	case offsetof(struct sched_ext_ops, timeout_ms):
		if (msecs_to_jiffies(uops->timeout_ms) > SCX_WATCHDOG_MAX_TIMEOUT) {
			pr_warn("sched_ext: timeout_ms %u is more than %u\n", uops->timeout_ms,
				jiffies_to_msecs(SCX_WATCHDOG_MAX_TIMEOUT));
			return -E2BIG;
		}
		ops->timeout_ms = uops->timeout_ms;
		return 1;
	case offsetof(struct sched_ext_ops, exit_dump_len):
		ops->exit_dump_len = uops->exit_dump_len;
		return 1;
	case offsetof(struct sched_ext_ops, hotplug_seq):
		ops->hotplug_seq = uops->hotplug_seq;
		return 1;
	case offsetof(struct sched_ext_ops, sub_cgroup_id):
		if (uops->sub_cgroup_id > 1) {
			pr_warn("sched_ext: sub_cgroup_id %llu: schedulers of one cgroup are not supported\n",
				uops->sub_cgroup_id);
			return -EOPNOTSUPP;
		}
		ops->sub_cgroup_id = uops->sub_cgroup_id;
		return 1;
	case offsetof(struct sched_ext_ops, name):
		ret = bpf_obj_name_cpy(ops->name, uops->name, sizeof(ops->name));
		if (ret < 0)
			return ret;
		if (!ret) {
			pr_warn("sched_ext: a scheduler needs a name\n");
			return -EINVAL;
		}
		return 1;
	}
	return 0;
}

/* Collect the programs that are called directly: all that do not sleep. */
static void collect_progs(struct sched_ext_ops *ops, struct bpf_prog **progs)
{
	int i;

	for (i = 0; i < SCX_OPI_NR; i++) {
		struct bpf_prog *prog = bpf_struct_ops_prog(ops, i);

		if (prog && op_info[i].sleep == ATOMIC)
			progs[i] = prog;
	}
}

/* Programs of user space attach to this name to see schedulers being registered. */
static noinline int bpf_scx_reg(void *kdata, struct bpf_link *link)
{
	struct bpf_prog *progs[SCX_OPI_NR] = {};

	collect_progs(kdata, progs);
	return scx_load(kdata, progs);
}

static void bpf_scx_unreg(void *kdata, struct bpf_link *link)
{
	scx_unload(kdata);
}

static int bpf_scx_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return -EOPNOTSUPP;
}

static int bpf_scx_validate(void *kdata)
{
	return 0;
}

static int bpf_scx_init(struct btf *btf)
{
	task_type = btf_type_by_id(btf, task_type_id);
	return 0;
}

/*
 * One function for each callback, never called: BPF looks up their names and the names of their
 * arguments.
 */
#define SCX_OP(ret, name, args, ctx, sleep, groups) \
	static noinline ret scx_stub_##name args    \
	{                                           \
		return (ret)0;                      \
	}
#include "ops.def"

static struct sched_ext_ops stubs = {
#define SCX_OP(ret, name, args, ctx, sleep, groups) .name = scx_stub_##name,
#include "ops.def"
};

static struct bpf_struct_ops bpf_sched_ext_ops = {
	.verifier_ops = &verifier_ops,
	.init = bpf_scx_init,
	.check_member = check_member,
	.init_member = init_member,
	.reg = bpf_scx_reg,
	.unreg = bpf_scx_unreg,
	.update = bpf_scx_update,
	.validate = bpf_scx_validate,
	.cfi_stubs = &stubs,
	.owner = THIS_MODULE,
	.name = "sched_ext_ops",
};

/* All kfuncs in one set, and their ids once more in the order of kfuncs.def, for the filter. */
BTF_KFUNCS_START(scx_kfuncs)
#define KFUNC(group, name, flags) BTF_ID_FLAGS(func, name, flags)
#include "kfuncs.def"
BTF_KFUNCS_END(scx_kfuncs)

BTF_ID_LIST(scx_kfunc_list)
#define KFUNC(group, name, flags) BTF_ID(func, name)
#include "kfuncs.def"

/* Groups of kfuncs.def that are not bound to a callback. */
enum {
	KG_IDLE = 1 << 30,
	KG_ANY = 1 << 31,
	KG_EVERYWHERE = KG_IDLE | KG_ANY,
};

/* kfuncs.def calls the group UNLOCKED; KG_UNLOCKED is what such a context may call in all. */
#define KG_OF_UNLOCKED	__KG_UNLOCKED
#define KG_OF_INSERT	KG_INSERT
#define KG_OF_DISPATCH	KG_DISPATCH
#define KG_OF_MOVE	KG_MOVE
#define KG_OF_RELEASE	KG_RELEASE
#define KG_OF_SELECT	KG_SELECT
#define KG_OF_IDLE	KG_IDLE
#define KG_OF_ANY	KG_ANY

static const u32 scx_kfunc_groups[] = {
#define KFUNC(group, name, flags) KG_OF_##group,
#include "kfuncs.def"
};

/*
 * May @prog call the kfunc @id? Asked when it is loaded; a nonzero answer hides the kfunc. Asked
 * for everybody's kfuncs: those that are not ours are none of our business.
 */
static int kfunc_filter(const struct bpf_prog *prog, u32 id)
{
	u32 may = KG_EVERYWHERE;
	int i;

	for (i = 0; i < ARRAY_SIZE(scx_kfunc_groups); i++)
		if (scx_kfunc_list[i] == id)
			break;
	if (i == ARRAY_SIZE(scx_kfunc_groups))
		return 0;

	switch (prog->type) {
	case BPF_PROG_TYPE_STRUCT_OPS:
		/* not known yet in the pass over subprograms */
		if (!prog->aux->attach_btf_id)
			return 0;
		if (prog->aux->attach_btf_id != ops_type_id)
			return -EACCES;
		if ((u32)prog->expected_attach_type < SCX_OPI_NR)
			may |= op_info[prog->expected_attach_type].groups;
		break;
	case BPF_PROG_TYPE_SYSCALL:
		may |= KG_UNLOCKED;
		break;
	case BPF_PROG_TYPE_TRACING:
		break;
	default:
		/* others share the hook of tracing programs and run anywhere, in NMIs too */
		return -EACCES;
	}
	return may & scx_kfunc_groups[i] ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set kfunc_set = {
	.owner = THIS_MODULE,
	.set = &scx_kfuncs,
	.filter = kfunc_filter,
};

BTF_ID_LIST(scx_type_ids)
BTF_ID(struct, task_struct)
BTF_ID(struct, sched_ext_ops)

/* Programs look constants up by the names of these types; the compiler would drop some. */
static void emit_types(void)
{
	BTF_TYPE_EMIT(enum scx_public_consts);
	BTF_TYPE_EMIT(enum scx_consts);
	BTF_TYPE_EMIT(enum scx_cpu_preempt_reason);
	BTF_TYPE_EMIT(enum scx_enable_state);
	BTF_TYPE_EMIT(enum scx_ops_enable_state);
	BTF_TYPE_EMIT(enum scx_exit_kind);
	BTF_TYPE_EMIT(enum scx_exit_code);
	BTF_TYPE_EMIT(enum scx_exit_flags);
	BTF_TYPE_EMIT(enum scx_wake_flags);
	BTF_TYPE_EMIT(enum scx_pick_idle_cpu_flags);
	BTF_TYPE_EMIT(enum scx_kick_flags);
	BTF_TYPE_EMIT(enum scx_tg_flags);
	BTF_TYPE_EMIT(enum scx_ops_state);
	BTF_TYPE_EMIT(enum scx_opi);
	BTF_TYPE_EMIT(enum scx_ops_flags);
	BTF_TYPE_EMIT(enum scx_ent_flags);
	BTF_TYPE_EMIT(enum scx_ent_dsq_flags);
	BTF_TYPE_EMIT(enum scx_dsq_lnode_flags);
	BTF_TYPE_EMIT(enum scx_dsq_iter_flags);
	BTF_TYPE_EMIT(enum scx_dsq_id_flags);
	BTF_TYPE_EMIT(enum scx_enq_flags);
	BTF_TYPE_EMIT(enum scx_deq_flags);
	BTF_TYPE_EMIT(enum scx_reenq_flags);
	BTF_TYPE_EMIT(enum scx_rq_flags);
	BTF_TYPE_EMIT(struct bpf_iter_scx_dsq);
	BTF_TYPE_EMIT(struct scx_event_stats);
}

static int __init bpf_glue_init(void)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_STRUCT_OPS,
		BPF_PROG_TYPE_SYSCALL,
		BPF_PROG_TYPE_TRACING,
	};
	int i, ret;

	emit_types();
	task_type_id = scx_type_ids[0];
	ops_type_id = scx_type_ids[1];

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ret = register_btf_kfunc_id_set(types[i], &kfunc_set);
		if (ret) {
			pr_err("sched_ext: cannot register kfuncs (%d)\n", ret);
			return ret;
		}
	}
	ret = register_bpf_struct_ops(&bpf_sched_ext_ops, sched_ext_ops);
	if (ret)
		pr_err("sched_ext: cannot register struct sched_ext_ops (%d)\n", ret);
	return ret;
}
late_initcall(bpf_glue_init);
