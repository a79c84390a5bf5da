/* fixture.h: a server with three files, and an empty local folder, for tests of scripts */
#ifndef CLIENT_FIXTURE_H
#define CLIENT_FIXTURE_H

#include "hostile.h"
#include "program.h"
#include "servers.h"
#include "unit.h"

struct fixture {
    struct test_server *server; /* has a.txt, b.txt, c.md */
    char folder[UNIT_PATH];     /* where the client is run */
};
extern struct fixture fixture;

/* An entry of the table: between them both are there, or the folder alone. */
#define FIXTURE(function) SERVERS_BETWEEN(fixture_begin, function, fixture_end)
#define FOLDER(function)  SERVERS_BETWEEN(fixture_folder, function, fixture_end)
void fixture_begin(void);
void fixture_folder(void);
void fixture_end(void);

/* How the client is run there, with this as its standard input; NULL: none. */
const struct program_options *fixture_fed(const char *input);
#define HERE fixture_fed(NULL)

/* Runs the client in the folder; DO(0, "get", "a.txt"). */
#define DO(status, ...) EXPECT(status, HERE, "-p", fixture.server->port, __VA_ARGS__)

/* The path of what has this name there: see folder_path. */
const char *fixture_path(const char *name);

/* Waits until there is so much of a file that is being downloaded there. */
void fixture_await_part(const char *name, const char *bytes, size_t len);

/* A download of x, with an option ("--": none), of which one half has come, "01234". The other
 * half, "56789", comes at the end, which is like this: see program_finish. */
struct slow {
    struct hostile *server;
    struct program *run;
    int gate[2];
};
struct slow fixture_slow_begin(const struct program_options *how, const char *option);
void fixture_slow_end(struct slow *slow, int status, const char *says);

/* A file that is downloaded onto a disk that is full after FIXTURE_LIMIT bytes of it. */
enum { FIXTURE_BIG = 200000, FIXTURE_LIMIT = 65536 };
#define BREAK_OFF(...)                                                                          \
    EXPECT(4, &((struct program_options){.folder = fixture.folder, .max_size = FIXTURE_LIMIT}), \
           "-p", fixture.server->port, __VA_ARGS__)

#endif
