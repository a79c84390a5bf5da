/* bench/load/load_schedule.c: when requests are due, and which client sends them
 *
 * Closed loop: a client that may send does so at once.
 *
 * Open loop: each thread has its share of the rate, evenly spaced, and shifted so that the threads
 * take turns. Turn k belongs to client k modulo clients, always: so requests that wait for a busy
 * client need no queue: when each was due is computed from its number.
 *
 * A latency is the difference of two clock readings. The send is stamped right before it, one
 * reading for each send: 30 ns. Replies are stamped once for all that one wait reported: they had
 * all arrived by then, so none is charged with the time that the generator takes to process the
 * others. What remains is the time between the arrival of a reply and the return of the wait: while
 * the generator processes earlier replies, a reply waits in its socket, as it would with any
 * client.
 */
#include "load/load_private.h"

static uint64_t schedule_due(const struct worker *w, uint64_t turn)
{
    return w->start + (uint64_t)(((double)turn + w->shift) * w->period);
}

/* Threads with more clients have more of the rate. */
void schedule_make(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    unsigned int all = spec->kind == LOAD_CHAT ? w->load->speakers : spec->clients;
    w->shift = (double)w->index / w->load->threads;
    w->period = 0;
    if (spec->rate > 0 && w->senders > 0)
        w->period = 1e9 / (spec->rate * w->senders / all);
}

void schedule_restart(struct worker *w)
{
    w->turn = w->turn_client = 0;
    for (unsigned int i = 0; i < w->working; i++)
        w->clients[i].turn = 0;
}

/* When the client's next request was due, or will be. */
static uint64_t client_due(const struct worker *w, const struct client *c)
{
    return schedule_due(w, c->turn * w->senders + (uint64_t)(c - w->clients));
}

static bool client_may(const struct worker *w, const struct client *c)
{
    if (w->load->spec->kind == LOAD_SESSION || w->load->spec->kind == LOAD_STORM)
        return c->state == CLIENT_AWAY && c->retry_at <= w->now;
    return c->state == CLIENT_READY && c->rest_len == 0 && c->step == STEP_REPLY &&
           c->in_flight < w->load->window;
}

static void client_stamp(struct worker *w, struct client *c, uint64_t due, uint64_t sent)
{
    unsigned int at = c->first + c->in_flight, pipeline = w->load->pipeline;
    struct stamp *stamps = &w->stamps[(size_t)(c - w->clients) * pipeline];
    stamps[at < pipeline ? at : at - pipeline] = (struct stamp){due, sent};
    if (c->in_flight++ == 0)
        c->since = sent;
    w->in_flight++;
}

/* Sends `count` requests, which have their stamps. */
static bool client_ask(struct worker *w, struct client *c, unsigned int count, uint64_t due,
                       uint64_t sent)
{
    switch (w->load->spec->kind) {
    case LOAD_SESSION:
    case LOAD_STORM: client_open(w, c); return c->fd >= 0;
    case LOAD_UPLOAD: return client_offer(w, c);
    case LOAD_CHAT: return chat_send(w, c, count, due, sent);
    default: return client_send(w, c, w->script, (size_t)count * w->request_len);
    }
}

/* Requests that are the same for all go out in one send, however many they are. */
static bool closed_client(struct worker *w, struct client *c)
{
    bool chat = w->load->spec->kind == LOAD_CHAT;
    if (w->phase != PHASE_RUN || (chat && (c->number >= w->load->speakers || chat_held(w))))
        return true;
    do {
        unsigned int count = chat && !w->load->spec->burst ? 1 : w->load->pipeline - c->in_flight;
        uint64_t sent = w->load->spec->kind == LOAD_STORM ? w->start : load_now();
        for (unsigned int i = 0; i < count; i++)
            client_stamp(w, c, sent, sent);
        if (!client_ask(w, c, count, sent, sent))
            return false;
    } while (chat && client_may(w, c) && !chat_held(w));
    return true;
}

static bool open_client(struct worker *w, struct client *c, uint64_t freed)
{
    bool chat = w->load->spec->kind == LOAD_CHAT;
    uint64_t limit = w->phase == PHASE_RUN ? w->now + 1 : w->until, due;
    if ((chat && c->number >= w->load->speakers) || w->period <= 0)
        return true;
    while (client_may(w, c) && (due = client_due(w, c)) < limit) {
        unsigned int count = 0;
        uint64_t sent = load_now(), first_due = due;
        do {
            if (due >= w->from && due < w->until)
                histogram_record(&w->own.lag, sent - (due > freed ? due : freed), 1);
            client_stamp(w, c, due, sent);
            c->turn++;
            count++;
        } while (!chat && c->in_flight < w->load->pipeline && (due = client_due(w, c)) < limit);
        if (!client_ask(w, c, count, first_due, sent))
            return false;
    }
    return true;
}

bool schedule_client(struct worker *w, struct client *c, uint64_t freed)
{
    if (w->phase == PHASE_CONNECT || w->phase == PHASE_END || c->idle || !client_may(w, c))
        return true;
    return w->load->spec->rate > 0 ? open_client(w, c, freed) : closed_client(w, c);
}

void schedule_mark(struct worker *w)
{
    const struct load *load = w->load;
    unsigned int number = atomic_load_explicit(&load->marker, memory_order_relaxed);
    if (w->marked || number == UINT32_MAX || number % load->threads != w->index)
        return;
    struct client *c = &w->clients[number / load->threads];
    w->marked = true;
    if (c->state != CLIENT_READY)
        return;
    uint64_t sent = load_now();
    client_stamp(w, c, sent, sent);
    (void)chat_send(w, c, 1, sent, sent);
}

/* A speaker may wait for what was received in this turn. */
void schedule_chat(struct worker *w)
{
    atomic_store_explicit(&w->received, w->own.received, memory_order_relaxed);
    if (w->load->spec->rate > 0 || chat_held(w))
        return;
    for (unsigned int i = 0; i < w->senders; i++)
        schedule_client(w, &w->clients[i], 0);
}

void schedule_run(struct worker *w)
{
    if (w->period <= 0 || (w->phase != PHASE_RUN && w->phase != PHASE_DRAIN))
        return;
    for (uint64_t due; (due = schedule_due(w, w->turn)) <= w->now && due < w->until;) {
        struct client *c = &w->clients[w->turn_client];
        w->turn++;
        w->turn_client = w->turn_client + 1 == w->senders ? 0 : w->turn_client + 1;
        schedule_client(w, c, 0);
    }
}

uint64_t schedule_next(const struct worker *w)
{
    return w->period > 0 && w->phase == PHASE_RUN ? schedule_due(w, w->turn) : UINT64_MAX;
}

bool schedule_owes(const struct worker *w)
{
    for (unsigned int i = 0; w->period > 0 && i < w->senders; i++)
        if (client_due(w, &w->clients[i]) < w->until)
            return true;
    return false;
}

void schedule_charge(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    uint64_t times = spec->kind == LOAD_CHAT ? spec->clients - 1 : 1, due;
    for (unsigned int i = 0; w->period > 0 && i < w->senders; i++) {
        struct client *c = &w->clients[i];
        for (; (due = client_due(w, c)) < w->until; c->turn++)
            if (due >= w->from)
                histogram_record(&w->own.latency, w->now - due, times);
    }
}
