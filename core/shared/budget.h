/* core/shared/budget.h: memory for what waits, bounded in sum
 *
 * Every client has its own bounds; this is the one for all of them together (--max-memory). Only
 * what is large counts: listings, what a client lets wait beyond its first reply, the folder's
 * entries while space for an upload is counted, or may have to be counted again, and the buffer
 * that a thread or process has for its body. Who takes (budget_take) may be refused. Small replies
 * never are: they only count (budget_count), so the sum can be larger than the bound by what each
 * client may let wait; but while the budget is nearly used up a client gets one reply at a time.
 *
 * The sum is kept in parts. A server with one process has one part. In 02_fork each child counts in
 * a part of its own, in shared memory; its parent sets that to 0 once the child has died, however
 * it died. To add up a thousand parts for each request takes microseconds, so there is an upper
 * bound of the sum as well: added to before the part, subtracted from after it. A child that is
 * killed in between leaves it too high, never too low. The parts are added up only if the bound
 * does not answer the question.
 */
#ifndef CORE_BUDGET_H
#define CORE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget_part {
    _Alignas(64) atomic_size_t used; /* bytes; a cache line for each part */
    atomic_uint listing;             /* the one that this child holds: see catalog_process.c */
};

struct budget {
    size_t max;                /* bytes */
    struct budget_part *parts; /* of all processes */
    struct budget_part *own;   /* where this process counts */
    const atomic_uint *count;  /* of parts, in shared memory too; NULL: one */
    atomic_size_t *bound;      /* of the sum, in shared memory too; NULL if there is one part */
};

/* A budget with one part. */
void budget_init(struct budget *budget, struct budget_part *part, size_t max);

/* Takes bytes from the budget. Returns false, and takes nothing, if fewer are left. */
bool budget_take(struct budget *budget, size_t bytes);

/* Takes them even if fewer are left. */
void budget_count(struct budget *budget, size_t bytes);

/* Gives them back. */
void budget_give(struct budget *budget, size_t bytes);

/* Sets what a part has used: 0 if its process has died. */
void budget_part_set(struct budget *budget, struct budget_part *part, size_t bytes);

/* Are more than three quarters used? Then let nothing more wait that can be avoided. */
bool budget_tight(const struct budget *budget);

#endif
