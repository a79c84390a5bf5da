/* lab.c: see lab.h */
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listing.h"

void lab_begin(struct lab *lab)
{
    unit_folder(lab->path);
    int error = store_open(&lab->store, lab->path);
    unit_check(error == 0, "store_open %s: %s", lab->path, strerror(error));
    lab->store.max_upload = lab->store.quota = lab->store.max_files = 0;
    lab->store.durable = false;
}

void lab_end(struct lab *lab)
{
    unit_check(unit_hidden(lab->path) == 0, "hidden files are left");
    store_close(&lab->store);
    unit_folder_remove(lab->path);
}

void lab_serves(const struct lab *lab, const char *name, int want_error, const char *want)
{
    int file = -1;
    uint64_t size = 0;
    int error = store_get(&lab->store, name, strlen(name), &file, &size);
    unit_check(error == want_error, "store_get %s: expected %s, received %s",
               unit_quote(name, strlen(name)), strerror(want_error), strerror(error));
    if (error != 0)
        return;
    char bytes[256];
    ssize_t n = read(file, bytes, sizeof bytes);
    unit_check(n >= 0 && (size_t)n == size, "%s: %zd of %llu bytes", name, n,
               (unsigned long long)size);
    int flags = fcntl(file, F_GETFD);
    close(file);
    unit_check((flags & FD_CLOEXEC) != 0, "%s: inherited by children", name);
    unit_same(name, "", 0, want, strlen(want), bytes, (size_t)n);
}

void lab_lists(const struct lab *lab, unsigned int entries, struct sink *text)
{
    struct listing *listing;
    bool done = false;
    size_t len;
    unit_check(listing_begin(&lab->store, &listing) == 0, "listing_begin");
    while (!done)
        unit_check(listing_step(listing, entries, &done) == 0, "listing_step");
    char *bytes = listing_take(listing, &len);
    sink_reset(text);
    sink_add(text, bytes, len);
    free(bytes);
    listing_end(listing);
}

void lab_listed(const struct lab *lab, const char *want)
{
    struct sink text = {0};
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        lab_lists(lab, entries, &text);
        unit_same("the listing", "", 0, want, strlen(want), text.bytes, text.len);
    }
    sink_free(&text);
}

struct upload *lab_upload(const struct lab *lab, const char *name, uint64_t size)
{
    struct upload *upload = NULL;
    int error = upload_begin(&lab->store, name, strlen(name), size, &upload);
    unit_check(error == 0, "upload_begin %s: %s", name, strerror(error));
    return upload;
}

void lab_put(struct upload *upload, const char *bytes)
{
    int error = upload_write(upload, bytes, strlen(bytes));
    unit_check(error == 0, "upload_write: %s", strerror(error));
}

void lab_finish(struct upload *upload)
{
    int error = upload_store(upload);
    unit_check(error == 0 && upload->left == 0, "upload_store: %s", strerror(error));
    upload_end(upload);
}

void lab_holds(const struct lab *lab, const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(lab->path, name, &len);
    unit_check(got != NULL, "%s is missing", name);
    unit_same(name, "", 0, want, strlen(want), got, len);
    free(got);
}
