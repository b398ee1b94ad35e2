// SPDX-License-Identifier: GPL-2.0
#include "hist.h"

/*
 * Bucket of a value: the values below HIST_SUB have one each; above, a power of two
 * 2^e (e >= HIST_SUB_BITS) has HIST_SUB buckets of width 2^(e - HIST_SUB_BITS),
 * told apart by the HIST_SUB_BITS bits below the leading one.
 */
static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < HIST_SUB)
		return value;
	shift = 63 - __builtin_clzll(value) - HIST_SUB_BITS;
	return (shift << HIST_SUB_BITS) + (value >> shift);
}

/* The largest value that falls into @bucket. */
static uint64_t bucket_end(unsigned int bucket)
{
	unsigned int shift;
	uint64_t lead;

	if (bucket < HIST_SUB)
		return bucket;
	shift = (bucket >> HIST_SUB_BITS) - 1;
	lead = HIST_SUB + (bucket & (HIST_SUB - 1));
	return (lead << shift) + ((1ull << shift) - 1);
}

void hist_record(struct hist *h, uint64_t value)
{
	h->count[bucket_of(value)]++;
	h->nr++;
	if (value > h->max)
		h->max = value;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		to->count[i] += from->count[i];
	to->nr += from->nr;
	if (from->max > to->max)
		to->max = from->max;
}

uint64_t hist_quantile(const struct hist *h, uint32_t num, uint32_t den)
{
	/* Rounded up, in 128 bits as nr * num may not fit; at least the first. */
	uint64_t rank = ((unsigned __int128)h->nr * num + den - 1) / den;
	uint64_t seen = 0;

	if (!h->nr)
		return 0;
	if (!rank)
		rank = 1;
	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		seen += h->count[i];
		if (seen >= rank)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}
