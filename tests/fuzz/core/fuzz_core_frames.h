/* fuzz_core_frames.h: what a client has received, a frame at a time */
#ifndef FUZZ_CORE_FRAMES_H
#define FUZZ_CORE_FRAMES_H

#include "fuzz_core.h"

enum frame { FRAME_NONE, FRAME_OK, FRAME_GO, FRAME_ERR };

struct reading {
    const char *out, *end; /* what was received, from here on */
    bool may_end;          /* nobody promised that all of it was received */
    bool may_be_told;      /* that its time is up, or that it is slow */
    bool lacks;            /* there may be no memory for a body */
    uint64_t max_upload;   /* bytes */
    bool member, over;
    char nick[PROTO_NICK_MAX + 1];
    /* the last frame */
    uint64_t body_len;
    const char *body, *code;
    size_t code_len;
};

/* The next frame that is no event; events on the way are checked. FRAME_NONE: there is none, or
 * not all of it was received. */
enum frame frame_take(struct reading *reading);

/* Is this the code of the failure taken last? */
bool frame_says(const struct reading *reading, const char *code);

#endif
