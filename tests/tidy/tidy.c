// SPDX-License-Identifier: GPL-2.0
#include "tidy.h"

#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"

const char *tidy_breaches(tidy_rule rule, const char *top)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ASSERT_TRUE(out);
	rule(out, top);
	fclose(out);
	return text;
}

char *tidy_read(const char *top, const char *path)
{
	char full[PATH_MAX], *text;
	struct stat st;
	FILE *in;

	snprintf(full, sizeof(full), "%s/%s", top, path);
	in = fopen(full, "re");
	if (!in)
		return NULL;
	ASSERT_EQ(fstat(fileno(in), &st), 0);
	text = calloc(1, st.st_size + 1);
	ASSERT_TRUE(text);
	ASSERT_EQ(fread(text, 1, st.st_size, in), st.st_size);
	fclose(in);
	return text;
}

/* For nftw(), which hands nothing to its callback. */
static struct {
	size_t top_len;
	const char *pattern;
	char **paths;
	size_t nr;
} find;

static int find_one(const char *full, const struct stat *st __attribute__((unused)), int type,
		    struct FTW *ftw)
{
	const char *path = full + find.top_len + 1;

	if (ftw->level && (full[ftw->base] == '.' || !strcmp(path, "build")))
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F || fnmatch(find.pattern, path, 0))
		return FTW_CONTINUE;
	find.paths = realloc(find.paths, (find.nr + 2) * sizeof(find.paths[0]));
	ASSERT_TRUE(find.paths);
	find.paths[find.nr++] = strdup(path);
	return FTW_CONTINUE;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **tidy_find(const char *top, const char *pattern)
{
	enum { NR_OPEN = 16 };

	find.top_len = strlen(top);
	find.pattern = pattern;
	find.paths = calloc(1, sizeof(find.paths[0]));
	find.nr = 0;
	ASSERT_TRUE(find.paths);
	ASSERT_EQ(nftw(top, find_one, NR_OPEN, FTW_PHYS | FTW_ACTIONRETVAL), 0);
	qsort(find.paths, find.nr, sizeof(find.paths[0]), compare);
	find.paths[find.nr] = NULL;
	return find.paths;
}

char *tidy_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	*text = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/*
 * Made-up trees
 */

static const char *made_top;

static int remove_one(const char *path, const struct stat *st __attribute__((unused)),
		      int type __attribute__((unused)), struct FTW *ftw __attribute__((unused)))
{
	return remove(path);
}

static void remove_made(void)
{
	nftw(made_top, remove_one, 16, FTW_PHYS | FTW_DEPTH);
}

static void write_file(const char *top, const char *path, const char *text)
{
	char full[PATH_MAX], *slash;
	FILE *out;

	snprintf(full, sizeof(full), "%s/%s", top, path);
	for (slash = full + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		ASSERT_TRUE(!mkdir(full, 0755) || errno == EEXIST);
		*slash = '/';
	}
	out = fopen(full, "we");
	ASSERT_TRUE(out);
	ASSERT_GE(fputs(text, out), 0);
	ASSERT_EQ(fclose(out), 0);
}

const char *__tidy_make(const char *const paths_and_texts[])
{
	const char *dir = getenv("TMPDIR") ?: P_tmpdir;
	char *top;

	ASSERT_FALSE(made_top);
	ASSERT_GT(asprintf(&top, "%s/tidy.XXXXXX", dir), 0);
	ASSERT_TRUE(mkdtemp(top));
	made_top = top;
	atexit(remove_made);
	for (; *paths_and_texts; paths_and_texts += 2)
		write_file(top, paths_and_texts[0], paths_and_texts[1]);
	return top;
}
