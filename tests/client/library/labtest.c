/* labtest.c: see labtest.h */
#include "labtest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf8.h"
#include "bound.h"
#include "folder.h"
#include "loopback.h"

int labtest_short(void)
{
    return (int)bound_of(LABTEST_SHORT);
}

int labtest_long(void)
{
    return (int)bound_of(BOUND_GENEROUS);
}

static const char *status_name(enum lab_status status)
{
    static const char *const names[] = {[LAB_OK] = "LAB_OK",
                                        [LAB_REFUSED] = "LAB_REFUSED",
                                        [LAB_WAITING] = "LAB_WAITING",
                                        [LAB_USAGE] = "LAB_USAGE",
                                        [LAB_LOST] = "LAB_LOST",
                                        [LAB_TIMEOUT] = "LAB_TIMEOUT",
                                        [LAB_BROKEN] = "LAB_BROKEN",
                                        [LAB_LOCAL] = "LAB_LOCAL",
                                        [LAB_CANCELLED] = "LAB_CANCELLED"};
    return names[status];
}

void labtest_check(const char *file, int line, const char *call, const struct lab *lab,
                   enum lab_status want, enum lab_status got)
{
    const char *why = lab_why(lab);
    size_t len = strlen(why);
    if (got != want)
        unit_fail(file, line, "%s\n  expected %s\n  received %s: %s", call, status_name(want),
                  status_name(got), why);
    if (got == LAB_OK)
        return;
    if (len == 0 || !utf8_printable(why, len) || why[len - 1] == '.')
        unit_fail(file, line, "%s: no sentence to print: %s", call, unit_quote(why, len));
    if (got >= LAB_LOST && lab_connected(lab))
        unit_fail(file, line, "%s: %s, and still connected", call, status_name(got));
    if ((got == LAB_REFUSED) != (lab_code(lab)[0] != '\0'))
        unit_fail(file, line, "%s: %s with the code '%s'", call, status_name(got), lab_code(lab));
}

/* ---- what is made, and goes with the test ---- */

enum { MOST = 16 };

static struct {
    struct lab *labs[MOST];
    int files[MOST];
    size_t labs_count, files_count;
} made;

static void made_free(void)
{
    while (made.labs_count > 0)
        lab_free(made.labs[--made.labs_count]);
    while (made.files_count > 0)
        close(made.files[--made.files_count]);
}

int labtest_teardown(void **test)
{
    made_free();
    return servers_end(test);
}

void labtest_end(void)
{
    made_free();
    hostile_finish_all();
}

void labtest_stop(void)
{
    hostile_sweep();
    labtest_end();
}

struct lab *labtest_new(void)
{
    struct lab *lab = lab_new();
    unit_check(lab != NULL && made.labs_count < MOST, "out of memory");
    return made.labs[made.labs_count++] = lab;
}

struct lab *labtest_connect(const char *port, int timeout_ms)
{
    struct lab *lab = labtest_new();
    labtest_expect(lab, LAB_OK, lab_connect(lab, "127.0.0.1", port, timeout_ms));
    return lab;
}

void labtest_again(struct lab *lab, const char *port)
{
    labtest_expect(lab, LAB_OK, lab_connect(lab, "127.0.0.1", port, labtest_long()));
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
}

struct lab *labtest_open(const char *port)
{
    struct lab *lab = labtest_new();
    labtest_again(lab, port);
    return lab;
}

struct lab *labtest_meet(const struct hostile_step *script, int timeout_ms)
{
    struct lab *lab = labtest_connect(hostile_start(script)->port, timeout_ms);
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    return lab;
}

void labtest_full_open(struct labtest_full *full)
{
    int port = 0;
    full->listener = loopback_listen(&port, 0);
    unit_check(full->listener >= 0, "listening: %s", strerror(errno));
    (void)snprintf(full->port, sizeof full->port, "%u", (unsigned)port % 65536);
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < UNIT_COUNT(full->fill); i++) {
        full->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(full->fill[i], (const struct sockaddr *)&at, sizeof at);
    }
}

void labtest_full_close(const struct labtest_full *full)
{
    close(full->listener);
    for (size_t i = 0; i < UNIT_COUNT(full->fill); i++)
        close(full->fill[i]);
}

int labtest_file(size_t size, uint64_t seed)
{
    unit_check(made.files_count < MOST, "more than %d files", MOST);
    int fd = memfd_create("labtest", MFD_CLOEXEC);
    unsigned char *bytes = pattern_new(size, seed);
    ssize_t n = fd >= 0 ? pwrite(fd, bytes, size, 0) : -1;
    free(bytes);
    unit_check(n == (ssize_t)size, "a file in memory: %s", strerror(errno));
    return made.files[made.files_count++] = fd;
}

int labtest_zeros(size_t size)
{
    int fd = labtest_file(0, 0);
    unit_check(ftruncate(fd, (off_t)size) == 0, "ftruncate: %s", strerror(errno));
    return fd;
}

bool labtest_file_holds(int fd, size_t size, uint64_t seed)
{
    char *bytes = malloc(size + 1);
    unit_check(bytes != NULL, "out of memory");
    ssize_t n = pread(fd, bytes, size + 1, 0);
    bool same = n == (ssize_t)size && pattern_matches(bytes, size, seed, 0);
    free(bytes);
    return same;
}

enum lab_status labtest_ask(struct lab *lab, enum labtest_call what, size_t size, int ms)
{
    struct lab_listing listing = {0};
    struct lab_names names = {0};
    struct lab_event event;
    char sum[LAB_SUM] = "";
    enum lab_status status = LAB_OK;
    int file = labtest_zeros(size);
    switch (what) {
    case LABTEST_PING: status = lab_ping(lab); break;
    case LABTEST_GET: status = lab_get(lab, "file", 0, file); break;
    case LABTEST_PUT: status = lab_put(lab, "file", file, size); break;
    case LABTEST_LIST: status = lab_list(lab, &listing); break;
    case LABTEST_SUM: status = lab_sum(lab, "file", size, sum); break;
    case LABTEST_WHO: status = lab_who(lab, &names); break;
    case LABTEST_SAY: status = lab_say(lab, "hello"); break;
    case LABTEST_QUIT: status = lab_quit(lab); break;
    case LABTEST_NEXT: status = lab_next_event(lab, &event, ms); break;
    }
    if (status != LAB_OK)
        unit_check(listing.text == NULL && names.text == NULL && sum[0] == '\0',
                   "a failure leaves nothing");
    lab_listing_free(&listing);
    lab_names_free(&names);
    return status;
}

void labtest_event_check(const char *file, int line, struct lab *lab, const char *text)
{
    static const char *const words[] = {
        [LAB_JOIN] = "JOIN ", [LAB_LEFT] = "LEAVE ", [LAB_SAID] = "SAY ", [LAB_ADMIN] = "ADMIN "};
    struct lab_event event;
    char got[LAB_NICK + LAB_TEXT + 16];
    labtest_check(file, line, text, lab, LAB_OK, lab_next_event(lab, &event, labtest_long()));
    (void)snprintf(got, sizeof got, "%s%s%s%s", words[event.kind], event.nick,
                   event.kind == LAB_SAID ? " " : "", event.text);
    if (strcmp(got, text) != 0)
        unit_fail(file, line, "expected the event %s\n  received %s", text, got);
}

void labtest_quiet(struct lab *lab)
{
    struct lab_event event;
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    labtest_expect(lab, LAB_WAITING, lab_next_event(lab, &event, 0));
}
