/* ring.c: see ring.h */
#include "ring.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool ring_forward_yes(void *owner, struct member *member)
{
    (void)owner;
    (void)member;
    return true;
}

struct room *ring_new(unsigned int members, size_t backlog, room_forward *forward)
{
    struct room *room = room_new(members, backlog, forward);
    unit_check(room != NULL, "out of memory");
    return room;
}

struct member *ring_enter(struct room *room, const char *nick)
{
    struct member *member = NULL;
    enum proto_code code = room_enter(room, nick, strlen(nick), NULL, &member);
    unit_check(code == PROTO_OK && member != NULL, "%s enters: %s", nick, proto_code_word(code));
    return member;
}

void ring_refused(struct room *room, const char *nick, enum proto_code want)
{
    struct member *member = NULL;
    enum proto_code code = room_enter(room, nick, strlen(nick), NULL, &member);
    unit_check(code == want && (code == PROTO_OK || member == NULL),
               "%s enters: expected %s, received %s", nick, proto_code_word(want),
               proto_code_word(code));
}

void ring_say(struct room *room, struct member *member, const char *text)
{
    room_say(room, member, text, strlen(text));
}

void ring_leave(struct room *room, struct member *member)
{
    room_leave(room, member);
    room_release(room, member);
}

void ring_end(struct room *room, struct member *const *members)
{
    while (*members != NULL)
        ring_leave(room, *members++);
    room_free(room);
}

void ring_expect(struct room *room, struct member *member, const char *name, const char *want)
{
    char received[8192];
    size_t len = 0;
    ssize_t n;
    unit_check(room_write_lock(member), "%s: the write lock's last holder died", name);
    while ((n = room_read(room, member, received + len, sizeof received - len)) > 0)
        len += (size_t)n;
    room_write_unlock(member);
    unit_check(n == 0, "%s is slow", name);
    unit_same(name, "", 0, want, strlen(want), received, len);
}

struct budget *ring_budget(void)
{
    static struct budget_part part;
    static struct budget budget;
    if (budget.max == 0)
        budget_init(&budget, &part, 64 * 1024);
    return &budget;
}

void ring_who(struct room *room, const char *want)
{
    struct body *names = room_names(room, ring_budget());
    unit_check((names == NULL) == (want[0] == '\0'), "names %d, expected %s", names != NULL, want);
    if (names != NULL)
        unit_same("the names in the room", "", 0, want, strlen(want), names->bytes, names->len);
    body_release(names);
    unit_check(ring_budget()->own->used == 0, "%zu bytes of the budget are not given back",
               (size_t)ring_budget()->own->used);
}

pid_t ring_child(void)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) /* it has died before that call */
            (void)kill(getpid(), SIGKILL);
    }
    return child;
}

void ring_reap(struct room *room, pid_t dead)
{
    while (!room_reap(room, dead))
        ;
}
