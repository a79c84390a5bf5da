/* tests/chaos/clients/payload.c: see payload.h */
#include "payload.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "harness.h"
#include "verdict.h"

enum { CHUNK = 65536 };

struct payload payload_new(size_t about)
{
    struct payload payload = {.seed = random_bits()};
    payload.size = PAYLOAD_HEAD + about / 2 + random_below((uint32_t)about);
    return payload;
}

static void head_fill(const struct payload *payload, char *head)
{
    char line[PAYLOAD_HEAD + 1];
    (void)snprintf(line, sizeof line, "payload %016" PRIx64 " %08zx\n", payload->seed,
                   payload->size);
    memcpy(head, line, PAYLOAD_HEAD);
}

void payload_fill(const struct payload *payload, void *bytes, size_t n, size_t offset)
{
    char head[PAYLOAD_HEAD];
    size_t from_head = 0;
    if (offset < PAYLOAD_HEAD) {
        head_fill(payload, head);
        from_head = PAYLOAD_HEAD - offset < n ? PAYLOAD_HEAD - offset : n;
        memcpy(bytes, head + offset, from_head);
    }
    pattern_fill((char *)bytes + from_head, n - from_head, payload->seed, offset + from_head);
}

/* Reads the line at the start. False: it is none. */
static bool payload_read_head(struct payload *payload, const void *bytes, size_t n)
{
    char line[PAYLOAD_HEAD + 1] = "", again[PAYLOAD_HEAD];
    if (n < PAYLOAD_HEAD)
        return false;
    memcpy(line, bytes, PAYLOAD_HEAD);
    if (sscanf(line, "payload %" SCNx64 " %zx", &payload->seed, &payload->size) != 2)
        return false;
    head_fill(payload, again);
    return memcmp(again, line, PAYLOAD_HEAD) == 0;
}

bool payload_match(const struct payload *payload, const void *bytes, size_t n, size_t offset)
{
    static char wanted[CHUNK];
    for (size_t done = 0; done < n;) {
        size_t part = n - done < sizeof wanted ? n - done : sizeof wanted;
        payload_fill(payload, wanted, part, offset + done);
        if (memcmp(wanted, (const char *)bytes + done, part) != 0)
            return false;
        done += part;
    }
    return true;
}

static bool file_matches(int file, struct payload *payload)
{
    static char chunk[CHUNK];
    size_t at = 0;
    ssize_t n;
    while ((n = read(file, chunk, sizeof chunk)) > 0) {
        if (at == 0 && !payload_read_head(payload, chunk, (size_t)n))
            return false;
        if (!payload_match(payload, chunk, (size_t)n, at))
            return false;
        at += (size_t)n;
    }
    return n == 0 && at > 0 && at == payload->size;
}

static bool file_in(int dir, const char *name, struct payload *payload)
{
    int file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool whole = file >= 0 && file_matches(file, payload);
    if (file >= 0)
        close(file);
    return whole;
}

bool payload_in_file(struct payload *payload, const char *dir, const char *name)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool whole = folder >= 0 && file_in(folder, name, payload);
    if (folder >= 0)
        close(folder);
    return whole;
}

size_t payload_check_folder(const char *dir)
{
    verdict_check(folder_await_clean(dir), "a temporary file is left");
    DIR *walk = opendir(dir);
    struct payload payload;
    size_t n = 0;
    verdict_check(walk != NULL, "can't read %s", dir);
    for (const struct dirent *entry; (entry = readdir(walk)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        verdict_check(file_in(dirfd(walk), entry->d_name, &payload), "%s is not whole",
                      entry->d_name);
    }
    closedir(walk);
    return n;
}
