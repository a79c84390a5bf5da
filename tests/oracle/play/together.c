/* tests/oracle/play/together.c: which clients speak at the same time, and how that is recorded; see
 * players.h */
#include <stdlib.h>
#include <string.h>

#include "players.h"

void players_together_begin(void)
{
    players_await_replies_but(NULL);
    for (unsigned int i = 0; i < players.session->clients && players.n_spans < SPANS; i++)
        players.spans[players.n_spans++] = (struct span){i, players.clients[i].expected, SIZE_MAX};
    players.together = true;
}

void players_together_end(void)
{
    players_await_replies_but(NULL);
    for (size_t i = 0; i < players.n_spans; i++)
        if (players.spans[i].to == SIZE_MAX)
            players.spans[i].to = players.clients[players.spans[i].client].expected;
    players.together = false;
}

/* What is sent while others speak must be whole requests that do nothing but speak. */
bool players_all_between(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (players.clients[i].fd >= 0 && !client_between(&players.clients[i]))
            return false;
    return true;
}

/* "* SAY <nick> <text>": the same speaker? */
static bool same_speaker(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t i = 6;
    while (i < first.len && i < second.len && one[i] == other[i] && one[i] != ' ')
        i++;
    return i < first.len && i < second.len && one[i] == ' ' && other[i] == ' ';
}

static int event_compare(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t len = first.len < second.len ? first.len : second.len;
    return same_speaker(events, a, b) ? 0 : memcmp(one, other, len);
}

/* Sorts what was sent at once by the speakers; what one of them said keeps its order. */
static void span_sort(const struct tape *events, size_t *order, const struct span *span)
{
    for (size_t i = span->from + 1; i < span->to && i < events->count; i++)
        for (size_t k = i; k > span->from && event_compare(events, order[k - 1], order[k]) > 0;
             k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
}

static void record_events(struct tape *record, unsigned int number)
{
    const struct tape *events = &players.clients[number].events;
    size_t *order = calloc(events->count + 1, sizeof *order);
    if (order == NULL)
        abort();
    for (size_t i = 0; i < events->count; i++)
        order[i] = i;
    for (size_t i = 0; i < players.n_spans; i++)
        if (players.spans[i].client == number)
            span_sort(events, order, &players.spans[i]);
    for (size_t i = 0; i < events->count; i++)
        tape_copy(record, events, order[i]);
    free(order);
}

void players_record(struct tape *record, unsigned int number)
{
    const struct tape *replies = &players.clients[number].replies;
    for (size_t i = 0; i < replies->count; i++)
        tape_copy(record, replies, i);
    record_events(record, number);
}
