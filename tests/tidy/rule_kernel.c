// SPDX-License-Identifier: GPL-2.0
/* Rules about kernel/. A line that is a directive begins with # there, perhaps behind blanks. */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "tidy.h"

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What @line, "#include X", includes: X with its quotes; else NULL. */
static char *included(const char *line)
{
	char *name;

	return sscanf(line, " # include %ms", &name) == 1 ? name : NULL;
}

/* Whether kernel/ has @name. */
static bool exists(const char *top, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/kernel/%s", top, name);
	return !access(path, F_OK);
}

/* What line @nr includes, @got, must be "@want". */
static bool expect_include(FILE *out, const char *file, int nr, const char *got, const char *want)
{
	char quoted[512];

	snprintf(quoted, sizeof(quoted), "\"%s\"", want);
	if (got && !strcmp(got, quoted))
		return true;
	fprintf(out,
		"%s:%d: includes %s where %s has its place: first \"seam.h\", then "
		"\"internal.h\", then the file's own header\n",
		file, nr, got ?: "nothing", quoted);
	return false;
}

static void check_order(FILE *out, const char *top, const char *file)
{
	char own[256], *text = tidy_read(top, file), *line, *name;
	const char *want[3];
	int nr_want = 0, i = 0, nr = 0;

	snprintf(own, sizeof(own), "%s", base_name(file));
	strcpy(strrchr(own, '.'), ".h");
	want[nr_want++] = "seam.h";
	/* the header of the trace events is what makes them, all.c has no code */
	if (strcmp(own, "trace.h") && strcmp(own, "all.h") && exists(top, "internal.h"))
		want[nr_want++] = "internal.h";
	if (exists(top, own))
		want[nr_want++] = own;

	ASSERT_TRUE(text);
	while (i < nr_want && (line = tidy_line(&text))) {
		nr++;
		name = included(line);
		if (name && !expect_include(out, file, nr, name, want[i++]))
			return;
	}
	if (i < nr_want)
		expect_include(out, file, nr, NULL, want[i]);
}

void rule_seam_first(FILE *out, const char *top)
{
	char **files;

	for (files = tidy_find(top, "kernel/*.c"); *files; files++)
		check_order(out, top, *files);
}

static void check_includes(FILE *out, const char *top, const char *file)
{
	static const char *const may_name_linux[] = { "seam.h", "types.h", "trace.h" };
	char *text = tidy_read(top, file), *line, *name;
	bool names_linux = false;
	size_t i;
	int nr = 0;

	for (i = 0; i < sizeof(may_name_linux) / sizeof(may_name_linux[0]); i++)
		names_linux |= !strcmp(base_name(file), may_name_linux[i]);

	ASSERT_TRUE(text);
	while ((line = tidy_line(&text))) {
		nr++;
		name = included(line);
		if (!name || (*name == '<' && names_linux))
			continue;
		if (*name != '"') {
			fprintf(out, "%s:%d: includes %s: kernel/seam.h is the place for it\n",
				file, nr, name);
			continue;
		}
		name[strlen(name) - 1] = '\0';
		/* the core scheduler's own header */
		if (!strcmp(name, "\"sched.h") && !strcmp(base_name(file), "seam.h"))
			continue;
		if (strchr(name, '/') || !exists(top, name + 1))
			fprintf(out, "%s:%d: includes \"%s\", which is not in kernel/\n", file, nr,
				name + 1);
	}
}

void rule_linux_by_seam(FILE *out, const char *top)
{
	char **files;

	for (files = tidy_find(top, "kernel/*.[ch]"); *files; files++)
		check_includes(out, top, *files);
}

/* A guard against being included twice, or one of the trace events, which are on purpose. */
static bool is_guard(const char *word)
{
	size_t len = strlen(word);

	return !strcmp(word, "TRACE_HEADER_MULTI_READ") ||
	       (begins_with(word, "_SCXKIT_") && len > 2 && !strcmp(word + len - 2, "_H"));
}

static void check_condition(FILE *out, const char *file, int nr, char *condition)
{
	char *word = condition, *comment = strstr(condition, "/*");

	if (comment)
		*comment = '\0';
	for (;;) {
		char *end, was;

		while (*word && !isalpha((unsigned char)*word) && *word != '_')
			word++;
		if (!*word)
			return;
		for (end = word; isalnum((unsigned char)*end) || *end == '_'; end++)
			;
		was = *end;
		*end = '\0';
		if (!begins_with(word, "CONFIG_") && strcmp(word, "defined") &&
		    strcmp(word, "IS_ENABLED") && !is_guard(word))
			fprintf(out, "%s:%d: a condition on %s: only CONFIG_* may decide\n", file,
				nr, word);
		*end = was;
		word = end;
	}
}

void rule_conditionals(FILE *out, const char *top)
{
	char **files;

	for (files = tidy_find(top, "kernel/*.[chd]*"); *files; files++) {
		char *text = tidy_read(top, *files), *line;
		int nr = 0;

		ASSERT_TRUE(text);
		while ((line = tidy_line(&text))) {
			nr++;
			line += strspn(line, " \t");
			if (*line++ != '#')
				continue;
			line += strspn(line, " \t");
			if (begins_with(line, "if") || begins_with(line, "elif"))
				check_condition(out, *files, nr, line + strcspn(line, " \t(!"));
		}
	}
}

void rule_all_parts(FILE *out, const char *top)
{
	char **files, *all = tidy_read(top, "kernel/all.c");

	if (!all) {
		fprintf(out, "kernel/all.c: cannot be read\n");
		return;
	}
	for (files = tidy_find(top, "kernel/*.c"); *files; files++) {
		char want[512], *text = strdup(all), *line, *name;
		int nr = 0;

		if (!strcmp(*files, "kernel/all.c"))
			continue;
		snprintf(want, sizeof(want), "\"%s\"", base_name(*files));
		while ((line = tidy_line(&text))) {
			name = included(line);
			nr += name && !strcmp(name, want);
		}
		if (nr != 1)
			fprintf(out, "kernel/all.c: includes %s %d times, not once\n", want, nr);
	}
}
