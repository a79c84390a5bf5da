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

/* A kernel of ABI 1 has one answer to all such moves. */
static int move_out(const char *from, const char *to)
{
    int error = result(rename(from, to));
    return error == EXDEV ? EACCES : error;
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

/* The attempts of a process. */
struct made {
    int abi;
    const char *where;
    bool ok; /* so far each has ended as expected */
};

/* An attempt that this version forbids, and with which errno value; error: what came of it. */
static void expect(struct made *made, const char *what, int abi, int forbidden, int error)
{
    int expected = made->abi < abi ? 0 : forbidden;
    if (error == expected)
        return;
    printf("%s: %s: expected %s, received %s\n", made->where, what, strerror(expected),
           strerror(error));
    made->ok = false;
}

static void try_to_open(struct made *made)
{
    static const struct {
        const char *what, *folder, *name;
        int flags;
    } files[] = {
        {"read a file", place.outside, "file", O_RDONLY},
        {"read a file by a link", place.inside, "link", O_RDONLY},
        {"read by ..", place.inside, "../../../../proc/version", O_RDONLY},
        {"read /proc/self", "/proc/self", "environ", O_RDONLY},
        {"write a file", place.outside, "file", O_WRONLY},
        {"make a file", place.outside, "new", O_WRONLY | O_CREAT | O_EXCL},
        {"list a folder", place.outside, ".", O_RDONLY | O_DIRECTORY},
        {"list /", "/", ".", O_RDONLY | O_DIRECTORY},
    };
    for (size_t i = 0; i < UNIT_COUNT(files); i++)
        expect(made, files[i].what, 1, EACCES,
               attempt_open(files[i].folder, files[i].name, files[i].flags));
}

static void try_to_change(struct made *made)
{
    const struct path outside = path_of(place.outside, "file"),
                      moved = path_of(place.outside, "moved"),
                      inside = path_of(place.inside, "file"),
                      linked = path_of(place.inside, "linked");
    int dir = place.store.dir;
    /* REFER, of ABI 2, makes it possible to allow these; nobody has asked for it. A process that
     * may give a file a second name in the library can read it there. */
    expect(made, "link a file in", 1, EXDEV, result(link(outside.text, linked.text)));
    expect(made, "link a file between folders", 1, EXDEV,
           result(linkat(dir, "folder/deep", dir, "raised", 0)));
    expect(made, "move a file between folders", 1, EXDEV,
           result(renameat(dir, "folder/deep", dir, "risen")));
    expect(made, "cut a file", 3, EACCES, result(truncate(outside.text, 0)));
    expect(made, "remove a file", 1, EACCES, result(unlink(outside.text)));
    expect(made, "move a file out", 1, EACCES, move_out(inside.text, moved.text));
    expect(made, "make a folder inside", 1, EACCES, result(mkdirat(dir, "sub", 0700)));
    expect(made, "make a link inside", 1, EACCES, result(symlinkat("/", dir, "root")));
    expect(made, "make a FIFO inside", 1, EACCES, result(mkfifoat(dir, "fifo", 0600)));
}

bool attempts_made(int abi, const char *where)
{
    const struct sockaddr_in any_port = {.sin_family = AF_INET};
    struct made made = {.abi = abi, .where = where, .ok = true};
    try_to_open(&made);
    try_to_change(&made);
    expect(&made, "execute a program", 1, EACCES, execute());
    expect(&made, "connect to a port", 4, EACCES, with_socket(connect, &place.listening));
    expect(&made, "bind a port", 4, EACCES, with_socket(bind, &any_port));
    expect(&made, "signal to the parent", 6, EPERM, result(kill(getppid(), 0)));
    (void)fflush(stdout);
    return made.ok;
}
