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

#include "clients/spec.h"
#include "common/fail.h"

enum {
    SUM_BYTES = 8 << 20,   /* of the file for the checksum */
    SLOW_BYTES = 24 << 20, /* of the download: more than the buffers of both sockets hold */
    SLOW_PARTS = 20,       /* it is read in so many portions, */
    PART_MS = 35,          /* one in this time */
    RECEIVE_BUFFER = 256 << 10,
    TIMEOUT_SECONDS = 20,
    LINE = 128
};

static const double scene_min = 1.8; /* seconds: all six last at least as long */
const char scene_order[SCENE_CLIENTS] = {'A', 'D', 'B', 'C'};

struct actor {
    pthread_t thread;
    int port;
    FILE *server; /* what it sends; not buffered */
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
    return (load_file_make(library, "large", SUM_BYTES) &&
            load_file_make(library, "download", SLOW_BYTES)) ||
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
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    actor->server = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && actor->server == NULL)
        (void)close(fd);
    return (actor->server != NULL && setvbuf(actor->server, NULL, _IONBF, 0) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){RECEIVE_BUFFER}, sizeof(int)) == 0 &&
            connect(fd, (struct sockaddr *)&to, sizeof to) == 0) ||
           fail(actor->why, "connecting: %s", strerror(errno));
}

/* Waits for a line, which begins so; the lane shows how long. Bytes that follow are left in the
 * socket. */
static bool line_wait(struct actor *actor, double from, enum lane_state state, const char *begin,
                      char line[LINE])
{
    if (fgets(line, LINE, actor->server) == NULL)
        return fail(actor->why, "no answer: %s",
                    feof(actor->server) ? "the connection is closed" : strerror(errno));
    lane_add(actor->lane, from, scene_now(actor), state, "");
    return strncmp(line, begin, strlen(begin)) == 0 ||
           fail(actor->why, "no %s, but %.60s", begin, line);
}

/* Sends a request and waits for the first line of its reply; *size: of the body behind it. */
static bool client_ask(struct actor *actor, const char *request, size_t *size)
{
    char line[LINE];
    double from = scene_now(actor);
    size_t length = strlen(request);
    if (send(fileno(actor->server), request, length, MSG_NOSIGNAL) != (ssize_t)length)
        return fail(actor->why, "sending: %s", strerror(errno));
    if (!line_wait(actor, from, LANE_REPLY, "OK ", line))
        return false;
    *size = strtoul(line + 3, NULL, 10);
    return true;
}

/* Receives so many bytes and drops them. */
static bool client_receive(struct actor *actor, size_t bytes)
{
    static _Thread_local char buffer[64 << 10];
    while (bytes > 0) {
        size_t got = fread(buffer, 1, bytes < sizeof buffer ? bytes : sizeof buffer, actor->server);
        if (got == 0)
            return fail(actor->why, "the end of a body is missing");
        bytes -= got;
    }
    return true;
}

/* --- the four ------------------------------------------------------------------------------- */

struct role {
    const char *name;
    double comes; /* seconds since the scene began */
    const char *request;
    unsigned int parts; /* the body is received in so many portions, one in PART_MS */
    double again;       /* thinks until then, and pings; 0: no more */
};

static const struct role roles[SCENE_CLIENTS] = {
    {"A asks, thinks, asks", 0.03, "N\n", 1, 0.8},
    {"B asks once", 0.34, "N\n", 1, 0},
    {"C wants a checksum", 0.5, "H large\n", 1, 0},
    {"D downloads slowly", 0.18, "G download\n", SLOW_PARTS, 0}};

static bool body_receive(struct actor *actor, size_t size, unsigned int parts)
{
    double from = scene_now(actor);
    for (unsigned int i = 1; i <= parts; i++) {
        size_t part = size / (parts - i + 1);
        if (!client_receive(actor, part))
            return false;
        size -= part;
        if (i < parts)
            wait_until(actor, from + 1e-3 * PART_MS * i);
    }
    lane_add(actor->lane, from, scene_now(actor), LANE_RECEIVING, "");
    return true;
}

static bool role_play(struct actor *actor, const struct role *role)
{
    char line[LINE];
    size_t size = 0;
    wait_until(actor, role->comes);
    double came = scene_now(actor);
    if (!client_connect(actor) || !line_wait(actor, came, LANE_GREETING, "HELLO 1 ", line) ||
        !client_ask(actor, role->request, &size) ||
        (size > 0 && !body_receive(actor, size, role->parts)))
        return false;
    if (!(role->again > 0))
        return true;
    double from = scene_now(actor);
    wait_until(actor, role->again);
    lane_add(actor->lane, from, scene_now(actor), LANE_THINKING, "");
    return client_ask(actor, "N\n", &size);
}

static void *actor_main(void *argument)
{
    struct actor *actor = argument;
    (void)role_play(actor, &roles[actor->lane->name[0] - 'A']);
    if (actor->server != NULL)
        (void)fclose(actor->server);
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
        *actor = (struct actor){.port = port, .began = *began, .lane = &lanes[started]};
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
        wait_until(&actors[0], scene_min);
    *ended = wall_now();
    return ok;
}
