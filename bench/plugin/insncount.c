// SPDX-License-Identifier: GPL-2.0
/*
 * insncount.c - a QEMU plugin that counts how often each guest instruction ran.
 *
 * Loaded with "-plugin insncount.so,out=FILE". FILE is an array of pairs of 64-bit
 * numbers, address and count, one for each address of the kernel's half that ran.
 * The pair before them all has the number of pairs, itself included, in place of an
 * address, and counts user space.
 *
 * The counters are in the mapped file itself, so they are there however QEMU ends.
 * They are added to without a lock: one thread must run all virtual CPUs, as it
 * does under -icount.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu_plugin.h"

#define KERNEL_HALF	(1ull << 63)
#define NR_SITES	(1u << 22)	/* a kernel has some million instructions */
#define NR_BUCKETS	(1u << 16)

struct site {
	uint64_t	vaddr;
	uint64_t	count;
};

static struct site *sites;		/* the file */
static uint32_t buckets[NR_BUCKETS];	/* first site of each chain; 0: none */
static uint32_t next_site[NR_SITES];	/* next in the chain */

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* The site of @vaddr, new if it has none. Code may be translated more than once. */
static struct site *site_get(uint64_t vaddr)
{
	uint32_t *bucket = &buckets[(vaddr * 0x9e3779b97f4a7c15ull) >> 48];

	if (!(vaddr & KERNEL_HALF))
		return &sites[0];
	for (uint32_t i = *bucket; i; i = next_site[i])
		if (sites[i].vaddr == vaddr)
			return &sites[i];
	if (sites->vaddr == NR_SITES) {
		fputs("insncount: more instructions than expected\n", stderr);
		exit(1);
	}
	next_site[sites->vaddr] = *bucket;
	*bucket = sites->vaddr++;
	sites[*bucket].vaddr = vaddr;
	return &sites[*bucket];
}

static void translated(qemu_plugin_id_t id __attribute__((unused)), struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct site *site = site_get(qemu_plugin_insn_vaddr(insn));

		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &site->count, 1);
	}
}

static int map_file(const char *path)
{
	size_t size = NR_SITES * sizeof(*sites);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || ftruncate(fd, size) < 0) {
		perror(path);
		return -1;
	}
	sites = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (sites == MAP_FAILED) {
		perror(path);
		return -1;
	}
	sites->vaddr = 1;
	return 0;
}

struct qemu_info;

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const struct qemu_info *info __attribute__((unused)),
					   int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fputs("insncount: takes one option, out=FILE\n", stderr);
		return -1;
	}
	if (map_file(argv[0] + 4))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
