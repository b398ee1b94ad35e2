/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.bpf.h - the one header a BPF scheduler includes.
 *
 * A scheduler is one .bpf.c file that includes this, defines callbacks with
 * BPF_STRUCT_OPS(), names them in SCX_OPS_DEFINE(), and is compiled against a
 * vmlinux.h of any kernel that has the class. The object file then loads on
 * 6.12 and everything after: what differs between kernels is decided while
 * loading, from the kernel's BTF (enums.bpf.h for constants, compat.bpf.h for
 * functions).
 *
 * Each header below is one theme and states the contract of each macro.
 */
#ifndef __SCX_COMMON_BPF_H
#define __SCX_COMMON_BPF_H

/*
 * vmlinux.h may declare kfuncs with the prototypes of the kernel it was made
 * from; ours must be weak and must stand for every kernel.
 */
#ifndef BPF_NO_KFUNC_PROTOTYPES
#define BPF_NO_KFUNC_PROTOTYPES
#endif

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <asm-generic/errno.h>

#include "enums.bpf.h"
#include "ops.bpf.h"
#include "kfuncs.bpf.h"
#include "print.bpf.h"
#include "mem.bpf.h"
#include "arith.bpf.h"
#include "compat.bpf.h"
#include "task.bpf.h"
#include "user_exit_info.bpf.h"

#endif /* __SCX_COMMON_BPF_H */
