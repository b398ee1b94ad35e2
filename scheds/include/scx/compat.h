/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - asking the running kernel's BTF what it has.
 *
 * The BTF is read once and kept for the life of the process. Where the kernel
 * has no readable BTF, the first question exits: nothing could be loaded.
 */
#ifndef __SCX_COMPAT_H
#define __SCX_COMPAT_H

#include <bpf/btf.h>
#include <stdbool.h>

/* The running kernel's BTF, or exits. */
static inline const struct btf *__scx_vmlinux_btf(void)
{
	static struct btf *btf;

	if (!btf) {
		btf = btf__load_vmlinux_btf();
		SCX_BUG_ON(!btf, "could not read the kernel's BTF "
				 "(built with CONFIG_DEBUG_INFO_BTF?)");
	}
	return btf;
}

/* The enum, of 32 or 64 bits, called @type; NULL if there is none. */
static inline const struct btf_type *__scx_find_enum(const struct btf *btf, const char *type)
{
	s32 id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);

	if (id < 0)
		id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM64);
	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

/*
 * Read the value of enumerator @name of the kernel's enum @type into *@ret, one
 * of 32 bits as unsigned. Returns false, and leaves *@ret alone, if the kernel has no such thing.
 */
static inline bool __COMPAT_read_enum(const char *type, const char *name, u64 *ret)
{
	const struct btf *btf = __scx_vmlinux_btf();
	const struct btf_type *t = __scx_find_enum(btf, type);
	u32 i, off;

	for (i = 0; t && i < btf_vlen(t); i++) {
		off = btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off;
		if (strcmp(btf__name_by_offset(btf, off), name))
			continue;
		*ret = btf_is_enum(t) ? (u32)btf_enum(t)[i].val :
					btf_enum64_value(btf_enum64(t) + i);
		return true;
	}
	return false;
}

/* The value of enumerator @name of enum @type (both strings), or 0. */
static inline u64 __COMPAT_enum_or_zero(const char *type, const char *name)
{
	u64 value = 0;

	__COMPAT_read_enum(type, name, &value);
	return value;
}
#define __COMPAT_ENUM_OR_ZERO(type, name) __COMPAT_enum_or_zero(type, name)

/* Whether the kernel has a function (so perhaps a kfunc) called @ksym. */
static inline bool __COMPAT_has_ksym(const char *ksym)
{
	return btf__find_by_name_kind(__scx_vmlinux_btf(), ksym, BTF_KIND_FUNC) >= 0;
}

/* Whether the kernel's struct @type exists and has a member @field. */
static inline bool __COMPAT_struct_has_field(const char *type, const char *field)
{
	const struct btf *btf = __scx_vmlinux_btf();
	s32 id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t;
	u32 i;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, id);
	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), field))
			return true;
	return false;
}

/*
 * SCX_OPS_FLAG(name) - the value of flag @name of struct sched_ext_ops on this
 * kernel; 0 where it is unknown, so that asking for it does nothing.
 *
 *	skel->struct_ops.simple_ops->flags |= SCX_OPS_SWITCH_PARTIAL;
 */
#define SCX_OPS_FLAG(name) __COMPAT_ENUM_OR_ZERO("scx_ops_flags", #name)

#define SCX_OPS_KEEP_BUILTIN_IDLE SCX_OPS_FLAG(SCX_OPS_KEEP_BUILTIN_IDLE)
#define SCX_OPS_ENQ_LAST SCX_OPS_FLAG(SCX_OPS_ENQ_LAST)
#define SCX_OPS_ENQ_EXITING SCX_OPS_FLAG(SCX_OPS_ENQ_EXITING)
#define SCX_OPS_SWITCH_PARTIAL SCX_OPS_FLAG(SCX_OPS_SWITCH_PARTIAL)
#define SCX_OPS_ENQ_MIGRATION_DISABLED SCX_OPS_FLAG(SCX_OPS_ENQ_MIGRATION_DISABLED)
#define SCX_OPS_ALLOW_QUEUED_WAKEUP SCX_OPS_FLAG(SCX_OPS_ALLOW_QUEUED_WAKEUP)
#define SCX_OPS_BUILTIN_IDLE_PER_NODE SCX_OPS_FLAG(SCX_OPS_BUILTIN_IDLE_PER_NODE)
#define SCX_OPS_ALWAYS_ENQ_IMMED SCX_OPS_FLAG(SCX_OPS_ALWAYS_ENQ_IMMED)
#define SCX_OPS_HAS_CGROUP_WEIGHT SCX_OPS_FLAG(SCX_OPS_HAS_CGROUP_WEIGHT)

#endif /* __SCX_COMPAT_H */
