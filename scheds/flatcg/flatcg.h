/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flatcg.h - what scx_flatcg's two sides share.
 */
#ifndef __SCX_FLATCG_H
#define __SCX_FLATCG_H

enum flatcg_consts {
	FLATCG_HWEIGHT_ONE = 1 << 16,
	FLATCG_MAX_CGROUPS = 16384,
};

enum flatcg_counter {
	FCG_ACT,		/* cgroups that became active */
	FCG_DEACT,		/* cgroups that ceased to be */
	FCG_GLOBAL,		/* tasks sent to the fallback queue */
	FCG_LOCAL,		/* wakeups that found an idle CPU */

	FCG_HWT_CACHE,		/* hweights found to be current */
	FCG_HWT_UPDATES,	/* hweights computed anew */
	FCG_HWT_SKIP,		/* hweights of cgroups that aren't active */
	FCG_HWT_RACE,		/* cgroups that became inactive meanwhile */

	FCG_ENQ_SKIP,		/* enqueues of cgroups already in the tree */
	FCG_ENQ_RACE,		/* enqueues of cgroups that have gone */

	FCG_CNS_KEEP,		/* CPUs that stayed with their cgroup */
	FCG_CNS_EXPIRE,		/* cgroups' slices used up */
	FCG_CNS_EMPTY,		/* cgroups out of tasks before that */
	FCG_CNS_GONE,		/* cgroups removed before that */

	FCG_PNC_NO_CGRP,	/* picks with no cgroup in the tree */
	FCG_PNC_NEXT,		/* cgroups picked */
	FCG_PNC_EMPTY,		/* cgroups in the tree that had no task */
	FCG_PNC_GONE,		/* cgroups in the tree that have gone */
	FCG_PNC_RACE,		/* cgroups whose tasks were on their way */

	FCG_BAD_REMOVAL,	/* nodes that could not be taken off the tree */
	NR_FCG_COUNTERS,
};

/* A cgroup as the loader sees it. */
struct flatcg_info {
	u64 parent;		/* cgroup id; 0: the root has none */
	u32 level;
	u32 weight;
	u32 hweight;
	s32 nr_active;
};

#endif /* __SCX_FLATCG_H */
