# SPDX-License-Identifier: GPL-2.0
# scxkit. `make help` lists the targets; V=1 shows the commands.
#
# KERNEL=FLAVOUR picks the kernel that is booted: base (default), debug, kasan, distro, bench, up,
# pristine.

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
KERNEL ?= base

.PHONY: all run check check-debug check-kasan check-distro check-up check-upstream bench-switch bench-load
.PHONY: kernel setup clean help format format-check
.DELETE_ON_ERROR:

all: programs			## host programs, BPF schedulers, tests (the default)

include mk/flags.mk
include mk/rules.mk
include mk/bpf.mk

run: all kernel			## a BPF scheduler against the default one on our kernel: one table
	@bench/compare

check: format-check all kernel build/stamp/parts	## every test, those of the class in a virtual machine
	@SCXKIT_STAMP="$$(cat "$$(vm/vm path stamp $(KERNEL))")" prove -e mk/run-test $(PROVE_FLAGS) $(TESTS)

check-debug:			## the same on a kernel that checks locks, lists, RCU and sleeping
	@$(MAKE) check KERNEL=debug

check-kasan:			## the same on a kernel that checks every memory access
	@$(MAKE) check KERNEL=kasan

check-distro:			## what static keys, suspend and autogroups change, on a kernel that has them
	@$(MAKE) check KERNEL=distro TESTS="$(distro_tests)"

check-up:			## what one CPU is enough for, on a kernel for one CPU and without cgroups
	@$(MAKE) check KERNEL=up TESTS="$(one_cpu_tests)"

check-upstream: kernel programs	## upstream's own selftests on our kernel, our schedulers on upstream's
	@vm/upstream/selftests $(KERNEL)
	@vm/vm kernel pristine
	@SCXKIT_KERNEL=pristine prove -e mk/run-test $(PROVE_FLAGS) $(pristine_tests)

bench-switch: all	## instructions per context switch, ours against upstream's
	@bench/switch

bench-load: all		## time to load a scheduler, ours against upstream's
	@bench/load

kernel: build/stamp/kernel-$(KERNEL)	## the kernel with the class in it

setup:				## the Debian packages that everything needs
	@vm/vm setup

format: build/stamp/setup	## lay the sources out by .clang-format
	@mk/format $(FORMATTED)

format-check: build/stamp/setup	## fails where the layout is not that of .clang-format
	@mk/format --check $(FORMATTED)

clean:				## remove build/; the cache of kernels and tools stays
	@rm -rf build

help:				## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 18
