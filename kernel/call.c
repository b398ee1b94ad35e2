// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "exit.h"

DEFINE_PER_CPU(struct scx_call *, scx_call_top);

bool scx_kfunc_allowed(struct scx_sched *sch, u32 groups, const char *what)
{
	struct scx_call *call = scx_call_current();
	u32 may = call ? call->groups : KG_UNLOCKED;

	if (likely(may & groups))
		return true;
	scx_error(sch, "%s is asked for %s", what,
		  call ? "in a callback that may not" : "outside of the callbacks that may");
	return false;
}

bool scx_call_about(const struct task_struct *p)
{
	struct scx_call *call = scx_call_current();

	return call && (call->subject[0] == p || call->subject[1] == p);
}

int scx_call_errno(struct scx_sched *sch, const char *op, s32 ret)
{
	if (likely(ret <= 0 && ret >= -MAX_ERRNO))
		return ret;
	scx_error(sch, "ops.%s() returned %d, which is neither 0 nor a negative errno", op, ret);
	return -EPROTO;
}
