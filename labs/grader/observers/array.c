/* array.c: the array that a student's 05_poll/server.c gives to poll(2); see checks/unit.py
 *
 * The student's server is linked with this file in between: what it calls of core/turn, poll, and
 * requests for memory come here first (ld(1), --wrap). Descriptors are only numbers here. They come
 * and go, and each poll wants one entry for each that is watched then, wherever it stands, and no
 * other entry.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include "observer.h"
#include "turn/turn.h"

enum { FIRST = 3, LAST = 200, BOTH = WATCH_READ | WATCH_WRITE };
enum { ALL_READY = 6, SUCCESSIVE = 9, TURNS = 500 }; /* of come_and_go */

static struct {
    clients_watch *watch;
    bool (*happen)(unsigned int turn); /* between two waits; false: nothing more */
    unsigned int turn, report_at;      /* the turn in which all are ready */
    bool ended;
    unsigned int watched[LAST + 1]; /* by descriptor; 0: it is not watched */
    size_t count;                   /* of those that are */
    bool ready[LAST + 1];           /* reported by the last poll, and not to turn_ready yet */
    bool limited, refused;          /* memory */
    unsigned int requests;          /* for memory that are still granted, if it is limited */
} now;

__attribute__((noreturn)) static void complain(const char *text)
{
    observer_fail("turn %u, %zu descriptors are watched: %s", now.turn, now.count, text);
}

/* ---- memory ---- */

static bool granted(void)
{
    if (!now.limited)
        return true;
    if (now.requests > 0) {
        now.requests--;
        return true;
    }
    printf("turn %u: a request for memory is refused\n", now.turn);
    fflush(stdout);
    now.refused = true;
    errno = ENOMEM;
    return false;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return granted() ? __real_malloc(size) : NULL;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return granted() ? __real_calloc(count, size) : NULL;
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    return granted() ? __real_realloc(memory, size) : NULL;
}

void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return granted() ? __real_reallocarray(memory, count, size) : NULL;
}

/* ---- descriptors ---- */

static void watched(int fd, unsigned int to)
{
    now.count += (size_t)(to != 0) - (size_t)(now.watched[fd] != 0);
    now.watched[fd] = to;
}

static void change(int fd, unsigned int to)
{
    if (!now.watch(fd, now.watched[fd], to))
        complain("watch has returned false");
    watched(fd, to);
}

/* A new descriptor, when so many requests for memory are granted and no more. */
static void change_with(int fd, unsigned int requests)
{
    now.limited = true;
    now.requests = requests;
    now.refused = false;
    bool begun = now.watch(fd, 0, WATCH_READ);
    now.limited = false;
    if (begun && now.refused)
        complain("memory was refused for a new descriptor, and watch has returned true");
    if (!begun && !now.refused)
        complain("watch has returned false, and no memory was refused");
    if (begun)
        watched(fd, WATCH_READ);
}

/* ---- what the student's server calls ---- */

int __wrap_setup_begin(struct setup *setup, const char *model, unsigned int port,
                       unsigned int descriptors, unsigned int most, int argc, char **argv)
{
    (void)setup, (void)model, (void)port, (void)descriptors, (void)most, (void)argc, (void)argv;
    return -1;
}

bool __wrap_turn_begin(struct turn *turn, clients_watch *watch, turn_accept *accept,
                       turn_receive *receive, turn_send *send)
{
    (void)turn, (void)accept, (void)receive, (void)send;
    now.watch = watch;
    return now.happen(0);
}

int __wrap_turn_timeout(struct turn *turn)
{
    (void)turn;
    return 0;
}

void __wrap_turn_wait_failed(void)
{
}

/* Of those that are ready every second one is watched no longer, at once: the array changes while
 * the loop walks through it, as it does when the listener is given a rest. */
void __wrap_turn_ready(struct turn *turn, int fd, bool can_read, bool can_write, bool failed)
{
    (void)turn, (void)can_read, (void)can_write, (void)failed;
    if (fd < FIRST || fd > LAST || !now.ready[fd])
        complain("turn_ready was called for a descriptor that is not ready, or a second time");
    now.ready[fd] = false;
    if (fd % 2 == 0)
        change(fd, 0);
}

bool __wrap_turn_end(struct turn *turn)
{
    (void)turn;
    for (int fd = FIRST; fd <= LAST; fd++)
        if (now.ready[fd])
            complain("turn_ready was not called for a descriptor that is ready");
    now.turn++;
    now.ended = !now.happen(now.turn);
    return !now.ended;
}

void __wrap_turn_free(struct turn *turn)
{
    (void)turn;
}

static bool is_right(const struct pollfd *entry)
{
    unsigned int wanted = now.watched[entry->fd];
    return ((entry->events & POLLIN) != 0) == ((wanted & WATCH_READ) != 0) &&
           ((entry->events & POLLOUT) != 0) == ((wanted & WATCH_WRITE) != 0);
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int ms)
{
    bool seen[LAST + 1] = {false}, report = now.turn == now.report_at;
    int ready = 0;
    (void)ms;
    for (nfds_t i = 0; i < count; i++) {
        int fd = polled[i].fd;
        if (fd < FIRST || fd > LAST || now.watched[fd] == 0)
            complain("poll was given an entry of none of them: a hole, where the last one belongs");
        if (seen[fd])
            complain("poll was given two entries of one descriptor");
        if (!is_right(&polled[i]))
            complain("poll was given an entry with other events than are watched for");
        seen[fd] = true;
        now.ready[fd] = report;
        polled[i].revents = (short)(report ? polled[i].events : 0);
        ready += report ? 1 : 0;
    }
    if (count != now.count)
        complain("poll was given fewer entries");
    return ready;
}

int __wrap_ppoll(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
                 const sigset_t *signals)
{
    (void)timeout, (void)signals;
    return __wrap_poll(polled, count, 0);
}

/* ---- tests ---- */

static void run(bool (*happen)(unsigned int turn), unsigned int report_at)
{
    char *words[] = {"server", NULL};
    now.happen = happen;
    now.report_at = report_at;
    int status = student_main(1, words);
    if (!now.ended)
        complain("the loop has ended, and turn_end had not returned false");
    assert_int_equal(status, 0);
}

/* The first turns are a table; then one descriptor comes when the one before it has gone. */
static bool come_and_go(unsigned int turn)
{
    static const struct {
        unsigned int turn;
        int fd;
        unsigned int to;
    } changes[] = {
        {0, 3, WATCH_READ}, {0, 4, WATCH_READ},  {0, 5, WATCH_READ}, {0, 6, WATCH_READ},
        {0, 7, WATCH_READ}, {1, 7, WATCH_WRITE}, {1, 4, BOTH},       {2, 5, 0},
        {3, 7, WATCH_READ}, {3, 6, 0},           {4, 7, 0},          {5, 70, BOTH},
        {5, 6, WATCH_READ}, {5, 8, WATCH_READ},  {5, 9, WATCH_READ}, {7, 3, 0},
        {8, 9, 0},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].turn == turn)
            change(changes[i].fd, changes[i].to);
    for (int fd = FIRST; turn >= SUCCESSIVE && fd <= LAST; fd++)
        if (now.watched[fd] != 0)
            change(fd, 0);
    if (turn >= SUCCESSIVE)
        change(FIRST + (int)(turn % 100), WATCH_READ);
    return turn < TURNS;
}

/* A descriptor more in each turn; memory runs out at the first request for it, then at the
 * second. */
static bool run_out(unsigned int turn)
{
    int fd = FIRST + (int)turn;
    for (unsigned int requests = 0; requests < 2 && now.watched[fd] == 0; requests++)
        change_with(fd, requests);
    if (now.watched[fd] == 0)
        change(fd, WATCH_READ);
    return fd < LAST;
}

static void array_has_no_holes(void **state)
{
    (void)state;
    run(come_and_go, ALL_READY);
}

static void memory_runs_out(void **state)
{
    (void)state;
    run(run_out, UINT_MAX);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(array_has_no_holes),
    cmocka_unit_test(memory_runs_out),
};
OBSERVER_MAIN(tests)
