# SPDX-License-Identifier: GPL-2.0
# Programs and tests of the host, found by where they lie:
#
#	scheds/NAME/*.c, scheds/lib/*.c      build/bin/scx_NAME
#	bench/NAME.c, bench/lib/*.c          build/bin/NAME
#	tests/PART/t_NAME.c, tests/PART/*.c  build/tests/PART/t_NAME
#	tests/PART/t_NAME.sh                 run as it is
#
# A library is linked by archive: a program gets of it what it uses.

host_sources = $(filter-out %.bpf.c,$(wildcard $1))
objects = $(patsubst %.c,build/obj/%.o,$1)

scheds := $(patsubst scheds/%/,%,$(dir $(wildcard scheds/*/*.bpf.c)))
sched_programs := $(scheds:%=build/bin/scx_%)
bench_programs := $(patsubst bench/%.c,build/bin/%,$(call host_sources,bench/*.c))
test_parts := $(filter-out lib,$(sort $(patsubst tests/%/,%,$(dir $(wildcard tests/*/*.c)))))
test_sources := $(call host_sources,tests/*/t_*.c)
test_programs := $(patsubst %.c,build/%,$(test_sources))
vm_programs := build/vm/initramfs build/vm/relay build/vm/tsc_rate

# Every boot takes the kernel that this make is about.
export SCXKIT_KERNEL := $(KERNEL)

PARALLEL_TESTS ?= 1
PROVE_FLAGS ?= --failures --comments -j$(PARALLEL_TESTS)
TESTS ?= $(sort $(test_programs) $(wildcard tests/*/t_*.sh))
one_cpu_tests := $(addprefix build/tests/,kernel/t_names kernel/t_rights kernel/t_one_cpu scheds/t_one_cpu)
distro_tests := $(addprefix build/tests/,kernel/t_any kernel/t_load kernel/t_exit kernel/t_bypass kernel/t_hotplug \
	kernel/t_suspend kernel/t_unplug kernel/t_watchdog kernel/t_cgroup kernel/t_cgroup_v1 \
	system/t_fire system/t_races system/t_load)
pristine_tests := $(addprefix build/tests/,scheds/t_loader scheds/t_headers scheds/t_simple)
FORMATTED = $(shell find kernel vm scheds bench tests -name '*.[ch]')

.PHONY: programs
programs: $(sched_programs) $(bench_programs) $(test_programs) $(vm_programs)

# Set-up: each stamp says that a step of vm/vm was done with what it depends on.
build/stamp/setup: vm/build/packages.def
	@mkdir -p $(@D)
	@vm/vm setup
	@touch $@

build/tools: force | build/stamp/setup
	@vm/vm tools
	@[ "$$(readlink $@)" = "$$(vm/vm path tools)" ] || ln -sfn "$$(vm/vm path tools)" $@

# The kernel lies in a cache that other checkouts use, too: vm/vm looks whether it is the one that
# was made from what is here, and the stamp changes when the kernel does.
.PHONY: force
build/stamp/kernel-%: force | build/stamp/setup
	@vm/vm kernel $*
	@[ $@ -nt "$$(vm/vm path bzImage $*)" ] || touch $@

build/stamp/parts: $(wildcard kernel/* kernel/patches/*/*) | build/stamp/kernel-base
	@vm/vm parts
	@touch $@

# Objects. What boots the machine needs no libraries.
define compile
	$(call quiet,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(call include_path,$<) -MMD -MP -c $< -o $@
endef
build/obj/vm/%.o: vm/%.c | build/stamp/setup
	$(compile)
build/obj/%.o: %.c | build/tools
	$(compile)

# $(call archive,NAME,SOURCES): build/lib/NAME.a, and what it is made of, which changes when a
# source goes away.
define archive
build/lib/$1.list: force
	@mkdir -p $$(@D)
	@echo '$2' | cmp -s - $$@ || echo '$2' >$$@

build/lib/$1.a: $(call objects,$2) build/lib/$1.list
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive,sched,$(call host_sources,scheds/lib/*.c)))
$(eval $(call archive,bench,$(call host_sources,bench/lib/*.c)))
$(eval $(call archive,test,$(filter-out tests/lib/t_%,$(call host_sources,tests/lib/*.c))))
$(eval $(call archive,wire,$(wildcard vm/wire/*.c)))
$(foreach part,$(test_parts),$(eval $(call archive,test-$(part),\
	$(filter-out tests/$(part)/t_%,$(call host_sources,tests/$(part)/*.c)))))

# $(call program,TARGET,SOURCES,ARCHIVES)
define program
$1: $(call objects,$2) $(3:%=build/lib/%.a) | build/tools
	$$(call quiet,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach name,$(scheds),$(eval $(call program,build/bin/scx_$(name),\
	$(call host_sources,scheds/$(name)/*.c),sched)))
$(foreach target,$(bench_programs),$(eval $(call program,$(target),\
	$(target:build/bin/%=bench/%.c),bench sched)))
$(foreach source,$(test_sources),$(eval $(call program,$(source:%.c=build/%),$(source),\
	$(patsubst %,test-%,$(filter-out lib,$(word 2,$(subst /, ,$(source))))) test bench sched wire)))

build/vm/tsc_rate: $(call objects,vm/boot/tsc_rate.c)
	$(call quiet,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@

build/vm/relay: $(call objects,$(filter-out vm/boot/tsc_rate.c,$(wildcard vm/boot/*.c))) build/lib/wire.a
	$(call quiet,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@

build/vm/agent: $(call objects,$(wildcard vm/agent/*.c)) build/lib/wire.a
	$(call quiet,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -static $^ -o $@

build/vm/initramfs: build/vm/agent vm/image/initramfs
	$(call quiet,CPIO,$@)
	$(Q)vm/image/initramfs $< $@

-include $(shell find build/obj build/bpf -name '*.d' 2>/dev/null)
