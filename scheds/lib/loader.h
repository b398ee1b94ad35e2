/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loader.h - what every loader does the same way: options, signals, the loop
 * that prints while the scheduler runs, and the end.
 *
 * A loader reads
 *
 *	argp_parse(...);		with loader_argp_children
 *	loader_begin();
 *	do {
 *		skel = SCX_OPS_OPEN(...);
 *		skel->rodata->... = ...;
 *		SCX_OPS_LOAD(...);
 *		link = SCX_OPS_ATTACH(...);
 *		LOADER_WATCH(skel, uei, 1, print_stats);
 *		bpf_link__destroy(link);
 *		again = LOADER_REPORT(skel, uei);
 *		NAME__destroy(skel);
 *	} while (again);
 *	return loader_status();
 */
#ifndef __SCX_LOADER_H
#define __SCX_LOADER_H

#include <argp.h>
#include <scx/common.h>

/* Options of every loader: -v (libbpf's messages), -h. */
extern const struct argp_child loader_argp_children[];

/*
 * The number in @arg, which option @option of @state was given. Ends the
 * process with a usage error unless it is a whole number in [@min, @max].
 */
u64 loader_number(struct argp_state *state, const char *option, const char *arg, u64 min, u64 max);

/*
 * Once, after the options. From here on SIGINT and SIGTERM wait for
 * loader_watch(), so neither interrupts a load half way; each line of output is
 * flushed at once.
 */
void loader_begin(void);

/*
 * Stay until the scheduler that @uei belongs to has ended, or SIGINT or SIGTERM
 * came. Calls @print(@arg) every @interval_s seconds.
 */
struct loader_watch {
	const struct user_exit_info *uei;
	u32 interval_s;			/* > 0 */
	void (*print)(void *arg);
	void *arg;
};
void loader_watch(const struct loader_watch *watch);

/* LOADER_WATCH(skel, uei, interval_s, print) - with @skel as the argument. */
#define LOADER_WATCH(skel, _uei, _interval_s, _print) \
	loader_watch(&(struct loader_watch){          \
		.uei = (void *)&(skel)->data->_uei,   \
		.interval_s = (_interval_s),          \
		.print = (_print),                    \
		.arg = (skel),                        \
	})

/* Whether SIGINT or SIGTERM has come. Takes the signal. */
bool loader_stopped(void);

/*
 * Take note of how the scheduler ended. Returns whether to load it again: its
 * exit code asks for it, and nobody asked to stop.
 */
bool loader_ended(int kind, s64 exit_code);

/* LOADER_REPORT(skel, uei) - say why the scheduler ended, and note it. */
#define LOADER_REPORT(skel, uei)                            \
	({                                                  \
		s64 ___code = UEI_REPORT(skel, uei);        \
                                                            \
		loader_ended(UEI_KIND(skel, uei), ___code); \
	})

/* The process's exit status: 1 if the scheduler was ejected with an error. */
int loader_status(void);

#endif /* __SCX_LOADER_H */
