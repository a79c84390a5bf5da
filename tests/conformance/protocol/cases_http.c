/* HTTP, which a web page can make a browser send to any port of this machine: nothing of it is
 * obeyed. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance.h"

static const char page[] = "Host: 127.0.0.1\r\nContent-Type: text/plain\r\n\r\n"
                           "\nP 6 evil.txt\nhello\nC webpage\nS hi\nQ\n";

/* ERR bad-request, the end, and nothing of what came behind the line was done. */
static void page_is_refused(struct wire *wire, const char *first)
{
    wire_expect_error(wire, "bad-request");
    wire_expect_eof(wire);
    verdict_check(!folder_has(suite.server->dir, "evil.txt"), "after %s, its body stored a file",
                  first);
    wire_close(wire);
}

static void lines(void)
{
    static const char *const firsts[] = {
        "GET / HTTP/1.1\r\n",       "GET / HTTP/1.0\n",
        "POST / HTTP/1.1\r\n",      "OPTIONS * HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n",       "POST /\xe6\x96\x87 HTTP/1.1\r\n",
        "CONNECT a:1 HTTP/1.1\r\n", "PUT /P%206%20evil.txt HTTP/1.1\r\n",
        "Q / HTTP/1.1\r\n",         "P x HTTP/1.1\r\n",
        "P / HTTP/1.1\r\n",
    };

    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        struct wire *wire = suite_open();

        wire_printf(wire, "%s%s", firsts[i], page);
        page_is_refused(wire, firsts[i]);
    }
}

/* Whatever the segments are, and whatever was asked before. */
static void split(void)
{
    char text[512];
    size_t n = (size_t)snprintf(text, sizeof text, "POST / HTTP/1.1\r\n%s", page);

    for (size_t piece = 1; piece < 20; piece += 3) {
        struct wire *wire = suite_open();

        wire_puts(wire, "N\nL\n");
        wire_expect_ok(wire);
        wire_reply(wire);
        wire_send_pieces(wire, text, n, piece);
        page_is_refused(wire, "a request in pieces");
    }
    struct wire *wire = suite_open();
    wire_printf(wire, "N\nN\n%s", text);
    wire_expect(wire, "OK 0\nOK 0\n");
    page_is_refused(wire, "pipelined requests");
}

/* A request line too long for us is not looked into, and ends as surely. */
static void long_line(struct wire *wire)
{
    char *path = suite_repeated("a", 2000);

    wire_printf(wire, "GET /%s HTTP/1.1\r\n%s", path, page);
    free(path);
    wire_expect_last_error(wire, "too-long");
    verdict_check(!folder_has(suite.server->dir, "evil.txt"), "its body stored a file");
}

/* Only a line that is no request: a member may say such a line, and a file may hold it. */
static void line_as_chat_text(struct wire *wire)
{
    suite_upload(wire, "http.txt", "GET / HTTP/1.1\r\n", 16);
    suite_refused(wire, "S GET / HTTP/1.1\n", "not-in-chat");
    suite_refused(wire, "G x HTTP/1.1\n", "bad-name");
    suite_refused(wire, "C x HTTP/1.1\n", "bad-nick");
    suite_refused(wire, "HTTP/1.1 200 OK\n", "bad-request");
    wire_ask_ok(wire, "C anna\nS GET / HTTP/1.1\n");
    wire_puts(wire, "GET / HTTP/1.1\n");
    page_is_refused(wire, "a line by a member");
}

const struct conformance_case http_cases[] = {
    {"http_lines", ON_ALL, CASE_SHARED, .run = lines},
    {"http_split", ON_ALL, CASE_SHARED, .run = split},
    {"http_long_line", ON_ALL, CASE_SHARED, .talk = long_line},
    {"http_line_as_chat_text", ON_ALL, CASE_SHARED, .talk = line_as_chat_text},
    {.name = NULL},
};
