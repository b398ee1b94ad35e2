// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "tidy.h"

/* Beginnings of names of files that are not of this tree. */
static const char *const elsewhere[] = {
	"/", /* of the machine */
	"~", /* of the user */
	"build/", /* made by the build */
	"vmlinux.h", /* likewise */
	"out/", /* of a kernel that was built */
	"kernel/sched/", /* of Linux */
	"root/", /* of /sys/kernel/sched_ext */
};

static bool is_elsewhere(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (!strncmp(name, elsewhere[i], strlen(elsewhere[i])))
			return true;
	return false;
}

/* Words in capitals stand for something else, but for some files that are called so. */
static bool has_placeholder(const char *name)
{
	char *words = strdup(name), *word, *save = NULL;

	ASSERT_TRUE(words);
	for (word = strtok_r(words, "/._-", &save); word; word = strtok_r(NULL, "/._-", &save))
		if (isupper((unsigned char)word[0]) && isupper((unsigned char)word[1]) &&
		    strcmp(word, "README") && strcmp(word, "COPYING"))
			return true;
	return false;
}

/* "task.h" without a folder is meant as a file if it looks like a source. */
static bool is_source_name(const char *name)
{
	static const char *const suffixes[] = { ".c", ".h", ".def", ".md", ".sh", ".config" };
	size_t len = strlen(name), i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && !strcmp(name + len - n, suffixes[i]))
			return true;
	}
	return false;
}

static bool is_path(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_-.*/")] == '\0' &&
	       name[0] != '-' && name[0] != '.' && (strchr(name, '/') || is_source_name(name));
}

/* Anything below @top/@dir that begins like @name, which may be a pattern. */
static bool is_there(const char *top, const char *dir, const char *name)
{
	char pattern[PATH_MAX];
	glob_t found;
	bool there;

	/* a number stands for the patch that begins with it */
	snprintf(pattern, sizeof(pattern), "%s/%s/%s%s", top, dir, name,
		 isdigit((unsigned char)name[strlen(name) - 1]) ? "*" : "");
	there = !glob(pattern, 0, NULL, &found);
	globfree(&found);
	return there;
}

static bool is_anywhere(const char *top, const char *name)
{
	char pattern[PATH_MAX];

	snprintf(pattern, sizeof(pattern), "*/%s", name);
	return tidy_find(top, pattern)[0] || is_there(top, ".", name);
}

/* @page refers to @name, which is looked for beside it and at the top. */
static void check_name(FILE *out, const char *top, const char *page, int nr, const char *name)
{
	char dir[PATH_MAX], *slash;

	snprintf(dir, sizeof(dir), "./%s", page);
	slash = strrchr(dir, '/');
	*slash = '\0';
	if (is_there(top, dir, name) || is_there(top, ".", name) ||
	    (!strchr(name, '/') && is_anywhere(top, name)))
		return;
	fprintf(out, "%s:%d: there is no %s\n", page, nr, name);
}

/* Each `name` or `name argument ...` of @line. */
static void check_backticks(FILE *out, const char *top, const char *page, int nr, const char *line)
{
	const char *end;

	while ((line = strchr(line, '`')) && (end = strchr(line + 1, '`'))) {
		char *name = strndup(line + 1, strcspn(line + 1, "` \t"));

		ASSERT_TRUE(name);
		if (is_path(name) && !is_elsewhere(name) && !has_placeholder(name))
			check_name(out, top, page, nr, name);
		line = end + 1;
	}
}

/* Each [text](target) of @line that is no address in the web and no place in the page. */
static void check_links(FILE *out, const char *top, const char *page, int nr, const char *line)
{
	while ((line = strstr(line, "]("))) {
		char *name = strndup(line + 2, strcspn(line + 2, ")# \t"));

		ASSERT_TRUE(name);
		if (*name && !strstr(name, "://"))
			check_name(out, top, page, nr, name);
		line += 2;
	}
}

static void check_page(FILE *out, const char *top, const char *page)
{
	char *text = tidy_read(top, page), *line;
	bool fenced = false;
	int nr = 0;

	ASSERT_TRUE(text);
	while ((line = tidy_line(&text))) {
		nr++;
		if (!strncmp(line, "```", 3))
			fenced = !fenced;
		/* what a program has printed, and what one types */
		if (fenced || !strncmp(line, "    ", 4))
			continue;
		check_backticks(out, top, page, nr, line);
		check_links(out, top, page, nr, line);
	}
}

void rule_references(FILE *out, const char *top)
{
	char **pages;

	for (pages = tidy_find(top, "*.md"); *pages; pages++)
		check_page(out, top, *pages);
}
