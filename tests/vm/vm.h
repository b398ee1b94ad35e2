/* SPDX-License-Identifier: GPL-2.0 */
/* vm.h - calls vm/vm of this checkout from a test. */
#ifndef TESTS_VM_H
#define TESTS_VM_H

#include "cmd.h"

/*
 * Runs vm/vm with @args, which end with NULL, as cmd_run() does. Ends the test as failed when
 * it cannot be started. The caller calls cmd_result_exit().
 */
void vm_call(struct cmd_result *ret_result, const char *input, const char *const args[]);

/* vm_call() with the arguments written out: VM(&r, "path", "source"). */
#define VM(ret_result, ...) vm_call(ret_result, NULL, (const char *const[]){ __VA_ARGS__, NULL })

/*
 * A test that boots machines. They are emulated and may share few processors
 * with much else; VM_RUN() ends those that hang.
 */
#define VM_TEST(ident) TEST_TIMEOUT(ident, 1200)

/* The same for vm/vm run, with a limit on the time a guest that hangs may take. */
#define VM_RUN(ret_result, ...) VM(ret_result, "run", "--timeout", "300", __VA_ARGS__)

/*
 * Runs @script with the functions of @file, a path below vm/, as vm/vm itself does. $1 is @arg.
 * Ends the test as failed when it cannot be started.
 */
void vm_shell(struct cmd_result *ret_result, const char *file, const char *script, const char *arg);

#endif
