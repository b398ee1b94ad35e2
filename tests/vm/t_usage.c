// SPDX-License-Identifier: GPL-2.0
/* vm/vm refuses what it cannot do, and says what would be right. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "vm.h"

/* vm/vm with these arguments ends with @status and a message that has @text. */
static void expect_refusal(int status, const char *text, const char *const args[])
{
	struct cmd_result r;

	vm_call(&r, NULL, args);
	EXPECT_EQ(r.status, status);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, text);
	cmd_result_exit(&r);
}

#define REFUSES(text, ...) expect_refusal(2, text, (const char *const[]){ __VA_ARGS__, NULL })

TEST(an_unknown_command_or_flavour_is_refused)
{
	REFUSES("no command 'boot'", "boot");
	REFUSES("no flavour 'fast'; there are: base", "kernel", "fast");
	REFUSES("no flavour 'fast'", "source", "fast");
	REFUSES("unexpected argument 'now'", "setup", "now");
	REFUSES("unexpected argument 'more'", "kernel", "base", "more");
	REFUSES("no 'kernel'; there are: source", "path", "kernel");
	REFUSES("which one?", "path");
}

TEST(an_unknown_or_incomplete_option_of_run_is_refused)
{
	REFUSES("no option '--fast'", "run", "--fast", "true");
	REFUSES("--cpus needs a value", "run", "--cpus");
	REFUSES("which command?", "run");
	REFUSES("which command?", "run", "--cpus", "2", "--");
	REFUSES("'two' is not a positive number", "run", "--cpus", "two", "true");
	REFUSES("'0' is not a positive number", "run", "--cpus=0", "true");
	REFUSES("'1K' is not a size", "run", "--mem", "1K", "true");
	REFUSES("'soon' is not a number of seconds", "run", "--timeout", "soon", "true");
	REFUSES("'11' is not a shift", "run", "--icount=11", "true");
	REFUSES("--icount= needs a value", "run", "--icount=", "true");
	REFUSES("--allow-splat takes no value", "run", "--allow-splat=no", "true");
	REFUSES("no option '--fast=1'", "run", "--fast=1", "true");
	REFUSES("cannot be used with --kvm", "run", "--icount", "--kvm", "true");
	REFUSES("'A' is not NAME=VALUE", "run", "--env", "A", "true");
	REFUSES("'/no/such' is not a directory", "run", "--rw", "/no/such", "true");
	REFUSES("the guest has a /dev of its own", "run", "--rw", "/dev/shm", "true");
	REFUSES("cannot write /no/such/file", "run", "--console", "/no/such/file", "true");
}

TEST(a_malformed_topology_is_refused)
{
	REFUSES("is not like sockets=1", "run", "--topology", "", "true");
	REFUSES("is not like sockets=1", "run", "--topology", "cores=2,", "true");
	REFUSES("'2' in '2' is none of", "run", "--topology", "2", "true");
	REFUSES("'dies=2' in 'dies=2' is none of", "run", "--topology", "dies=2", "true");
	REFUSES("cores='x' is not a positive number", "run", "--topology", "cores=x", "true");
	REFUSES("cores is given twice", "run", "--topology", "cores=1,cores=2", "true");
	REFUSES("give one", "run", "--topology", "cores=2", "--cpus", "2", "true");
	REFUSES("300 CPUs are too many", "run", "--tcg", "--cpus", "300", "true");
	REFUSES("too many without KVM", "run", "--tcg", "--topology",
		"sockets=3,llcs=3,cores=3,threads=5", "true");
	REFUSES("over 3 nodes", "run", "--topology", "sockets=2", "--numa", "3", "true");
	REFUSES("too little for 2 nodes", "run", "--topology", "sockets=2", "--numa", "2", "--mem",
		"64M", "true");
}

/* write_file() ends the test if it can't. */
static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ASSERT_TRUE(file);
	ASSERT_GE(fputs(text, file), 0);
	ASSERT_EQ(fclose(file), 0);
}

TEST(more_cpus_than_the_kernel_can_have_are_refused)
{
	char dir[] = "/tmp/kernel.XXXXXX", image[64], config[64];

	ASSERT_TRUE(mkdtemp(dir));
	snprintf(image, sizeof(image), "%s/bzImage", dir);
	snprintf(config, sizeof(config), "%s/config", dir);
	write_file(image, "");
	write_file(config, "CONFIG_SMP=y\nCONFIG_NR_CPUS=2\n");
	REFUSES("3 CPUs are too many; the kernel can have 2", "run", "--kernel", image, "--cpus",
		"3", "true");
	unlink(image);
	unlink(config);
	rmdir(dir);
}

TEST(a_cache_has_to_be_where_it_is_from_everywhere)
{
	setenv("SCXKIT_CACHE", "cache", 1);
	REFUSES("has to begin with a slash", "path", "source");
}

TEST(a_kernel_that_is_not_there_is_named)
{
	REFUSES("no readable file ./bzImage-of-nobody", "run", "--kernel", "./bzImage-of-nobody",
		"true");
	setenv("SCXKIT_CACHE", "/nonexistent", 1);
	REFUSES("vm/vm kernel base builds it", "run", "--kernel", "base", "true");
	REFUSES("vm/vm kernel base builds it", "vmlinux-h", "base");
}

VM_TEST(a_file_that_is_no_kernel_ends_with_what_qemu_says)
{
	expect_refusal(125, "the machine could not run",
		       (const char *const[]){ "run", "--timeout", "60", "--kernel", "/etc/passwd",
					      "true", NULL });
}

TEST(a_cache_where_linux_cannot_be_built_is_refused)
{
	setenv("SCXKIT_CACHE", "/tmp/a cache", 1);
	REFUSES("blanks or colons", "kernel", "base");
}

TEST(tests_do_not_go_on_with_a_kernel_that_is_not_theirs)
{
	setenv("SCXKIT_STAMP", "of other sources", 1);
	REFUSES("was built anew from other sources", "run", "true");
}

TEST(help_goes_to_stdout_and_succeeds)
{
	struct cmd_result r;

	VM(&r, "--help");
	EXPECT_EQ(r.status, 0);
	EXPECT_STRHAS(r.out, "vmlinux-h");
	cmd_result_exit(&r);
	VM(&r, "run", "--help");
	EXPECT_EQ(r.status, 0);
	EXPECT_STRHAS(r.out, "--topology");
	cmd_result_exit(&r);
}
