/* bench/experiments/experiment.c: the table of experiments: what is asked, what is drawn
 *
 * The points are chosen so that the small run fits into its 4 minutes: a sample among a thousand
 * connected clients takes longer to prepare than to measure.
 */
#include "experiments/experiment.h"

#include "experiments/loads.h"

enum { KIB = 1024, MIB = 1024 * 1024, MANY = 1000000, BARE = SERVER_MINIMAL | SERVER_BASELINE };

/* Clients, on how many of the machine's processors the server may run. */
static const char *const placed[] = {"1 on 1",   "4 on 1",    "16 on 1", "1 on all",
                                     "4 on all", "16 on all", NULL};
static const char *const neighbours[] = {"none", "silent", "stuck", "computing", "slow disk", NULL};

/* What is on several axes. */
static const char a_request[] = "processor time for a request";
static const char both_ends[] = "processor time for a request, server and generator";
static const char slowest[] = "99th percentile of latency";
static const char slow_visit[] = "99th percentile of a visit";

const struct experiment experiments[] = {
    {
        .name = "ping",
        .question = "How many requests a second, as more clients ask at once?",
        .x = {"active clients", "With", " active clients", 1, .max = MANY},
        .points = {{1, 10, 100}, {1, 3, 10, 30, 100, 300, 1000, 4000}},
        .views = {{"ping-rate", "How many requests a second?", "requests a second", FIGURE_RATE},
                  {"ping-cost", "What does a request cost the server?", a_request, FIGURE_COST}},
        .load = {LOAD_PING, load_clients, 1, .besides = BARE | SERVER_PEER},
    },
    {
        .name = "latency",
        .question = "How long does one wait, as more clients share 2000 requests a second?",
        .x = {"clients that share 2000 requests a second", "With", " clients", 1, .max = MANY},
        .spectrum = {"latency-spectrum", "How long do the slowest wait?", "latency", FIGURE_P99},
        .points = {{10, 100}, {1, 10, 100, 900}},
        .views = {{"latency-p99", "How long do 99 of 100 wait at most?", slowest, FIGURE_P99},
                  {"latency-p50", "How long do half of them wait?", "median latency", FIGURE_P50},
                  {"latency-p999", "How long do 999 of 1000 wait at most?",
                   "99.9th percentile of latency", FIGURE_P999},
                  {"latency-both", "What does a request cost both ends together?", both_ends,
                   FIGURE_BOTH_COST}},
        .load = {LOAD_PING, load_latency, 1.5, BARE | SERVER_PEER, .spare = true},
    },
    {
        .name = "idle-crowd",
        .question = "What do silent clients cost the ten that work?",
        .x = {"silent clients besides 10 active ones", "Among", " silent clients", 0, .max = MANY},
        .level = true,
        .points = {{0, 900}, {0, 100, 300, 900, 3000, 9900}},
        .views = {{"idle-crowd-cost", "What does a request cost among silent clients?", a_request,
                   FIGURE_COST},
                  {"idle-crowd-rate", "How many requests a second among silent clients?",
                   "requests a second", FIGURE_RATE}},
        .load = {LOAD_PING, load_idle_crowd, 1, .besides = BARE | SERVER_PEER},
    },
    {
        .name = "active-share",
        .question = "What is left of epoll's advantage, as more of 1000 clients are busy?",
        .x = {"of 1000 clients, active (%)", "With", " % active", 1, .max = 100},
        .points = {{1, 100}, {1, 10, 100}},
        .views = {{"active-share-cost", "What does a request cost, as more of 1000 are busy?",
                   a_request, FIGURE_COST},
                  {"active-share-rate", "How many requests a second, as more of 1000 are busy?",
                   "requests a second", FIGURE_RATE}},
        .load = {LOAD_PING, load_active_share, 1, BARE | SERVER_PEER, .spare = true},
    },
    {
        .name = "come-and-go",
        .question = "What does it cost to connect, ask once and leave?",
        .x = {"clients that come and go", "With", " clients", 1, .max = MANY},
        .points = {{1, 30}, {1, 3, 10, 30, 100}},
        .views = {{"come-and-go-rate", "How many visits a second?", "visits a second", FIGURE_RATE},
                  {"come-and-go-cost", "What does a visit cost the server?",
                   "processor time for a visit", FIGURE_COST},
                  {"come-and-go-both", "What does a visit cost both ends together?",
                   "processor time for a visit, server and generator", FIGURE_BOTH_COST}},
        .load = {LOAD_SESSION, load_clients, 1.5, .besides = BARE},
    },
    {
        .name = "memory",
        .question = "What does one more connected client cost in memory?",
        .x = {"connected clients", "With", " clients", 1, .max = MANY},
        .points = {{200}, {100, 1000, 4000}},
        .views = {{"memory", "What does one more client cost the server?", "memory for a client",
                   FIGURE_CLIENT_MEMORY},
                  {"memory-kernel", "What does the kernel keep for one more client, at both ends?",
                   "slab, stacks and page tables for a client", FIGURE_KERNEL_MEMORY},
                  {"memory-all", "What does one more client cost in all?",
                   "memory for a client, with the kernel's", FIGURE_ALL_MEMORY}},
        .load = {LOAD_PING, load_memory, 0.25, SERVER_MINIMAL,
                 .settles = true}, /* peers make room beforehand */
    },
    {
        .name = "download",
        .question = "What does it cost to send files, small and large?",
        .x = {"size of a file", "With files of", "", 1, 1e12, .kind = NUMBER_BYTES},
        .points = {{KIB, 16 * MIB}, {KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 256 * MIB}},
        .views = {{"download-cost", "What does a GiB cost to send?", "processor time for a GiB (s)",
                   FIGURE_GIB_COST},
                  {"download-rate", "How much is sent in a second, to one client?", "GiB a second",
                   FIGURE_GIB_RATE}},
        .load = {LOAD_DOWNLOAD, load_files, 1, .besides = SERVER_BASELINE | SERVER_PEER},
    },
    {
        .name = "upload",
        .question = "What does it cost to receive files, small and large?",
        .x = {"size of a file", "With files of", "", 1, 1e12, .kind = NUMBER_BYTES},
        .points = {{KIB, 16 * MIB}, {KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 256 * MIB}},
        .views = {{"upload-cost", "What does a GiB cost to store?", "processor time for a GiB (s)",
                   FIGURE_GIB_COST},
                  {"upload-rate", "How much is stored in a second, from one client?",
                   "GiB a second", FIGURE_GIB_RATE}},
        .load = {LOAD_UPLOAD, load_files, 1, SERVER_BASELINE, .spare = true},
    },
    {
        .name = "chat",
        .question = "How many deliveries a second, when one member sends and all others receive?",
        .x = {"members of the room", "With", " members", 2, .max = MANY},
        .points = {{2, 100}, {2, 10, 30, 100, 300, 1000}},
        .views = {{"chat-rate", "How many deliveries a second?", "deliveries a second",
                   FIGURE_DELIVERIES},
                  {"chat-latency", "How long until a message is delivered, in 99 of 100 cases?",
                   "99th percentile from send to delivery", FIGURE_P99},
                  {"chat-cost", "What does a delivery cost the server?",
                   "processor time for a delivery", FIGURE_DELIVERY_COST}},
        .load = {LOAD_CHAT, load_clients, 1.5, .besides = SERVER_BASELINE | SERVER_PEER},
    },
    {
        .name = "bad-neighbour",
        .question = "What does one client that sends nothing, stops reading, makes the server "
                    "compute, or wait for a disk, do to the others?",
        .x = {"the neighbour of ten clients that come and go", "With", " as neighbour", 0, 4,
              .words = neighbours},
        .points = {{0, 1, 3}, {0, 1, 2, 3, 4}},
        .views = {{"bad-neighbour", "How long do the others wait?", slow_visit, FIGURE_P99}},
        .load = {LOAD_SESSION, load_bad_neighbour, .weight = 4},
    },
    {
        .name = "computing",
        .question = "How many checksums a second, with one processor and with all of them?",
        .x = {"clients that ask, on processors for the server", "With", " (clients on processors)",
              0, 5, .words = placed},
        .points = {{1, 4}, {0, 1, 2, 3, 4, 5}},
        .views = {{"computing", "How many checksums a second?", "checksums of 256 KiB a second",
                   FIGURE_RATE}},
        .load = {LOAD_SUM, load_computing, .weight = 1},
    },
    {
        .name = "work",
        .question = "From how much computing per request on does the model no longer matter?",
        .x = {"computing for each request, as timed in the generator", "With", " of computing", 0,
              MANY, .kind = NUMBER_TIME},
        .points = {{0, 1000}, {0, 10, 30, 100, 300, 1000}},
        .views = {{"work", "What does a request cost, the more it computes?", a_request,
                   FIGURE_COST}},
        .load = {LOAD_SUM, load_work, .weight = 1},
    },
    {
        .name = "blocked",
        .question = "One client's request has to wait for a slow disk: which others wait, too?",
        .x = {"how long the disk takes (ms)", "While the disk takes", " ms", 0, .max = MANY},
        .points = {{10}, {0, 1, 3, 10, 30}},
        .views = {{"blocked", "How long do the slowest of the others wait?", slow_visit,
                   FIGURE_P99},
                  {"blocked-p50", "How long do half of the others wait?", "median visit",
                   FIGURE_P50}},
        .load = {LOAD_SESSION, load_blocked, .weight = 4},
    },
    {
        .name = "storm",
        .question = "All connect at once: how long until the last of them is greeted?",
        .x = {"clients that connect at once", "With", " clients", 1, .max = MANY},
        .points = {{100}, {30, 100, 300, 1000}},
        .views = {{"storm", "How long until the last is greeted?", "time until the last greeting",
                   FIGURE_LONGEST}},
        .load = {LOAD_STORM, load_clients, 0.25, BARE, .spare = true},
    },
    {
        .name = "offered-load",
        .question = "What changes as a server is offered more and more of what it can do?",
        .x = {"offered load (% of what this server can do)", "Each at", " % of its own limit", 1,
              .max = MANY},
        .points = {{30, 130}, {10, 30, 50, 70, 80, 90, 100, 110, 130, 150}},
        .views = {{"offered-load", "How long does one wait?", slowest, FIGURE_P99},
                  {"offered-load-both", "What does a request cost both ends together?", both_ends,
                   FIGURE_BOTH_COST}},
        .load = {LOAD_SUM, load_offered, 1.5, .spare = true},
    },
};
const size_t experiments_count = sizeof experiments / sizeof experiments[0];
