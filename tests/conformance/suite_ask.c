/* suite_ask.c: conformance.h, what clients ask for and receive */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

void suite_quit(struct wire *wire)
{
    wire_ask(wire, "Q\n", "OK 0\n");
    wire_expect_eof(wire);
}

void suite_half_close(struct wire *wire, const char *requests, const char *replies)
{
    wire_puts(wire, requests);
    wire_shut(wire);
    wire_expect(wire, replies);
    wire_expect_eof(wire);
    wire_close(wire);
}

void suite_begin_upload(struct wire *wire, const char *name, size_t n)
{
    wire_printf(wire, "P %zu %s\n", n, name);
    wire_expect(wire, "GO\n");
}

void suite_upload(struct wire *wire, const char *name, const void *bytes, size_t n)
{
    suite_begin_upload(wire, name, n);
    wire_send(wire, bytes, n);
    wire_expect_ok(wire);
}

void suite_upload_pattern(struct wire *wire, const char *name, size_t n, unsigned seed)
{
    suite_begin_upload(wire, name, n);
    wire_send_pattern(wire, n, seed);
    wire_expect_ok(wire);
}

void suite_expect_pattern(struct wire *wire, size_t n, unsigned seed)
{
    char head[32];

    snprintf(head, sizeof head, "OK %zu\n", n);
    wire_expect(wire, head);
    wire_expect_pattern(wire, n, seed, 0);
}

void suite_download_pattern(struct wire *wire, const char *name, size_t n, unsigned seed)
{
    wire_printf(wire, "G %s\n", name);
    suite_expect_pattern(wire, n, seed);
}

const char *suite_some_event(struct wire *wire)
{
    const char *event = wire_event(wire);

    verdict_check(event, "expected an event");
    return event;
}

void suite_refused_bytes(struct wire *wire, const void *request, size_t n, const char *codes)
{
    wire_send(wire, request, n);
    wire_expect_error(wire, codes);
    wire_ask_ok(wire, "N\n");
}

void suite_refused(struct wire *wire, const char *request, const char *codes)
{
    suite_refused_bytes(wire, request, strlen(request), codes);
}

void suite_refused_all(struct wire *wire, const char *const *requests, const char *codes)
{
    for (; *requests; requests++)
        suite_refused(wire, *requests, codes);
}

char *suite_repeated(const char *text, size_t times)
{
    size_t n = strlen(text);
    char *all = malloc(n * times + 1);

    if (!all)
        abort();
    for (size_t i = 0; i < n * times; i++)
        all[i] = text[i % n];
    all[n * times] = '\0';
    return all;
}

static int compare_longs(const void *a, const void *b)
{
    long left = *(const long *)a, right = *(const long *)b;

    return left < right ? -1 : left > right;
}

long suite_median(long *numbers, size_t n)
{
    qsort(numbers, n, sizeof numbers[0], compare_longs);
    return numbers[n / 2];
}
