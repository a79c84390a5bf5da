/* tests/oracle/shrink.c: see shrink.h */
#include "shrink.h"

#include "bound.h"

bool all_order(struct oracle_worker *workers, unsigned int count, const struct order *order)
{
    for (unsigned int i = 0; i < count; i++)
        if (!worker_order(&workers[i], order))
            return false;
    return true;
}

bool all_answer(struct oracle_worker *workers, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        if (!worker_answer(&workers[i]))
            return false;
    return true;
}

bool all_play(struct oracle_worker *workers, unsigned int count, const struct order *order)
{
    return all_order(workers, count, order) && all_answer(workers, count);
}

/* How many others have the same record. */
static unsigned int company(const struct oracle_worker *workers, unsigned int count,
                            unsigned int one)
{
    unsigned int same = 0;
    for (unsigned int i = 0; i < count; i++)
        same += workers[i].played && tape_equal(&workers[i].record, &workers[one].record);
    return same;
}

unsigned int all_compare(const struct oracle_worker *workers, unsigned int count)
{
    unsigned int loneliest = count, least = 0, played = 0;
    for (unsigned int i = 0; i < count; i++) {
        if (!workers[i].played)
            continue;
        unsigned int same = company(workers, count, i);
        played++;
        if (loneliest == count || same < least) {
            loneliest = i;
            least = same;
        }
    }
    return least < played ? loneliest : count;
}

/* Half of them, a quarter of them, …, one of them: whatever can go, goes. */
uint64_t shrink(struct oracle_worker *workers, unsigned int count,
                const struct oracle_session *session, uint64_t dropped, long ms)
{
    long end = bound_now() + ms;
    for (size_t part = (session->count + 1) / 2; part > 0; part /= 2) {
        for (size_t at = 0; at < session->count; at += part) {
            uint64_t these = 0;
            for (size_t i = at; i < at + part && i < session->count; i++)
                these |= (uint64_t)1 << i;
            struct order order = {session->seed, session->number, dropped | these, true, true};
            if ((these & ~dropped) == 0)
                continue;
            if (bound_now() > end)
                return dropped;
            if (!all_play(workers, count, &order))
                return dropped;
            if (all_compare(workers, count) < count)
                dropped |= these;
        }
    }
    return dropped;
}
