/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qemu.h - a QEMU process whose guest has one virtio-serial port for control and one for each
 * standard stream. It ends when its parent does.
 */
#ifndef VM_QEMU_H
#define VM_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "../wire/wire.h"

struct qemu {
	pid_t pid;
	/* This side of the ports; end of file when QEMU has ended. */
	int control;
	int stream[WIRE_NR_STREAMS];	/* owned by the caller */
};

/*
 * Starts the command whose words, each ended by a NUL, are in the file @args, with the ports added.
 * The command has a virtio-serial bus already. QEMU's messages go to the file @log. Returns 0, or
 * a negative errno. Pair: qemu_stop().
 */
int qemu_start(struct qemu *qemu, const char *args, const char *log);

/* Ends QEMU if it still runs and closes the control port. Returns whether it had crashed. */
bool qemu_stop(struct qemu *qemu);

#endif
