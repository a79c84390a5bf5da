/* ledger.h: the record of what happened in the room, compared with what each member received
 *
 * A witness that never speaks and is never killed receives everything, in the one order there is:
 * that is the ledger. Every other member must receive the same from its own JOIN on, except its own
 * messages. Members are numbers here; their nicks are "m17", what they say is 1, 2, 3, …
 *
 * All of these end the program when something is not as it should be.
 */
#ifndef CHAOS_LEDGER_H
#define CHAOS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

struct ledger_entry {
    char kind; /* 'J'OIN, 'S'AY, 'L'EAVE */
    unsigned int member, number;
};

/* What a member has received and where it stands in the ledger. */
struct cursor {
    unsigned int member;
    size_t at; /* the next entry it must receive; 0: its JOIN is not in the ledger yet */
    struct ledger_entry *early; /* received before the witness has: early[from .. to) */
    size_t from, to, size;
};

/* A new member; its number. */
unsigned int ledger_member(void);

/* What the member has asked for, and what was answered: it has entered, said `number`, left. */
void ledger_entered(unsigned int member);
void ledger_sent(unsigned int member, unsigned int number);
void ledger_answered(unsigned int member, unsigned int number);

/* The witness receives an event ("SAY m17 4"). */
void ledger_add(const char *event);

void cursor_begin(struct cursor *cursor, unsigned int member);
void cursor_event(struct cursor *cursor, const char *event);

/* Compares what is to be compared. True: it has received all that is in the ledger. */
bool cursor_caught_up(struct cursor *cursor);

/* Has it left, as far as the witness knows? Then it must have received all up to that. */
bool cursor_member_left(struct cursor *cursor);

/* The member's connection has ended: may it have been in the room, and has all been said that it
 * was answered? True: there will be no more of it in the ledger. */
bool ledger_is_closed(unsigned int member);

/* Are the nicks of W, a line each, the members that are in the ledger, and the witness? Stores in
 * why what is wrong. */
bool ledger_names_match(const char *names, size_t n, char *why, size_t size);

/* All members that have gone have left exactly once; every message that was confirmed was sent to
 * the others. */
struct ledger_sums {
    size_t members, joins, says, leaves, unanswered;
};
struct ledger_sums ledger_check_all(void);

size_t ledger_size(void);

#endif
