/* tests/chaos/crowd.c: see crowd.h */
#include "crowd.h"

#include <string.h>
#include <sys/socket.h>

#include "bound.h"
#include "stage.h"
#include "verdict.h"

enum { CROWD_MAX = 512 };

struct extra {
    struct peer peer; /* first: a peer is its extra */
    enum kind kind;
    unsigned int number, visit;
    bool greeted, member;
    unsigned int steps; /* it has done since it came */
    long next;          /* when it does something again */
    size_t owed;        /* bytes of an upload */
};

static struct crowd_plan plan;
static int port;
static struct extra extras[CROWD_MAX];
static struct porter porters[CROWD_MAX];
static unsigned long porter_leaves_at[CROWD_MAX]; /* where one is served at a time */
static unsigned int n_extras, n_porters;
static struct crowd_sums sums;

/* ---- what they hear ---- */

static void extra_hear(struct peer *peer, enum heard heard, const char *text, size_t n)
{
    struct extra *extra = (struct extra *)peer;
    switch (heard) {
    case HEARD_HELLO: extra->greeted = true; break;
    case HEARD_ERR:
        sums.errors++;
        sums.refused += strncmp(text, "busy ", 5) == 0;
        break;
    case HEARD_EVENT: sums.events++; break;
    case HEARD_GO: extra->owed = 20000; break;
    case HEARD_END: sums.ended++; break;
    case HEARD_WRONG:
        verdict_fail("a client of kind %d hears %s", extra->kind, verdict_quoted(text, n));
    case HEARD_OK:
    case HEARD_BODY:
    case HEARD_DONE: break;
    }
}

/* ---- what they do ---- */

static void enter(struct extra *extra)
{
    peer_say(&extra->peer, "C x%u-%u\n", extra->number, extra->visit);
    extra->member = true;
}

static void speak(struct extra *extra)
{
    static char text[512];
    memset(text, 'a' + (int)dice(26), sizeof text);
    peer_say(&extra->peer, "S %.*s\n", 1 + (int)dice(300), text);
    sums.words++;
}

static void act_member(struct extra *extra)
{
    if (!extra->member)
        enter(extra);
    else if (extra->kind == KIND_TALKER)
        speak(extra);
    else if (dice(8) == 0)
        peer_say(&extra->peer, "W\nL\n");
    if (extra->kind == KIND_TALKER && extra->steps % 64 == 63) {
        peer_say(&extra->peer, "X\n");
        extra->member = false;
        extra->visit++;
    }
}

/* Now and then it reads for a while. */
static void act_slow(struct extra *extra)
{
    if (extra->steps == 0 && extra->number % 2 == 0)
        enter(extra);
    else if (extra->steps == 0)
        peer_say(&extra->peer, "G goods-0-0\nG goods-0-1\nG goods-1-0\nL\n");
    extra->peer.deaf = dice(4) != 0;
}

static void act_dying(struct extra *extra)
{
    static const char part[8000];
    if (extra->owed > 0) {
        peer_send(&extra->peer, part, 1 + dice(sizeof part - 1)); /* and no more */
        extra->owed = 0;
    }
    switch (dice(6)) {
    case 0: peer_say(&extra->peer, "P 20000 dying-%u\n", extra->number); break;
    case 1: peer_say(&extra->peer, "G goods-%u-%u\n", dice(4), dice(PORTER_SHELF)); break;
    case 2: enter(extra); break;
    case 3: peer_say(&extra->peer, "S last words\nW\n"); break;
    case 4: peer_say(&extra->peer, "L\nN\n"); break;
    default:
        sums.killed++;
        if (dice(4) == 0)
            peer_close(&extra->peer);
        else
            peer_reset(&extra->peer);
    }
}

static void act_hostile(struct extra *extra)
{
    static const char *const lines[] = {
        "\n",
        "G \n",
        "G ../../etc/passwd\n",
        "P -1 x\n",
        "P 99999999999999999999 x\n",
        "R 5 none\n",
        "C admin\n",
        "C a b\n",
        "S \n",
        "Z\n",
        "P 10 .x\n",
        "S \x1b[2J\n",
        "L",
        "C \xff\n",
        "G none\nG none\nG none\n",
        "P 100000 body\n",
        "\r\n\r\n\r\n",
        "W\nX\nX\n",
        "N\nQ\nN\n",
        "C me\nC me\n",
    };
    static char endless[3000];
    sums.hostile++;
    uint32_t what = dice(sizeof lines / sizeof lines[0] + 2);
    if (what < sizeof lines / sizeof lines[0]) {
        peer_say(&extra->peer, "%s", lines[what]);
    } else if (what == sizeof lines / sizeof lines[0]) {
        memset(endless, 'e', sizeof endless);
        peer_send(&extra->peer, endless, sizeof endless);
    } else {
        for (size_t i = 0; i < 200; i++)
            endless[i] = (char)dice(256);
        peer_send(&extra->peer, endless, 200);
    }
    if (dice(10) == 0)
        peer_shut(&extra->peer);
    if (dice(10) == 0)
        peer_reset(&extra->peer);
}

static void act(struct extra *extra)
{
    switch (extra->kind) {
    case KIND_SLOW: act_slow(extra); break;
    case KIND_DYING: act_dying(extra); break;
    case KIND_HOSTILE: act_hostile(extra); break;
    default: act_member(extra);
    }
    extra->steps++;
    if (plan.one_by_one && extra->peer.fd >= 0 && extra->steps > 8)
        peer_say(&extra->peer, "Q\n");
}

static void extra_open(struct extra *extra)
{
    const int narrow = 4096; /* bytes the kernel may take for one who does not read */
    extra->greeted = extra->member = false;
    extra->steps = 0;
    extra->owed = 0;
    extra->visit++;
    sums.connections++;
    peer_open(&extra->peer, port, extra_hear);
    if (extra->kind == KIND_SLOW)
        (void)setsockopt(extra->peer.fd, SOL_SOCKET, SO_RCVBUF, &narrow, sizeof narrow);
}

static void extra_turn(struct extra *extra, long now)
{
    if (now < extra->next)
        return;
    extra->next = now + plan.pace / 2 + (long)dice((uint32_t)plan.pace + 1);
    if (extra->peer.fd < 0)
        extra_open(extra);
    else if (extra->greeted)
        act(extra);
}

/* Of what was under way when it left it knows nothing: so it begins with an empty shelf. */
static void porter_come(struct porter *porter)
{
    for (int i = 0; i < PORTER_SHELF; i++)
        porter->shelf[i] = (struct place){0};
    porter_leaves_at[porter->number] = porter->uploads + 1 + dice(8);
    sums.connections++;
    porter_open(porter, port);
}

static void porter_take_turn(struct porter *porter)
{
    if (porter->peer.fd < 0)
        porter_come(porter);
    porter_turn(porter);
    if (plan.one_by_one && porter->uploads >= porter_leaves_at[porter->number])
        peer_close(&porter->peer);
}

/* ---- all of them ---- */

static bool standing_are_in(void)
{
    for (unsigned int i = 0; i < n_extras; i++)
        if (extras[i].kind == KIND_STANDING && !extras[i].member)
            return false;
    return true;
}

void crowd_begin(const struct crowd_plan *wanted, int server_port)
{
    plan = *wanted;
    port = server_port;
    n_extras = n_porters = 0;
    for (unsigned int kind = 0; kind < KINDS; kind++) {
        for (unsigned int i = 0; i < plan.count[kind]; i++) {
            if (kind == KIND_PORTER) {
                porters[n_porters] = (struct porter){.peer.fd = -1, .about = plan.goods};
                porters[n_porters].number = n_porters;
                n_porters++;
                continue;
            }
            extras[n_extras].peer.fd = -1;
            extras[n_extras].kind = (enum kind)kind;
            extras[n_extras].number = n_extras;
            n_extras++;
        }
    }
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    while (!standing_are_in()) {
        verdict_check(bound_now() < until, "the first members are not let in");
        for (unsigned int i = 0; i < n_extras && extras[i].kind == KIND_STANDING; i++)
            extra_turn(&extras[i], bound_now());
        (void)peers_turn(10);
        stage_go_on();
    }
}

void crowd_flood(long ms)
{
    long now = bound_now(), until = now + ms;
    for (; now < until; now = bound_now()) {
        stage_go_on();
        for (unsigned int i = 0; i < n_extras; i++)
            extra_turn(&extras[i], now);
        for (unsigned int i = 0; i < n_porters; i++)
            porter_take_turn(&porters[i]);
        (void)peers_turn(5);
        for (unsigned int i = 0; i < n_extras; i++)
            verdict_check(extras[i].kind != KIND_STANDING || extras[i].peer.fd >= 0,
                          "a member that has done nothing wrong has lost its connection");
    }
}

static void leave(struct peer *peer)
{
    peer->deaf = false;
    if (peer->fd >= 0 && dice(3) == 0)
        peer_say(peer, "Q\n");
    if (dice(2) == 0)
        peer_close(peer);
    else
        peer_reset(peer);
}

void crowd_ebb(void)
{
    for (unsigned int i = 0; i < n_extras; i++)
        if (extras[i].kind != KIND_STANDING)
            leave(&extras[i].peer);
    for (unsigned int i = 0; i < n_porters; i++)
        leave(&porters[i].peer);
    (void)peers_turn(0);
}

void crowd_end(void)
{
    for (unsigned int i = 0; i < n_extras; i++)
        peer_free(&extras[i].peer);
    for (unsigned int i = 0; i < n_porters; i++)
        peer_free(&porters[i].peer);
}

struct crowd_sums crowd_sums(void)
{
    struct crowd_sums all = sums;
    for (unsigned int i = 0; i < n_porters; i++) {
        all.uploads += porters[i].uploads;
        all.downloads += porters[i].downloads;
    }
    return all;
}
