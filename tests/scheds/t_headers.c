// SPDX-License-Identifier: GPL-2.0
/* What scheds/include/scx promises, run by the kernel's BPF. */
#include <bpf/bpf.h>
#include <scx/common.h>

#include "headers.h"
#include "headers.bpf.skel.h"
#include "tap.h"

#define NR_RESIZABLE 1000

static struct headers_bpf *load(void)
{
	struct headers_bpf *skel = headers_bpf__open();
	u32 i;

	ASSERT_TRUE(skel);
	RESIZE_ARRAY(skel, data, resizable, NR_RESIZABLE);
	skel->rodata->nr_resizable = NR_RESIZABLE;
	for (i = 0; i < NR_RESIZABLE; i++)
		skel->data_resizable->resizable[i] = 7 * i;
	ASSERT_EQ(headers_bpf__load(skel), 0);
	return skel;
}

static void run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	ASSERT_EQ(opts.retval, 0);
}

TEST(a_resizable_array_has_each_of_its_elements_and_no_more)
{
	struct headers_bpf *skel = load();
	const u64 there[] = { 0, 1, 2, NR_RESIZABLE / 2, NR_RESIZABLE - 1 };
	const u64 absent[] = { NR_RESIZABLE, NR_RESIZABLE + 1, 1ULL << 32, -1 };
	size_t i;

	for (i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		skel->bss->args.i = there[i];
		run(skel->progs.array_elem);
		EXPECT_EQ(skel->bss->args.ret, 7 * there[i]);
	}
	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		skel->bss->args.i = absent[i];
		run(skel->progs.array_elem);
		EXPECT_EQ(skel->bss->args.ret, (u64)-1);
	}
	headers_bpf__destroy(skel);
}

TEST(member_vptr_gives_the_member_or_null_beyond_the_object)
{
	struct headers_bpf *skel = load();
	struct headers_args *args = &skel->bss->args;

	for (args->i = 0; args->i < 4; args->i++) {
		args->j = 3 - args->i;
		run(skel->progs.member_vptr);
		EXPECT_EQ(args->ret, 64 * args->i + 16 * args->j + 8);
	}
	args->i = 4;
	args->j = 0;
	run(skel->progs.member_vptr);
	EXPECT_EQ(args->ret, (u64)-1);
	args->i = 3;
	args->j = 4;
	run(skel->progs.member_vptr);
	EXPECT_EQ(args->ret, (u64)-1);
	args->i = 0;
	args->j = -1;
	run(skel->progs.member_vptr);
	EXPECT_EQ(args->ret, (u64)-1);
	headers_bpf__destroy(skel);
}

TEST(times_compare_across_the_wrap)
{
	struct headers_bpf *skel = load();
	struct headers_args *args = &skel->bss->args;

	args->i = -5;
	args->j = 10;
	run(skel->progs.arithmetic);
	EXPECT_EQ(args->before, 1);
	EXPECT_EQ(args->before_eq, 1);
	EXPECT_EQ(args->after, 0);
	EXPECT_EQ(args->after_eq, 0);
	EXPECT_EQ(args->delta, 0);

	args->i = 10;
	args->j = -5;
	run(skel->progs.arithmetic);
	EXPECT_EQ(args->before, 0);
	EXPECT_EQ(args->after, 1);
	EXPECT_EQ(args->delta, 15);

	args->i = args->j = 77;
	run(skel->progs.arithmetic);
	EXPECT_EQ(args->before, 0);
	EXPECT_EQ(args->after, 0);
	EXPECT_EQ(args->before_eq, 1);
	EXPECT_EQ(args->after_eq, 1);
	headers_bpf__destroy(skel);
}

TEST(log2_is_the_highest_bit_plus_one)
{
	struct headers_bpf *skel = load();
	struct headers_args *args = &skel->bss->args;
	int bit;

	for (bit = 0; bit < 64; bit++) {
		args->i = (1ULL << bit) | (bit > 2);
		run(skel->progs.arithmetic);
		EXPECT_EQ(args->log2, bit + 1);
	}
	args->i = 0;
	run(skel->progs.arithmetic);
	EXPECT_EQ(args->log2, 0);
	headers_bpf__destroy(skel);
}

TEST(a_moving_average_takes_a_quarter_of_the_new)
{
	struct headers_bpf *skel = load();

	skel->bss->args.i = 400;
	skel->bss->args.j = 800;
	run(skel->progs.arithmetic);
	EXPECT_EQ(skel->bss->args.ewma, 500);
	headers_bpf__destroy(skel);
}

/* enums.def once more: which enum each constant belongs to. */
struct constant {
	const char *type;
	const char *name;
	bool new;
};

static const struct constant constants[] = {
#define ENUM_BEGIN(type) { #type, NULL, false },
#define ENUM_END(type)
#define ENUMERATOR(name, value) { NULL, #name, false },
#define ENUMERATOR_NEW(name, value) { NULL, #name, true },
#include <scx/enums.def>
};

TEST(constants_are_those_of_the_running_kernel)
{
	struct headers_bpf *skel = load();
	const char *type = NULL;
	u32 i, n = 0;

	run(skel->progs.enums);
	for (i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		const struct constant *c = &constants[i];
		u64 value = 0;

		if (c->type) {
			type = c->type;
			continue;
		}
		if (!EXPECT_TRUE(__COMPAT_read_enum(type, c->name, &value) || c->new))
			printf("the kernel has no %s\n", c->name);
		if (!EXPECT_EQ(skel->bss->enum_values[n], value))
			printf("%s\n", c->name);
		n++;
	}
	EXPECT_EQ(skel->bss->nr_enum_values, n);
	headers_bpf__destroy(skel);
}
