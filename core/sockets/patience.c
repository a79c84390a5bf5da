/* core/sockets/patience.c: see patience.h */
#include "sockets/patience.h"

#include "base/options.h"

enum { PROGRESS = 1024 }; /* bytes that count as progress of a transfer */

struct patience patience_of(const struct options *options)
{
    return (struct patience){.limit = {
                                 [PHASE_IDLE] = (int64_t)options->idle_timeout * 1000,
                                 [PHASE_LINE] = (int64_t)options->header_timeout * 1000,
                                 [PHASE_TRANSFER] = (int64_t)options->header_timeout * 1000,
                             }};
}

void patience_begin(struct patience_mark *mark, const struct session *session, int64_t now)
{
    *mark = (struct patience_mark){
        .phase = session_phase(session), .requests = session->requests, .since = now};
}

bool patience_note(struct patience_mark *mark, const struct session *session, size_t moved,
                   int64_t now)
{
    enum session_phase phase = session_phase(session);
    mark->moved += moved;
    bool anew = phase != mark->phase || session->requests != mark->requests;
    if (phase == PHASE_TRANSFER && mark->moved >= PROGRESS)
        anew = true;
    if (anew)
        patience_begin(mark, session, now);
    return anew;
}

int64_t patience_left(const struct patience *patience, const struct patience_mark *mark,
                      int64_t now)
{
    int64_t limit = patience->limit[mark->phase];
    if (limit == 0)
        return -1;
    int64_t left = mark->since + limit - now;
    return left > 0 ? left : 0;
}
