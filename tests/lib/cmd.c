// SPDX-License-Identifier: GPL-2.0
#include "cmd.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

extern char **environ;

/* Files rather than pipes: nobody has to read while the program runs. */
struct cmd_files {
	int in, out, err;
};

static void files_exit(struct cmd_files *files)
{
	if (files->in >= 0)
		close(files->in);
	if (files->out >= 0)
		close(files->out);
	if (files->err >= 0)
		close(files->err);
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0)
			return -errno;
		text += n;
		left -= n;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int files_init(struct cmd_files *files, const char *input)
{
	int err;

	files->in = memfd_create("stdin", MFD_CLOEXEC);
	files->out = memfd_create("stdout", MFD_CLOEXEC);
	files->err = memfd_create("stderr", MFD_CLOEXEC);
	if (files->in < 0 || files->out < 0 || files->err < 0)
		err = -errno;
	else
		err = write_all(files->in, input ?: "");
	if (err)
		files_exit(files);
	return err;
}

static int read_all(int fd, char **ret_text)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	n = pread(fd, text, st.st_size, 0);
	if (n < 0) {
		free(text);
		return -errno;
	}
	text[n] = '\0';
	*ret_text = text;
	return 0;
}

static int spawn(pid_t *ret_pid, const struct cmd_files *files, const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, files->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, files->out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, files->err, STDERR_FILENO);
	err = posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int cmd_run(struct cmd_result *ret_result, const char *input, const char *const argv[])
{
	struct cmd_files files;
	int status, err;
	pid_t pid;

	memset(ret_result, 0, sizeof(*ret_result));
	err = files_init(&files, input);
	if (err)
		return err;
	err = spawn(&pid, &files, argv);
	if (err)
		goto exit_files;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			err = -errno;
			goto exit_files;
		}
	}
	ret_result->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	err = read_all(files.out, &ret_result->out);
	if (!err)
		err = read_all(files.err, &ret_result->err);
	if (err)
		cmd_result_exit(ret_result);
exit_files:
	files_exit(&files);
	return err;
}

void cmd_result_exit(struct cmd_result *result)
{
	free(result->out);
	free(result->err);
	memset(result, 0, sizeof(*result));
}

const char *cmd_top(void)
{
	static const char build[] = "/build/tests/";
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *end = NULL, *at = path;

	path[n > 0 ? n : 0] = '\0';
	/* the last one: the checkout itself may lie below a folder of that name */
	while ((at = strstr(at, build)))
		end = at++;
	ASSERT_TRUE(end);
	*end = '\0';
	return path;
}

const char *cmd_program(const char *name)
{
	char *path;

	ASSERT_GT(asprintf(&path, "%s/build/bin/%s", cmd_top(), name), 0);
	return path;
}
