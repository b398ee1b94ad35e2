// SPDX-License-Identifier: GPL-2.0
#include "loader.h"

#include <ctype.h>
#include <signal.h>
#include <time.h>

/* How often to look whether the scheduler has ended; nothing tells us. */
#define POLL_NS 200000000LL
#define NSEC_PER_SEC 1000000000LL

static bool verbose;
static bool stopped;
static bool failed;
static sigset_t stop_signals;

static const struct argp_option common_options[] = {
	{ "verbose", 'v', NULL, 0, "Print libbpf's messages", 1 },
	{ NULL, 'h', NULL, 0, "Give this help list", -1 },
	{}
};

static error_t parse_common(int key, char *arg __attribute__((unused)), struct argp_state *state)
{
	switch (key) {
	case 'v':
		verbose = true;
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp common_argp = {
	.options = common_options,
	.parser = parse_common,
};

const struct argp_child loader_argp_children[] = { { .argp = &common_argp }, {} };

u64 loader_number(struct argp_state *state, const char *option, const char *arg, u64 min, u64 max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 10);
	/* strtoull() would take blanks and signs */
	if (!isdigit((unsigned char)arg[0]) || errno || *end || value < min || value > max)
		argp_error(state, "%s wants a number from %llu to %llu, not '%s'", option,
			   (unsigned long long)min, (unsigned long long)max, arg);
	return value;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN && !verbose)
		return 0;
	return vfprintf(stderr, format, args);
}

void loader_begin(void)
{
	libbpf_set_print(print_libbpf);
	setvbuf(stdout, NULL, _IOLBF, 0);

	sigemptyset(&stop_signals);
	sigaddset(&stop_signals, SIGINT);
	sigaddset(&stop_signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop_signals, NULL);
}

static s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Wait at most @ns for a signal to stop, and note it. */
static void wait_for_stop(s64 ns)
{
	struct timespec timeout = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	if (sigtimedwait(&stop_signals, NULL, &timeout) > 0)
		stopped = true;
}

bool loader_stopped(void)
{
	if (!stopped)
		wait_for_stop(0);
	return stopped;
}

static bool has_exited(const struct user_exit_info *uei)
{
	return __atomic_load_n(&uei->kind, __ATOMIC_ACQUIRE);
}

void loader_watch(const struct loader_watch *watch)
{
	s64 interval = watch->interval_s * NSEC_PER_SEC;
	s64 next = now_ns() + interval;

	while (!stopped && !has_exited(watch->uei)) {
		s64 left = next - now_ns();

		if (left <= 0) {
			watch->print(watch->arg);
			next += interval;
			continue;
		}
		wait_for_stop(left < POLL_NS ? left : POLL_NS);
	}
}

bool loader_ended(int kind, s64 exit_code)
{
	if (UEI_IS_ERROR(kind))
		failed = true;
	return UEI_ECODE_RESTART(exit_code) && !loader_stopped();
}

int loader_status(void)
{
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
