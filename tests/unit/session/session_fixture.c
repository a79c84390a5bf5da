/* session_fixture.c: see session_fixture.h */
#include "session_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/room.h"
#include "waits.h"

struct session_fixture fixture;

static const struct {
    const char *name, *bytes;
} library[] = {{"a.txt", "hello\n"}, {"b b", "0123456789"}, {"empty", ""}, {"\xc3\xbc.txt", "x"}};

static void library_fill(void)
{
    for (size_t i = 0; i < UNIT_COUNT(library); i++)
        unit_write_text(fixture.path, library[i].name, library[i].bytes);
}

void session_fixture_begin(void)
{
    fixture = (struct session_fixture){0};
    unit_folder(fixture.path);
    library_fill();
    unit_write_text(fixture.path, ".hidden", "not for you");
    unit_check(store_open(&fixture.store, fixture.path) == 0, "store_open %s", fixture.path);
    int dir = fixture.store.dir;
    unit_check(mkdirat(dir, "folder", 0755) == 0 && mkfifoat(dir, "fifo", 0644) == 0 &&
                   symlinkat("a.txt", dir, "link") == 0 && symlinkat("x", dir, "dangling") == 0,
               "can't make what is no file: %s", strerror(errno));
    fixture.store.max_upload = 1000;
    fixture.store.quota = 900;
    fixture.store.max_files = 6;
    budget_init(&fixture.budget, &fixture.part, 1024 * 1024);
    fixture.shared =
        (struct session_shared){.model = "test",
                                .store = &fixture.store,
                                .room = room_new(4, 64 * 1024, NULL),
                                .catalog = catalog_new(&fixture.store, &fixture.budget),
                                .budget = &fixture.budget,
                                .follows = true};
    unit_check(fixture.shared.room != NULL && fixture.shared.catalog != NULL, "out of memory");
    session_init(&fixture.alice, &fixture.shared, &fixture.alice);
    session_feed(&fixture.alice, "C alice\n", 8);
    sink_take_all(&fixture.alice_received, &fixture.alice.out, SIZE_MAX);
    sink_reset(&fixture.alice_received);
}

void session_fixture_end(void)
{
    session_free(&fixture.alice);
    sink_free(&fixture.alice_received);
    sink_free(&fixture.changes);
    room_free(fixture.shared.room);
    catalog_free(fixture.shared.catalog);
    unit_check(fixture.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture.part.used);
    store_close(&fixture.store);
    unit_folder_remove(fixture.path);
}

void session_alice_forget(void)
{
    sink_take_all(&fixture.alice_received, &fixture.alice.out, SIZE_MAX);
    sink_reset(&fixture.alice_received);
    room_delivered(fixture.shared.room, room_head(fixture.shared.room));
}

void session_alice_is_alone(const char *input, size_t len)
{
    struct body *names = room_names(fixture.shared.room, &fixture.budget);
    unit_check(names != NULL, "nobody is in the room");
    unit_same("the names in the room", input, len, "alice\n", 6, names->bytes, names->len);
    body_release(names);
}

static bool in_library(const char *name, size_t size)
{
    for (size_t i = 0; i < UNIT_COUNT(library); i++)
        if (strcmp(library[i].name, name) == 0)
            return size == strlen(library[i].bytes);
    return false;
}

void session_fixture_restore(const char *input, size_t len)
{
    struct dirent **names;
    int count = scandir(fixture.path, &names, NULL, alphasort);
    unit_check(count > 0, "scandir: %s", strerror(errno));
    int hidden = -3; /* ".", ".." and ".hidden" */
    sink_reset(&fixture.changes);
    for (int i = 0; i < count; i++) {
        struct stat st;
        const char *name = names[i]->d_name;
        hidden += name[0] == '.';
        if (names[i]->d_type == DT_REG && name[0] != '.' &&
            fstatat(fixture.store.dir, name, &st, 0) == 0 &&
            !in_library(name, (size_t)st.st_size)) {
            char line[300];
            int n = snprintf(line, sizeof line, "%lld %s\n", (long long)st.st_size, name);
            sink_add(&fixture.changes, line, (size_t)n);
            unit_unlink(fixture.path, name);
        }
        free(names[i]);
    }
    free(names);
    if (fixture.changes.len > 0)
        library_fill();
    unit_check(hidden == 0, "fed %s: %d temporary files are left", unit_quote(input, len), hidden);
}

/* ---- one run of a conversation ---- */

void session_run_begin(struct session_run *run, const char *input, size_t len)
{
    *run = (struct session_run){.input = input, .len = len, .send_max = SIZE_MAX};
    session_init(&run->session, &fixture.shared, &run->session);
}

void session_run_text(struct session_run *run, const char *input)
{
    session_run_begin(run, input, strlen(input));
}

void session_run_feed(struct session_run *run)
{
    session_feed(&run->session, run->input, run->len);
    run->at = run->len;
}

static void session_run_check(const struct session_run *run)
{
    const struct session *s = &run->session;
    size_t size = reads(s) ? session_read_size(s) : 1;
    unit_check(size >= 1 && size <= SESSION_READ_MAX, "fed %s: wants to read %zu bytes",
               unit_quote(run->input, run->at), size);
    unit_check(!s->out.failed, "fed %s: broken", unit_quote(run->input, run->at));
}

void session_run_to(struct session_run *run, size_t upto)
{
    struct session *s = &run->session;
    for (;;) {
        session_run_check(run);
        bool feeds = reads(s) && run->at < upto;
        bool waits = run->lazy && (continues(s) || feeds); /* sends when it must */
        if (!waits && !outbox_empty(&s->out)) {
            sink_take(&run->sent, &s->out, run->send_max);
        } else if (continues(s)) {
            session_continue(s);
        } else if (feeds) {
            size_t part = upto - run->at, most = session_read_size(s);
            part = part < most ? part : most;
            run->at += part; /* before: what is read meanwhile is what was fed */
            session_feed(s, run->input + run->at - part, part);
        } else {
            break;
        }
    }
    unit_check(run->at == upto || session_waits_for(s) == 0,
               "fed %s: takes no more, and is not done", unit_quote(run->input, run->at));
}

void session_run_end(struct session_run *run)
{
    session_feed(&run->session, NULL, 0);
    session_run_to(run, run->at);
    unit_check(session_waits_for(&run->session) == 0, "fed %s and the end of input: is not done",
               unit_quote(run->input, run->len));
    session_free(&run->session);
}

void session_run_drop(struct session_run *run)
{
    session_free(&run->session);
    sink_free(&run->sent);
    session_fixture_restore(run->input, run->at);
    session_alice_forget();
}

void session_run_replies(struct session_run *run, struct sink *plain)
{
    session_run_end(run);
    const char *wrong = sink_strict(&run->sent, plain);
    unit_check(wrong == NULL, "%s: %s", wrong, unit_quote(run->sent.bytes, run->sent.len));
    sink_free(&run->sent);
}

void session_run_replied(struct session_run *run, const char *what, const char *want)
{
    struct sink plain = {0};
    session_run_replies(run, &plain);
    unit_same(what, run->input, run->at, want, strlen(want), plain.bytes, plain.len);
    sink_free(&plain);
}
