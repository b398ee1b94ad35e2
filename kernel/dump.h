/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dump.h - the debug dump: what every CPU runs and every waiting task looks like, with the
 * scheduler's own view mixed in by its dump callbacks.
 */
#ifndef _SCXKIT_DUMP_H
#define _SCXKIT_DUMP_H

/* Dump into @sch->exit_info and to the trace event. Interrupt context, no lock held. */
void dump_for_exit(struct scx_sched *sch);

/*
 * Text from scx_bpf_dump(): appended to the dump in progress on this CPU, line by line. False
 * if there is none, or its callbacks are not running.
 */
bool dump_text(const char *text);

#endif /* _SCXKIT_DUMP_H */
