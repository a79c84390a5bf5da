/* ledger.h: what was said in the room, and who has heard it
 *
 * A witness that never speaks and is never killed hears everything, in the one order there is: that
 * is the ledger. Everybody else must hear the same from their own JOIN on, but their own words.
 * Members are numbers here; their nicks are "m17", what they say is 1, 2, 3, …
 *
 * All of these end the program when something is not as it should be.
 */
#ifndef CHAOS_LEDGER_H
#define CHAOS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

struct entry {
    char kind; /* 'J'OIN, 'S'AY, 'L'EAVE */
    unsigned int who, number;
};

/* What a member has heard and where it stands in the ledger. */
struct ear {
    unsigned int who;
    size_t at;           /* the next entry it must hear; 0: its JOIN is not in the ledger yet */
    struct entry *early; /* heard before the witness has: early[from .. to) */
    size_t from, to, size;
};

/* A new member; its number. */
unsigned int ledger_member(void);

/* What the member has asked for, and what was answered: it has entered, said `number`, left. */
void ledger_entered(unsigned int who);
void ledger_sent(unsigned int who, unsigned int number);
void ledger_answered(unsigned int who, unsigned int number);

/* The witness hears an event ("SAY m17 4"). */
void ledger_hear(const char *event);

void ear_begin(struct ear *ear, unsigned int who);
void ear_hear(struct ear *ear, const char *event);
void ear_free(struct ear *ear);

/* Compares what is to be compared. True: it has heard all there is in the ledger. */
bool ear_level(struct ear *ear);

/* Has it left, as far as the witness knows? Then it must have heard all up to that. */
bool ear_has_left(struct ear *ear);

/* The member's connection has ended: may it have been in the room, and has all been said that it
 * was answered? True: there will be no more of it in the ledger. */
bool ledger_is_closed(unsigned int who);

/* Are the nicks of W, a line each, the members that are in the ledger, and the witness? Says in why
 * what is wrong. */
bool ledger_names_match(const char *names, size_t n, char *why, size_t size);

/* All members that have gone have left exactly once; all that was answered was said. */
struct ledger_sums {
    size_t members, joins, says, leaves, unanswered;
};
struct ledger_sums ledger_check_all(void);

size_t ledger_size(void);

#endif
