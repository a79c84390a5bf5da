/* victim.h: kills children of a 02_fork server, and keeps count of whom that must have hurt
 *
 * Each client has a session, a child of the server; a member's session has a forwarder, its own
 * child. Which of the two is killed, the client loses its connection.
 */
#ifndef CHAOS_VICTIM_H
#define CHAOS_VICTIM_H

#include <stddef.h>
#include <sys/types.h>

struct victims {
    pid_t server;
    pid_t exempt;             /* a session that is not harmed, nor its forwarder */
    unsigned long kills;      /* signals that hit a living process, of which … */
    unsigned long sessions;   /* … sessions, one each */
    unsigned long forwarders; /* … forwarders */
    /* clients that had a session killed; those of whom only a forwarder was, which may survive it
     * if the member was just leaving the room */
    unsigned long sure, likely;
    struct victim *all;
    size_t n, size;
};

/* The only child of the server is exempt. */
void victims_begin(struct victims *victims, pid_t server);

/* Looks at the processes there are, and kills up to n of them. `before` is called before each: to
 * let some time pass. */
void victims_kill(struct victims *victims, unsigned int n, void (*before)(void));

#endif
