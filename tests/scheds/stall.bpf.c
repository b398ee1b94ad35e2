// SPDX-License-Identifier: GPL-2.0
/* stall.bpf.c - makes CPUs stop where it hurts: see stall.h. */
#include <scx/common.bpf.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define BPF_OBJ_NAME_LEN 16

const volatile char map_name[BPF_OBJ_NAME_LEN];
const volatile unsigned int one_in;
const volatile unsigned long long stall_ns;

static u64 nr_calls; /* of which one in one_in stops */

/* An insert that goes on now, of a task into the queue of a CPU; pid 0: none. */
int stalled_pid;
int stalled_cpu;

static bool is_the_map(struct bpf_map *map)
{
	char name[BPF_OBJ_NAME_LEN];
	int i;

	if (bpf_probe_read_kernel(name, sizeof(name), map->name))
		return false;
	for (i = 0; i < BPF_OBJ_NAME_LEN; i++)
		if (name[i] != map_name[i])
			return false;
	return true;
}

static long is_over(u32 i, u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

static void stall_now_and_then(void)
{
	u64 end = bpf_ktime_get_ns() + stall_ns;

	if ((__sync_fetch_and_add(&nr_calls, 1) + 1) % one_in == 0)
		bpf_loop(1 << 23, is_over, &end, 0);
}

SEC("?kprobe/htab_map_update_elem")
int BPF_KPROBE(stall_store, struct bpf_map *map)
{
	if (is_the_map(map))
		stall_now_and_then();
	return 0;
}

/* The runqueue of this CPU is locked: a task on it could not change meanwhile. */
SEC("?kprobe/scx_bpf_dsq_insert___v2")
int BPF_KPROBE(stall_insert, struct task_struct *p, u64 dsq_id)
{
	if ((dsq_id & SCX_DSQ_LOCAL_ON) != SCX_DSQ_LOCAL_ON ||
	    BPF_CORE_READ(p, thread_info.cpu) == bpf_get_smp_processor_id())
		return 0;
	stalled_cpu = (u32)dsq_id;
	stalled_pid = BPF_CORE_READ(p, pid);
	stall_now_and_then();
	stalled_pid = 0;
	return 0;
}
