/* test_http.c: what is taken for a request of HTTP, and what is not */
#include "unit.h"

#include <string.h>

#include "protocol/proto.h"

static void test_http(void)
{
    static const struct {
        const char *line;
        bool http;
    } cases[] = {
        {"GET / HTTP/1.1", true},
        {"GET / HTTP/1.0", true},
        {"POST http://127.0.0.1:9006/a?b=c HTTP/1.1", true},
        {"CONNECT 127.0.0.1:9006 HTTP/1.1", true},
        {"PRI * HTTP/2.0", true},
        {"x HTTP/3", true},
        {"x HTTP/10.12", true},
        {" HTTP/1.1", true},
        {"", false},
        {"GET /", false},
        {"GET /HTTP/1.1", false},
        {"GET / http/1.1", false},
        {"GET / HTTP/", false},
        {"GET / HTTP/.1", false},
        {"GET / HTTP/1.", false},
        {"GET / HTTP/1..1", false},
        {"GET / HTTP/1.1.1", false},
        {"GET / HTTP/1.x", false},
        {"GET / HTTP/1.1 ", false},
        {"HTTP/1.1 200 OK", false},
        {"HTTP/1.1", false},
        {"1.1", false},
        {"1", false},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char line[64];
        size_t len = strlen(cases[i].line);
        memset(line, '1', sizeof line); /* behind the line stands something */
        memcpy(line, cases[i].line, len);
        unit_check(proto_is_http(line, len) == cases[i].http, "proto_is_http(%s)",
                   unit_quote(line, len));
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_http),
};
UNIT_MAIN("http", tests)
