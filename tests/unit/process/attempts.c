/* attempts.c: see attempts.h */
#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place place;

struct path path_of(const char *folder, const char *name)
{
    struct path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    return path;
}

static int result(int value)
{
    return value < 0 ? errno : 0;
}

int attempt_open(const char *folder, const char *name, int flags)
{
    const struct path path = path_of(folder, name);
    int fd = open(path.text, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int cut_outside(void)
{
    const struct path path = path_of(place.outside, "file");
    return result(truncate(path.text, 0));
}

static int remove_outside(void)
{
    const struct path path = path_of(place.outside, "file");
    return result(unlink(path.text));
}

static int move_out(void)
{
    const struct path from = path_of(place.inside, "file"), to = path_of(place.outside, "moved");
    int error = result(rename(from.text, to.text));
    return error == EXDEV ? EACCES : error; /* a kernel of ABI 1 has one answer to all such moves */
}

/* A process that may give a file a second name in the library can read it there. */
static int link_in(void)
{
    const struct path from = path_of(place.outside, "file"), to = path_of(place.inside, "linked");
    return result(link(from.text, to.text));
}

static int link_within(void)
{
    return result(linkat(place.store.dir, "folder/deep", place.store.dir, "raised", 0));
}

static int move_within(void)
{
    return result(renameat(place.store.dir, "folder/deep", place.store.dir, "risen"));
}

static int make_folder(void)
{
    return result(mkdirat(place.store.dir, "sub", 0700));
}

static int make_link(void)
{
    return result(symlinkat("/", place.store.dir, "root"));
}

static int make_fifo(void)
{
    return result(mkfifoat(place.store.dir, "fifo", 0600));
}

static int execute(void)
{
    char *const words[] = {"true", NULL};
    int status;
    pid_t child = fork();
    if (child == 0) {
        (void)execv("/bin/true", words); /* its status is 0 */
        _exit(errno);
    }
    bool ended = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    return ended ? WEXITSTATUS(status) : ECHILD;
}

static int with_socket(int (*call)(int, const struct sockaddr *, socklen_t),
                       const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = result(call(fd, (const struct sockaddr *)address, sizeof *address));
    close(fd);
    return error;
}

static int connect_out(void)
{
    return with_socket(connect, &place.listening);
}

static int bind_port(void)
{
    const struct sockaddr_in any = {.sin_family = AF_INET};
    return with_socket(bind, &any);
}

static int attempt_signal_to_parent(void)
{
    return result(kill(getppid(), 0));
}

static const struct attempt {
    const char *what;
    const char *folder, *name; /* a file to open with flags; or, if folder is NULL, */
    int flags;
    int (*try)(void);   /* a function that returns 0 or an errno value */
    int abi, forbidden; /* which version forbids it, and with which errno value */
} attempts[] = {
    {"read a file", place.outside, "file", O_RDONLY, NULL, 1, EACCES},
    {"read a file by a link", place.inside, "link", O_RDONLY, NULL, 1, EACCES},
    {"read by ..", place.inside, "../../../../proc/version", O_RDONLY, NULL, 1, EACCES},
    {"read /proc/self", "/proc/self", "environ", O_RDONLY, NULL, 1, EACCES},
    {"write a file", place.outside, "file", O_WRONLY, NULL, 1, EACCES},
    {"make a file", place.outside, "new", O_WRONLY | O_CREAT | O_EXCL, NULL, 1, EACCES},
    {"list a folder", place.outside, ".", O_RDONLY | O_DIRECTORY, NULL, 1, EACCES},
    {"list /", "/", ".", O_RDONLY | O_DIRECTORY, NULL, 1, EACCES},
    /* REFER, of ABI 2, makes it possible to allow these; nobody has asked for it */
    {"link a file in", NULL, NULL, 0, link_in, 1, EXDEV},
    {"link a file between folders", NULL, NULL, 0, link_within, 1, EXDEV},
    {"move a file between folders", NULL, NULL, 0, move_within, 1, EXDEV},
    {"cut a file", NULL, NULL, 0, cut_outside, 3, EACCES},
    {"remove a file", NULL, NULL, 0, remove_outside, 1, EACCES},
    {"move a file out", NULL, NULL, 0, move_out, 1, EACCES},
    {"make a folder inside", NULL, NULL, 0, make_folder, 1, EACCES},
    {"make a link inside", NULL, NULL, 0, make_link, 1, EACCES},
    {"make a FIFO inside", NULL, NULL, 0, make_fifo, 1, EACCES},
    {"execute a program", NULL, NULL, 0, execute, 1, EACCES},
    {"connect to a port", NULL, NULL, 0, connect_out, 4, EACCES},
    {"bind a port", NULL, NULL, 0, bind_port, 4, EACCES},
    {"signal to the parent", NULL, NULL, 0, attempt_signal_to_parent, 6, EPERM},
};

bool attempts_made(int abi, const char *where)
{
    bool ok = true;
    for (size_t i = 0; i < UNIT_COUNT(attempts); i++) {
        const struct attempt *one = &attempts[i];
        int expected = abi < one->abi ? 0 : one->forbidden;
        int error =
            one->folder != NULL ? attempt_open(one->folder, one->name, one->flags) : one->try();
        if (error == expected)
            continue;
        printf("%s: %s: expected %s, received %s\n", where, one->what, strerror(expected),
               strerror(error));
        ok = false;
    }
    (void)fflush(stdout);
    return ok;
}
