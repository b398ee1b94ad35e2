// SPDX-License-Identifier: GPL-2.0
/*
 * pingpong.c - the price of a context switch.
 *
 * Two processes pinned to one CPU hand a byte to and fro through two pipes. Each
 * waits for the other's byte, so a round trip is two context switches with the
 * wakeups, system calls and pipe work that belong to them.
 *
 * In a virtual machine whose clock counts instructions (QEMU -icount shift=S) the
 * clock advances 2^S ns for each instruction, so --icount-shift S gives
 * instructions for each switch, which no other load on the host can disturb.
 */
#include <argp.h>
#include <errno.h>
#include <json-c/json.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/options.h"
#include "lib/why.h"

#define SWITCHES_PER_ROUND	2
#define MAX_REPEAT		1000

struct settings {
	unsigned long	rounds;
	unsigned long	warmup;
	unsigned long	repeat;
	int		cpu;
	int		icount_shift;	/* -1: the clock is a clock */
	bool		json;
};

/* Both directions, as seen from the process that measures. */
struct table {
	int	to_partner[2];
	int	from_partner[2];
};

static int pin_to(int cpu, struct why *why)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return why_set(why, -errno, "cannot run on CPU %d: %s", cpu, strerror(errno));
	return 0;
}

/* Answers each byte with a byte until the other side closes its pipe. */
static _Noreturn void partner(const struct table *table)
{
	char ball;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(table->to_partner[1]);
	close(table->from_partner[0]);
	while (read(table->to_partner[0], &ball, 1) == 1)
		if (write(table->from_partner[1], &ball, 1) != 1)
			_exit(1);
	_exit(0);
}

static int play(const struct table *table, unsigned long rounds, struct why *why)
{
	char ball = 0;

	while (rounds--) {
		if (write(table->to_partner[1], &ball, 1) != 1 ||
		    read(table->from_partner[0], &ball, 1) != 1)
			return why_set(why, -EPIPE, "the partner process is gone");
	}
	return 0;
}

static unsigned long own_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* One sample: ns for each switch. */
static int measure(const struct table *table, unsigned long rounds, double *ret_ns, struct why *why)
{
	unsigned long switches = own_switches();
	uint64_t start = clock_ns();
	uint64_t end;
	int err;

	err = play(table, rounds, why);
	if (err)
		return err;
	end = clock_ns();
	switches = own_switches() - switches;

	/* Fewer means that a byte was there without a switch: no ping-pong. */
	if (switches < rounds)
		return why_set(why, -EPROTO,
			       "%lu rounds made only %lu switches of this process; is it alone with its partner on one CPU?",
			       rounds, switches);
	*ret_ns = (double)(end - start) / rounds / SWITCHES_PER_ROUND;
	return 0;
}

static int measure_all(const struct settings *set, double *samples_ns, struct why *why)
{
	struct table table;
	pid_t pid;
	int err;

	err = pin_to(set->cpu, why);
	if (err)
		return err;
	if (pipe(table.to_partner) < 0 || pipe(table.from_partner) < 0)
		return why_set(why, -errno, "cannot make pipes: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return why_set(why, -errno, "cannot fork: %s", strerror(errno));
	if (!pid)
		partner(&table);
	close(table.to_partner[0]);
	close(table.from_partner[1]);

	err = play(&table, set->warmup, why);
	for (unsigned long i = 0; i < set->repeat && !err; i++)
		err = measure(&table, set->rounds, &samples_ns[i], why);

	close(table.to_partner[1]);
	close(table.from_partner[0]);
	waitpid(pid, NULL, 0);
	return err;
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const struct settings *set, double *samples_ns)
{
	double median, min, max;

	qsort(samples_ns, set->repeat, sizeof(*samples_ns), cmp_double);
	min = samples_ns[0];
	median = samples_ns[set->repeat / 2];
	max = samples_ns[set->repeat - 1];

	if (set->json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "ns_per_switch", json_object_new_double(median));
		json_object_object_add(o, "ns_per_switch_min", json_object_new_double(min));
		json_object_object_add(o, "ns_per_switch_max", json_object_new_double(max));
		if (set->icount_shift >= 0)
			json_object_object_add(o, "instructions_per_switch",
					       json_object_new_double(median /
								      (1 << set->icount_shift)));
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		json_object_put(o);
		return;
	}
	printf("%.1f ns per context switch (min %.1f, max %.1f of %lu x %lu round trips on CPU %d)\n",
	       median, min, max, set->repeat, set->rounds, set->cpu);
	if (set->icount_shift >= 0)
		printf("%.1f instructions per context switch\n", median / (1 << set->icount_shift));
}

enum { OPT_JSON = 0x100, OPT_WARMUP, OPT_ICOUNT_SHIFT };

static const struct argp_option options[] = {
	{ "rounds", 'n', "N", 0, "Round trips of one sample (20000)", 0 },
	{ "repeat", 'r', "N", 0, "Samples; the median is printed (5)", 0 },
	{ "warmup", OPT_WARMUP, "N", 0, "Round trips before the first sample (2000)", 0 },
	{ "cpu", 'c', "CPU", 0, "Where both processes run (0)", 0 },
	{ "icount-shift", OPT_ICOUNT_SHIFT, "S", 0,
	  "The clock advances 2^S ns for each instruction: print instructions, too", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print one JSON object", 0 },
	{}
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct settings *set = state->input;

	switch (key) {
	case 'n':
		set->rounds = option_number(state, "--rounds", arg, 1, 1000000000);
		break;
	case 'r':
		set->repeat = option_number(state, "--repeat", arg, 1, MAX_REPEAT);
		break;
	case 'c':
		set->cpu = option_number(state, "--cpu", arg, 0, CPU_SETSIZE - 1);
		break;
	case OPT_WARMUP:
		set->warmup = option_number(state, "--warmup", arg, 0, 1000000000);
		break;
	case OPT_ICOUNT_SHIFT:
		set->icount_shift = option_number(state, "--icount-shift", arg, 0, 10);
		break;
	case OPT_JSON:
		set->json = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "takes no argument, but got \"%s\"", arg);
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
		.doc = "Measures a context switch: two processes on one CPU in a pipe ping-pong.",
	};
	struct settings set = {
		.rounds = 20000,
		.warmup = 2000,
		.repeat = 5,
		.icount_shift = -1,
	};
	double samples_ns[MAX_REPEAT];
	struct why why;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &set);
	signal(SIGPIPE, SIG_IGN);
	err = measure_all(&set, samples_ns, &why);
	if (err) {
		fprintf(stderr, "pingpong: %s\n", why.text);
		return 1;
	}
	print(&set, samples_ns);
	return 0;
}
