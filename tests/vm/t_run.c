// SPDX-License-Identifier: GPL-2.0
/* vm/vm run, as the command it stands for: streams, status, signals, files. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "vm.h"

VM_TEST(output_and_exit_status_of_the_command_pass_through_apart)
{
	struct cmd_result r;

	VM_RUN(&r, "--", "sh", "-c", "echo to out; echo to err >&2; exit 3");
	EXPECT_EQ(r.status, 3);
	EXPECT_STREQ(r.out, "to out\n");
	EXPECT_STREQ(r.err, "to err\n");
	cmd_result_exit(&r);
}

VM_TEST(a_command_ended_by_a_signal_gives_128_and_its_number)
{
	struct cmd_result r;

	VM_RUN(&r, "--", "sh", "-c", "kill -SEGV $$");
	EXPECT_EQ(r.status, 128 + 11);
	cmd_result_exit(&r);
}

VM_TEST(a_command_that_does_not_exist_gives_127_and_its_name)
{
	struct cmd_result r;

	VM_RUN(&r, "no-such-command-here");
	EXPECT_EQ(r.status, 127);
	EXPECT_STRHAS(r.err, "'no-such-command-here'");
	EXPECT_STRHAS(r.err, "no such command");
	cmd_result_exit(&r);
}

VM_TEST(a_file_that_is_no_program_gives_126)
{
	char file[] = "/tmp/t_run.XXXXXX";
	struct cmd_result r;

	ASSERT_GE(mkstemp(file), 0);
	VM_RUN(&r, file);
	EXPECT_EQ(r.status, 126);
	EXPECT_STRHAS(r.err, "Permission denied");
	cmd_result_exit(&r);
	unlink(file);
}

VM_TEST(input_is_passed_through_to_its_last_byte)
{
	enum { SIZE = 3000000 };
	const char *const args[] = { "run", "--timeout", "300", "--", "cat", NULL };
	char *text = malloc(SIZE + 1);
	struct cmd_result r;
	int i;

	ASSERT_TRUE(text);
	for (i = 0; i < SIZE; i++)
		text[i] = i % 97 ? 'a' + i % 26 : '\n';
	text[SIZE] = '\0';
	vm_call(&r, text, args);
	EXPECT_EQ(r.status, 0);
	EXPECT_TRUE(!strcmp(r.out, text));
	cmd_result_exit(&r);
	free(text);
}

VM_TEST(a_command_that_ignores_its_input_ends_all_the_same)
{
	const char *const args[] = { "run", "--timeout", "300", "true", NULL };
	struct cmd_result r;

	vm_call(&r, "nobody reads this\n", args);
	EXPECT_EQ(r.status, 0);
	cmd_result_exit(&r);
}

VM_TEST(output_written_just_before_the_end_is_complete)
{
	struct cmd_result r;

	VM_RUN(&r, "--", "sh", "-c", "seq 1 200000; seq 1 1000 >&2");
	EXPECT_EQ(r.status, 0);
	EXPECT_EQ(strlen(r.out), 1288895);
	EXPECT_STREQ(r.out + strlen(r.out) - 7, "200000\n");
	EXPECT_STREQ(r.err + strlen(r.err) - 5, "1000\n");
	cmd_result_exit(&r);
}

VM_TEST(a_reader_that_goes_away_ends_the_writer)
{
	struct cmd_result r;
	char script[4096];

	snprintf(script, sizeof(script), "%s/vm/vm run --timeout 300 -- yes | head -n 2",
		 cmd_top());
	ASSERT_EQ(CMD(&r, NULL, "bash", "-c", script), 0);
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "y\ny\n");
	EXPECT_STREQ(r.err, "");
	cmd_result_exit(&r);
}

VM_TEST(the_command_runs_in_the_same_directory_with_a_sane_environment)
{
	struct cmd_result r;
	char want[4096];

	ASSERT_EQ(chdir("/usr/share"), 0);
	setenv("SECRET_OF_THE_HOST", "1", 1);
	setenv("TERM", "term-of-test", 1);
	VM_RUN(&r, "--env", "A=b c", "--env=D=", "--", "sh", "-c",
	       "pwd; echo \"$TERM,$A,${D-unset},${SECRET_OF_THE_HOST-unset}\"; command -v sysctl");
	EXPECT_EQ(r.status, 0);
	snprintf(want, sizeof(want), "/usr/share\nterm-of-test,b c,,unset\n");
	EXPECT_STRHAS(r.out, want);
	EXPECT_STRHAS(r.out, "bin/sysctl");
	cmd_result_exit(&r);
}

VM_TEST(a_variable_that_is_given_replaces_the_one_that_there_would_be)
{
	struct cmd_result r;

	VM_RUN(&r, "--env", "HOME=/first", "--env", "HOME=/last", "--env", "PATH=/usr/bin", "env");
	EXPECT_EQ(r.status, 0);
	EXPECT_STRHAS(r.out, "HOME=/last\n");
	EXPECT_FALSE(strstr(strstr(r.out, "HOME=") + 1, "HOME="));
	EXPECT_STRHAS(r.out, "PATH=/usr/bin\n");
	cmd_result_exit(&r);
}

VM_TEST(writes_stay_in_the_guest_unless_the_directory_is_given_with_rw)
{
	char dir[] = "/tmp/t_run.XXXXXX", file[64], script[512];
	struct cmd_result r;
	struct stat st;

	ASSERT_TRUE(mkdtemp(dir));
	snprintf(script, sizeof(script),
		 "mkdir %s/rw && echo kept >%s/rw/file && echo lost >%s/file && cat %s/file", dir,
		 dir, dir, dir);
	snprintf(file, sizeof(file), "%s/rw", dir);
	VM_RUN(&r, "sh", "-c", script);
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "lost\n");
	EXPECT_NE(stat(file, &st), 0);
	cmd_result_exit(&r);

	ASSERT_EQ(mkdir(file, 0755), 0);
	snprintf(script, sizeof(script), "echo kept >%s/rw/file && echo lost >%s/file", dir, dir);
	VM_RUN(&r, "--rw", file, "sh", "-c", script);
	EXPECT_EQ(r.status, 0);
	snprintf(file, sizeof(file), "%s/file", dir);
	EXPECT_NE(stat(file, &st), 0);
	snprintf(file, sizeof(file), "%s/rw/file", dir);
	EXPECT_EQ(stat(file, &st), 0);
	EXPECT_EQ(st.st_size, 5);
	cmd_result_exit(&r);

	snprintf(script, sizeof(script), "rm -rf %s", dir);
	EXPECT_EQ(system(script), 0);
}

VM_TEST(processes_left_in_the_background_do_not_delay_the_end)
{
	struct cmd_result r;

	VM_RUN(&r, "sh", "-c", "sleep 100000 & setsid sleep 100000 & echo done");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "done\n");
	cmd_result_exit(&r);
}

VM_TEST(the_guest_has_what_tools_of_the_scheduler_look_for)
{
	struct cmd_result r;

	VM_RUN(&r, "sh", "-e", "-c",
	       "test -d /sys/kernel/sched_ext; test -e /sys/kernel/btf/vmlinux;"
	       "test -d /sys/kernel/tracing/events/sched; test -d /sys/kernel/debug/sched;"
	       "test -d /sys/fs/bpf; test -c /dev/ptmx; test -d /dev/shm;"
	       "mkdir /sys/fs/cgroup/a; test -e /sys/fs/cgroup/a/cpu.weight;"
	       "test -e /sys/fs/cgroup/a/cpuset.cpus; test -e /sys/fs/cgroup/a/cpu.max;"
	       "test -e /sys/devices/system/cpu/cpu1/online; echo complete");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.out, "complete\n");
	cmd_result_exit(&r);
}

VM_TEST(the_timeout_ends_a_guest_that_goes_on_with_124)
{
	struct cmd_result r;

	VM(&r, "run", "--timeout", "10", "sleep", "100000");
	EXPECT_EQ(r.status, 124);
	EXPECT_STRHAS(r.err, "did not end within 10 s");
	cmd_result_exit(&r);
}

VM_TEST(a_panic_of_the_guest_is_told_with_the_log_and_125)
{
	struct cmd_result r;
	char script[4096];

	/* It panics when what it wrote before has come out. */
	snprintf(script, sizeof(script),
		 "coproc %s/vm/vm run --timeout 300 -- sh -c "
		 "'echo before; read word; echo c >/proc/sysrq-trigger; sleep 1000'; "
		 "vm=$COPROC_PID; read -u ${COPROC[0]} word; echo $word; echo go >&${COPROC[1]}; "
		 "wait $vm; echo $?",
		 cmd_top());
	ASSERT_EQ(CMD(&r, NULL, "bash", "-c", script), 0);
	EXPECT_STREQ(r.out, "before\n125\n");
	EXPECT_STRHAS(r.err, "the guest kernel panicked");
	EXPECT_STRHAS(r.err, "sysrq triggered crash");
	cmd_result_exit(&r);
}

/*
 * Runs @script in the guest with a QEMU that crashes the first @nr times, "in" being its input.
 */
static void run_on_crashing_qemu(struct cmd_result *ret_result, int nr, const char *script)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "dir=$(mktemp -d); trap 'rm -r $dir' EXIT; "
		 "real=$(command -v qemu-system-x86_64); "
		 "cat >$dir/qemu-system-x86_64 <<-END\n"
		 "#!/bin/bash\n"
		 "if [[ \"\\$*\" == *-kernel* ]]; then\n"
		 "echo x >>$dir/starts\n"
		 "if ((\\$(wc -l <$dir/starts) <= %d)); then\n"
		 "echo 'Assertion failed.' >&2\n"
		 "kill -ABRT \\$\\$\n"
		 "fi\n"
		 "fi\n"
		 "exec $real \"\\$@\"\n"
		 "END\n"
		 "chmod +x $dir/qemu-system-x86_64; "
		 "PATH=$dir:$PATH %s/vm/vm run --timeout 300 -- sh -c '%s' <<<in",
		 nr, cmd_top(), script);
	ASSERT_EQ(CMD(ret_result, NULL, "bash", "-c", text), 0);
}

VM_TEST(if_qemu_crashes_before_the_command_began_another_machine_runs_it)
{
	struct cmd_result r;

	run_on_crashing_qemu(&r, 1, "cat; exit 3");
	EXPECT_EQ(r.status, 3);
	EXPECT_STREQ(r.out, "in\n");
	EXPECT_STRHAS(r.err, "another machine is tried: Assertion failed.");
	cmd_result_exit(&r);
}

VM_TEST(if_that_crashes_too_it_is_told_with_125)
{
	struct cmd_result r;

	run_on_crashing_qemu(&r, 2, "echo ran");
	EXPECT_EQ(r.status, 125);
	EXPECT_STREQ(r.out, "");
	EXPECT_STRHAS(r.err, "the machine could not run: Assertion failed.");
	cmd_result_exit(&r);
}

VM_TEST(a_warning_in_the_kernel_log_fails_the_run_unless_it_is_allowed)
{
	static const char script[] = "echo '<4>WARNING: made by a test' >/dev/kmsg; exit 7";
	struct cmd_result r;

	VM_RUN(&r, "sh", "-c", script);
	EXPECT_EQ(r.status, 126);
	EXPECT_STRHAS(r.err, "WARNING: made by a test");
	cmd_result_exit(&r);

	VM_RUN(&r, "--allow-splat", "sh", "-c", script);
	EXPECT_EQ(r.status, 7);
	EXPECT_STREQ(r.err, "");
	cmd_result_exit(&r);
}

VM_TEST(the_kernel_log_is_kept_where_console_says)
{
	char file[] = "/tmp/t_run.XXXXXX";
	struct cmd_result r;

	ASSERT_GE(mkstemp(file), 0);
	VM_RUN(&r, "--console", file, "true");
	EXPECT_EQ(r.status, 0);
	EXPECT_STREQ(r.err, "");
	cmd_result_exit(&r);
	ASSERT_EQ(CMD(&r, NULL, "cat", file), 0);
	EXPECT_STRHAS(r.out, "Linux version 6.12");
	cmd_result_exit(&r);
	unlink(file);
}

/*
 * Runs @script with the file descriptor 3 open for what vm/vm run prints, which runs @command and has
 * the process number $vm and a process group of its own.
 */
static void run_beside(struct cmd_result *ret_result, const char *command, const char *script)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "exec 3< <(exec setsid %s/vm/vm run --timeout 300 -- bash -c '%s'); vm=$!; %s",
		 cmd_top(), command, script);
	ASSERT_EQ(CMD(ret_result, NULL, "bash", "-c", text), 0);
}

VM_TEST(a_signal_to_vm_run_reaches_the_command)
{
	struct cmd_result r;

	/* The signal is sent once the command says that it runs. */
	run_beside(&r, "trap \"echo caught; exit 9\" TERM; echo ready; while :; do sleep 0.1; done",
		   "read -u 3 word; kill -TERM $vm; cat <&3; wait $vm; echo $?");
	EXPECT_STREQ(r.out, "caught\n9\n");
	cmd_result_exit(&r);
}

VM_TEST(a_signal_to_all_its_processes_as_from_a_terminal_counts_once)
{
	struct cmd_result r;

	run_beside(&r,
		   "trap \"echo caught; caught=1\" TERM; echo ready; "
		   "until [ $caught ]; do sleep 0.1; done; sleep 1; exit 9",
		   "read -u 3 word; kill -TERM -- -$vm; cat <&3; wait $vm; echo $?");
	EXPECT_STREQ(r.out, "caught\n9\n");
	cmd_result_exit(&r);
}

/* Two signals of one kind are one while they are pending, whoever sent them. */
VM_TEST(such_a_signal_is_not_lost_on_a_relay_that_is_slow)
{
	struct cmd_result r;

	run_beside(&r, "trap \"echo caught; exit 9\" TERM; echo ready; while :; do sleep 0.1; done",
		   "read -u 3 word; relay=$(pgrep -P $vm -x relay); kill -STOP $relay; "
		   "kill -TERM -- -$vm; for i in {1..100}; do "
		   "grep -q \"ShdPnd:.*1000000000000$\" /proc/$relay/status && break; sleep 0.1; done; "
		   "kill -CONT $relay; cat <&3; wait $vm; echo $?");
	EXPECT_STREQ(r.out, "caught\n9\n");
	cmd_result_exit(&r);
}

/* The relay finds both at once, so that no time passes between them. */
VM_TEST(a_second_signal_in_a_hurry_ends_the_machine)
{
	struct cmd_result r;

	run_beside(&r, "trap \"\" TERM; echo ready; sleep 1000",
		   "read -u 3 word; relay=$(pgrep -P $vm -x relay); kill -STOP $relay; "
		   "kill -RTMIN+15 $relay; kill -RTMIN+15 $relay; kill -CONT $relay; "
		   "wait $vm; echo $?");
	EXPECT_STREQ(r.out, "143\n");
	EXPECT_STRHAS(r.err, "the machine was ended by a signal");
	cmd_result_exit(&r);
}

/*
 * The command gets @signal three times, with @pause_s between. It says so each time, and ends with 9 at
 * the third. It is not a shell, which may miss one that comes while it runs the trap of another.
 */
static void expect_three_caught(const char *signal, int pause_s)
{
	char command[256], script[256];
	struct cmd_result r;

	snprintf(command, sizeof(command),
		 "exec perl -e \"\\$| = 1; \\$SIG{%s} = sub { print qq(caught\\n); "
		 "exit 9 if ++\\$n == 3 }; print qq(ready\\n); sleep 1 while 1\"",
		 signal);
	snprintf(script, sizeof(script),
		 "read -u 3 word; for i in 1 2 3; do kill -%s $vm; read -u 3 word; echo $word; "
		 "sleep %d; done; wait $vm; echo $?",
		 signal, pause_s);
	run_beside(&r, command, script);
	EXPECT_STREQ(r.out, "caught\ncaught\ncaught\n9\n");
	cmd_result_exit(&r);
}

VM_TEST(a_signal_after_a_while_is_the_commands_again)
{
	expect_three_caught("TERM", 3);
}

VM_TEST(signals_that_do_not_ask_for_the_end_are_the_commands_however_many)
{
	expect_three_caught("USR1", 0);
}

VM_TEST(no_machine_is_left_when_vm_run_is_killed)
{
	struct cmd_result r;

	run_beside(&r, "echo ready; sleep 100000",
		   "read -u 3 word; relay=$(pgrep -P $vm -x relay); qemu=$(pgrep -P $relay qemu); "
		   "kill -KILL $vm; tail -f --pid=$qemu /dev/null; echo gone");
	EXPECT_STREQ(r.out, "gone\n");
	cmd_result_exit(&r);
}
