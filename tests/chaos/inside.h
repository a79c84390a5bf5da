/* inside.h: what the driver of the kills and the library inside the server share
 *
 * A page of memory, a file that all processes of the server have mapped.
 */
#ifndef CHAOS_INSIDE_H
#define CHAOS_INSIDE_H

#include <stdatomic.h>
#include <stdint.h>

struct inside {
    _Atomic uint32_t orphans;   /* locks that were taken from a dead process */
    _Atomic uint32_t newborns;  /* listeners that are to be killed at birth, by the library */
    _Atomic uint32_t stillborn; /* … and have been */
    _Atomic uint32_t holders;   /* those who take a lock next and are to be killed, … */
    _Atomic uint32_t delay;     /* … so many nanoseconds later, wherever they are then */
    _Atomic uint32_t struck;    /* … and will be */
    _Atomic int32_t spared;     /* the session that is not harmed, nor its listener */
};

#endif
