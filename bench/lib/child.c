// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's side: report why exec failed through @report, or become @argv. */
static _Noreturn void child_exec(const struct child *child, int report, const char *const argv[])
{
	int null = open("/dev/null", O_RDONLY);
	int err;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(child->out, STDOUT_FILENO);
	dup2(child->err, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	err = errno;
	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static int child_fork(struct child *child, const char *const argv[])
{
	int report[2], exec_err = 0;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	child->pid = fork();
	if (!child->pid)
		child_exec(child, report[1], argv);
	close(report[1]);
	if (child->pid < 0)
		exec_err = errno;
	else if (read(report[0], &exec_err, sizeof(exec_err)) < 0)
		exec_err = errno;
	close(report[0]);
	return -exec_err;
}

int child_init(struct child *child, const char *const argv[], struct why *why)
{
	int err;

	*child = (struct child){ .pidfd = -1 };
	child->out = memfd_create("stdout", MFD_CLOEXEC);
	child->err = memfd_create("stderr", MFD_CLOEXEC);
	if (child->out < 0 || child->err < 0)
		err = -errno;
	else
		err = child_fork(child, argv);
	if (!err) {
		child->pidfd = pidfd_open(child->pid, 0);
		if (child->pidfd < 0)
			err = -errno;
	}
	if (err) {
		child_exit(child);
		return why_set(why, err, "cannot run %s: %s", argv[0], strerror(-err));
	}
	return 0;
}

/* Ends what it left behind, too, while the number of its process group cannot be another's. */
static int child_reap(struct child *child)
{
	siginfo_t info;
	int status;

	while (waitid(P_PID, child->pid, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	child->pid = 0;
	child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static int child_poll(const struct child *child, int timeout_ms)
{
	struct pollfd pfd = { .fd = child->pidfd, .events = POLLIN };

	return poll(&pfd, 1, timeout_ms);
}

int child_wait(struct child *child, int timeout_ms)
{
	int ready;

	if (!child->pid)
		return 0;
	do
		ready = child_poll(child, timeout_ms);
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	return ready ? child_reap(child) : -ETIMEDOUT;
}

void child_signal(const struct child *child, int signal)
{
	if (child_runs(child))
		pidfd_send_signal(child->pidfd, signal, NULL, 0);
}

bool child_runs(const struct child *child)
{
	return child->pid && child_poll(child, 0) == 0;
}

char *child_output(int fd)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return NULL;
	text = malloc(st.st_size + 1);
	if (!text)
		return NULL;
	n = pread(fd, text, st.st_size, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

void child_exit(struct child *child)
{
	if (child->pid > 0) {
		kill(-child->pid, SIGKILL);
		kill(child->pid, SIGKILL);
		child_reap(child);
	}
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->out >= 0)
		close(child->out);
	if (child->err >= 0)
		close(child->err);
	*child = (struct child){ .pidfd = -1, .out = -1, .err = -1 };
}

int child_run(struct child *child, const char *const argv[], int timeout_ms, struct why *why)
{
	char *said;
	int err;

	err = child_init(child, argv, why);
	if (err)
		return err;
	err = child_wait(child, timeout_ms);
	if (err == -ETIMEDOUT)
		why_set(why, err, "%s did not end within %d s", argv[0], timeout_ms / 1000);
	else if (err)
		why_set(why, err, "cannot wait for %s: %s", argv[0], strerror(-err));
	else if (child->status) {
		said = child_output(child->err);
		err = why_set(why, -ECHILD, "%s failed with status %d%s%s", argv[0], child->status,
			      said && *said ? ": " : "", said ?: "");
		free(said);
	}
	if (err)
		child_exit(child);
	return err;
}
