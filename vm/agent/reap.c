// SPDX-License-Identifier: GPL-2.0
/*
 * What a command leaves behind is killed. That SIGKILL ends a process is the kernel's promise; a
 * process that stays is a finding about the scheduler under test and is named.
 */
#include "agent.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 10000000
/* So long without any process ending, and the rest counts as stuck. */
#define PATIENCE_NS 20000000000ull
#define MAX_NAMED 8

#define KTHREADD_PID 2

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Whether process @pid is a process of user space that has not ended; @line has its stat. */
static bool is_survivor(int pid, char *line, size_t size)
{
	char path[64], state;
	int ppid;
	FILE *file;
	char *rest;
	bool ok;

	if (pid == 1 || pid == KTHREADD_PID)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fgets(line, size, file);
	fclose(file);
	rest = ok ? strrchr(line, ')') : NULL;
	if (!rest || sscanf(rest + 1, " %c %d", &state, &ppid) != 2)
		return false;
	/* Keep "pid (name) state". */
	rest[3] = '\0';
	return ppid != KTHREADD_PID && state != 'Z' && state != 'X';
}

static void name_survivors(int control)
{
	struct dirent *entry;
	char line[512];
	int nr = 0;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return;
	while ((entry = readdir(dir)) && nr < MAX_NAMED) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (!is_survivor(atoi(entry->d_name), line, sizeof(line)))
			continue;
		say(control, "a process did not end when it was killed: %s", line);
		nr++;
	}
	closedir(dir);
}

bool reap_all(int control)
{
	struct timespec look = { .tv_nsec = LOOK_NS };
	unsigned long long last_ns = now_ns();

	kill(-1, SIGKILL);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid > 0) {
			last_ns = now_ns();
			continue;
		}
		if (now_ns() - last_ns > PATIENCE_NS) {
			name_survivors(control);
			return false;
		}
		nanosleep(&look, NULL);
	}
}
