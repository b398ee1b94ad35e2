/* SPDX-License-Identifier: GPL-2.0 */
/*
 * agent.h - the guest's process 1: mounts the host's files, runs one command, reports, powers off.
 *
 * Part by part: ports.c finds the virtio-serial ports, job.c hears what to run and starts it,
 * mounts.c makes the file systems, pump.c carries bytes and signals until the command has ended,
 * reap.c ends what the command left behind.
 */
#ifndef VM_AGENT_H
#define VM_AGENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "../wire/wire.h"

/* The virtio-serial ports, open and connected to the host. */
struct ports {
	int control;
	int stream[WIRE_NR_STREAMS];
};

/* What the host asked for. Strings are owned by the job; the arrays end with NULL. */
struct job {
	char *cwd;
	char **env;
	char **arg;
	char **rw;
	size_t nr_env, nr_arg, nr_rw;
};

/* A started command and the agent's ends of its standard streams. */
struct child {
	pid_t pid;		/* also its process group and session */
	int pipe[WIRE_NR_STREAMS];
};

/*
 * Finds and opens the ports and waits until the host is connected to each. /dev and /sys are
 * mounted. Returns 0, or a negative errno.
 */
int ports_open(struct ports *ports);

/* Mounts what finding the ports takes. Returns 0, or a negative errno. */
int mount_early(void);

/*
 * Mounts the host's files with a layer on top that takes all writes, the kernel's file systems and
 * the writable directories @rw, and makes that the root. On failure returns a negative errno and
 * sets @ret_what to the mount point that failed.
 */
int mount_root(char *const *rw, const char **ret_what);

/* Loopback network and limits: small things that programs take for granted. */
void setup_system(void);

/* Receives the job from the host. Returns 0, or a negative errno. Pair: job_exit(). */
int job_recv(int control, struct job *job);
void job_exit(struct job *job);

/*
 * Starts the command. Returns 0; or, when it cannot be executed, the exit status that a shell
 * would give (127: not found, 126: otherwise) after telling the host why.
 */
int job_start(const struct job *job, int control, struct child *child);

/*
 * Carries bytes and signals until the command has ended and its streams are empty. Returns what
 * to report.
 */
struct wire_exit pump(const struct ports *ports, struct child *child);

/*
 * Ends every other process. Returns false, after naming them to the host, when some survive
 * SIGKILL.
 */
bool reap_all(int control);

/* Chatter for the user of the host. */
void say(int control, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
