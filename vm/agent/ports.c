// SPDX-License-Identifier: GPL-2.0
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORTS_DIR "/sys/class/virtio-ports"

/* Ports appear and connect a little after the driver; each look is this far from the next. */
#define LOOK_NS 2000000
#define MAX_LOOKS 15000

static void wait_a_little(void)
{
	struct timespec ts = { .tv_nsec = LOOK_NS };

	nanosleep(&ts, NULL);
}

/* Whether the port behind @dev_name is called @name. */
static bool port_is_called(const char *dev_name, const char *name)
{
	char path[512], have[128];
	FILE *file;
	bool same;

	snprintf(path, sizeof(path), PORTS_DIR "/%s/name", dev_name);
	file = fopen(path, "re");
	if (!file)
		return false;
	same = fgets(have, sizeof(have), file) && strcspn(have, "\n") == strlen(name) &&
	       !strncmp(have, name, strlen(name));
	fclose(file);
	return same;
}

/* Returns a file descriptor, or a negative errno: -ENODEV while there is no such port. */
static int port_try_open(const char *name, int flags)
{
	struct dirent *entry;
	int fd = -ENODEV;
	char path[512];
	DIR *dir;

	dir = opendir(PORTS_DIR);
	if (!dir)
		return -ENODEV;
	while ((entry = readdir(dir))) {
		if (!port_is_called(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, flags | O_CLOEXEC);
		if (fd < 0)
			fd = errno == ENOENT ? -ENODEV : -errno;
		break;
	}
	closedir(dir);
	return fd;
}

static bool port_is_connected(int fd)
{
	struct pollfd pfd = { .fd = fd };

	return poll(&pfd, 1, 0) >= 0 && !(pfd.revents & POLLHUP);
}

static int port_open(const char *name, int flags)
{
	int fd = -ENODEV, look;

	for (look = 0; look < MAX_LOOKS; look++) {
		if (fd == -ENODEV)
			fd = port_try_open(name, flags);
		if (fd < 0 && fd != -ENODEV)
			return fd;
		if (fd >= 0 && port_is_connected(fd))
			return fd;
		wait_a_little();
	}
	if (fd >= 0)
		close(fd);
	return -ETIMEDOUT;
}

int ports_open(struct ports *ports)
{
	static const char *const names[WIRE_NR_STREAMS] = {
		[WIRE_STDIN] = WIRE_PORT_STDIN,
		[WIRE_STDOUT] = WIRE_PORT_STDOUT,
		[WIRE_STDERR] = WIRE_PORT_STDERR,
	};
	int i;

	ports->control = port_open(WIRE_PORT_CONTROL, O_RDWR);
	if (ports->control < 0)
		return ports->control;
	for (i = 0; i < WIRE_NR_STREAMS; i++) {
		ports->stream[i] = port_open(names[i], i == WIRE_STDIN ? O_RDONLY : O_WRONLY);
		if (ports->stream[i] < 0)
			return ports->stream[i];
	}
	return 0;
}
