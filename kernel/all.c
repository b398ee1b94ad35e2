// SPDX-License-Identifier: GPL-2.0
/*
 * all.c - the class as one translation unit, as kernel/sched/build_policy.c does it for the
 * other classes, so that the hot paths can be inlined across the parts. Each part also compiles
 * alone, which shows what leaks between them: "vm/vm parts" does that.
 */
#include "seam.h"

#include "trace.c"
#include "call.c"
#include "exit.c"
#include "events.c"
#include "task.c"
#include "dsq.c"
#include "idle.c"
#include "kick.c"
#include "dispatch.c"
#include "move.c"
#include "reenq.c"
#include "defer.c"
#include "local.c"
#include "bypass.c"
#include "class.c"
#include "fork.c"
#include "cgroup.c"
#include "hotplug.c"
#include "watchdog.c"
#include "dump.c"
#include "sysfs.c"
#include "sched_obj.c"
#include "enable.c"
#include "hooks.c"
#include "kfunc_insert.c"
#include "kfunc_dispatch.c"
#include "kfunc_unlocked.c"
#include "kfunc_queue.c"
#include "kfunc_idle.c"
#include "kfunc_any.c"
#include "bpf_glue.c"
