// SPDX-License-Identifier: GPL-2.0
/* Loading: what gets in, what is refused with which errno, what is ejected while it loads. */
#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

#include "btf_text.h"
#include "lab.h"
#include "lab.bpf.skel.h"
#include "maximal.bpf.skel.h"
#include "minimal.bpf.skel.h"
#include "worker.h"

COVERS(init, exit);

TEST(a_name_is_all_a_scheduler_needs)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);

	EXPECT_TRUE(scx_state_is("enabled"));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "minimal");
	EXPECT_TRUE(task_is_on_scx(w->pid));
	EXPECT_TRUE(task_is_on_scx(getpid()));
	worker_do(w, worker_nop);
	sched_stop(s);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	EXPECT_EQ(skel->bss->nr_exits, 1);
}

TEST(every_callback_can_be_implemented)
{
	struct maximal_bpf *skel = SCHED_OPEN(maximal_bpf);
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);

	worker_do(w, worker_nop);
	worker_do(w, worker_fork);
	EXPECT_GT(w->page->ret, 0);
	sched_stop(s);
}

TEST(a_scheduler_can_be_attached_again_and_again)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);
	long long seq = file_number(SCX_SYSFS "enable_seq");
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(skel);
	int i;

	for (i = 0; i < 10; i++) {
		worker_do(w, worker_nop);
		sched_stop(s);
		skel->data->uei.kind = 0;
		ASSERT_EQ(sched_attach(s), 0);
	}
	sched_stop(s);
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), seq + 11);
}

TEST(only_one_scheduler_can_be_loaded)
{
	struct minimal_bpf *first = SCHED_OPEN(minimal_bpf);
	struct maximal_bpf *second = SCHED_OPEN(maximal_bpf);
	struct sched *s = SCHED_START(first), *t;

	ASSERT_EQ(SCHED_LOAD(second), 0);
	t = SCHED_VIEW(second);
	EXPECT_EQ(sched_attach(t), -EBUSY);
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "minimal");
	sched_stop(s);

	EXPECT_EQ(sched_attach(t), 0);
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "maximal");
	sched_stop(t);
}

TEST(a_loaded_scheduler_cannot_be_replaced_in_place)
{
	struct minimal_bpf *first = SCHED_OPEN(minimal_bpf);
	struct minimal_bpf *second = SCHED_OPEN(minimal_bpf);
	struct sched *s = SCHED_START(first);

	ASSERT_EQ(SCHED_LOAD(second), 0);
	EXPECT_EQ(bpf_link__update_map(s->link, second->maps.ops), -EOPNOTSUPP);
	sched_stop(s);
}

/*
 * Members
 */

/* Attach with @member (of 4 or 8 bytes) of the table set to @value. 0 or -errno. */
static int attach_with(const char *member, u64 value)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);
	struct sched *s;
	size_t size = 0;
	void *at;
	int err;

	/* of the usual size: it is the kernel's business what a bad exit_dump_len does */
	UEI_SET_SIZE(skel, ops, uei);
	at = __scx_ops_member(skel->obj, skel->maps.ops, member, &size);
	ASSERT_TRUE(at);
	memcpy(at, &value, size);
	ASSERT_EQ(sched_load(skel->skeleton), 0);
	s = SCHED_VIEW(skel);
	err = sched_attach(s);
	if (!err)
		sched_stop(s);
	minimal_bpf__destroy(skel);
	return err;
}

TEST(values_of_members_are_checked)
{
	static const struct {
		const char *member;
		u64 value;
		int want;
	} rows[] = {
		{ "dispatch_max_batch", 0, 0 },
		{ "dispatch_max_batch", 1, 0 },
		{ "dispatch_max_batch", 0x80000000, -E2BIG },
		{ "dispatch_max_batch", 0xffffffff, -E2BIG },
		{ "flags", 0, 0 },
		{ "flags", 1 << 3, 0 },
		{ "flags", 1 << 4 | 1 << 5, 0 },
		{ "flags", 1 << 8, -EINVAL },
		{ "flags", 1 << 15, -EINVAL },
		/* objects of 6.12 set it: HAS_CGROUP_WEIGHT */
		{ "flags", 1 << 16, 0 },
		{ "flags", 1 << 17, -EINVAL },
		{ "flags", 1ULL << 56, -EINVAL },
		{ "flags", 1ULL << 63, -EINVAL },
		{ "timeout_ms", 0, 0 },
		{ "timeout_ms", 30000, 0 },
		{ "timeout_ms", 30100, -E2BIG },
		{ "timeout_ms", 0xffffffff, -E2BIG },
		{ "exit_dump_len", 0, 0 },
		{ "exit_dump_len", 1, 0 },
		{ "exit_dump_len", 1 << 20, 0 },
		{ "exit_dump_len", 0xffffffff, -ENOMEM },
		{ "dispatch_max_batch", 0x7fffffff, -ENOMEM },
		{ "sub_cgroup_id", 1, 0 },
		{ "sub_cgroup_id", 2, -EOPNOTSUPP },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!EXPECT_EQ(attach_with(rows[i].member, rows[i].value), rows[i].want))
			printf("%s = 0x%llx\n", rows[i].member, (unsigned long long)rows[i].value);
	EXPECT_TRUE(scx_state_is("disabled"));
}

static int attach_named(const char *name, size_t len)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);
	struct sched *s;
	size_t size = 0;
	void *at;
	int err;

	at = __scx_ops_member(skel->obj, skel->maps.ops, "name", &size);
	ASSERT_TRUE(at);
	memset(at, 0, size);
	memcpy(at, name, len);
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	err = sched_attach(s);
	if (!err) {
		EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), name);
		sched_stop(s);
	}
	minimal_bpf__destroy(skel);
	return err;
}

TEST(the_name_must_be_a_valid_one)
{
	char longest[128];

	memset(longest, 'x', sizeof(longest));
	longest[127] = '\0';
	EXPECT_EQ(attach_named("", 0), -EINVAL);
	EXPECT_EQ(attach_named("has blank", 9), -EINVAL);
	EXPECT_EQ(attach_named("slash/ed", 8), -EINVAL);
	EXPECT_EQ(attach_named("Az09_.", 6), 0);
	EXPECT_EQ(attach_named(longest, 127), 0);

	/* no terminator */
	longest[127] = 'x';
	EXPECT_EQ(attach_named(longest, 128), -EINVAL);
}

/*
 * A table as bpf(2) takes it, without libbpf: it would not pass on everything.
 */
struct raw_ops {
	int map_fd;
	char value[4096];
	int data; /* offset of the table in value */
};

static void raw_ops_init(struct raw_ops *raw)
{
	int value_id = btf_id("bpf_struct_ops_sched_ext_ops", BTF_KIND_STRUCT);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .btf_vmlinux_value_type_id = value_id,
		    .map_flags = BPF_F_LINK);
	struct btf *any = btf__new_empty();
	const struct btf_type *t;
	int name;

	/* the map's own types, which nobody looks at, but which must be there */
	ASSERT_GT(btf__add_int(any, "int", 4, 0), 0);
	ASSERT_EQ(btf__load_into_kernel(any), 0);
	opts.btf_fd = btf__fd(any);
	ASSERT_GT(value_id, 0);
	t = btf__type_by_id(kernel_btf(), value_id);
	ASSERT_LE(t->size, sizeof(raw->value));
	memset(raw, 0, sizeof(*raw));
	raw->data = btf_member_bit_offset(t, 1) / 8;
	raw->map_fd = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, "raw", 4, t->size, 1, &opts);
	ASSERT_GE(raw->map_fd, 0);
	btf__free(any);

	t = btf__type_by_id(kernel_btf(), btf_id("sched_ext_ops", BTF_KIND_STRUCT));
	name = btf_member_index("sched_ext_ops", "name");
	strcpy(raw->value + raw->data + btf_member_bit_offset(t, name) / 8, "raw");
}

static void raw_ops_set(struct raw_ops *raw, const char *member, const void *value, size_t size)
{
	const struct btf_type *t =
		btf__type_by_id(kernel_btf(), btf_id("sched_ext_ops", BTF_KIND_STRUCT));
	int index = btf_member_index("sched_ext_ops", member);

	ASSERT_GE(index, 0);
	memcpy(raw->value + raw->data + btf_member_bit_offset(t, index) / 8, value, size);
}

static int raw_ops_update(struct raw_ops *raw)
{
	int key = 0;
	int err = bpf_map_update_elem(raw->map_fd, &key, raw->value, 0);

	close(raw->map_fd);
	return err;
}

TEST(a_table_made_by_hand_is_accepted)
{
	struct raw_ops raw;

	raw_ops_init(&raw);
	EXPECT_EQ(raw_ops_update(&raw), 0);
}

TEST(the_classes_own_member_must_be_null)
{
	void *pointer = &pointer;
	struct raw_ops raw;

	raw_ops_init(&raw);
	raw_ops_set(&raw, "priv", &pointer, sizeof(pointer));
	EXPECT_EQ(raw_ops_update(&raw), -EINVAL);
}

TEST(a_program_goes_into_no_member_but_its_own)
{
	struct maximal_bpf *skel = SCHED_OPEN(maximal_bpf);
	struct raw_ops raw;
	u64 fd;

	ASSERT_EQ(SCHED_LOAD(skel), 0);
	fd = bpf_program__fd(skel->progs.maximal_running);
	raw_ops_init(&raw);
	raw_ops_set(&raw, "running", &fd, sizeof(fd));
	EXPECT_EQ(raw_ops_update(&raw), 0);

	/* the same arguments, but not the member it was verified for */
	raw_ops_init(&raw);
	raw_ops_set(&raw, "enable", &fd, sizeof(fd));
	EXPECT_EQ(raw_ops_update(&raw), -EINVAL);
}

/*
 * Ejected while loading: attaching succeeds, and the scheduler has ended.
 */

TEST(enq_last_without_enqueue_is_ejected)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);

	skel->struct_ops.ops->flags = SCX_OPS_ENQ_LAST;
	sched_expect_exit(SCHED_START(skel), KIND_ERROR, "SCX_OPS_ENQ_LAST");
}

TEST(per_node_idle_masks_without_idle_tracking_are_ejected)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);

	skel->struct_ops.ops->flags = SCX_OPS_BUILTIN_IDLE_PER_NODE;
	skel->struct_ops.ops->update_idle = skel->progs.minimal_update_idle;
	sched_expect_exit(SCHED_START(skel), KIND_ERROR, "SCX_OPS_BUILTIN_IDLE_PER_NODE");
}

TEST(per_node_idle_masks_with_tracking_kept_are_fine)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);

	skel->struct_ops.ops->flags = SCX_OPS_BUILTIN_IDLE_PER_NODE | SCX_OPS_KEEP_BUILTIN_IDLE;
	skel->struct_ops.ops->update_idle = skel->progs.minimal_update_idle;
	sched_stop(SCHED_START(skel));
}

TEST(a_stale_hotplug_seq_asks_for_a_restart)
{
	struct minimal_bpf *skel = SCHED_OPEN(minimal_bpf);
	struct sched *s;

	skel->struct_ops.ops->hotplug_seq = file_number(SCX_SYSFS "hotplug_seq") + 1;
	s = SCHED_START(skel);
	sched_expect_exit(s, KIND_UNREG_KERN, "");
	EXPECT_EQ(s->uei->exit_code, ECODE_RESTART_HOTPLUG);
}

TEST(a_hotplug_seq_of_0_or_of_now_is_fine)
{
	struct minimal_bpf *skel;

	/* there must be a difference between the two */
	ASSERT_EQ(cpu_set_online(nr_cpus() - 1, false), 0);
	ASSERT_EQ(cpu_set_online(nr_cpus() - 1, true), 0);
	ASSERT_GT(file_number(SCX_SYSFS "hotplug_seq"), 0);

	skel = SCHED_OPEN(minimal_bpf);
	skel->struct_ops.ops->hotplug_seq = 0;
	sched_stop(SCHED_START(skel));
	minimal_bpf__destroy(skel);

	skel = SCHED_OPEN(minimal_bpf);
	skel->struct_ops.ops->hotplug_seq = file_number(SCX_SYSFS "hotplug_seq");
	sched_stop(SCHED_START(skel));
}

/* The result of a callback that may fail, and what the message says about it. */
static const struct {
	int ret;
	const char *msg;
} bad_results[] = {
	{ -ENOMEM, "-12" },
	{ -4095, "-4095" },
	{ 1, "1" },
	{ -4096, "-4096" },
};

TEST(a_failing_init_is_ejected_and_exit_is_told)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_results); i++) {
		struct lab_bpf *skel = SCHED_OPEN(lab_bpf);

		skel->bss->knobs.init_ret = bad_results[i].ret;
		sched_expect_exit(SCHED_START(skel), KIND_ERROR, bad_results[i].msg);
		EXPECT_STRHAS((const char *)skel->data->uei.msg, "init()");
		EXPECT_EQ(skel->bss->nr_exits, 1);
		/* not initialised */
		EXPECT_EQ(skel->bss->exit_flags, 0);
		lab_bpf__destroy(skel);
	}
}

TEST(a_failing_init_task_is_ejected_and_undone)
{
	struct worker *w = worker_start();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_results); i++) {
		struct lab_bpf *skel = SCHED_OPEN(lab_bpf);
		struct sched *s;

		skel->bss->knobs.init_task_pid = w->pid;
		skel->bss->knobs.init_task_ret = bad_results[i].ret;
		s = SCHED_START(skel);
		sched_expect_exit(s, KIND_ERROR, bad_results[i].msg);
		EXPECT_STRHAS((const char *)skel->data->uei.msg, "init_task()");
		EXPECT_EQ(skel->bss->exit_flags, 1);
		/* each that succeeded is undone, that one is not */
		EXPECT_EQ(journal_count(s, J_exit_task, -1), journal_count(s, J_init_task, -1) - 1);
		EXPECT_EQ(journal_count(s, J_exit_task, w->pid), 0);
		EXPECT_EQ(journal_count(s, J_enable, -1), 0);
		lab_bpf__destroy(skel);
	}
}
