/* client/transfer/check.c: see check.h, and sha2(3) of libmd */
#include "transfer/check.h"

#include <errno.h>
#include <sha2.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"

/* Hashes a whole file, and counts its bytes. */
static enum app_status sum_local(struct app *app, const char *label, int fd, char sum[LAB_SUM],
                                 uint64_t *size)
{
    uint8_t bytes[64 * 1024];
    SHA2_CTX context;
    SHA256Init(&context);
    ssize_t n;
    for (*size = 0; (n = pread(fd, bytes, sizeof bytes, (off_t)*size)) != 0;) {
        if (app_cancelled())
            return APP_CANCELLED;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            app_error(app, _("%s: cannot read the local file: %s"), label, strerror(errno));
            return APP_FILE;
        }
        SHA256Update(&context, bytes, (size_t)n);
        *size += (uint64_t)n;
    }
    SHA256End(&context, sum);
    return APP_DONE;
}

enum app_status check_file(struct app *app, const char *label, int fd, const char *name)
{
    char here[LAB_SUM], there[LAB_SUM];
    uint64_t size;
    enum app_status status = sum_local(app, label, fd, here, &size);
    if (status == APP_DONE)
        status = app_outcome(app, lab_sum(app->lab, name, size, there), label);
    if (status != APP_DONE)
        return status;
    if (strcmp(here, there) == 0) {
        app_report(app, _("%s: checked, SHA-256 %s"), label, here);
        return APP_DONE;
    }
    app_error(app, _("%s: the file in the library is another: SHA-256 %s here, %s there"), label,
              here, there);
    return APP_DIFFERS;
}
