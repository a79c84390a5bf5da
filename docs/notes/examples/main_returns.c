/* main_returns: does a thread outlive main? With an argument, main calls pthread_exit */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *thread_main(void *unused)
{
    (void)unused;
    usleep(500000);
    (void)puts("the thread has done its work");
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_main, NULL) != 0)
        return 1;
    (void)puts("main is at its end");
    if (argc > 1)
        pthread_exit(NULL); /* ends this thread only; the last thread ends the process */
    return 0;               /* exit(3): ends the process, with all its threads */
}
