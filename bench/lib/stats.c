// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Are two lines the same but for numbers and blanks? */
static bool same_shape(const char *a, const char *b)
{
	static const char any[] = " 0123456789.-";

	for (;; a++, b++) {
		a += strspn(a, any);
		b += strspn(b, any);
		/* the last line may end without a newline */
		if (strchr("\n", *a) && strchr("\n", *b))
			return true;
		if (*a != *b)
			return false;
	}
}

static bool same_shapes(const char *const *a, const char *const *b, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!same_shape(a[i], b[i]))
			return false;
	return true;
}

/* Where the last of what comes again and again in @nr lines begins. */
static const char *last_period(const char *const *lines, size_t nr)
{
	for (size_t n = 1; 2 * n <= nr; n++)
		if (same_shapes(lines + nr - n, lines + nr - 2 * n, n))
			return lines[nr - n];
	return lines[0];
}

int stats_last(const char *text, char **ret_stats)
{
	const char **lines = calloc(strlen(text) + 1, sizeof(lines[0]));
	const char *end = text, *begin;
	size_t nr = 0, len;

	*ret_stats = NULL;
	if (!lines)
		return -ENOMEM;
	for (const char *line = text; *line; line += len + !!line[len]) {
		len = strcspn(line, "\n");
		/* an empty one has no shape */
		if (strspn(line, " ") >= len)
			continue;
		lines[nr++] = line;
		end = line + len;
	}
	if (nr) {
		begin = last_period(lines, nr);
		if (strcspn(begin, "0123456789") < (size_t)(end - begin))
			*ret_stats = strndup(begin, end - begin);
		else
			nr = 0;
	}
	free(lines);
	return nr && !*ret_stats ? -ENOMEM : 0;
}
