// SPDX-License-Identifier: GPL-2.0
/*
 * The command's life, as seen from outside: bytes go both ways until it has ended; then whatever it
 * left behind is ended too, which closes the writing ends of its pipes, and what those still hold
 * is carried out.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../wire/stream.h"

struct pump {
	int control;
	int sigchld;		/* a signalfd */
	struct child *child;
	bool child_ended;
	int wait_status;
	int patience_ms;	/* for poll(): -1, or 0 to take only what is there */
	struct stream stream[WIRE_NR_STREAMS];
};

enum { SLOT_CONTROL, SLOT_SIGCHLD, SLOT_STREAMS, NR_SLOTS = SLOT_STREAMS + 2 * WIRE_NR_STREAMS };

static uint32_t shell_status(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/* Process 1 inherits every orphan. */
static void reap(struct pump *pump)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(pump->sigchld, &info, sizeof(info)) == sizeof(info))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == pump->child->pid) {
			pump->child_ended = true;
			pump->wait_status = status;
		}
	}
}

/*
 * Where every CPU is, which tasks are blocked, and what the scheduler has to
 * say for itself.
 */
static void dump(int control)
{
	static const char keys[] = { 'l', 'w', 'D' };
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	size_t i;

	for (i = 0; fd >= 0 && i < sizeof(keys); i++) {
		if (write(fd, &keys[i], 1) != 1)
			break;
	}
	if (fd >= 0)
		close(fd);
	wire_send(control, WIRE_DUMPED, NULL, 0);
}

static void handle_message(struct pump *pump, const struct wire_msg *msg)
{
	switch (msg->type) {
	case WIRE_DUMP:
		dump(pump->control);
		break;
	case WIRE_SIGNAL: {
		const uint32_t *signal_nr = (const uint32_t *)msg->data;

		if (msg->len == sizeof(*signal_nr) && !pump->child_ended)
			kill(-pump->child->pid, *signal_nr);
		break;
	}
	case WIRE_END_OF_STREAM: {
		const struct wire_end *end = (const struct wire_end *)msg->data;

		if (msg->len != sizeof(*end))
			break;
		if (end->stream == WIRE_STDIN)
			stream_set_limit(&pump->stream[WIRE_STDIN], end->nr_bytes);
		else if (end->stream < WIRE_NR_STREAMS)
			stream_close(&pump->stream[end->stream]);
		break;
	}
	default:
		break;
	}
}

static void handle_control(struct pump *pump)
{
	struct wire_msg msg;

	if (wire_recv(pump->control, &msg) != 1)
		return;
	handle_message(pump, &msg);
	wire_msg_exit(&msg);
}

/* One round of poll(); false when there is nothing left to wait for. */
static bool pump_once(struct pump *pump, bool (*done)(const struct pump *))
{
	struct pollfd pfd[NR_SLOTS] = {
		[SLOT_CONTROL] = { .fd = pump->control, .events = POLLIN },
		[SLOT_SIGCHLD] = { .fd = pump->sigchld, .events = POLLIN },
	};
	int i, nr_ready;

	if (done(pump))
		return false;
	for (i = 0; i < WIRE_NR_STREAMS; i++)
		stream_want(&pump->stream[i], &pfd[SLOT_STREAMS + 2 * i]);
	nr_ready = poll(pfd, NR_SLOTS, pump->patience_ms);
	if (nr_ready <= 0)
		return nr_ready < 0 && errno == EINTR;
	if (pfd[SLOT_CONTROL].revents & POLLIN)
		handle_control(pump);
	for (i = 0; i < WIRE_NR_STREAMS; i++)
		stream_step(&pump->stream[i], &pfd[SLOT_STREAMS + 2 * i]);
	if (pfd[SLOT_SIGCHLD].revents & POLLIN)
		reap(pump);
	return true;
}

static bool child_is_done(const struct pump *pump)
{
	return pump->child_ended;
}

static bool output_is_done(const struct pump *pump)
{
	return stream_is_done(&pump->stream[WIRE_STDOUT]) &&
	       stream_is_done(&pump->stream[WIRE_STDERR]);
}

static void pump_init(struct pump *pump, const struct ports *ports, struct child *child)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);

	pump->control = ports->control;
	pump->sigchld = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	pump->child = child;
	pump->child_ended = false;
	pump->patience_ms = -1;
	fcntl(child->pipe[WIRE_STDIN], F_SETFL, O_NONBLOCK);
	stream_init(&pump->stream[WIRE_STDIN], ports->stream[WIRE_STDIN], child->pipe[WIRE_STDIN],
		    true);
	stream_init(&pump->stream[WIRE_STDOUT], child->pipe[WIRE_STDOUT],
		    ports->stream[WIRE_STDOUT], false);
	stream_init(&pump->stream[WIRE_STDERR], child->pipe[WIRE_STDERR],
		    ports->stream[WIRE_STDERR], false);
	/* The command may have ended before its signal was blocked. */
	reap(pump);
}

struct wire_exit pump(const struct ports *ports, struct child *child)
{
	struct wire_exit result = {};
	struct pump pump;
	int i;

	pump_init(&pump, ports, child);
	while (pump_once(&pump, child_is_done))
		;
	stream_close(&pump.stream[WIRE_STDIN]);
	result.status = shell_status(pump.wait_status);
	result.unclean = !reap_all(ports->control);
	/* With survivors the pipes may stay open for ever. */
	if (result.unclean)
		pump.patience_ms = 0;
	while (pump_once(&pump, output_is_done))
		;
	for (i = 0; i < WIRE_NR_STREAMS; i++)
		result.nr_bytes[i] = pump.stream[i].nr_out;
	return result;
}
