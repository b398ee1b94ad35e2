// SPDX-License-Identifier: GPL-2.0
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT_CONTROL, PORT_STREAMS, NR_PORTS = PORT_STREAMS + WIRE_NR_STREAMS };

static const char *const port_names[NR_PORTS] = {
	WIRE_PORT_CONTROL,
	WIRE_PORT_STDIN,
	WIRE_PORT_STDOUT,
	WIRE_PORT_STDERR,
};

/* A growing command line, always ended by NULL. */
struct words {
	char **word;
	size_t nr;
};

/* Takes @word, which may be NULL for want of memory. Returns 0 or -ENOMEM. */
static int words_add(struct words *words, char *word)
{
	char **bigger = realloc(words->word, (words->nr + 2) * sizeof(*bigger));

	if (bigger)
		words->word = bigger;
	if (!word || !bigger) {
		free(word);
		return -ENOMEM;
	}
	words->word[words->nr++] = word;
	words->word[words->nr] = NULL;
	return 0;
}

static void words_exit(struct words *words)
{
	size_t i;

	for (i = 0; i < words->nr; i++)
		free(words->word[i]);
	free(words->word);
}

static int words_read(struct words *words, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getdelim(&line, &size, '\0', file) > 0)
		err = words_add(words, strdup(line));
	free(line);
	fclose(file);
	return err ? err : words->nr ? 0 : -EINVAL;
}

static int words_add_format(struct words *words, const char *format, const char *name, int fd)
{
	char *text;

	if (asprintf(&text, format, name, fd) < 0)
		return -ENOMEM;
	return words_add(words, text);
}

static int words_add_port(struct words *words, const char *name, int fd)
{
	int err = words_add(words, strdup("-chardev"));

	if (!err)
		err = words_add_format(words, "socket,id=%s,fd=%d", name, fd);
	if (!err)
		err = words_add(words, strdup("-device"));
	if (!err)
		err = words_add_format(words, "virtserialport,chardev=%1$s,name=%1$s", name, fd);
	return err;
}

static void __attribute__((noreturn)) exec_qemu(char **word, const char *log, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	/* Keys of the terminal are for the command in the guest, not for QEMU. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (null >= 0 && out >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execvp(word[0], word);
		perror(word[0]);
	}
	_exit(127);
}

static void close_all(const int *fd, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		close(fd[i]);
}

int qemu_start(struct qemu *qemu, const char *args, const char *log)
{
	int ours[NR_PORTS], theirs[NR_PORTS], nr = 0, err;
	struct words words = {};
	pid_t parent = getpid();

	err = words_read(&words, args);
	while (!err && nr < NR_PORTS) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
			err = -errno;
			break;
		}
		fcntl(pair[0], F_SETFD, FD_CLOEXEC);
		ours[nr] = pair[0];
		theirs[nr] = pair[1];
		err = words_add_port(&words, port_names[nr], theirs[nr]);
		nr++;
	}
	if (!err) {
		qemu->pid = fork();
		if (qemu->pid == 0)
			exec_qemu(words.word, log, parent);
		if (qemu->pid < 0)
			err = -errno;
	}
	close_all(theirs, nr);
	words_exit(&words);
	if (err) {
		close_all(ours, nr);
		return err;
	}
	qemu->control = ours[PORT_CONTROL];
	memcpy(qemu->stream, ours + PORT_STREAMS, sizeof(qemu->stream));
	return 0;
}

bool qemu_stop(struct qemu *qemu)
{
	int status = 0;

	kill(qemu->pid, SIGKILL);
	while (waitpid(qemu->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(qemu->control);
	return WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
}
