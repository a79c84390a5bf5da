/* ring_scene.h: a room in which members are killed, and what a member that watches receives
 *
 * The watcher checks the order and the number of all events of the others: of victims, which are
 * killed one after another, and of survivors, which are not.
 */
#ifndef UNIT_RING_SCENE_H
#define UNIT_RING_SCENE_H

#include "ring.h"

enum { VICTIMS = 2000, SURVIVORS = 2 };

/* A member that speaks: what was received of it. */
struct fate {
    unsigned int joins, leaves, next; /* next: the number of its next message */
};

extern struct ring_scene {
    struct room *room;
    struct member *watcher;
    struct fate victims[VICTIMS], survivors[SURVIVORS];
    int credit[SURVIVORS]; /* a byte for each message of a survivor that was received */
} scene;

/* The first victim is there only when the watcher has entered. */
void scene_begin(unsigned int places, room_forward *forward);
void scene_end(void);

/* Checks an event, and notes it in the fate of its member. */
void scene_note(const char *line);

/* The watcher receives all there is. */
void scene_watch(void);

/* In a child: a member reads all there is. False: the last holder of its write lock died. */
bool scene_read(struct member *member);

/* Starts survivor number i. It sends a message for each byte of credit. Returns its pid. */
pid_t survivor_start(unsigned int i);

/* Shared with the running victim. */
struct ring_victim {
    _Atomic unsigned int steps; /* what it has done so far */
    _Atomic bool failed;        /* something was refused */
    _Atomic bool finished;      /* it has done enough, and waits to be killed */
    _Atomic int forwarder;      /* 0: none */
    unsigned int number;
    struct member *member;
    const char *operation; /* that it was killed in, after so many instructions of it; or NULL */
    unsigned long instructions;
};

extern struct ring_victim *victim; /* in shared memory */

/* A victim speaks as fast as it can. If the machine is busy, the watcher could not keep up with
 * that for ever. */
enum { ROUNDS = 40 };

/* The next victim, which is not started yet. */
void victim_next(unsigned int number);

/* In the victim: counts a step; ok: it did not fail. */
void victim_step(bool ok);
bool victim_enter(void);
void victim_say(unsigned int n);

/* Enters, speaks, reads and leaves, ROUNDS times; then waits to be killed. */
_Noreturn void victim_loop(void);
_Noreturn void victim_rest(void);

/* Watches until the victim has done so many steps, and then counts to `moment`. */
void victim_await(pid_t child, unsigned int steps, uint64_t moment);

void victim_kill(pid_t child);

/* After it was reaped: it has left the room, once; and the room still works. */
void victim_check(void);

#endif
