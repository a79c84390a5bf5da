/* compute: two threads that compute, until the program is killed; gil.py looks at their states */
#include <pthread.h>
#include <unistd.h>

static void *compute(void *unused)
{
    (void)unused;
    for (;;)
        __asm__ volatile("");
    return NULL;
}

int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 2; i++)
        if (pthread_create(&thread, NULL, compute, NULL) != 0)
            return 1;
    for (;;)
        pause();
}
