/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_exit_info.h - the loader's side of telling why a scheduler ended.
 */
#ifndef __SCX_USER_EXIT_INFO_H
#define __SCX_USER_EXIT_INFO_H

#include "user_exit_info_common.h"

/* Exit kinds and codes that loaders act on (enum scx_exit_kind, _code). */
#define __UEI_KIND_ERROR 1024
#define __UEI_ECODE_ACT_RESTART (1ULL << 48)

/*
 * UEI_SET_SIZE(skel, ops, uei) - size the dump buffer of record @uei by
 * .exit_dump_len of @ops, or by the default. SCX_OPS_LOAD() does this.
 */
#define UEI_SET_SIZE(skel, ops, uei)                                                    \
	do {                                                                            \
		u32 ___len = (skel)->struct_ops.ops->exit_dump_len ?: UEI_DUMP_DFL_LEN; \
                                                                                        \
		(skel)->rodata->uei##_dump_len = ___len;                                \
		RESIZE_ARRAY(skel, data, uei##_dump, ___len);                           \
	} while (0)

/* UEI_KIND(skel, uei) - the exit kind, 0 while the scheduler lives. */
#define UEI_KIND(skel, uei) __atomic_load_n(&(skel)->data->uei.kind, __ATOMIC_ACQUIRE)

/* UEI_EXITED(skel, uei) - whether the scheduler has ended. */
#define UEI_EXITED(skel, uei) (UEI_KIND(skel, uei) != 0)

/* UEI_IS_ERROR(kind) - whether @kind means it was ejected with an error. */
#define UEI_IS_ERROR(kind) ((kind) >= __UEI_KIND_ERROR)

/* UEI_ECODE_RESTART(ecode) - whether exit code @ecode asks for another run. */
#define UEI_ECODE_RESTART(ecode) (!!((u64)(ecode) & __UEI_ECODE_ACT_RESTART))

/* Print why a scheduler ended, and its debug dump if it left one, to stderr. */
static inline void __uei_print(const struct user_exit_info *uei, const char *dump)
{
	static const char rule[] = "===========================================";

	if (dump[0])
		fprintf(stderr, "\nDEBUG DUMP\n%s\n\n%s\n%s\n\n", rule, dump, rule);
	fprintf(stderr, "EXIT: %s", uei->reason);
	if (uei->msg[0])
		fprintf(stderr, " (%s)", uei->msg);
	fputc('\n', stderr);
}

/*
 * UEI_REPORT(skel, uei) - say why the scheduler ended. Once its link is
 * destroyed or it has exited. Value: its exit code.
 */
#define UEI_REPORT(skel, uei)                                                                   \
	({                                                                                      \
		__uei_print((void *)&(skel)->data->uei, (skel)->data_##uei##_dump->uei##_dump); \
		(s64)(skel)->data->uei.exit_code;                                               \
	})

#endif /* __SCX_USER_EXIT_INFO_H */
