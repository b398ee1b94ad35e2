// SPDX-License-Identifier: GPL-2.0
/*
 * What scheds/include/scx promises a scheduler's author, called one by one by
 * t_headers.c. None of it needs a scheduler to be loaded.
 */
#include <scx/common.bpf.h>
#include "headers.h"

char _license[] SEC("license") = "GPL";

/* Only so that the object is one of a scheduler: it is never attached. */
UEI_DEFINE(uei);

u32 RESIZABLE_ARRAY(data, resizable);
const volatile u32 nr_resizable;

struct headers_args args;

struct cell {
	u64 before;
	u64 value;
};

static struct cell table[4][4];

u64 enum_values[HEADERS_MAX_ENUMS];
u32 nr_enum_values;

/* args.i: index; args.ret: the element, or -1 if there is none. */
SEC("syscall")
int array_elem(void *ctx)
{
	u32 *elem = ARRAY_ELEM_PTR(resizable, args.i, nr_resizable);

	args.ret = elem ? *elem : (u64)-1;
	return 0;
}

/* args.i, args.j: indexes; args.ret: offset of the member, or -1. */
SEC("syscall")
int member_vptr(void *ctx)
{
	u64 *value = MEMBER_VPTR(table, [args.i][args.j].value);

	args.ret = value ? (void *)value - (void *)table : (u64)-1;
	return 0;
}

SEC("syscall")
int arithmetic(void *ctx)
{
	u64 a = args.i, b = args.j;

	args.before = time_before(a, b);
	args.after = time_after(a, b);
	args.before_eq = time_before_eq(a, b);
	args.after_eq = time_after_eq(a, b);
	args.delta = time_delta(a, b);
	args.log2 = log2_u64(a);
	args.ewma = ewma14(a, b);
	return 0;
}

/* The constants as this kernel numbers them, in the order of enums.def. */
SEC("syscall")
int enums(void *ctx)
{
	u32 n = 0;

#define ENUM_BEGIN(type)
#define ENUM_END(type)
#define ENUMERATOR(name, value) enum_values[n++] = name;
#define ENUMERATOR_NEW(name, value) enum_values[n++] = name;
#include <scx/enums.def>
	nr_enum_values = n;
	return 0;
}
