/* play.h: one session, one server: which client does what, and what has to have come before the
 * next step */
#ifndef ORACLE_PLAY_H
#define ORACLE_PLAY_H

#include <stdbool.h>

#include "generate.h"
#include "record.h"
#include "serverproc.h"

/* Plays all steps but those whose bit is set in dropped, and records what was received: client
 * by client, answers and events apart, since when an event comes between answers is not said. Some
 * sessions leave connections that the next one continues with.
 * False: something did not come within bound milliseconds, and the server is in an unknown state.
 */
bool play(const struct oracle_session *session, uint64_t dropped, struct serverproc *server,
          const char *model, long bound, struct tape *record);

/* Closes what stayed connected; the server is going to end. */
void play_end(void);

#endif
