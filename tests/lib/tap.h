/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tap.h - tests in C that print TAP (Test Anything Protocol), for prove(1).
 *
 *	#include "tap.h"
 *
 *	TEST(a_full_queue_refuses_one_more)
 *	{
 *		...
 *		EXPECT_EQ(queue_push(q, 1), -ENOSPC);
 *	}
 *
 * Linking tap.o gives the program its main(): it runs the tests in the order of
 * the source, or those named on the command line. Each test runs in a process
 * (and process group) of its own, so a crash, an exit or a hang is the failure
 * of that test alone, and nothing it starts survives it. What a test prints is
 * shown, as TAP diagnostics, when it fails or when -v is given.
 *
 * A test that makes no check fails: it could not have found anything.
 */
#ifndef TESTS_LIB_TAP_H
#define TESTS_LIB_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tap_test {
	const char	*name;		/* the identifier given to TEST() */
	const char	*file;
	int		line;
	unsigned int	timeout_s;	/* 0: the default of the run */
	void		(*run)(void);
	struct tap_test	*next;		/* owned by tap_register() */
};

struct tap_options {
	bool		verbose;	/* show what passing tests print, too */
	unsigned int	timeout_s;	/* for tests that name none; 0 means 60 */
	uint64_t	seed;		/* what tap_seed() returns inside a test */
};

/* Puts @test among those that main() runs. TEST() calls this before main(). */
void tap_register(struct tap_test *test);

/*
 * Runs @nr tests of @tests in the order given and prints TAP with its plan to
 * @out. Returns the number of tests that failed, or -errno if one could not be
 * started (then the plan stays unmet, which prove reports as well).
 */
int tap_run(struct tap_test *const tests[], int nr, const struct tap_options *opts, FILE *out);

/*
 * The seed of this run (--seed, else a fresh one): the only source of chance a
 * test may use. A failing test's report names it.
 */
uint64_t tap_seed(void);

/* Ends the test now; checks that failed so far count. Used by ASSERT_*. */
_Noreturn void tap_stop(void);

/*
 * For tests that turn the machine upside down: ends the program unless it runs in the guest of
 * vm/vm run. To be called before main(): TAP_ONLY_IN_GUEST() once in a part's sources.
 */
void tap_only_in_guest(void);
#define TAP_ONLY_IN_GUEST()                                          \
	__attribute__((constructor)) static void only_in_guest(void) \
	{                                                            \
		tap_only_in_guest();                                 \
	}                                                            \
	_Static_assert(1, "")

/* Ends the test and reports it as skipped, with the reason. See SKIP(). */
_Noreturn void tap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define __TAP_TEST(ident, seconds)                                     \
	static void ident(void);                                       \
	__attribute__((constructor)) static void tap_add_##ident(void) \
	{                                                              \
		static struct tap_test test = {                        \
			.name = #ident,                                \
			.file = __FILE__,                              \
			.line = __LINE__,                              \
			.timeout_s = (seconds),                        \
			.run = ident,                                  \
		};                                                     \
		tap_register(&test);                                   \
	}                                                              \
	static void ident(void)

/* Defines a test and registers it. The name is a sentence: what is the case. */
#define TEST(ident)			__TAP_TEST(ident, 0)

/* The same with a time limit of its own, for tests that may need minutes. */
#define TEST_TIMEOUT(ident, seconds)	__TAP_TEST(ident, seconds)

#define SKIP(...)			tap_skip(__VA_ARGS__)

/*
 * EXPECT_x(a, b) checks, reports a failure with both values, goes on, and is
 * true if the check held. ASSERT_x(a, b) ends the test where the check fails.
 * Integers compare by value whatever their signedness.
 */
#define EXPECT_EQ(a, b)		__TAP_CMP(TAP_EQ, #a, #b, a, b)
#define EXPECT_NE(a, b)		__TAP_CMP(TAP_NE, #a, #b, a, b)
#define EXPECT_LT(a, b)		__TAP_CMP(TAP_LT, #a, #b, a, b)
#define EXPECT_LE(a, b)		__TAP_CMP(TAP_LE, #a, #b, a, b)
#define EXPECT_GT(a, b)		__TAP_CMP(TAP_GT, #a, #b, a, b)
#define EXPECT_GE(a, b)		__TAP_CMP(TAP_GE, #a, #b, a, b)
#define EXPECT_TRUE(x)		__TAP_BOOL(#x, x, true)
#define EXPECT_FALSE(x)		__TAP_BOOL(#x, x, false)
/* Strings; NULL equals only NULL. HAS: @a contains @b. */
#define EXPECT_STREQ(a, b)	__TAP_STR(#a, #b, a, b, false)
#define EXPECT_STRHAS(a, b)	__TAP_STR(#a, #b, a, b, true)

#define ASSERT_EQ(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_EQ, #a, #b, a, b))
#define ASSERT_NE(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_NE, #a, #b, a, b))
#define ASSERT_LT(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_LT, #a, #b, a, b))
#define ASSERT_LE(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_LE, #a, #b, a, b))
#define ASSERT_GT(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_GT, #a, #b, a, b))
#define ASSERT_GE(a, b)		__TAP_ASSERT(__TAP_CMP(TAP_GE, #a, #b, a, b))
#define ASSERT_TRUE(x)		__TAP_ASSERT(__TAP_BOOL(#x, x, true))
#define ASSERT_FALSE(x)		__TAP_ASSERT(__TAP_BOOL(#x, x, false))
#define ASSERT_STREQ(a, b)	__TAP_ASSERT(__TAP_STR(#a, #b, a, b, false))
#define ASSERT_STRHAS(a, b)	__TAP_ASSERT(__TAP_STR(#a, #b, a, b, true))

/* What the macros above expand to. Texts are taken before macros in them expand. */

enum tap_op { TAP_EQ, TAP_NE, TAP_LT, TAP_LE, TAP_GT, TAP_GE };

struct tap_value {
	enum { TAP_INT, TAP_UINT, TAP_DOUBLE, TAP_PTR } kind;
	union {
		long long		i;
		unsigned long long	u;
		double			d;
		const volatile void	*p;
	};
};

struct tap_value tap_int(long long v);
struct tap_value tap_uint(unsigned long long v);
struct tap_value tap_double(double v);
struct tap_value tap_ptr(const volatile void *v);

bool tap_check(const char *file, int line, enum tap_op op, const char *a_text, const char *b_text,
	       struct tap_value a, struct tap_value b);
bool tap_check_bool(const char *file, int line, const char *text, bool is, bool want);
bool tap_check_str(const char *file, int line, const char *a_text, const char *b_text,
		   const char *a, const char *b, bool contains);

/* clang-format off: one line for each kind of value */
#define __TAP_VALUE(x)                        \
	_Generic((x),                         \
		char: tap_int,                \
		signed char: tap_int,         \
		short: tap_int,               \
		int: tap_int,                 \
		long: tap_int,                \
		long long: tap_int,           \
		_Bool: tap_uint,              \
		unsigned char: tap_uint,      \
		unsigned short: tap_uint,     \
		unsigned int: tap_uint,       \
		unsigned long: tap_uint,      \
		unsigned long long: tap_uint, \
		float: tap_double,            \
		double: tap_double,           \
		default: tap_ptr)(x)
/* clang-format on */

#define __TAP_CMP(op, a_text, b_text, a, b) \
	tap_check(__FILE__, __LINE__, op, a_text, b_text, __TAP_VALUE(a), __TAP_VALUE(b))

#define __TAP_BOOL(text, x, want) tap_check_bool(__FILE__, __LINE__, text, !!(x), want)

#define __TAP_STR(a_text, b_text, a, b, contains) \
	tap_check_str(__FILE__, __LINE__, a_text, b_text, a, b, contains)

#define __TAP_ASSERT(check)         \
	do {                        \
		if (!(check))       \
			tap_stop(); \
	} while (0)

#endif /* TESTS_LIB_TAP_H */
