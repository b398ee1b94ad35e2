// SPDX-License-Identifier: GPL-2.0
/* sys.c - tests/kernel/sys.h for this folder: a test program links what lies beside it. */
#include "tests/kernel/sys.c"
