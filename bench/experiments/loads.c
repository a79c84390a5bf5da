/* bench/experiments/loads.c: what load each point of an experiment is */
#include "experiments/loads.h"

#include <stdio.h>
#include <string.h>

enum {
    ACTIVE_IN_CROWD = 10,
    CROWD = 1000,
    NEIGHBOURS = 10,
    FILES = 6,
    LATENCY_RATE = 2000, /* a fifth or less of what the slowest of the six bears */
    NEIGHBOUR_RATE =
        200,         /* visits a second: half of what forking for each allows on a slow machine */
    TIMEOUT = 20000, /* ms: longer than any of the six takes for anything */
    STILL = 1000,    /* ms: a client without a reply for so long: the server stands still */
    STUCK_BYTES = 64 * 1024 * 1024, /* more than all the buffers between server and client */
    SUM_BYTES = 256 * 1024,         /* about a millisecond of computing */
    SLOW_BYTES = 4099,              /* no other read has this size */
    SLOW_MS = 10,                   /* a seek of a disk that turns */
    WORKERS = 30,
    OFFERED_BYTES = 4096 /* so much computing that the server is full before the generator is */
};

static void spec_fill(struct load_spec *spec, enum load_kind kind, double seconds)
{
    *spec = (struct load_spec){
        .kind = kind, .seconds = seconds, .warmup = seconds / 5, .timeout_ms = TIMEOUT};
}

/* Whether so many clients get in; else why not. */
static bool room_for(const char *model, unsigned int most, double clients, char note[160])
{
    if (clients <= most)
        return true;
    if (most == 1)
        (void)snprintf(note, 160, "one client at a time");
    else
        (void)snprintf(note, 160, "at most %u clients%s", most,
                       strcmp(model, "select") == 0 ? ": FD_SETSIZE" : "");
    return false;
}

EXPERIMENT_LOAD(load_ping)
{
    spec_fill(spec, LOAD_PING, seconds);
    spec->clients = (unsigned int)x;
    return room_for(model, most, x, note);
}

EXPERIMENT_LOAD(load_latency)
{
    spec_fill(spec, LOAD_PING, seconds);
    spec->clients = (unsigned int)x;
    spec->rate = LATENCY_RATE;
    return room_for(model, most, x, note);
}

EXPERIMENT_LOAD(load_idle_crowd)
{
    spec_fill(spec, LOAD_PING, seconds);
    spec->clients = ACTIVE_IN_CROWD;
    spec->idle = (unsigned int)x;
    return room_for(model, most, ACTIVE_IN_CROWD + x, note);
}

EXPERIMENT_LOAD(load_active_share)
{
    spec_fill(spec, LOAD_PING, seconds);
    spec->clients = (unsigned int)(CROWD * x / 100);
    spec->clients += spec->clients == 0;
    spec->idle = CROWD - spec->clients;
    return room_for(model, most, CROWD, note);
}

/* A server may take fewer clients at once: the others wait in the backlog. */
EXPERIMENT_LOAD(load_come_and_go)
{
    spec_fill(spec, LOAD_SESSION, seconds);
    spec->clients = (unsigned int)x;
    return most == 1 || room_for(model, most, x, note);
}

/* One of them sends pings, which shows that all were accepted before it; how fast does not
 * matter. */
EXPERIMENT_LOAD(load_memory)
{
    spec_fill(spec, LOAD_PING, seconds);
    spec->clients = 1;
    spec->idle = (unsigned int)x - 1;
    return room_for(model, most, x, note);
}

/* A file counts when it is complete: a sample must be long enough for some, at a GiB a second. */
static double files_seconds(double seconds, double bytes)
{
    double least = FILES * bytes / 0x1p30;
    return seconds > least ? seconds : least;
}

EXPERIMENT_LOAD(load_download)
{
    spec_fill(spec, LOAD_DOWNLOAD, files_seconds(seconds, x));
    spec->clients = 1;
    spec->file_bytes = (uint64_t)x;
    return room_for(model, most, 1, note);
}

EXPERIMENT_LOAD(load_upload)
{
    spec_fill(spec, LOAD_UPLOAD, files_seconds(seconds, x));
    spec->clients = 1;
    spec->file_bytes = (uint64_t)x;
    return room_for(model, most, 1, note);
}

EXPERIMENT_LOAD(load_chat)
{
    spec_fill(spec, LOAD_CHAT, seconds);
    spec->clients = (unsigned int)x;
    spec->speakers = 1;
    return room_for(model, most, x, note);
}

/* Visits, since a loop can serve these; by a schedule, since the question is how long they wait. */
EXPERIMENT_LOAD(load_bad_neighbour)
{
    spec_fill(spec, LOAD_SESSION, seconds);
    spec->clients = NEIGHBOURS;
    spec->rate = NEIGHBOUR_RATE;
    spec->neighbour = (enum load_neighbour)x;
    spec->file_bytes = spec->neighbour == NEIGHBOUR_BLOCKED ? SLOW_BYTES : STUCK_BYTES;
    spec->slow_ms = spec->neighbour == NEIGHBOUR_BLOCKED ? SLOW_MS : 0;
    spec->timeout_ms = STILL;
    return most == 1 || room_for(model, most, NEIGHBOURS + 1, note);
}

EXPERIMENT_LOAD(load_computing)
{
    static const unsigned int clients[] = {1, 4, 16}; /* as `placed` in experiment.c has them */
    size_t which = (size_t)x % 3;
    spec_fill(spec, LOAD_SUM, seconds);
    spec->clients = clients[which];
    spec->file_bytes = SUM_BYTES;
    spec->place = x < 3 ? PLACE_ONE_PROCESSOR : PLACE_ALL_PROCESSORS;
    return room_for(model, most, clients[which], note);
}

/* At 0 the file is empty: the same request, without the computing. */
EXPERIMENT_LOAD(load_work)
{
    spec_fill(spec, LOAD_SUM, seconds);
    spec->clients = WORKERS;
    spec->file_bytes = (uint64_t)(x * load_sum_speed());
    return room_for(model, most, WORKERS, note);
}

/* Visits, as beside a bad neighbour: a loop can serve these. */
EXPERIMENT_LOAD(load_blocked)
{
    spec_fill(spec, LOAD_SESSION, seconds);
    spec->clients = NEIGHBOURS;
    spec->rate = NEIGHBOUR_RATE;
    spec->neighbour = NEIGHBOUR_BLOCKED;
    spec->file_bytes = SLOW_BYTES;
    spec->slow_ms = x;
    return most == 1 || room_for(model, most, NEIGHBOURS + 1, note);
}

EXPERIMENT_LOAD(load_storm)
{
    spec_fill(spec, LOAD_STORM, seconds);
    spec->clients = (unsigned int)x;
    return room_for(model, most, x, note);
}

EXPERIMENT_LOAD(load_offered)
{
    spec_fill(spec, LOAD_SUM, seconds);
    spec->clients = WORKERS;
    spec->file_bytes = OFFERED_BYTES;
    spec->part = x / 100;
    return room_for(model, most, WORKERS, note);
}
