/* bench/clients/dialect.c: the requests and replies of our protocol, and of others */
#include <string.h>

#include "clients/clients.h"

static const char found[] = "HTTP/1.1 200 OK\r\n", asked_by[] = " HTTP/1.1\r\nHost: lab\r\n\r\n";

const struct load_dialect load_dialects[] = {
    {.name = "lab",
     .greeting = "HELLO 1 ",
     .work = {[LOAD_PING] = {"N", "N\n", "", "OK 0\n", false},
              [LOAD_SESSION] = {"N or Q", "N\n", "", "OK 0\n", false},
              [LOAD_DOWNLOAD] = {"G", "G ", "\n", "OK ", true},
              [LOAD_UPLOAD] = {"P", "P ", "\n", "OK 0\n", false},
              [LOAD_CHAT] = {"C or S", "S ", "\n", "OK 0\n", false},
              [LOAD_SUM] = {"H", "H ", "\n", "OK ", true},
              [LOAD_STORM] = {"(a connection)", "N\n", "", "OK 0\n", false}},
     .say_end = "\n",
     .room_enter = chat_enter,
     .room_receive = chat_receive},
    {.name = "redis",
     .work = {[LOAD_PING] = {"PING", "*1\r\n$4\r\nPING\r\n", "", "+PONG\r\n", false},
              [LOAD_CHAT] = {"SUBSCRIBE or PUBLISH", "", "", "", false}},
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

static const struct load_dialect *dialect_of(const char *server)
{
    size_t n = strcspn(server, "-");
    for (size_t i = 1; i < DIALECTS; i++)
        if (strlen(load_dialects[i].name) == n && strncmp(server, load_dialects[i].name, n) == 0)
            return &load_dialects[i];
    return load_dialects;
}

void load_dialect_choose(struct load_spec *spec, const char *server)
{
    spec->dialect = dialect_of(server);
    if (spec->kind == LOAD_PING && spec->dialect->work[LOAD_PING].file) {
        spec->file = LOAD_PING_FILE;
        spec->file_bytes = LOAD_PING_BYTES;
    }
}

bool load_dialect_can(const char *server, enum load_kind kind)
{
    return dialect_of(server)->work[kind].verb != NULL;
}
