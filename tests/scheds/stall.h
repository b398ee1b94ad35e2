/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stall.h - CPUs that stop where it hurts, as virtual ones may anywhere: when a scheduler stores
 * something in a BPF hash map, or inserts a task into the queue of a CPU that it names.
 */
#ifndef TESTS_SCHEDS_STALL_H
#define TESTS_SCHEDS_STALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct stall_bpf;

/*
 * From here to stall_stop(), one in @one_in takes @ns longer: of the stores to hash maps named @map,
 * or of the inserts into SCX_DSQ_LOCAL_ON queues of tasks that another CPU has. End the test if that
 * cannot be.
 */
struct stall_bpf *stall_stores(const char *map, unsigned int one_in, uint64_t ns);
struct stall_bpf *stall_inserts(unsigned int one_in, uint64_t ns);

/* Whether an insert goes on now, of task @ret_pid into the queue of CPU @ret_cpu. */
bool stalled_insert(const struct stall_bpf *stall, pid_t *ret_pid, int *ret_cpu);

void stall_stop(struct stall_bpf *stall);

#endif /* TESTS_SCHEDS_STALL_H */
