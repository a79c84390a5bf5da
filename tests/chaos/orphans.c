/* tests/chaos/orphans.c: a library to preload into 02_fork, that counts orphaned locks
 *
 * Whoever takes a robust lock from a dead process calls pthread_mutex_consistent. The count goes to
 * the file that ORPHANS names, which all processes of the server have mapped. Without this nobody
 * could tell whether the kills have ever hit a process that held a lock.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint32_t *count;
static int (*next)(pthread_mutex_t *mutex);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("ORPHANS");
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    next = (int (*)(pthread_mutex_t *))(uintptr_t)dlsym(RTLD_NEXT, "pthread_mutex_consistent");
    if (file < 0)
        return;
    void *page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED)
        count = page;
    close(file);
}

__attribute__((visibility("default"))) int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    if (count != NULL)
        atomic_fetch_add(count, 1);
    return next(mutex);
}
