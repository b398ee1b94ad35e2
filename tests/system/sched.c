// SPDX-License-Identifier: GPL-2.0
#include "sched.h"

#include <ctype.h>
#include <dirent.h>
#include <sys/stat.h>

#include "tap.h"

TAP_ONLY_IN_GUEST();

static void wait_unloaded(void)
{
	ASSERT_TRUE(WAIT_FOR(scx_state_is("disabled")));
}

void setup_stay_with_cpus(struct busted_bpf *skel)
{
	USE(cpu_online, cpu_online_any);
	USE(cpu_offline, cpu_offline_any);
	/* they may do so between open and attach, too */
	skel->struct_ops.busted_ops->hotplug_seq = 0;
}

void setup_count(struct busted_bpf *skel)
{
	USE(init_task, init_task_count);
	USE(exit_task, exit_task_count);
	USE(enable, enable_count);
	USE(disable, disable_count);
	USE(runnable, runnable_count);
	USE(quiescent, quiescent_count);
	USE(running, running_count);
	USE(stopping, stopping_count);
	USE(dequeue, dequeue_count);
	USE(cgroup_init, cgroup_init_count);
	USE(cgroup_exit, cgroup_exit_count);
	USE(cgroup_prep_move, cgroup_prep_move_count);
	USE(cgroup_move, cgroup_move_count);
	USE(cgroup_cancel_move, cgroup_cancel_move_count);
}

void sched_open(struct sched *s, sched_setup setup)
{
	wait_unloaded();

	s->link = NULL;
	s->skel = SCX_OPS_OPEN(busted_ops, busted_bpf);
	s->skel->rodata->nr_cpus = nr_cpus();
	s->skel->rodata->victim_pid = -1;
	s->skel->rodata->victim_tgid = -1;
	UEI_SET_SIZE(s->skel, busted_ops, uei);
	if (setup)
		setup(s->skel);
}

int sched_load(struct sched *s)
{
	return busted_bpf__load(s->skel);
}

int sched_attach(struct sched *s)
{
	s->link = bpf_map__attach_struct_ops(s->skel->maps.busted_ops);
	return s->link ? 0 : -errno;
}

void sched_start(struct sched *s, sched_setup setup)
{
	sched_open(s, setup);
	ASSERT_EQ(sched_load(s), 0);
	ASSERT_EQ(sched_attach(s), 0);
}

void sched_stop(struct sched *s)
{
	bpf_link__destroy(s->link);
	s->link = NULL;
}

void sched_close(struct sched *s)
{
	sched_stop(s);
	busted_bpf__destroy(s->skel);
	s->skel = NULL;
}

void sched_arm(struct sched *s)
{
	__atomic_store_n(&s->skel->bss->armed, true, __ATOMIC_RELEASE);
}

u64 sched_nr_misdeeds(const struct sched *s)
{
	return __atomic_load_n(&s->skel->bss->nr_misdeeds, __ATOMIC_ACQUIRE);
}

int sched_exit_kind(const struct sched *s)
{
	return UEI_KIND(s->skel, uei);
}

void sched_expect_end(struct sched *s, enum exit_kind kind, const char *msg)
{
	if (!WAIT_FOR(sched_exit_kind(s)))
		fprintf(stderr, "has not ended, after %lu misdeeds\n", sched_nr_misdeeds(s));
	ASSERT_TRUE(sched_exit_kind(s));
	fprintf(stderr, "ended: %s: %s (code 0x%llx)\n", s->skel->data->uei.reason,
		s->skel->data->uei.msg, (unsigned long long)s->skel->data->uei.exit_code);
	EXPECT_EQ(sched_exit_kind(s), kind);
	EXPECT_STRHAS((const char *)s->skel->data->uei.msg, msg);
	expect_all_fair();
}

void sched_expect_nothing_left(const struct sched *s)
{
	static const char *const names[] = {
#define PAIR_NAME(name) #name,
		BUSTED_PAIRS(PAIR_NAME)
#undef PAIR_NAME
	};
	const struct busted_count *counts = s->skel->bss->counts;

	for (int i = 0; i < NR_BUSTED_PAIRS; i++)
		if (!EXPECT_EQ(counts[i].begun, counts[i].ended))
			fprintf(stderr, "pair \"%s\"\n", names[i]);
}

void sched_expect_balanced(const struct sched *s)
{
	const struct busted_count *counts = s->skel->bss->counts;

	sched_expect_nothing_left(s);
	EXPECT_GT(counts[PAIR_known].begun, 0);
	EXPECT_GT(counts[PAIR_cgroup].begun, 0);
}

static bool is_on_scx(const char *task)
{
	const char *text = line_value(file_read("%s/sched", task), "ext.enabled");

	return text && *text == '1';
}

/* The tasks of a process, given its folder. */
static int count_on_scx(const char *process)
{
	struct dirent *task;
	char path[600];
	int nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/task", process);
	dir = opendir(path);
	if (!dir)
		return 0; /* gone by now */
	while ((task = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/task/%s", process, task->d_name);
		nr += isdigit(task->d_name[0]) && is_on_scx(path);
	}
	closedir(dir);
	return nr;
}

int nr_tasks_on_scx(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *process;
	char path[300];
	int nr = 0;

	ASSERT_TRUE(proc);
	while ((process = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s", process->d_name);
		nr += isdigit(process->d_name[0]) ? count_on_scx(path) : 0;
	}
	closedir(proc);
	return nr;
}

void expect_all_fair(void)
{
	wait_unloaded();
	EXPECT_EQ(nr_tasks_on_scx(), 0);
	EXPECT_FALSE(file_exists(SCX_SYSFS "root"));
}
