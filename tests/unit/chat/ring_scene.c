/* ring_scene.c: see ring_scene.h */
#include "ring_scene.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct ring_scene scene;
struct ring_victim *victim;

static struct fate *fate_of(const char *nick)
{
    unsigned long i = strtoul(nick + 1, NULL, 10);
    unit_check((nick[0] == 'v' && i < VICTIMS) || (nick[0] == 's' && i < SURVIVORS),
               "an event of somebody unknown: %s", nick);
    return nick[0] == 'v' ? &scene.victims[i] : &scene.survivors[i];
}

void scene_note(const char *line)
{
    char nick[64], verb[16];
    unsigned int number;
    int n = sscanf(line, "* %15s %63s %u", verb, nick, &number);
    unit_check(n >= 2, "not an event: %s", line);
    struct fate *fate = fate_of(nick);
    bool present = fate->joins > fate->leaves;
    if (strcmp(verb, "JOIN") == 0) {
        unit_check(!present, "%s, which is there already", line);
        fate->joins++;
    } else if (strcmp(verb, "LEAVE") == 0) {
        unit_check(present, "%s, which is not there", line);
        fate->leaves++;
    } else {
        unit_check(n == 3 && strcmp(verb, "SAY") == 0, "not an event: %s", line);
        unit_check(present, "%s, which is not there", line);
        unit_check(number == fate->next, "%s, expected number %u", line, fate->next);
        fate->next++;
        if (nick[0] == 's' && scene.credit[nick[1] - '0'] >= 0) {
            ssize_t put = write(scene.credit[nick[1] - '0'], "", 1);
            unit_check(put == 1, "no credit: %s", strerror(errno));
        }
    }
}

void scene_watch(void)
{
    static char received[64 * 1024];
    ssize_t n;
    unit_check(room_write_lock(scene.watcher), "the last holder of the watcher's write lock died");
    while ((n = room_read(scene.room, scene.watcher, received, sizeof received - 1)) > 0) {
        received[n] = '\0';
        for (char *line = received, *lf; (lf = strchr(line, '\n')) != NULL; line = lf + 1) {
            *lf = '\0';
            scene_note(line);
        }
    }
    room_write_unlock(scene.watcher);
    unit_check(n == 0, "the watcher is slow");
}

bool scene_read(struct member *member)
{
    char received[4096];
    bool ok = room_write_lock(member);
    while (ok && room_read(scene.room, member, received, sizeof received) > 0)
        ;
    room_write_unlock(member);
    return ok;
}

void scene_begin(unsigned int places, room_forward *forward)
{
    unit_bound(BOUND, "a room whose members are killed");
    memset(&scene, 0, sizeof scene);
    scene.room = ring_new(places, 256 * 1024, forward);
    victim = NULL;
    scene.watcher = ring_enter(scene.room, "watcher");
    victim = sync_alloc(sizeof *victim);
    unit_check(victim != NULL, "out of memory");
}

void scene_end(void)
{
    ring_who(scene.room, "watcher\n");
    ring_leave(scene.room, scene.watcher);
    room_free(scene.room);
    sync_free(victim, sizeof *victim);
}

/* ---- survivors ---- */

static _Noreturn void survivor_main(unsigned int i, int credit)
{
    char nick[16], text[16], byte;
    (void)snprintf(nick, sizeof nick, "s%u", i);
    struct member *member = ring_enter(scene.room, nick);
    for (unsigned int n = 0; read(credit, &byte, 1) == 1; n++) {
        int len = snprintf(text, sizeof text, "%u", n);
        room_say(scene.room, member, text, (size_t)len);
        unit_check(scene_read(member), "%s: its write lock's last holder died", nick);
    }
    ring_leave(scene.room, member);
    _exit(0);
}

pid_t survivor_start(unsigned int i)
{
    int ends[2];
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = ring_child();
    unit_check(child >= 0, "fork: %s", strerror(errno));
    if (child == 0) {
        close(ends[1]);
        for (unsigned int k = 0; k < i; k++)
            close(scene.credit[k]); /* or the other never sees the end */
        survivor_main(i, ends[0]);
    }
    close(ends[0]);
    scene.credit[i] = ends[1];
    unit_check(write(ends[1], "12345678", 8) == 8, "write: %s", strerror(errno));
    return child;
}

/* ---- victims ---- */

void victim_step(bool ok)
{
    if (!ok)
        victim->failed = true;
    victim->steps++;
}

bool victim_enter(void)
{
    char nick[16];
    int len = snprintf(nick, sizeof nick, "v%u", victim->number);
    return room_enter(scene.room, nick, (size_t)len, NULL, &victim->member) == PROTO_OK;
}

void victim_say(unsigned int n)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%u", n);
    room_say(scene.room, victim->member, text, (size_t)len);
}

_Noreturn void victim_rest(void)
{
    victim->finished = true;
    for (;;)
        pause();
}

_Noreturn void victim_loop(void)
{
    for (unsigned int n = 0; n < 3 * ROUNDS; n += 3) {
        victim_step(victim_enter());
        if (victim->failed)
            _exit(3);
        for (unsigned int i = 0; i < 3; i++) {
            victim_say(n + i);
            victim_step(true);
            victim_step(scene_read(victim->member));
        }
        struct body *names = room_names(scene.room, ring_budget());
        victim_step(names != NULL);
        body_release(names);
        room_leave(scene.room, victim->member);
        victim_step(true);
        room_release(scene.room, victim->member);
        victim_step(true);
    }
    victim_rest();
}

void victim_await(pid_t child, unsigned int steps, uint64_t moment)
{
    while (victim->steps < steps) {
        int status;
        unit_check(waitpid(child, &status, WNOHANG) == 0, "v%u ended by itself: %x", victim->number,
                   (unsigned int)status);
        scene_watch();
        sched_yield();
    }
    for (volatile uint64_t i = 0; i < moment; i++)
        ;
}

void victim_kill(pid_t child)
{
    unit_check(kill(child, SIGKILL) == 0, "kill: %s", strerror(errno));
    int status = unit_wait(child);
    unit_check(unit_killed(status), "v%u ended by itself: %x", victim->number,
               (unsigned int)status);
}

/* What is to be known of the victim if a check fails. */
static const char *victim_text(void)
{
    static char text[160];
    int n = snprintf(text, sizeof text, "v%u was killed", victim->number);
    if (victim->operation != NULL)
        (void)snprintf(text + n, sizeof text - (size_t)n,
                       " between two instructions of %s, after %lu of them: what it had stored by "
                       "then stays",
                       victim->operation, victim->instructions);
    return text;
}

void victim_check(void)
{
    char nick[16];
    scene_watch();
    const struct fate *fate = &scene.victims[victim->number];
    unit_check(!victim->failed, "v%u was refused something", victim->number);
    unit_check(fate->joins == fate->leaves, "%s. The others have received %u JOIN, %u LEAVE",
               victim_text(), fate->joins, fate->leaves);
    int n = snprintf(nick, sizeof nick, "v%u\n", victim->number);
    struct body *names = room_names(scene.room, ring_budget());
    unit_check(names != NULL, "%s, and there are no names", victim_text());
    unit_check(memmem(names->bytes, names->len, nick, (size_t)n) == NULL,
               "%s, and is still a member: %s", victim_text(),
               unit_quote(names->bytes, names->len));
    body_release(names);
}

void victim_next(unsigned int number)
{
    *victim = (struct ring_victim){.number = number};
}
