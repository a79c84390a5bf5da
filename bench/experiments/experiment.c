/* bench/experiments/experiment.c: the table of experiments: what is asked, what is drawn, what it
 * teaches
 *
 * The points are chosen so that the small run fits into its 4 minutes: a sample among a thousand
 * connected clients takes longer to prepare than to measure.
 */
#include "experiments/experiment.h"

#include "experiments/loads.h"

enum { KIB = 1024, MIB = 1024 * 1024, BARE = SERVER_MINIMAL | SERVER_BASELINE };

/* Clients, on how many of the machine's processors the server may run. */
static const char *const placed[] = {"1 on 1",   "4 on 1",    "16 on 1", "1 on all",
                                     "4 on all", "16 on all", NULL};
static const char *const neighbours[] = {"none", "silent", "stuck", "computing", "slow disk", NULL};

const struct experiment experiments[] = {
    {
        .name = "ping",
        .question = "How many requests a second, as more clients ask at once?",
        .lesson = "If one thread serves all, it hardly matters how it waits: ready clients are "
                  "found many at once, and most of a request is the kernel's TCP. A thread for "
                  "each client also pays for a switch with every request, a process for each for "
                  "another address space; the loop can't take a second client. With one client "
                  "most of a request is waking up: the processor that waits, and the one that it "
                  "waits for, are not the same.",
        .x_label = "active clients",
        .x_noun = "active clients",
        .small = {1, 30, 300},
        .full = {1, 3, 10, 30, 100, 300, 1000, 4000},
        .views = {{"ping-rate", "How many requests a second?", "requests a second", FIGURE_RATE},
                  {"ping-cost", "What does a request cost the server?",
                   "processor time for a request (µs)", FIGURE_COST}},
        .besides = BARE | SERVER_PEER,
        .weight = 1,
        .load = {LOAD_PING, load_clients},
    },
    {
        .name = "latency",
        .question = "How long does one wait, at the same 2000 requests a second from more and "
                    "more clients?",
        .lesson = "At such a rate the server sleeps before nearly every request, and a select or "
                  "poll that sleeps looks at all clients twice, and enters and leaves the wait "
                  "queue of each: four times the cost of a look that finds something at once. "
                  "epoll, and a process or a thread for each, keep to what they were. All of them "
                  "pay for being woken up. The slowest in a thousand depend more on the machine "
                  "than on the server.",
        .x_label = "clients that share 2000 requests a second",
        .x_noun = "clients",
        .spectrum = true,
        .small = {10, 300},
        .full = {1, 10, 100, 900},
        .views = {{"latency-p99", "How long does the slowest in a hundred wait?",
                   "latency, 99 % (µs)", FIGURE_P99},
                  {"latency-p50", "How long does half of them wait?", "latency, 50 % (µs)",
                   FIGURE_P50},
                  {"latency-p999", "How long does the slowest in a thousand wait?",
                   "latency, 99.9 % (µs)", FIGURE_P999}},
        .besides = BARE | SERVER_PEER,
        .weight = 1.5,
        .load = {LOAD_PING, load_latency},
    },
    {
        .name = "idle-crowd",
        .question = "What do silent clients cost the ten that work?",
        .lesson = "select and poll look at every client on every turn, so each silent client "
                  "makes a request more expensive; epoll returns only the ready ones, and its "
                  "cost stays level. A silent process or thread costs no time either.",
        .x_label = "silent clients besides 10 active ones",
        .x_noun = "silent clients",
        .small = {0, 900},
        .full = {0, 100, 300, 900, 3000, 9900},
        .views = {{"idle-crowd-cost", "What does a request cost among silent clients?",
                   "processor time for a request (µs)", FIGURE_COST},
                  {"idle-crowd-rate", "How many requests a second among silent clients?",
                   "requests a second", FIGURE_RATE}},
        .besides = BARE | SERVER_PEER,
        .weight = 1,
        .load = {LOAD_PING, load_idle_crowd},
    },
    {
        .name = "active-share",
        .question = "What is left of epoll's advantage, as more of 1000 clients are busy?",
        .lesson = "poll's look at all 1000 is shared by those it finds ready. The more of them "
                  "are busy, the less each pays for it: at 100 % nothing is left of epoll's "
                  "advantage.",
        .x_label = "of 1000 clients, active (%)",
        .x_noun = "% active",
        .small = {1, 100},
        .full = {1, 10, 100},
        .views = {{"active-share-cost", "What does a request cost, as more of 1000 are busy?",
                   "processor time for a request (µs)", FIGURE_COST},
                  {"active-share-rate", "How many requests a second, as more of 1000 are busy?",
                   "requests a second", FIGURE_RATE}},
        .besides = BARE | SERVER_PEER,
        .weight = 1,
        .load = {LOAD_PING, load_active_share},
    },
    {
        .name = "come-and-go",
        .question = "What does it cost to connect, ask once and leave?",
        .lesson = "A process for each visitor costs many times as much as all the rest of the "
                  "visit, a thread a few times as much. The loop's visits are cheap, but it waits "
                  "for each visitor's next line, and serves nobody else meanwhile: fewer than "
                  "half as many. A part of what one server saves its clients pay for: look at "
                  "both ends.",
        .x_label = "clients that come and go",
        .x_noun = "clients",
        .small = {1, 30},
        .full = {1, 3, 10, 30, 100},
        .views = {{"come-and-go-rate", "How many visits a second?", "sessions a second",
                   FIGURE_RATE},
                  {"come-and-go-cost", "What does a visit cost the server?",
                   "processor time for a session (µs)", FIGURE_COST},
                  {"come-and-go-both", "What does a visit cost both ends together?",
                   "processor time for a session, server and generator (µs)", FIGURE_BOTH_COST}},
        .besides = BARE,
        .weight = 1.5,
        .load = {LOAD_SESSION, load_clients},
    },
    {
        .name = "memory",
        .question = "What does one more connected client cost in memory?",
        .lesson = "A few hundred bytes where one thread serves all; a stack, of which a few pages "
                  "are touched, for each thread; page tables and a copy of all that is written to "
                  "for each process. What the kernel keeps comes on top, and is most of it where "
                  "one thread serves all: two ends of a connection for each client (one of them "
                  "is the generator's), a stack for each thread, page tables for each process.",
        .x_label = "connected clients",
        .x_noun = "clients",
        .small = {200},
        .full = {100, 1000, 4000},
        .views = {{"memory", "What does one more client cost the server?",
                   "memory for a client (bytes)", FIGURE_CLIENT_MEMORY},
                  {"memory-kernel", "What does the kernel keep for one more client, at both ends?",
                   "slab, stacks and page tables for a client (bytes)", FIGURE_KERNEL_MEMORY},
                  {"memory-all", "What does one more client cost in all?",
                   "memory for a client, with the kernel's (bytes)", FIGURE_ALL_MEMORY}},
        .besides = SERVER_MINIMAL, /* peers have made room for clients beforehand */
        .weight = 0.25,
        .load = {LOAD_PING, load_memory},
    },
    {
        .name = "download",
        .question = "What does it cost to send files, small and large?",
        .lesson = "A small file is mostly its request; from about a megabyte on only the kernel's "
                  "copying is left, and that is the same in all six.",
        .x_label = "size of a file (bytes)",
        .small = {KIB, 16 * MIB},
        .full = {KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 256 * MIB},
        .views = {{"download-cost", "What does a GiB cost to send?", "processor time for a GiB (s)",
                   FIGURE_GIB_COST},
                  {"download-rate", "How much is sent in a second, to one client?", "GiB a second",
                   FIGURE_GIB_RATE}},
        .besides = SERVER_BASELINE | SERVER_PEER,
        .weight = 1,
        .load = {LOAD_DOWNLOAD, load_files},
    },
    {
        .name = "upload",
        .question = "What does it cost to receive files, small and large?",
        .lesson = "A small file is written under a hidden name and renamed, which costs far more "
                  "than its bytes; the baseline writes without, and is cheaper there. With large "
                  "files all are alike.",
        .x_label = "size of a file (bytes)",
        .small = {KIB, 16 * MIB},
        .full = {KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 256 * MIB},
        .views = {{"upload-cost", "What does a GiB cost to store?", "processor time for a GiB (s)",
                   FIGURE_GIB_COST},
                  {"upload-rate", "How much is stored in a second, from one client?",
                   "GiB a second", FIGURE_GIB_RATE}},
        .besides = SERVER_BASELINE,
        .weight = 1,
        .load = {LOAD_UPLOAD, load_files},
    },
    {
        .name = "chat",
        .question = "How many deliveries a second, when one speaks and all others hear?",
        .lesson = "One thread sends to all members, one after another, and sleeps for none of "
                  "them. If each listener is a thread or a process, every message wakes them all.",
        .x_label = "members of the room",
        .x_noun = "members",
        .small = {2, 100},
        .full = {2, 10, 30, 100, 300, 1000},
        .views = {{"chat-rate", "How many deliveries a second?", "deliveries a second",
                   FIGURE_DELIVERIES},
                  {"chat-latency", "How long until a message is heard, in 99 of 100 cases?",
                   "from said to heard, 99 % (µs)", FIGURE_P99},
                  {"chat-cost", "What does a delivery cost the server?",
                   "processor time for a delivery (µs)", FIGURE_DELIVERY_COST}},
        .besides = SERVER_BASELINE | SERVER_PEER,
        .weight = 1.5,
        .load = {LOAD_CHAT, load_clients},
    },
    {
        .name = "bad-neighbour",
        .question = "What does one client that sends nothing, stops reading, makes the server "
                    "compute, or wait for a disk, do to the others?",
        .lesson = "The loop serves it until it leaves: everybody else waits, for as long as it "
                  "likes. The other five do not notice one that is silent or stuck. One that "
                  "makes the server compute takes a share of the processor in all of them: one "
                  "thread computes a piece and serves the others in between; processes and "
                  "threads share by the scheduler. Of a slow disk, see blocked.",
        .x_label = "the neighbour of ten clients that come and go",
        .x_words = neighbours,
        .small = {0, 1, 3},
        .full = {0, 1, 2, 3, 4},
        .views = {{"bad-neighbour", "How long do the others wait?", "a visit, 99 % (µs)",
                   FIGURE_P99}},
        .weight = 4,
        .load = {LOAD_SESSION, load_bad_neighbour},
    },
    {
        .name = "computing",
        .question = "How many checksums a second, with one processor and with all of them?",
        .lesson = "On one processor all six are alike: a checksum takes its time, whoever makes "
                  "it. With more cores, processes and threads make as many times more, if enough "
                  "clients ask (two processors may share a core, and make less); servers with one "
                  "thread make no more.",
        .x_label = "clients that ask, on processors for the server",
        .x_words = placed,
        .small = {1, 4},
        .full = {0, 1, 2, 3, 4, 5},
        .views = {{"computing", "How many checksums a second?", "checksums of 256 KiB a second",
                   FIGURE_RATE}},
        .weight = 1,
        .load = {LOAD_SUM, load_computing},
    },
    {
        .name = "work",
        .question = "From how much computing per request on does the model no longer matter?",
        .lesson = "What a model costs is added to the work, and hardly grows with it. Without "
                  "work the models differ by a good part of a request; with 1000 µs they are "
                  "alike, and no way of waiting makes such a server faster.",
        .x_label = "computing for each request (µs)",
        .small = {0, 1000},
        .full = {0, 10, 30, 100, 300, 1000},
        .views = {{"work", "What does a request cost, the more it computes?",
                   "processor time for a request (µs)", FIGURE_COST}},
        .weight = 1,
        .load = {LOAD_SUM, load_work},
    },
    {
        .name = "blocked",
        .question = "One client's request has to wait for a slow disk: who else waits?",
        .lesson = "A file is always ready, so select, poll and epoll can't report that a read "
                  "will block: one thread waits for the disk, and all others for the thread, as "
                  "with the loop. A process or a thread for each client waits alone. The median "
                  "shows nothing of it: most visits come while the disk rests.",
        .x_label = "how long the disk takes (ms)",
        .small = {10},
        .full = {0, 1, 3, 10, 30},
        .views = {{"blocked", "How long do the slowest of the others wait?", "a visit, 99 % (µs)",
                   FIGURE_P99},
                  {"blocked-p50", "How long does half of the others wait?", "a visit, 50 % (µs)",
                   FIGURE_P50}},
        .weight = 4,
        .load = {LOAD_SESSION, load_blocked},
    },
    {
        .name = "storm",
        .question = "All connect at once: how long until the last of them is greeted?",
        .lesson = "One thread that accepts and greets all is done soonest, mostly as the last one "
                  "connects: then the time is the generator's. To make a thread for each takes "
                  "longer, a process for each many times as long: the last one waits for all that "
                  "are made before.",
        .x_label = "clients that connect at once",
        .small = {300},
        .full = {30, 100, 300, 1000},
        .views = {{"storm", "How long until the last is greeted?", "until the last greeting (µs)",
                   FIGURE_LONGEST}},
        .besides = BARE,
        .weight = 0.25,
        .load = {LOAD_STORM, load_clients},
    },
    {
        .name = "offered-load",
        .question = "What changes as a server is offered more and more of what it can do?",
        .lesson = "With little to do a server sleeps before each request, and so does the "
                  "generator. With more, they sleep less, one wake-up of a thread that serves all "
                  "serves several, and a request costs both ends less. Beyond 100 % each request "
                  "waits for those before it: that grows for as long as the load lasts, whatever "
                  "the model.",
        .x_label = "offered load (% of what this server can do)",
        .small = {30, 130},
        .full = {10, 30, 50, 70, 80, 90, 100, 110, 130, 150},
        .views = {{"offered-load", "How long does one wait?", "latency, 99 % (µs)", FIGURE_P99},
                  {"offered-load-both", "What does a request cost both ends together?",
                   "processor time for a request, server and generator (µs)", FIGURE_BOTH_COST}},
        .weight = 1.5,
        .load = {LOAD_SUM, load_offered},
    },
};
const size_t experiments_count = sizeof experiments / sizeof experiments[0];
