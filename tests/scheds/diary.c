// SPDX-License-Identifier: GPL-2.0
#include "diary.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "hog.h"
#include "tap.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static long nr_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw + usage.ru_nvcsw;
}

bool diary_write_span(struct diary *diary)
{
	unsigned int nr = diary->nr;
	long switches = nr_switches();
	uint64_t begin = now_ns(), end = begin, now;

	if (nr == DIARY_MAX_SPANS)
		return false;
	for (;;) {
		now = now_ns();
		if (nr_switches() != switches)
			break;
		end = now;
		hog_relax();
	}
	diary->spans[nr].begin = begin;
	diary->spans[nr].end = end;
	atomic_store(&diary->nr, nr + 1);
	return true;
}

void diary_write(void *diary)
{
	while (diary_write_span(diary))
		;
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t diary_overlap_ns(const struct diary *a, const struct diary *b)
{
	unsigned int i = 0, j = 0, nr_a = a->nr, nr_b = b->nr;
	uint64_t sum = 0, begin, end;

	while (i < nr_a && j < nr_b) {
		begin = max(a->spans[i].begin, b->spans[j].begin);
		end = min(a->spans[i].end, b->spans[j].end);
		if (begin < end)
			sum += end - begin;
		if (a->spans[i].end < b->spans[j].end)
			i++;
		else
			j++;
	}
	return sum;
}

uint64_t diary_total_ns(const struct diary *diary)
{
	unsigned int i, nr = diary->nr;
	uint64_t sum = 0;

	for (i = 0; i < nr; i++)
		sum += diary->spans[i].end - diary->spans[i].begin;
	return sum;
}

struct diary *diary_create(void)
{
	struct diary *diary = mmap(NULL, sizeof(*diary), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(diary != MAP_FAILED);
	return diary;
}
