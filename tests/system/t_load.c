// SPDX-License-Identifier: GPL-2.0
/* t_load.c - the load notices what it is there to notice. */
#include "load.c"

static void stop_task(const struct load_task *t)
{
	ASSERT_EQ(kill(t->pid, SIGSTOP), 0);
	ASSERT_TRUE(WAIT_FOR(task_state_letter(t->pid) == 'T'));
}

static struct load_task *first_of(struct load *load, enum role role)
{
	struct load_task *t = load->tasks;

	while (t->role != role)
		t++;
	return t;
}

static int nr_without_progress(const struct load *load)
{
	int nr = 0;

	for (int i = 0; i < load->nr; i++)
		nr += !task_progressed(load, i);
	return nr;
}

/* Others are not mistaken for it, nor it for others. */
static void one_stands_still(enum role role, int nr_affected)
{
	struct load *load = load_start(LOAD_FULL);
	struct load_task *t = first_of(load, role);

	stop_task(t);
	load_mark(load);
	EXPECT_TRUE(WAIT_FOR(nr_without_progress(load) == nr_affected));
	EXPECT_FALSE(task_progressed(load, t - load->tasks));
	ASSERT_EQ(kill(t->pid, SIGCONT), 0);
	EXPECT_TRUE(load_progresses(load));
	load_finish(load);
}

TEST(a_hog_that_stands_still_is_noticed)
{
	one_stands_still(HOG, 1);
}

/* A partner then has nobody who asks. */
TEST(a_worker_that_stands_still_is_noticed)
{
	one_stands_still(WORKER, 2);
}

TEST(a_partner_that_stands_still_is_noticed)
{
	one_stands_still(PARTNER, 2);
}

TEST(a_task_that_died_is_noticed)
{
	struct load *load = load_start(LOAD_FULL);
	struct load_task *t = first_of(load, HOG);

	ASSERT_EQ(kill(t->pid, SIGKILL), 0);
	ASSERT_TRUE(WAIT_FOR(task_state_letter(t->pid) == 'Z'));
	atomic_store(&load->stop, true);
	EXPECT_TRUE(WAIT_FOR(reap_ended(load)));
	EXPECT_EQ(atomic_load(&load->nr_refused), 1);
}

TEST(a_call_that_is_refused_is_noticed)
{
	struct load *load = load_start(LOAD_FULL);

	EXPECT_EQ(atomic_load(&load->nr_refused), 0);
	refused(load, "only a test", EPERM);
	EXPECT_EQ(atomic_load(&load->nr_refused), 1);
}
