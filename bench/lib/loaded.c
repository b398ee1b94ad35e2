// SPDX-License-Identifier: GPL-2.0
#include "loaded.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "stats.h"

#define SYSFS		"/sys/kernel/sched_ext/"
#define POLL_NS		(200 * NSEC_PER_USEC)

/* The kernel's view */

/* Reads one line of a file of the class. Returns 0 or -errno. */
static int sysfs_read(const char *path, char *ret_text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_text, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	ret_text[n] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return 0;
}

static bool state_is(const char *want)
{
	char state[32];

	return !sysfs_read(SYSFS "state", state, sizeof(state)) && !strcmp(state, want);
}

/* -1 on a kernel that does not count: then equal is still unchanged. */
static long read_enable_seq(void)
{
	char text[32];

	return sysfs_read(SYSFS "enable_seq", text, sizeof(text)) ? -1 : atol(text);
}

int loaded_require_none(struct why *why)
{
	char state[32];
	int err = sysfs_read(SYSFS "state", state, sizeof(state));

	if (err == -ENOENT)
		return 0;
	if (err)
		return why_set(why, err, "cannot read " SYSFS "state: %s", strerror(-err));
	if (strcmp(state, "disabled"))
		return why_set(why, -EBUSY,
			       "a BPF scheduler is loaded already (state is \"%s\", not \"disabled\")",
			       state);
	return 0;
}

/* What the loader said */

static bool line_is_end(const char *line, size_t len)
{
	return len > 5 && !strncmp(line, "EXIT:", 5);
}

/* Copies the last line of @text that tells the end; leaves *@ret_line alone if there is none. */
static int find_end(const char *text, char **ret_line)
{
	const char *found = NULL;
	size_t found_len = 0, len;
	char *copy;

	for (const char *line = text; *line; line += len + !!line[len]) {
		len = strcspn(line, "\n");
		if (line_is_end(line, len)) {
			found = line;
			found_len = len;
		}
	}
	if (!found)
		return 0;
	copy = strndup(found, found_len);
	if (!copy)
		return -ENOMEM;
	free(*ret_line);
	*ret_line = copy;
	return 0;
}

int loaded_report_parse(struct loaded_report *ret_report, const char *out, const char *err)
{
	struct loaded_report r = {};
	int ret;

	ret = stats_last(out, &r.stats);
	if (!ret)
		ret = find_end(out, &r.end);
	if (!ret)
		ret = find_end(err, &r.end);
	if (ret) {
		loaded_report_exit(&r);
		return ret;
	}
	if (r.end) {
		size_t skip = strspn(r.end + 5, " ") + 5;

		memmove(r.end, r.end + skip, strlen(r.end + skip) + 1);
	}
	*ret_report = r;
	return 0;
}

void loaded_report_exit(struct loaded_report *report)
{
	free(report->stats);
	free(report->end);
	memset(report, 0, sizeof(*report));
}

/* Fails with @what, followed by what the loader printed on stderr (or stdout). */
static int fail_with_output(struct loaded *sched, struct why *why, int err, const char *what)
{
	char *said = child_output(sched->loader.err);

	if (said && !*said) {
		free(said);
		said = child_output(sched->loader.out);
	}
	why_set(why, err, "%s; its loader said: %s", what, said && *said ? said : "nothing");
	free(said);
	return err;
}

/* Its life */

/*
 * Enabled and counted: the kernel counts a load shortly after it shows the new
 * state, and a count read too early would look like a second load later.
 */
static bool is_loaded(long seq_before)
{
	return state_is("enabled") && (seq_before < 0 || read_enable_seq() != seq_before);
}

/* Waits until a scheduler is loaded, the loader ends, or time is over. */
static int wait_until_loaded(struct loaded *sched, long seq_before, int timeout_ms)
{
	uint64_t deadline_ns = clock_ns() + timeout_ms * NSEC_PER_MSEC;

	for (;;) {
		bool runs = child_runs(&sched->loader);

		/* In this order: what an ended loader left behind is final. */
		if (is_loaded(seq_before))
			return 0;
		if (!runs)
			return -ESRCH;
		if (timeout_ms >= 0 && clock_ns() > deadline_ns)
			return -ETIMEDOUT;
		clock_sleep_until(clock_ns() + POLL_NS);
	}
}

int loaded_init(struct loaded *sched, const char *const argv[], int timeout_ms, struct why *why)
{
	long seq = read_enable_seq();
	uint64_t start_ns = clock_ns();
	int err;

	err = loaded_require_none(why);
	if (err)
		return err;
	err = child_init(&sched->loader, argv, why);
	if (err)
		return err;
	err = wait_until_loaded(sched, seq, timeout_ms);
	sched->start_ns = clock_ns() - start_ns;
	sched->enable_seq = read_enable_seq();
	if (err == -ESRCH) {
		fail_with_output(sched, why, err, "the scheduler was not loaded");
	} else if (err) {
		fail_with_output(sched, why, err, "the scheduler was not enabled in time");
	} else {
		err = sysfs_read(SYSFS "root/ops", sched->ops, sizeof(sched->ops));
		if (err || !*sched->ops)
			err = fail_with_output(sched, why, -ENOENT,
					       "the kernel names no loaded scheduler in " SYSFS
					       "root/ops");
		else if (seq >= 0 && sched->enable_seq != seq + 1)
			err = fail_with_output(sched, why, -EBUSY,
					       "the scheduler was loaded more than once");
	}
	if (err)
		loaded_exit(sched);
	return err;
}

int loaded_check(struct loaded *sched, struct why *why)
{
	char ops[sizeof(sched->ops)] = "";

	if (state_is("enabled") && !sysfs_read(SYSFS "root/ops", ops, sizeof(ops)) &&
	    !strcmp(ops, sched->ops) && read_enable_seq() == sched->enable_seq &&
	    child_runs(&sched->loader))
		return 0;
	/* An ejected scheduler's loader prints the reason as it ends. */
	child_wait(&sched->loader, 5000);
	return fail_with_output(sched, why, -ECANCELED, "the scheduler did not stay loaded");
}

int loaded_stop(struct loaded *sched, int timeout_ms, struct loaded_report *ret_report,
		struct why *why)
{
	char *out, *err_text;
	int err;

	child_signal(&sched->loader, SIGINT);
	err = child_wait(&sched->loader, timeout_ms);
	if (err)
		return fail_with_output(sched, why, err, "the loader did not end after SIGINT");
	if (sched->loader.status)
		return fail_with_output(sched, why, -ECANCELED, "the loader ended with an error");
	if (!state_is("disabled"))
		return fail_with_output(sched, why, -EBUSY,
					"the kernel still runs a BPF scheduler");
	out = child_output(sched->loader.out);
	err_text = child_output(sched->loader.err);
	err = out && err_text ? loaded_report_parse(ret_report, out, err_text) : -ENOMEM;
	free(out);
	free(err_text);
	return err ? why_set(why, err, "out of memory") : 0;
}

void loaded_exit(struct loaded *sched)
{
	child_exit(&sched->loader);
}
