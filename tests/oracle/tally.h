/* tally.h: what the sessions were made of: a generator that never gets to an answer tests nothing
 */
#ifndef ORACLE_TALLY_H
#define ORACLE_TALLY_H

#include <stdint.h>

#include "record.h"

enum { TALLY_WORDS = 40 };

struct tally {
    uint64_t seed, sessions, plays;
    long since;       /* bound_now() at the start */
    uint64_t changed; /* sessions that left the folder as it was not before */
    struct {
        char word[24];
        uint64_t count;
    } words[TALLY_WORDS]; /* "ERR bad-name", "* JOIN", … */
};

void tally_add(struct tally *tally, const struct tape *record);
void tally_print(const struct tally *tally, unsigned int servers);

#endif
