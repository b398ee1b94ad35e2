// SPDX-License-Identifier: GPL-2.0
/*
 * tap.c - runs tests, each in a process of its own, and prints TAP.
 *
 * The runner and the process of a test share one page (struct tap_shared): the
 * test counts its checks there. Everything the test prints, a failed check's
 * line included, goes to an unlinked file that the runner reads once the test
 * has ended; nothing of a test can therefore tear a TAP line apart.
 */
#include "tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_TIMEOUT_S		(24 * 60 * 60)
#define DEFAULT_TIMEOUT_S	60

struct tap_shared {
	atomic_uint	nr_checks;
	atomic_uint	nr_failed;
	atomic_bool	ended;			/* by tap_stop(), not by some exit() */
	atomic_bool	skipped;
	char		skip_reason[256];	/* complete before skipped is set */
};

/* How one test ended, as its parent saw it. */
struct tap_end {
	bool	timed_out;
	int	status;		/* of waitpid() */
};

static struct tap_shared *tap_shared;	/* set while tests run */
static uint64_t tap_run_seed;

uint64_t tap_seed(void)
{
	return tap_run_seed;
}

/* Inside the process of a test */

_Noreturn void tap_stop(void)
{
	tap_shared->ended = true;
	fflush(NULL);
	_exit(0);
}

_Noreturn void tap_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(tap_shared->skip_reason, sizeof(tap_shared->skip_reason), fmt, ap);
	va_end(ap);
	tap_shared->skipped = true;
	tap_stop();
}

struct tap_value tap_int(long long v)
{
	return (struct tap_value){ .kind = TAP_INT, .i = v };
}

struct tap_value tap_uint(unsigned long long v)
{
	return (struct tap_value){ .kind = TAP_UINT, .u = v };
}

struct tap_value tap_double(double v)
{
	return (struct tap_value){ .kind = TAP_DOUBLE, .d = v };
}

struct tap_value tap_ptr(const volatile void *v)
{
	return (struct tap_value){ .kind = TAP_PTR, .p = v };
}

static double value_as_double(struct tap_value v)
{
	switch (v.kind) {
	case TAP_INT:
		return (double)v.i;
	case TAP_UINT:
		return (double)v.u;
	case TAP_DOUBLE:
		return v.d;
	case TAP_PTR:
		return (double)(uintptr_t)v.p;
	}
	return 0;
}

/* Pointers compare as addresses, so that EXPECT_EQ(p, 0) reads as it should. */
static struct tap_value value_as_integer(struct tap_value v)
{
	return v.kind == TAP_PTR ? tap_uint((uintptr_t)v.p) : v;
}

/* -1, 0 or 1; 2 where a NaN makes the two unordered. */
static int value_cmp(struct tap_value a, struct tap_value b)
{
	if (a.kind == TAP_DOUBLE || b.kind == TAP_DOUBLE) {
		double x = value_as_double(a), y = value_as_double(b);

		return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
	}

	a = value_as_integer(a);
	b = value_as_integer(b);
	if (a.kind == TAP_INT && a.i < 0)
		return b.kind == TAP_INT && b.i < 0 ? (a.i > b.i) - (a.i < b.i) : -1;
	if (b.kind == TAP_INT && b.i < 0)
		return 1;
	return (a.u > b.u) - (a.u < b.u);
}

static bool cmp_satisfies(int cmp, enum tap_op op)
{
	switch (op) {
	case TAP_EQ:
		return cmp == 0;
	case TAP_NE:
		return cmp != 0;
	case TAP_LT:
		return cmp == -1;
	case TAP_LE:
		return cmp == -1 || cmp == 0;
	case TAP_GT:
		return cmp == 1;
	case TAP_GE:
		return cmp == 1 || cmp == 0;
	}
	return false;
}

static void value_print(struct tap_value v)
{
	switch (v.kind) {
	case TAP_INT:
		fprintf(stderr, "%lld", v.i);
		break;
	case TAP_UINT:
		fprintf(stderr, "%llu", v.u);
		break;
	case TAP_DOUBLE:
		fprintf(stderr, "%.17g", v.d);
		break;
	case TAP_PTR:
		fprintf(stderr, "%p", (const void *)v.p);
		break;
	}
}

static bool count_check(bool ok)
{
	tap_shared->nr_checks++;
	if (!ok)
		tap_shared->nr_failed++;
	return ok;
}

bool tap_check(const char *file, int line, enum tap_op op, const char *a_text, const char *b_text,
	       struct tap_value a, struct tap_value b)
{
	static const char *const op_text[] = { "==", "!=", "<", "<=", ">", ">=" };

	if (count_check(cmp_satisfies(value_cmp(a, b), op)))
		return true;
	fprintf(stderr, "%s:%d: %s %s %s failed: ", file, line, a_text, op_text[op], b_text);
	value_print(a);
	fputs(" vs ", stderr);
	value_print(b);
	fputc('\n', stderr);
	return false;
}

bool tap_check_bool(const char *file, int line, const char *text, bool is, bool want)
{
	if (count_check(is == want))
		return true;
	fprintf(stderr, "%s:%d: %s failed: is %s\n", file, line, text, is ? "true" : "false");
	return false;
}

static void str_print(const char *s)
{
	if (s)
		fprintf(stderr, "\"%s\"", s);
	else
		fputs("NULL", stderr);
}

bool tap_check_str(const char *file, int line, const char *a_text, const char *b_text,
		   const char *a, const char *b, bool contains)
{
	bool ok;

	if (!a || !b)
		ok = !contains && a == b;
	else
		ok = contains ? !!strstr(a, b) : !strcmp(a, b);
	if (count_check(ok))
		return true;
	fprintf(stderr, "%s:%d: %s %s %s failed: ", file, line, a_text,
		contains ? "has" : "==", b_text);
	str_print(a);
	fputs(" vs ", stderr);
	str_print(b);
	fputc('\n', stderr);
	return false;
}

/* The runner */

static _Noreturn void test_main(const struct tap_test *test, int output)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	setvbuf(stderr, NULL, _IOLBF, 0);
	test->run();
	tap_stop();
}

/* Waits until @pid ends or @timeout_s is over; then nothing of it is left. */
static int test_wait(pid_t pid, unsigned int timeout_s, struct tap_end *ret_end)
{
	struct pollfd pfd = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int ready, err = 0;

	if (pfd.fd < 0) {
		err = -errno;
	} else {
		do
			ready = poll(&pfd, 1, timeout_s * 1000);
		while (ready < 0 && errno == EINTR);
		ret_end->timed_out = ready == 0;
		close(pfd.fd);
	}

	/* Not reaped yet, so the group's number cannot be another's by now. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, &ret_end->status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return err;
}

static void show_output(FILE *out, int output)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	lseek(output, 0, SEEK_SET);
	f = fdopen(dup(output), "r");
	if (!f)
		return;
	while ((len = getline(&line, &size, f)) > 0)
		fprintf(out, "# %s%s", line, line[len - 1] == '\n' ? "" : "\n");
	free(line);
	fclose(f);
}

/* True if the test failed whatever its checks say; @why gets the reason. */
static bool bad_end(const struct tap_end *end, unsigned int timeout_s, char *why, size_t size)
{
	int signo = WTERMSIG(end->status);

	if (end->timed_out)
		snprintf(why, size, "did not end within %u s and was killed", timeout_s);
	else if (WIFSIGNALED(end->status))
		snprintf(why, size, "killed by signal %d (%s)", signo, strsignal(signo));
	else if (WEXITSTATUS(end->status) || !tap_shared->ended)
		snprintf(why, size, "exited with status %d before its end",
			 WEXITSTATUS(end->status));
	else if (!tap_shared->skipped && !tap_shared->nr_checks)
		snprintf(why, size, "made no check");
	else
		return false;
	return true;
}

static unsigned int time_limit(const struct tap_test *test, const struct tap_options *opts)
{
	/* where the clock leaps, whoever runs the test keeps the time */
	if (getenv("TAP_NO_TIME_LIMIT"))
		return NO_TIMEOUT_S;
	if (test->timeout_s)
		return test->timeout_s;
	return opts->timeout_s ?: DEFAULT_TIMEOUT_S;
}

/* 0: passed or skipped, 1: failed, -errno: could not be run. */
static int run_one(const struct tap_test *test, int number, const struct tap_options *opts,
		   FILE *out)
{
	const char *again = getenv("TAP_AGAIN"); /* how this program is run, if not as it is */
	unsigned int timeout_s = time_limit(test, opts);
	struct tap_end end = {};
	char why[128];
	bool bad, failed;
	int output, err;
	pid_t pid;

	memset(tap_shared, 0, sizeof(*tap_shared));
	output = memfd_create(test->name, MFD_CLOEXEC);
	if (output < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto close_output;
	}
	if (!pid)
		test_main(test, output);
	setpgid(pid, pid);	/* whoever comes first; the other's call is idle */
	err = test_wait(pid, timeout_s, &end);
	if (err)
		goto close_output;

	bad = bad_end(&end, timeout_s, why, sizeof(why));
	failed = bad || tap_shared->nr_failed;
	fprintf(out, "%sok %d - %s", failed ? "not " : "", number, test->name);
	if (!failed && tap_shared->skipped)
		fprintf(out, " # SKIP %s", tap_shared->skip_reason);
	fputc('\n', out);
	if (failed || opts->verbose)
		show_output(out, output);
	if (bad)
		fprintf(out, "# %s\n", why);
	if (failed)
		fprintf(out, "# again: %s%s%s --seed %llu %s\n", again ?: "", again ? " " : "",
			program_invocation_name, (unsigned long long)opts->seed, test->name);
	fflush(out);
	err = failed;
close_output:
	close(output);
	return err;
}

void tap_only_in_guest(void)
{
	if (getenv("SCXKIT_GUEST"))
		return;
	fprintf(stderr, "%s is for the virtual machine: mk/run-test %s\n",
		program_invocation_short_name, program_invocation_name);
	exit(2);
}

int tap_run(struct tap_test *const tests[], int nr, const struct tap_options *opts, FILE *out)
{
	struct tap_shared *outer = tap_shared;	/* a test may run tests */
	int nr_failed = 0, ret = 0;

	tap_shared = mmap(NULL, sizeof(*tap_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tap_shared == MAP_FAILED) {
		tap_shared = outer;
		return -errno;
	}
	tap_run_seed = opts->seed;
	fprintf(out, "1..%d\n", nr);
	for (int i = 0; i < nr; i++) {
		ret = run_one(tests[i], i + 1, opts, out);
		if (ret < 0)
			break;
		nr_failed += ret;
	}
	munmap(tap_shared, sizeof(*tap_shared));
	tap_shared = outer;
	return ret < 0 ? ret : nr_failed;
}
