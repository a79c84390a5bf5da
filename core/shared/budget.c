/* core/shared/budget.c: see budget.h */
#include "shared/budget.h"

void budget_init(struct budget *budget, struct budget_part *part, size_t max)
{
    atomic_init(&part->used, 0);
    *budget = (struct budget){.max = max, .parts = part, .own = part};
}

static size_t used_in_sum(const struct budget *budget)
{
    size_t sum = 0;
    unsigned int count = budget->count == NULL ? 1 : atomic_load(budget->count);
    for (unsigned int i = 0; i < count; i++)
        sum += atomic_load_explicit(&budget->parts[i].used, memory_order_relaxed);
    return sum;
}

static bool more_used(const struct budget *budget, size_t bytes)
{
    if (budget->bound != NULL && atomic_load(budget->bound) <= bytes)
        return false;
    return used_in_sum(budget) > bytes;
}

bool budget_take(struct budget *budget, size_t bytes)
{
    if (bytes > budget->max)
        return false; /* nor can the sum wrap around */
    budget_count(budget, bytes);
    if (!more_used(budget, budget->max))
        return true;
    budget_give(budget, bytes);
    return false;
}

void budget_count(struct budget *budget, size_t bytes)
{
    if (budget->bound != NULL && bytes > 0)
        atomic_fetch_add(budget->bound, bytes);
    atomic_fetch_add_explicit(&budget->own->used, bytes, memory_order_relaxed);
}

void budget_give(struct budget *budget, size_t bytes)
{
    atomic_fetch_sub_explicit(&budget->own->used, bytes, memory_order_relaxed);
    if (budget->bound != NULL && bytes > 0)
        atomic_fetch_sub(budget->bound, bytes);
}

void budget_part_set(struct budget *budget, struct budget_part *part, size_t bytes)
{
    if (budget->bound != NULL)
        atomic_fetch_add(budget->bound, bytes);
    size_t before = atomic_exchange(&part->used, bytes);
    if (budget->bound != NULL)
        atomic_fetch_sub(budget->bound, before);
}

bool budget_tight(const struct budget *budget)
{
    return more_used(budget, budget->max - budget->max / 4);
}
