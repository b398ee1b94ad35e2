// SPDX-License-Identifier: GPL-2.0
#include "agent.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

void say(int control, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	wire_send_str(control, WIRE_SAY, text);
}

/* Waits for the host's word, so that nothing is lost in the ports, and switches the machine off. */
static void __attribute__((noreturn)) power_off(int control)
{
	struct wire_msg msg;

	while (wire_recv(control, &msg) == 1) {
		bool bye = msg.type == WIRE_BYE;

		wire_msg_exit(&msg);
		if (bye)
			break;
	}
	sync();
	reboot(RB_POWER_OFF);
	/* No ACPI: the host takes a reset for an end as well. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void __attribute__((noreturn)) fail(int control, const char *what, int err)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(-err));
	wire_send_str(control, WIRE_FAILED, text);
	power_off(control);
}

/*
 * The agent must still report when the scheduler under test loses tasks, and should be no task of
 * that scheduler itself. Its children start as ordinary tasks.
 */
static void leave_fair_class(void)
{
	struct sched_param param = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

int main(void)
{
	struct wire_exit done = {};
	const char *where;
	struct child child;
	struct ports ports;
	struct job job;
	int ret;

	ret = mount_early();
	if (!ret)
		ret = ports_open(&ports);
	if (ret) {
		/* Nobody to tell but the console; the end of process 1 panics the kernel. */
		fprintf(stderr, "agent: no way to talk to the host: %s\n", strerror(-ret));
		return 1;
	}
	leave_fair_class();

	ret = job_recv(ports.control, &job);
	if (ret)
		fail(ports.control, "receiving the command", ret);
	ret = mount_root(job.rw, &where);
	if (ret)
		fail(ports.control, where, ret);
	setup_system();

	ret = job_start(&job, ports.control, &child);
	if (ret) {
		done.status = ret;
	} else {
		wire_send(ports.control, WIRE_STARTED, NULL, 0);
		done = pump(&ports, &child);
	}
	wire_send(ports.control, WIRE_EXITED, &done, sizeof(done));
	job_exit(&job);
	power_off(ports.control);
}
