/* core/process/setup.c: see setup.h */
#include "process/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/log.h"
#include "process/harden.h"
#include "sockets/net.h"

/* The name of a folder may contain any byte but NUL, also a line end: it is escaped, and that makes
 * it longer. */
enum { DIR_SHOWN = 4 * PATH_MAX };

static void clients_limit(struct options *options, unsigned int descriptors,
                          unsigned int max_clients)
{
    size_t have = descriptors_raise();
    size_t fit = have > SETUP_DESCRIPTORS ? have - SETUP_DESCRIPTORS : 1;
    if (descriptors > 0 && options->max_clients > fit / descriptors)
        options->max_clients = (unsigned int)(fit / descriptors);
    if (options->max_clients > max_clients)
        options->max_clients = max_clients;
}

/* WHY      a terminal or pipe is reopened: then O_NONBLOCK is ours alone, not the shell's too
 * WITHOUT  poll(2) says that there is room, or input; but for the whole line there is none, or
 *          another server on this terminal has read the input meanwhile, and all clients wait
 *                                                                    [mutant: core-stream-shared]
 * MAN      open(2), "open file description"; proc_pid_fd(5)
 *
 * If that can't be (no /proc, another user's terminal after su), the stream stays as it is. */
static void stream_open_anew(int fd)
{
    char path[32];
    struct stat st;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &st) != 0 || (!S_ISFIFO(st.st_mode) && !isatty(fd)))
        return;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0)
        return;
    (void)dup2(own, fd);
    close(own);
}

/* WHY      a large piece of memory is mapped, and unmapped when it is freed
 * WITHOUT  after the first such piece glibc raises its threshold, takes the next from its heap, and
 *          keeps what was used at the peak                           [mutant: core-peak-kept]
 * MAN      mallopt(3), M_MMAP_THRESHOLD
 */
static void memory_returns(void)
{
#ifdef __GLIBC__ /* the threshold of musl is fixed */
    (void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

static void signals_ignore(void)
{
    /* SIGPIPE: send(2) to a client that has gone fails with EPIPE instead. SIGXFSZ: write(2)
     * beyond RLIMIT_FSIZE fails with EFBIG. SIGTTIN: reading the terminal in the background
     * fails with EIO, instead of stopping us. SIGTTOU: writing to it is allowed, even after
     * "stty tostop". SIGHUP keeps its meaning: the terminal is gone, and the server with it. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
}

/* Opens the folder and the listener, and gives up the right to open anything else. Returns false
 * after it has printed an error. */
static bool folder_and_listener_open(struct setup *setup)
{
    const struct options *options = &setup->options;
    char why[256], dir[DIR_SHOWN];
    int error = store_open(&setup->store, options->dir);
    if (error != 0) {
        fprintf(stderr, "%s-server: can't open the folder %s: %s\n", options->model,
                log_escape(dir, sizeof dir, options->dir, strlen(options->dir)), strerror(error));
        return false;
    }
    setup->listener = net_listen(options, why, sizeof why);
    if (setup->listener < 0) {
        fprintf(stderr, "%s-server: %s\n", options->model, why);
        return false;
    }
    error = harden_process(options, setup->store.dir);
    if (error != 0)
        fprintf(stderr, "%s-server: can't give up what it does not need: %s\n", options->model,
                strerror(error));
    return error == 0;
}

int setup_begin(struct setup *setup, const char *model, unsigned int port, unsigned int descriptors,
                unsigned int max_clients, int argc, char **argv)
{
    struct options *options = &setup->options;
    if (!descriptors_open_standard())
        return 1; /* there is nothing to print an error to */
    signals_ignore();
    memory_returns();
    int status = options_parse(options, model, port, argc, argv);
    if (status >= 0)
        return status;
    clients_limit(options, descriptors, max_clients);
    stream_open_anew(STDIN_FILENO);
    stream_open_anew(STDERR_FILENO);

    setup->store = (struct store){.max_upload = options->max_upload,
                                  .quota = options->quota,
                                  .max_files = options->max_files,
                                  .durable = options->durable,
                                  .log = &setup->store_log};
    setup->store_log.model = model;
    if (!folder_and_listener_open(setup))
        return 1;
    budget_init(&setup->budget, &setup->budget_part, options->max_memory);
    setup->shared =
        (struct session_shared){.model = model, .store = &setup->store, .budget = &setup->budget};
    setup->shared.catalog = catalog_new(&setup->store, &setup->budget);
    if (setup->shared.catalog == NULL) {
        fprintf(stderr, "%s-server: can't start: %s\n", model, strerror(errno));
        return 1;
    }
    setup->timeouts = timeouts_of(options);
    console_init(&setup->console, model);
    return -1;
}

void setup_announce(const struct setup *setup)
{
    char name[80], dir[DIR_SHOWN];
    const struct options *options = &setup->options;
    printf("%s: listening on %s, serving %s, up to %u clients\n", options->model,
           net_name(setup->listener, name, sizeof name),
           log_escape(dir, sizeof dir, options->dir, strlen(options->dir)), options->max_clients);
    (void)fflush(stdout); /* if nobody reads it, clients are served all the same */
}

bool setup_exhausted(struct setup *setup, int errnum)
{
    if (!net_exhausted(errnum))
        return false;
    if (!setup->exhausted)
        log_line(setup->options.model, "out of descriptors or memory: not accepting for a moment");
    setup->exhausted = true;
    return true;
}

void setup_accepted(struct setup *setup)
{
    setup->exhausted = false;
}

void setup_refuse(struct setup *setup, int fd, int64_t now)
{
    setup_log(setup, fd, "is refused");
    net_send_error(fd, PROTO_BUSY);
    linger_add(&setup->lingering, fd, now);
}

void setup_log(const struct setup *setup, int fd, const char *what)
{
    char peer[80];
    if (setup->options.verbose)
        log_line(setup->options.model, "%s %s", net_peer(fd, peer, sizeof peer), what);
}

void setup_end(struct setup *setup)
{
    if (setup->listener >= 0)
        close(setup->listener);
    linger_finish(&setup->lingering);
    catalog_free(setup->shared.catalog);
    store_close(&setup->store);
    if (setup->options.verbose)
        log_line(setup->options.model, "stopped");
}
