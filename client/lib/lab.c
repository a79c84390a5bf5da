/* client/lib/lab.c: see lab.h */
#include "lab.h"

#include <stdlib.h>
#include <unistd.h>

#include "lab_private.h"

struct lab *lab_new(void)
{
    struct lab *lab = malloc(sizeof *lab);
    if (lab != NULL)
        *lab = (struct lab){.fd = -1, .cancel = -1, .timeout_ms = LAB_TIMEOUT_MS};
    return lab;
}

void lab_free(struct lab *lab)
{
    if (lab == NULL)
        return;
    lab_close(lab);
    free(lab->events);
    free(lab);
}

void lab_cancel_fd(struct lab *lab, int fd)
{
    lab->cancel = fd;
}

void lab_on_progress(struct lab *lab, lab_progress *progress, void *context)
{
    lab->progress = progress;
    lab->context = context;
}

bool lab_connected(const struct lab *lab)
{
    return lab->fd >= 0;
}

const char *lab_model(const struct lab *lab)
{
    return lab->model;
}

/* Events that have been received stay, for lab_next_event. */
void lab_close(struct lab *lab)
{
    if (lab->fd >= 0)
        close(lab->fd);
    lab->fd = -1;
    lab->from = lab->to = 0;
}

const char *lab_why(const struct lab *lab)
{
    return lab->why;
}

const char *lab_code(const struct lab *lab)
{
    return lab->code;
}

int lab_errno(const struct lab *lab)
{
    return lab->error;
}

int lab_fd(const struct lab *lab)
{
    return lab->fd;
}

enum lab_status lab_begin(struct lab *lab)
{
    lab->why[0] = lab->code[0] = '\0';
    lab->error = 0;
    if (lab->fd < 0)
        return lab_fail(lab, LAB_LOST, _("not connected"));
    if (lab->model[0] == '\0')
        return lab_fail(lab, LAB_USAGE, _("the server has not greeted us yet"));
    return LAB_OK;
}

enum lab_status lab_end(struct lab *lab, enum lab_status status)
{
    if (status >= LAB_LOST || (status == LAB_REFUSED && lab_code_is_last(lab->code)))
        lab_close(lab);
    return status;
}

enum lab_status lab_ping(struct lab *lab)
{
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_request(lab, "N\n");
    if (status == LAB_OK)
        status = lab_ask(lab);
    return lab_end(lab, status);
}
