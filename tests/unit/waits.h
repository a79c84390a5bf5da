/* waits.h: what a session waits for, short */
#ifndef UNIT_WAITS_H
#define UNIT_WAITS_H

#include "session/session.h"

static inline bool reads(const struct session *s)
{
    return (session_waits_for(s) & SESSION_READ) != 0;
}

static inline bool continues(const struct session *s)
{
    return (session_waits_for(s) & SESSION_CONTINUE) != 0;
}

/* All its steps, until it needs input or its replies to be sent. */
static inline void continue_all(struct session *s)
{
    while (continues(s))
        session_continue(s);
}

#endif
