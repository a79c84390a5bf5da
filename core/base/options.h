/* core/base/options.h: the command line, the same for all six servers */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const char *model; /* "epoll": names the server in everything it prints */
    const char *address;
    unsigned int port; /* 0: any free one */
    const char *dir;   /* the library */
    bool verbose;
    unsigned int max_clients;
    unsigned int idle_timeout;   /* seconds */
    unsigned int header_timeout; /* seconds */
    uint64_t max_upload;         /* bytes */
    uint64_t quota;              /* bytes; 0: none */
    uint64_t max_files;          /* 0: no limit */
    size_t max_backlog;          /* bytes */
    size_t max_memory;           /* bytes */
    bool durable;
};

/* Parses the command line into options. Returns -1 on success; otherwise an exit status: 0 after
 * --help and --version, 2 after an error, which has been printed. */
int options_parse(struct options *options, const char *model, unsigned int port, int argc,
                  char **argv);

#endif
