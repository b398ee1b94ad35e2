// SPDX-License-Identifier: GPL-2.0
/*
 * tsc_rate - print the rate of this machine's time stamp counter in kHz; nothing where there is
 * none.
 *
 * An emulated guest reads that very counter, and would find out its rate by comparing it with
 * emulated timers, which come late on a busy host: a guest's second may then last two.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define MEASURE_NS (10 * NSEC_PER_MSEC)

/* Both clocks at one moment. */
struct moment {
	uint64_t ns;
	uint64_t ticks;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* The best of a few readings: the one that was least disturbed. */
static struct moment moment_now(void)
{
	struct moment best = { 0, 0 };
	uint64_t best_took = UINT64_MAX;
	int i;

	for (i = 0; i < 16; i++) {
		uint64_t before = __rdtsc(), ns = now_ns(), took = __rdtsc() - before;

		if (took < best_took) {
			best_took = took;
			best = (struct moment){ .ns = ns, .ticks = before + took / 2 };
		}
	}
	return best;
}

int main(void)
{
	struct timespec rest = { .tv_nsec = MEASURE_NS };
	struct moment from = moment_now(), to;

	nanosleep(&rest, NULL);
	to = moment_now();
	printf("%llu\n", (to.ticks - from.ticks) * NSEC_PER_MSEC / (to.ns - from.ns));
	return 0;
}
#else
int main(void)
{
	return 0;
}
#endif
