/* SPDX-License-Identifier: GPL-2.0 */
/* kfunc.h - checks that several groups of kfuncs share. */
#ifndef _SCXKIT_KFUNC_H
#define _SCXKIT_KFUNC_H

/*
 * Are *@enq_flags fit for an insert into @dsq_id? If not @sch is ejected. Adds the flags that
 * @sch wants on every insert.
 */
bool kfunc_enq_flags_ok(struct scx_sched *sch, u64 dsq_id, u64 *enq_flags);

/* Is idle tracking on? If not @sch is ejected. */
bool kfunc_idle_tracked(struct scx_sched *sch);

#endif /* _SCXKIT_KFUNC_H */
