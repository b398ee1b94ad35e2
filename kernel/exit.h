/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exit.h - recording that a scheduler must end, from any context.
 */
#ifndef _SCXKIT_EXIT_H
#define _SCXKIT_EXIT_H

/*
 * End scheduler @sch for reason @kind with @exit_code and a message. The first caller wins and
 * gets true; from then on @sch->aborting is set and the unloading (enable.c) is under way. Any
 * context including NMI, any lock held.
 */
__printf(4, 5) bool scx_exit(struct scx_sched *sch, enum scx_exit_kind kind, s64 exit_code,
			     const char *fmt, ...);

__printf(4, 0) bool scx_vexit(struct scx_sched *sch, enum scx_exit_kind kind, s64 exit_code,
			      const char *fmt, va_list args);

/* The scheduler did something that it must not do. The message names it. */
#define scx_error(sch, fmt, args...)	scx_exit((sch), SCX_EXIT_ERROR, 0, fmt, ##args)

/* Is @cpu one that BPF may name? If not @sch is ejected; @where says who was given it. */
bool scx_cpu_valid(struct scx_sched *sch, s32 cpu, const char *where);

/* Text for @kind, never NULL. */
const char *scx_exit_reason(enum scx_exit_kind kind);

/* Buffers for an end that may come. @dump_len in bytes. NULL if there is no memory. */
struct scx_exit_info *scx_exit_info_create(u32 dump_len);
void scx_exit_info_destroy(struct scx_exit_info *info);

#endif /* _SCXKIT_EXIT_H */
