/* tests/oracle/requests.c: request lines; see session.h */
#include <string.h>

#include "session.h"

#define COUNT(pool) (sizeof(pool) / sizeof(pool)[0])

static void put_end(struct session *session, struct dice *dice)
{
    session_puts(session, dice_chance(dice, 12) ? "\r\n" : "\n");
}

/* Sometimes one byte of a line is changed, doubled or missing: its LF too. */
static void mutate(struct session *session, struct dice *dice, size_t from)
{
    static const char strange[] = {'\0', '\n', '\r', ' ', '\t', '\xff', 'Q', 'P', '9'};
    size_t at = from + dice_below(dice, session->len - from);
    char *byte = &session->bytes[at];
    switch (dice_below(dice, 4)) {
    case 0: *byte = strange[dice_below(dice, sizeof strange)]; break;
    case 1: *byte = (char)(*byte ^ (1 << dice_below(dice, 8))); break;
    case 2:
        memmove(byte, byte + 1, session->len - at - 1);
        session->len--;
        break;
    default: session_put(session, &strange[dice_below(dice, sizeof strange)], 1); break;
    }
}

static void request_with(struct session *session, struct dice *dice, char verb)
{
    const char head[] = {verb, ' ', '\0'};
    session_puts(session, strchr("GRPCS", verb) != NULL ? head : (const char[]){verb, '\0'});
    if (verb == 'R' || verb == 'P') {
        pool_number(session, dice);
        session_puts(session, " ");
    }
    if (verb == 'G' || verb == 'R' || verb == 'P')
        pool_name(session, dice);
    if (verb == 'C')
        pool_nick(session, dice);
    if (verb == 'S')
        pool_text(session, dice);
    put_end(session, dice);
}

static char one_of(struct dice *dice, const char *verbs)
{
    return verbs[dice_below(dice, strlen(verbs))];
}

void request_any(struct session *session, struct dice *dice)
{
    size_t from = session->len;
    if (dice_chance(dice, 8)) {
        pool_wrong_line(session, dice);
        put_end(session, dice);
    } else {
        request_with(session, dice, one_of(dice, "LLGGGGRRRRPCCSSSWXNNN"));
    }
    if (dice_chance(dice, 5))
        mutate(session, dice, from);
}

void request_chat(struct session *session, struct dice *dice)
{
    request_with(session, dice, one_of(dice, "CSSSSWX"));
}

void request_enter(struct session *session, struct dice *dice)
{
    session_puts(session, "C ");
    pool_good_nick(session, dice);
    session_puts(session, "\n");
}

void request_say(struct session *session, struct dice *dice)
{
    char verb = one_of(dice, "SSSSSNW");
    session_put(session, &verb, 1);
    if (verb == 'S') {
        session_puts(session, " ");
        pool_good_text(session, dice);
    }
    session_puts(session, "\n");
}

void request_harmless(struct session *session, struct dice *dice)
{
    request_with(session, dice, one_of(dice, "LGGRN"));
}

void request_put(struct session *session, struct dice *dice, size_t size)
{
    char head[32];
    (void)snprintf(head, sizeof head, "P %zu ", size);
    session_puts(session, head);
    if (dice_chance(dice, 50))
        pool_new_name(session, dice);
    else
        pool_name(session, dice);
    put_end(session, dice);
}

void request_garbage(struct session *session, struct dice *dice)
{
    size_t len = 1 + dice_below(dice, 120);
    for (size_t i = 0; i < len; i++) {
        char byte = (char)dice_next(dice);
        session_put(session, &byte, 1);
    }
    session_puts(session, "\n");
}

/* Lines around the longest that is allowed: 1024 bytes with LF. */
void request_long(struct session *session, struct dice *dice)
{
    static const char *const heads[] = {"S ", "G ", "C ", "", "R 1 ", "N"};
    const char *head = heads[dice_below(dice, COUNT(heads))];
    size_t len = dice_chance(dice, 70) ? 1021 + dice_below(dice, 6) : dice_below(dice, 5000);
    session_puts(session, head);
    for (size_t i = strlen(head); i + 1 < len; i++)
        session_puts(session, "l");
    put_end(session, dice);
}

void request_text(struct session *session, struct dice *dice)
{
    pool_good_text(session, dice);
    session_puts(session, "\n");
}

size_t request_size(struct dice *dice)
{
    static const size_t sizes[] = {0, 1, 2, 100, 1023, 1024, 1025, 4096, 8192, 16384, 49152, 49153};
    return dice_chance(dice, 30) ? sizes[dice_below(dice, COUNT(sizes))] : dice_below(dice, 3000);
}
