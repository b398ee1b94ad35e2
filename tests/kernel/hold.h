/* SPDX-License-Identifier: GPL-2.0 */
/* hold.h - a CPU that does not pass through the scheduler for a while (hold.bpf.c). */
#ifndef TESTS_KERNEL_HOLD_H
#define TESTS_KERNEL_HOLD_H

#include "lab.h"
#include "worker.h"

#include "hold.bpf.skel.h"

/*
 * @w spins on @cpu, which from now on runs interrupts at most, until bss->release of the result
 * is set. The test goes on on CPU 0. The caller destroys the result.
 */
struct hold_bpf *hold_cpu_of(const struct worker *w, int cpu);

#endif /* TESTS_KERNEL_HOLD_H */
