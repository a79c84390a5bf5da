/* server.h: what the files of this server share */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MOST = 1024 }; /* bytes of a request with its LF */

struct client {
    int fd;
    char in[4096]; /* received, and not yet used */
    size_t n;
};

extern int folder; /* the library */

/* io.c: false: the client has gone. */
bool send_all(int fd, const void *bytes, size_t n);
bool send_text(int fd, const char *text);
bool send_size(int fd, unsigned long long n);
bool receive(struct client *client);
void forget(struct client *client, size_t n);

/* Ends a connection so that the client gets all that was sent to it. */
void close_gently(int fd);

/* The next line as a string, without LF and CR. Returns 1; 0: the input has ended; -1: too
 * long. */
int read_line(struct client *client, char *line);

/* names.c */
bool text_ok(const char *text);
bool name_ok(const char *name);

/* requests.c, list.c, download.c, upload.c: false: the connection is to be closed. */
bool answer(struct client *client, const char *line);
bool list(int fd);
bool download(int fd, unsigned long long offset, const char *name);
bool upload(struct client *client, unsigned long long size, const char *name);

#endif
