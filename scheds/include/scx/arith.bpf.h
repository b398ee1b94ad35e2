/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arith.bpf.h - times, which may wrap, scaling by weight, logarithms.
 */
#ifndef __SCX_ARITH_BPF_H
#define __SCX_ARITH_BPF_H

/* Of user space's headers: for bpf_timer_init(), and for its ns. */
#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC 1
#endif
#ifndef NSEC_PER_SEC
#define NSEC_PER_SEC 1000000000ULL
#endif

/*
 * Times (ns, jiffies, vtime) are u64 that may wrap. These compare by the sign of
 * the difference, which is right while two times are less than 2^63 apart.
 */

/* Whether @a is before @b. */
static inline bool time_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* Whether @a is after @b. */
static inline bool time_after(u64 a, u64 b)
{
	return time_before(b, a);
}

/* Whether @a is before @b or the same. */
static inline bool time_before_eq(u64 a, u64 b)
{
	return !time_before(b, a);
}

/* Whether @a is after @b or the same. */
static inline bool time_after_eq(u64 a, u64 b)
{
	return !time_before(a, b);
}

/* Whether @a lies in [@b, @c]. */
static inline bool time_in_range(u64 a, u64 b, u64 c)
{
	return time_after_eq(a, b) && time_before_eq(a, c);
}

/* Whether @a lies in [@b, @c). */
static inline bool time_in_range_open(u64 a, u64 b, u64 c)
{
	return time_after_eq(a, b) && time_before(a, c);
}

/* How long @after is after @before, 0 if it is not. */
static inline s64 time_delta(u64 after, u64 before)
{
	return time_after(after, before) ? (s64)(after - before) : 0;
}

/*
 * @value times the weight of @p (1..10000, 100 is nice 0) relative to that of
 * nice 0: what a heavier task gets more of.
 */
static inline u64 scale_by_task_weight(const struct task_struct *p, u64 value)
{
	return value * p->scx.weight / 100;
}

/* The inverse: what a heavier task is charged less of, such as vtime. */
static inline u64 scale_by_task_weight_inverse(const struct task_struct *p, u64 value)
{
	return value * 100 / p->scx.weight;
}

/* Number of the highest set bit plus one: 1 for 1, 11 for 1024. 0 for 0. */
static inline u32 log2_u32(u32 v)
{
	u32 n = 0;

	if (v >> 16) {
		n += 16;
		v >>= 16;
	}
	if (v >> 8) {
		n += 8;
		v >>= 8;
	}
	if (v >> 4) {
		n += 4;
		v >>= 4;
	}
	if (v >> 2) {
		n += 2;
		v >>= 2;
	}
	if (v >> 1) {
		n += 1;
		v >>= 1;
	}
	return n + v;
}

/* The same for 64 bits. */
static inline u32 log2_u64(u64 v)
{
	u32 hi = v >> 32;

	return hi ? 32 + log2_u32(hi) : log2_u32(v);
}

/* Exponential moving average: three quarters of @old, one of @new. */
static inline u64 ewma14(u64 old, u64 new)
{
	return old - (old >> 2) + (new >> 2);
}

#endif /* __SCX_ARITH_BPF_H */
