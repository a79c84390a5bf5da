/* core/chat/room_write.c: who writes to a member's client, its session or its forwarder; see
 * room_ring.h
 *
 * While the session waits for the write lock, it holds `next`. A forwarder that sees it waiting
 * takes `next` before the write lock: so it comes after the reply. Nothing has to be repaired if a
 * process dies while it holds `next`.
 */
#include "chat/room_private.h"

void room_write_init(struct member *member)
{
    member->reply_waits = false;
    sync_lock_init(&member->write);
    sync_lock_init(&member->next);
}

void room_write_destroy(struct member *member)
{
    sync_lock_destroy(&member->write);
    sync_lock_destroy(&member->next);
}

void room_client_blocks(struct member *member, bool blocks)
{
    member->client_blocks = blocks;
}

bool room_write_lock(struct member *member)
{
    (void)sync_acquire(&member->next);
    member->reply_waits = true;
    bool ok = sync_acquire(&member->write) == SYNC_OK;
    member->reply_waits = false;
    sync_release(&member->next);
    return ok;
}

bool room_reply_waits(const struct member *member)
{
    return member->reply_waits;
}

/* WHY      a mutex is not fair: who unlocks it and locks it again is faster than one who is woken
 * WITHOUT  the forwarder sends much more before a reply has its turn
 *                                                        [mutant: core-lock-taken-again]
 * MAN      pthread_mutex_unlock(3posix), sched(7)
 */
bool room_forward_lock(struct member *member)
{
    if (member->reply_waits) {
        (void)sync_acquire(&member->next);
        sync_release(&member->next);
    }
    return sync_acquire(&member->write) == SYNC_OK;
}

void room_write_unlock(struct member *member)
{
    sync_release(&member->write);
}
