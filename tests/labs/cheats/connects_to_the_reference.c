/* A server on this machine is asked for the answers. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    static const unsigned ports[] = {@PORT@, 9001, 9002, 9003, 9004, 9005, 9006};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        unsigned port = ports[i];
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            printf("FOUND %u ", port);
        close(fd);
    }
    puts("CLEAN");
    return 0;
}
