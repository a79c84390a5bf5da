/* core/room.h: the chat room, as a session sees it
 *
 * Two implementations stand behind this interface, and a server links the one its model calls
 * for: room_list.c (one thread: a list of members) and room_ring.c (threads or processes: a
 * broadcast log with a read position per member). Both keep the same promises: every member sees
 * the events in one and the same order; a member never gets its own; it gets nothing from before
 * it entered and nothing from after it left.
 */
#ifndef CORE_ROOM_H
#define CORE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "proto.h"

struct room;
struct member;

/* Takes a member in under a nick that proto_nick_ok allows, and tells the others. owner is handed
 * back where the room calls its server. Returns PROTO_OK and sets *member; or PROTO_NICK_TAKEN; or
 * PROTO_IO where memory, threads or processes ran out. */
enum proto_code room_enter(struct room *room, const char *nick, size_t len, void *owner,
                           struct member **member);

/* To all but the speaker: "* SAY <nick> <text>". proto_text_ok has allowed the text. */
void room_say(struct room *room, struct member *speaker, const char *text, size_t len);

/* To all: "* ADMIN <text>". False: not now (see room_bury in room_ring.h); try again later. */
bool room_announce(struct room *room, const char *text, size_t len);

/* Takes a member out, frees its nick and tells the others. */
void room_leave(struct room *room, struct member *member);

/* The nicks, sorted by bytes, a line each, in memory from malloc(3). Returns NULL and sets *len
 * to 0 where memory ran out (the asking member is in the room, so the list is never empty). */
char *room_names(struct room *room, size_t *len);

#endif
