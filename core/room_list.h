/* core/room_list.h: the chat room of a server with one thread
 *
 * Members stand in one array, sorted by nick. To speak is to hand the event to every member's
 * owner, one after another, before anything else happens: so all see the same order.
 */
#ifndef CORE_ROOM_LIST_H
#define CORE_ROOM_LIST_H

#include <stddef.h>

#include "room.h"

/* Called for every event and member but the speaker. It must not change the room: a member that
 * can't take the event is marked, and leaves later. */
typedef void room_hear(void *owner, const char *event, size_t len);

/* Returns NULL where memory ran out. */
struct room *room_list_new(room_hear *hear);

/* Frees an empty room. */
void room_list_free(struct room *room);

#endif
