/* tests/chaos/clients/chatter.c: see chatter.h */
#include "chatter.h"

#include <string.h>

#include "bound.h"
#include "grow.h"
#include "harness.h"
#include "verdict.h"

enum { UNANSWERED = 3, STAYS = 200, RESTLESS = 4 };

/* ---- chatters ---- */

static void enter(struct chatter *chatter)
{
    chatter->member = ledger_member();
    cursor_begin(&chatter->cursor, chatter->member);
    chatter->sent = chatter->answered = 0;
    chatter->stays = random_below(RESTLESS) == 0 ? 1 + random_below(STAYS) : 0;
    chatter->state = CHATTER_ENTERING;
    peer_printf(&chatter->peer, "C m%u\n", chatter->member);
}

static void speak(struct chatter *chatter)
{
    while (chatter->state == CHATTER_IN && !chatter->stops &&
           chatter->sent - chatter->answered < UNANSWERED) {
        if (chatter->stays > 0 && chatter->sent >= chatter->stays) {
            chatter->state = CHATTER_LEAVING;
            peer_printf(&chatter->peer, "X\n");
            return;
        }
        ledger_sent(chatter->member, ++chatter->sent);
        peer_printf(&chatter->peer, "S %u\n", chatter->sent);
    }
}

/* Answers come in the order of the requests: words before X. */
static void answered(struct chatter *chatter)
{
    if (chatter->state == CHATTER_ENTERING) {
        ledger_entered(chatter->member);
        chatter->state = CHATTER_IN;
    } else if (chatter->answered < chatter->sent) {
        ledger_answered(chatter->member, ++chatter->answered);
    } else {
        verdict_check(chatter->state == CHATTER_LEAVING, "m%u is answered without a question",
                      chatter->member);
        chatter->state = CHATTER_LEFT;
    }
    speak(chatter);
}

static void chatter_on_event(struct chaos_peer *peer, enum peer_event event, const char *text,
                             size_t n)
{
    struct chatter *chatter = (struct chatter *)peer;
    switch (event) {
    case PEER_HELLO:
        chatter->greeted = true;
        if (!chatter->stops)
            enter(chatter);
        break;
    case PEER_OK: verdict_check(n == 0, "m%u gets a body of %zu bytes", chatter->member, n); break;
    case PEER_DONE: answered(chatter); break;
    case PEER_EVENT:
        verdict_check(chatter->state != CHATTER_OUT && chatter->state != CHATTER_ENTERING,
                      "m%u received an event before it entered: %s", chatter->member, text);
        cursor_event(&chatter->cursor, text);
        break;
    case PEER_END: chatter->ended = true; break;
    default: verdict_fail("m%u received %s", chatter->member, verdict_quoted(text, n));
    }
}

void chatter_open(struct chatter *chatter, int port)
{
    chatter->state = CHATTER_OUT;
    chatter->ended = chatter->greeted = false;
    peer_open(&chatter->peer, port, chatter_on_event);
}

void chatter_turn(struct chatter *chatter)
{
    if (chatter->peer.fd < 0)
        return;
    if (chatter->state == CHATTER_LEFT && cursor_member_left(&chatter->cursor))
        chatter->state = CHATTER_OUT;
    if (chatter->state == CHATTER_OUT && chatter->greeted && !chatter->stops)
        enter(chatter);
    speak(chatter);
}

bool chatter_caught_up(struct chatter *chatter)
{
    if (chatter->state == CHATTER_OUT)
        return true;
    return chatter->state == CHATTER_IN && chatter->answered == chatter->sent &&
           cursor_caught_up(&chatter->cursor);
}

/* ---- the witness ---- */

static void names_add(struct witness *witness, const char *text, size_t n)
{
    witness->names = grow(witness->names, &witness->size, witness->n + n, 1);
    memcpy(witness->names + witness->n, text, n);
    witness->n += n;
}

static void witness_on_event(struct chaos_peer *peer, enum peer_event event, const char *text,
                             size_t n)
{
    struct witness *witness = (struct witness *)peer;
    switch (event) {
    case PEER_HELLO: peer_printf(peer, "C witness\n"); break;
    case PEER_OK: witness->n = 0; break;
    case PEER_BODY: names_add(witness, text, n); break;
    case PEER_EVENT: ledger_add(text); break;
    case PEER_DONE:
        witness->answered = witness->in;
        witness->in = true;
        break;
    case PEER_END:
        verdict_check(witness->left, "the witness was not harmed, and has lost its connection");
        break;
    default: verdict_fail("the witness received %s", verdict_quoted(text, n));
    }
}

static bool is_in(void *argument)
{
    return ((struct witness *)argument)->in;
}

static bool is_answered(void *argument)
{
    return ((struct witness *)argument)->answered;
}

void witness_open(struct witness *witness, int port)
{
    witness->peer.fd = -1;
    peer_open(&witness->peer, port, witness_on_event);
    verdict_check(peers_await(is_in, witness), "the witness is not let in");
}

bool witness_agrees(struct witness *witness, char *why, size_t size)
{
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    do {
        witness->answered = false;
        peer_printf(&witness->peer, "W\n");
        verdict_check(peers_await(is_answered, witness), "W is not answered");
        if (ledger_names_match(witness->names, witness->n, why, size))
            return true;
        peers_turn(10);
    } while (bound_now() < until);
    return false;
}
