/* fuzz_client.c: the client's library, and a server that sends anything
 *
 * The first line of an input holds the choices, the second the calls, a letter each; the rest is
 * what the server says, whatever it is asked:
 *
 *     g greet  N ping  L list  G get  R resume  r resume and compare  P put  p put nothing  H sum
 *     C enter  S say  W who  X leave  E the next event  F the same, and waits  Q quit
 *
 * It is greeted first. All is done three times: what the server says comes whole, byte by byte, and
 * as the input chooses, with errors and without memory. The first two must come to the same.
 */
#include "fuzz_client.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/lab_private.h"

enum { BODY = 5, ROUNDS = 64 };

static struct {
    int target, source; /* of downloads and uploads */
    uint64_t done;      /* as reported to the progress function */
} files = {-1, -1, 0};

static void files_begin(void)
{
    if (files.target >= 0)
        return;
    files.target = memfd_create("target", MFD_CLOEXEC);
    files.source = memfd_create("source", MFD_CLOEXEC);
    fuzz_check(files.target >= 0 && files.source >= 0 && write(files.source, "12345", BODY) == BODY,
               "memfd_create");
}

static void on_progress(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    fuzz_check(done > files.done && done <= total, "progress from %" PRIu64 " to %" PRIu64,
               files.done, done);
    files.done = done;
}

/* ---- what every call leaves ---- */

static void status_check(const struct lab *lab, enum lab_status status)
{
    const char *why = lab_why(lab), *code = lab_code(lab);
    fuzz_check(memchr(lab->why, '\0', sizeof lab->why) != NULL &&
                   memchr(lab->code, '\0', sizeof lab->code) != NULL &&
                   memchr(lab->model, '\0', sizeof lab->model) != NULL,
               "a text without its end");
    fuzz_check(status <= LAB_CANCELLED, "status %d", status);
    fuzz_check(text_clean(why), "not fit to print: %s", fuzz_quote(why, strlen(why)));
    fuzz_check(status == LAB_OK || status == LAB_REFUSED || why[0] != '\0', "no sentence for %d",
               status);
    fuzz_check(code[strspn(code, "abcdefghijklmnopqrstuvwxyz-")] == '\0', "code '%s'", code);
    fuzz_check((status == LAB_REFUSED) == (code[0] != '\0'), "status %d, code '%s'", status, code);
    fuzz_check(status < LAB_LOST || !lab_connected(lab), "status %d, and still connected", status);
    fuzz_check(lab_connected(lab) == sim.open, "connected?");
    fuzz_check(fuzz_printable(lab->model, strlen(lab->model)) && strchr(lab->model, ' ') == NULL,
               "model %s", fuzz_quote(lab->model, strlen(lab->model)));
}

static void lab_check(const struct lab *lab, enum lab_status status)
{
    status_check(lab, status);
    fuzz_check(lab->from <= lab->to && lab->to <= sizeof lab->in, "%zu to %zu received", lab->from,
               lab->to);
    fuzz_check(lab->events_from <= lab->events_to && lab->events_to <= lab->events_room &&
                   (lab->events == NULL) == (lab->events_room == 0),
               "%zu to %zu of %zu bytes of events", lab->events_from, lab->events_to,
               lab->events_room);
    fuzz_check(lab->events_from == lab->events_to || lab->events[lab->events_to - 1] == '\n',
               "half an event");
    (void)lab_event_ready(lab);
}

/* ---- calls ---- */

static enum lab_status list(struct lab *lab, struct fuzz_text *log)
{
    struct lab_listing listing;
    enum lab_status status = lab_list(lab, &listing);
    sim.inside = false;
    fuzz_check(status == LAB_OK || (listing.count == 0 && listing.text == NULL),
               "a failed listing");
    for (size_t i = 0; i < listing.count; i++) {
        const char *name = listing.files[i].name;
        fuzz_check(name_clean(name), "a name: %s", fuzz_quote(name, strlen(name)));
        fuzz_check(i == 0 || strcmp(listing.files[i - 1].name, name) <= 0, "not sorted: %s", name);
        fuzz_text_print(log, "%" PRIu64 " %s\n", listing.files[i].size, name);
    }
    fuzz_text_print(log, "%zu dropped\n", listing.dropped);
    lab_listing_free(&listing);
    return status;
}

static enum lab_status who(struct lab *lab, struct fuzz_text *log)
{
    struct lab_names names;
    enum lab_status status = lab_who(lab, &names);
    sim.inside = false;
    fuzz_check(status == LAB_OK || names.count == 0, "a failed list of nicks");
    for (size_t i = 0; i < names.count; i++) {
        fuzz_check(nick_clean(names.names[i]), "a nick: %s", names.names[i]);
        fuzz_check(i == 0 || strcmp(names.names[i - 1], names.names[i]) <= 0, "not sorted");
        fuzz_text_print(log, "%s\n", names.names[i]);
    }
    lab_names_free(&names);
    return status;
}

/* What is written is a piece of what came; all of what was announced, if it went well. */
static enum lab_status get(struct lab *lab, uint64_t offset, struct fuzz_text *log)
{
    static char bytes[1 << 16];
    fuzz_check(ftruncate(files.target, 0) == 0 && lseek(files.target, 0, SEEK_SET) == 0, "target");
    files.done = offset;
    enum lab_status status = lab_get(lab, "a.txt", offset, files.target);
    sim.inside = false;
    ssize_t n = pread(files.target, bytes, sizeof bytes, 0);
    fuzz_check(n >= 0 && (uint64_t)n == files.done - offset,
               "%zd bytes written, %" PRIu64 " reported", n, files.done - offset);
    fuzz_check(n == 0 || memmem(sim.bytes, sim.len, bytes, (size_t)n) != NULL, "other bytes: %s",
               fuzz_quote(bytes, (size_t)n));
    fuzz_text_print(log, "%zd bytes: ", n);
    fuzz_text_add(log, bytes, (size_t)n);
    return status;
}

static enum lab_status target_open(void *context, uint64_t total, int *to)
{
    sim.inside = false;
    fuzz_check(total >= BODY, "shorter than what is here: %" PRIu64, total);
    *to = *(const int *)context;
    sim.inside = true;
    return LAB_OK;
}

/* What is here stays as it is, whether the server sends the same once more or not. */
static enum lab_status resume(struct lab *lab, struct fuzz_text *log)
{
    static char bytes[1 << 16];
    const struct lab_sink sink = {
        .open = target_open, .context = &files.target, .offset = BODY, .check = 3};
    fuzz_check(ftruncate(files.target, 0) == 0 && pwrite(files.target, "hello", BODY, 0) == BODY &&
                   lseek(files.target, BODY, SEEK_SET) == BODY,
               "target");
    files.done = BODY;
    enum lab_status status = lab_get_to(lab, "a.txt", &sink);
    sim.inside = false;
    ssize_t n = pread(files.target, bytes, sizeof bytes, 0);
    fuzz_check(n >= BODY && memcmp(bytes, "hello", BODY) == 0, "what was here has changed");
    fuzz_check((uint64_t)n == files.done, "%zd bytes written, %" PRIu64 " reported", n, files.done);
    fuzz_text_print(log, "%zd bytes: ", n);
    fuzz_text_add(log, bytes, (size_t)n);
    return status;
}

static enum lab_status sum(struct lab *lab, struct fuzz_text *log)
{
    char sum[LAB_SUM];
    memset(sum, 'x', sizeof sum);
    enum lab_status status = lab_sum(lab, "a.txt", BODY, sum);
    sim.inside = false;
    fuzz_check(memchr(sum, '\0', sizeof sum) != NULL, "a sum without its end");
    fuzz_check(strlen(sum) == (status == LAB_OK ? LAB_SUM - 1 : 0) &&
                   sum[strspn(sum, "0123456789abcdef")] == '\0',
               "no sum: %s", sum);
    fuzz_text_print(log, "%s\n", sum);
    return status;
}

static enum lab_status put(struct lab *lab, uint64_t size)
{
    files.done = 0;
    return lab_put(lab, "new", files.source, size);
}

static enum lab_status event(struct lab *lab, int ms, struct fuzz_text *log)
{
    struct lab_event event;
    memset(&event, 'x', sizeof event);
    enum lab_status status = lab_next_event(lab, &event, ms);
    sim.inside = false;
    if (status != LAB_OK)
        return status;
    fuzz_check(memchr(event.nick, '\0', sizeof event.nick) != NULL &&
                   memchr(event.text, '\0', sizeof event.text) != NULL,
               "a text without its end");
    bool nick = event.kind != LAB_ADMIN, text = event.kind == LAB_SAID || event.kind == LAB_ADMIN;
    fuzz_check(event.kind <= LAB_ADMIN && (nick ? nick_clean(event.nick) : event.nick[0] == '\0') &&
                   (event.text[0] != '\0') == text &&
                   fuzz_printable(event.text, strlen(event.text)),
               "no event: kind %d, %s, %s", event.kind, event.nick, event.text);
    visible_check(&sim.choices, event.text, strlen(event.text));
    fuzz_text_print(log, "%d '%s' '%s'\n", event.kind, event.nick, event.text);
    return status;
}

static enum lab_status call(struct lab *lab, char letter, struct fuzz_text *log)
{
    switch (letter) {
    case 'N': return lab_ping(lab);
    case 'L': return list(lab, log);
    case 'G': return get(lab, 0, log);
    case 'R': return get(lab, 3, log);
    case 'r': return resume(lab, log);
    case 'H': return sum(lab, log);
    case 'P': return put(lab, BODY);
    case 'p': return put(lab, 0);
    case 'C': return lab_enter(lab, "ann");
    case 'S': return lab_say(lab, "hi \xf0\x9f\x99\x82");
    case 'W': return who(lab, log);
    case 'X': return lab_leave(lab);
    case 'E': return event(lab, 0, log);
    case 'F': return event(lab, -1, log);
    case 'Q': return lab_quit(lab);
    default: return lab_greet(lab, 100);
    }
}

/* ---- a conversation ---- */

/* Everything that was asked is a request, also if it went in pieces; the last may have been cut.
 */
static void sent_check(const struct fuzz_choices *calls)
{
    const char *at = sim.sent.bytes, *end = at + sim.sent.len;
    bool bodies = calls->len > 0 && memchr(calls->bytes, 'P', calls->len) != NULL;
    while (at < end && !sim.lost && !bodies) {
        struct request request;
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (lf == NULL && sim.way == WAY_WILD)
            break;
        fuzz_check(lf != NULL && proto_parse(at, (size_t)(lf - at), &request) == PROTO_OK,
                   "no request: %s", fuzz_quote(at, (size_t)(end - at)));
        at = lf + 1;
    }
}

static void talk(struct fuzz_text *log, const struct fuzz_choices *calls)
{
    struct lab *lab = lab_new();
    fuzz_check(lab != NULL, "no memory for the fuzzer itself");
    lab->fd = SIM_SOCKET;
    lab->timeout_ms = 1000;
    lab_cancel_fd(lab, sim.way == WAY_WILD ? STDIN_FILENO : -1);
    lab_on_progress(lab, on_progress, NULL);
    for (size_t i = 0; i <= calls->len && i < ROUNDS; i++) {
        char letter = 'g';
        if (i > 0)
            letter = (char)calls->bytes[i - 1];
        sim.inside = true;
        enum lab_status status = call(lab, letter, log);
        sim.inside = false;
        lab_check(lab, status);
        fuzz_text_print(log, "%c: %d '%s' '%s'\n", letter, status, lab_code(lab), lab_why(lab));
    }
    fuzz_text_print(log, "model '%s'\n", lab_model(lab));
    sent_check(calls);
    lab_free(lab);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_text logs[WAYS] = {{0}};
    struct fuzz_choices choices = fuzz_choices_take(&bytes, &len),
                        calls = fuzz_choices_take(&bytes, &len);
    files_begin();
    visible_check(&choices, (const char *)bytes, len);
    for (enum fuzz_way way = WAY_WHOLE; way < WAYS; way++) {
        sim_begin(way, choices, bytes, len);
        talk(&logs[way], &calls);
        sim_end();
    }
    /* an answer to an upload may come too early, and then it counts when it comes */
    bool early = calls.len > 0 && memchr(calls.bytes, 'P', calls.len) != NULL;
    fuzz_check(early || fuzz_text_same(&logs[WAY_WHOLE], &logs[WAY_BYTES]),
               "whole: %s\nbyte by byte: %s", fuzz_quote(logs[0].bytes, logs[0].len),
               fuzz_quote(logs[1].bytes, logs[1].len));
    for (enum fuzz_way way = WAY_WHOLE; way < WAYS; way++)
        fuzz_text_free(&logs[way]);
    return 0;
}
