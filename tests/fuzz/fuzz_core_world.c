/* fuzz_core_world.c: see fuzz_core.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/room_ring.h"
#include "fuzz_core.h"

enum { BIG = 5000 }; /* bytes of a file that no reader takes at once */

/* The library as it is at the beginning of every script. There are also a folder, a FIFO, a link, a
 * hidden file and a big one. */
static const struct {
    const char *name, *text;
} files[] = {{"a.txt", "hello\n"}, {"b b", "0123456789"}, {"empty", ""}, {"\xc3\xbc.txt", "x"}};

static struct {
    struct budget_part part;
    struct budget budget;
    char path[256];
    struct store store;
    int next_descriptor;
} lab;

/* ---- the library ---- */

static void file_write(const char *name, const char *text, size_t len)
{
    int fd = openat(lab.store.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    fuzz_check(fd >= 0 && write(fd, text, len) == (ssize_t)len, "%s: %s", name, strerror(errno));
    close(fd);
}

static void library_write(void)
{
    static char big[BIG];
    int dir = lab.store.dir;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        file_write(files[i].name, files[i].text, strlen(files[i].text));
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 23); /* no two pieces are alike */
    file_write("big", big, sizeof big);
    file_write(".hidden", "not for you", 11);
    fuzz_check((mkdirat(dir, "folder", 0755) == 0 || errno == EEXIST) &&
                   mkfifoat(dir, "fifo", 0644) == 0 && symlinkat("a.txt", dir, "link") == 0,
               "%s: %s", lab.path, strerror(errno));
}

static void lab_end(void)
{
    struct dirent **names;
    int count = scandir(lab.path, &names, NULL, NULL);
    for (int i = 0; i < count; i++) {
        if (unlinkat(lab.store.dir, names[i]->d_name, 0) != 0)
            (void)unlinkat(lab.store.dir, names[i]->d_name, AT_REMOVEDIR);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    store_close(&lab.store);
    (void)rmdir(lab.path);
}

/* Once for all scripts. */
static void lab_begin(void)
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL) /* thousands of files a second: in memory, if that is possible */
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int n = snprintf(lab.path, sizeof lab.path, "%s/fuzz-core-XXXXXX", tmp);
    fuzz_check(n > 0 && (size_t)n < sizeof lab.path && mkdtemp(lab.path) != NULL, "%s: %s",
               lab.path, strerror(errno));
    fuzz_check(store_open(&lab.store, lab.path) == 0, "store_open %s", lab.path);
    library_write();
    (void)atexit(lab_end);
}

static void file_log(struct world *world, const char *name)
{
    char bytes[4096];
    int fd = openat(lab.store.dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    fuzz_text_print(&world->log, "file '%s': %zd bytes, ", name, n);
    fuzz_text_add(&world->log, bytes, n > 0 ? (size_t)n : 0);
    fuzz_text_add(&world->log, "\n", 1);
    if (fd >= 0)
        close(fd);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Is it an entry that no upload can have made, nor replaced? Temporary files must be gone. */
static bool is_fixed(const char *name)
{
    bool hidden = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".hidden") == 0;
    fuzz_check(hidden || name[0] != '.', "left behind: %s", name);
    return hidden || strcmp(name, "folder") == 0;
}

/* What the script has left goes into the log, and then away. */
static void library_restore(struct world *world)
{
    struct dirent **names;
    int count = scandir(lab.path, &names, NULL, by_bytes);
    fuzz_check(count >= 0, "scandir: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        if (!is_fixed(name)) {
            file_log(world, name);
            fuzz_check(unlinkat(lab.store.dir, name, 0) == 0, "unlink %s", name);
        }
        free(names[i]);
    }
    free(names);
    library_write();
}

/* ---- a world ---- */

void world_begin(struct world *world, enum fuzz_way way, struct fuzz_choices choices)
{
    if (lab.path[0] == '\0')
        lab_begin();
    lab.next_descriptor = fuzz_next_descriptor(); /* now: libFuzzer opens some, too, at times */
    *world = (struct world){.way = way, .choices = choices};
    lab.store.max_upload = 1000;
    lab.store.quota = BIG + 900;
    lab.store.max_files = 8;
    lab.store.durable = fuzz_choose(&world->choices, 2) == 1;
    injection_end();
    if (way == WAY_WILD)
        injection_begin(&world->choices);
    /* small enough that a member can be slow, but only if chance decides which members read */
    size_t chance = way == WAY_WILD ? fuzz_choose(&world->choices, 256) : 0;
    world->backlog = way == WAY_WILD ? 64 + 16 * chance : 1 << 18;
    world->lacks = chance % 4 == 3;
    if (fuzz_choose(&world->choices, 4) == 1) { /* no limit but the disk's */
        lab.store.max_upload = INT64_MAX;
        lab.store.quota = lab.store.max_files = 0;
    }
    budget_init(&lab.budget, &lab.part, world->lacks ? 64 * chance : 1 << 20);
    world->shared = (struct session_shared){.model = "test",
                                            .store = &lab.store,
                                            .room = room_ring_new(SPEAKERS, world->backlog, NULL),
                                            .catalog = catalog_new(&lab.store, &lab.budget),
                                            .budget = &lab.budget,
                                            .follows = true};
    fuzz_check(world->shared.room != NULL && world->shared.catalog != NULL,
               "no memory for the fuzzer itself");
}

void world_end(struct world *world)
{
    fuzz_check(room_names(world->shared.room, &lab.budget) == NULL, "members are left");
    room_ring_free(world->shared.room);
    catalog_free(world->shared.catalog);
    fuzz_check(lab.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)lab.part.used);
    if (world->uploads)
        library_restore(world);
    int next = fuzz_next_descriptor();
    fuzz_check(next == lab.next_descriptor, "a descriptor is left open: %d", next);
}

static bool is_slow(const struct session *s)
{
    return s->member != NULL && room_too_far_behind(s->shared->room, s->member);
}

void world_news(struct world *world)
{
    for (size_t i = 0; i < SPEAKERS; i++) {
        struct fuzz_speaker *speaker = &world->speakers[i];
        if (!speaker->here)
            continue;
        session_check_lag(&speaker->session);
        speaker->slow = speaker->slow || is_slow(&speaker->session);
    }
}

void world_another_starts(const struct world *world)
{
    static const char left[] = STORE_TEMP_PREFIX "00000000000000ff";
    struct store other = {0};
    struct stat st;
    file_write(left, "half", 4);
    injection.inside = true;
    bool started = store_open(&other, lab.path) == 0;
    injection.inside = false;
    if (started)
        store_close(&other);
    bool stays = unlinkat(lab.store.dir, left, 0) == 0;
    fuzz_check(injection.expected || (started && !stays), "another server starts: %d, leaves %d",
               started, stays);
    for (size_t i = 0; i < SPEAKERS; i++) {
        const struct upload *upload = world->speakers[i].session.upload;
        bool sends = world->speakers[i].here && upload != NULL;
        fuzz_check(!sends || fstatat(lab.store.dir, upload->temp, &st, 0) == 0,
                   "another server has removed the upload of client %zu", i);
    }
}

/* ---- a client ---- */

void speaker_enter(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    *speaker = (struct fuzz_speaker){.here = true};
    fuzz_text_add(&speaker->pending, "", 0); /* never NULL */
    fuzz_text_add(&speaker->out, "", 0);
    injection.inside = true;
    session_init(&speaker->session, &world->shared, &speaker->session);
    injection.inside = false;
    speaker_check(world, speaker);
}

void speaker_leave(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    speaker->cut = speaker->cut || speaker->session.out.failed; /* closed without a word */
    injection.inside = true;                                    /* its events need some */
    session_free(&speaker->session);
    injection.inside = false;
    fuzz_check(outbox_empty(&speaker->session.out) && speaker->session.member == NULL &&
                   speaker->session.upload == NULL && speaker->session.listing == 0 &&
                   speaker->session.scan.walk == NULL,
               "something is left of a session");
    oracle_check(world, speaker);
    struct fuzz_text replies = {0}, events = {0};
    frames_split(&speaker->out, &replies, &events);
    fuzz_text_print(&world->log, "speaker %zu receives ", number);
    fuzz_text_add(&world->log, replies.bytes, replies.len);
    fuzz_text_add(&world->log, events.bytes, events.len);
    fuzz_text_free(&replies);
    fuzz_text_free(&events);
    fuzz_text_free(&speaker->pending);
    fuzz_text_free(&speaker->out);
    speaker->here = false;
}

static size_t take_file(struct fuzz_speaker *speaker, const struct outbox_chunk *chunk, size_t max)
{
    char bytes[4096];
    size_t len = chunk->left < max ? (size_t)chunk->left : max;
    len = len < sizeof bytes ? len : sizeof bytes;
    ssize_t n = pread(chunk->file, bytes, len, chunk->offset);
    fuzz_check(n > 0, "a file range ends too soon");
    fuzz_text_add(&speaker->out, bytes, (size_t)n);
    return (size_t)n;
}

void speaker_take(struct fuzz_speaker *speaker, size_t max)
{
    struct outbox_chunk chunk;
    size_t sent = 0;
    outbox_peek(&speaker->session.out, &chunk);
    if (chunk.count == 0 && chunk.file >= 0)
        sent = take_file(speaker, &chunk, max);
    for (int i = 0; i < chunk.count && sent < max; i++) {
        size_t part = chunk.vec[i].iov_len < max - sent ? chunk.vec[i].iov_len : max - sent;
        fuzz_text_add(&speaker->out, chunk.vec[i].iov_base, part);
        sent += part;
    }
    fuzz_check(sent > 0 || outbox_empty(&speaker->session.out) || speaker->slow,
               "nothing to send, and not empty");
    outbox_sent(&speaker->session.out, sent);
}

/* ---- promises ---- */

enum {
    REPLIES_MOST = 16 * 1024 + 4096, /* bytes of replies that wait at the most, bodies apart */
    BODY_MOST = 4096,                /* bytes of a body in memory: a listing of this library */
    INPUT_MOST = 32 * 1024           /* bytes received and not yet looked at */
};

/* Of the log: unread bytes, its own events included. */
static size_t unread(const struct session *s)
{
    return s->member == NULL ? 0 : room_unread(s->shared->room, s->member);
}

/* Replies first, then the log; but an event that has begun is ended before anything else. */
static void outbox_check(const struct session *s, bool slow)
{
    const struct outbox *out = &s->out;
    struct outbox_chunk chunk;
    size_t sum = 0, events = unread(s);
    outbox_peek(out, &chunk);
    for (int i = 0; i < chunk.count; i++)
        sum += chunk.vec[i].iov_len;
    bool in_event = s->member != NULL && room_in_event(s->member);
    bool all = chunk.count < 16 && !chunk.more && chunk.file < 0;
    if (in_event)
        fuzz_check(sum <= events && (sum > 0 || slow) && chunk.file < 0 && !chunk.more,
                   "%zu of %zu bytes of events to send", sum, events);
    else
        fuzz_check(sum <= out->bytes + events && (!all || sum >= out->bytes),
                   "%zu bytes of %zu and %zu to send", sum, out->bytes, events);
    fuzz_check(out->bodies <= 1, "%u bodies at once", out->bodies);
    fuzz_check(chunk.file < 0 || chunk.left > 0, "an empty file range");
    fuzz_check(!outbox_empty(out) || (out->bytes == 0 && out->bodies == 0 && events == 0),
               "empty: %zu bytes, %zu of events", out->bytes, events);
}

void speaker_check(struct world *world, const struct fuzz_speaker *speaker)
{
    const struct session *s = &speaker->session;
    bool wants = (session_waits_for(s) & SESSION_READ) != 0,
         runs = (session_waits_for(s) & SESSION_CONTINUE) != 0, done = session_waits_for(s) == 0;
    world->uploads =
        world->uploads || s->upload != NULL; /* it is counted first: always seen here */
    outbox_check(s, speaker->slow || is_slow(s));
    size_t size = wants ? session_read_size(s) : 1;
    fuzz_check(size >= 1 && size <= SESSION_READ_MAX, "wants to read %zu bytes", size);
    fuzz_check(!done || (!wants && !runs), "is done, and wants more");
    fuzz_check(!(wants && runs), "waits for input, and could go on without");
    fuzz_check(!s->out.failed || injection.expected || speaker->slow,
               "broken, and there was memory");
    fuzz_check(done || wants || runs || !outbox_empty(&s->out), "stuck");
    /* who has just left is sent what it had not read yet */
    size_t most = REPLIES_MOST + BODY_MOST + 2 * (world->backlog + PROTO_EVENT_MAX);
    fuzz_check(s->out.bytes <= most && s->in_len <= INPUT_MOST, "%zu bytes of replies, %u of input",
               s->out.bytes, s->in_len);
    enum session_phase phase = session_phase(s);
    fuzz_check((phase != PHASE_IDLE && phase != PHASE_CHAT) ||
                   (outbox_empty(&s->out) && s->in_len == 0 &&
                    (s->member != NULL) == (phase == PHASE_CHAT)),
               "phase %d", phase);
}
