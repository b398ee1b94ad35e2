// SPDX-License-Identifier: GPL-2.0
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Appends @str, which the array then owns; the array keeps its final NULL. */
static int append(char ***array, size_t *nr, char *str)
{
	char **bigger = realloc(*array, (*nr + 2) * sizeof(**array));

	if (!bigger)
		return -ENOMEM;
	bigger[(*nr)++] = str;
	bigger[*nr] = NULL;
	*array = bigger;
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return !strncmp(a, b, len + 1);
}

/* Appends @str, "NAME=VALUE", or puts it where there is one of that name. */
static int set_env(struct job *job, char *str)
{
	size_t i;

	for (i = 0; i < job->nr_env; i++) {
		if (same_name(job->env[i], str)) {
			free(job->env[i]);
			job->env[i] = str;
			return 0;
		}
	}
	return append(&job->env, &job->nr_env, str);
}

/* Takes msg->data over where it keeps it. Returns 1 at the end of the job, 0, or a negative errno. */
static int job_add(struct job *job, struct wire_msg *msg)
{
	char *str = msg->data;
	int err;

	switch (msg->type) {
	case WIRE_CWD:
		free(job->cwd);
		job->cwd = str;
		err = 0;
		break;
	case WIRE_ENV:
		err = set_env(job, str);
		break;
	case WIRE_ARG:
		err = append(&job->arg, &job->nr_arg, str);
		break;
	case WIRE_RW:
		err = append(&job->rw, &job->nr_rw, str);
		break;
	case WIRE_START:
		wire_msg_exit(msg);
		return 1;
	default:
		err = -EBADMSG;
		break;
	}
	if (err)
		wire_msg_exit(msg);
	return err;
}

static int job_init(struct job *job)
{
	*job = (struct job){
		.env = calloc(1, sizeof(*job->env)),
		.arg = calloc(1, sizeof(*job->arg)),
		.rw = calloc(1, sizeof(*job->rw)),
	};
	return job->env && job->arg && job->rw ? 0 : -ENOMEM;
}

int job_recv(int control, struct job *job)
{
	struct wire_msg msg;
	int ret = job_init(job);

	while (!ret) {
		ret = wire_recv(control, &msg);
		if (ret == 0)
			ret = -EPIPE;
		if (ret == 1)
			ret = job_add(job, &msg);
	}
	if (ret == 1)
		ret = job->cwd && job->nr_arg ? 0 : -EBADMSG;
	if (ret)
		job_exit(job);
	return ret;
}

static void free_strings(char **array)
{
	size_t i;

	for (i = 0; array && array[i]; i++)
		free(array[i]);
	free(array);
}

void job_exit(struct job *job)
{
	free(job->cwd);
	free_strings(job->env);
	free_strings(job->arg);
	free_strings(job->rw);
	*job = (struct job){};
}

struct exec_error {
	int err;
	bool in_chdir;
};

static void __attribute__((noreturn)) exec_child(const struct job *job,
						 const int fds[WIRE_NR_STREAMS], int error_fd)
{
	struct exec_error error = { .in_chdir = true };
	sigset_t none;
	int i;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (i = 0; i < WIRE_NR_STREAMS; i++)
		dup2(fds[i], i);

	if (!chdir(job->cwd)) {
		error.in_chdir = false;
		environ = job->env;
		execvp(job->arg[0], job->arg);
	}
	error.err = errno;
	if (write(error_fd, &error, sizeof(error)) != sizeof(error))
		_exit(126);
	_exit(127);
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* pipes[i][0] is the reading end. All are out of the way of the standard descriptors. */
static int make_pipes(int (*pipes)[2], int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		if (pipe2(pipes[i], O_CLOEXEC)) {
			int err = -errno;

			while (i--)
				close_pair(pipes[i]);
			return err;
		}
	}
	return 0;
}

static int explain(const struct job *job, int control, const struct exec_error *error)
{
	if (error->in_chdir)
		say(control, "cannot enter the directory %s in the guest: %s", job->cwd,
		    strerror(error->err));
	else
		say(control, "cannot run '%s' in the guest: %s", job->arg[0],
		    error->err == ENOENT ? "no such command" : strerror(error->err));
	return !error->in_chdir && error->err == ENOENT ? 127 : 126;
}

int job_start(const struct job *job, int control, struct child *child)
{
	enum { ERROR = WIRE_NR_STREAMS, NR_PIPES };
	struct exec_error error;
	int pipes[NR_PIPES][2];
	ssize_t n;
	int i;

	error = (struct exec_error){ .err = -make_pipes(pipes, NR_PIPES) };
	if (error.err)
		return explain(job, control, &error);

	child->pid = fork();
	if (child->pid == 0) {
		int fds[] = { pipes[WIRE_STDIN][0], pipes[WIRE_STDOUT][1], pipes[WIRE_STDERR][1] };

		exec_child(job, fds, pipes[ERROR][1]);
	}
	error.err = errno;
	close(pipes[ERROR][1]);
	n = child->pid < 0 ? (ssize_t)sizeof(error) : read(pipes[ERROR][0], &error, sizeof(error));
	close(pipes[ERROR][0]);
	if (n == sizeof(error)) {
		for (i = 0; i < WIRE_NR_STREAMS; i++)
			close_pair(pipes[i]);
		return explain(job, control, &error);
	}
	for (i = 0; i < WIRE_NR_STREAMS; i++) {
		bool writes = i == WIRE_STDIN;

		child->pipe[i] = pipes[i][writes];
		close(pipes[i][!writes]);
	}
	return 0;
}
