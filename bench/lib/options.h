/* SPDX-License-Identifier: GPL-2.0 */
/* options.h - numbers on the command line, for programs that use argp. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

struct argp_state;

/*
 * The whole of @arg as a decimal number from @min to @max. Anything else ends the
 * program through argp_error(), which names @what, the range and @arg.
 */
unsigned long option_number(struct argp_state *state, const char *what, const char *arg,
			    unsigned long min, unsigned long max);

/* The same for a number of seconds that may have a fraction; result in ns. */
unsigned long option_seconds_ns(struct argp_state *state, const char *what, const char *arg,
				double max_s);

#endif /* BENCH_OPTIONS_H */
