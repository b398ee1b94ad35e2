# SPDX-License-Identifier: GPL-2.0
# Compilers and their flags. An object gets the include path of the part it belongs to, so that a
# part cannot include what it may not know.

CC := gcc
CLANG := clang-19
LLVM_STRIP := llvm-strip-19
BPFTOOL := build/tools/bin/bpftool

WARNINGS := -Wall -Wextra -Werror
CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -D_GNU_SOURCE -pthread
LDFLAGS := -pthread -Wl,--as-needed
LDLIBS := build/tools/lib/libbpf.a -ljson-c -lelf -lz -lm

# Types of the kernel come from BTF; warnings about them are not ours to mend.
BPF_CFLAGS := -target bpf -mcpu=v3 -std=gnu11 -O2 -g $(WARNINGS) -D__TARGET_ARCH_x86 \
	-isystem build -isystem build/tools/include -Ischeds/include

# $(call include_path,SOURCE)
include_of_scheds := -Ischeds/include -Ischeds -Ibuild/skel -isystem build/tools/include
include_of_bench := -Ischeds/include -Ibench -Ibuild/skel -isystem build/tools/include
include_of_tests := -Itests/lib -Ischeds/include -I. -Ibuild/skel -isystem build/tools/include
include_of_vm :=
include_path = $(include_of_$(firstword $(subst /, ,$1))) -Ibuild/skel/$(dir $1)

ifeq ($(V),1)
Q :=
quiet = @:
# The first word has the short options, once make has put its flags in order.
else ifneq ($(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
Q := @
quiet = @:
else
Q := @
quiet = @printf '  %-8s%s\n' $1 $2 >&2
endif
