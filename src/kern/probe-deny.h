/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rungs of prevention, each tried by having it refuse something that works without it. Each runs in a child of its own and gives 0 when
 * the act was refused, -errno otherwise; -ENOTSUP when it was not refused. Inside the room only.
 */
#pragma once

int deny_file(void);	       /* Landlock: opening a file */
int deny_port(void);	       /* Landlock: binding a TCP port */
int deny_call(void);	       /* seccomp: a system call, by the number of its argument */
int deny_asked(void);	       /* seccomp: a system call, by the answer of another process */
int deny_write_execute(void);  /* PR_SET_MDWE: memory that is written and executed */
int deny_memfd_execute(void);  /* an execution of memory, by a sealed descriptor */
int deny_new_privileges(void); /* no_new_privs stays set */
