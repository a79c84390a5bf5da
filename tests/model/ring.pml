/* tests/model/ring.pml: the chat room of 02_fork, to be searched in every order of steps
 *
 * core/chat/room_*.c (with sync_process.c, membership.c and what 02_fork/server.c does with them)
 * in the language of spin(1), under the names it has there. Each member has a session and a
 * forwarder. They enter, one says something, they leave or stay. Any of these processes can be
 * killed at any step, DEATHS of them in all; the parent reaps the dead. It is claimed, whatever
 * happens when:
 *
 *     no deadlock     all who live come to their end, or wait for news and have missed none
 *     nothing torn    nobody reads an event that was not written to its end
 *     no loss, no     a client hears what the others said between its JOIN and its LEAVE: always
 *     duplicate, one  the next event of the ring, and all, as long as its connection lives
 *     order
 *     no ghost        for each JOIN exactly one LEAVE, but for those who stay; every place is free
 *                     again, and was not while somebody still used it
 *
 * What keeps it small: who holds the room's lock is alone with what it guards, so all it does under
 * the lock is one step to the others, up to the store behind which it is killed (`fuel`). How
 * the lock itself comes through that is searched in lock.pml.
 *
 * Left out: lagging (a comparison of two numbers; tested with the code), speakers that wait for
 * readers (bounded, changes nothing), that a reply goes before further events (here either may have
 * the lock first), the bound LOST of each sleep (a safety net, so nobody needs it here), a room
 * that is closed (who leaves it writes no event), and a place that is taken anew: here it is a
 * mistake to touch one that is free.
 *
 * With -DMISTAKE=n one thing is wrong, and the search must find it:
 *     1  the head moves before the event is written
 *     2  who takes the lock from the dead does not finish what they had begun
 *     3  a session sends what its forwarder has not sent yet without the write lock
 *     4  who goes to sleep reads the sequence after it has given up the lock
 *     5  the parent does not wake the others when it has reaped somebody
 *     6  who takes the write lock from the dead goes on writing
 *     7  the head moves before the change that comes with the event is prepared
 *     8  a session does not look whether its forwarder died before it knew its number
 *     9  the head moves before own_end, by which a member knows that it has spoken
 *     10  a speaker's position moves along before the head does
 */
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef MISTAKE
#define MISTAKE 0
#endif

#define EVENTS   (3 * MEMBERS) /* JOIN, SAY, LEAVE; bytes do not matter, so head counts events */
#define SESSION  (me)
#define FORWARDER (MEMBERS + me)
#define IS_ORPHAN(process) (process >= MEMBERS && !alive[process - MEMBERS])
#define NOBODY   255
#define MOST     (3 * MEMBERS + 12) /* more stores than anybody makes under the lock */

mtype = { NONE, ENTERING, PRESENT, LEFT, JOIN, SAY, LEAVE };

typedef Member {
    mtype state = NONE;
    mtype next_state = NONE;
    byte next_at;           /* 0: no change is under way */
    byte position;          /* read up to here */
    byte own_end;           /* behind its own latest event */
    byte end;               /* LEFT: nothing from here on is for it */
    bool session, forwarder; /* their pids are noted */
    byte writer = NOBODY;   /* who holds the write lock */
}

typedef Event {
    bool whole;
    byte sender;
}

Member member[MEMBERS];
Event ring[EVENTS];
byte head;
bool orphaned;               /* the room's lock was held by somebody who died */
bool asleep[MEMBERS];        /* its forwarder has read the sequence, unchanged since then */

bool alive[2 * MEMBERS];     /* sessions, then forwarders */
bool corpse[2 * MEMBERS];    /* dead, and not waited for */
byte deaths = DEATHS;        /* that may still happen */

bool hears[MEMBERS];         /* the client: from its JOIN on … */
byte heard[MEMBERS];         /* … it has heard the events before this one */
byte joins[MEMBERS], leaves[MEMBERS];

byte i, upto, at, fuel;      /* of whoever is at work; 0 between steps */

/* ---- death ---- */

/* A forwarder whose session has died is killed too (PR_SET_PDEATHSIG), at any time after that. */
#define CAN_DIE(process) (deaths > 0 || IS_ORPHAN(process))

inline die(process)
{
    if
    :: IS_ORPHAN(process)
    :: else -> deaths--
    fi;
    alive[process] = false;
    corpse[process] = true
}

/* Is it killed here? Asked only where it makes a difference: to be killed between two things that
 * are done under the lock is the same as to be killed at the beginning of the second. */
#define KILLED(process)                            \
    if                                             \
    :: CAN_DIE(process) -> die(process); goto dead \
    :: skip                                        \
    fi

/* ---- the room's lock: robust ---- */

/* A store under the lock, unless it has been killed before. */
#define STORE(statement)                \
    if                                  \
    :: fuel > 0 -> fuel--; statement    \
    :: else                             \
    fi

inline change_finish(m)
{
    if
    :: member[m].next_at != 0 && head >= member[m].next_at ->
        if
        :: member[m].next_state == PRESENT -> STORE(member[m].position = member[m].next_at)
        :: else -> STORE(member[m].end = member[m].next_at)
        fi;
        STORE(member[m].state = member[m].next_state)
    :: else
    fi;
    if
    :: member[m].next_at != 0 -> STORE(member[m].next_at = 0; member[m].next_state = NONE)
    :: else
    fi
}

inline room_acquired()
{
    if
    :: orphaned && MISTAKE != 2 ->
        i = 0;
        do
        :: i < MEMBERS -> change_finish(i); i++
        :: else -> break
        od;
        i = 0
    :: else
    fi;
    orphaned = false
}

/* Killed under the lock, it leaves the lock to the next. */
inline room_release(process)
{
    if
    :: fuel == 0 -> orphaned = true; die(process)
    :: else
    fi;
    fuel = 0
}

/* Does something under the lock, or as much of it as there is fuel for. */
#define LOCKED(process, something)                            \
    atomic {                                                  \
        fuel = MOST;                                          \
        do                                                    \
        :: CAN_DIE(process) && fuel > 0 -> fuel--             \
        :: break                                              \
        od;                                                   \
        skip; /* no jump may lead into a d_step */            \
        d_step {                                              \
            room_acquired();                                  \
            something;                                        \
            room_release(process)                             \
        };                                                    \
        if                                                    \
        :: !alive[process] -> goto dead                       \
        :: else                                               \
        fi                                                    \
    }

/* ---- the ring ---- */

inline sync_wake()
{
    i = 0;
    do
    :: i < MEMBERS -> asleep[i] = false; i++
    :: else -> break
    od;
    i = 0
}

/* What the store of the head means to the clients; only the model counts it. */
inline head_moves(m, kind)
{
    head = at + 1;
    if
    :: kind == JOIN -> joins[m]++; hears[m] = true; heard[m] = head
    :: kind == LEAVE -> leaves[m]++
    :: else
    fi
}

inline change_prepare(m, next)
{
    if
    :: member[m].state != next ->
        STORE(member[m].next_state = next);
        STORE(member[m].next_at = at + 1)
    :: else
    fi
}

/* A speaker that has read all that was there before has read its own event, too. */
inline position_moves(m)
{
    if
    :: member[m].position == at -> STORE(member[m].position = at + 1)
    :: else
    fi
}

/* Before the head has moved nothing has happened, after it all has. */
inline publish(m, kind, next)
{
    at = head;
    if
    :: MISTAKE == 1 -> STORE(head_moves(m, kind))
    :: else
    fi;
    STORE(ring[at].sender = m);
    STORE(ring[at].whole = true);
    if
    :: MISTAKE != 9 -> STORE(member[m].own_end = at + 1)
    :: else
    fi;
    if
    :: MISTAKE == 7 -> STORE(head_moves(m, kind))
    :: else
    fi;
    change_prepare(m, next);
    if
    :: MISTAKE == 10 -> position_moves(m)
    :: else
    fi;
    if
    :: MISTAKE != 1 && MISTAKE != 7 -> STORE(head_moves(m, kind))
    :: else
    fi;
    if
    :: MISTAKE == 9 -> STORE(member[m].own_end = at + 1)
    :: else
    fi;
    if
    :: MISTAKE != 10 -> position_moves(m)
    :: else
    fi;
    change_finish(m);
    STORE(sync_wake());
    at = 0
}

/* room_read: the next event that is for the member, into got; 0: there is none. */
inline room_read(m)
{
    assert(member[m].state != NONE);
    upto = (member[m].state == LEFT -> member[m].end : head);
    do
    :: fuel > 0 && got == 0 && member[m].position < upto ->
        fuel--;
        assert(ring[member[m].position].whole);
        if
        :: ring[member[m].position].sender == m && member[m].position < member[m].own_end
        :: else -> got = member[m].position + 1
        fi;
        member[m].position++
    :: else -> break
    od;
    upto = 0
}

/* The client's own words are not for it. */
inline skip_own(m)
{
    do
    :: heard[m] < head && ring[heard[m]].sender == m -> heard[m]++
    :: else -> break
    od
}

inline client_hears(m)
{
    skip_own(m);
    assert(hears[m] && got == heard[m] + 1);
    heard[m] = got;
    got = 0
}

/* deliver: all there is, to the client. */
#define DELIVER(process, m)                                                   \
    do                                                                        \
    :: LOCKED(process, room_read(m));                                         \
       if                                                                     \
       :: got == 0 -> break                                                   \
       :: else -> d_step { client_hears(m) }                                  \
       fi                                                                     \
    od

/* The right to write to the client. Sets torn where the last who had it has died with it. */
inline write_lock(process, m)
{
    member[m].writer == NOBODY || !alive[member[m].writer];
    assert(member[m].state != NONE);
    torn = member[m].writer != NOBODY && MISTAKE != 6;
    member[m].writer = process
}

/* ---- 02_fork/server.c: the processes ---- */

/* room_wait. Under the lock, so that no change comes between looking and reading the sequence. */
inline look(m)
{
    assert(member[m].state != NONE);
    sleeps = fuel > 0 && (member[m].state == ENTERING ||
                          (member[m].state == PRESENT && member[m].position == head));
    asleep[m] = sleeps && MISTAKE != 4;
    present = member[m].state == PRESENT
}

/* sync_wait's futex: it sleeps only while nobody has changed the sequence it has seen. */
inline sleep(m)
{
    if
    :: !asleep[m] -> sleeps = false
    :: IS_ORPHAN(FORWARDER) -> asleep[m] = false; die(FORWARDER); goto dead
    fi
}

proctype Forwarder(byte me)
{
    byte got;
    bool torn, sleeps, present;
    atomic {
        if
        :: !alive[SESSION] -> die(FORWARDER); goto dead /* getppid tells */
        :: else -> member[me].forwarder = true
        fi
    }
    do
    :: LOCKED(FORWARDER, look(me));
       if
       :: sleeps ->
           if
           :: MISTAKE == 4 -> asleep[me] = true
           :: else
           fi;
end_sleep: /* who may wait for ever is no deadlock */
           atomic { sleep(me) }
       :: !sleeps && present ->
           atomic { write_lock(FORWARDER, me) }
           if
           :: torn -> break
           :: else -> DELIVER(FORWARDER, me)
           fi;
           member[me].writer = NOBODY
       :: else -> break
       fi
    od;
    atomic { /* _exit */
        if
        :: member[me].writer == FORWARDER -> member[me].writer = NOBODY
        :: else
        fi;
        alive[FORWARDER] = false;
        corpse[FORWARDER] = true
    }
dead:
    atomic { got = 0; torn = false; sleeps = false; present = false }
}

/* forwarder_start: the write lock is the session's until C is answered. */
inline forwarder_start(m)
{
    atomic {
        member[m].writer = SESSION;
        alive[FORWARDER] = true;
        run Forwarder(me)
    };
#if MISTAKE == 8
    missed = !alive[FORWARDER]
#endif
}

/* forwarder_join: waits for it, then takes note that it is gone. */
inline forwarder_join(m)
{
    corpse[FORWARDER] -> corpse[FORWARDER] = false;
    KILLED(SESSION);
    member[m].forwarder = false
}

proctype Session(byte me)
{
    byte got;
    bool torn, missed;
    LOCKED(SESSION, STORE(member[me].session = true); STORE(member[me].state = ENTERING));
    forwarder_start(me);
    LOCKED(SESSION, publish(me, JOIN, PRESENT));
    member[me].writer = NOBODY; /* C is answered */
    if
    :: me == 0 -> LOCKED(SESSION, publish(me, SAY, PRESENT))
    :: else /* the others listen: fewer orders, and JOIN and LEAVE are events as well */
    fi;
    if
    :: true
    :: true -> /* stays for ever, unless its forwarder is killed */
end_stay:
        !alive[FORWARDER] && !missed
    fi;
    LOCKED(SESSION, publish(me, LEAVE, LEFT));
    /* conn_send: the events that the client has not been sent yet, then the answer to X */
    if
    :: MISTAKE != 3 -> atomic { write_lock(SESSION, me) }
    :: else
    fi;
    if
    :: !torn ->
        DELIVER(SESSION, me);
        atomic { skip_own(me); assert(heard[me] >= member[me].end) }
    :: else
    fi;
    atomic { member[me].writer = NOBODY; torn = false }
    atomic { forwarder_join(me) }
    LOCKED(SESSION, STORE(member[me].state = NONE)); /* room_release */
    atomic { alive[SESSION] = false; member[me].session = false } /* status 0: nothing to reap */
dead:
    atomic { got = 0; torn = false }
}

/* ---- the parent ---- */

#define GONE(process, noted) (!noted || (!alive[process] && !corpse[process]))

/* room_reap, of one member's session or forwarder. */
inline room_reap(m, is_session)
{
    fuel = MOST; /* it is not killed: with it all would end */
    room_acquired();
    if
    :: is_session && member[m].session ->
        if
        :: member[m].state == PRESENT -> publish(m, LEAVE, LEFT)
        :: member[m].state == ENTERING -> member[m].state = LEFT
        :: else
        fi;
        member[m].session = false
    :: !is_session -> member[m].forwarder = false
    :: else
    fi;
    if
    :: member[m].state == LEFT && GONE(m, member[m].session) &&
       GONE(MEMBERS + m, member[m].forwarder) -> member[m].state = NONE
    :: else
    fi;
    if
    :: MISTAKE != 5 -> sync_wake()
    :: else
    fi;
    fuel = 0
}

/* reap_children: the forwarder of a session that has died comes to the parent too. */
#define REAP(m)                                                                    \
    :: atomic { corpse[m] -> d_step { corpse[m] = false; room_reap(m, true) } }    \
    :: atomic {                                                                    \
           corpse[MEMBERS + m] && !alive[m] ->                                     \
           d_step { corpse[MEMBERS + m] = false; room_reap(m, false) }             \
       }

/* Nobody can do anything any more: is all as it should be? */
inline check(m)
{
    assert(joins[m] <= 1);
    if
    :: alive[m] -> /* it has stayed */
        skip_own(m);
        assert(alive[MEMBERS + m] && member[m].state == PRESENT && leaves[m] == 0);
        assert(member[m].position == head && heard[m] == head)
    :: else -> assert(leaves[m] == joins[m] && member[m].state == NONE)
    fi
}

init {
    byte m;
    atomic {
        do
        :: m < MEMBERS -> alive[m] = true; run Session(m); m++
        :: else -> break
        od;
        m = 0
    }
    do
    REAP(0)
    REAP(1)
#if MEMBERS > 2
    REAP(2)
#endif
    :: timeout -> break
    od;
    atomic {
        do
        :: m < MEMBERS -> check(m); m++
        :: else -> break
        od
    }
}
