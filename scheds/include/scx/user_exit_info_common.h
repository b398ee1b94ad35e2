/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_exit_info_common.h - why a scheduler ended: what its exit callback
 * leaves for its loader. Shared by both sides.
 */
#ifndef __SCX_USER_EXIT_INFO_COMMON_H
#define __SCX_USER_EXIT_INFO_COMMON_H

enum uei_sizes {
	UEI_REASON_LEN = 128,
	UEI_MSG_LEN = 1024,
	UEI_DUMP_DFL_LEN = 32768,
};

struct user_exit_info {
	int kind;		/* enum scx_exit_kind; written last, 0 until then */
	s64 exit_code;		/* enum scx_exit_code, or the scheduler's own */
	char reason[UEI_REASON_LEN];	/* the kind in words */
	char msg[UEI_MSG_LEN];		/* details, may be empty */
};

#endif /* __SCX_USER_EXIT_INFO_COMMON_H */
