// SPDX-License-Identifier: GPL-2.0
/*
 * wakelat.c - wakeup latency: from the moment a thread should wake until it runs.
 *
 * Three ways of waking, measured one after the other with the same threads count:
 *
 *	timer	each thread sleeps until an absolute time; latency is how much
 *		later it runs (the timer's own lateness included)
 *	futex	threads in pairs: one wakes every interval, notes the time and wakes
 *		its partner through a futex, which wakes it back; latency is from
 *		the note to the return of the partner's wait
 *	pipe	the same through a pair of pipes
 *
 * With --hogs the CPUs are busy: that many threads spin meanwhile, so that a woken
 * thread competes, which is where schedulers differ.
 *
 * A partner that had not gone to sleep yet when it was called was not woken; such
 * calls are not counted. Nothing allocates or prints while measuring.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/hist.h"
#include "lib/options.h"
#include "lib/why.h"

#define MAX_THREADS	1024
#define STAMP_STOP	0	/* a call with this stamp ends the partner */

enum kind { KIND_TIMER, KIND_FUTEX, KIND_PIPE, NR_KINDS };

static const char *const kind_names[NR_KINDS] = { "timer", "futex", "pipe" };

struct settings {
	unsigned long	nr_threads;
	unsigned long	nr_hogs;
	unsigned long	interval_ns;
	unsigned long	duration_ns;	/* of each kind */
	bool		chosen[NR_KINDS];
	bool		json;
};

/* One direction between two threads: who waits here is called with a stamp. */
struct line {
	_Alignas(64) atomic_uint nr_calls;	/* futex word */
	_Atomic uint64_t stamp_ns;		/* written before nr_calls */
	int		pipe[2];
};

struct worker {
	pthread_t		thread;
	const struct settings	*set;
	enum kind		kind;
	unsigned int		index;
	bool			leads;	/* calls first, every interval */
	struct line		*in;	/* where it is called */
	struct line		*out;	/* where it calls its partner */
	struct hist		hist;
};

static atomic_bool stopping;

/* Waiting on a line: false if the call was there before the thread slept. */

static void futex_call(struct line *line, uint64_t stamp_ns)
{
	line->stamp_ns = stamp_ns;
	line->nr_calls++;
	syscall(SYS_futex, &line->nr_calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static bool futex_answer(struct line *line, unsigned int seen, uint64_t *ret_stamp_ns)
{
	bool slept = false;

	while (line->nr_calls == seen)
		if (!syscall(SYS_futex, &line->nr_calls, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0))
			slept = true;
	*ret_stamp_ns = line->stamp_ns;
	return slept;
}

static void pipe_call(struct line *line, uint64_t stamp_ns)
{
	if (write(line->pipe[1], &stamp_ns, sizeof(stamp_ns)) != sizeof(stamp_ns))
		abort();	/* a pipe of our own, never full, both ends open */
}

static bool pipe_answer(struct line *line, uint64_t *ret_stamp_ns)
{
	struct pollfd pfd = { .fd = line->pipe[0], .events = POLLIN };
	bool slept = poll(&pfd, 1, 0) == 0;

	if (read(line->pipe[0], ret_stamp_ns, sizeof(*ret_stamp_ns)) != sizeof(*ret_stamp_ns))
		abort();	/* as above */
	return slept;
}

static void call(struct worker *w, uint64_t stamp_ns)
{
	if (w->kind == KIND_FUTEX)
		futex_call(w->out, stamp_ns);
	else
		pipe_call(w->out, stamp_ns);
}

/* Waits for the partner's call and records it; false if it says stop. */
static bool answer(struct worker *w, unsigned int *nr_calls)
{
	uint64_t stamp_ns, now_ns;
	bool slept;

	if (w->kind == KIND_FUTEX)
		slept = futex_answer(w->in, *nr_calls, &stamp_ns);
	else
		slept = pipe_answer(w->in, &stamp_ns);
	now_ns = clock_ns();
	++*nr_calls;
	if (stamp_ns == STAMP_STOP)
		return false;
	if (slept)
		hist_record(&w->hist, now_ns - stamp_ns);
	return true;
}

/* The next multiple of the interval after now: a late thread skips, not hurries. */
static uint64_t next_start(uint64_t last_ns, uint64_t interval_ns)
{
	uint64_t now_ns = clock_ns();

	last_ns += interval_ns;
	if (last_ns <= now_ns)
		last_ns += (now_ns - last_ns) / interval_ns * interval_ns + interval_ns;
	return last_ns;
}

/* Threads start apart from each other, or all would wake in the same tick. */
static uint64_t first_start(const struct worker *w)
{
	return clock_ns() + w->set->interval_ns * w->index / w->set->nr_threads;
}

static void sleep_on_timer(struct worker *w)
{
	uint64_t when_ns = first_start(w);

	while (!stopping) {
		when_ns = next_start(when_ns, w->set->interval_ns);
		clock_sleep_until(when_ns);
		hist_record(&w->hist, clock_ns() - when_ns);
	}
}

static void lead(struct worker *w)
{
	uint64_t when_ns = first_start(w);
	unsigned int nr_calls = 0;

	while (!stopping) {
		when_ns = next_start(when_ns, w->set->interval_ns);
		clock_sleep_until(when_ns);
		call(w, clock_ns());
		answer(w, &nr_calls);
	}
	call(w, STAMP_STOP);
}

static void follow(struct worker *w)
{
	unsigned int nr_calls = 0;

	while (answer(w, &nr_calls))
		call(w, clock_ns());
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	prctl(PR_SET_TIMERSLACK, 1);	/* ns: the default would add 50 us */
	if (w->kind == KIND_TIMER)
		sleep_on_timer(w);
	else if (w->leads)
		lead(w);
	else
		follow(w);
	return NULL;
}

static void *hog_main(void *)
{
	while (!stopping)
		for (volatile int i = 0; i < 1000; i++)
			;
	return NULL;
}

/* Threads 2k and 2k+1 are a pair; line k is where thread k is called. */
static void worker_init(struct worker *w, const struct settings *set, enum kind kind,
			unsigned int index, struct line *lines)
{
	*w = (struct worker){
		.set = set,
		.kind = kind,
		.index = index,
		.leads = !(index & 1),
		.in = &lines[index],
		.out = &lines[index ^ 1],
	};
}

static int lines_init(struct line *lines, unsigned int nr, struct why *why)
{
	for (unsigned int i = 0; i < nr; i++) {
		lines[i].nr_calls = 0;
		if (pipe(lines[i].pipe) < 0) {
			int err = why_set(why, -errno, "cannot make a pipe: %s", strerror(errno));

			while (i--) {
				close(lines[i].pipe[0]);
				close(lines[i].pipe[1]);
			}
			return err;
		}
	}
	return 0;
}

static void lines_exit(struct line *lines, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		close(lines[i].pipe[0]);
		close(lines[i].pipe[1]);
	}
}

/*
 * A thread that cannot be started ends the program: its partner would wait for
 * it for ever, and the result would not be what was asked for.
 */
static void start_or_die(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	int err = pthread_create(thread, NULL, fn, arg);

	if (err) {
		fprintf(stderr, "wakelat: cannot start a thread: %s\n", strerror(err));
		exit(1);
	}
}

static void run_threads(const struct settings *set, struct worker *workers)
{
	pthread_t hogs[MAX_THREADS];

	stopping = false;
	for (unsigned long i = 0; i < set->nr_hogs; i++)
		start_or_die(&hogs[i], hog_main, NULL);
	for (unsigned long i = 0; i < set->nr_threads; i++)
		start_or_die(&workers[i].thread, worker_main, &workers[i]);

	clock_sleep_until(clock_ns() + set->duration_ns);
	stopping = true;

	for (unsigned long i = 0; i < set->nr_threads; i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned long i = 0; i < set->nr_hogs; i++)
		pthread_join(hogs[i], NULL);
}

static int measure(const struct settings *set, enum kind kind, struct hist *ret_hist,
		   struct why *why)
{
	struct line *lines = aligned_alloc(64, set->nr_threads * sizeof(*lines));
	struct worker *workers = calloc(set->nr_threads, sizeof(*workers));
	int err;

	if (!lines || !workers) {
		err = why_set(why, -ENOMEM, "out of memory");
		goto free_all;
	}
	err = lines_init(lines, set->nr_threads, why);
	if (err)
		goto free_all;
	for (unsigned long i = 0; i < set->nr_threads; i++)
		worker_init(&workers[i], set, kind, i, lines);

	run_threads(set, workers);

	memset(ret_hist, 0, sizeof(*ret_hist));
	for (unsigned long i = 0; i < set->nr_threads; i++)
		hist_merge(ret_hist, &workers[i].hist);
	lines_exit(lines, set->nr_threads);
	if (!ret_hist->nr)
		err = why_set(why, -ENODATA,
			      "no %s wakeup within the time given; measure for longer",
			      kind_names[kind]);
free_all:
	free(workers);
	free(lines);
	return err;
}

static struct json_object *hist_to_json(const struct hist *h)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "wakeups", json_object_new_uint64(h->nr));
	json_object_object_add(o, "p50_ns", json_object_new_uint64(hist_quantile(h, 50, 100)));
	json_object_object_add(o, "p99_ns", json_object_new_uint64(hist_quantile(h, 99, 100)));
	json_object_object_add(o, "p99.9_ns", json_object_new_uint64(hist_quantile(h, 999, 1000)));
	json_object_object_add(o, "max_ns", json_object_new_uint64(h->max));
	return o;
}

static void hist_print(const char *name, const struct hist *h)
{
	printf("%-6s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", name,
	       h->nr, hist_quantile(h, 50, 100), hist_quantile(h, 99, 100),
	       hist_quantile(h, 999, 1000), h->max);
}

static int run(const struct settings *set, struct why *why)
{
	struct json_object *all = json_object_new_object();
	struct hist hist;
	int err = 0;

	if (!set->json)
		printf("%-6s %10s %10s %10s %10s %10s   (ns)\n", "wakeup", "count", "p50", "p99",
		       "p99.9", "max");
	for (int kind = 0; kind < NR_KINDS && !err; kind++) {
		if (!set->chosen[kind])
			continue;
		err = measure(set, kind, &hist, why);
		if (err)
			break;
		if (set->json)
			json_object_object_add(all, kind_names[kind], hist_to_json(&hist));
		else
			hist_print(kind_names[kind], &hist);
	}
	if (set->json && !err)
		puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN));
	json_object_put(all);
	return err;
}

enum { OPT_JSON = 0x100 };

static const struct argp_option options[] = {
	{ "threads", 't', "N", 0, "Threads that sleep and wake, an even number (4)", 0 },
	{ "kind", 'k', "KIND", 0, "timer, futex or pipe; may be given again (default: all three)",
	  0 },
	{ "duration", 'd', "SECONDS", 0, "Time for each kind (2)", 0 },
	{ "interval", 'i', "MICROSECONDS", 0, "Between two wakeups of a thread (1000)", 0 },
	{ "hogs", 'H', "N", 0, "Threads that keep CPUs busy meanwhile (0)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print one JSON object", 0 },
	{}
};

static void choose_kind(struct settings *set, const char *name, struct argp_state *state)
{
	for (int kind = 0; kind < NR_KINDS; kind++) {
		if (!strcmp(name, kind_names[kind])) {
			set->chosen[kind] = true;
			return;
		}
	}
	argp_error(state, "--kind is timer, futex or pipe, not \"%s\"", name);
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;
	bool *c = set->chosen;

	switch (key) {
	case 't':
		set->nr_threads = option_number(state, "--threads", arg, 2, MAX_THREADS);
		if (set->nr_threads & 1)
			argp_error(state,
				   "--threads is an even number, as futex and pipe work in pairs");
		break;
	case 'k':
		choose_kind(set, arg, state);
		break;
	case 'd':
		set->duration_ns = option_seconds_ns(state, "--duration", arg, 86400);
		break;
	case 'i':
		set->interval_ns =
			NSEC_PER_USEC * option_number(state, "--interval", arg, 1, 10000000);
		break;
	case 'H':
		set->nr_hogs = option_number(state, "--hogs", arg, 0, MAX_THREADS);
		break;
	case OPT_JSON:
		set->json = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "takes no argument, but got \"%s\"", arg);
		break;
	case ARGP_KEY_END:
		if (!c[KIND_TIMER] && !c[KIND_FUTEX] && !c[KIND_PIPE])
			c[KIND_TIMER] = c[KIND_FUTEX] = c[KIND_PIPE] = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_opt,
		.doc = "Measures how long after its wakeup a thread runs.",
	};
	struct settings set = {
		.nr_threads = 4,
		.interval_ns = NSEC_PER_MSEC,
		.duration_ns = 2 * NSEC_PER_SEC,
	};
	struct why why;

	argp_parse(&argp, argc, argv, 0, NULL, &set);
	if (run(&set, &why)) {
		fprintf(stderr, "wakelat: %s\n", why.text);
		return 1;
	}
	return 0;
}
