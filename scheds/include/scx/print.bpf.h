/* SPDX-License-Identifier: GPL-2.0 */
/*
 * print.bpf.h - printf-like ends: leave, fail, and write to the debug dump.
 */
#ifndef __SCX_PRINT_BPF_H
#define __SCX_PRINT_BPF_H

void scx_bpf_exit_bstr(s64 exit_code, char *fmt, unsigned long long *data,
		       u32 data__sz) __ksym __weak;
void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data__sz) __ksym;
void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data__sz) __ksym __weak;

extern int LINUX_KERNEL_VERSION __kconfig;

/* Makes the compiler check @fmt against its arguments; generates no code. */
static __always_inline __attribute__((format(printf, 1, 2))) void
__scx_check_format(const char *fmt __attribute__((unused)), ...)
{
}

/*
 * Call @func(@lead..., format, arguments, size of arguments): the shape of the
 * *_bstr kfuncs, which take up to 12 arguments as an array of u64. The format
 * is in .data because the verifier wants it writable.
 */
#define __SCX_BSTR(call, fmt, args...)                                          \
	({                                                                      \
		static char ___fmt[] = fmt;                                     \
		unsigned long long ___args[___bpf_narg(args) + 1] = {};         \
                                                                                \
		_Pragma("GCC diagnostic push")                                  \
			_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")  \
				___bpf_fill(___args, args);                     \
		_Pragma("GCC diagnostic pop")                                   \
			call(___fmt, ___args, ___bpf_narg(args) * sizeof(u64)); \
		if (0)                                                          \
			__scx_check_format(fmt, ##args);                        \
	})

/*
 * scx_bpf_exit(code, fmt, args...) - end the scheduler gracefully.
 *
 * Callable from every callback and program. The loader sees kind
 * SCX_EXIT_UNREG_BPF, @code and the formatted text. The callback goes on.
 */
#define scx_bpf_exit(code, fmt, args...)                  \
	({                                                \
		s64 ___code = (code);                     \
		__SCX_BSTR(__scx_exit_with, fmt, ##args); \
	})
#define __scx_exit_with(fmt, data, size) scx_bpf_exit_bstr(___code, fmt, data, size)

/*
 * scx_bpf_error(fmt, args...) - eject the scheduler because of an error.
 *
 * As scx_bpf_exit(), but kind SCX_EXIT_ERROR_BPF and with a debug dump.
 */
#define scx_bpf_error(fmt, args...) __SCX_BSTR(scx_bpf_error_bstr, fmt, ##args)

/*
 * scx_bpf_dump(fmt, args...) - add text to the debug dump.
 *
 * Only in the dump, dump_cpu and dump_task callbacks. Text shows up a line at a
 * time, so end it with a newline. Does nothing where the kernel has no dump.
 */
#define scx_bpf_dump(fmt, args...)                                  \
	({                                                          \
		if (bpf_ksym_exists(scx_bpf_dump_bstr))             \
			__SCX_BSTR(scx_bpf_dump_bstr, fmt, ##args); \
	})

/* scx_bpf_dump_header() - one line to the dump: which kernel this is. */
#define scx_bpf_dump_header()                                          \
	scx_bpf_dump("kernel: %d.%d.%d\n", LINUX_KERNEL_VERSION >> 16, \
		     (LINUX_KERNEL_VERSION >> 8) & 0xff, LINUX_KERNEL_VERSION & 0xff)

#endif /* __SCX_PRINT_BPF_H */
