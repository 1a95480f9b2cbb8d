/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local sockets: addresses below a directory descriptor (no 108-byte limit on the whole path), and descriptors sent
 * along with bytes. Every function returns 0, a length or a descriptor, or -errno.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* A SOCK_SEQPACKET listener named NAME in DIRFD, or a connection to one (-EAGAIN: its queue is full). */
int kern_socket_listen_at(int dirfd, const char *name) must_check;
int kern_socket_connect_at(int dirfd, const char *name) must_check;
/* A SOCK_STREAM connection to the socket at PATH, of any length below PATH_MAX. */
int kern_socket_connect(const char *path) must_check;

/* Sends LEN (at least 1) bytes with COUNT (at most 8) descriptors. */
int kern_socket_send_fds(int socket, const void *data, size_t len, const int *fds, size_t count) must_check;
