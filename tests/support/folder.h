/* folder.h: temporary folders, files in them, and bytes that can be checked
 *
 * A test's folder is <root>/files, the library; <root> itself holds the log of the server and a
 * canary that no request may ever reach. All of it goes with folder_remove or folder_sweep.
 */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FOLDER_PATH = 512 };

struct folder {
    char root[FOLDER_PATH - 64];
    char files[FOLDER_PATH];
};

/* Makes a new one under $TMPDIR or /tmp; fails the test when that is not possible. */
void folder_make(struct folder *folder);

/* Removes it with all that is in it. Harmless when it is gone already. */
void folder_remove(struct folder *folder);

/* Removes every folder that folder_make has made and nobody has removed. */
void folder_sweep(void);

/* From now on tests that look into a library (a folder "files") are skipped for this reason, which
 * is kept by reference; NULL: they are not. */
void folder_unseen(const char *why);

/* dir/name; overwritten by the next call of a function here. */
const char *folder_path(const char *dir, const char *name);

/* Free bytes on the disk of the folders; 0 when unknown. */
unsigned long long folder_room(void);

/* Writes dir/name with these n bytes; fails the test on error. */
void folder_write(const char *dir, const char *name, const void *bytes, size_t n);

/* Writes dir/name with n bytes of pattern seed. */
void folder_write_pattern(const char *dir, const char *name, size_t n, uint64_t seed);

/* Makes dir/name a file of n bytes that takes no room on the disk: all zeros. */
void folder_write_sparse(const char *dir, const char *name, unsigned long long n);

/* Whether dir/name holds exactly these n bytes (with pattern: n bytes of pattern seed). */
bool folder_holds(const char *dir, const char *name, const void *bytes, size_t n);
bool folder_holds_pattern(const char *dir, const char *name, size_t n, uint64_t seed);

/* Whether there is anything at all under the name: links are not followed. */
bool folder_has(const char *dir, const char *name);

/* The permission bits of dir/name, or -1. */
int folder_mode(const char *dir, const char *name);

/* Number of entries that start with a dot, "." and ".." apart. The name of one of them goes to
 * first, which may be NULL. -1 when the folder can't be read. */
int folder_hidden(const char *dir, char *first, size_t size);

/* Whether no hidden entry is left, waiting for it with a generous bound. */
bool folder_await_clean(const char *dir);

/* Waits until there are so many hidden entries, of so many bytes together (-1: of any size). False:
 * the bound is over. */
bool folder_await_hidden(const char *dir, int entries, long long bytes);

/* Scrambles the bits of a number (the finisher of splitmix64: Steele, Lea, Flood 2014). */
uint64_t pattern_mix(uint64_t x);

/* Bytes that look random and are known at every offset: pattern seed, from offset on. */
void pattern_fill(void *bytes, size_t n, uint64_t seed, unsigned long long offset);

/* Whether these are the bytes of pattern seed from offset on. */
bool pattern_matches(const void *bytes, size_t n, uint64_t seed, unsigned long long offset);

/* n bytes of pattern seed in new memory; free it. Aborts when there is none. */
unsigned char *pattern_new(size_t n, uint64_t seed);

#endif
