/* tests/model/lock.pml: the lock of 02_fork's room, whose users can be killed between any two steps
 *
 * In ring.pml taking the lock is one step, and so is giving it up. Here both are taken apart: a
 * robust mutex as glibc and Linux make it (pthread_mutexattr_setrobust(3), futex(2),
 * get_robust_list(2)), and what core/shared/sync_process.c does with it. One word says who has the
 * lock, whether somebody sleeps, and whether the last owner has died with it:
 *
 *     lock       the word is free, or its owner died: put my number there. Otherwise note in it
 *                that somebody sleeps, and sleep as long as it stays so; but not for ever
 *     unlock     make the word free; if it said that somebody sleeps, wake one
 *     death      the kernel looks at the word for the dead: if their number is there, it notes that
 *                they died, and wakes one who sleeps. If they were about to lock or to unlock, and
 *                the word is free, it wakes one too
 *
 * It is claimed, whoever is killed at whatever step, DEATHS of them in all:
 *
 *     alone        no two have the lock
 *     told         who gets it from the dead knows
 *     no deadlock  all who live get it
 *     in time      who looks again because nothing happens any more can take it
 *
 * Left out: sleepers that wake for nothing, and users that come again. That a sleep is over after a
 * while is a step only where there is no other: sooner, it would be one more that wakes for
 * nothing.
 *
 * With -DMISTAKE=n one thing is wrong, and the search must find it:
 *     1  who sleeps does so until it is woken
 *     2  who takes the lock from the dead does not make it consistent
 *     3  the lock is an ordinary one: the kernel does not look at it for the dead
 */
#define USERS 3 /* wake() and init name them */
#ifndef MISTAKE
#define MISTAKE 0
#endif
#ifndef DEATHS
#define DEATHS (MISTAKE == 0 -> 2 : 1) /* one is enough for each mistake */
#endif

byte owner = USERS; /* the word: whose number; USERS: it is free */
bool sleepers;      /* … somebody sleeps */
bool owner_died;    /* … with the lock */

bool unusable;        /* it was given up without having been made consistent */
bool asleep[USERS];   /* in the kernel's queue for the word */
byte deaths = DEATHS; /* that may still happen */
byte inside;          /* so many have the lock, and live */
bool torn;            /* somebody died with it, and nobody has been told yet */

#define KILLED \
    if         \
    :: deaths > 0 -> deaths--; goto killed \
    :: skip    \
    fi

/* FUTEX_WAKE, for one: whichever. */
inline wake()
{
    if
    :: asleep[0] -> asleep[0] = false
    :: asleep[1] -> asleep[1] = false
    :: asleep[2] -> asleep[2] = false
    :: else
    fi
}

proctype User(byte me)
{
    bool has_slept = false, mends = false, has = false, wakes = false;

again: /* ---- lock ---- */
    atomic {
        KILLED;
        assert(!unusable);
        if
        :: owner == USERS && !owner_died -> owner = me; sleepers = has_slept; has = true
        :: owner_died -> owner_died = false; owner = me; mends = true; has = true
        :: else -> sleepers = true
        fi
    };
    if
    :: has -> goto got
    :: else
    fi;
    atomic { /* FUTEX_WAIT: only while the word is what we have seen */
        KILLED;
        asleep[me] = owner != USERS && sleepers && !owner_died
    };
    if
    :: !asleep[me]
    :: MISTAKE != 1 && timeout -> /* a while later, when nothing else happens */
        asleep[me] = false;
        assert(owner == USERS || owner_died)
    fi;
    atomic {
        KILLED;
        has_slept = true; /* others may too, of whom the word does not know any more */
        goto again
    };

got:
    atomic {
        inside++;
        assert(inside == 1);
        assert(torn == mends);
        torn = false
    };
    atomic {
        inside--;
        if
        :: deaths > 0 -> deaths--; torn = true; goto killed
        :: skip
        fi
    };

    /* ---- unlock ---- */
    atomic {
        unusable = unusable || (mends && MISTAKE == 2);
        wakes = sleepers;
        owner = USERS;
        sleepers = false;
        has = false
    };
    atomic {
        KILLED; /* here the lock is free, and nobody has been woken */
        if
        :: wakes -> wake()
        :: else
        fi
    };
    goto done;

killed: /* ---- what the kernel does for the dead ---- */
    atomic {
        asleep[me] = false;
        if
        :: MISTAKE == 3
        :: MISTAKE != 3 && owner == me ->
            owner = USERS;
            owner_died = true;
            if
            :: sleepers -> wake()
            :: else
            fi
        :: MISTAKE != 3 && owner == USERS && !owner_died -> wake()
        :: else
        fi
    };
done:
    skip
}

init
{
    atomic {
        run User(0);
        run User(1);
        run User(2)
    }
}
