// SPDX-License-Identifier: GPL-2.0
/* What the verifier accepts and refuses in the programs of a scheduler. */
#include "lab.h"
#include "verify.bpf.skel.h"

struct row {
	const char *program;
	const char *member; /* of the table that it is put into */
	const char *msg; /* in the verifier's log */
};

/* Loads the scheduler with @row's program in its place. 0 or -errno. */
static int load_with(const struct row *row)
{
	struct verify_bpf *skel = SCHED_OPEN(verify_bpf);
	struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, row->program);
	size_t size = 0;
	void *at;
	int err;

	at = __scx_ops_member(skel->obj, skel->maps.ops, row->member, &size);
	if (!prog || !at)
		printf("%s in %s\n", row->program, row->member);
	ASSERT_TRUE(prog && at);
	*(struct bpf_program **)at = prog;
	err = SCHED_LOAD(skel);
	verify_bpf__destroy(skel);
	return err;
}

static void expect_refused(const struct row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!EXPECT_LT(load_with(&rows[i]), 0) || !EXPECT_STRHAS(sched_log(), rows[i].msg))
			printf("^ %s\n", rows[i].program);
}

static void expect_accepted(const struct row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!EXPECT_EQ(load_with(&rows[i]), 0))
			printf("^ %s\n", rows[i].program);
}

#define EXPECT_REFUSED(rows) expect_refused(rows, ARRAY_SIZE(rows))
#define EXPECT_ACCEPTED(rows) expect_accepted(rows, ARRAY_SIZE(rows))

TEST(slice_vtime_and_disallow_of_a_task_can_be_written)
{
	static const struct row rows[] = {
		{ "good_write_slice", "running", NULL },
		{ "good_write_half_slice", "running", NULL },
		{ "good_write_vtime", "enable", NULL },
		{ "good_write_disallow", "init_task", NULL },
	};

	EXPECT_ACCEPTED(rows);
}

TEST(nothing_else_of_a_task_can_be_written)
{
	static const char only[] = "only scx.slice, scx.dsq_vtime and scx.disallow";
	static const struct row rows[] = {
		{ "bad_write_weight", "running", only },
		{ "bad_write_flags", "running", only },
		{ "bad_write_prio", "running", only },
		{ "bad_write_policy", "running", only },
		{ "bad_write_ddsp", "running", only },
		{ "bad_write_past_disallow", "init_task", only },
		{ "bad_write_across_slice", "running", only },
		{ "bad_write_other_type", "running", only },
	};

	EXPECT_REFUSED(rows);
}

TEST(the_arguments_of_a_callback_can_only_be_read)
{
	static const struct row rows[] = {
		{ "bad_write_context", "running", "invalid bpf_context access" },
		/* enqueue has two */
		{ "bad_read_third_argument", "enqueue", "doesn't have" },
	};

	EXPECT_REFUSED(rows);
}

COVERS(dispatch, yield);

TEST(arguments_that_may_be_null_must_be_checked)
{
	static const struct row good[] = {
		{ "good_prev_checked", "dispatch", NULL },
		{ "good_to_checked", "yield", NULL },
	};
	static const struct row bad[] = {
		{ "bad_prev_unchecked", "dispatch", "trusted_ptr_or_null_" },
		{ "bad_prev_written_unchecked", "dispatch", "trusted_ptr_or_null_" },
		{ "bad_to_unchecked", "yield", "trusted_ptr_or_null_" },
	};

	EXPECT_ACCEPTED(good);
	EXPECT_REFUSED(bad);
}

COVERS(scx_bpf_put_cpumask, scx_bpf_put_idle_cpumask);

TEST(references_must_be_given_back)
{
	static const struct row good[] = {
		{ "good_masks_put", "running", NULL },
		{ "good_cgroup_released", "running", NULL },
	};
	static const struct row bad[] = {
		{ "bad_mask_kept", "running", "Unreleased reference" },
		{ "bad_idle_mask_kept", "running", "Unreleased reference" },
		{ "bad_mask_put_unowned", "running", "must be referenced" },
		{ "bad_cgroup_kept", "running", "Unreleased reference" },
	};

	EXPECT_ACCEPTED(good);
	EXPECT_REFUSED(bad);
}

TEST(results_that_may_be_null_must_be_checked)
{
	static const struct row good[] = {
		{ "good_rq_checked", "running", NULL },
	};
	static const struct row bad[] = {
		{ "bad_rq_unchecked", "running", "or_null" },
		{ "bad_curr_unchecked", "running", "or_null" },
		{ "bad_peeked_unchecked", "running", "or_null" },
	};

	EXPECT_ACCEPTED(good);
	EXPECT_REFUSED(bad);
}

TEST(tasks_protected_by_rcu_can_be_passed_on_under_rcu_only)
{
	static const struct row good[] = {
		{ "good_curr_passed_on", "running", NULL },
		{ "good_peeked_passed_on", "running", NULL },
		{ "good_peek_in_rcu", "init", NULL },
	};
	static const struct row bad[] = {
		{ "bad_peek_without_rcu", "init", "rcu" },
		{ "bad_peeked_after_rcu", "init", "rcu" },
		{ "bad_curr_without_rcu", "init", "rcu" },
		{ "bad_iterate_without_rcu", "init", "RCU" },
		{ "bad_untrusted_task", "running", "must be" },
	};

	EXPECT_ACCEPTED(good);
	EXPECT_REFUSED(bad);
}

TEST(an_iterator_is_begun_and_ended)
{
	static const struct row bad[] = {
		{ "bad_iterator_left_open", "dispatch", "Unreleased reference" },
		{ "bad_next_without_new", "dispatch", "expected an initialized iter" },
	};

	EXPECT_REFUSED(bad);
}

TEST(a_queue_cannot_be_created_where_nothing_may_sleep)
{
	static const struct row bad[] = {
		{ "bad_create_dsq_atomic", "init", "must be sleepable" },
	};

	EXPECT_REFUSED(bad);
}

TEST(null_cannot_be_inserted)
{
	static const struct row bad[] = {
		{ "bad_insert_of_null", "enqueue", "trusted" },
	};

	EXPECT_REFUSED(bad);
}

TEST(task_storage_can_be_used)
{
	static const struct row good[] = {
		{ "good_task_storage", "running", NULL },
	};

	EXPECT_ACCEPTED(good);
}
