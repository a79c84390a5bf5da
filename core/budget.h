/* core/budget.h: memory for what waits to be sent, bounded in sum
 *
 * Every client has its own bounds; this is the one for all of them together (--max-memory). Only large
 * pieces count: listings, and what a client lets wait beyond its first reply. Small replies are never
 * refused, but while the budget is nearly used up a client gets one at a time.
 *
 * The sum is kept in parts. A server with one process has one. In 02_fork each child counts in a part of
 * its own, in shared memory; its parent sets that to 0 once the child has died, however that was.
 */
#ifndef CORE_BUDGET_H
#define CORE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget_part {
    _Alignas(64) atomic_size_t used; /* bytes; a cache line for each part */
};

struct budget {
    size_t most;               /* bytes */
    struct budget_part *parts; /* of all processes */
    struct budget_part *mine;  /* where this one counts */
    const atomic_uint *count;  /* of parts, in shared memory too; NULL: one */
};

/* One part. */
void budget_init(struct budget *budget, struct budget_part *part, size_t most);

/* Takes bytes from the budget; false, and nothing is taken, if there are not as many. */
bool budget_take(struct budget *budget, size_t bytes);

/* Takes them in any case. */
void budget_count(struct budget *budget, size_t bytes);

void budget_give(struct budget *budget, size_t bytes);

/* More than three quarters are used: make nothing more wait that can be avoided. */
bool budget_tight(const struct budget *budget);

#endif
