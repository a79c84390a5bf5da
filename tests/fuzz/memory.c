/* memory.c: memory that runs out when a target wants it to; see fuzz.h */
#include "fuzz.h"

void *__wrap_malloc(size_t size)
{
    return fuzz_memory_is_left(size) ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return fuzz_memory_is_left(size) ? __real_realloc(old, size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fuzz_memory_is_left(count * size) ? __real_calloc(count, size) : NULL;
}
