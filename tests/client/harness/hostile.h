/* hostile.h: a server that plays a script, in a process of its own
 *
 *     const struct hostile_step script[] = {
 *         HOSTILE_SEND("HELLO 1 evil\n"), HOSTILE_LINE, HOSTILE_SEND("OK 5\nabc"), HOSTILE_CLOSE,
 *         HOSTILE_SEND("HELLO 1 again\n"), // for the next client
 *         HOSTILE_END};
 *     struct hostile *server = hostile_start(script);
 *     ... "127.0.0.1", server->port
 *     hostile_finish(server);
 *
 * It listens on a free port before hostile_start returns. The script begins when a client has
 * connected; HOSTILE_CLOSE and HOSTILE_RESET end this client, and what follows is for the next one
 * that connects. At the end of the script it answers nothing and waits until the client closes,
 * then it ends; from then on connections are refused. If a client closes in the middle, the
 * rest of what is meant for it is left out.
 *
 * What is not stopped by the test is killed by servers_end (hostile_sweep). The script is copied by
 * the fork: it may stand on the stack.
 */
#ifndef CLIENT_HOSTILE_H
#define CLIENT_HOSTILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum hostile_do {
    HOSTILE_DO_END,     /* waits for the client's end */
    HOSTILE_DO_SEND,    /* sends the text, total bytes of it: over and over, if it is shorter */
    HOSTILE_DO_DRIP,    /* sends it in steps of one byte, every ms milliseconds */
    HOSTILE_DO_LINE,    /* waits for a whole line of the client */
    HOSTILE_DO_READ,    /* reads total bytes */
    HOSTILE_DO_CLOSE,   /* closes in order */
    HOSTILE_DO_RESET,   /* closes by RST */
    HOSTILE_DO_SIGNAL,  /* sends the signal ms to the parent, the test: a Ctrl-C at this moment */
    HOSTILE_DO_TRICKLE, /* the same, the whole text in each step */
    HOSTILE_DO_AWAIT, /* waits for a byte in the descriptor ms: the test decides when to continue */
    HOSTILE_DO_WRITE, /* writes a byte to the descriptor ms: the test's own pipe */
    HOSTILE_DO_STAY,  /* answers nothing, reads nothing, until it is killed */
};

struct hostile_step {
    const char *text;
    size_t len;
    uint64_t total;
    enum hostile_do what;
    int ms;
};

/* clang-format off */
#define HOSTILE_END                {NULL, 0, 0, HOSTILE_DO_END, 0}
#define HOSTILE_SEND(text)         {text, sizeof(text) - 1, sizeof(text) - 1, HOSTILE_DO_SEND, 0}
#define HOSTILE_BYTES(bytes, n)    {bytes, n, n, HOSTILE_DO_SEND, 0}
#define HOSTILE_REPEAT(text, n)    {text, sizeof(text) - 1, n, HOSTILE_DO_SEND, 0}
#define HOSTILE_DRIP(text, n, ms)  {text, sizeof(text) - 1, n, HOSTILE_DO_DRIP, ms}
#define HOSTILE_TRICKLE(text, n, ms) {text, sizeof(text) - 1, n, HOSTILE_DO_TRICKLE, ms}
#define HOSTILE_LINE               {NULL, 0, 0, HOSTILE_DO_LINE, 0}
#define HOSTILE_READ(n)            {NULL, 0, n, HOSTILE_DO_READ, 0}
#define HOSTILE_CLOSE              {NULL, 0, 0, HOSTILE_DO_CLOSE, 0}
#define HOSTILE_RESET              {NULL, 0, 0, HOSTILE_DO_RESET, 0}
#define HOSTILE_SIGNAL(number)     {NULL, 0, 0, HOSTILE_DO_SIGNAL, number}
#define HOSTILE_WRITE(descriptor)  {NULL, 0, 0, HOSTILE_DO_WRITE, descriptor}
#define HOSTILE_AWAIT(descriptor)  {NULL, 0, 0, HOSTILE_DO_AWAIT, descriptor}
#define HOSTILE_STAY               {NULL, 0, 0, HOSTILE_DO_STAY, 0}
#define HOSTILE_HELLO              HOSTILE_SEND("HELLO 1 evil\n")
#define HOSTILE_ASKED              HOSTILE_HELLO, HOSTILE_LINE /* greets, waits for a request */
#define HOSTILE_GO                 HOSTILE_SEND("GO\n")
#define HOSTILE_BYE                HOSTILE_LINE, HOSTILE_SEND("OK 0\n"), HOSTILE_CLOSE
#define HOSTILE_SCRIPT(...)        ((const struct hostile_step[]){__VA_ARGS__, HOSTILE_END})
/* clang-format on */

struct hostile {
    char port[8]; /* as text; the host is 127.0.0.1 */
    pid_t pid;
    int status; /* of waitpid */
    struct hostile_received *received;
};

struct hostile *hostile_start(const struct hostile_step *script);

/* What all clients have sent so far, the first 64 KiB of it; ends with a NUL. It is gone with
 * hostile_finish or hostile_stop. */
const char *hostile_received(const struct hostile *server);

/* How many bytes they have sent in all. */
uint64_t hostile_count(const struct hostile *server);

/* Waits until it has, or all have, come to the end of the script; fails the test if not. */
void hostile_finish(struct hostile *server);
void hostile_finish_all(void);

/* Kills it. */
void hostile_stop(struct hostile *server);

/* Kills all that are left. */
void hostile_sweep(void);

#endif
