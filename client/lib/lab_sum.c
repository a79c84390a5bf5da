/* client/lib/lab_sum.c: the checksum of a file of the library */
#include <stdlib.h>
#include <string.h>

#include "lab_private.h"

enum { SUM_RATE = 1024 * 1024 }; /* bytes a second: a busy server hashes faster than that */

static bool is_sum(const char *text, size_t len)
{
    return len == LAB_SUM && text[LAB_SUM - 1] == '\n' &&
           strspn(text, "0123456789abcdef") == LAB_SUM - 1;
}

enum lab_status lab_sum(struct lab *lab, const char *name, uint64_t size, char sum[LAB_SUM])
{
    char *text = NULL;
    size_t len = 0;
    sum[0] = '\0';
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_check_name(lab, name);
    if (status == LAB_OK)
        status = lab_request(lab, "H %s\n", name);
    if (status != LAB_OK)
        return lab_end(lab, status);
    int64_t deadline = lab_deadline(lab->timeout_ms), more = (int64_t)(size / SUM_RATE) * 1000;
    deadline = deadline < INT64_MAX - more ? deadline + more : INT64_MAX;
    status = lab_reply_text(lab, deadline, _("checksum"), LAB_SUM, &text, &len);
    if (status == LAB_OK && !is_sum(text, len))
        status = lab_fail(lab, LAB_BROKEN, _("the server sends a checksum that is none"));
    if (status == LAB_OK)
        memcpy(sum, text, LAB_SUM - 1);
    sum[status == LAB_OK ? LAB_SUM - 1 : 0] = '\0';
    free(text);
    return lab_end(lab, status);
}
