/* tests/faults/scenarios.c: what clients do while calls fail
 *
 * The witness is in the chat room all the time (but in 01_loop, which serves one client), and its
 * own connection is never made to fail. What the others get may be ERR, or the end of the
 * connection; the functions of talk.c see to it that it is nothing else.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "faults.h"

static void quit(struct talk *talk)
{
    talk_say(talk, "Q\n");
    (void)talk_ok(talk);
    talk_over(talk);
}

static void ping(struct talk *talk)
{
    talk_say(talk, "N\n");
    (void)talk_ok(talk);
}

static void get(struct talk *talk, const char *name, size_t offset)
{
    size_t n;
    const unsigned char *bytes = sweep_file(name, &n);
    if (offset == 0)
        talk_say(talk, "G %s\n", name);
    else
        talk_say(talk, "R %zu %s\n", offset, name);
    (void)talk_body(talk, bytes + offset, n - offset);
}

static void listed(struct talk *talk, const char *text, size_t n)
{
    if (sweep_hides_entries())
        (void)talk_list(talk, text, n);
    else
        (void)talk_body(talk, text, n);
}

static void list(struct talk *talk)
{
    size_t n;
    const char *text = sweep_listing(&n);
    talk_say(talk, "L\n");
    listed(talk, text, n);
}

static void put(struct talk *talk, const char *name, size_t n)
{
    const unsigned char *bytes = sweep_new(name, n);
    talk_say(talk, "P %zu %s\n", n, name);
    if (!talk_go(talk))
        return;
    talk_send(talk, bytes, n);
    bool stored = talk_ok(talk);
    if (!talk->cut)
        sweep_stored(stored);
}

static void run_come(void)
{
    struct talk *guest = talk_open("guest");
    ping(guest);
    talk_close(guest);
}

static void run_quit(void)
{
    quit(talk_open("guest"));
}

static void run_list(void)
{
    struct talk *guest = talk_open("guest");
    list(guest);
    quit(guest);
}

static void run_get(void)
{
    struct talk *guest = talk_open("guest");
    get(guest, "small", 0);
    get(guest, "none", 0);
    get(guest, "small", 1000);
    quit(guest);
}

/* Through the pipe of sender.c: what comes after a first part that the socket took whole. */
static void run_big(void)
{
    struct talk *guest = talk_open("guest");
    get(guest, "big", 0);
    ping(guest);
    quit(guest);
}

static void run_put(void)
{
    struct talk *guest = talk_open("guest");
    put(guest, "put", 3000);
    ping(guest);
    quit(guest);
}

static void run_bulk(void)
{
    struct talk *guest = talk_open("guest");
    put(guest, "bulk", 700000);
    quit(guest);
}

static void run_new(void)
{
    struct talk *guest = talk_open("guest");
    put(guest, "new", 100);
    list(guest);
    quit(guest);
}

static void run_empty(void)
{
    struct talk *guest = talk_open("guest");
    put(guest, "empty", 0);
    quit(guest);
}

static void run_refused(void)
{
    struct talk *guest = talk_open("guest");
    talk_say(guest, "P 999999999 file\n");
    talk_error(guest, "too-large");
    talk_say(guest, "P 19000000 file\n"); /* more than the quota: found out by the census */
    talk_error(guest, "no-space");
    talk_say(guest, "G nothing\n");
    talk_error(guest, "not-found");
    talk_say(guest, "R 999999 small\n");
    talk_error(guest, "bad-range");
    talk_say(guest, "G ../canary\n");
    talk_error(guest, "bad-name");
    talk_say(guest, "S hello\n");
    talk_error(guest, "not-in-chat");
    talk_say(guest, "nonsense\n");
    talk_error(guest, "bad-request");
    quit(guest);
}

static void run_long(void)
{
    char line[1200];
    struct talk *guest = talk_open("guest");
    memset(line, 'x', sizeof line);
    talk_send(guest, line, sizeof line);
    talk_error(guest, "too-long");
    talk_over(guest);
}

static void run_half(void)
{
    struct talk *guest = talk_open("guest");
    size_t n, file_size;
    const char *text = sweep_listing(&n);
    const unsigned char *file = sweep_file("small", &file_size);
    talk_say(guest, "N\nL\nG small\n");
    talk_shut(guest);
    (void)talk_ok(guest);
    listed(guest, text, n);
    (void)talk_body(guest, file, file_size);
    talk_over(guest);
}

/* The client is said everything, and says something more before it reads. */
static void run_linger(void)
{
    struct talk *guest = talk_open("guest");
    size_t n;
    const unsigned char *bytes = sweep_file("big", &n);
    talk_say(guest, "G big\nQ\nN\n");
    talk_say(guest, "N\n");
    (void)talk_body(guest, bytes, n);
    talk_say(guest, "N\n");
    (void)talk_ok(guest);
    talk_over(guest);
}

static void run_pieces(void)
{
    struct talk *guest = talk_open("guest");
    talk_say(guest, "N\nN\nW");
    (void)talk_ok(guest);
    (void)talk_ok(guest);
    talk_say(guest, "\nG sm");
    talk_error(guest, "not-in-chat");
    talk_say(guest, "all\nN\n");
    size_t n;
    const unsigned char *bytes = sweep_file("small", &n);
    (void)talk_body(guest, bytes, n);
    (void)talk_ok(guest);
    quit(guest);
}

/* ---- the chat room ---- */

static void who(struct talk *talk)
{
    const char *all = sweep_crowded() ? "guest\nwitness\n" : "guest\n";
    bool alone = !sweep_crowded() || sweep_short_of_memory();
    talk_say(talk, "W\n");
    if (talk->denied)
        talk_error(talk, "not-in-chat");
    else
        (void)talk_either(talk, all, alone ? "guest\n" : all);
}

static void leave(struct talk *talk)
{
    talk_say(talk, "X\n");
    if (talk->denied)
        talk_error(talk, "not-in-chat");
    else
        (void)talk_ok(talk);
}

static void run_chat(void)
{
    struct talk *guest = talk_open("guest");
    unsigned int spoken;
    talk_enter(guest);
    for (int i = 0; i < 3; i++) {
        spoken = talk_speak(guest);
        if (sweep_crowded())
            talk_hear(WITNESS, spoken);
    }
    who(guest);
    leave(guest);
    ping(guest);
    talk_enter(guest);
    quit(guest);
}

/* A member hears others; the fault can hit its listener. */
static void run_hear(void)
{
    struct talk *guest = talk_open("guest");
    talk_enter(guest);
    for (int i = 0; i < 3; i++) {
        unsigned int spoken = talk_speak(WITNESS);
        if (!guest->denied)
            talk_hear(guest, spoken);
    }
    get(guest, "small", 0);
    leave(guest);
    quit(guest);
}

static void run_announce(void)
{
    static unsigned int number;
    struct talk *guest = talk_open("guest");
    struct talk *listener = sweep_crowded() ? WITNESS : guest;
    char line[40];
    talk_enter(guest);
    if (listener->open && !listener->denied) {
        (void)snprintf(line, sizeof line, "news %u\n", ++number);
        sweep_console(line);
        for (int i = 0; listener->news < number && !sweep_console_gone() && !in_trouble(); i++) {
            if (i >= 4)
                sweep_let_go();
            if (i < 400 && !talk_ready(listener))
                continue;
            if (!talk_event(listener))
                break;
        }
    }
    leave(guest);
    quit(guest);
}

/* ---- comings and goings ---- */

static void run_crowd(void)
{
    struct talk *guests[4];
    static const char *const nicks[] = {"guest", "second", "third", "fourth"};
    for (int i = 0; i < 4; i++)
        guests[i] = talk_open(nicks[i]);
    talk_enter(guests[0]);
    talk_enter(guests[1]);
    for (int i = 0; i < 4; i++)
        ping(guests[i]);
    talk_reset(guests[0]);
    talk_close(guests[2]);
    quit(guests[1]);
    quit(guests[3]);
}

/* Gone in the middle of an upload, and as a member. */
static void run_vanish(void)
{
    struct talk *guest = talk_open("guest");
    talk_enter(guest);
    talk_say(guest, "P 5000 vanished\n");
    if (talk_go(guest))
        talk_say(guest, "not all of it");
    talk_reset(guest);
}

/* The end of input in the middle of an upload. */
static void run_cut(void)
{
    struct talk *guest = talk_open("guest");
    talk_say(guest, "P 5000 vanished\n");
    if (talk_go(guest))
        talk_say(guest, "not all of it");
    talk_shut(guest);
    talk_over(guest);
}

/* Gone in the middle of a download. */
static void run_gone(void)
{
    struct talk *guest = talk_open("guest");
    talk_say(guest, "G big\nN\n");
    talk_reset(guest);
}

/* ---- tables that have to grow ---- */

/* Where tables are made larger for the first time: with 64 descriptors, or as many clients. */
enum { FULL = 64, GUESTS = TALKS - 1 };

static int fillers[FULL];
static size_t filled;

/* Sends a line, unless it is NULL, and waits for one. */
static bool filler_answered(int fd, const char *line, const char *wanted)
{
    char in[64];
    size_t n = 0;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    if (line != NULL && send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return false;
    while (n < sizeof in - 1 && poll(&polled, 1, (int)bound_of(8000)) == 1) {
        if (recv(fd, in + n, 1, 0) != 1 || in[n++] == '\n')
            break;
    }
    in[n] = '\0';
    return strncmp(in, wanted, strlen(wanted)) == 0;
}

static void before_grow(void)
{
    const struct sockaddr_in there = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)sweep_port()),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (filled = 0; filled < FULL && sweep_descriptors() < FULL; filled++) {
        int fd = fillers[filled] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&there, sizeof there) != 0 ||
            !filler_answered(fd, NULL, "HELLO 1 "))
            trouble("client %zu of those before all others is not greeted", filled);
    }
}

static void after_grow(void)
{
    for (size_t i = 0; i < filled; i++) {
        if (!filler_answered(fillers[i], "N\n", "OK 0\n"))
            trouble("the table could not grow, and client %zu in it is not served any more", i);
        close(fillers[i]);
    }
}

static void run_grow(void)
{
    struct talk *guests[GUESTS];
    static const char *const nicks[GUESTS] = {"guest", "second", "third",  "fourth",
                                              "fifth", "sixth",  "seventh"};
    for (int i = 0; i < GUESTS; i++)
        guests[i] = talk_open(nicks[i]);
    for (int i = 0; i < GUESTS; i++)
        ping(guests[i]);
    for (int i = 0; i < GUESTS; i++)
        quit(guests[i]);
}

#define MANY "02_fork 03_thread 04_select 05_poll 06_epoll"

const struct scenario scenarios[] = {
    {.name = "come", .run = run_come},
    {.name = "quit", .run = run_quit},
    {.name = "list", .run = run_list},
    {.name = "get", .run = run_get},
    {.name = "big", .run = run_big},
    {.name = "put", .run = run_put},
    {.name = "bulk", .run = run_bulk},
    {.name = "new", .run = run_new},
    {.name = "empty", .run = run_empty},
    {.name = "refused", .run = run_refused},
    {.name = "long", .run = run_long},
    {.name = "half", .run = run_half},
    {.name = "linger", .run = run_linger},
    {.name = "pieces", .run = run_pieces},
    {.name = "chat", .run = run_chat},
    {.name = "hear", .models = MANY, .run = run_hear},
    {.name = "announce", .run = run_announce},
    {.name = "crowd", .models = MANY, .run = run_crowd},
    {.name = "vanish", .run = run_vanish},
    {.name = "cut", .run = run_cut},
    {.name = "gone", .run = run_gone},
    {.name = "exhausted", .run = run_quit, .with = "accept4:1:EMFILE"},
    {.name = "grow",
     .models = "04_select 05_poll 06_epoll",
     .run = run_grow,
     .before = before_grow,
     .after = after_grow,
     .calls = "malloc calloc realloc"},
    {.name = NULL},
};
