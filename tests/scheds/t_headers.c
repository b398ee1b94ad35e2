// SPDX-License-Identifier: GPL-2.0
/* What scheds/include/scx promises, run by the kernel's BPF. */
#include <bpf/bpf.h>
#include <sched.h>
#include <scx/common.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

#include "hog.h"
#include "headers.h"
#include "headers.bpf.skel.h"
#include "headers73.bpf.skel.h"
#include "tap.h"

#define NR_RESIZABLE 1000

static struct headers_bpf *load(void)
{
	struct headers_bpf *skel = SCX_OPS_OPEN(headers_ops, headers_bpf);
	u32 i;

	RESIZE_ARRAY(skel, data, resizable, NR_RESIZABLE);
	skel->rodata->nr_resizable = NR_RESIZABLE;
	for (i = 0; i < NR_RESIZABLE; i++)
		skel->data_resizable->resizable[i] = 7 * i;
	SCX_OPS_LOAD(skel, headers_ops, headers_bpf, uei);
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

TEST(a_range_of_times_has_its_begin_and_its_end_unless_open)
{
	static const struct {
		u64 a, b, c;
		bool in_range, in_range_open;
	} cases[] = {
		{ 9, 10, 20, false, false },  { 10, 10, 20, true, true },
		{ 19, 10, 20, true, true },   { 20, 10, 20, true, false },
		{ 21, 10, 20, false, false }, { 10, 10, 10, true, false },
		{ -6, -5, 5, false, false },  { 0, -5, 5, true, true },
		{ 5, -5, 5, true, false },
	};
	struct headers_bpf *skel = load();
	struct headers_args *args = &skel->bss->args;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		args->i = cases[i].a;
		args->j = cases[i].b;
		args->k = cases[i].c;
		run(skel->progs.arithmetic);
		printf("%zu\n", i);
		EXPECT_EQ(args->in_range, cases[i].in_range);
		EXPECT_EQ(args->in_range_open, cases[i].in_range_open);
	}
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

static void bind_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	ASSERT_EQ(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void spin_ns(u64 ns)
{
	u64 end = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + ns;

	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < end)
		hog_relax();
}

TEST(a_heavier_task_gets_more_and_is_charged_less)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	struct headers_args *args = &skel->bss->args;

	args->i = 1000;
	run(skel->progs.weight);
	EXPECT_EQ(args->scaled, 1000);
	EXPECT_EQ(args->scaled_inverse, 1000);

	ASSERT_EQ(setpriority(PRIO_PROCESS, 0, HEAVY_NICE), 0);
	run(skel->progs.weight);
	EXPECT_EQ(args->scaled, 3050);
	EXPECT_EQ(args->scaled_inverse, 327);
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

/* The scheduler has ended, or is about to, with an error that says @text. */
static void expect_ejected(struct headers_bpf *skel, const char *text)
{
	while (!UEI_EXITED(skel, uei))
		sched_yield();
	EXPECT_TRUE(UEI_IS_ERROR(UEI_KIND(skel, uei)));
	EXPECT_STRHAS(skel->data->uei.msg, text);
}

TEST(the_clocks_of_a_cpu_go_on_while_it_runs)
{
	const u64 spin = 100 * NSEC_PER_MSEC, tolerance = 20 * NSEC_PER_MSEC;
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	struct headers_args *args = &skel->bss->args, before;
	u64 start, passed;

	bind_to(1);
	args->i = 1;
	start = clock_ns(CLOCK_MONOTONIC);
	run(skel->progs.clocks);
	before = *args;
	spin_ns(spin);
	run(skel->progs.clocks);
	passed = clock_ns(CLOCK_MONOTONIC) - start;
	printf("of %lu ns: task %lu, pelt %lu, irq %lu, virt %lu\n", passed,
	       args->clock_task - before.clock_task, args->clock_pelt - before.clock_pelt,
	       args->clock_irq - before.clock_irq, args->clock_virt - before.clock_virt);
	EXPECT_GE(args->clock_task - before.clock_task + tolerance, spin);
	EXPECT_LE(args->clock_task - before.clock_task, passed + tolerance);
	/* Slower than that on a CPU that is less than the largest at its fastest. */
	EXPECT_GT(args->clock_pelt, before.clock_pelt);
	EXPECT_LE(args->clock_pelt - before.clock_pelt, passed + tolerance);
	EXPECT_LE(args->clock_irq - before.clock_irq, passed);
	EXPECT_LE(args->clock_virt - before.clock_virt, passed);

	args->i = -1;
	run(skel->progs.clocks);
	EXPECT_EQ(args->clock_task, 0);
	EXPECT_EQ(args->clock_pelt, 0);
	EXPECT_EQ(args->clock_irq, 0);
	EXPECT_EQ(args->clock_virt, 0);
	expect_ejected(skel, "invalid CPU");
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(the_clocks_are_read_without_the_kfunc_that_is_to_go)
{
	struct headers73_bpf *skel = headers73_bpf__open_and_load();
	u64 clock_task, clock_pelt;

	ASSERT_TRUE(skel);
	bind_to(1);
	skel->bss->cpu = 1;
	run(skel->progs.clocks);
	clock_task = skel->bss->clock_task;
	clock_pelt = skel->bss->clock_pelt;
	spin_ns(100 * NSEC_PER_MSEC);
	run(skel->progs.clocks);
	EXPECT_GE(skel->bss->clock_task - clock_task, 80 * NSEC_PER_MSEC);
	EXPECT_GT(skel->bss->clock_pelt, clock_pelt);

	skel->bss->cpu = -1;
	run(skel->progs.clocks);
	EXPECT_EQ(skel->bss->clock_task, 0);
	headers73_bpf__destroy(skel);
}

TEST(the_task_that_a_cpu_runs_is_found)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	struct headers_args *args = &skel->bss->args;

	for (args->i = 0; args->i < 2; args->i++) {
		bind_to(args->i);
		run(skel->progs.cpu_curr);
		EXPECT_EQ(args->ret, getpid());
	}
	args->i = -1;
	run(skel->progs.cpu_curr);
	EXPECT_EQ(args->ret, (u64)-1);
	expect_ejected(skel, "invalid CPU");
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(the_state_of_a_task_is_told_by_its_flags)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link;

	run(skel->progs.task_state);
	EXPECT_EQ(skel->bss->args.ret, 0);
	link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	run(skel->progs.task_state);
	EXPECT_EQ(skel->bss->args.ret, 3);
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(an_empty_queue_has_no_first_task)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);

	run(skel->progs.peek);
	EXPECT_EQ(skel->bss->args.ret, (u64)-1);
	EXPECT_FALSE(UEI_EXITED(skel, uei));
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(there_is_no_sub_scheduler_to_dispatch)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);

	while (!skel->bss->args.nr_dispatches)
		sched_yield();
	EXPECT_EQ(skel->bss->args.nr_sub_dispatches, 0);
	EXPECT_FALSE(UEI_EXITED(skel, uei));
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(counters_of_events_are_those_of_the_kernel_and_zero_where_it_has_none)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	struct headers_args *args = &skel->bss->args;
	const u64 slice = 20 * NSEC_PER_MSEC;

	/* Alone on its CPU it is kept at the end of each slice. */
	bind_to(1);
	args->ev_no_such = 1;
	run(skel->progs.events);
	EXPECT_EQ(args->ev_no_such, 0);
	args->ev_keep_last = 0;
	spin_ns(10 * slice);
	run(skel->progs.events);
	printf("kept %lu times\n", args->ev_keep_last);
	if (__COMPAT_struct_has_field("scx_event_stats", "SCX_EV_DISPATCH_KEEP_LAST"))
		EXPECT_GE(args->ev_keep_last, 5);
	else
		EXPECT_EQ(args->ev_keep_last, 0);
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(the_header_of_a_dump_is_the_version_of_the_kernel)
{
	struct headers_bpf *skel = load();
	struct bpf_link *link = SCX_OPS_ATTACH(skel, headers_ops, headers_bpf);
	int version, patchlevel, sublevel;
	struct utsname uts;
	char line[64];

	ASSERT_EQ(uname(&uts), 0);
	ASSERT_EQ(sscanf(uts.release, "%d.%d.%d", &version, &patchlevel, &sublevel), 3);
	snprintf(line, sizeof(line), "kernel: %d.%d.%d\n", version, patchlevel, sublevel);

	run(skel->progs.fail_now);
	expect_ejected(skel, "as asked for");
	EXPECT_STRHAS(skel->data_uei_dump->uei_dump, line);
	bpf_link__destroy(link);
	headers_bpf__destroy(skel);
}

TEST(the_kernel_is_asked_for_functions_and_members_by_name)
{
	EXPECT_TRUE(__COMPAT_has_ksym("scx_bpf_kick_cpu"));
	EXPECT_FALSE(__COMPAT_has_ksym("scx_bpf_no_such"));
	/* A type is no function. */
	EXPECT_FALSE(__COMPAT_has_ksym("sched_ext_ops"));
	EXPECT_TRUE(__COMPAT_struct_has_field("sched_ext_ops", "dump"));
	EXPECT_FALSE(__COMPAT_struct_has_field("sched_ext_ops", "no_such"));
	EXPECT_FALSE(__COMPAT_struct_has_field("no_such", "dump"));
}
