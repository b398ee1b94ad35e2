# SPDX-License-Identifier: GPL-2.0
# BPF objects and their skeletons:
#
#	scheds/NAME/NAME.bpf.c, bench/NAME.bpf.c   build/bpf/NAME.bpf.o
#	tests/PART/NAME.bpf.c                      build/bpf/tests/PART/NAME.bpf.o
#
# and build/skel/.../NAME.bpf.skel.h, which sources of the same folder include by that name alone;
# its struct and functions are called NAME_bpf, NAME_bpf__open and so on, as bpftool does.

bpf_sources := $(wildcard scheds/*/*.bpf.c bench/*.bpf.c tests/*/*.bpf.c)
bpf_name = $(if $(filter tests/%,$1),$(1:%.bpf.c=%),$(patsubst %.bpf.c,%,$(notdir $1)))

# Objects are relocated when they are loaded, so those made with base's types run on all flavours.
build/vmlinux.h: build/stamp/kernel-base | build/tools
	@vm/vm vmlinux-h base

# $(call bpf_rules,SOURCE,NAME)
define bpf_rules
programs: build/bpf/$2.bpf.o

build/bpf/$2.bpf.o: $1 build/vmlinux.h | build/tools
	$$(call quiet,BPF,$1)
	@mkdir -p $$(@D)
	$$(Q)$$(CLANG) $$(BPF_CFLAGS) -MMD -MP -c $$< -o $$@
	$$(Q)$$(LLVM_STRIP) -g $$@

build/skel/$2.bpf.skel.h: build/bpf/$2.bpf.o
	@mkdir -p $$(@D)
	$$(Q)$$(BPFTOOL) gen skeleton $$< >$$@

$(call objects,$(call host_sources,$(dir $1)*.c)): | build/skel/$2.bpf.skel.h
endef
$(foreach source,$(bpf_sources),$(eval $(call bpf_rules,$(source),$(call bpf_name,$(source)))))
