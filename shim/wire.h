/* shim/wire.h: what the guard sees of sockets: which descriptor carried which ClientHello.  Event loops give their TLS
 * library memory instead of a descriptor; the random of the handshake is the one thing both sides know. */
#ifndef ALPS_SHIM_WIRE_H
#define ALPS_SHIM_WIRE_H

#include <sys/types.h>

#include "core/slice.h"

enum { WIRE_RANDOM = 32, WIRE_FDS = 16384 };

/* ${sent} bytes of ${p} left by ${fd}: if they are a ClientHello, remember it. */
void wire_sent(int fd, const uint8_t *p, size_t n, ssize_t sent);
/* How often this thread has sent something: a TLS library that writes, and nothing is sent, writes to memory. */
unsigned wire_times_sent(void);
/* The descriptor that sent a ClientHello with this random, if it still is the same socket; else -1. */
int wire_find(const uint8_t random[static WIRE_RANDOM]);
/* The same for a session whose library has no names to ask: its object, ${n} bytes at ${session}, holds the random. */
int wire_find_in(const void *session, size_t n);
/* The server name that ${fd}'s ClientHello asked for; empty: none, or none was seen.  Lives until the next hello
 * there. */
alps_slice wire_name(int fd);
/* Wake whoever waits for ${fd} to become readable.  With ${junk}, the next recv() that would say "end" yields one
 * byte first: asyncio before 3.11 looks at its TLS object only when bytes came, never at the end. */
void wire_wake(int fd, bool junk);
/* At the end of ${fd}: is there that byte?  It is, once. */
bool wire_junk(int fd);

#endif
