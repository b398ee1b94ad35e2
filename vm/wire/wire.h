/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wire.h - what the host and the agent in the guest tell each other over the control port.
 *
 * A message is a header and @len bytes. Standard streams have ports of their own, one each, which
 * carry bytes and nothing else; that a stream has ended is said here, because an idle port and one
 * that was closed look alike to the guest.
 *
 *	host                                guest
 *	CWD, ENV..., ARG..., RW...    ->
 *	START                         ->    mounts, starts the command
 *	                              <-    STARTED (or FAILED, and the machine ends)
 *	SIGNAL, END_OF_STREAM         ->    (any number, at any time)
 *	DUMP                          ->    (the command takes too long)
 *	                              <-    DUMPED, and the host ends the machine
 *	                              <-    SAY (chatter for the user)
 *	                              <-    EXITED (after the last byte went into the ports)
 *	BYE (after the last byte came out)  ->    powers off
 */
#ifndef VM_WIRE_H
#define VM_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum wire_type {
	/* host to guest */
	WIRE_CWD = 1,		/* string: working directory of the command */
	WIRE_ENV,		/* string: NAME=VALUE */
	WIRE_ARG,		/* string: next word of the command */
	WIRE_RW,		/* string: directory to mount writable, its tag is rw0, rw1, ... */
	WIRE_START,
	WIRE_SIGNAL,		/* u32: signal number for the command's process group */
	WIRE_END_OF_STREAM,	/* struct wire_end */
	WIRE_DUMP,		/* write what runs and what hangs to the kernel log */
	WIRE_BYE,
	/* guest to host */
	WIRE_STARTED,
	WIRE_DUMPED,
	WIRE_SAY,		/* string */
	WIRE_FAILED,		/* string: why the command could not be started at all */
	WIRE_EXITED,		/* struct wire_exit */
};

/* The standard streams, as in file descriptors. */
enum { WIRE_STDIN, WIRE_STDOUT, WIRE_STDERR, WIRE_NR_STREAMS };

/* Names of the virtio-serial ports. */
#define WIRE_PORT_CONTROL "scxkit.control"
#define WIRE_PORT_STDIN "scxkit.stdin"
#define WIRE_PORT_STDOUT "scxkit.stdout"
#define WIRE_PORT_STDERR "scxkit.stderr"

struct wire_end {
	uint32_t stream;
	uint32_t pad;
	uint64_t nr_bytes;	/* sent before the end (stdin) */
};

struct wire_exit {
	uint32_t status;	/* as a shell sees it: 128 + N when signal N ended the command */
	uint32_t unclean;	/* processes were left that SIGKILL did not end */
	uint64_t nr_bytes[WIRE_NR_STREAMS];	/* written to each port */
};

struct wire_msg {
	uint32_t type;
	uint32_t len;
	char *data;		/* @len bytes and a NUL; freed by wire_msg_exit() */
};

/* Sends one message whole. Returns 0, or a negative errno. */
int wire_send(int fd, enum wire_type type, const void *data, size_t len);

/* The same for a string, without its NUL. */
int wire_send_str(int fd, enum wire_type type, const char *str);

/*
 * Waits for one whole message. Returns 1, 0 when the other side is gone, or a negative errno
 * (-EBADMSG when what came is no message). The caller releases a received message.
 */
int wire_recv(int fd, struct wire_msg *msg);
void wire_msg_exit(struct wire_msg *msg);

#endif
