/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tidy.h - the tree's own rules: what is checked of the sources themselves.
 *
 * A rule looks at a tree, given by its top folder, and prints one line for each breach:
 *
 *	kernel/x.c:12: what is wrong, and what would be right
 *
 * Tests run each rule on this tree, where it has nothing to say, and on small made-up ones.
 */
#ifndef TESTS_TIDY_H
#define TESTS_TIDY_H

#include <stdio.h>

typedef void (*tidy_rule)(FILE *out, const char *top);

/*
 * Each callback and each kfunc, a row of kernel/ops.def or kernel/kfuncs.def, is named in the
 * COVERS() of a test in tests/kernel/, and COVERS() names nothing else.
 */
void rule_covers(FILE *out, const char *top);

/* Every .c of kernel/ includes seam.h first, and then internal.h and its own header, if any. */
void rule_seam_first(FILE *out, const char *top);

/*
 * kernel/ includes Linux's headers by seam.h alone. But types.h, which <linux/sched.h> includes,
 * has those that its types need, and trace.h has those that make trace events. All else that
 * kernel/ includes is in kernel/.
 */
void rule_linux_by_seam(FILE *out, const char *top);

/* Nothing in kernel/ depends on where it is compiled: conditionals are about CONFIG_* alone. */
void rule_conditionals(FILE *out, const char *top);

/* kernel/all.c has every other .c of kernel/ once. */
void rule_all_parts(FILE *out, const char *top);

/*
 * What a page (*.md) refers to exists: links, and names of files in backticks, as they are found
 * from the top or from the page. Not checked: what has a placeholder (NAME) in it, what the build
 * makes, files of Linux and of sysfs.
 */
void rule_references(FILE *out, const char *top);

/* Helpers of rules and tests. What they return is freed by the end of the process. */

/* What @rule prints about the tree @top; "" if it keeps to it. */
const char *tidy_breaches(tidy_rule rule, const char *top);

/* Content of @path below @top, or NULL. */
char *tidy_read(const char *top, const char *path);

/*
 * Files below @top, sorted, whose path from there matches the shell @pattern, in which a * matches
 * slashes, too. What the build made and hidden files are left out. Ends with NULL.
 */
char **tidy_find(const char *top, const char *pattern);

/* The next line of *@text, which is cut out of it; NULL at the end. */
char *tidy_line(char **text);

/*
 * A tree of files that ends with the test: tidy_make("kernel/all.c", "#include ...", ...). Its
 * top folder.
 */
#define tidy_make(...) __tidy_make((const char *const[]){ __VA_ARGS__, NULL })
const char *__tidy_make(const char *const paths_and_texts[]);

#endif /* TESTS_TIDY_H */
