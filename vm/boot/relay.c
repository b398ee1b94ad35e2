// SPDX-License-Identifier: GPL-2.0
/*
 * relay - start QEMU, give the agent in the guest a command, and be that command to the caller:
 * its standard streams, its signals, its exit status. The caller is vm/vm run, which passes on
 * what signals it gets, SIGTERM as SIGRTMIN + SIGTERM and so on: what the terminal sends to both of
 * them is ignored here. As the same signal, the two would be one while they are pending.
 *
 * How the run ended goes to the file --result as one word, and the exit status is
 *
 *	exited   that of the command
 *	unclean  the same; processes were left that could not be killed
 *	failed   125: the guest could not start the command
 *	lost     125: the machine stopped before the command did
 *	crashed  125: QEMU crashed before the command began; nothing was read from standard input
 *	stuck    125: the guest did not switch itself off
 *	timeout  124
 *	signal   128 + its number: the user ended the machine
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../wire/stream.h"
#include "../wire/wire.h"
#include "qemu.h"
#include "relay_options.h"

/* How long a guest may take to switch itself off once the command has ended. */
#define POWER_OFF_S 120
/* How long it may take to write its state to the log before it is ended. */
#define DUMP_S 20
/* Who asks for the end once more within this time does not want to wait for the command. */
#define INSIST_S 2

enum {
	STATUS_TIMEOUT = 124,
	STATUS_MACHINE = 125,
	STATUS_SIGNAL = 128,
};

struct relay {
	const struct relay_options *opt;
	struct qemu qemu;
	int signals;		/* a signalfd */
	int timer;		/* a timerfd: the caller's limit, then that for switching off */
	bool started;		/* the command runs in the guest */
	bool said_bye;
	bool asked_for_dump;
	bool told_end[WIRE_NR_STREAMS];
	bool exited;		/* @exit is valid */
	bool failed;
	struct wire_exit exit;
	int stop_signal;	/* what made us give up; 0 */
	time_t asked_at;	/* the last time a signal asked for the end, CLOCK_MONOTONIC; 0 */
	bool timed_out;
	bool lost;		/* QEMU ended, */
	bool crashed;		/* by itself */
	struct stream stream[WIRE_NR_STREAMS];
};

enum {
	SLOT_CONTROL,
	SLOT_SIGNALS,
	SLOT_TIMER,
	SLOT_STREAMS,
	NR_SLOTS = SLOT_STREAMS + 2 * WIRE_NR_STREAMS
};

static void set_timer(struct relay *relay, unsigned int seconds)
{
	struct itimerspec spec = { .it_value.tv_sec = seconds };

	timerfd_settime(relay->timer, 0, &spec, NULL);
}

/* Everything the guest wrote has come out, or nobody wants it any more. */
static bool output_is_complete(const struct relay *relay)
{
	int i;

	for (i = WIRE_STDOUT; i < WIRE_NR_STREAMS; i++) {
		const struct stream *s = &relay->stream[i];

		if (!s->broken && s->nr_out < relay->exit.nr_bytes[i])
			return false;
	}
	return true;
}

static void say_bye_when_complete(struct relay *relay)
{
	if (relay->said_bye || !(relay->failed || (relay->exited && output_is_complete(relay))))
		return;
	relay->said_bye = true;
	set_timer(relay, POWER_OFF_S);
	wire_send(relay->qemu.control, WIRE_BYE, NULL, 0);
}

/* A stream that has ended on this side is ended in the guest. */
static void tell_ends(struct relay *relay)
{
	int i;

	for (i = 0; i < WIRE_NR_STREAMS; i++) {
		struct stream *s = &relay->stream[i];
		struct wire_end end = { .stream = i, .nr_bytes = s->nr_in };
		bool ended = i == WIRE_STDIN ? s->in < 0 : s->broken;

		if (!ended || relay->told_end[i] || !relay->started)
			continue;
		relay->told_end[i] = true;
		wire_send(relay->qemu.control, WIRE_END_OF_STREAM, &end, sizeof(end));
	}
}

static void handle_message(struct relay *relay, const struct wire_msg *msg)
{
	switch (msg->type) {
	case WIRE_STARTED:
		relay->started = true;
		/* not before: another machine may have to do */
		stream_init(&relay->stream[WIRE_STDIN], STDIN_FILENO,
			    relay->qemu.stream[WIRE_STDIN], false);
		break;
	case WIRE_DUMPED:
		relay->timed_out = true;
		break;
	case WIRE_SAY:
		fprintf(stderr, "vm: %s\n", msg->data);
		break;
	case WIRE_FAILED:
		fprintf(stderr, "vm: the guest cannot start the command: %s\n", msg->data);
		relay->failed = true;
		break;
	case WIRE_EXITED:
		if (msg->len != sizeof(relay->exit))
			break;
		memcpy(&relay->exit, msg->data, sizeof(relay->exit));
		relay->exited = true;
		break;
	default:
		break;
	}
}

static void handle_control(struct relay *relay)
{
	struct wire_msg msg;

	if (wire_recv(relay->qemu.control, &msg) != 1) {
		relay->lost = true;
		return;
	}
	handle_message(relay, &msg);
	wire_msg_exit(&msg);
}

/* Whether @signal_nr asks for the end, and the one before it did, too, a moment ago. */
static bool insists_on_end(struct relay *relay, uint32_t signal_nr)
{
	time_t last = relay->asked_at;
	struct timespec now;

	if (signal_nr != SIGINT && signal_nr != SIGTERM && signal_nr != SIGQUIT)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	relay->asked_at = now.tv_sec;
	return last && now.tv_sec - last <= INSIST_S;
}

/* Signals are the command's, but for one that it cannot get, and the second of two in a hurry. */
static void handle_signal(struct relay *relay)
{
	struct signalfd_siginfo info;
	uint32_t signal_nr;

	if (read(relay->signals, &info, sizeof(info)) != sizeof(info))
		return;
	signal_nr = info.ssi_signo - SIGRTMIN;
	if (relay->started && !relay->exited && !insists_on_end(relay, signal_nr))
		wire_send(relay->qemu.control, WIRE_SIGNAL, &signal_nr, sizeof(signal_nr));
	else
		relay->stop_signal = signal_nr;
}

/* Before a command that takes too long is ended, its guest tells why it may. */
static void handle_timer(struct relay *relay)
{
	if (relay->asked_for_dump || relay->said_bye || !relay->started) {
		relay->timed_out = true;
		return;
	}
	relay->asked_for_dump = true;
	set_timer(relay, DUMP_S);
	wire_send(relay->qemu.control, WIRE_DUMP, NULL, 0);
}

static bool goes_on(const struct relay *relay)
{
	return !relay->lost && !relay->timed_out && !relay->stop_signal;
}

static void relay_once(struct relay *relay)
{
	struct pollfd pfd[NR_SLOTS] = {
		[SLOT_CONTROL] = { .fd = relay->qemu.control, .events = POLLIN },
		[SLOT_SIGNALS] = { .fd = relay->signals, .events = POLLIN },
		[SLOT_TIMER] = { .fd = relay->timer, .events = POLLIN },
	};
	int i;

	for (i = 0; i < WIRE_NR_STREAMS; i++)
		stream_want(&relay->stream[i], &pfd[SLOT_STREAMS + 2 * i]);
	if (poll(pfd, NR_SLOTS, -1) < 0)
		return;
	for (i = 0; i < WIRE_NR_STREAMS; i++)
		stream_step(&relay->stream[i], &pfd[SLOT_STREAMS + 2 * i]);
	if (pfd[SLOT_CONTROL].revents)
		handle_control(relay);
	if (pfd[SLOT_SIGNALS].revents)
		handle_signal(relay);
	if (pfd[SLOT_TIMER].revents)
		handle_timer(relay);
	tell_ends(relay);
	say_bye_when_complete(relay);
}

/* What the command wrote before the machine ended may still be on its way. */
static void drain_output(struct relay *relay)
{
	for (;;) {
		struct pollfd pfd[2 * WIRE_NR_STREAMS];
		bool done = true;
		int i;

		for (i = 0; i < WIRE_NR_STREAMS; i++) {
			struct stream *s = &relay->stream[i];

			if (i == WIRE_STDIN)
				stream_close(s);
			stream_want(s, &pfd[2 * i]);
			done &= stream_is_done(s);
		}
		if (done || (poll(pfd, 2 * WIRE_NR_STREAMS, -1) < 0 && errno != EINTR))
			return;
		for (i = 0; i < WIRE_NR_STREAMS; i++)
			stream_step(&relay->stream[i], &pfd[2 * i]);
	}
}

static int relay_init(struct relay *relay, const struct relay_options *opt)
{
	static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	sigset_t set;
	size_t i;
	int err;

	*relay = (struct relay){ .opt = opt };
	/* without vm/vm nobody wants the machine */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	err = qemu_start(&relay->qemu, opt->qemu_args, opt->qemu_log);
	if (err)
		return err;
	sigemptyset(&set);
	for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
		sigaddset(&set, SIGRTMIN + forwarded[i]);
		signal(forwarded[i], SIG_IGN);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	relay->signals = signalfd(-1, &set, SFD_CLOEXEC);
	relay->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	set_timer(relay, opt->timeout_s);
	stream_init(&relay->stream[WIRE_STDIN], -1, -1, false);
	stream_init(&relay->stream[WIRE_STDOUT], relay->qemu.stream[WIRE_STDOUT], STDOUT_FILENO,
		    false);
	stream_init(&relay->stream[WIRE_STDERR], relay->qemu.stream[WIRE_STDERR], STDERR_FILENO,
		    false);
	/* a machine that did not last so long says why in its log */
	relay->lost = relay_options_send(opt, relay->qemu.control) != 0;
	return 0;
}

/* The exit status, and the word for the result file. */
static int verdict(const struct relay *relay, const char **ret_word)
{
	if (relay->stop_signal) {
		*ret_word = "signal";
		return STATUS_SIGNAL + relay->stop_signal;
	}
	if (relay->asked_for_dump || (relay->timed_out && !relay->said_bye)) {
		*ret_word = "timeout";
		return STATUS_TIMEOUT;
	}
	if (relay->failed) {
		*ret_word = "failed";
		return STATUS_MACHINE;
	}
	if (!relay->exited || !relay->said_bye) {
		*ret_word = relay->crashed && !relay->started ? "crashed" : "lost";
		return STATUS_MACHINE;
	}
	if (relay->timed_out) {
		*ret_word = "stuck";
		return STATUS_MACHINE;
	}
	*ret_word = relay->exit.unclean ? "unclean" : "exited";
	return relay->exit.status;
}

static int write_result(const char *path, const char *word)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%s\n", word) < 0 || fclose(file)) {
		fprintf(stderr, "vm: cannot write %s: %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct relay_options opt;
	struct relay relay;
	const char *word;
	int err, status;

	err = relay_options_init(&opt, argc, argv);
	if (!err)
		err = relay_init(&relay, &opt);
	if (err) {
		fprintf(stderr, "vm: cannot start QEMU: %s\n", strerror(-err));
		return STATUS_MACHINE;
	}
	while (goes_on(&relay))
		relay_once(&relay);
	relay.crashed = qemu_stop(&relay.qemu);
	status = verdict(&relay, &word);
	if (!relay.stop_signal)
		drain_output(&relay);
	err = write_result(opt.result, word);
	relay_options_exit(&opt);
	return err ? STATUS_MACHINE : status;
}
