/* tests/chaos/clients/file_worker.c: see file_worker.h */
#include "file_worker.h"

#include <stdio.h>

#include "folder.h"
#include "harness.h"
#include "verdict.h"

/* Overwritten by the next call. */
static const char *name_of(const struct file_worker *worker, unsigned int place)
{
    static char name[40];
    (void)snprintf(name, sizeof name, "payload-%u-%u", worker->number, place);
    return name;
}

/* ---- what it asks for ---- */

static void begin_put(struct file_worker *worker)
{
    struct stored_file *file = &worker->files[worker->at];
    file->tried = payload_new(worker->about);
    file->trying = true;
    peer_printf(&worker->peer, "P %zu %s\n", file->tried.size, name_of(worker, worker->at));
}

static void begin_get(struct file_worker *worker)
{
    worker->getting = true;
    worker->body_at = 0;
    peer_printf(&worker->peer, "G %s\n", name_of(worker, worker->at));
}

static void begin(struct file_worker *worker)
{
    worker->at = random_below(WORKER_FILES);
    worker->busy = !worker->stops;
    if (worker->stops)
        return;
    uint32_t wish = random_below(16);
    if (wish == 0)
        peer_printf(&worker->peer, "L\n");
    else if (wish < 6 && worker->files[worker->at].stored)
        begin_get(worker);
    else
        begin_put(worker);
}

void file_worker_turn(struct file_worker *worker)
{
    static char bytes[65536];
    const struct payload *payload = &worker->files[worker->at].tried;
    if (worker->owed == 0 || peer_unsent(&worker->peer) > 0)
        return;
    size_t n =
        1 + random_below((uint32_t)(sizeof bytes < worker->about ? sizeof bytes : worker->about));
    if (n > worker->owed)
        n = worker->owed;
    payload_fill(payload, bytes, n, payload->size - worker->owed);
    peer_send(&worker->peer, bytes, n);
    worker->owed -= n;
}

/* ---- what it is answered ---- */

static void check_body(struct file_worker *worker, const char *bytes, size_t n)
{
    const struct payload *payload = &worker->files[worker->at].payload;
    verdict_check(payload_match(payload, bytes, n, worker->body_at),
                  "payload-%u-%u: wrong bytes in a download, behind byte %zu", worker->number,
                  worker->at, worker->body_at);
    worker->body_at += n;
}

static void done(struct file_worker *worker)
{
    struct stored_file *file = &worker->files[worker->at];
    if (worker->getting) {
        verdict_check(worker->body_size == file->payload.size,
                      "payload-%u-%u: %zu bytes, but %zu were stored", worker->number, worker->at,
                      worker->body_size, file->payload.size);
        worker->downloads++;
    } else if (file->trying) {
        file->payload = file->tried;
        file->stored = true;
        worker->uploads++;
    }
    file->trying = worker->getting = false;
    begin(worker);
}

static void file_worker_on_event(struct chaos_peer *peer, enum peer_event event, const char *text,
                                 size_t n)
{
    struct file_worker *worker = (struct file_worker *)peer;
    switch (event) {
    case PEER_HELLO:
        worker->greeted = true;
        begin(worker);
        break;
    case PEER_GO:
        worker->owed = worker->files[worker->at].tried.size;
        file_worker_turn(worker);
        break;
    case PEER_OK: worker->body_size = n; break;
    case PEER_BODY:
        if (worker->getting)
            check_body(worker, text, n);
        break;
    case PEER_DONE: done(worker); break;
    case PEER_END:
        worker->ended = true;
        worker->owed = 0;
        worker->busy = worker->getting = false;
        break;
    default: verdict_fail("worker %u received %s", worker->number, verdict_quoted(text, n));
    }
}

void file_worker_open(struct file_worker *worker, int port)
{
    worker->ended = worker->busy = worker->getting = worker->greeted = false;
    worker->owed = 0;
    peer_open(&worker->peer, port, file_worker_on_event);
}

void file_worker_resume(struct file_worker *worker)
{
    worker->stops = false;
    begin(worker);
}

/* ---- what is in the folder ---- */

static bool same(const struct payload *a, const struct payload *b)
{
    return a->seed == b->seed && a->size == b->size;
}

static void file_resolve(struct file_worker *worker, unsigned int at, const char *dir)
{
    struct stored_file *file = &worker->files[at];
    const char *name = name_of(worker, at);
    struct payload found;
    worker->unanswered++;
    file->trying = false;
    if (!folder_has(dir, name)) {
        verdict_check(!file->stored, "%s was stored, and is lost", name);
        return;
    }
    verdict_check(payload_in_file(&found, dir, name), "%s is not whole", name);
    verdict_check(same(&found, &file->tried) || (file->stored && same(&found, &file->payload)),
                  "%s is neither what was stored nor what was sent last", name);
    file->payload = found;
    file->stored = true;
}

void file_worker_resolve(struct file_worker *worker, const char *dir)
{
    for (unsigned int at = 0; at < WORKER_FILES; at++)
        if (worker->files[at].trying)
            file_resolve(worker, at, dir);
}

static size_t stored_check(const struct file_worker *worker, const char *dir)
{
    size_t n = 0;
    for (unsigned int at = 0; at < WORKER_FILES; at++) {
        const struct stored_file *file = &worker->files[at];
        const char *name = name_of(worker, at);
        struct payload found;
        if (!file->stored)
            continue;
        verdict_check(payload_in_file(&found, dir, name) && same(&found, &file->payload),
                      "%s was stored, and is %s", name, folder_has(dir, name) ? "another" : "lost");
        n++;
    }
    return n;
}

size_t file_workers_check(const struct file_worker *workers, unsigned int n, const char *dir)
{
    size_t stored = 0;
    for (unsigned int i = 0; i < n; i++)
        stored += stored_check(&workers[i], dir);
    size_t files = payload_check_folder(dir);
    verdict_check(files == stored, "%zu files, but %zu were stored", files, stored);
    return files;
}
