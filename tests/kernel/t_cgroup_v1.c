// SPDX-License-Identifier: GPL-2.0
/* The same callbacks about cgroups of version 1, whose weights are called shares, of 1024. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"

#include "cgroup.h"
#include "cgroup.bpf.skel.h"
#include "worker.h"

#define CONTROL "/sys/fs/cgroup/cgroup.subtree_control"
#define CPU_V1 "/tmp/cpu_v1"
#define GROUP CPU_V1 "/group"

/* A controller serves one version at a time. @controllers: cpu, and what else there is to be. */
static void mount_v1(const char *controllers)
{
	ASSERT_EQ(file_write(CONTROL, "-cpuset -cpu"), 0);
	ASSERT_EQ(mkdir(CPU_V1, 0755), 0);
	/* it is busy until version 2 has let go of it */
	ASSERT_TRUE(WAIT_FOR(!mount("cgroup", CPU_V1, "cgroup", 0, controllers)));
}

static void unmount_v1(void)
{
	ASSERT_EQ(umount(CPU_V1), 0);
	ASSERT_EQ(rmdir(CPU_V1), 0);
	ASSERT_TRUE(WAIT_FOR(!file_write(CONTROL, "+cpu +cpuset")));
}

/* The last call so far, which must be one of @op about the cgroup @id. */
static const struct cgroup_told *last_told(const struct cgroup_bpf *skel, enum journal_op op,
					   u64 id)
{
	const struct cgroup_told *t;

	ASSERT_GT(skel->bss->nr_told, 0);
	t = &skel->bss->told[skel->bss->nr_told - 1];
	ASSERT_EQ(t->op, op);
	ASSERT_EQ(t->id, id);
	return t;
}

TEST(cgroups_of_version_1_are_told_like_those_of_version_2)
{
	static const struct {
		const char *shares;
		u64 weight;
	} rows[] = {
		{ "2048", 200 }, { "1024", 100 }, { "512", 50 }, { "2", 1 }, { "262144", 10000 },
	};
	struct cgroup_bpf *skel = SCHED_OPEN(cgroup_bpf);
	struct worker *w = worker_start();
	const struct cgroup_told *t;
	struct sched *s;
	char pid[16];
	size_t i;
	u64 id;

	mount_v1("cpu");
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	s = SCHED_START(skel);
	ASSERT_EQ(mkdir(GROUP, 0755), 0);
	id = file_inode(GROUP);
	EXPECT_EQ(last_told(skel, J_cgroup_init, id)->weight, 100);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%s\n", rows[i].shares);
		ASSERT_EQ(file_write(GROUP "/cpu.shares", rows[i].shares), 0);
		EXPECT_EQ(last_told(skel, J_cgroup_set_weight, id)->weight, rows[i].weight);
	}

	snprintf(pid, sizeof(pid), "%d", w->pid);
	ASSERT_EQ(file_write(GROUP "/tasks", pid), 0);
	t = last_told(skel, J_cgroup_move, file_inode(CPU_V1));
	EXPECT_EQ(t->pid, w->pid);
	EXPECT_EQ(t->to, id);
	ASSERT_EQ(file_write(CPU_V1 "/tasks", pid), 0);
	worker_do(w, worker_nop);

	EXPECT_TRUE(WAIT_FOR(!rmdir(GROUP)));
	EXPECT_TRUE(WAIT_FOR(skel->bss->told[skel->bss->nr_told - 1].op == J_cgroup_exit));
	last_told(skel, J_cgroup_exit, id);
	sched_stop(s);
	unmount_v1();
}

static bool has_controller(const char *name)
{
	const char *all = file_read("/sys/fs/cgroup/cgroup.controllers");

	return all && strstr(all, name);
}

/*
 * The memory controller is asked after the cpu controller, and refuses a process whose pages it
 * is to charge to a cgroup that may have none.
 */
TEST(an_attach_that_another_controller_refuses_is_cancelled)
{
	struct cgroup_bpf *skel = SCHED_OPEN(cgroup_bpf);
	const struct cgroup_told *t;
	struct worker *w;
	struct sched *s;
	char pid[16];
	u64 root, id;

	if (!has_controller("memory"))
		SKIP("this kernel does not account for memory (KERNEL=distro does)");
	w = worker_start();
	mount_v1("cpu,memory");
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	s = SCHED_START(skel);
	ASSERT_EQ(mkdir(GROUP, 0755), 0);
	root = file_inode(CPU_V1);
	id = file_inode(GROUP);
	ASSERT_EQ(file_write(GROUP "/memory.limit_in_bytes", "0"), 0);
	ASSERT_EQ(file_write(GROUP "/memory.move_charge_at_immigrate", "1"), 0);

	snprintf(pid, sizeof(pid), "%d", w->pid);
	ASSERT_EQ(file_write(GROUP "/cgroup.procs", pid), -ENOMEM);
	t = last_told(skel, J_cgroup_cancel_move, root);
	EXPECT_EQ(t->pid, w->pid);
	EXPECT_EQ(t->to, id);
	ASSERT_GT(skel->bss->nr_told, 1);
	EXPECT_EQ(t[-1].op, J_cgroup_prep_move);
	EXPECT_EQ(t[-1].pid, w->pid);
	worker_do(w, worker_nop);

	/* it was as if it had not been asked for: the next one is prepared anew, and leaving works */
	ASSERT_EQ(file_write(GROUP "/memory.move_charge_at_immigrate", "0"), 0);
	ASSERT_EQ(file_write(GROUP "/memory.limit_in_bytes", "-1"), 0);
	ASSERT_EQ(file_write(GROUP "/cgroup.procs", pid), 0);
	t = last_told(skel, J_cgroup_move, root);
	EXPECT_EQ(t[-1].op, J_cgroup_prep_move);
	ASSERT_EQ(file_write(CPU_V1 "/cgroup.procs", pid), 0);
	EXPECT_TRUE(WAIT_FOR(!rmdir(GROUP)));
	sched_stop(s);
	unmount_v1();
}
