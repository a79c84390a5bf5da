/* fuzz_core_memory.c: memory that ends; the linker puts these functions in the place of the system's
 * (ld(1), --wrap) */
#include <stdlib.h>

#include "fuzz_core.h"

struct memory memory = {.until = SIZE_MAX};

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);

static bool is_left(void)
{
    if (!memory.inside || memory.until == SIZE_MAX)
        return true;
    memory.until -= memory.until > 0;
    return memory.until > 0;
}

void *__wrap_malloc(size_t size)
{
    return is_left() ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_left() ? __real_realloc(old, size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_left() ? __real_calloc(count, size) : NULL;
}
