// SPDX-License-Identifier: GPL-2.0
#include "sleepers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void sleepers_main(unsigned long nr)
{
	char byte = 0;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	for (unsigned long i = 1; i < nr; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			byte = errno;
			break;
		}
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	if (write(STDOUT_FILENO, &byte, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

void sleepers_exit(struct sleepers *s)
{
	if (s->leader <= 0)
		return;
	kill(-s->leader, SIGKILL);
	waitpid(s->leader, NULL, 0);
	s->leader = 0;
}

int sleepers_init(struct sleepers *s, unsigned long nr, struct why *why)
{
	char byte = 0;
	int ready[2];
	ssize_t n;

	s->leader = 0;
	if (!nr)
		return 0;
	if (pipe(ready) < 0)
		return why_set(why, -errno, "cannot make a pipe: %s", strerror(errno));
	fflush(NULL);
	s->leader = fork();
	if (!s->leader) {
		dup2(ready[1], STDOUT_FILENO);
		close(ready[0]);
		close(ready[1]);
		sleepers_main(nr);
	}
	close(ready[1]);
	n = s->leader < 0 ? -1 : read(ready[0], &byte, 1);
	close(ready[0]);
	if (n == 1 && !byte)
		return 0;
	sleepers_exit(s);
	return why_set(why, -EAGAIN, "cannot start %lu sleeping tasks: %s", nr,
		       byte ? strerror(byte) : "the first one died");
}
