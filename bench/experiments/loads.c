/* bench/experiments/loads.c: what load each point of an experiment is */
#include "experiments/loads.h"

#include <stdio.h>
#include <string.h>

#include "experiments/experiment.h"

enum {
    ACTIVE_IN_CROWD = 10,
    CROWD = 1000,
    NEIGHBOURS = 10,
    FILES = 6,
    LATENCY_RATE = 2000, /* a fifth or less of what the slowest of the six bears */
    NEIGHBOUR_RATE =
        200,         /* visits a second: half of what forking for each allows on a slow machine */
    PROLONG = 3,     /* seconds: ten messages in a room of 1000 with a process for each */
    TIMEOUT = 20000, /* ms: longer than any of the six takes for anything */
    STILL = 1000,    /* ms: a client without a reply for so long: the server stands still */
    STUCK_BYTES = 64 * 1024 * 1024, /* more than all the buffers between server and client */
    SUM_BYTES = 256 * 1024,         /* about a millisecond of computing */
    SLOW_BYTES = 4099,              /* no other read has this size */
    SLOW_MS = 10,                   /* a seek of a disk that turns */
    WORKERS = 30,
    OFFERED_BYTES = 4096 /* so much computing that the server is full before the generator is */
};

/* Whether so many clients get in; else why not. */
static bool room_for(const char *model, unsigned int max_clients, double clients, char note[160])
{
    if (clients <= max_clients)
        return true;
    if (max_clients == 1)
        (void)snprintf(note, 160, "one client at a time");
    else
        (void)snprintf(note, 160, "at most %u clients%s", max_clients,
                       strcmp(model, "select") == 0 ? ": FD_SETSIZE" : "");
    return false;
}

bool experiment_load(const struct experiment *experiment, const char *model,
                     unsigned int max_clients, double x, double seconds, struct load_spec *spec,
                     char note[160])
{
    *spec = (struct load_spec){.kind = experiment->load.kind,
                               .seconds = seconds,
                               .warmup = seconds / 5,
                               .least = SAMPLE_FEW,
                               .prolong = PROLONG,
                               .timeout_ms = TIMEOUT};
    experiment->load.fill(x, spec);
    /* Visitors of a server that takes one at a time wait in the backlog. */
    return (max_clients == 1 && spec->kind == LOAD_SESSION) ||
           room_for(model, max_clients,
                    spec->clients + spec->idle + (spec->neighbour != NEIGHBOUR_NONE), note);
}

static void seconds_at_least(double min, struct load_spec *spec)
{
    spec->seconds = spec->seconds > min ? spec->seconds : min;
    spec->warmup = spec->seconds / 5;
}

void load_clients(double x, struct load_spec *spec)
{
    spec->clients = (unsigned int)x;
    spec->speakers = 1;
}

/* Clients take turns: a sample is so long that each has its turn. */
void load_latency(double x, struct load_spec *spec)
{
    seconds_at_least(x / LATENCY_RATE, spec);
    spec->clients = (unsigned int)x;
    spec->rate = LATENCY_RATE;
}

void load_idle_crowd(double x, struct load_spec *spec)
{
    spec->clients = ACTIVE_IN_CROWD;
    spec->idle = (unsigned int)x;
}

void load_active_share(double x, struct load_spec *spec)
{
    spec->clients = (unsigned int)(CROWD * x / 100);
    spec->clients += spec->clients == 0;
    spec->idle = CROWD - spec->clients;
}

/* One of them sends pings, once all have been greeted; how fast does not matter. */
void load_memory(double x, struct load_spec *spec)
{
    spec->clients = 1;
    spec->idle = (unsigned int)x - 1;
}

/* A file counts when it is complete: a sample must be long enough for some, at a GiB a second. */
void load_files(double x, struct load_spec *spec)
{
    seconds_at_least(FILES * x / 0x1p30, spec);
    spec->least = 0; /* of a GiB, which is many calls, few files are enough */
    spec->clients = 1;
    spec->file_bytes = (uint64_t)x;
}

/* Visits, since a loop can serve these; by a schedule, since the question is how long they wait. */
static void neighbour_fill(enum load_neighbour neighbour, double ms, struct load_spec *spec)
{
    bool blocked = neighbour == NEIGHBOUR_BLOCKED;
    spec->clients = NEIGHBOURS;
    spec->rate = NEIGHBOUR_RATE;
    spec->neighbour = neighbour;
    spec->file_bytes = blocked ? SLOW_BYTES : STUCK_BYTES;
    spec->slow_ms = blocked ? ms : 0;
}

void load_bad_neighbour(double x, struct load_spec *spec)
{
    neighbour_fill((enum load_neighbour)x, SLOW_MS, spec);
    spec->timeout_ms = STILL;
}

void load_blocked(double x, struct load_spec *spec)
{
    neighbour_fill(NEIGHBOUR_BLOCKED, x, spec);
}

void load_computing(double x, struct load_spec *spec)
{
    static const unsigned int clients[] = {1, 4, 16}; /* as `placed` in experiment.c has them */
    spec->clients = clients[(size_t)x % 3];
    spec->file_bytes = SUM_BYTES;
    spec->place = x < 3 ? PLACE_ONE_PROCESSOR : PLACE_ALL_PROCESSORS;
}

/* At 0 the file is empty: the same request, without the computing. */
void load_work(double x, struct load_spec *spec)
{
    spec->clients = WORKERS;
    spec->file_bytes = (uint64_t)(x * load_sum_speed());
}

void load_offered(double x, struct load_spec *spec)
{
    spec->clients = WORKERS;
    spec->file_bytes = OFFERED_BYTES;
    spec->part = x / 100;
}
