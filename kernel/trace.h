/* SPDX-License-Identifier: GPL-2.0 */
/* trace.h - the trace events of the class, system "sched_ext". */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sched_ext

#if !defined(_SCXKIT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SCXKIT_TRACE_H

#include <linux/tracepoint.h>

/* clang-format off */

/* One line of a debug dump. */
TRACE_EVENT(sched_ext_dump,

	TP_PROTO(const char *line),

	TP_ARGS(line),

	TP_STRUCT__entry(
		__string(line, line)
	),

	TP_fast_assign(
		__assign_str(line);
	),

	TP_printk("%s", __get_str(line))
);

/* An event counter went up by @delta. */
TRACE_EVENT(sched_ext_event,

	TP_PROTO(const char *name, s64 delta),

	TP_ARGS(name, delta),

	TP_STRUCT__entry(
		__string(name, name)
		__field(s64, delta)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->delta = delta;
	),

	TP_printk("name %s delta %lld", __get_str(name), __entry->delta)
);

/* Waiting tasks of a node were spread over its CPUs while bypassing. */
TRACE_EVENT(sched_ext_bypass_lb,

	TP_PROTO(u32 node, u32 nr_cpus, u32 nr_tasks, u32 nr_balanced, u32 before_min,
		 u32 before_max, u32 after_min, u32 after_max),

	TP_ARGS(node, nr_cpus, nr_tasks, nr_balanced, before_min, before_max, after_min,
		after_max),

	TP_STRUCT__entry(
		__field(u32, node)
		__field(u32, nr_cpus)
		__field(u32, nr_tasks)
		__field(u32, nr_balanced)
		__field(u32, before_min)
		__field(u32, before_max)
		__field(u32, after_min)
		__field(u32, after_max)
	),

	TP_fast_assign(
		__entry->node = node;
		__entry->nr_cpus = nr_cpus;
		__entry->nr_tasks = nr_tasks;
		__entry->nr_balanced = nr_balanced;
		__entry->before_min = before_min;
		__entry->before_max = before_max;
		__entry->after_min = after_min;
		__entry->after_max = after_max;
	),

	TP_printk("node %u: cpus %u tasks %u balanced %u before %u-%u after %u-%u",
		  __entry->node, __entry->nr_cpus, __entry->nr_tasks, __entry->nr_balanced,
		  __entry->before_min, __entry->before_max, __entry->after_min,
		  __entry->after_max)
);

#endif /* _SCXKIT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../kernel/sched/scx
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
/* clang-format on */
