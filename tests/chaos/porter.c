/* tests/chaos/porter.c: see porter.h */
#include "porter.h"

#include <stdio.h>

#include "folder.h"
#include "stage.h"
#include "verdict.h"

static void name_of(char *name, size_t size, unsigned int porter, unsigned int place)
{
    (void)snprintf(name, size, "goods-%u-%u", porter, place);
}

/* ---- what it asks for ---- */

static void begin_put(struct porter *porter)
{
    struct place *place = &porter->shelf[porter->at];
    char name[40];
    name_of(name, sizeof name, porter->number, porter->at);
    place->tried = goods_new(porter->about);
    place->trying = true;
    peer_say(&porter->peer, "P %zu %s\n", place->tried.size, name);
}

static void begin_get(struct porter *porter)
{
    char name[40];
    name_of(name, sizeof name, porter->number, porter->at);
    porter->getting = true;
    porter->body_at = 0;
    peer_say(&porter->peer, "G %s\n", name);
}

static void begin(struct porter *porter)
{
    porter->at = dice(PORTER_SHELF);
    porter->busy = !porter->halts;
    if (porter->halts)
        return;
    uint32_t wish = dice(16);
    if (wish == 0)
        peer_say(&porter->peer, "L\n");
    else if (wish < 6 && porter->shelf[porter->at].stored)
        begin_get(porter);
    else
        begin_put(porter);
}

void porter_turn(struct porter *porter)
{
    static char bytes[65536];
    const struct goods *goods = &porter->shelf[porter->at].tried;
    if (porter->owed == 0 || peer_unsent(&porter->peer) > 0)
        return;
    size_t n = 1 + dice((uint32_t)(sizeof bytes < porter->about ? sizeof bytes : porter->about));
    if (n > porter->owed)
        n = porter->owed;
    goods_fill(goods, bytes, n, goods->size - porter->owed);
    peer_send(&porter->peer, bytes, n);
    porter->owed -= n;
}

/* ---- what it is answered ---- */

static void check_body(struct porter *porter, const char *bytes, size_t n)
{
    const struct goods *goods = &porter->shelf[porter->at].goods;
    verdict_check(goods_match(goods, bytes, n, porter->body_at),
                  "goods-%u-%u: wrong bytes in a download, behind byte %zu", porter->number,
                  porter->at, porter->body_at);
    porter->body_at += n;
}

static void done(struct porter *porter)
{
    struct place *place = &porter->shelf[porter->at];
    if (porter->getting) {
        verdict_check(porter->body_size == place->goods.size,
                      "goods-%u-%u: %zu bytes, where %zu were stored", porter->number, porter->at,
                      porter->body_size, place->goods.size);
        porter->downloads++;
    } else if (place->trying) {
        place->goods = place->tried;
        place->stored = true;
        porter->uploads++;
    } else {
        porter->listings++;
    }
    place->trying = porter->getting = false;
    begin(porter);
}

void porter_hear(struct peer *peer, enum heard heard, const char *text, size_t n)
{
    struct porter *porter = (struct porter *)peer;
    switch (heard) {
    case HEARD_HELLO:
        porter->greeted = true;
        begin(porter);
        break;
    case HEARD_GO:
        porter->owed = porter->shelf[porter->at].tried.size;
        porter_turn(porter);
        break;
    case HEARD_OK: porter->body_size = n; break;
    case HEARD_BODY:
        if (porter->getting)
            check_body(porter, text, n);
        break;
    case HEARD_DONE: done(porter); break;
    case HEARD_END:
        porter->ended = true;
        porter->owed = 0;
        porter->busy = porter->getting = false;
        break;
    default: verdict_fail("porter %u hears %s", porter->number, verdict_quoted(text, n));
    }
}

void porter_open(struct porter *porter, int port)
{
    porter->ended = porter->busy = porter->getting = porter->greeted = false;
    porter->owed = 0;
    peer_open(&porter->peer, port, porter_hear);
}

void porter_go_on(struct porter *porter)
{
    porter->halts = false;
    begin(porter);
}

/* ---- what is in the folder ---- */

static bool same(const struct goods *a, const struct goods *b)
{
    return a->seed == b->seed && a->size == b->size;
}

static void place_settle(struct porter *porter, unsigned int at, const char *dir)
{
    struct place *place = &porter->shelf[at];
    struct goods found;
    char name[40];
    name_of(name, sizeof name, porter->number, at);
    porter->unanswered++;
    place->trying = false;
    if (!folder_has(dir, name)) {
        verdict_check(!place->stored, "%s was stored, and is lost", name);
        return;
    }
    verdict_check(goods_in_file(&found, dir, name), "%s is not whole", name);
    verdict_check(same(&found, &place->tried) || (place->stored && same(&found, &place->goods)),
                  "%s is neither what was stored nor what was sent last", name);
    place->goods = found;
    place->stored = true;
}

void porter_settle(struct porter *porter, const char *dir)
{
    for (unsigned int at = 0; at < PORTER_SHELF; at++)
        if (porter->shelf[at].trying)
            place_settle(porter, at, dir);
}

size_t porter_check(const struct porter *porter, const char *dir)
{
    size_t n = 0;
    for (unsigned int at = 0; at < PORTER_SHELF; at++) {
        const struct place *place = &porter->shelf[at];
        struct goods found;
        char name[40];
        name_of(name, sizeof name, porter->number, at);
        if (!place->stored)
            continue;
        verdict_check(goods_in_file(&found, dir, name) && same(&found, &place->goods),
                      "%s was stored, and is %s", name, folder_has(dir, name) ? "another" : "lost");
        n++;
    }
    return n;
}
