/* serverproc.h: servers as processes: start, look at, stop
 *
 * A server is started from a command template such as
 *
 *     04_select/select-server -p {port} -d {dir} {options}
 *
 * split into words as a simple shell would. A template with {options} is one of the six of this
 * project: {port} becomes 0, the port is read from the startup line, and its processes and
 * descriptors may be counted. Any other template is somebody else's server: a free port is
 * chosen for it, it is up when it greets a client, and what it prints goes to its log. What it can
 * do is declared by other words of the template: see enum serverproc_trait.
 *
 * Each server is the leader of a session and process group of its own. All that were started
 * are known here: serverproc_sweep kills what a failed test left running.
 */
#ifndef SUPPORT_SERVERPROC_H
#define SUPPORT_SERVERPROC_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "folder.h"

struct wire;

enum serverproc_console {
    SERVERPROC_CONSOLE_PIPE, /* standard input is a pipe, see serverproc_announce */
    SERVERPROC_CONSOLE_NULL, /* at its end from the start */
    SERVERPROC_CONSOLE_ZERO, /* /dev/zero: no end, and never a line */
};

/* Declared by {dir}, {console}, {signals} in the template; {options} declares all of them. */
enum serverproc_trait {
    SERVERPROC_DIR = 1,     /* it serves this folder */
    SERVERPROC_INPUT = 2,   /* lines on its standard input are announcements */
    SERVERPROC_SIGNALS = 4, /* SIGTERM and SIGINT end it in order, with status 0 */
};

/* What is not the usual. All zero (or NULL) is the usual. */
struct serverproc_config {
    const char *options;     /* what stands for {options} */
    const char *dir;         /* the library; NULL: a new folder, removed with the server */
    const char *address;     /* where clients connect to; NULL: 127.0.0.1 */
    int port;                /* what stands for {port}; 0: a free one */
    int console;             /* enum serverproc_console */
    int umask;               /* 0: 022 */
    unsigned long max_files; /* RLIMIT_NOFILE; 0: as it is */
    unsigned long max_size;  /* RLIMIT_FSIZE in bytes; 0: as it is */
    unsigned long max_tasks; /* RLIMIT_NPROC, of a user without other processes; 0: as it is */
    int inherited;           /* descriptors to hand down, open on /dev/null */
    unsigned long disk;      /* the library is a file system of so many bytes; 0: it is not */
    unsigned inodes;         /* of that file system; 0: no limit */
    bool device;             /* in that file system "device" is a device: /dev/zero */
    bool log_full;           /* standard error is a pipe that is full and not read */
    bool known_port;         /* the port is reserved before, and no startup line is waited for */
    bool no_output;          /* standard output is closed; wants known_port */
    bool no_streams; /* all three are closed, as some daemons are started; wants known_port */
    bool cut_off;    /* a second signal will end it at once, whatever its threads do */
};

struct serverproc {
    pid_t pid;
    bool running; /* not yet waited for */
    int status;   /* of waitpid, when it is not running any more */
    bool trouble; /* the child could not even become the server; see start_error */
    char start_error[160];
    char host[64];
    int port;
    struct folder folder;       /* root is empty when the test gave a dir */
    char dir[FOLDER_PATH + 64]; /* the library, as the test reaches it */
    char log[FOLDER_PATH];      /* the file its standard error goes to, or empty */
    int console;                /* the writing end of its standard input, or -1 */
    int output;                 /* the reading end of its standard output, or -1 */
    int log_pipe;               /* the reading end of a log that is full, or -1 */
    int reserved;               /* a socket that keeps the port or its claim for it, or -1 */
    char startup[512];          /* its startup line without LF */
    int descriptors;            /* it had open when it was ready */
    struct serverproc *next;
};

/* Sets the template for all servers to come; kept by reference.
 * Returns false when it has no {port} or is no command. */
bool serverproc_template(const char *template);

/* Whether the template is for one of the six of this project. */
bool serverproc_ours(void);

/* Whether the template declares all of these traits, of enum serverproc_trait. */
bool serverproc_has(unsigned traits);

/* Starts a server and waits until it is ready. Fails the test when it does not get there, and
 * skips it when this machine does not allow what config asks for. config may be NULL. */
struct serverproc *serverproc_start(const struct serverproc_config *config);

/* Starts a server and waits for nothing: for command lines that end at once. */
struct serverproc *serverproc_launch(const struct serverproc_config *config);

/* Waits for the startup line of a server that was launched, at most ms milliseconds (stretched),
 * and reads the port in it; 0: it has none. False: no whole line has come. */
bool serverproc_read_startup(struct serverproc *server, long ms);

/* Connects a client; options may be NULL. */
struct wire_options;
struct wire *serverproc_connect(const struct serverproc *server,
                                const struct wire_options *options);

/* Writes a text to its standard input. */
void serverproc_announce(struct serverproc *server, const char *text);

/* Ends its standard input. */
void serverproc_end_console(struct serverproc *server);

/* Sends a signal to the main process only. */
void serverproc_signal(const struct serverproc *server, int signal);

/* Waits for the main process to end, at most ms milliseconds, stretched. False: it still runs. */
bool serverproc_wait(struct serverproc *server, long ms);

/* Waits until no process of its group is left. False: the bound is over. */
bool serverproc_await_group_gone(const struct serverproc *server);

/* It was sent a signal: it ends within ms milliseconds (stretched), with status 0, its log has no
 * complaint, and no process of its group is left. Fails the test if not. */
void serverproc_check_ended(struct serverproc *server, long ms);

/* Waits until its main process has no more descriptors open than it had at the start (that
 * many more are allowed), or until it has no zombies. False: the bound is over. */
bool serverproc_await_descriptors(const struct serverproc *server, int more);
bool serverproc_await_no_zombies(const struct serverproc *server);

/* Waits until its main process has no children at all. */
bool serverproc_await_no_children(const struct serverproc *server);

/* CPU time its group has used, in ms, in a stretch of observed time. */
long serverproc_cpu_during(const struct serverproc *server, long ms);

/* Whether its log has a line with this text; whether it has a sanitizer's or valgrind's
 * complaint, which is copied to line. */
bool serverproc_logged(const struct serverproc *server, const char *text);
bool serverproc_complained(const struct serverproc *server, char *line, size_t size);

/* Kills what is left of it, removes its folder, frees it. */
void serverproc_free(struct serverproc *server);

/* The same for all; kills first, so that it may be called from atexit. */
void serverproc_sweep(void);

/* And removes the folders that are left (folder_sweep). */
void serverproc_clean_up(void);

/* How a program that starts servers begins: their orphans come to it (see serverproc_look.c), a
 * signal that should end it calls on_interrupt, and at its end serverproc_clean_up is called. */
void serverproc_prepare(void (*on_interrupt)(int));

/* Sends SIGKILL to the groups of all servers; may be called from a signal handler. */
void serverproc_kill_all(void);

/* All servers there are, linked by next. */
struct serverproc *serverproc_all(void);

/* Whether its processes can be looked at: one of those that were started has its listening socket.
 * (The command may only ask something else to start it, as docker does.) */
bool serverproc_visible(const struct serverproc *server);

/* A TCP port on loopback without a listener, which the kernel gives to no process that asks for
 * any, until fd is closed. A process that sets SO_REUSEADDR can bind it. */
int serverproc_reserve_port(int *fd);

/* For verdict_fail: writes which servers of somebody else have ended by themselves, and how. */
void serverproc_dump_ended(FILE *out);

/* For verdict_fail: shows all servers and the last lines of their logs. */
void serverproc_dump_all(FILE *out);

#endif
