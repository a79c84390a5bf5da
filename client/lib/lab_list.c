/* client/lib/lab_list.c: the listing
 *
 * The names come from a server that is not trusted, and may become names of local files. Those
 * that the protocol forbids ("../x", a control character) are left out here.
 */
#include <stdlib.h>
#include <string.h>

#include "lab_private.h"

/* "<size> <name>", cut in place: the name ends with a NUL. False: it is no entry. */
static bool entry_parse(char *line, size_t len, struct lab_file *file)
{
    const char *space = memchr(line, ' ', len);
    if (space == NULL)
        return false;
    size_t digits = (size_t)(space - line);
    if (!proto_number(line, digits, &file->size) || !proto_name_ok(space + 1, len - digits - 1))
        return false;
    line[len] = '\0';
    file->name = space + 1;
    return true;
}

/* Counts the entries, and stores them if files has been allocated. */
static void entries_cut(struct lab_listing *listing, size_t len)
{
    listing->count = listing->dropped = 0;
    for (size_t at = 0; at < len;) {
        struct lab_file file;
        char *line = listing->text + at;
        char *end = memchr(line, '\n', len - at);
        size_t length = end != NULL ? (size_t)(end - line) : len - at;
        at += length + 1;
        if (!entry_parse(line, length, &file)) {
            listing->dropped++;
            continue;
        }
        if (listing->files != NULL)
            listing->files[listing->count] = file;
        else
            line[length] = '\n'; /* for the second pass */
        listing->count++;
    }
}

static int by_name(const void *a, const void *b)
{
    const struct lab_file *one = a, *other = b;
    return strcmp(one->name, other->name); /* compares as unsigned bytes */
}

enum lab_status lab_list(struct lab *lab, struct lab_listing *listing)
{
    size_t len = 0;
    *listing = (struct lab_listing){0};
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_request(lab, "L\n");
    if (status == LAB_OK)
        status = lab_reply_text(lab, lab_deadline(lab->timeout_ms), _("listing"), LAB_LISTING_MAX,
                                &listing->text, &len);
    if (status != LAB_OK)
        return lab_end(lab, status);
    entries_cut(listing, len);
    if (listing->count == 0)
        return LAB_OK;
    listing->files = malloc(listing->count * sizeof *listing->files);
    if (listing->files == NULL) {
        lab_listing_free(listing);
        return lab_end(lab, lab_no_memory(lab));
    }
    entries_cut(listing, len);
    qsort(listing->files, listing->count, sizeof *listing->files, by_name);
    return LAB_OK;
}

void lab_listing_free(struct lab_listing *listing)
{
    free(listing->files);
    free(listing->text);
    *listing = (struct lab_listing){0};
}
