/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between two of our processes: a fixed head, a body of known length, descriptors passed along. One message
 * is one packet of a SOCK_SEQPACKET pair, so nothing is ever reassembled. The other side may be hostile: whatever does
 * not fit exactly ends the conversation.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define PRIV_BODY_MAX 16384
#define PRIV_FDS_MAX 200

struct priv_message {
	uint32_t type;
	uint32_t len;
	size_t fd_count;
	int fds[PRIV_FDS_MAX]; /* owned until taken */
	_Alignas(8) uint8_t body[PRIV_BODY_MAX];
};

/* Closes descriptors that were not taken. */
void priv_message_done(struct priv_message *m);
DEFINE_SCOPED(priv_message)

int priv_channel_pair(int ret_fds[2]) must_check;
/* 0 or -errno; -EMSGSIZE for too much. May block. */
int priv_send(int channel, uint32_t type, const void *body, size_t len, const int *fds, size_t fd_count) must_check;
/* 1: a message; 0: the other side is gone; -EPROTO what came is no message of ours; -errno. Blocks. */
int priv_recv(int channel, struct priv_message *ret) must_check;
