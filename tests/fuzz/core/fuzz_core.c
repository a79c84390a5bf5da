/* fuzz_core.c: the protocol core, without a socket
 *
 * The first line of an input decides (see fuzz_dice): 'u…' gives the rest to the functions without
 * a state, 'o…' reads it as a command line, a word a line. Anything else is a script: its bytes are
 * said by the client whose turn it is, but for these:
 *
 *     01 to 04  that client's turn (the first one's at the beginning)
 *     05        it closes its sending side
 *     06        its time is up
 *     07        its connection breaks; a new client takes its place
 *     08        the line behind it is the administrator's
 *     0b        it reads what waits for it
 *     0c        the disk is full, for its upload
 *     0e        another server starts in the same folder
 *
 * A script is played three times. Twice each turn is played to its end, once in whole segments and
 * once byte by byte: everybody must get the same replies and the same events. The third time the
 * input decides how much is received and read, when, and whether memory ends: then it is only known
 * what may come, and the oracle knows it.
 */
#include "fuzz_core.h"

#include <stdlib.h>
#include <string.h>

/* ---- one turn ---- */

static bool feeds(const struct fuzz_speaker *speaker)
{
    return (session_waits_for(&speaker->session) & SESSION_READ) != 0 &&
           speaker->fed < speaker->pending.len;
}

/* In memory of exactly its size: a sanitizer reports a read behind it. */
static void feed(struct world *world, struct fuzz_speaker *speaker, size_t most)
{
    size_t size = session_read_size(&speaker->session), left = speaker->pending.len - speaker->fed;
    size_t part = left < size ? left : size;
    part = part < most ? part : most;
    char *received = malloc(part);
    fuzz_check(received != NULL, "no memory for the fuzzer itself");
    memcpy(received, speaker->pending.bytes + speaker->fed, part);
    speaker->fed += part;
    IN_CORE(session_feed(&speaker->session, received, part));
    free(received);
    speaker_check(world, speaker);
}

/* The end of input is received like input. False: it is not its time. */
static bool end(struct fuzz_speaker *speaker)
{
    struct session *s = &speaker->session;
    if (!speaker->ending || speaker->fed < speaker->pending.len ||
        (session_waits_for(s) & SESSION_READ) == 0)
        return false;
    IN_CORE(session_feed(s, NULL, 0));
    return true;
}

/* A step forward, in a fixed order: lazy ones send only when nothing else is left. */
static bool step(struct world *world, struct fuzz_speaker *speaker)
{
    struct session *s = &speaker->session;
    bool lazy = world->way == WAY_BYTES;
    bool slow = speaker->slow && s->member != NULL; /* to be closed first */
    bool waits = (session_waits_for(s) & SESSION_WRITE) != 0 && !slow;
    if (waits && !(lazy && ((session_waits_for(s) & SESSION_CONTINUE) != 0 || feeds(speaker))))
        speaker_take(speaker, lazy ? 61 : SIZE_MAX);
    else if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
        IN_CORE(session_continue(s));
    else if (feeds(speaker))
        feed(world, speaker, lazy ? 1 : SIZE_MAX);
    else if (!end(speaker))
        return false;
    speaker_check(world, speaker);
    world_news(world);
    return true;
}

/* Also of those that only received something. */
static void all_check(struct world *world)
{
    for (size_t i = 0; i < SPEAKERS; i++)
        if (world->speakers[i].here)
            speaker_check(world, &world->speakers[i]);
}

/* Turn by turn: in each, all members have their chance to read what was sent. */
static void run_until_idle(struct world *world, struct fuzz_speaker *speaker)
{
    struct room *room = world->shared.room;
    while (speaker->here && step(world, speaker))
        room_delivered(room, room_head(room));
    all_check(world);
}

/* Whatever the input chooses: of this client, or of another one. */
static void chance(struct world *world, struct fuzz_speaker *speaker)
{
    for (size_t i = 2 + fuzz_choose(&world->choices, 14); i > 0; i--) {
        struct fuzz_speaker *other = &world->speakers[fuzz_choose(&world->choices, SPEAKERS)];
        switch (fuzz_choose(&world->choices, 4)) {
        case 0:
            if (feeds(speaker))
                feed(world, speaker, 1 + fuzz_choose(&world->choices, 40));
            break;
        case 1:
            if ((session_waits_for(&speaker->session) & SESSION_CONTINUE) != 0)
                IN_CORE(session_continue(&speaker->session));
            break;
        case 2:
            if (other->here && !other->session.out.failed)
                speaker_take(other, 1 + 11 * fuzz_choose(&world->choices, 200));
            break;
        default: (void)step(world, other->here ? other : speaker);
        }
        world_news(world);
        all_check(world);
    }
}

static void turn_play(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    if (world->way == WAY_WILD)
        chance(world, speaker);
    else
        run_until_idle(world, speaker);
}

/* ---- a script ---- */

/* ERR slow for those with nothing unread; the others are closed at once. */
static void time_up(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    speaker->cut = true;
    if (outbox_empty(&speaker->session.out) && session_waits_for(&speaker->session) != 0) {
        IN_CORE(session_fail(&speaker->session, PROTO_TIMEOUT));
        speaker_check(world, speaker);
        world_news(world);
    }
}

static void breaks(struct world *world, size_t number)
{
    world->speakers[number].cut = true;
    speaker_leave(world, number);
    world_news(world);
    speaker_enter(world, number);
}

static void disk_full(const struct session *s)
{
    if (s->upload != NULL)
        injection.full = s->upload->file;
}

static size_t announce(struct world *world, const uint8_t *bytes, size_t len)
{
    const uint8_t *lf = len > 0 ? memchr(bytes, '\n', len) : NULL;
    size_t line = lf != NULL ? (size_t)(lf - bytes) : len;
    if (proto_text_ok((const char *)bytes, line))
        IN_CORE(room_announce(world->shared.room, (const char *)bytes, line));
    world_news(world);
    return lf != NULL ? line + 1 : line;
}

static size_t command(struct world *world, size_t *number, const uint8_t *bytes, size_t len)
{
    struct fuzz_speaker *speaker = &world->speakers[*number];
    switch (bytes[0]) {
    case 5:
        speaker->ending = true;
        turn_play(world, *number);
        break;
    case 6: time_up(world, *number); break;
    case 7: breaks(world, *number); break;
    case 8: return 1 + announce(world, bytes + 1, len - 1);
    case 11:
        if (world->way == WAY_WILD && !speaker->session.out.failed)
            speaker_take(speaker, SIZE_MAX);
        else
            run_until_idle(world, speaker);
        break;
    case 12: disk_full(&speaker->session); break;
    case 14: world_another_starts(world); break;
    default:
        *number = bytes[0] - 1U;
        if (!world->speakers[*number].here)
            speaker_enter(world, *number);
    }
    return 1;
}

static bool is_command(uint8_t byte)
{
    return (byte >= 1 && byte <= 8) || byte == 11 || byte == 12 || byte == 14;
}

/* All that is left is sent, and all clients leave. */
static void script_end(struct world *world)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < SPEAKERS; i++) {
            world->speakers[i].ending |= pass == 1;
            run_until_idle(world, &world->speakers[i]);
        }
    for (size_t i = 0; i < SPEAKERS; i++) {
        struct fuzz_speaker *speaker = &world->speakers[i];
        fuzz_check(!speaker->here || session_waits_for(&speaker->session) == 0,
                   "client %zu is not done", i);
        if (speaker->here)
            speaker_leave(world, i);
    }
    world_end(world);
}

static void script_play(struct world *world, const uint8_t *bytes, size_t len)
{
    size_t number = 0;
    speaker_enter(world, 0);
    while (len > 0) {
        size_t part = 0;
        while (part < len && !is_command(bytes[part]))
            part++;
        if (part > 0) {
            fuzz_text_add(&world->speakers[number].pending, bytes, part);
            turn_play(world, number);
        } else {
            part = command(world, &number, bytes, len);
        }
        bytes += part;
        len -= part;
    }
    script_end(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct world worlds[WAYS]; /* large, and used one at a time */
    struct fuzz_choices choices = fuzz_choices_take(&bytes, &len);
    texts_check((const char *)bytes, len);
    if (choices.len > 0 && choices.bytes[0] == 'u')
        return 0;
    if (choices.len > 0 && choices.bytes[0] == 'o') {
        options_check((const char *)bytes, len);
        return 0;
    }
    for (enum fuzz_way way = WAY_WHOLE; way < WAYS; way++) {
        world_begin(&worlds[way], way, choices);
        script_play(&worlds[way], bytes, len);
    }
    const struct fuzz_text *whole = &worlds[WAY_WHOLE].log, *single = &worlds[WAY_BYTES].log;
    fuzz_check(fuzz_text_same(whole, single), "whole: %s\nbyte by byte: %s",
               fuzz_quote(whole->bytes, whole->len), fuzz_quote(single->bytes, single->len));
    for (enum fuzz_way way = WAY_WHOLE; way < WAYS; way++)
        fuzz_text_free(&worlds[way].log);
    return 0;
}
