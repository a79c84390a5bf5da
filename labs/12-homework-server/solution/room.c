/* room.c: the chat room, in the parent: who is a member, and who hears what
 *
 * Each client's process has two pipes. It waits for the reply to one request before it sends the
 * next, so a read takes exactly one request. Nothing here waits for a client: a pipe that is full
 * belongs to a member that does not read, and that is no member any more.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

enum { CLIENTS_MOST = 400, NICK_SIZE = 33 };

struct member {
    int from, to;
    char nick[NICK_SIZE]; /* empty: not in the room */
    bool slow;
};

static struct member members[CLIENTS_MOST];
static size_t count;

size_t room_count(void)
{
    return count;
}

int room_descriptor(size_t number)
{
    return members[number].from;
}

bool room_add(int from, int to)
{
    if (count == CLIENTS_MOST || fcntl(to, F_SETFL, O_NONBLOCK) != 0)
        return false;
    (void)fcntl(to, F_SETPIPE_SZ, 1 << 18); /* as long as a user may have so much */
    members[count++] = (struct member){.from = from, .to = to};
    return true;
}

static void close_pipes(const struct member *member)
{
    close(member->from);
    if (member->to >= 0)
        close(member->to);
}

void room_close_all(void)
{
    for (size_t i = 0; i < count; i++)
        close_pipes(&members[i]);
    count = 0;
}

/* ---- sending ---- */

static void put(struct member *member, const char *text)
{
    ssize_t n = (ssize_t)strlen(text);

    if (!member->slow && write(member->to, text, (size_t)n) != n)
        member->slow = true;
}

/* To all members but this one. */
static void tell_others(const struct member *except, const char *kind, const char *nick,
                        const char *text)
{
    char event[LINE_MOST + 64];

    snprintf(event, sizeof event, "* %s %s%s%s\n", kind, nick, *text ? " " : "", text);
    for (size_t i = 0; i < count; i++)
        if (members[i].nick[0] && &members[i] != except)
            put(&members[i], event);
}

static void leave(struct member *member)
{
    char nick[NICK_SIZE];

    memcpy(nick, member->nick, sizeof nick);
    member->nick[0] = '\0';
    if (nick[0])
        tell_others(member, "LEAVE", nick, "");
}

/* ---- requests ---- */

static struct member *find(const char *nick)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].nick, nick) == 0)
            return &members[i];
    return NULL;
}

static void enter(struct member *member, const char *nick)
{
    if (member->nick[0]) {
        put(member, "ERR in-chat you are in the room\n");
    } else if (find(nick)) {
        put(member, "ERR nick-taken a member has this nick\n");
    } else {
        snprintf(member->nick, sizeof member->nick, "%.32s", nick);
        put(member, "OK 0\n");
        tell_others(member, "JOIN", nick, "");
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_members(struct member *member)
{
    const char *nicks[CLIENTS_MOST] = {NULL};
    char body[CLIENTS_MOST * NICK_SIZE + 1] = "", reply[sizeof body + 32];
    size_t n = 0, size = 0;

    for (size_t i = 0; i < count; i++)
        if (members[i].nick[0])
            nicks[n++] = members[i].nick;
    qsort(nicks, n, sizeof nicks[0], by_bytes);
    for (size_t i = 0; i < n; i++)
        size += (size_t)snprintf(body + size, sizeof body - size, "%s\n", nicks[i]);
    snprintf(reply, sizeof reply, "OK %zu\n%s", size, body);
    put(member, reply);
}

static void answer_member(struct member *member, const char *line)
{
    if (line[0] == 'C') {
        enter(member, line + 2);
    } else if (!member->nick[0]) {
        put(member, "ERR not-in-chat enter the room first\n");
    } else if (line[0] == 'W') {
        list_members(member);
    } else {
        put(member, "OK 0\n");
        if (line[0] == 'S')
            tell_others(member, "SAY", member->nick, line + 2);
        else
            leave(member);
    }
}

/* The last takes its place. */
static void forget_process(size_t number)
{
    leave(&members[number]);
    close_pipes(&members[number]);
    members[number] = members[--count];
}

/* Those whose pipe was full leave the room; the end of their pipe ends their process. */
static void drop_slow(void)
{
    for (size_t i = 0; i < count; i++) {
        if (!members[i].slow || members[i].to < 0)
            continue;
        close(members[i].to);
        members[i].to = -1;
        leave(&members[i]);
        i = (size_t)-1; /* the others were told, and may be slow, too */
    }
}

void room_serve(size_t number)
{
    char line[LINE_MOST + 1];
    ssize_t n = read(members[number].from, line, LINE_MOST);

    if (n > 0) {
        line[n - 1] = '\0'; /* its LF */
        answer_member(&members[number], line);
    } else {
        forget_process(number);
    }
    drop_slow();
}
