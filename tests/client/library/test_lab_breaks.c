/* test_lab_breaks.c: the library when the connection breaks, or the server refuses in the middle */
#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "labtest.h"

/* ---- a whole conversation, cut at every byte ---- */

enum { UPLOAD = 5 };

/* What the server sends; the client has a turn before each part but the first. */
static const char *const parts[] = {
    "HELLO 1 x\n",
    "OK 8\n1 a\n2 b\n",                 /* L */
    "OK 3\nabc",                        /* G */
    "OK 2\nbc",                         /* R */
    "GO\n",                             /* P */
    "OK 0\n",                           /* the body */
    "OK 0\n",                           /* C */
    "OK 8\namy\nbob\n",                 /* W */
    "* JOIN cat\nOK 0\n* SAY cat hi\n", /* S */
    "OK 0\n",                           /* X */
    "OK 0\n",                           /* N */
    "OK 0\n",                           /* Q */
};

/* The client's side, to the first call that is not LAB_OK. */
static enum lab_status converse(struct lab *lab, const char *port, int file, int to)
{
    struct lab_listing listing = {0};
    struct lab_names names = {0};
    struct lab_event event;
    enum lab_status status = lab_connect(lab, "127.0.0.1", port, labtest_long());
    status = status != LAB_OK ? status : lab_greet(lab, labtest_long());
    status = status != LAB_OK ? status : lab_list(lab, &listing);
    status = status != LAB_OK ? status : lab_get(lab, "a", 0, to);
    status = status != LAB_OK ? status : lab_get(lab, "a", 1, to);
    status = status != LAB_OK ? status : lab_put(lab, "b", file, UPLOAD);
    status = status != LAB_OK ? status : lab_enter(lab, "amy");
    status = status != LAB_OK ? status : lab_who(lab, &names);
    status = status != LAB_OK ? status : lab_say(lab, "hello");
    status = status != LAB_OK ? status : lab_next_event(lab, &event, labtest_long());
    status = status != LAB_OK ? status : lab_next_event(lab, &event, labtest_long());
    status = status != LAB_OK ? status : lab_leave(lab);
    status = status != LAB_OK ? status : lab_ping(lab);
    status = status != LAB_OK ? status : lab_quit(lab);
    lab_listing_free(&listing);
    lab_names_free(&names);
    return status;
}

/* The script up to this many bytes. Returns whether that is all. */
static bool script_cut(struct hostile_step *step, size_t bytes, enum hostile_do end)
{
    static const struct hostile_step line = HOSTILE_LINE, body = HOSTILE_READ(UPLOAD);
    size_t i = 0;
    for (; i < UNIT_COUNT(parts); i++) {
        size_t len = strlen(parts[i]), part = bytes < len ? bytes : len;
        if (i > 0)
            *step++ = i == 5 ? body : line;
        *step++ = (struct hostile_step){parts[i], part, part, HOSTILE_DO_SEND, 0};
        bytes -= part;
        if (part < len)
            break;
    }
    *step++ = (struct hostile_step){NULL, 0, 0, end, 0};
    *step = (struct hostile_step){NULL, 0, 0, HOSTILE_DO_END, 0};
    return i == UNIT_COUNT(parts);
}

static void cut_everywhere(enum hostile_do end)
{
    struct hostile_step script[2 * UNIT_COUNT(parts) + 2];
    bool whole = false;
    for (size_t bytes = 0; !whole; bytes++) {
        whole = script_cut(script, bytes, end);
        int file = labtest_file(UPLOAD, 1), to = labtest_file(0, 0);
        struct lab *lab = labtest_new();
        enum lab_status status = converse(lab, hostile_start(script)->port, file, to);
        if (status != (whole ? LAB_OK : LAB_LOST))
            print_error("cut after %zu bytes\n", bytes);
        labtest_expect(lab, whole ? LAB_OK : LAB_LOST, status);
        labtest_end();
    }
}

static void closed_at_every_byte(void)
{
    cut_everywhere(HOSTILE_DO_CLOSE);
}

static void reset_at_every_byte(void)
{
    cut_everywhere(HOSTILE_DO_RESET);
}

/* What had come before the break is in the file: it can be resumed. */
static void half_a_body(void)
{
    struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_SEND("OK 1000000\n"),
                                   HOSTILE_REPEAT("abcdefg", 700000), HOSTILE_CLOSE);
    int to = labtest_file(0, 0);
    labtest_expect(lab, LAB_LOST, lab_get(lab, "file", 0, to));
    unit_check(lseek(to, 0, SEEK_END) == 700000, "%lld bytes", (long long)lseek(to, 0, SEEK_END));
}

/* ---- goodbyes ---- */

static void goodbye_before_a_request(void)
{
    const struct hostile_step script[] = {HOSTILE_SEND("HELLO 1 evil\nERR timeout bye\n"),
                                          HOSTILE_CLOSE, HOSTILE_END};
    struct lab_event event;
    struct lab *lab = labtest_meet(script, labtest_long());
    unit_check(lab_event_ready(lab), "it can be had without waiting");
    hostile_finish_all(); /* it has closed */
    labtest_refused(lab, "timeout", lab_ping(lab));
    unit_check(!lab_connected(lab), "closed");
    lab = labtest_meet(script, labtest_long());
    hostile_finish_all();
    labtest_refused(lab, "timeout", lab_next_event(lab, &event, -1));
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
}

/* Events received before the end are not lost with the connection. */
static void events_outlive_the_connection(void)
{
    struct lab_event event;
    struct lab *lab =
        LABTEST_MEET(HOSTILE_ASKED, HOSTILE_SEND("* SAY amy one\n* SAY amy two\n"), HOSTILE_CLOSE);
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
    labtest_event(lab, "SAY amy one");
    labtest_event(lab, "SAY amy two");
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
}

static void next_on_the_same_port(void)
{
    struct lab_event event;
    struct hostile *server = hostile_start(
        HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("* SAY amy x\n"), HOSTILE_RESET,
                       HOSTILE_SEND("HELLO 1 better\n"), HOSTILE_LINE, HOSTILE_SEND("OK 0\n")));
    struct lab *lab = labtest_open(server->port);
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
    labtest_again(lab, server->port);
    unit_check(strcmp(lab_model(lab), "better") == 0, "the model is %s", lab_model(lab));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    labtest_expect(lab, LAB_WAITING, lab_next_event(lab, &event, 0)); /* of the old room */
}

/* ---- uploads ---- */

enum { LARGE = 30000000 };

static void put_against(const struct hostile_step *script, enum lab_status want, const char *code,
                        bool stays)
{
    struct lab *lab = labtest_meet(script, labtest_long());
    int file = labtest_zeros(LARGE);
    labtest_expect(lab, want, lab_put(lab, "file", file, LARGE));
    unit_check(strcmp(lab_code(lab), code) == 0, "the code is '%s': %s", lab_code(lab),
               lab_why(lab));
    unit_check(lab_connected(lab) == stays, stays ? "closed" : "still connected");
    if (stays)
        labtest_expect(lab, LAB_OK, lab_ping(lab));
    labtest_end();
}

/* Refused before the body, behind it, and in the middle: where the server stays, closes with or
 * without a word, or lies. SIGPIPE has its default action here: it would end the test. */
static void put_refused(void)
{
#define PUT_AGAINST(want, code, stays, ...) \
    put_against(HOSTILE_SCRIPT(HOSTILE_ASKED, __VA_ARGS__), want, code, stays)
#define REFUSED HOSTILE_SEND("ERR no-space full\n"), HOSTILE_LINE, HOSTILE_SEND("OK 0\n")
#define BEGUN   HOSTILE_GO, HOSTILE_READ(100000)
    PUT_AGAINST(LAB_REFUSED, "no-space", true, REFUSED);
    PUT_AGAINST(LAB_REFUSED, "no-space", true, HOSTILE_GO, HOSTILE_READ(LARGE), REFUSED);
    PUT_AGAINST(LAB_REFUSED, "no-space", false, BEGUN,
                HOSTILE_SEND("* SAY amy x\nERR no-space full\n"));
    PUT_AGAINST(LAB_REFUSED, "timeout", false, BEGUN, HOSTILE_SEND("ERR timeout too slow\n"),
                HOSTILE_CLOSE);
    PUT_AGAINST(LAB_LOST, "", false, BEGUN, HOSTILE_CLOSE);
    PUT_AGAINST(LAB_LOST, "", false, BEGUN, HOSTILE_RESET);
    PUT_AGAINST(LAB_BROKEN, "", false, BEGUN, HOSTILE_SEND("OK 0\n"));
}

/* A server that sends much before it takes the body: who does not listen here waits for ever. */
static void put_and_listen(void)
{
    static const char line[] = "* SAY amy 0123456789012345678901234567890123456789\n";
    enum { LINES = 60000, LEN = sizeof line - 1 }; /* 3 MB */
    struct lab_event event;
    struct lab *lab =
        LABTEST_MEET(HOSTILE_ASKED, HOSTILE_GO, HOSTILE_REPEAT(line, (uint64_t)LINES * LEN),
                     HOSTILE_READ(LARGE), HOSTILE_SEND("OK 0\n"));
    int file = labtest_zeros(LARGE), received = 0;
    labtest_expect(lab, LAB_OK, lab_put(lab, "file", file, LARGE));
    while (lab_event_ready(lab)) {
        labtest_expect(lab, LAB_OK, lab_next_event(lab, &event, 0));
        received++;
    }
    unit_check(received == LINES, "%d of %d events were kept", received, LINES);
}

/* In the place of libc's, for the library, too: some file systems can't (FUSE, proc). */
static bool sendfile_refuses;

ssize_t sendfile(int to, int from, off_t *offset, size_t count)
{
    if (sendfile_refuses) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_sendfile, to, from, offset, count);
}

static void put_without_sendfile(void)
{
    enum { SIZE = 3000001 };
    struct test_server *server = server_start("poll", NULL);
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(SIZE, 9);
    sendfile_refuses = true;
    enum lab_status status = lab_put(lab, "file", file, SIZE);
    sendfile_refuses = false;
    labtest_expect(lab, LAB_OK, status);
    unit_check(folder_holds_pattern(server->dir, "file", SIZE, 9), "it is not the same");
}

static const struct CMUnitTest table[] = {
    LAB(closed_at_every_byte),
    LAB(reset_at_every_byte),
    LAB(half_a_body),
    LAB(goodbye_before_a_request),
    LAB(events_outlive_the_connection),
    LAB(next_on_the_same_port),
    LAB(put_refused),
    LAB(put_and_listen),
    LAB(put_without_sendfile),
};
UNIT_MAIN("lab_breaks", table)
