// SPDX-License-Identifier: GPL-2.0
/*
 * What is told outside of BPF: the files in /sys/kernel/sched_ext, the event on the socket that
 * udev listens to, the trace event of the counters. Values that a file has for what other tests
 * are about are checked there.
 */
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"

#include "btf_text.h"
#include "hotplug.bpf.skel.h"

#define TRACING "/sys/kernel/tracing/"
#define TRACE_EVENT TRACING "events/sched_ext/sched_ext_event/"

static bool has_root(void)
{
	return file_exists(SCX_SYSFS "root");
}

/* What the file has, to the last byte, with the length. */
static int read_raw(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), len;

	ASSERT_GE(fd, 0);
	len = read(fd, text, size - 1);
	ASSERT_GE(len, 0);
	text[len] = '\0';
	close(fd);
	return len;
}

/*
 * The files
 */

TEST(every_file_is_one_line_that_anybody_may_read_and_nobody_write)
{
	static const char *const names[] = {
		"state", "switch_all", "nr_rejected", "hotplug_seq", "enable_seq", "root/ops",
	};
	struct sched *s = SCHED_START(rig_open(0));
	char path[128], text[256];
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		printf("%s\n", names[i]);
		snprintf(path, sizeof(path), SCX_SYSFS "%s", names[i]);
		ASSERT_EQ(stat(path, &st), 0);
		EXPECT_EQ(st.st_mode & 07777, 0444);
		EXPECT_EQ(file_write(path, "1"), -EACCES);
		/* loaders parse it: nothing but the newline comes behind the value */
		ASSERT_GT(read_raw(path, text, sizeof(text)), 1);
		EXPECT_EQ(strcspn(text, " \t\n"), strlen(text) - 1);
		EXPECT_EQ(text[strlen(text) - 1], '\n');
	}
	rig_stop(s);
}

TEST(the_counters_have_a_line_each_in_the_order_of_the_struct)
{
	const struct btf_type *stats =
		btf__type_by_id(kernel_btf(), btf_id("scx_event_stats", BTF_KIND_STRUCT));
	struct sched *s = SCHED_START(rig_open(0));
	char text[4096], *line, *save = NULL;
	int i = 0;

	read_raw(SCX_SYSFS "root/events", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[64];
		long long value;
		int end = 0;

		ASSERT_LT(i, btf_vlen(stats));
		ASSERT_EQ(sscanf(line, "%63s %lld%n", name, &value, &end), 2);
		EXPECT_EQ(line[end], '\0');
		EXPECT_GE(value, 0);
		EXPECT_STREQ(name,
			     btf__name_by_offset(kernel_btf(), btf_members(stats)[i++].name_off));
	}
	EXPECT_EQ(i, btf_vlen(stats));
	rig_stop(s);
}

/*
 * The life of a scheduler
 */

static void *attach(void *s)
{
	return (void *)(long)sched_attach(s);
}

TEST(a_scheduler_is_seen_from_the_beginning_of_its_load)
{
	struct worker *w = worker_start();
	struct hotplug_bpf *skel;
	long long seq;
	pthread_t loader;
	struct sched *s;
	void *ret;

	skel = SCHED_OPEN(hotplug_bpf);
	seq = file_number(SCX_SYSFS "enable_seq");
	EXPECT_FALSE(has_root());
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);

	skel->struct_ops.ops->flags = 0;
	skel->bss->hold_pid = w->pid;
	skel->bss->hold = true;
	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	/* the programs are there, the scheduler is not */
	EXPECT_TRUE(scx_state_is("disabled"));
	EXPECT_FALSE(has_root());
	ASSERT_EQ(pthread_create(&loader, NULL, attach, s), 0);
	ASSERT_TRUE(WAIT_FOR(skel->bss->in_init));
	EXPECT_TRUE(scx_state_is("enabling"));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "hotplug");
	EXPECT_EQ(sched_event("SCX_EV_SELECT_CPU_FALLBACK"), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), seq);
	EXPECT_TRUE(skel->bss->in_init);

	skel->bss->hold = false;
	ASSERT_EQ(pthread_join(loader, &ret), 0);
	ASSERT_EQ((long)ret, 0);
	EXPECT_TRUE(scx_state_is("enabled"));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "hotplug");
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 1);
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), seq + 1);
	sched_stop(s);
	EXPECT_FALSE(has_root());
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), seq + 1);
}

TEST(and_until_the_end_of_its_unload)
{
	struct lab_bpf *skel = held_open(0);
	struct sched *s;

	skel->struct_ops.ops->flags = 0;
	skel->data->journal_mask = J_BIT(note);
	skel->bss->knobs.enqueue.slice = SLICE_DFL;
	s = SCHED_START(skel);
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 1);
	held_begin(s);
	EXPECT_TRUE(scx_state_is("disabling"));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "lab");
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_ACTIVATE"), 2);
	/* tasks of the fair policies begin to leave */
	EXPECT_EQ(file_number(SCX_SYSFS "switch_all"), 0);
	held_end(skel, s);
	EXPECT_FALSE(has_root());
}

TEST(a_load_that_fails_is_not_counted_and_leaves_nothing)
{
	struct lab_bpf *skel = rig_open(0);
	long long seq = file_number(SCX_SYSFS "enable_seq");

	skel->bss->knobs.init_ret = -ENOMEM;
	sched_expect_exit(SCHED_START(skel), KIND_ERROR, "-12");
	EXPECT_EQ(file_number(SCX_SYSFS "enable_seq"), seq);
	EXPECT_FALSE(has_root());
}

TEST(what_was_rejected_is_told_until_the_next_load)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;

	skel->bss->knobs.disallow_pid = w->pid;
	s = SCHED_START(skel);
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 1);
	rig_stop(s);
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 1);
	rig_stop(SCHED_START(rig_open(0)));
	EXPECT_EQ(file_number(SCX_SYSFS "nr_rejected"), 0);
}

/*
 * Who reads while a scheduler goes
 */

TEST(an_open_file_of_a_scheduler_that_is_gone_has_nothing_to_say)
{
	static const char *const names[] = { "ops", "events" };
	struct sched *s = SCHED_START(rig_open(0));
	char path[64], text[4096];
	int fds[ARRAY_SIZE(names)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), SCX_SYSFS "root/%s", names[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_GE(fds[i], 0);
		EXPECT_GT(pread(fds[i], text, sizeof(text), 0), 0);
	}
	rig_stop(s);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(pread(fds[i], text, sizeof(text), 0), -1);
		EXPECT_EQ(errno, ENODEV);
	}

	/* nor about the next one, which has the same name */
	s = SCHED_START(rig_open(0));
	EXPECT_STREQ(file_read(SCX_SYSFS "root/ops"), "lab");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(pread(fds[i], text, sizeof(text), 0), -1);
		close(fds[i]);
	}
	rig_stop(s);
}

/* Read all there is, again and again; every value must be a possible one. */
static _Noreturn void read_for_ever(void)
{
	static const char *const states[] = { "enabling", "enabled", "disabling", "disabled" };

	for (;;) {
		const char *state = file_read(SCX_SYSFS "state");
		const char *ops = file_read(SCX_SYSFS "root/ops");
		size_t i;

		for (i = 0; i < ARRAY_SIZE(states) && strcmp(state ?: "", states[i]); i++)
			;
		if (i == ARRAY_SIZE(states))
			_exit(1);
		/* nothing when it is just going */
		if (ops && ops[0] && strcmp(ops, "lab"))
			_exit(2);
		file_read(SCX_SYSFS "root/events");
	}
}

TEST(readers_do_not_mind_schedulers_that_come_and_go)
{
	struct lab_bpf *skel = rig_open(0);
	struct sched *s;
	pid_t pids[2];
	int i, status;

	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	for (i = 0; i < 2; i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i]) {
			set_affinity(0, 1 << (i + 1));
			read_for_ever();
		}
	}
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(sched_attach(s), 0);
		sched_stop(s);
		skel->data->uei.kind = 0;
	}
	for (i = 0; i < 2; i++) {
		/* they are at it all the same */
		EXPECT_EQ(waitpid(pids[i], &status, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		ASSERT_EQ(waitpid(pids[i], &status, 0), pids[i]);
		EXPECT_TRUE(WIFSIGNALED(status));
	}
}

/*
 * The event for udev
 */

static int listen_uevents(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* The next event of the class: "ACTION@DEVPATH KEY=VALUE ..."; "" if there is none. */
static const char *next_uevent(int fd)
{
	static char text[8192];
	ssize_t len, i;

	while ((len = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		for (i = 0; i < len; i++)
			if (!text[i])
				text[i] = ' ';
		text[len] = '\0';
		if (strstr(text, "SUBSYSTEM=sched_ext "))
			return text;
	}
	return "";
}

TEST(a_load_is_announced_with_the_name)
{
	int fd = listen_uevents();
	struct lab_bpf *skel = rig_open(0);
	const char *text = "";
	struct sched *s;

	/* one that fails is not */
	skel->bss->knobs.init_ret = -ENOMEM;
	sched_expect_exit(SCHED_START(skel), KIND_ERROR, "-12");
	EXPECT_STREQ(next_uevent(fd), "");

	s = SCHED_START(rig_open(0));
	ASSERT_TRUE(WAIT_FOR((text = next_uevent(fd))[0]));
	printf("%s\n", text);
	EXPECT_STRHAS(text, "add@/kernel/sched_ext/root ");
	EXPECT_STRHAS(text, " ACTION=add ");
	EXPECT_STRHAS(text, " SCXOPS=lab ");
	EXPECT_STREQ(next_uevent(fd), "");
	close(fd);
	rig_stop(s);
}

/*
 * Counters in the trace
 */

static size_t nr_lines_with(const char *text, const char *word)
{
	size_t nr = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		nr++;
	}
	return nr;
}

TEST(a_counter_that_goes_up_is_traced)
{
	enum { NR = 5 };
	struct worker *w = worker_start(.cpus = 0x6);
	struct lab_bpf *skel = rig_open(0);
	const char *trace;
	long long before;
	struct sched *s;
	int i;

	/* a CPU that the worker may not use */
	skel->bss->knobs.select_cpu.cpu = 3;
	s = SCHED_START(skel);
	before = sched_event("SCX_EV_SELECT_CPU_FALLBACK");
	ASSERT_EQ(file_write(TRACING "trace", ""), 0);
	ASSERT_EQ(file_write(TRACE_EVENT "filter", "name == \"SCX_EV_SELECT_CPU_FALLBACK\""), 0);
	ASSERT_EQ(file_write(TRACE_EVENT "enable", "1"), 0);
	for (i = 0; i < NR; i++)
		worker_do(w, worker_nop);
	file_write(TRACE_EVENT "enable", "0");
	file_write(TRACE_EVENT "filter", "0");

	EXPECT_EQ(sched_event("SCX_EV_SELECT_CPU_FALLBACK"), before + NR);
	trace = file_read(TRACING "trace");
	EXPECT_EQ(nr_lines_with(trace, "sched_ext_event: "), NR);
	EXPECT_EQ(nr_lines_with(trace, "name SCX_EV_SELECT_CPU_FALLBACK delta 1"), NR);
	file_write(TRACING "trace", "");
	rig_stop(s);
}
