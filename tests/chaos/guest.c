/* tests/chaos/guest.c: see guest.h */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "stage.h"
#include "verdict.h"

enum { UNANSWERED = 3, STAYS = 200, RESTLESS = 4 };

/* ---- guests ---- */

static void enter(struct guest *guest)
{
    guest->who = ledger_member();
    ear_begin(&guest->ear, guest->who);
    guest->sent = guest->answered = 0;
    guest->stays = dice(RESTLESS) == 0 ? 1 + dice(STAYS) : 0;
    guest->state = GUEST_ENTERING;
    guest->visits++;
    peer_say(&guest->peer, "C m%u\n", guest->who);
}

static void talk(struct guest *guest)
{
    while (guest->state == GUEST_IN && !guest->halts &&
           guest->sent - guest->answered < UNANSWERED) {
        if (guest->stays > 0 && guest->sent >= guest->stays) {
            guest->state = GUEST_LEAVING;
            peer_say(&guest->peer, "X\n");
            return;
        }
        ledger_sent(guest->who, ++guest->sent);
        peer_say(&guest->peer, "S %u\n", guest->sent);
    }
}

/* Answers come in the order of the requests: words before X. */
static void answered(struct guest *guest)
{
    if (guest->state == GUEST_ENTERING) {
        ledger_entered(guest->who);
        guest->state = GUEST_IN;
    } else if (guest->answered < guest->sent) {
        ledger_answered(guest->who, ++guest->answered);
    } else {
        verdict_check(guest->state == GUEST_LEAVING, "m%u is answered without a question",
                      guest->who);
        guest->state = GUEST_LEFT;
    }
    talk(guest);
}

static void guest_hear(struct peer *peer, enum heard heard, const char *text, size_t n)
{
    struct guest *guest = (struct guest *)peer;
    switch (heard) {
    case HEARD_HELLO:
        guest->greeted = true;
        if (!guest->halts)
            enter(guest);
        break;
    case HEARD_OK: verdict_check(n == 0, "m%u gets a body of %zu bytes", guest->who, n); break;
    case HEARD_DONE: answered(guest); break;
    case HEARD_EVENT:
        verdict_check(guest->state != GUEST_OUT && guest->state != GUEST_ENTERING,
                      "m%u hears before it was let in: %s", guest->who, text);
        ear_hear(&guest->ear, text);
        break;
    case HEARD_END: guest->ended = true; break;
    default: verdict_fail("m%u hears %s", guest->who, verdict_quoted(text, n));
    }
}

void guest_open(struct guest *guest, int port)
{
    guest->state = GUEST_OUT;
    guest->ended = guest->greeted = false;
    peer_open(&guest->peer, port, guest_hear);
}

void guest_turn(struct guest *guest)
{
    if (guest->peer.fd < 0)
        return;
    if (guest->state == GUEST_LEFT && ear_has_left(&guest->ear))
        guest->state = GUEST_OUT;
    if (guest->state == GUEST_OUT && guest->greeted && !guest->halts)
        enter(guest);
    talk(guest);
}

bool guest_is_level(struct guest *guest)
{
    if (guest->state == GUEST_OUT)
        return true;
    return guest->state == GUEST_IN && guest->answered == guest->sent && ear_level(&guest->ear);
}

/* ---- the witness ---- */

static void names_add(struct witness *witness, const char *text, size_t n)
{
    if (witness->n + n > witness->size) {
        witness->size = witness->n + n + 4096;
        witness->names = realloc(witness->names, witness->size);
        if (witness->names == NULL)
            abort();
    }
    memcpy(witness->names + witness->n, text, n);
    witness->n += n;
}

static void witness_hear(struct peer *peer, enum heard heard, const char *text, size_t n)
{
    struct witness *witness = (struct witness *)peer;
    switch (heard) {
    case HEARD_HELLO: peer_say(peer, "C witness\n"); break;
    case HEARD_OK: witness->n = 0; break;
    case HEARD_BODY: names_add(witness, text, n); break;
    case HEARD_EVENT: ledger_hear(text); break;
    case HEARD_DONE:
        witness->answered = witness->in;
        witness->in = true;
        break;
    case HEARD_END:
        verdict_check(witness->left, "the witness was not harmed, and has lost its connection");
        break;
    default: verdict_fail("the witness hears %s", verdict_quoted(text, n));
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

bool room_await(bool (*ready)(void *argument), void *argument)
{
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    while (!ready(argument)) {
        if (bound_now() >= until)
            return false;
        stage_go_on();
        (void)peers_turn(10);
    }
    return true;
}

void witness_open(struct witness *witness, int port)
{
    witness->peer.fd = -1;
    peer_open(&witness->peer, port, witness_hear);
    verdict_check(room_await(is_in, witness), "the witness is not let in");
}

bool witness_agrees(struct witness *witness, char *why, size_t size)
{
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    do {
        witness->answered = false;
        peer_say(&witness->peer, "W\n");
        verdict_check(room_await(is_answered, witness), "W is not answered");
        if (ledger_names_match(witness->names, witness->n, why, size))
            return true;
        stage_go_on();
        (void)peers_turn(10);
    } while (bound_now() < until);
    return false;
}
