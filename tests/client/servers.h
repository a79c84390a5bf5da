/* servers.h: the six servers, for tests of the client
 *
 *     static void test_ping(void **state)
 *     {
 *         (void)state;
 *         server_each(ping_one, NULL); // void ping_one(struct test_server *server)
 *         struct test_server *poll = server_start("poll", "--quota 1000");
 *         ... "127.0.0.1", poll->port, poll->dir, serverproc_announce(poll->process, "hello\n")
 *     }
 *     static const struct CMUnitTest table[] = {SERVERS(test_ping), ...};
 *     int main(int argc, char **argv) { return unit_run("group", table, argc, argv); }
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

/* An entry of the table of tests, in the place of UNIT. */
#define SERVERS(function) cmocka_unit_test_setup_teardown(function, servers_begin, servers_end)

int servers_begin(void **state);
int servers_end(void **state);

struct test_server {
    char model[16];  /* "epoll" */
    char port[8];    /* as text; the host is 127.0.0.1 */
    const char *dir; /* the library, as the test reaches it */
    struct serverproc *process;
};

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

/* Runs a test against each model of SERVERS in turn, with a server of its own. A failure says
 * which model it was. */
void server_each(void (*test)(struct test_server *server), const char *options);

/* The same for those that serve several clients at once: not for 01_loop. */
void server_each_but_loop(void (*test)(struct test_server *server), const char *options);

#endif
