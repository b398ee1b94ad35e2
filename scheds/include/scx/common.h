/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.h - the one header a loader includes.
 *
 * Errors: a loader can do nothing useful about most failures to set up, so the
 * macros and functions here that say "or exits" print what was tried, on what,
 * and why it failed, and exit with status 1. The kernel then unloads whatever
 * the process had loaded.
 */
#ifndef __SCX_COMMON_H
#define __SCX_COMMON_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* SCX_DIE(err, fmt, args...) - print the text, and errno @err unless 0; exit 1. */
#define SCX_DIE(err, fmt, args...)                                                  \
	do {                                                                        \
		int ___err = (err);                                                 \
                                                                                    \
		fprintf(stderr, "error: " fmt "%s%s\n", ##args, ___err ? ": " : "", \
			___err ? strerror(___err) : "");                            \
		exit(EXIT_FAILURE);                                                 \
	} while (0)

/* SCX_BUG(fmt, args...) - the same with the current errno. */
#define SCX_BUG(fmt, args...) SCX_DIE(errno, fmt, ##args)

/* SCX_BUG_ON(cond, fmt, args...) - the same if @cond holds. */
#define SCX_BUG_ON(cond, fmt, args...)             \
	do {                                       \
		if (__builtin_expect(!!(cond), 0)) \
			SCX_BUG(fmt, ##args);      \
	} while (0)

/*
 * RESIZE_ARRAY(skel, sec, arr, n) - give RESIZABLE_ARRAY(@sec, @arr) of the BPF
 * side @n elements, or exits. Between open and load. Any pointer into the old
 * array is stale afterwards; skel->sec_arr->arr is the new one.
 */
#define RESIZE_ARRAY(skel, sec, array, n)                                                       \
	do {                                                                                    \
		size_t ___size;                                                                 \
		int ___ret =                                                                    \
			bpf_map__set_value_size((skel)->maps.sec##_##array,                     \
						sizeof((skel)->sec##_##array->array[0]) * (n)); \
                                                                                                \
		if (___ret)                                                                     \
			SCX_DIE(-___ret, "could not resize %s", #array);                        \
		(skel)->sec##_##array =                                                         \
			bpf_map__initial_value((skel)->maps.sec##_##array, &___size);           \
		SCX_BUG_ON(!(skel)->sec##_##array, "could not resize %s", #array);              \
	} while (0)

#include "user_exit_info.h"
#include "compat.h"
#include "open.h"

#endif /* __SCX_COMMON_H */
