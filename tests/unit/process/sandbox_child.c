/* sandbox_child.c: see sandbox_child.h */
#include "sandbox_child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/instrumented.h"
#include "landlock.h"
#include "process/sandbox.h"

bool sandbox_child_enter(int abi)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0 &&
           sandbox_enter(place.store.dir) == abi;
}

int sandbox_listen(struct sockaddr_in *where)
{
    socklen_t size = sizeof *where;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unit_check(fd >= 0 && bind(fd, (struct sockaddr *)where, size) == 0 && listen(fd, 5) == 0 &&
                   getsockname(fd, (struct sockaddr *)where, &size) == 0,
               "listen: %s", strerror(errno));
    return fd;
}

void sandbox_child(int (*what)(int), int abi)
{
    unit_folder(place.inside);
    unit_folder(place.outside);
    unit_write_text(place.inside, "file", "inside");
    unit_write_text(place.outside, "file", "outside");
    unit_check(symlink(path_of(place.outside, "file").text, path_of(place.inside, "link").text) ==
                   0,
               "symlink: %s", strerror(errno));
    unit_check(mkdir(path_of(place.inside, "folder").text, 0700) == 0, "mkdir: %s",
               strerror(errno));
    unit_write_text(place.inside, "folder/deep", "deep");
    unit_check(store_open(&place.store, place.inside) == 0, "store_open");
    place.store = (struct store){.dir = place.store.dir, .mode = 0644};
    int listener = sandbox_listen(&place.listening);
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(what(abi));
    int status = unit_wait(child);
    close(listener);
    store_close(&place.store);
    unit_folder_remove(place.inside);
    unit_folder_remove(place.outside);
    unit_check(status == 0, "status %d of the child (wait status 0x%x)", WEXITSTATUS(status),
               (unsigned int)status);
}

void sandbox_case_run(void **test)
{
    const struct sandbox_case *one = *test;
    sandbox_child(one->what, sandbox_abi_or_skip());
}

int sandbox_abi_or_skip(void)
{
    int abi = landlock_abi();
    if (abi <= 0)
        unit_skip("this kernel has no Landlock: the sandbox is not tested");
    if (INSTRUMENTED)
        unit_skip("built with a sanitizer: there is no sandbox");
    return abi;
}
