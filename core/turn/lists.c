/* core/turn/lists.c: see lists.h */
#include "turn/lists.h"

#include "base/clock.h"
#include "chat/room.h"

enum {
    SEND_LEAST = 64 * 1024, /* bytes that each client may be sent when a list is served */
    CHECK_EVERY = 8,        /* clients served between two looks at the clock */
};

/* Milliseconds from the beginning of turn_end to the end of the time of each list. */
static const int64_t ends[LISTS] = {
    [LIST_INPUT] = 1, [LIST_REPLY] = 3, [LIST_STEP] = 4, [LIST_BULK] = 5};

static bool can_continue(const struct client *c)
{
    return (session_waits_for(&c->session) & SESSION_CONTINUE) != 0;
}

/* WHY      an error or hang-up is reported whether it was asked for or not
 * WITHOUT  a client that has reset is reported for ever, and the loop runs at 100 % of a
 *          processor                                                 [mutant: core-ignore-hup]
 * MAN      epoll_ctl(2), EPOLLERR, EPOLLHUP
 */
static void client_input(struct turn *turn, struct client *c)
{
    bool readable = c->can_read, failed = c->failed;
    bool replies = false; /* to its input, and nothing else waits for it */
    c->can_read = c->failed = false;
    if (c->closed)
        return;
    if (c->lingering) {
        clients_drain(&turn->clients, c);
    } else if ((readable || failed) && (session_waits_for(&c->session) & SESSION_READ) != 0) {
        size_t before = c->progress;
        replies = c->session.out.head == NULL;
        if (!turn->receive(c))
            clients_close(&turn->clients, c);
        else if (c->progress == before)
            clients_received_nothing(&turn->clients, c);
    } else if (failed) {
        clients_close(&turn->clients, c);
    }
    bool continues = !c->closed && can_continue(c);
    clients_list_add(&turn->clients, continues ? LIST_STEP : replies ? LIST_REPLY : LIST_BULK, c);
}

/* A client that can't continue, because the room is crowded, keeps its place before those that have
 * just spoken. One that has nothing to send does not wait until others were sent much. */
static void client_step(struct turn *turn, struct client *c)
{
    uint32_t before = c->session.restarts;
    if (!c->closed && can_continue(c)) {
        session_continue(&c->session);
        bool sends = !outbox_empty(&c->session.out);
        if (can_continue(c) && (c->session.restarts == before || !sends))
            clients_list_add(&turn->clients, LIST_STEP, c);
    }
    clients_list_add(&turn->clients, LIST_BULK, c);
}

/* All clients share what can be sent in a turn: a short reply does not wait behind long ones. */
static size_t send_share(const struct turn *turn)
{
    const struct client_list *lists = turn->clients.lists;
    unsigned int count = lists[LIST_REPLY].count + lists[LIST_BULK].count;
    size_t share = count == 0 ? 0 : TURN_SEND_MAX / count;
    return share > SEND_LEAST ? share : SEND_LEAST;
}

/* If a socket did not take all, nothing is sent before the kernel reports it as writable. */
static void client_output(struct turn *turn, struct client *c)
{
    bool full = (c->watched & WATCH_WRITE) != 0 && !c->can_write;
    c->can_write = false;
    if (c->closed)
        return;
    if (!c->lingering && !full && !turn->send(c, turn->share))
        clients_close(&turn->clients, c);
    turn->clients.now = clock_now(); /* its timeout begins now: a disk may have kept us waiting */
    clients_update_interest(&turn->clients, c);
}

/* Serves a list up to its present end, or until its time is over.
 *
 * WHY      a turn has its time; clients that are left are the first of the next
 * WITHOUT  500 clients that list a large library make all others wait for half a second
 *                                                               [mutant: core-turn-without-end]
 */
static void list_serve(struct turn *turn, int list,
                       void (*step)(struct turn *turn, struct client *client))
{
    const struct client *last = turn->clients.lists[list].last;
    bool each = list == LIST_STEP || list == LIST_BULK; /* their steps are long: after each */
    int64_t until = turn->began + ends[list];
    struct client *c;
    unsigned int served = 0;
    turn->share = send_share(turn); /* once: the last is sent no more than the first */
    while ((c = clients_next(&turn->clients, list)) != NULL) {
        step(turn, c);
        if (list == LIST_BULK && c == turn->bulk_last) {
            room_delivered(turn->setup.shared.room, turn->bulk_head);
            turn->bulk_last = NULL;
        }
        bool check = each || ++served % CHECK_EVERY == 0;
        if (check && step != client_output) /* which has looked at the clock itself */
            turn->clients.now = clock_now();
        if (c == last || (check && turn->clients.now > until))
            break;
    }
}

/* If the room's log has grown, all members have output. Once bulk_last is served, every member had
 * its chance to be sent the log up to bulk_head, and the room can take more (room_crowded). */
static void members_update(struct turn *turn)
{
    struct room *room = turn->setup.shared.room;
    unsigned int place = 0;
    struct client *member;
    if (turn->listed_head != room_head(room)) {
        turn->listed_head = room_head(room);
        while ((member = room_next(room, &place)) != NULL) {
            session_check_lag(&member->session);
            clients_list_add(&turn->clients, LIST_BULK, member);
        }
    }
    if (turn->bulk_last == NULL) {
        turn->bulk_last = turn->clients.lists[LIST_BULK].last;
        turn->bulk_head = turn->listed_head;
        if (turn->bulk_last == NULL)
            room_delivered(room, turn->bulk_head);
    }
}

/* WHY      what a turn adds to a client's output is sent at its end: however many events a member
 *          gets, that is mostly one system call
 * WITHOUT  a busy chat room costs a system call for each line and member
 *                                                                    [mutant: core-send-each]
 */
void lists_serve(struct turn *turn)
{
    list_serve(turn, LIST_INPUT, client_input);
    list_serve(turn, LIST_REPLY, client_output);
    list_serve(turn, LIST_STEP, client_step);
    members_update(turn);
    list_serve(turn, LIST_BULK, client_output);
}
