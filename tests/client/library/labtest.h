/* labtest.h: what the tests of the library have in common */
#ifndef CLIENT_LABTEST_H
#define CLIENT_LABTEST_H

#include <string.h>

#include "hostile.h"
#include "lib/lab.h"
#include "servers.h"

/* An entry of the table, with what is done before it and, if it passes, after it; one against each
 * model, whose server has these options (NULL: none), or each but 01_loop. */
#define LAB_BETWEEN(begin, function, end) \
    CASE_BETWEEN(servers_begin, begin, function, end, labtest_teardown)
#define LAB(function) LAB_BETWEEN(NULL, function, labtest_end)
#define LAB_EACH(function, options) \
    CASE_EACH(servers_begin, function, labtest_teardown, labtest_end, options, NULL)
#define LAB_EACH_BUT_LOOP(function, options) \
    CASE_EACH(servers_begin, function, labtest_teardown, labtest_end, options, "loop")
int labtest_teardown(void **test);

/* Frees all libraries and closes all files that the functions below have made, and waits for the
 * end of the scripts of all hostile servers; or kills those. */
void labtest_end(void);
void labtest_stop(void);

/* Short, for waits that must end by themselves; stretched by BOUND. */
enum { LABTEST_SHORT = 300 };
int labtest_short(void);

/* Long: reaching it means "never". */
int labtest_long(void);

/* The call must return this status. From LAB_LOST on the connection must have been closed; every
 * failure must have a sentence, fit to be printed. */
#define labtest_expect(lab, want, call) labtest_check(__FILE__, __LINE__, #call, lab, want, call)
void labtest_check(const char *file, int line, const char *call, const struct lab *lab,
                   enum lab_status want, enum lab_status got);

/* The same, and the server's code. */
#define labtest_refused(lab, code, call)                                                      \
    do {                                                                                      \
        labtest_expect(lab, LAB_REFUSED, call);                                               \
        unit_check(strcmp(lab_code(lab), code) == 0, "%s\n  expected code %s\n  received %s", \
                   #call, code, lab_code(lab));                                               \
    } while (0)

struct lab *labtest_new(void);

/* Connected to 127.0.0.1. */
struct lab *labtest_connect(const char *port, int timeout_ms);

/* … and greeted. */
struct lab *labtest_open(const char *port);

/* The same, after an earlier connection. */
void labtest_again(struct lab *lab, const char *port);

/* A hostile server, whose script begins with a greeting, and a client of it; with these steps, and
 * a long timeout. */
struct lab *labtest_meet(const struct hostile_step *script, int timeout_ms);
#define LABTEST_MEET(...) labtest_meet(HOSTILE_SCRIPT(__VA_ARGS__), labtest_long())

/* A port at which connections hang: nobody accepts them, and the queue is full. */
struct labtest_full {
    int listener, fill[4];
    char port[8];
};
void labtest_full_open(struct labtest_full *full);
void labtest_full_close(const struct labtest_full *full);

/* One call of the library, with what it needs. */
enum labtest_call {
    LABTEST_PING,
    LABTEST_GET,
    LABTEST_PUT, /* a file of size zeros */
    LABTEST_LIST,
    LABTEST_SUM, /* of a file of size bytes */
    LABTEST_WHO,
    LABTEST_SAY,
    LABTEST_QUIT,
    LABTEST_NEXT, /* an event, within ms */
};
enum lab_status labtest_ask(struct lab *lab, enum labtest_call what, size_t size, int ms);

/* A file in memory with size bytes of pattern seed, at its beginning. */
int labtest_file(size_t size, uint64_t seed);
/* … or of zeros, which costs nothing. */
int labtest_zeros(size_t size);
bool labtest_file_holds(int fd, size_t size, uint64_t seed);

/* The next event must be this one, as the protocol writes it: "SAY amy hello". */
#define labtest_event(lab, text) labtest_event_check(__FILE__, __LINE__, lab, text)
void labtest_event_check(const char *file, int line, struct lab *lab, const char *text);

/* No event has come, and a ping is answered. */
void labtest_quiet(struct lab *lab);

#endif
