// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

unsigned long option_number(struct argp_state *state, const char *what, const char *arg,
			    unsigned long min, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || !isdigit(*arg) || *end || value < min || value > max)
		argp_error(state, "%s is a number from %lu to %lu, not \"%s\"", what, min, max,
			   arg);
	return value;
}

unsigned long option_seconds_ns(struct argp_state *state, const char *what, const char *arg,
				double max_s)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	if (errno || !isdigit(*arg) || *end || !(value > 0) || value > max_s)
		argp_error(state, "%s is a number of seconds above 0 and up to %g, not \"%s\"",
			   what, max_s, arg);
	return value * 1e9;
}
