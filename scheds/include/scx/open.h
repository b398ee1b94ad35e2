/* SPDX-License-Identifier: GPL-2.0 */
/*
 * open.h - SCX_OPS_OPEN, SCX_OPS_LOAD, SCX_OPS_ATTACH: a scheduler from its
 * skeleton into the kernel.
 *
 *	skel = SCX_OPS_OPEN(simple_ops, simple_bpf);
 *	skel->rodata->... = ...;
 *	SCX_OPS_LOAD(skel, simple_ops, simple_bpf, uei);
 *	link = SCX_OPS_ATTACH(skel, simple_ops, simple_bpf);
 *
 * Each exits if it fails. The macros only spell out names of the skeleton; the
 * work is in the functions below.
 */
#ifndef __SCX_OPEN_H
#define __SCX_OPEN_H

#include <bpf/libbpf.h>
#include <unistd.h>

#define __SCX_SYSFS "/sys/kernel/sched_ext/"

/*
 * The kernel's count of CPU hotplug events; 0 if it doesn't tell, which the
 * kernel takes for "don't compare". A scheduler that was set up for one count
 * is not let in with another: its view of the CPUs is stale.
 */
static inline u64 scx_hotplug_seq(void)
{
	unsigned long long seq = 0;
	FILE *f = fopen(__SCX_SYSFS "hotplug_seq", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu", &seq) != 1)
		seq = 0;
	fclose(f);
	return seq;
}

/*
 * Exit unless the kernel's BTF has whole 64-bit enumerators. Those of a BTF
 * generator older than pahole 1.24 are cut to 32 bits, and SCX_DSQ_LOCAL would
 * be a user DSQ.
 */
static inline void __scx_check_enums(void)
{
	u64 builtin = 0;

	if (!__COMPAT_read_enum("scx_dsq_id_flags", "SCX_DSQ_FLAG_BUILTIN", &builtin))
		SCX_DIE(0, "the kernel has no sched_ext class "
			   "(CONFIG_SCHED_CLASS_EXT in Linux 6.12 or later)");
	if (builtin != 1ULL << 63)
		SCX_DIE(0, "the kernel's BTF has 64-bit enums cut to 32 bits; "
			   "rebuild it with pahole 1.24 or later");
}

/*
 * SCX_ENUM_INIT(skel) - make the class's constants right in @skel. In objects
 * built with enums.bpf.h libbpf does so from the kernel's BTF; left to do is to
 * check that this BTF can be trusted.
 */
#define SCX_ENUM_INIT(skel) ((void)(skel), __scx_check_enums())

/* Address of member @name in the struct_ops @map of @obj, and its size. */
static inline void *__scx_ops_member(const struct bpf_object *obj, const struct bpf_map *map,
				     const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_type *t;
	size_t len;
	u32 i;

	t = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
	for (i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (strcmp(btf__name_by_offset(btf, m->name_off), name))
			continue;
		*size = btf__resolve_size(btf, m->type);
		return (char *)bpf_map__initial_value(map, &len) + btf_member_bit_offset(t, i) / 8;
	}
	return NULL;
}

/* Callback @name in the struct_ops @map, if it is set and this kernel doesn't know it; or NULL. */
static inline void **__scx_unknown_op(const struct bpf_object *obj, const struct bpf_map *map,
				      const char *name)
{
	size_t size;
	void **member;

	if (__COMPAT_struct_has_field("sched_ext_ops", name))
		return NULL;
	member = __scx_ops_member(obj, map, name, &size);
	return member && *member ? member : NULL;
}

/*
 * Take out of the struct_ops @map what a scheduler can do without and this
 * kernel doesn't know; libbpf would refuse to load it.
 */
static inline void __scx_blank_unknown(const struct bpf_object *obj, const struct bpf_map *map)
{
	static const char *const optional[] = {
		"cgroup_set_bandwidth",
		"cgroup_set_idle",
		"sub_attach",
		"sub_detach",
	};
	void *member, **op;
	size_t i, size;
	u64 cgroup_id;

	for (i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		op = __scx_unknown_op(obj, map, optional[i]);
		if (!op)
			continue;
		fprintf(stderr, "warning: this kernel has no ops.%s(), left out\n", optional[i]);
		*op = NULL;
	}

	/* 0 and 1 both mean "not a sub-scheduler". */
	if (__COMPAT_struct_has_field("sched_ext_ops", "sub_cgroup_id"))
		return;
	member = __scx_ops_member(obj, map, "sub_cgroup_id", &size);
	if (!member)
		return;
	memcpy(&cgroup_id, member, sizeof(cgroup_id));
	if (cgroup_id > 1)
		fprintf(stderr, "warning: this kernel has no sub-schedulers, "
				"scheduling the whole machine\n");
	memset(member, 0, sizeof(cgroup_id));
}

/* What SCX_OPS_OPEN() does once the skeleton is open. */
static inline void __scx_opened(const struct bpf_object *obj, const struct bpf_map *ops)
{
	size_t size;
	u64 seq = scx_hotplug_seq();
	void *member = __scx_ops_member(obj, ops, "hotplug_seq", &size);

	if (!__COMPAT_struct_has_field("sched_ext_ops", "dump"))
		SCX_DIE(0, "the kernel's sched_ext class is older than 6.12's");
	if (member)
		memcpy(member, &seq, sizeof(seq));
	__scx_blank_unknown(obj, ops);
}

/*
 * SCX_OPS_OPEN(ops, type) - the open skeleton (struct @type *) of a scheduler
 * whose SCX_OPS_DEFINE() is @ops. It is fitted to the running kernel, and its
 * .hotplug_seq is set.
 */
#define SCX_OPS_OPEN(ops, type)                                \
	({                                                     \
		struct type *___skel = type##__open();         \
                                                               \
		SCX_BUG_ON(!___skel, "could not open " #type); \
		SCX_ENUM_INIT(___skel);                        \
		__scx_opened(___skel->obj, ___skel->maps.ops); \
		___skel;                                       \
	})

/* Exit if the struct_ops @map of @type is about cgroups, of which this kernel's class knows none. */
static inline void __scx_check_cgroups(const struct bpf_object *obj, const struct bpf_map *map,
				       const char *type)
{
	static const char *const callbacks[] = {
		"cgroup_init", "cgroup_exit",	     "cgroup_prep_move",
		"cgroup_move", "cgroup_cancel_move", "cgroup_set_weight",
	};
	size_t i;

	for (i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++) {
		if (__scx_unknown_op(obj, map, callbacks[i]))
			SCX_DIE(0,
				"%s has ops.%s(), but this kernel's sched_ext class knows nothing "
				"of cgroups; it was built without CONFIG_EXT_GROUP_SCHED",
				type, callbacks[i]);
	}
}

/*
 * SCX_OPS_LOAD(skel, ops, type, uei) - size the dump of @uei, and load.
 *
 * The object's other programs are not associated with @ops, which takes libbpf 1.7. It matters on
 * kernels (7.1) that let schedulers have sub-schedulers: what a SYSCALL or tracing program calls is
 * for the root scheduler there, and refused if that one takes sub-schedulers.
 */
#define SCX_OPS_LOAD(skel, ops, type, uei)                                 \
	do {                                                               \
		UEI_SET_SIZE(skel, ops, uei);                              \
		__scx_check_cgroups((skel)->obj, (skel)->maps.ops, #type); \
		SCX_BUG_ON(type##__load(skel), "could not load " #type);   \
	} while (0)

/* The name of the loaded scheduler into @name, "" if there is none. */
static inline void __scx_loaded_name(char *name, size_t size)
{
	FILE *f = fopen(__SCX_SYSFS "root/ops", "re");

	name[0] = '\0';
	if (!f)
		return;
	if (!fgets(name, size, f))
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

/* Attach the struct_ops @map of scheduler @type, or exits. */
static inline struct bpf_link *__scx_attach(struct bpf_map *map, const char *type)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(map);
	char name[128];
	int err = errno;

	if (link)
		return link;
	__scx_loaded_name(name, sizeof(name));
	if (err == EBUSY && name[0])
		SCX_DIE(0, "could not attach %s: scheduler \"%s\" is loaded", type, name);
	SCX_DIE(err, "could not attach %s", type);
}

/*
 * SCX_OPS_ATTACH(skel, ops, type) - let the scheduler take over; the link whose
 * destruction takes it out again. Other programs of the object with a section
 * that says where they belong are attached first.
 *
 * An error in the scheduler's own setup doesn't show here: attaching succeeds,
 * and the exit record says what went wrong.
 */
#define SCX_OPS_ATTACH(skel, ops, type)                                                      \
	({                                                                                   \
		bpf_map__set_autoattach((skel)->maps.ops, false);                            \
		SCX_BUG_ON(type##__attach(skel), "could not attach the programs of " #type); \
		__scx_attach((skel)->maps.ops, #type);                                       \
	})

#endif /* __SCX_OPEN_H */
