/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_exit_info.bpf.h - the scheduler's side of telling why it ended.
 */
#ifndef __SCX_USER_EXIT_INFO_BPF_H
#define __SCX_USER_EXIT_INFO_BPF_H

#include "user_exit_info_common.h"

/*
 * UEI_DEFINE(name) - the record @name, and a buffer for the debug dump that the
 * loader sizes (SCX_OPS_LOAD() does). Once in a .bpf.c, at file scope.
 */
#define UEI_DEFINE(uei_name)                         \
	char RESIZABLE_ARRAY(data, uei_name##_dump); \
	const volatile u32 uei_name##_dump_len;      \
	struct user_exit_info uei_name SEC(".data")

/*
 * UEI_RECORD(name, ei) - fill the record from the struct scx_exit_info that the
 * exit callback was given. The kind is stored last, by an atomic exchange, which
 * is a full barrier: a loader that sees it sees the rest.
 */
#define UEI_RECORD(uei_name, ei)                                                                   \
	({                                                                                         \
		bpf_probe_read_kernel_str(uei_name.reason, sizeof(uei_name.reason), (ei)->reason); \
		bpf_probe_read_kernel_str(uei_name.msg, sizeof(uei_name.msg), (ei)->msg);          \
		bpf_probe_read_kernel_str(uei_name##_dump, uei_name##_dump_len, (ei)->dump);       \
		if (bpf_core_field_exists((ei)->exit_code))                                        \
			uei_name.exit_code = (ei)->exit_code;                                      \
		__sync_lock_test_and_set(&uei_name.kind, (int)(ei)->kind);                         \
	})

#endif /* __SCX_USER_EXIT_INFO_BPF_H */
