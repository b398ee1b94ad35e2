// SPDX-License-Identifier: GPL-2.0
/*
 * hold.bpf.c - programs that do not return until they are told to. A timer keeps its CPU from
 * passing through the scheduler, but for interrupts; a SYSCALL program keeps its task from moving
 * to another CPU.
 */
#include <scx/common.bpf.h>

char _license[] SEC("license") = "GPL";

static const u64 delay_ns = 20000000; /* for who arms it to leave the CPU */
static const u64 limit_ns = 10000000000; /* before RCU complains */

s32 hold_pid; /* the task to interrupt: nobody else is held */
u32 is_armed, is_held;
u32 release; /* let go */

struct hold {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct hold);
} holds SEC(".maps");

static int is_over(u32 nth, u64 *end)
{
	return release || bpf_ktime_get_ns() > *end;
}

static void spin(void)
{
	u64 end = bpf_ktime_get_ns() + limit_ns;
	s32 i;

	is_held = 1;
	bpf_for(i, 0, 1 << 20)
		if (bpf_loop(1 << 20, is_over, &end, 0) < 1 << 20)
			break;
	is_held = 0;
}

static int hold(void *map, u32 *key, struct hold *value)
{
	if ((s32)bpf_get_current_pid_tgid() == hold_pid)
		spin();
	is_armed = 0;
	return 0;
}

/* Hold the CPU that this runs on, in a moment, if hold_pid is running there then. */
SEC("syscall")
int hold_cpu(void *ctx)
{
	struct hold *value;
	u32 zero = 0;
	int err;

	value = bpf_map_lookup_elem(&holds, &zero);
	if (!value)
		return -ESRCH;
	err = bpf_timer_init(&value->timer, &holds, CLOCK_MONOTONIC);
	if (err && err != -EBUSY)
		return err;
	is_armed = 1;
	bpf_timer_set_callback(&value->timer, hold);
	return bpf_timer_start(&value->timer, delay_ns, BPF_F_TIMER_CPU_PIN);
}

/* The task that runs this cannot migrate, but be preempted. */
SEC("syscall")
int hold_task(void *ctx)
{
	spin();
	return 0;
}
