/* library_folder.c: see library_folder.h */
#include "library_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/catalog.h"

struct library library;

void library_begin(void)
{
    unit_folder(library.path);
    library.store = (struct store){0};
    int error = store_open(&library.store, library.path);
    unit_check(error == 0, "store_open %s: %s", library.path, strerror(error));
}

void library_end(void)
{
    unit_check(unit_hidden(library.path) == 0, "hidden files are left");
    store_close(&library.store);
    unit_folder_remove(library.path);
}

void library_serves(const char *name, int want_error, const char *want)
{
    int file = -1;
    uint64_t size = 0;
    int error = store_get(&library.store, name, strlen(name), &file, &size);
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

void library_lists(unsigned int entries, struct sink *text)
{
    struct budget budget;
    struct budget_part part;
    struct body *body = NULL;
    bool done = false;
    budget_init(&budget, &part, SIZE_MAX);
    struct catalog *catalog = catalog_new(&library.store, &budget);
    unit_check(catalog != NULL, "out of memory");
    uint64_t number = catalog_ask(catalog);
    while (!done)
        unit_check(catalog_step(catalog, number, entries, &done, &body) == 0, "catalog_step");
    sink_reset(text);
    if (body != NULL)
        sink_add(text, body->bytes, body->len);
    body_release(body);
    catalog_free(catalog);
    unit_check(part.used == 0, "%zu bytes of the budget are not given back", (size_t)part.used);
}

void library_listed(const char *want)
{
    struct sink text = {0};
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        library_lists(entries, &text);
        unit_same("the listing", "", 0, want, strlen(want), text.bytes, text.len);
    }
    sink_free(&text);
}

struct upload *library_upload(const char *name, uint64_t size)
{
    struct upload *upload = NULL;
    int error = upload_begin(&library.store, name, strlen(name), size, &upload);
    unit_check(error == 0, "upload_begin %s: %s", name, strerror(error));
    return upload;
}

void library_put(struct upload *upload, const char *bytes)
{
    int error = upload_write(upload, bytes, strlen(bytes));
    unit_check(error == 0, "upload_write: %s", strerror(error));
}

int library_quota(struct upload *upload, unsigned int entries)
{
    struct quota_scan scan;
    bool done = false;
    int error = quota_scan_begin(&scan, upload);
    while (error == 0 && !done)
        error = quota_scan_step(&scan, upload, entries, &done);
    quota_scan_end(&scan);
    quota_scan_end(&scan);
    return error;
}

void library_finish(struct upload *upload)
{
    int error = upload_store(upload);
    unit_check(error == 0 && upload->left == 0, "upload_store: %s", strerror(error));
    upload_end(upload);
}

void library_store(const char *name, const char *bytes)
{
    struct upload *upload = library_upload(name, strlen(bytes));
    library_put(upload, bytes);
    library_finish(upload);
}

void library_holds(const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(library.path, name, &len);
    unit_check(got != NULL, "%s is missing", name);
    unit_same(name, "", 0, want, strlen(want), got, len);
    free(got);
}
