/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stall.h - CPUs that stop where it hurts, as virtual ones may anywhere: while they store something
 * in a BPF hash map.
 */
#ifndef TESTS_SCHEDS_STALL_H
#define TESTS_SCHEDS_STALL_H

#include <stdint.h>

struct stall_bpf;

/*
 * From here to stall_stop(), one in @one_in stores to hash maps named @map takes @ns longer. Ends
 * the test if that cannot be.
 */
struct stall_bpf *stall_start(const char *map, unsigned int one_in, uint64_t ns);
void stall_stop(struct stall_bpf *stall);

#endif /* TESTS_SCHEDS_STALL_H */
