/* SPDX-License-Identifier: GPL-2.0 */
/* chance.h - random numbers of a process of a test, all of them from the seed of the run. */
#ifndef TESTS_SYSTEM_CHANCE_H
#define TESTS_SYSTEM_CHANCE_H

#include "tap.h"

/* The state to begin with, different for each @who. */
static inline uint64_t chance_seed(uint64_t who)
{
	return (tap_seed() + who) * 0x9e3779b97f4a7c15ULL | 1;
}

/* The next number, from 0 to @below - 1. Advances *@state. (xorshift64*) */
static inline uint64_t chance_below(uint64_t *state, uint64_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

#endif /* TESTS_SYSTEM_CHANCE_H */
