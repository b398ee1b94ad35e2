// SPDX-License-Identifier: GPL-2.0
/*
 * Which program may call which kfunc: every kfunc from every callback, and from the other types of
 * programs. Nothing is run: the verifier refuses a program as soon as it meets a call that the
 * program may not make, and only afterwards looks at the arguments of the call.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "btf_text.h"
#include "lab.h"

static const struct {
	const char *groups;
	const char *name;
} kfuncs[] = {
#define SPEC_KFUNC(groups, name, prototype) { groups, #name },
#include "spec_kfuncs.def"
};

static const struct {
	const char *name;
	const char *groups;
	bool may_sleep;
} callbacks[] = {
#define SPEC_OP(name, groups, may_sleep, nr_args) { #name, groups, may_sleep },
#include "spec_ops.def"
};

static char verifier_log[8192];

/* Load a program that calls kfunc @id and nothing else. Was the call as such let through? */
static bool may_call(enum bpf_prog_type type, const struct bpf_prog_load_opts *how, int id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = id },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts opts = *how;
	int fd;

	verifier_log[0] = '\0';
	opts.log_buf = verifier_log;
	opts.log_size = sizeof(verifier_log);
	opts.log_level = 1;
	fd = bpf_prog_load(type, NULL, "GPL", insns, ARRAY_SIZE(insns), &opts);
	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (fd == -EACCES && strstr(verifier_log, "is not allowed"))
		return false;
	/* it got as far as looking at the arguments of the call */
	ASSERT_STRHAS(verifier_log, "(85) call ");
	return true;
}

static bool shares_group(const char *a, const char *b)
{
	return strpbrk(a, b) != NULL;
}

/* What is about cgroups is not there at all in a class that was built without them. */
static bool is_left_out(const char *name)
{
	return strstr(name, "cgroup") && btf_member_index("sched_ext_ops", "cgroup_init") < 0;
}

/* Every kfunc from a program that has @groups. Fails for each that differs. */
static void expect_rights(enum bpf_prog_type type, const struct bpf_prog_load_opts *how,
			  const char *groups, const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kfuncs); i++) {
		int id = btf_id(kfuncs[i].name, BTF_KIND_FUNC);
		bool want = shares_group(kfuncs[i].groups, groups);

		if (is_left_out(kfuncs[i].name)) {
			EXPECT_LT(id, 0);
			continue;
		}
		ASSERT_GT(id, 0);
		if (!EXPECT_EQ(may_call(type, how, id), want))
			printf("%s from %s:\n%s\n", kfuncs[i].name, what, verifier_log);
	}
}

static struct bpf_prog_load_opts struct_ops_opts(const char *type, const char *member)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .attach_btf_id = btf_id(type, BTF_KIND_STRUCT),
		    .expected_attach_type = btf_member_index(type, member));

	ASSERT_GT((int)opts.attach_btf_id, 0);
	ASSERT_GE((int)opts.expected_attach_type, 0);
	return opts;
}

TEST_TIMEOUT(each_callback_may_call_the_kfuncs_of_its_groups_and_no_others, 300)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		struct bpf_prog_load_opts opts;
		char groups[8];

		if (is_left_out(callbacks[i].name))
			continue;
		opts = struct_ops_opts("sched_ext_ops", callbacks[i].name);
		snprintf(groups, sizeof(groups), "A%s", callbacks[i].groups);
		/* the groups of unlocked callbacks include that of select_cpu */
		expect_rights(BPF_PROG_TYPE_STRUCT_OPS, &opts, groups, callbacks[i].name);
	}
}

TEST(a_syscall_program_may_call_what_needs_no_runqueue_lock)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);

	expect_rights(BPF_PROG_TYPE_SYSCALL, &opts, "AU", "a SYSCALL program");
}

TEST(a_tracing_program_may_call_only_what_anybody_may)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = btf_id("bpf_scx_reg", BTF_KIND_FUNC));

	ASSERT_GT((int)opts.attach_btf_id, 0);
	expect_rights(BPF_PROG_TYPE_TRACING, &opts, "A", "a TRACING program");
}

TEST(another_struct_ops_type_may_call_none)
{
	struct bpf_prog_load_opts opts = struct_ops_opts("bpf_dummy_ops", "test_1");

	expect_rights(BPF_PROG_TYPE_STRUCT_OPS, &opts, "-", "bpf_dummy_ops");
}

TEST(other_program_types_may_call_none)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	expect_rights(BPF_PROG_TYPE_SCHED_CLS, &opts, "-", "a SCHED_CLS program");
	expect_rights(BPF_PROG_TYPE_XDP, &opts, "-", "an XDP program");
}

/* Whether a do-nothing program is accepted for @member. */
static int load_for_member(const char *member, bool sleepable, const char *license)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts opts = struct_ops_opts("sched_ext_ops", member);
	int fd;

	opts.prog_flags = sleepable ? BPF_F_SLEEPABLE : 0;
	verifier_log[0] = '\0';
	opts.log_buf = verifier_log;
	opts.log_size = sizeof(verifier_log);
	opts.log_level = 1;
	fd = bpf_prog_load(BPF_PROG_TYPE_STRUCT_OPS, NULL, license, insns, ARRAY_SIZE(insns),
			   &opts);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

TEST(a_sleepable_program_is_accepted_only_where_the_callback_may_sleep)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		if (is_left_out(callbacks[i].name))
			continue;
		if (!EXPECT_EQ(load_for_member(callbacks[i].name, false, "GPL"), 0) ||
		    !EXPECT_EQ(load_for_member(callbacks[i].name, true, "GPL"),
			       callbacks[i].may_sleep ? 0 : -EINVAL))
			printf("%s: %s\n", callbacks[i].name, verifier_log);
	}
}

TEST(a_program_without_a_gpl_compatible_license_is_refused)
{
	EXPECT_EQ(load_for_member("enqueue", false, "Proprietary"), -EINVAL);
	EXPECT_STRHAS(verifier_log, "GPL");
}

TEST(a_program_for_a_data_member_is_refused)
{
	EXPECT_EQ(load_for_member("flags", false, "GPL"), -EINVAL);
	EXPECT_EQ(load_for_member("timeout_ms", false, "GPL"), -EINVAL);
}
