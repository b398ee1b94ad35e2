/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qemu_plugin.h - what insncount.c uses of QEMU's plugin interface, version 1.
 *
 * Debian's packages have the interface but not its header.
 */
#ifndef BENCH_QEMU_PLUGIN_H
#define BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION	1
#define QEMU_PLUGIN_EXPORT	__attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;		/* a block of guest code being translated */
struct qemu_plugin_insn;	/* one instruction of it */

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

/* Calls @translated for every block as it is translated. */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*translated)(qemu_plugin_id_t id,
							      struct qemu_plugin_tb *tb));

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* From now on executing @insn adds @value to the number at @counter. */
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *counter,
						uint64_t value);

#endif /* BENCH_QEMU_PLUGIN_H */
