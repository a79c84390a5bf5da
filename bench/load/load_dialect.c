/* bench/load/load_dialect.c: see load_dialect.h */
#include "load/load_dialect.h"

#include <stdio.h>
#include <string.h>

#include "load/load_private.h"

static const char found[] = "HTTP/1.1 200 OK\r\n", asked_by[] = " HTTP/1.1\r\nHost: lab\r\n\r\n";

const struct load_dialect load_dialects[] = {
    {.name = "lab",
     .greeting = "HELLO 1 ",
     .work = {[LOAD_PING] = {"N", "N\n", NULL, "OK 0\n", false},
              [LOAD_SESSION] = {"N or Q", "N\n", NULL, "OK 0\n", false},
              [LOAD_DOWNLOAD] = {"G", "G ", "\n", "OK ", true},
              [LOAD_UPLOAD] = {"P", "P ", "\n", "OK 0\n", false},
              [LOAD_CHAT] = {"C or S", "S ", "\n", "OK 0\n", false}},
     .say_end = "\n",
     .room_prepare = chat_prepare_say,
     .room_enter = chat_enter,
     .room_receive = chat_receive},
    {.name = "redis",
     .work = {[LOAD_PING] = {"PING", "*1\r\n$4\r\nPING\r\n", NULL, "+PONG\r\n", false},
              [LOAD_CHAT] = {"SUBSCRIBE or PUBLISH", "", NULL, "", false}},
     .say_end = "\r\n",
     .room_prepare = redis_prepare,
     .room_enter = redis_enter,
     .room_receive = redis_receive},
    {.name = "nginx",
     .headers = true,
     .work = {[LOAD_PING] = {"GET", "GET /", asked_by, found, true},
              [LOAD_DOWNLOAD] = {"GET", "GET /", asked_by, found, true}}},
};
enum { DIALECTS = sizeof load_dialects / sizeof load_dialects[0] };

void load_dialect_choose(struct load_spec *spec, const char *server)
{
    size_t n = strcspn(server, "-");
    for (size_t i = 1; i < DIALECTS; i++) {
        const struct load_dialect *dialect = &load_dialects[i];
        if (strlen(dialect->name) == n && strncmp(server, dialect->name, n) == 0)
            spec->dialect = dialect;
    }
    if (spec->dialect != NULL && spec->kind == LOAD_PING)
        spec->file_bytes = LOAD_PING_BYTES;
}

bool load_dialect_can(const struct load_dialect *dialect, enum load_kind kind)
{
    return dialect == NULL || dialect->work[kind].verb != NULL;
}

size_t dialect_request(const struct load_spec *spec, const struct load_dialect *dialect, char *text,
                       size_t size)
{
    const struct load_work *work = &dialect->work[spec->kind];
    int n = snprintf(text, size, "%s%s%s", work->request, work->rest != NULL ? spec->file : "",
                     work->rest != NULL ? work->rest : "");
    return n < (int)size ? (size_t)n : size;
}
