/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mem.bpf.h - access to global data in a way that the verifier can follow, and
 * the kernel's typed memory, lists and trees (BPF graph kfuncs).
 */
#ifndef __SCX_MEM_BPF_H
#define __SCX_MEM_BPF_H

/* One load of @x, now: another CPU may change it at any time. */
#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#endif

/*
 * RESIZABLE_ARRAY(sec, name) - a global array whose length the loader decides.
 *
 *	u32 RESIZABLE_ARRAY(data, cpu_load);	in the .bpf.c, section .data or
 *						.rodata or .bss
 *	RESIZE_ARRAY(skel, data, cpu_load, n);	in the loader, before load
 *
 * Each has a map of its own, of one element until resized. Access it with
 * ARRAY_ELEM_PTR().
 */
#define RESIZABLE_ARRAY(sec, name) name[1] SEC("." #sec "." #name)

/*
 * ARRAY_ELEM_PTR(arr, i, n) - &arr[i], or NULL if i >= n.
 *
 * @n: number of elements, constant or in .rodata, so that the verifier knows it.
 *
 * The barriers on the index keep the compiler from computing the address before
 * the check; the one on the base keeps it from knowing that a resizable array
 * was declared with one element, which would make any index but 0 undefined.
 */
#define ARRAY_ELEM_PTR(arr, i, n)                          \
	({                                                 \
		typeof(&(arr)[0]) ___base, ___elem = NULL; \
		u64 ___i = (i);                            \
                                                           \
		barrier_var(___i);                         \
		if (___i < (n)) {                          \
			barrier_var(___i);                 \
			___base = (arr);                   \
			barrier_var(___base);              \
			___elem = ___base + ___i;          \
		}                                          \
		___elem;                                   \
	})

/*
 * MEMBER_VPTR(base, member) - pointer to a part of a global object, or NULL if
 * it would lie outside.
 *
 *	u32 *x = MEMBER_VPTR(table, [row].col[col]);
 *
 * @base: the object (not a pointer; write (*ptr) for one that points to a
 * whole object). @member: what would follow @base in an expression; its indexes
 * may be any value. Only the sum is checked: a bad inner index that stays
 * inside the object is not noticed.
 */
#define MEMBER_VPTR(base, member)                                    \
	({                                                           \
		typeof((base)member) *___ptr = NULL;                 \
		u64 ___base = (u64) & (base);                        \
		u64 ___off = (u64) & ((base)member) - ___base;       \
                                                                     \
		_Static_assert(sizeof(base) >= sizeof((base)member), \
			       "member is larger than its base");    \
		barrier_var(___off);                                 \
		if (___off <= sizeof(base) - sizeof((base)member)) { \
			barrier_var(___off);                         \
			___ptr = (void *)&(base) + ___off;           \
		}                                                    \
		___ptr;                                              \
	})

/*
 * The iterator of the innermost bpf_for_each() around, for kfuncs that take
 * one: scx_bpf_dsq_move(BPF_FOR_EACH_ITER, p, dsq_id, 0).
 */
#define BPF_FOR_EACH_ITER (&___it)

/* Data that one bpf_spin_lock guards must share a map with nothing else. */
#define private(name) SEC(".data." #name) __attribute__((visibility("hidden"), aligned(8)))

/* Marks the root of a list or tree of struct @type linked through @node. */
#define __contains(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))

void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym __weak;
void bpf_obj_drop_impl(void *kptr, void *meta) __ksym __weak;
int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
			     __u64 off) __ksym __weak;
int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
			    __u64 off) __ksym __weak;
struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym __weak;
struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym __weak;
int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta,
			__u64 off) __ksym __weak;
struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root,
				      struct bpf_rb_node *node) __ksym __weak;
struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym __weak;

/*
 * bpf_obj_new(type) - an owned, zeroed object of @type, or NULL.
 * bpf_obj_drop(obj) - free an owned one.
 * bpf_list_push_*(head, node), bpf_rbtree_add(root, node, less) - give an
 * owned object away; the lock that shares a map with the root is held.
 */
#define bpf_obj_new(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))
#define bpf_obj_drop(kptr) bpf_obj_drop_impl(kptr, NULL)
#define bpf_list_push_front(head, node) bpf_list_push_front_impl(head, node, NULL, 0)
#define bpf_list_push_back(head, node) bpf_list_push_back_impl(head, node, NULL, 0)
#define bpf_rbtree_add(root, node, less) bpf_rbtree_add_impl(root, node, less, NULL, 0)

#ifndef container_of
#define container_of(ptr, type, member) ((type *)((void *)(ptr) - __builtin_offsetof(type, member)))
#endif

#endif /* __SCX_MEM_BPF_H */
