/* core/turn/lists.h: what a turn does with the clients on its lists
 *
 * turn.h explains the lists and their order; clients.h has who is on which.
 */
#ifndef CORE_LISTS_H
#define CORE_LISTS_H

#include "turn/turn.h"

/* Serves one list after the other, each for its time: receives, continues sessions, sends. Clients
 * that are left over stay at the head of their list. */
void lists_serve(struct turn *turn);

#endif
