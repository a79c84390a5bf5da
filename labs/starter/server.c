/* server.c: yours. Started as ./server PORT FOLDER, it has to become a server. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: server PORT FOLDER");
    fprintf(stderr, "server: nothing listens on port %ld yet\n", strtol(argv[1], NULL, 10));
    return 1;
}
