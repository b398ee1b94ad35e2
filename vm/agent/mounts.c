// SPDX-License-Identifier: GPL-2.0
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * As large as the transport takes. cache=loose is the fastest, and right because the host's files
 * are read-only here and are taken as they are at the time of the run.
 */
#define P9_READ "trans=virtio,version=9p2000.L,msize=512000,cache=loose,access=any"
/*
 * Seen by both sides at once, but for what is written through a mapping: that reaches the host when
 * the file is closed or the run ends.
 */
#define P9_WRITE "trans=virtio,version=9p2000.L,msize=512000,cache=mmap,access=any"

struct mount_row {
	const char *source, *target, *type;
	unsigned long flags;
	const char *data;
	bool optional;		/* the kernel may be built without it */
};

static const struct mount_row early_mounts[] = {
	{ "dev", "/dev", "devtmpfs", 0, NULL, false },
	{ "sys", "/sys", "sysfs", 0, NULL, false },
};

/* The new root, while it is made. */
#define NEW "/root"

static const struct mount_row root_mounts[] = {
	{ "host", "/host", "9p", MS_RDONLY, P9_READ, false },
	{ "layer", "/layer", "tmpfs", 0, "mode=755", false },
};

static const struct mount_row kernel_mounts[] = {
	{ "proc", NEW "/proc", "proc", 0, NULL, false },
	{ "sys", NEW "/sys", "sysfs", 0, NULL, false },
	{ "dev", NEW "/dev", "devtmpfs", 0, NULL, false },
	{ "shm", NEW "/dev/shm", "tmpfs", 0, "mode=1777", false },
	{ "pts", NEW "/dev/pts", "devpts", 0, "ptmxmode=666", false },
	{ "mqueue", NEW "/dev/mqueue", "mqueue", 0, NULL, true },
	{ "run", NEW "/run", "tmpfs", 0, "mode=755", false },
	{ "cgroup", NEW "/sys/fs/cgroup", "cgroup2", 0, NULL, false },
	{ "bpf", NEW "/sys/fs/bpf", "bpf", 0, NULL, false },
	{ "debug", NEW "/sys/kernel/debug", "debugfs", 0, NULL, true },
	{ "tracing", NEW "/sys/kernel/tracing", "tracefs", 0, NULL, true },
};

static int mount_one(const struct mount_row *row)
{
	mkdir(row->target, 0755);
	if (!mount(row->source, row->target, row->type, row->flags, row->data))
		return 0;
	return row->optional && (errno == ENODEV || errno == ENOENT) ? 0 : -errno;
}

static int mount_all(const struct mount_row *rows, size_t nr, const char **ret_what)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		err = mount_one(&rows[i]);
		if (err) {
			*ret_what = rows[i].target;
			return err;
		}
	}
	return 0;
}

#define MOUNT_ALL(rows, ret_what) mount_all(rows, sizeof(rows) / sizeof((rows)[0]), ret_what)

int mount_early(void)
{
	const char *what;

	return MOUNT_ALL(early_mounts, &what);
}

static int mount_overlay(const char **ret_what)
{
	static const struct mount_row overlay = {
		"root",
		NEW,
		"overlay",
		0,
		"lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work",
		false,
	};

	mkdir("/layer/upper", 0755);
	mkdir("/layer/work", 0755);
	return mount_all(&overlay, 1, ret_what);
}

static int mount_writable(char *const *rw, const char **ret_what)
{
	char target[4096], tag[16];
	int i;

	for (i = 0; rw[i]; i++) {
		struct mount_row row = { tag, target, "9p", 0, P9_WRITE, false };
		int err;

		snprintf(tag, sizeof(tag), "rw%d", i);
		snprintf(target, sizeof(target), NEW "%s", rw[i]);
		err = mount_one(&row);
		if (err) {
			*ret_what = rw[i];
			return err;
		}
	}
	return 0;
}

static int enter_root(const char **ret_what)
{
	*ret_what = NEW;
	if (chdir(NEW) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return -errno;
	return 0;
}

int mount_root(char *const *rw, const char **ret_what)
{
	int err;

	err = MOUNT_ALL(root_mounts, ret_what);
	if (!err)
		err = mount_overlay(ret_what);
	if (!err)
		err = mount_writable(rw, ret_what);
	if (!err)
		err = MOUNT_ALL(kernel_mounts, ret_what);
	return err ? err : enter_root(ret_what);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

void setup_system(void)
{
	struct rlimit locked = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_MEMLOCK, &locked);
	setrlimit(RLIMIT_NOFILE, &files);
	loopback_up();
	sethostname("scxkit", strlen("scxkit"));
	/* Groups made by the command have the controllers that schedulers care for. */
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpu");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset");
}
