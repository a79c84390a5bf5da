/* kill_preload.h: what the driver of the kills and the library inside the server share
 *
 * A page of memory, a file that all processes of the server have mapped.
 */
#ifndef CHAOS_KILL_PRELOAD_H
#define CHAOS_KILL_PRELOAD_H

#include <stdatomic.h>
#include <stdint.h>

struct kill_control {
    _Atomic uint32_t recovered_locks; /* locks that were taken from a dead process */
    _Atomic uint32_t
        kill_at_start; /* forwarders that are to be killed right after fork, by the library */
    _Atomic uint32_t killed_at_start; /* … and have been */
    _Atomic uint32_t kill_holders;   /* processes that take a lock next and are to be killed, … */
    _Atomic uint32_t delay;          /* … so many nanoseconds later, wherever they are then */
    _Atomic uint32_t killed_holders; /* … and will be */
    _Atomic int32_t exempt;          /* the session that is not harmed, nor its forwarder */
};

#endif
