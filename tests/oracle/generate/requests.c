/* tests/oracle/generate/requests.c: request lines; see generate.h */
#include <string.h>

#include "generate.h"

#define COUNT(pool) (sizeof(pool) / sizeof(pool)[0])

static void put_end(struct oracle_session *session, struct rng *rng)
{
    session_puts(session, rng_chance(rng, 12) ? "\r\n" : "\n");
}

/* Sometimes one byte of a line is changed, doubled or missing: its LF too. */
static void mutate(struct oracle_session *session, struct rng *rng, size_t from)
{
    static const char strange[] = {'\0', '\n', '\r', ' ', '\t', '\xff', 'Q', 'P', '9'};
    size_t at = from + rng_below(rng, session->len - from);
    char *byte = &session->bytes[at];
    switch (rng_below(rng, 4)) {
    case 0: *byte = strange[rng_below(rng, sizeof strange)]; break;
    case 1: *byte = (char)(*byte ^ (1 << rng_below(rng, 8))); break;
    case 2:
        memmove(byte, byte + 1, session->len - at - 1);
        session->len--;
        break;
    default: session_put(session, &strange[rng_below(rng, sizeof strange)], 1); break;
    }
}

static void request_with(struct oracle_session *session, struct rng *rng, char verb)
{
    const char head[] = {verb, ' ', '\0'};
    session_puts(session, strchr("GRPHCS", verb) != NULL ? head : (const char[]){verb, '\0'});
    if (verb == 'R' || verb == 'P') {
        pool_number(session, rng);
        session_puts(session, " ");
    }
    if (strchr("GRPH", verb) != NULL)
        pool_name(session, rng);
    if (verb == 'C')
        pool_nick(session, rng);
    if (verb == 'S')
        pool_text(session, rng);
    put_end(session, rng);
}

static char one_of(struct rng *rng, const char *verbs)
{
    return verbs[rng_below(rng, strlen(verbs))];
}

void request_any(struct oracle_session *session, struct rng *rng)
{
    size_t from = session->len;
    if (rng_chance(rng, 8)) {
        pool_word(session, rng, POOL_WRONG_LINES);
        put_end(session, rng);
    } else {
        request_with(session, rng, one_of(rng, "LLGGGGRRRRPHHHCCSSSWXNNN"));
    }
    if (rng_chance(rng, 5))
        mutate(session, rng, from);
}

void request_chat(struct oracle_session *session, struct rng *rng)
{
    request_with(session, rng, one_of(rng, "CSSSSWX"));
}

void request_enter(struct oracle_session *session, struct rng *rng)
{
    session_puts(session, "C ");
    pool_word(session, rng, POOL_NICKS);
    session_puts(session, "\n");
}

void request_say(struct oracle_session *session, struct rng *rng)
{
    char verb = one_of(rng, "SSSSSNW");
    session_put(session, &verb, 1);
    if (verb == 'S') {
        session_puts(session, " ");
        pool_word(session, rng, POOL_TEXTS);
    }
    session_puts(session, "\n");
}

void request_harmless(struct oracle_session *session, struct rng *rng)
{
    request_with(session, rng, one_of(rng, "LGGRHN"));
}

void request_put(struct oracle_session *session, struct rng *rng, size_t size)
{
    char head[32];
    (void)snprintf(head, sizeof head, "P %zu ", size);
    session_puts(session, head);
    if (rng_chance(rng, 50))
        pool_word(session, rng, POOL_NEW_NAMES);
    else
        pool_name(session, rng);
    put_end(session, rng);
}

void request_garbage(struct oracle_session *session, struct rng *rng)
{
    size_t len = 1 + rng_below(rng, 120);
    for (size_t i = 0; i < len; i++) {
        char byte = (char)rng_next(rng);
        session_put(session, &byte, 1);
    }
    session_puts(session, "\n");
}

/* Lines around the longest that is allowed: 1024 bytes with LF. */
void request_long(struct oracle_session *session, struct rng *rng)
{
    static const char *const heads[] = {"S ", "G ", "C ", "", "R 1 ", "N"};
    const char *head = heads[rng_below(rng, COUNT(heads))];
    size_t len = rng_chance(rng, 70) ? 1021 + rng_below(rng, 6) : rng_below(rng, 5000);
    session_puts(session, head);
    for (size_t i = strlen(head); i + 1 < len; i++)
        session_puts(session, "l");
    put_end(session, rng);
}

void request_text(struct oracle_session *session, struct rng *rng)
{
    pool_word(session, rng, POOL_TEXTS);
    session_puts(session, "\n");
}

size_t request_size(struct rng *rng)
{
    static const size_t sizes[] = {0, 1, 2, 100, 1023, 1024, 1025, 4096, 8192, 16384, 49152, 49153};
    return rng_chance(rng, 30) ? sizes[rng_below(rng, COUNT(sizes))] : rng_below(rng, 3000);
}
