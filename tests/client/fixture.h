/* fixture.h: a server with three files and an empty local folder, for tests of the client in scripts
 * */
#ifndef CLIENT_DESK_H
#define CLIENT_DESK_H

#include "servers.h"
#include "program.h"
#include "unit.h"

struct desk {
    struct fleet *server;   /* has a.txt, b.txt, c.md */
    char folder[UNIT_PATH]; /* where the client is run */
};
extern struct desk desk;

void desk_begin(const char *options);
void desk_end(void);

/* How the client is run there; to be changed for one run. */
struct run_how *desk_here(void);

/* Runs the client in the folder; DO(0, "get", "a.txt"). */
#define DO(status, ...) EXPECT(status, desk_here(), "-p", desk.server->port, __VA_ARGS__)

/* A file that is downloaded onto a disk that is full after DESK_LIMIT bytes of it. */
enum { DESK_BIG = 200000, DESK_LIMIT = 65536 };
#define BREAK_OFF(...)                                                                  \
    EXPECT(4, &((struct run_how){.folder = desk.folder, .max_size = DESK_LIMIT}), "-p", \
           desk.server->port, __VA_ARGS__)

#endif
