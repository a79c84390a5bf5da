/* tests/chaos/clients/crowd_acts.c: see crowd_acts.h */
#include "crowd_acts.h"

#include <string.h>

#include "harness.h"

static void enter(struct extra *extra)
{
    peer_printf(&extra->peer, "C x%u-%u\n", extra->number, extra->visit);
    extra->member = true;
}

static void speak(struct extra *extra, struct crowd_sums *sums)
{
    static char text[512];
    memset(text, 'a' + (int)random_below(26), sizeof text);
    peer_printf(&extra->peer, "S %.*s\n", 1 + (int)random_below(300), text);
    sums->words++;
}

static void act_member(struct extra *extra, struct crowd_sums *sums)
{
    if (!extra->member)
        enter(extra);
    else if (extra->kind == KIND_TALKER)
        speak(extra, sums);
    else if (random_below(8) == 0)
        peer_printf(&extra->peer, "W\nL\n");
    if (extra->kind == KIND_TALKER && extra->steps % 64 == 63) {
        peer_printf(&extra->peer, "X\n");
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
        peer_printf(&extra->peer,
                    "G payload-0-0\nG payload-0-1\nH payload-1-0\nG payload-1-0\nL\n");
    extra->peer.paused = random_below(4) != 0;
}

static void act_dying(struct extra *extra, struct crowd_sums *sums)
{
    static const char part[8000];
    if (extra->owed > 0) {
        peer_send(&extra->peer, part, 1 + random_below(sizeof part - 1)); /* and no more */
        extra->owed = 0;
    }
    switch (random_below(6)) {
    case 0: peer_printf(&extra->peer, "P 20000 dying-%u\n", extra->number); break;
    case 1:
        peer_printf(&extra->peer, "G payload-%u-%u\n", random_below(4), random_below(WORKER_FILES));
        break;
    case 2: enter(extra); break;
    case 3: peer_printf(&extra->peer, "S last words\nW\n"); break;
    case 4:
        peer_printf(&extra->peer, "L\nH payload-%u-%u\nN\n", random_below(4),
                    random_below(WORKER_FILES));
        break;
    default:
        sums->killed++;
        if (random_below(4) == 0)
            peer_close(&extra->peer);
        else
            peer_reset(&extra->peer);
    }
}

static void act_hostile(struct extra *extra, struct crowd_sums *sums)
{
    static const char *const lines[] = {
        "\n",
        "G \n",
        "G ../../etc/passwd\n",
        "H ../../etc/passwd\n",
        "H none\nH none\n",
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
    sums->hostile++;
    uint32_t what = random_below(sizeof lines / sizeof lines[0] + 2);
    if (what < sizeof lines / sizeof lines[0]) {
        peer_printf(&extra->peer, "%s", lines[what]);
    } else if (what == sizeof lines / sizeof lines[0]) {
        memset(endless, 'e', sizeof endless);
        peer_send(&extra->peer, endless, sizeof endless);
    } else {
        for (size_t i = 0; i < 200; i++)
            endless[i] = (char)random_below(256);
        peer_send(&extra->peer, endless, 200);
    }
    if (random_below(10) == 0)
        peer_shut(&extra->peer);
    if (random_below(10) == 0)
        peer_reset(&extra->peer);
}

void extra_act(struct extra *extra, struct crowd_sums *sums)
{
    switch (extra->kind) {
    case KIND_SLOW: act_slow(extra); break;
    case KIND_DYING: act_dying(extra, sums); break;
    case KIND_HOSTILE: act_hostile(extra, sums); break;
    default: act_member(extra, sums);
    }
}
