// SPDX-License-Identifier: GPL-2.0
/*
 * Bypass: the scheduler is not asked, and everybody goes on. It lasts for a moment at the end of a
 * load and for the whole of an unload, which these tests hold up in the middle.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "held.h"

#include "hotplug.bpf.skel.h"

enum {
	CPU = 2,
	OTHER = 3,
	BOOT_SLICE_US = 7000, /* t_bypass.vm.args */
	DEFAULT_INTERVAL_US = 500000,
};

#define PARAMETERS "/sys/module/sched_ext/parameters/"
#define TRACING "/sys/kernel/tracing/"
#define TRACE_SPREAD TRACING "events/sched_ext/sched_ext_bypass_lb/enable"

static void set_parameter(const char *name, unsigned int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	snprintf(text, sizeof(text), "%u", value);
	ASSERT_EQ(file_write(path, text), 0);
}

/* As they were after boot. */
static void reset_parameters(void)
{
	set_parameter("slice_bypass_us", BOOT_SLICE_US);
	set_parameter("bypass_lb_intv_us", DEFAULT_INTERVAL_US);
}

/* held_open(), and parameters as they should be. */
static struct lab_bpf *open_held(u32 nr_dsqs)
{
	reset_parameters();
	return held_open(nr_dsqs);
}

/* The end of it, and the journal, which must be complete, makes sense. */
static void end_bypass(struct lab_bpf *skel, struct sched *s)
{
	held_end(skel, s);
	journal_check(s);
	reset_parameters();
}

/*
 * Everybody goes on
 */

TEST(tasks_that_the_scheduler_has_forgotten_run_while_it_goes)
{
	struct worker *kept = worker_start(.cpus = 1 << CPU);
	struct worker *queued = worker_start(.cpus = 1 << CPU);
	struct worker *anywhere = worker_start(.cpus = 1 << CPU | 1 << OTHER);
	struct lab_bpf *skel = open_held(1);
	struct sched *s = SCHED_START(skel);

	skel->bss->knobs.enqueue.how = HOW_NOTHING;
	worker_post(kept, worker_nop);
	worker_post(anywhere, worker_nop);
	ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, kept->pid) &&
			     journal_count(s, J_enqueue, anywhere->pid)));
	skel->bss->knobs.enqueue = (struct knob){ .how = HOW_FIFO, .dsq = 1 };
	worker_post(queued, worker_nop);
	ASSERT_TRUE(WAIT_FOR(LAB_DO(s, NR_QUEUED, 1) == 1));
	EXPECT_EQ(journal_count(s, J_running, -1), 0);

	held_begin(s);
	worker_wait(kept);
	worker_wait(queued);
	worker_wait(anywhere);
	EXPECT_EQ(LAB_DO(s, NR_QUEUED, 1), 0);
	/* they are still the class's, and can sleep and wake as they like */
	EXPECT_TRUE(task_is_on_scx(kept->pid));
	worker_do(kept, worker_nop);
	worker_do(queued, worker_yield);
	worker_do(anywhere, worker_fork);
	EXPECT_GT(anywhere->page->ret, 0);
	end_bypass(skel, s);
}

TEST(tasks_with_endless_slices_take_turns)
{
	struct worker *w[3];
	struct lab_bpf *skel = open_held(0);
	struct sched *s = SCHED_START(skel);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i] = worker_start(.cpus = 1 << CPU);
		atomic_store(&w[i]->page->stop, false);
		worker_post(w[i], worker_spin);
		ASSERT_TRUE(WAIT_FOR(journal_count(s, J_enqueue, w[i]->pid)));
	}
	EXPECT_TRUE(worker_spins_on(w[0]));
	EXPECT_EQ(journal_count(s, J_running, w[1]->pid), 0);
	EXPECT_EQ(journal_count(s, J_running, w[2]->pid), 0);

	held_begin(s);
	for (i = 0; i < 2 * ARRAY_SIZE(w); i++)
		EXPECT_TRUE(worker_spins_on(w[i % ARRAY_SIZE(w)]));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		worker_stop_spin(w[i]);
	end_bypass(skel, s);
}

static void *attach(void *s)
{
	return (void *)(long)sched_attach(s);
}

TEST(everybody_goes_on_while_a_scheduler_loads)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct worker *spinning = worker_start(.cpus = 1 << CPU | 1 << OTHER);
	struct hotplug_bpf *skel;
	pthread_t loader;
	struct sched *s;
	void *ret;

	/* its thread is made for the first scheduler */
	sched_stop(SCHED_START(rig_open(0)));
	pin_thread("scx_loader", HELD_CPU);

	skel = SCHED_OPEN(hotplug_bpf);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	skel->bss->hold_pid = w->pid;
	skel->bss->hold = true;
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	worker_start_spin(spinning);
	ASSERT_EQ(pthread_create(&loader, NULL, attach, s), 0);
	ASSERT_TRUE(WAIT_FOR(skel->bss->in_init));
	EXPECT_TRUE(scx_state_is("enabling"));
	worker_do(w, worker_nop);
	EXPECT_TRUE(worker_spins_on(spinning));
	EXPECT_FALSE(task_is_on_scx(w->pid));
	EXPECT_TRUE(skel->bss->in_init);

	skel->bss->hold = false;
	ASSERT_EQ(pthread_join(loader, &ret), 0);
	ASSERT_EQ((long)ret, 0);
	EXPECT_TRUE(task_is_on_scx(w->pid));
	worker_do(w, worker_nop);
	EXPECT_TRUE(worker_spins_on(spinning));
	worker_stop_spin(spinning);
	sched_stop(s);
}

/*
 * The scheduler is not asked
 */

/* Callbacks that ask for a decision, or tell of what matters to one. */
static const enum journal_op asking[] = {
	J_select_cpu, J_enqueue, J_tick, J_update_idle, J_cpu_acquire, J_cpu_release,
};

static u32 nr_asked(const struct sched *s, enum journal_op op, u32 from)
{
	u32 i, nr = 0;

	for (i = from; i < JOURNAL_NOW(s) && i < JOURNAL_LEN; i++)
		nr += s->journal[i].op == op + 1;
	return nr;
}

static u32 nr_dispatches(const struct lab_bpf *skel)
{
	int cpu;
	u32 nr = 0;

	for (cpu = 0; cpu < nr_cpus(); cpu++)
		nr += skel->bss->nr_dispatches[cpu];
	return nr;
}

/* Do what makes each of them. */
static void make_asked(struct worker *w, struct worker *rt)
{
	const unsigned long turns = atomic_load(&w->page->nr_turns);

	/* CPUs come and go idle */
	worker_do(w, worker_nop);
	/* another class takes the CPU and gives it back; ticks */
	worker_start_spin(w);
	worker_do(rt, worker_nop);
	ASSERT_TRUE(WAIT_FOR(atomic_load(&w->page->nr_turns) > turns + 1000000));
	worker_stop_spin(w);
}

TEST(the_scheduler_is_not_asked_any_more)
{
	struct worker *w = worker_start(.cpus = 1 << CPU | 1 << OTHER);
	struct worker *rt = worker_start(.policy = SCHED_FIFO);
	struct lab_bpf *skel = open_held(0);
	struct sched *s;
	u32 from, before;
	size_t i;

	skel->bss->knobs.select_cpu.cpu = CPU;
	ASSERT_EQ(set_affinity(rt->pid, 1 << CPU), 0);
	skel->struct_ops.ops->flags |= SCX_OPS_KEEP_BUILTIN_IDLE;
	skel->struct_ops.ops->tick = skel->progs.lab_tick;
	skel->struct_ops.ops->update_idle = skel->progs.lab_update_idle;
	skel->struct_ops.ops->cpu_acquire = skel->progs.lab_cpu_acquire;
	skel->struct_ops.ops->cpu_release = skel->progs.lab_cpu_release;
	s = SCHED_START(skel);
	make_asked(w, rt);
	for (i = 0; i < ARRAY_SIZE(asking); i++)
		EXPECT_TRUE(WAIT_FOR(nr_asked(s, asking[i], 0)));
	EXPECT_GT(nr_dispatches(skel), 0);

	held_begin(s);
	from = JOURNAL_NOW(s);
	before = nr_dispatches(skel);
	ASSERT_EQ(set_affinity(rt->pid, 1 << CPU | 1 << OTHER), 0);
	make_asked(w, rt);
	for (i = 0; i < ARRAY_SIZE(asking); i++)
		EXPECT_EQ(nr_asked(s, asking[i], from), 0);
	EXPECT_EQ(nr_dispatches(skel), before);
	EXPECT_GT(journal_count(s, J_running, w->pid), 1);
	end_bypass(skel, s);
}

TEST(it_is_told_what_becomes_of_its_tasks_all_the_same)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_held(0);
	struct sched *s = SCHED_START(skel);
	u32 from;

	held_begin(s);
	from = JOURNAL_NOW(s);
	worker_do(w, worker_nop);
	EXPECT_STORY_FROM(s, w->pid, from, "runnable(WAKEUP) running stopping(0) quiescent(SLEEP)");
	from = JOURNAL_NOW(s);
	ASSERT_EQ(setpriority(PRIO_PROCESS, w->pid, 19), 0);
	ASSERT_EQ(set_affinity(w->pid, 1 << CPU | 1 << OTHER), 0);
	EXPECT_STORY_FROM(s, w->pid, from, "set_weight(1) set_cpumask(12)");
	from = JOURNAL_NOW(s);
	ASSERT_EQ(set_policy(w->pid, SCHED_OTHER, 0), 0);
	EXPECT_STORY_FROM(s, w->pid, from, "set_weight(1) disable");
	end_bypass(skel, s);
}

/* Or those who were among the first would wait behind those who stay, and the unload for them. */
TEST(nobody_leaves_the_class_before_all_do)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_held(0);
	struct sched *s = SCHED_START(skel);

	held_begin(s);
	ASSERT_EQ(set_policy(w->pid, SCHED_OTHER, 0), 0);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	ASSERT_EQ(set_policy(w->pid, SCHED_EXT, 0), 0);
	EXPECT_TRUE(task_is_on_scx(w->pid));
	worker_do(w, worker_nop);
	end_bypass(skel, s);
	EXPECT_FALSE(task_is_on_scx(w->pid));
	worker_do(w, worker_nop);
}

/*
 * Parameters
 */

TEST(a_parameter_may_be_given_at_boot)
{
	EXPECT_EQ(file_number(PARAMETERS "slice_bypass_us"), BOOT_SLICE_US);
	EXPECT_EQ(file_number(PARAMETERS "bypass_lb_intv_us"), DEFAULT_INTERVAL_US);
}

TEST(parameters_have_their_ranges)
{
	static const struct {
		const char *name, *value;
		int err;
	} rows[] = {
		{ "slice_bypass_us", "100", 0 },
		{ "slice_bypass_us", "100000", 0 },
		{ "slice_bypass_us", "99", -EINVAL },
		{ "slice_bypass_us", "100001", -EINVAL },
		{ "slice_bypass_us", "0", -EINVAL },
		{ "slice_bypass_us", "-1", -EINVAL },
		{ "slice_bypass_us", "1000us", -EINVAL },
		{ "slice_bypass_us", "4294968296", -ERANGE },
		{ "bypass_lb_intv_us", "0", 0 },
		{ "bypass_lb_intv_us", "10000000", 0 },
		{ "bypass_lb_intv_us", "10000001", -EINVAL },
		{ "bypass_lb_intv_us", "\n", -EINVAL },
		{ "bypass_lb_intv_us", "never", -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[128], before[32];

		printf("%s to \"%s\"\n", rows[i].name, rows[i].value);
		snprintf(path, sizeof(path), PARAMETERS "%s", rows[i].name);
		ASSERT_TRUE(file_read("%s", path));
		snprintf(before, sizeof(before), "%s", file_read("%s", path));
		EXPECT_EQ(file_write(path, rows[i].value), rows[i].err);
		EXPECT_STREQ(file_read("%s", path), rows[i].err ? before : rows[i].value);
	}
	reset_parameters();
}

TEST(parameters_are_for_root_alone)
{
	static const char *const names[] = { "slice_bypass_us", "bypass_lb_intv_us" };
	struct stat st;
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), PARAMETERS "%s", names[i]);
		ASSERT_EQ(stat(path, &st), 0);
		EXPECT_EQ(st.st_mode & 07777, 0600);
		EXPECT_EQ(st.st_uid, 0);
	}
}

TEST(the_slice_is_that_of_the_parameter)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_held(0);
	struct sched *s;
	u32 nr;

	set_parameter("slice_bypass_us", 54321);
	s = SCHED_START(skel);
	held_begin(s);
	nr = journal_count(s, J_running, w->pid);
	worker_do(w, worker_nop);
	EXPECT_EQ(journal_find(s, J_running, w->pid, nr)->arg2, 54321000);
	end_bypass(skel, s);
}

/*
 * Spreading
 */

/* One runs and the others wait for it, where they will be when bypass begins. */
struct crowd {
	struct worker *w[6];
	struct lab_bpf *skel;
	struct sched *s;
};

static void crowd_init(struct crowd *c, unsigned int interval_us)
{
	size_t i;

	c->skel = open_held(0);
	set_parameter("slice_bypass_us", 1000);
	set_parameter("bypass_lb_intv_us", interval_us);
	c->skel->data->journal_mask = J_BIT(enqueue) | J_BIT(running) | J_BIT(note);
	c->skel->bss->knobs.select_cpu.cpu = CPU;
	c->s = SCHED_START(c->skel);
	for (i = 0; i < ARRAY_SIZE(c->w); i++) {
		c->w[i] = worker_start(.cpus = 1 << CPU | 1 << OTHER);
		atomic_store(&c->w[i]->page->stop, false);
		worker_post(c->w[i], worker_spin);
		ASSERT_TRUE(WAIT_FOR(journal_count(c->s, J_enqueue, c->w[i]->pid)));
		EXPECT_EQ(journal_find(c->s, J_enqueue, c->w[i]->pid, 0)->arg2, CPU);
	}
}

static u32 nr_runs_on(const struct sched *s, const struct worker *w, int cpu)
{
	u32 i, nr = 0;

	for (i = 0; i < JOURNAL_NOW(s) && i < JOURNAL_LEN; i++) {
		const struct journal_entry *e = &s->journal[i];

		nr += e->op == J_running + 1 && e->pid == w->pid && (int)e->arg == cpu;
	}
	return nr;
}

/* How many of them have run on OTHER. */
static size_t crowd_nr_moved(const struct crowd *c)
{
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(c->w); i++)
		nr += nr_runs_on(c->s, c->w[i], OTHER) > 0;
	return nr;
}

static void crowd_exit(struct crowd *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c->w); i++)
		worker_stop_spin(c->w[i]);
	held_end(c->skel, c->s);
	reset_parameters();
}

TEST(tasks_that_wait_on_one_cpu_are_spread)
{
	unsigned int node, nr_cpus, nr_tasks, nr_given, before[2], after[2];
	const char *line;
	struct crowd c;
	size_t i;

	ASSERT_EQ(file_write(TRACE_SPREAD, "1"), 0);
	ASSERT_EQ(file_write(TRACING "trace", ""), 0);
	crowd_init(&c, 10000);
	/* this one is not to leave */
	ASSERT_EQ(set_affinity(c.w[3]->pid, 1 << CPU), 0);
	EXPECT_EQ(crowd_nr_moved(&c), 0);
	held_begin(c.s);
	EXPECT_TRUE(WAIT_FOR(crowd_nr_moved(&c) > 1));
	for (i = 0; i < ARRAY_SIZE(c.w); i++)
		EXPECT_TRUE(worker_spins_on(c.w[i]));
	EXPECT_EQ(nr_runs_on(c.s, c.w[3], OTHER), 0);

	/* and it is told, by the first of them here */
	line = strstr(file_read(TRACING "trace"), "sched_ext_bypass_lb: ");
	ASSERT_TRUE(line);
	ASSERT_EQ(sscanf(line,
			 "sched_ext_bypass_lb: node %u: cpus %u tasks %u balanced %u "
			 "before %u-%u after %u-%u",
			 &node, &nr_cpus, &nr_tasks, &nr_given, &before[0], &before[1], &after[0],
			 &after[1]),
		  8);
	EXPECT_EQ(node, 0);
	EXPECT_EQ(nr_cpus, 4);
	EXPECT_GE(nr_tasks, nr_given);
	EXPECT_LE(nr_tasks, ARRAY_SIZE(c.w));
	EXPECT_GT(nr_given, 0);
	EXPECT_EQ(before[0], 0);
	EXPECT_GT(before[1], after[1]);
	EXPECT_LE(after[0], after[1]);
	file_write(TRACE_SPREAD, "0");
	file_write(TRACING "trace", "");
	crowd_exit(&c);
}

TEST(an_interval_of_0_leaves_them_where_they_are)
{
	struct crowd c;
	size_t i;

	crowd_init(&c, 0);
	held_begin(c.s);
	/* some hundred ticks, each a chance to spread them */
	for (i = 0; i < ARRAY_SIZE(c.w); i++)
		ASSERT_TRUE(WAIT_FOR(nr_runs_on(c.s, c.w[i], CPU) > 50));
	EXPECT_EQ(crowd_nr_moved(&c), 0);
	crowd_exit(&c);
}

TEST(tasks_that_were_given_to_a_cpu_come_back_when_it_goes)
{
	struct worker *fair = worker_start(.normal = true, .cpus = 1 << OTHER);
	struct crowd c;
	int64_t now_ms;
	size_t i;

	ASSERT_EQ(file_write(TRACE_SPREAD, "1"), 0);
	ASSERT_EQ(file_write(TRACING "trace", ""), 0);
	crowd_init(&c, 10000);
	/* the CPU gets those that are not to stay, but does not come to take them */
	for (i = 0; i < ARRAY_SIZE(c.w) - 2; i++)
		ASSERT_EQ(set_affinity(c.w[i]->pid, 1 << CPU), 0);
	worker_start_spin(fair);
	held_begin(c.s);
	ASSERT_TRUE(WAIT_FOR(strstr(file_read(TRACING "trace"), "sched_ext_bypass_lb: ")));
	/* when it goes nobody is just looking: the look that is due by then is over */
	set_parameter("bypass_lb_intv_us", 2000000);
	for (now_ms = wait_now_ms(); wait_now_ms() < now_ms + 50;)
		wait_nap();
	ASSERT_EQ(cpu_set_online(OTHER, false), 0);
	EXPECT_EQ(crowd_nr_moved(&c), 0);
	/* nor do those that stay keep their CPU from going idle */
	for (i = 0; i < ARRAY_SIZE(c.w) - 2; i++)
		worker_stop_spin(c.w[i]);
	for (; i < ARRAY_SIZE(c.w); i++)
		EXPECT_TRUE(worker_spins_on(c.w[i]));
	EXPECT_TRUE(scx_state_is("disabling"));
	ASSERT_EQ(cpu_set_online(OTHER, true), 0);
	file_write(TRACE_SPREAD, "0");
	file_write(TRACING "trace", "");
	worker_stop_spin(fair);
	crowd_exit(&c);
}

/*
 * What is counted
 */

TEST(bypass_is_counted)
{
	struct worker *w = worker_start(.cpus = 1 << CPU);
	struct lab_bpf *skel = open_held(0);
	struct sched *s = SCHED_START(skel);
	long long duration, dispatched;

	/* once at the end of the load, for a while */
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_ACTIVATE"), 1);
	duration = sched_event("SCX_EV_BYPASS_DURATION");
	EXPECT_GT(duration, 0);
	dispatched = sched_event("SCX_EV_BYPASS_DISPATCH");
	worker_do(w, worker_nop);
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_DISPATCH"), dispatched);

	held_begin(s);
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_ACTIVATE"), 2);
	worker_do(w, worker_nop);
	EXPECT_GT(sched_event("SCX_EV_BYPASS_DISPATCH"), dispatched);
	/* this time it is not over */
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_DURATION"), duration);
	end_bypass(skel, s);
}

TEST(bypass_ends_with_the_load_and_with_the_unload)
{
	int turn, cpu;

	/* were it left on by the first, it would still be on in the second */
	for (turn = 0; turn < 2; turn++) {
		struct worker *w = worker_start(.cpus = 1 << CPU);
		struct lab_bpf *skel = open_held(0);
		struct sched *s = SCHED_START(skel);

		for (cpu = 0; cpu < nr_cpus(); cpu++) {
			long long flags = LAB_DO(s, RQ_FLAGS, cpu);

			ASSERT_GE(flags, 0);
			EXPECT_EQ(flags & RQ_BYPASSING, 0);
		}
		worker_do(w, worker_nop);
		EXPECT_EQ(journal_count(s, J_enqueue, w->pid), 1);
		held_begin(s);
		end_bypass(skel, s);
		lab_bpf__destroy(skel);
	}
}
