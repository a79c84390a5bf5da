/* servers.h: the six servers, for tests of the client
 *
 *     static void test_quota(void)
 *     {
 *         struct test_server *poll = server_start("poll", "--quota 1000");
 *         ... "127.0.0.1", poll->port, poll->dir, serverproc_announce(poll->process, "hello\n")
 *     }
 *     static void test_ping(struct test_server *server) ...
 *     static const struct CMUnitTest table[] = {SERVERS(test_quota), EACH(test_ping), ...};
 *     UNIT_MAIN("group", table)
 *
 * The programs are named in the environment, SERVERS="01_loop/loop-server 02_fork/fork-server ...":
 * the Makefile sets it. Every server listens on a free port of loopback, with a new folder as its
 * library. A test need not stop its servers: the end of the test does, and fails if a server
 * does not end in order, left a hidden file or complained (sanitizers), or if the test left a
 * process, a descriptor or a folder of unit_folder.
 */
#ifndef CLIENT_SERVERS_H
#define CLIENT_SERVERS_H

#include "serverproc.h"
#include "unit.h"

struct test_server {
    char model[16];  /* "epoll" */
    char port[8];    /* as text; the host is 127.0.0.1 */
    const char *dir; /* the library, as the test reaches it */
    struct serverproc *process;
};

/* Against which servers a test is run, with what options (NULL: none). */
struct server_case {
    void (*run)(struct test_server *server);
    void (*end)(void); /* after each; NULL: nothing */
    const char *options;
    const char *but; /* a model that is left out; NULL: none is */
};

/* clang-format off */
#define CASE_BETWEEN(setup, begin, function, end, teardown) \
    {#function, unit_case_run, setup, teardown, &(struct unit_case){begin, function, end}}
#define CASE_EACH(setup, function, teardown, ...) \
    {#function, server_case_run, setup, teardown, &(struct server_case){function, __VA_ARGS__}}
/* clang-format on */

/* An entry of the table of tests, in the place of TEST; with what is done before it and, if it
 * passes, after it. */
#define SERVERS(function) CASE_BETWEEN(servers_begin, NULL, function, NULL, servers_end)
#define SERVERS_BETWEEN(begin, function, end) \
    CASE_BETWEEN(servers_begin, begin, function, end, servers_end)

/* The same for a test against each model of SERVERS in turn, with a server of its own. A failure
 * names the model. Second: for those that serve several clients at once, not for 01_loop. */
#define EACH(function)          CASE_EACH(servers_begin, function, servers_end, NULL, NULL, NULL)
#define EACH_BUT_LOOP(function) CASE_EACH(servers_begin, function, servers_end, NULL, NULL, "loop")

void server_case_run(void **test);
int servers_begin(void **test);
int servers_end(void **test);

/* Starts the server of a model; options as on its command line, may be NULL. */
struct test_server *server_start(const char *model, const char *options);

/* A client of it that has entered the room. */
struct wire *server_member(const struct test_server *server, const char *nick);

/* Ends it by SIGTERM, and fails the test if it does not end as it should. */
void server_stop(struct test_server *server);

/* Kills it: its clients see the connection end. */
void server_kill(struct test_server *server);

/* Starts the same again after server_stop or server_kill, on the same port, with a new library. */
void server_restart(struct test_server *server);

#endif
