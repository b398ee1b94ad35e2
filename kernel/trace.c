// SPDX-License-Identifier: GPL-2.0
#include "seam.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
#undef CREATE_TRACE_POINTS
