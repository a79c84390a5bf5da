/* fuzz.h: what the three fuzz targets share
 *
 * A target is one function that takes any bytes and checks that all promises hold. libFuzzer calls
 * it with inputs that it makes up (make fuzz), corpus.c with those of tests/fuzz/corpus (make
 * fuzz-corpus). The same bytes always do the same: no clock, no waiting, no chance.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A promise that does not hold is a finding: prints it, and ends the program. */
#define fuzz_check(condition, ...)                      \
    do {                                                \
        if (!(condition))                               \
            fuzz_fail(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)
void fuzz_fail(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4))); /* not _Noreturn: cppcheck passes over it */

/* Bytes as they stand in a C string, cut if there are many; overwritten by the fourth call. */
const char *fuzz_quote(const char *bytes, size_t len);

/* How a target runs an input: the same bytes are tried in each way. */
enum fuzz_way {
    WAY_WHOLE, /* as much at once as there is room for */
    WAY_BYTES, /* byte by byte, and read as late as possible */
    WAY_WILD,  /* as the input chooses: errors, signals, no memory */
    WAYS
};

/* What the input decides, besides being the input: its first line, used over and over. */
struct fuzz_choices {
    const uint8_t *bytes;
    size_t len, at;
};

/* Takes the first line off the input. */
struct fuzz_choices fuzz_choices_take(const uint8_t **bytes, size_t *len);
/* The next choice, below limit; 0 if the line is empty. */
size_t fuzz_choose(struct fuzz_choices *choices, size_t limit);

/* Bytes that become more. */
struct fuzz_text {
    char *bytes;
    size_t len, room;
};
void fuzz_text_add(struct fuzz_text *text, const void *bytes, size_t len);
void fuzz_text_print(struct fuzz_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fuzz_text_free(struct fuzz_text *text);
bool fuzz_text_same(const struct fuzz_text *one, const struct fuzz_text *other);

/* UTF-8 as RFC 3629 has it, written down a second time and in another way than core/base/utf8.c:
 * with arithmetic, not with tables. Bytes of the first character; 0: there is none. */
size_t fuzz_character(const char *bytes, size_t len, uint32_t *code);
/* Valid, and without control characters. */
bool fuzz_printable(const char *bytes, size_t len);

/* The number that the next open(2) will get: if two differ, one has leaked. */
int fuzz_next_descriptor(void);

/* For targets in which memory may run out, memory.c: the linker puts __wrap_… in the place of each
 * call, and __real_… is what it was (ld(1), --wrap). The target says whether so much is left. */
bool fuzz_memory_is_left(size_t size);
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);

#endif
