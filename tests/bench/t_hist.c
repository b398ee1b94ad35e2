// SPDX-License-Identifier: GPL-2.0
/* t_hist.c - quantiles of the histogram against values known beforehand. */
#include <stdlib.h>

#include "bench/lib/hist.h"
#include "tap.h"

static struct hist h;

TEST(an_empty_histogram_has_quantiles_of_zero)
{
	EXPECT_EQ(hist_quantile(&h, 50, 100), 0);
	EXPECT_EQ(hist_quantile(&h, 1, 1), 0);
	EXPECT_EQ(h.max, 0);
}

TEST(a_single_value_is_every_quantile)
{
	hist_record(&h, 123456789);
	EXPECT_EQ(hist_quantile(&h, 0, 100), 123456789);
	EXPECT_EQ(hist_quantile(&h, 50, 100), 123456789);
	EXPECT_EQ(hist_quantile(&h, 999, 1000), 123456789);
}

TEST(values_below_the_first_doubling_are_exact)
{
	for (unsigned int v = 0; v < HIST_SUB; v++)
		hist_record(&h, v);
	/* 64 values from 0: the n-th of them is n - 1. */
	EXPECT_EQ(hist_quantile(&h, 1, 64), 0);
	EXPECT_EQ(hist_quantile(&h, 32, 64), 31);
	EXPECT_EQ(hist_quantile(&h, 64, 64), 63);
	EXPECT_EQ(h.nr, 64);
}

TEST(a_rank_between_two_values_takes_the_larger)
{
	hist_record(&h, 10);
	hist_record(&h, 20);
	hist_record(&h, 30);
	/* Half of three values is one and a half, so two have to be covered. */
	EXPECT_EQ(hist_quantile(&h, 1, 2), 20);
}

TEST(one_slow_value_in_a_thousand_is_beyond_p99_9_but_is_the_maximum)
{
	for (int i = 0; i < 999; i++)
		hist_record(&h, 50);
	hist_record(&h, 1000000007);
	EXPECT_EQ(hist_quantile(&h, 999, 1000), 50);
	EXPECT_EQ(hist_quantile(&h, 9991, 10000), 1000000007);
	EXPECT_EQ(h.max, 1000000007);
}

TEST(a_quantile_is_at_most_one_bucket_above_the_value)
{
	for (int e = 0; e < 64; e++) {
		for (int i = -1; i <= 1; i++) {
			uint64_t v = (1ull << e) + i;
			struct hist one = {};

			hist_record(&one, v);
			one.max = UINT64_MAX;	/* or it would be the answer */
			EXPECT_GE(hist_quantile(&one, 1, 1), v);
			EXPECT_LE(hist_quantile(&one, 1, 1) - v, v / HIST_SUB);
		}
	}
}

TEST(the_largest_value_there_is_fits)
{
	hist_record(&h, UINT64_MAX);
	EXPECT_EQ(hist_quantile(&h, 1, 1), UINT64_MAX);
	EXPECT_EQ(h.count[HIST_BUCKETS - 1], 1);
}

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

TEST(quantiles_agree_with_sorting_whatever_the_values)
{
	enum { NR = 10000 };
	static uint64_t values[NR];
	static const unsigned int per_mille[] = { 1, 100, 500, 900, 990, 999, 1000 };

	srand48(tap_seed());
	for (int i = 0; i < NR; i++) {
		/* All magnitudes alike, as latencies come. */
		values[i] = (uint64_t)mrand48() >> (lrand48() % 63);
		hist_record(&h, values[i]);
	}
	qsort(values, NR, sizeof(values[0]), cmp);
	for (unsigned int i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++) {
		uint64_t exact = values[NR / 1000 * per_mille[i] - 1];
		uint64_t got = hist_quantile(&h, per_mille[i], 1000);

		EXPECT_GE(got, exact);
		EXPECT_LE(got - exact, exact / HIST_SUB);
	}
}

TEST(merging_equals_recording_in_one)
{
	static struct hist a, b, all;

	for (uint64_t v = 1; v < 1ull << 40; v = v * 3 + 1) {
		hist_record(v & 2 ? &a : &b, v);
		hist_record(&all, v);
	}
	hist_merge(&a, &b);
	EXPECT_EQ(a.nr, all.nr);
	EXPECT_EQ(a.max, all.max);
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(hist_quantile(&a, i, 100), hist_quantile(&all, i, 100));
}
