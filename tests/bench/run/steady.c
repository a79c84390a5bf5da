/* steady.c: see steady.h */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clients/clients.h"
#include "loopback.h"
#include "steady.h"

static pthread_mutex_t service = PTHREAD_MUTEX_INITIALIZER;
static char served[LOAD_SUM_TEXT + 8] = "OK 65\n";

static bool serve(int client, const char *requests, size_t n)
{
    const struct timespec takes = {.tv_nsec = STEADY_US * 1000};
    for (size_t i = 0; i < n; i++) {
        bool quit = requests[i] == 'Q', ping = requests[i] == 'N';
        const char *reply = quit || ping ? "OK 0\n" : served;
        if (strchr("HNQ", requests[i]) == NULL)
            continue; /* names are in lower case and digits */
        (void)pthread_mutex_lock(&service);
        (void)nanosleep(&takes, NULL); /* this is the server's work */
        (void)pthread_mutex_unlock(&service);
        if (send(client, reply, strlen(reply), MSG_NOSIGNAL) < 0 || quit)
            return false;
    }
    return true;
}

static void *serve_client(void *arg)
{
    int client = (int)(intptr_t)arg;
    char requests[512];
    ssize_t n = send(client, "HELLO 1 steady\n", 15, MSG_NOSIGNAL);
    while (n > 0 && (n = recv(client, requests, sizeof requests, 0)) > 0)
        if (!serve(client, requests, (size_t)n))
            break;
    (void)close(client);
    return NULL;
}

int steady_server(int port, int shy)
{
    int listener = loopback_listen(&port, 100);
    verify_prepare();
    verify_sum(4096, served + strlen(served)); /* of the file of offered-load */
    if (listener < 0)
        return 1;
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        bool closed = shy > 0 || shy == -1;
        shy += shy > 0 ? -1 : shy < -1;
        if (client >= 0 && closed) {
            (void)close(client);
            continue;
        }
        if (client < 0 ||
            pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)client) != 0)
            return 1;
        (void)pthread_detach(thread);
    }
}
