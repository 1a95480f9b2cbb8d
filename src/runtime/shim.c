/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last step into a container: a program of a few hundred bytes, without a C library, that executes what its
 * arguments name. A process that executes the container's program from here has this as its /proc/self/exe, a sealed
 * memory file of one page, and not the runtime's binary on the host; whoever opens that link gets nothing to overwrite.
 *
 * Arguments: a name, the program, and the program's own argument vector. Started again by way of /proc/self/exe it sees
 * the container's own arguments, each time at least one fewer, and so comes to an end.
 */
static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

#define SYS_WRITE 1
#define SYS_EXECVE 59
#define SYS_EXIT_GROUP 231
#define ERROR_NOT_FOUND 2
#define ERROR_NOT_EXECUTABLE 8

static unsigned long length(const char *s)
{
	unsigned long n = 0;
	while (s[n])
		n++;
	return n;
}

static void say(const char *s)
{
	call(SYS_WRITE, 2, (long)s, (long)length(s));
}

/* STACK is what the kernel leaves: the argument count, the arguments, NULL, the environment, NULL. */
__attribute__((noreturn, used)) void shim_main(long *stack)
{
	long count = stack[0];
	char **argv = (char **)(stack + 1), **env = argv + count + 1;
	long result = -ERROR_NOT_FOUND;

	if (count >= 3) {
		result = call(SYS_EXECVE, (long)argv[1], (long)(argv + 2), (long)env);
		say("exec ");
		say(argv[1]);
		say(result == -ERROR_NOT_FOUND	      ? ": no such file or directory\n"
		    : result == -ERROR_NOT_EXECUTABLE ? ": exec format error\n"
						      : ": cannot execute\n");
	}
	call(SYS_EXIT_GROUP, result == -ERROR_NOT_FOUND ? 127 : 126, 0, 0);
	__builtin_unreachable();
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall shim_main\n");
