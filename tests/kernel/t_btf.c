// SPDX-License-Identifier: GPL-2.0
/* What programs find in the kernel's BTF: constants, prototypes, members, by name. */
#include <string.h>

#include "btf_text.h"
#include "lab.h"

enum {
#define SPEC_OP(name, groups, may_sleep, nr_args) INDEX_##name,
#include "spec_ops.def"
	NR_SPEC_OPS,
};

TEST(every_constant_has_its_name_and_value)
{
	static const struct {
		const char *type, *name;
		u64 value;
	} rows[] = {
#define SPEC_OP_INDEX(name) INDEX_##name
#define SPEC_ENUM(type, name, value) { #type, #name, value },
#include "spec_enums.def"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 value = 0xdead;

		if (!EXPECT_TRUE(__COMPAT_read_enum(rows[i].type, rows[i].name, &value)) ||
		    !EXPECT_EQ(value, rows[i].value))
			printf("%s in enum %s\n", rows[i].name, rows[i].type);
	}
}

TEST(constants_beyond_32_bits_stand_in_64_bit_enums)
{
	static const char *const types[] = {
		"scx_public_consts", "scx_exit_code", "scx_dsq_id_flags",
		"scx_enq_flags",     "scx_deq_flags",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!EXPECT_GT(btf_id(types[i], BTF_KIND_ENUM64), 0))
			printf("enum %s\n", types[i]);
}

TEST(every_kfunc_has_its_prototype)
{
	static const struct {
		const char *name, *prototype;
	} rows[] = {
#define SPEC_KFUNC(groups, name, prototype) { #name, prototype },
#include "spec_kfuncs.def"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int id = btf_id(rows[i].name, BTF_KIND_FUNC);

		if (!EXPECT_GT(id, 0)) {
			printf("%s\n", rows[i].name);
			continue;
		}
		if (!EXPECT_STREQ(btf_prototype(id), rows[i].prototype))
			printf("%s\n", rows[i].name);
	}
}

/* Loaders take an argument of that name for a kernel that cannot hide it. */
TEST(no_kfunc_has_an_argument_called_aux)
{
	static const char *const names[] = {
#define SPEC_KFUNC(groups, name, prototype) #name,
#include "spec_kfuncs.def"
	};
	const struct btf *btf = kernel_btf();
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct btf_type *t = btf__type_by_id(btf, btf_id(names[i], BTF_KIND_FUNC));

		t = btf__type_by_id(btf, t->type);
		ASSERT_TRUE(btf_is_func_proto(t));
		for (n = 0; n < btf_vlen(t); n++)
			if (!EXPECT_TRUE(strcmp(btf__name_by_offset(btf, btf_params(t)[n].name_off),
						"aux")))
				printf("%s\n", names[i]);
	}
	EXPECT_GT(i, 60);
}

static const struct btf_member *member_of(const char *type, const char *name)
{
	int index = btf_member_index(type, name);

	return index < 0 ?
		       NULL :
		       btf_members(btf__type_by_id(kernel_btf(), btf_id(type, BTF_KIND_STRUCT))) +
			       index;
}

static int nr_args_of(const struct btf_member *member)
{
	const struct btf_type *t = btf__type_by_id(kernel_btf(), member->type);

	ASSERT_TRUE(btf_is_ptr(t));
	t = btf__type_by_id(kernel_btf(), t->type);
	ASSERT_TRUE(btf_is_func_proto(t));
	return btf_vlen(t);
}

TEST(the_callbacks_stand_in_their_order_with_their_arguments)
{
	static const struct {
		const char *name;
		int nr_args;
	} rows[] = {
#define SPEC_OP(name, groups, may_sleep, nr_args) { #name, nr_args },
#include "spec_ops.def"
	};
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		const struct btf_member *m = member_of("sched_ext_ops", rows[i].name);

		if (!EXPECT_EQ(btf_member_index("sched_ext_ops", rows[i].name), i) ||
		    !EXPECT_EQ(nr_args_of(m), rows[i].nr_args))
			printf("ops.%s\n", rows[i].name);
	}
}

/* Members that programs and loaders use, with the types that they compile in. */
TEST(structs_have_the_members_that_programs_read)
{
	static const struct {
		const char *type, *member, *text;
	} rows[] = {
		{ "sched_ext_ops", "dispatch_max_batch", "u32" },
		{ "sched_ext_ops", "flags", "u64" },
		{ "sched_ext_ops", "timeout_ms", "u32" },
		{ "sched_ext_ops", "exit_dump_len", "u32" },
		{ "sched_ext_ops", "hotplug_seq", "u64" },
		{ "sched_ext_ops", "sub_cgroup_id", "u64" },
		{ "sched_ext_ops", "priv", NULL },
		{ "scx_init_task_args", "fork", "bool" },
		{ "scx_init_task_args", "cgroup", "struct cgroup *" },
		{ "scx_exit_task_args", "cancelled", "bool" },
		{ "scx_cgroup_init_args", "weight", "u32" },
		{ "scx_cgroup_init_args", "bw_period_us", "u64" },
		{ "scx_cgroup_init_args", "bw_quota_us", "u64" },
		{ "scx_cgroup_init_args", "bw_burst_us", "u64" },
		{ "scx_cpu_release_args", "reason", "scx_cpu_preempt_reason" },
		{ "scx_cpu_release_args", "task", "struct task_struct *" },
		{ "scx_dump_ctx", "kind", "scx_exit_kind" },
		{ "scx_dump_ctx", "exit_code", "s64" },
		{ "scx_dump_ctx", "reason", "const char *" },
		{ "scx_dump_ctx", "at_ns", "u64" },
		{ "scx_dump_ctx", "at_jiffies", "u64" },
		{ "scx_exit_info", "kind", "scx_exit_kind" },
		{ "scx_exit_info", "exit_code", "s64" },
		{ "scx_exit_info", "flags", "u64" },
		{ "scx_exit_info", "reason", "const char *" },
		{ "scx_exit_info", "bt", "long unsigned int *" },
		{ "scx_exit_info", "bt_len", "u32" },
		{ "scx_exit_info", "msg", "char *" },
		{ "scx_exit_info", "dump", "char *" },
		{ "scx_bpf_dsq_insert_vtime_args", "dsq_id", "u64" },
		{ "scx_bpf_dsq_insert_vtime_args", "slice", "u64" },
		{ "scx_bpf_dsq_insert_vtime_args", "vtime", "u64" },
		{ "scx_bpf_dsq_insert_vtime_args", "enq_flags", "u64" },
		{ "scx_bpf_select_cpu_and_args", "prev_cpu", "s32" },
		{ "scx_bpf_select_cpu_and_args", "wake_flags", "u64" },
		{ "scx_bpf_select_cpu_and_args", "flags", "u64" },
		{ "task_struct", "scx", "struct sched_ext_entity" },
		{ "sched_ext_entity", "dsq", "struct scx_dispatch_q *" },
		{ "sched_ext_entity", "ops_state", "atomic_long_t" },
		{ "sched_ext_entity", "ddsp_dsq_id", "u64" },
		{ "sched_ext_entity", "ddsp_enq_flags", "u64" },
		{ "sched_ext_entity", "dsq_seq", "u32" },
		{ "sched_ext_entity", "dsq_flags", "u32" },
		{ "sched_ext_entity", "flags", "u32" },
		{ "sched_ext_entity", "weight", "u32" },
		{ "sched_ext_entity", "sticky_cpu", "s32" },
		{ "sched_ext_entity", "holding_cpu", "s32" },
		{ "sched_ext_entity", "selected_cpu", "s32" },
		{ "sched_ext_entity", "runnable_at", "long unsigned int" },
		{ "sched_ext_entity", "core_sched_at", "u64" },
		{ "sched_ext_entity", "slice", "u64" },
		{ "sched_ext_entity", "dsq_vtime", "u64" },
		{ "sched_ext_entity", "disallow", "bool" },
		{ "sched_ext_entity", "runnable_node", "struct list_head" },
		{ "sched_ext_entity", "tasks_node", "struct list_head" },
		{ "sched_ext_entity", "cgrp_moving_from", "struct cgroup *" },
		{ "scx_dispatch_q", "lock", "raw_spinlock_t" },
		{ "scx_dispatch_q", "list", "struct list_head" },
		{ "scx_dispatch_q", "nr", "u32" },
		{ "scx_dispatch_q", "seq", "u32" },
		{ "scx_dispatch_q", "id", "u64" },
		{ "rq", "scx", "struct scx_rq" },
		{ "rq", "clock", "u64" },
		{ "rq", "clock_task", "u64" },
		{ "rq", "clock_pelt", "u64" },
		{ "rq", "lost_idle_time", "long unsigned int" },
		{ "scx_rq", "flags", "u32" },
		{ "scx_rq", "cpuperf_target", "u32" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct btf_member *m = member_of(rows[i].type, rows[i].member);

		/* NULL: any type */
		if (!EXPECT_TRUE(m) ||
		    (rows[i].text && !EXPECT_STREQ(btf_type_text(m->type), rows[i].text)))
			printf("%s of struct %s\n", rows[i].member, rows[i].type);
	}
	EXPECT_EQ(btf__type_by_id(kernel_btf(), btf_id("bpf_iter_scx_dsq", BTF_KIND_STRUCT))->size,
		  48);
}

TEST(the_event_counters_stand_in_their_order)
{
	static const char *const names[] = {
		"SCX_EV_SELECT_CPU_FALLBACK",
		"SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE",
		"SCX_EV_DISPATCH_KEEP_LAST",
		"SCX_EV_ENQ_SKIP_EXITING",
		"SCX_EV_ENQ_SKIP_MIGRATION_DISABLED",
		"SCX_EV_REENQ_IMMED",
		"SCX_EV_REENQ_LOCAL_REPEAT",
		"SCX_EV_REFILL_SLICE_DFL",
		"SCX_EV_BYPASS_DURATION",
		"SCX_EV_BYPASS_DISPATCH",
		"SCX_EV_BYPASS_ACTIVATE",
	};
	int i, last = -1;

	for (i = 0; i < (int)ARRAY_SIZE(names); i++) {
		int index = btf_member_index("scx_event_stats", names[i]);

		if (!EXPECT_GT(index, last) ||
		    !EXPECT_STREQ(btf_type_text(member_of("scx_event_stats", names[i])->type),
				  "s64"))
			printf("%s\n", names[i]);
		last = index;
	}
}

/* Programs take a name for a promise that what is behind it works. */
TEST(what_the_class_does_not_do_has_no_name)
{
	u64 value;

	EXPECT_LT(btf_id("scx_bpf_sub_dispatch", BTF_KIND_FUNC), 0);
	EXPECT_LT(btf_member_index("sched_ext_ops", "sub_attach"), 0);
	EXPECT_LT(btf_member_index("sched_ext_ops", "sub_detach"), 0);
	EXPECT_FALSE(__COMPAT_read_enum("scx_ops_flags", "SCX_OPS_TID_TO_TASK", &value));
	EXPECT_LT(btf_member_index("scx_event_stats", "SCX_EV_SUB_BYPASS_DISPATCH"), 0);
}

TEST(programs_can_attach_to_what_they_know_by_name)
{
	EXPECT_GT(btf_id("bpf_scx_reg", BTF_KIND_FUNC), 0);
	EXPECT_GT(btf_id("scx_tick", BTF_KIND_FUNC), 0);
	EXPECT_GT(btf_id("runqueues", BTF_KIND_VAR), 0);
	EXPECT_GT(btf_id("trace_event_raw_sched_ext_dump", BTF_KIND_STRUCT), 0);
	EXPECT_GT(btf_id("trace_event_raw_sched_ext_event", BTF_KIND_STRUCT), 0);
	EXPECT_GT(btf_id("trace_event_raw_sched_ext_bypass_lb", BTF_KIND_STRUCT), 0);
}
