/* SPDX-License-Identifier: GPL-2.0 */
/*
 * simple.h - what scx_simple's two sides share.
 */
#ifndef __SCX_SIMPLE_H
#define __SCX_SIMPLE_H

enum simple_counter {
	SIMPLE_LOCAL,	/* wakeups that found an idle CPU */
	SIMPLE_GLOBAL,	/* tasks that went through the shared queue */
	NR_SIMPLE_COUNTERS,
};

#endif /* __SCX_SIMPLE_H */
