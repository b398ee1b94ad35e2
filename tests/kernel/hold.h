/* SPDX-License-Identifier: GPL-2.0 */
/* hold.h - a CPU that does not pass through the scheduler for a while (hold.bpf.c). */
#ifndef TESTS_KERNEL_HOLD_H
#define TESTS_KERNEL_HOLD_H

#include "lab.h"
#include "worker.h"

#include "hold.bpf.skel.h"

/*
 * @w spins on @cpu, which from now on runs interrupts at most, until hold_end(). The test goes on
 * on CPU 0.
 */
struct hold_bpf *hold_cpu_of(const struct worker *w, int cpu);

/* Let go, and free @hold. Ends the test as failed if the CPU was not held until now. */
void hold_end(struct hold_bpf *hold);

#endif /* TESTS_KERNEL_HOLD_H */
