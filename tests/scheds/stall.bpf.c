// SPDX-License-Identifier: GPL-2.0
/* stall.bpf.c - makes CPUs stop while they store something in a BPF map: see stall.h. */
#include <scx/common.bpf.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define BPF_OBJ_NAME_LEN 16

const volatile char map_name[BPF_OBJ_NAME_LEN];
const volatile unsigned int one_in;
const volatile unsigned long long stall_ns;

static u64 nr_stores;

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

SEC("kprobe/htab_map_update_elem")
int BPF_KPROBE(stall_store, struct bpf_map *map)
{
	u64 end = bpf_ktime_get_ns() + stall_ns;

	if (is_the_map(map) && __sync_fetch_and_add(&nr_stores, 1) % one_in == 0)
		bpf_loop(1 << 23, is_over, &end, 0);
	return 0;
}
