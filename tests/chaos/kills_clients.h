/* kills_clients.h: the clients of kills.c: a room that talks, and some that carry files; whoever
 * loses its connection comes again as somebody new */
#ifndef CHAOS_KILLS_CLIENTS_H
#define CHAOS_KILLS_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "serverproc.h"

enum { CHATTERS = 30, WORKERS = 6 };

/* They connect in their first turn. */
void clients_begin(const struct serverproc *server);

/* All do something, and those without a connection connect. */
void clients_turn(void);

size_t clients_in_room(void);
unsigned long clients_lost(void); /* connections */

/* They send nothing new, and stay. */
void clients_stop(void);

/* For peers_await. All that live have come back in, have been answered and have received all; the
 * dead have left. */
bool clients_are_level(void *argument);
void clients_fail_not_level(void); /* ends the program: what is missing */

/* All close. For peers_await: have all their members left? */
void clients_close(void);
bool clients_have_left(void *argument);

/* Compares the files in the server's folder with what was stored. Returns their number. */
size_t clients_check_files(void);
void clients_transfers(unsigned long *uploads, unsigned long *downloads);

#endif
