/* SPDX-License-Identifier: GPL-2.0 */
/* btf_text.h - questions to the kernel's BTF. */
#ifndef TESTS_KERNEL_BTF_TEXT_H
#define TESTS_KERNEL_BTF_TEXT_H

#include <bpf/btf.h>

/* The running kernel's BTF, or the end of the test. */
const struct btf *kernel_btf(void);

/* Id of the type called @name of kind BTF_KIND_*; < 0 if there is none. */
int btf_id(const char *name, unsigned int kind);

/* Index of @member of the kernel's struct @type; < 0 if there is none. */
int btf_member_index(const char *type, const char *member);

/*
 * Prototype of function type @id, or of that behind a pointer to it, as text: "void (u64, s32)".
 * Arguments whose name ends in __iter, __sz or __nullable have their name. Good until the next
 * call.
 */
const char *btf_prototype(unsigned int id);

/* The type of id @id: "const struct cpumask *". Good until the next call but three. */
const char *btf_type_text(unsigned int id);

#endif /* TESTS_KERNEL_BTF_TEXT_H */
