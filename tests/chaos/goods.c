/* tests/chaos/goods.c: see goods.h */
#include "goods.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "stage.h"

enum { CHUNK = 65536 };

struct goods goods_new(size_t about)
{
    struct goods goods = {.seed = dice_bits()};
    goods.size = GOODS_HEAD + about / 2 + dice((uint32_t)about);
    return goods;
}

static void head_fill(const struct goods *goods, char *head)
{
    char line[GOODS_HEAD + 1];
    (void)snprintf(line, sizeof line, "goods %016" PRIx64 " %08zx\n", goods->seed, goods->size);
    memcpy(head, line, GOODS_HEAD);
}

void goods_fill(const struct goods *goods, void *bytes, size_t n, size_t offset)
{
    char head[GOODS_HEAD];
    size_t from_head = 0;
    if (offset < GOODS_HEAD) {
        head_fill(goods, head);
        from_head = GOODS_HEAD - offset < n ? GOODS_HEAD - offset : n;
        memcpy(bytes, head + offset, from_head);
    }
    pattern_fill((char *)bytes + from_head, n - from_head, goods->seed, offset + from_head);
}

bool goods_read_head(struct goods *goods, const void *bytes, size_t n)
{
    char line[GOODS_HEAD + 1] = "", again[GOODS_HEAD];
    if (n < GOODS_HEAD)
        return false;
    memcpy(line, bytes, GOODS_HEAD);
    if (sscanf(line, "goods %" SCNx64 " %zx", &goods->seed, &goods->size) != 2)
        return false;
    head_fill(goods, again);
    return memcmp(again, line, GOODS_HEAD) == 0;
}

bool goods_match(const struct goods *goods, const void *bytes, size_t n, size_t offset)
{
    static char wanted[CHUNK];
    for (size_t done = 0; done < n;) {
        size_t part = n - done < sizeof wanted ? n - done : sizeof wanted;
        goods_fill(goods, wanted, part, offset + done);
        if (memcmp(wanted, (const char *)bytes + done, part) != 0)
            return false;
        done += part;
    }
    return true;
}

static bool file_matches(int file, struct goods *goods)
{
    static char chunk[CHUNK];
    size_t at = 0;
    ssize_t n;
    while ((n = read(file, chunk, sizeof chunk)) > 0) {
        if (at == 0 && !goods_read_head(goods, chunk, (size_t)n))
            return false;
        if (!goods_match(goods, chunk, (size_t)n, at))
            return false;
        at += (size_t)n;
    }
    return n == 0 && at > 0 && at == goods->size;
}

static bool file_in(int dir, const char *name, struct goods *goods)
{
    int file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool whole = file >= 0 && file_matches(file, goods);
    if (file >= 0)
        close(file);
    return whole;
}

bool goods_in_file(struct goods *goods, const char *dir, const char *name)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool whole = folder >= 0 && file_in(folder, name, goods);
    if (folder >= 0)
        close(folder);
    return whole;
}

size_t goods_in_folder(const char *dir, char *torn, size_t size)
{
    DIR *walk = opendir(dir);
    struct goods goods;
    size_t n = 0;
    torn[0] = '\0';
    if (walk == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(walk)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        if (!file_in(dirfd(walk), entry->d_name, &goods))
            (void)snprintf(torn, size, "%s", entry->d_name);
    }
    closedir(walk);
    return n;
}
