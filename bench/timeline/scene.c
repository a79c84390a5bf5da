/* bench/timeline/scene.c: see scene.h */
#include "timeline/scene.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load/load.h"

enum {
    SUM_BYTES = 8 << 20,   /* of the file for the checksum */
    SLOW_BYTES = 24 << 20, /* of the download: more than the buffers of both sockets hold */
    SLOW_PARTS = 20,       /* it is read in so many portions, */
    PART_MS = 35,          /* one in this time */
    RECEIVE_BUFFER = 256 << 10,
    TIMEOUT_SECONDS = 20
};

static const double scene_least = 1.8; /* seconds: all six last at least as long */
static const char sum_name[] = "large", slow_name[] = "download";
const char scene_order[SCENE_CLIENTS] = {'A', 'D', 'B', 'C'};

struct actor {
    pthread_t thread;
    int port, fd;
    double began; /* of the scene, by the wall clock */
    struct lane *lane;
    char why[WHY];
};

/* strace prints the wall clock, so the clients are timed by it too. */
static double wall_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double scene_now(const struct actor *actor)
{
    return wall_now() - actor->began;
}

bool scene_files(const char *library, char why[WHY])
{
    return (load_file_make(library, sum_name, SUM_BYTES) &&
            load_file_make(library, slow_name, SLOW_BYTES)) ||
           fail(why, "a file in %.400s: %s", library, strerror(errno));
}

/* Nothing to do until this time of the scene. */
static void wait_until(const struct actor *actor, double at)
{
    double wall = actor->began + at;
    struct timespec t = {.tv_sec = (time_t)wall};
    t.tv_nsec = (long)(1e9 * (wall - (double)t.tv_sec));
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

static bool client_connect(struct actor *actor)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)actor->port)};
    const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    const int buffer = RECEIVE_BUFFER;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    actor->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return (actor->fd >= 0 &&
            setsockopt(actor->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
            setsockopt(actor->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) == 0 &&
            connect(actor->fd, (struct sockaddr *)&to, sizeof to) == 0) ||
           fail(actor->why, "connecting: %s", strerror(errno));
}

/* Bytes that follow are left in the socket. */
static bool line_receive(struct actor *actor, char *line, size_t size)
{
    size_t n = 0;
    while (n < size - 1) {
        ssize_t got = recv(actor->fd, line + n, 1, 0);
        if (got == 0)
            return fail(actor->why, "the server closed the connection");
        if (got < 0 && errno != EINTR)
            return fail(actor->why, "no answer: %s", strerror(errno));
        if (got == 1 && line[n++] == '\n')
            break;
    }
    line[n] = '\0';
    return true;
}

/* Connects; the lane shows the wait for the greeting. */
static bool client_greeted(struct actor *actor)
{
    char line[128];
    double from = scene_now(actor);
    if (!client_connect(actor) || !line_receive(actor, line, sizeof line))
        return false;
    lane_add(actor->lane, from, scene_now(actor), LANE_GREETING, "");
    return strncmp(line, "HELLO 1 ", 8) == 0 || fail(actor->why, "this is no greeting");
}

/* Sends a request and waits for the first line of its reply; *size: of the body behind it. */
static bool client_ask(struct actor *actor, const char *request, unsigned long *size)
{
    char line[128];
    double from = scene_now(actor);
    size_t length = strlen(request);
    if (send(actor->fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
        return fail(actor->why, "sending: %s", strerror(errno));
    if (!line_receive(actor, line, sizeof line))
        return false;
    lane_add(actor->lane, from, scene_now(actor), LANE_REPLY, "");
    *size = strtoul(line + 3, NULL, 10);
    return strncmp(line, "OK ", 3) == 0 || fail(actor->why, "the reply is %.60s", line);
}

/* Receives so many bytes and drops them. */
static bool client_receive(struct actor *actor, unsigned long bytes)
{
    static _Thread_local char buffer[64 << 10];
    while (bytes > 0) {
        ssize_t got = recv(actor->fd, buffer, bytes < sizeof buffer ? bytes : sizeof buffer, 0);
        if (got == 0 || (got < 0 && errno != EINTR))
            return fail(actor->why, "in a body: %s", got == 0 ? "closed" : strerror(errno));
        bytes -= got > 0 ? (unsigned long)got : 0;
    }
    return true;
}

/* --- the four ------------------------------------------------------------------------------- */

static bool play_a(struct actor *actor)
{
    unsigned long none;
    wait_until(actor, 0.03);
    if (!client_greeted(actor) || !client_ask(actor, "N\n", &none))
        return false;
    double from = scene_now(actor);
    wait_until(actor, 0.8);
    lane_add(actor->lane, from, scene_now(actor), LANE_THINKING, "");
    return client_ask(actor, "N\n", &none);
}

static bool play_d(struct actor *actor)
{
    char request[64];
    unsigned long size = 0, part;
    (void)snprintf(request, sizeof request, "G %s\n", slow_name);
    wait_until(actor, 0.18);
    if (!client_greeted(actor) || !client_ask(actor, request, &size))
        return false;
    double from = scene_now(actor);
    for (int i = 1; i <= SLOW_PARTS; i++) {
        part = i < SLOW_PARTS ? SLOW_BYTES / SLOW_PARTS : size;
        if (part > size || !client_receive(actor, part))
            return false;
        size -= part;
        if (i < SLOW_PARTS)
            wait_until(actor, from + 1e-3 * PART_MS * i);
    }
    lane_add(actor->lane, from, scene_now(actor), LANE_RECEIVING, "");
    return true;
}

static bool play_b(struct actor *actor)
{
    unsigned long none;
    wait_until(actor, 0.34);
    return client_greeted(actor) && client_ask(actor, "N\n", &none);
}

static bool play_c(struct actor *actor)
{
    char request[64];
    unsigned long size = 0;
    (void)snprintf(request, sizeof request, "H %s\n", sum_name);
    wait_until(actor, 0.5);
    if (!client_greeted(actor) || !client_ask(actor, request, &size))
        return false;
    double from = scene_now(actor);
    bool ok = client_receive(actor, size);
    lane_add(actor->lane, from, scene_now(actor), LANE_RECEIVING, "");
    return ok;
}

static const struct {
    bool (*play)(struct actor *actor);
    const char *name;
} roles[SCENE_CLIENTS] = {{play_a, "A asks, thinks, asks"},
                          {play_b, "B asks once"},
                          {play_c, "C wants a checksum"},
                          {play_d, "D downloads slowly"}};

static void *actor_main(void *argument)
{
    struct actor *actor = argument;
    size_t role = (size_t)(actor->lane->name[0] - 'A');
    bool ok = roles[role].play(actor);
    if (actor->fd >= 0 && close(actor->fd) < 0)
        ok = false;
    if (!ok && actor->why[0] == '\0')
        (void)fail(actor->why, "the size of the download is wrong");
    return NULL;
}

bool scene_play(int port, struct lane lanes[SCENE_CLIENTS], double *began, double *ended,
                char why[WHY])
{
    struct actor actors[SCENE_CLIENTS];
    int started = 0, error = 0;
    *began = wall_now() + 0.2; /* until then the server has started up, and sleeps */
    for (; started < SCENE_CLIENTS && error == 0; started += error == 0) {
        struct actor *actor = &actors[started];
        *actor = (struct actor){.port = port, .fd = -1, .began = *began, .lane = &lanes[started]};
        (void)snprintf(actor->lane->name, LANE_NAME, "%s", roles[started].name);
        error = pthread_create(&actor->thread, NULL, actor_main, actor);
    }
    bool ok = error == 0 || fail(why, "pthread_create: %s", strerror(error));
    for (int i = 0; i < started; i++) {
        (void)pthread_join(actors[i].thread, NULL);
        if (ok && actors[i].why[0] != '\0')
            ok = fail(why, "client %c: %.400s", lanes[i].name[0], actors[i].why);
    }
    if (ok)
        wait_until(&actors[0], scene_least);
    *ended = wall_now();
    return ok;
}
