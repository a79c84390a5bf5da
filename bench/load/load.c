/* bench/load/load.c: load_run: allocates, starts the threads, frees */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/descriptors.h"
#include "load/load_private.h"

enum { TIMEOUT_MS = 5000 };

/* ---- before ---- */

static bool address_parse(struct load *load)
{
    const struct load_spec *spec = load->spec;
    const char *host = spec->host != NULL ? spec->host : "127.0.0.1";
    struct sockaddr_in *four = (struct sockaddr_in *)&load->to;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&load->to;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)spec->port);
        load->to_len = sizeof *four;
        load->spread = four->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)spec->port);
    load->to_len = sizeof *six;
    return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
}

static bool load_make(struct load *load, const struct load_spec *spec)
{
    static atomic_uint runs; /* nicks of two runs never meet */
    unsigned int all = spec->clients + spec->idle;
    bool alone = spec->kind == LOAD_UPLOAD || spec->kind == LOAD_SESSION ||
                 spec->kind == LOAD_STORM; /* nothing to pipeline */
    *load = (struct load){.spec = spec, .neighbour = -1, .run = atomic_fetch_add(&runs, 1)};
    load->threads = spec->threads == 0 ? 1 : spec->threads;
    if (load->threads > all)
        load->threads = all;
    load->pipeline = spec->pipeline == 0 || alone ? 1 : spec->pipeline;
    load->window = spec->burst ? 1 : load->pipeline;
    load->speakers = spec->speakers == 0 ? 1 : spec->speakers;
    if (load->speakers > spec->clients)
        load->speakers = spec->clients;
    load->timeout = (uint64_t)(spec->timeout_ms > 0 ? spec->timeout_ms : TIMEOUT_MS) * 1000000U;
    atomic_store(&load->marker, UINT32_MAX);
    atomic_store(&load->from, UINT64_MAX);
    atomic_store(&load->until, UINT64_MAX);
    load->epoch = load_now();
    load->dialect = spec->dialect != NULL ? spec->dialect : load_dialects;
    chat_prepare(load);
    if (spec->kind == LOAD_SUM)
        verify_sum(spec->file_bytes, load->sum);
    load->workers = calloc(load->threads, sizeof *load->workers);
    return all > 0 && load->workers != NULL && address_parse(load);
}

static bool workers_start(struct load *load)
{
    sigset_t all, before;
    bool ok = true;
    for (unsigned int i = 0; i < load->threads; i++) {
        struct worker *w = &load->workers[i];
        w->load = load;
        w->index = i;
        w->epoll = w->wake = -1;
        ok = ok && worker_make(w);
    }
    sigfillset(&all); /* signals are for the calling thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned int i = 0; ok && i < load->threads; i++) {
        struct worker *w = &load->workers[i];
        errno = pthread_create(&w->thread, NULL, worker_main, w);
        w->started = ok = errno == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

static bool failed(struct load_result *result, const char *what)
{
    result->errors[load_error_of(errno)]++;
    snprintf(result->example, sizeof result->example, "%s: %s", what, strerror(errno));
    return false;
}

/* Old container runtimes answer EPERM to a call that they do not know. */
static bool workers_there(struct load *load, struct load_result *result)
{
    static const char wait[] =
        "epoll_pwait2, which needs Linux 5.11 and a container that allows it";
    result->started = workers_start(load);
    bool no_wait = errno == ENOSYS || errno == EPERM;
    return result->started || failed(result, no_wait ? wait : "the threads of the load");
}

bool load_run(const struct load_spec *spec, struct load_result *result)
{
    struct load load = {0};
    struct machine_clock ticks[2] = {0};
    verify_prepare();
    (void)descriptors_raise();
    bool ok = load_result_make(result);
    if (ok && spec->bare)
        return bare_run(spec, result) || failed(result, "the bare client");
    ok = ok && load_make(&load, spec);
    if (!ok) {
        snprintf(result->example, sizeof result->example,
                 "no memory, no clients, or the host is not an address in numbers");
        free(load.workers);
        return false;
    }
    ok = spec->neighbour == NEIGHBOUR_NONE || neighbour_start(&load) ||
         failed(result, "the neighbour");
    if (ok) {
        ok = workers_there(&load, result) && load_drive(&load, ticks);
        load_end(&load);
        if (result->started)
            load_sum(&load, ticks, result);
        for (unsigned int i = 0; i < load.threads; i++)
            worker_free(&load.workers[i]);
    }
    free(load.workers);
    return ok && (result->sent > 0 || spec->clients == 0);
}
