/* tests/oracle/generate/generate.c: sessions out of a seed; see generate.h */
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "generate.h"
#include "grow.h"

enum { ROOM = STEPS - 8 }; /* the longest deed takes fewer steps than are left then */

uint64_t rng_next(struct rng *rng)
{
    return pattern_mix(rng->state += 0x9e3779b97f4a7c15u);
}

size_t rng_below(struct rng *rng, size_t n)
{
    return (size_t)(rng_next(rng) % n);
}

bool rng_chance(struct rng *rng, unsigned int percent)
{
    return rng_below(rng, 100) < percent;
}

void session_put(struct oracle_session *session, const void *bytes, size_t len)
{
    session->bytes = grow(session->bytes, &session->room, session->len + len, 1);
    memcpy(session->bytes + session->len, bytes, len);
    session->len += len;
}

void session_puts(struct oracle_session *session, const char *text)
{
    session_put(session, text, strlen(text));
}

void session_free(struct oracle_session *session)
{
    free(session->bytes);
    session->bytes = NULL;
}

/* ---- steps ---- */

static struct step *step_add(struct oracle_session *session, enum action action,
                             unsigned int client)
{
    struct step *step = &session->steps[session->count++];
    *step = (struct step){.action = action, .client = client, .at = session->len};
    return step;
}

/* The bytes that were put since step_add are what it sends. */
static void step_bytes(struct oracle_session *session, struct rng *rng, struct step *step)
{
    step->len = session->len - step->at;
    if (rng_chance(rng, 30))
        step->cuts = rng_next(rng) | 1;
}

/* Some requests in one go, sent whether or not the last ones are answered. */
static void do_requests(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    bool chats = rng_chance(rng, session->clients > 1 ? 50 : 25);
    struct step *step = step_add(session, ACTION_SEND, client);
    size_t count = rng_chance(rng, 60) ? 1 : 1 + rng_below(rng, 6);
    for (size_t i = 0; i < count; i++)
        (chats ? request_chat : request_any)(session, rng);
    step_bytes(session, rng, step);
    step->no_wait = rng_chance(rng, 40);
}

static void do_enter(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    struct step *step = step_add(session, ACTION_SEND, client);
    request_enter(session, rng);
    step_bytes(session, rng, step);
}

static void body_part(struct oracle_session *session, struct rng *rng, unsigned int client,
                      size_t len)
{
    struct step *step = step_add(session, ACTION_BODY, client);
    step->at = rng_below(rng, 1000);
    step->len = len;
    step->no_wait = rng_chance(rng, 30);
    if (rng_chance(rng, 30))
        step->cuts = rng_next(rng) | 1;
}

/* An upload as it should be; sometimes in parts with something in between, or without its end. */
static void do_upload(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    size_t size = request_size(rng);
    struct step *step = step_add(session, ACTION_SEND, client);
    request_put(session, rng, size);
    step_bytes(session, rng, step);
    if (rng_chance(rng, 35))
        body_part(session, rng, client, size / 2);
    if (rng_chance(rng, 40) && session->clients > 1)
        do_requests(session, rng, (client + 1) % session->clients);
    if (rng_chance(rng, 90))
        body_part(session, rng, client, SIZE_MAX);
}

/* Does not wait for GO. If the upload is refused, its body is taken for requests. */
static void do_blind_upload(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    struct step *step = step_add(session, ACTION_SEND, client);
    size_t size = rng_below(rng, 60);
    request_put(session, rng, size);
    for (size_t from = session->len; session->len - from < size;)
        request_any(session, rng);
    step_bytes(session, rng, step);
    step->no_wait = rng_chance(rng, 30);
}

/* A line whose end comes later, or never. */
static void do_part(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    struct step *step = step_add(session, ACTION_SEND, client);
    request_any(session, rng);
    size_t whole = session->len - step->at;
    session->len -= 1 + rng_below(rng, whole);
    step_bytes(session, rng, step);
}

static void do_garbage(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    struct step *step = step_add(session, ACTION_SEND, client);
    (rng_chance(rng, 50) ? request_garbage : request_long)(session, rng);
    step_bytes(session, rng, step);
}

static void do_together(struct oracle_session *session, struct rng *rng)
{
    for (unsigned int i = 0; i < session->clients; i++) {
        struct step *step = step_add(session, ACTION_SEND, i);
        size_t count = 1 + rng_below(rng, 8);
        for (size_t k = 0; k < count; k++)
            request_say(session, rng);
        step_bytes(session, rng, step);
        step->together = true;
    }
}

static void do_announce(struct oracle_session *session, struct rng *rng)
{
    struct step *step = step_add(session, ACTION_ANNOUNCE, 0);
    request_text(session, rng);
    step->len = session->len - step->at;
}

/* Leaves, in one of many ways, and often comes again. */
static void do_end(struct oracle_session *session, struct rng *rng, unsigned int client)
{
    static const enum action ways[] = {ACTION_SHUT, ACTION_CLOSE, ACTION_RESET};
    size_t way = rng_below(rng, 4);
    struct step *step;
    if (way == 3) {
        step = step_add(session, ACTION_SEND, client);
        session_puts(session, rng_chance(rng, 30) ? "Q\nN\nS lost\n" : "Q\n");
        step_bytes(session, rng, step);
    } else {
        bool no_wait = rng_chance(rng, 50);
        if (no_wait) { /* with answers still to come */
            step = step_add(session, ACTION_SEND, client);
            request_harmless(session, rng);
            step_bytes(session, rng, step);
            step->no_wait = true;
        }
        step_add(session, ways[way], client)->no_wait = no_wait;
    }
    if (rng_chance(rng, 60))
        step_add(session, ACTION_OPEN, client);
}

static void deed(struct oracle_session *session, struct rng *rng)
{
    unsigned int client = (unsigned int)rng_below(rng, session->clients);
    size_t what = rng_below(rng, 100);
    if (what < 56)
        do_requests(session, rng, client);
    else if (what < 72)
        do_upload(session, rng, client);
    else if (what < 77)
        do_blind_upload(session, rng, client);
    else if (what < 81)
        do_part(session, rng, client);
    else if (what < 85)
        do_garbage(session, rng, client);
    else if (what < 91)
        do_end(session, rng, client);
    else if (session->clients == 1) /* 01_loop looks at its console ten times a second only */
        rng_chance(rng, 6) ? do_announce(session, rng) : do_enter(session, rng, client);
    else if (what < 97)
        do_together(session, rng);
    else
        do_announce(session, rng);
}

void session_make(struct oracle_session *session, uint64_t seed, uint64_t number)
{
    struct rng mix = {.state = seed};
    struct rng rng = {.state = rng_next(&mix) ^ (number * 0xd1342543de82ef95u)};
    *session = (struct oracle_session){.seed = seed, .number = number};
    session_puts(session, " "); /* from now on there are bytes */
    session->clients = rng_chance(&rng, 50) ? 1 : 2 + (unsigned int)rng_below(&rng, CLIENTS - 1);
    if (rng_chance(&rng, 20)) /* connecting is expensive: most continue with what there is */
        session->ending = rng_chance(&rng, 50) ? ENDING_QUIT : ENDING_SHUT;
    size_t deeds = 2 + rng_below(&rng, 12);
    for (unsigned int i = 0; i < session->clients; i++) {
        step_add(session, ACTION_OPEN, i);
        if (rng_chance(&rng, session->clients > 1 ? 70 : 20))
            do_enter(session, &rng, i);
    }
    for (size_t i = 0; i < deeds && session->count < ROOM; i++)
        deed(session, &rng);
}
