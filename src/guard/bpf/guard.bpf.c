/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs that refuse what a container's policy does not allow; one file for each kind of act. */
#include "kern/bpf/types.h"

#include "hook-net.h"
#include "hook-program.h"
#include "hook-socket.h"
#include "hook-start.h"
#include "hook-started.h"

char licence[] SEC("license") = "Dual BSD/GPL";
