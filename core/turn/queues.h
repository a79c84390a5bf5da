/* core/turn/queues.h: which client times out next, and what happens then
 *
 * A client is in the queue of its timeout from clients_add to clients_close; clients.h explains
 * why there is one for each kind.
 */
#ifndef CORE_QUEUES_H
#define CORE_QUEUES_H

#include <stdint.h>

#include "turn/clients.h"

/* Puts a client at the end of the queue of its deadline's phase, or takes it out of that. The phase
 * changes only in between. */
void queues_add(struct clients *clients, struct client *client);
void queues_remove(struct clients *clients, struct client *client);

/* Restarts the client's timeout if it has done something, and moves it to the queue of what it does
 * now. */
void queues_update(struct clients *clients, struct client *client);

/* The part of clients_expire that is about timeouts. */
void queues_expire(struct clients *clients);

/* Milliseconds until the next client times out; -1: none will. */
int64_t queues_timeout(const struct clients *clients);

#endif
