/* bench/clientcost.c: what does the client cost, against a bare loop?
 *
 * lab-client get and put of a large file, and a loop of recv and write (read and send) with a
 * buffer of the same size, as processes of their own, in turn, with the same running server. What
 * is compared is the processor time of the process (wait4(2)), so the start of the program counts
 * against the client. The server is on cpu 0, the clients on cpu 1.
 *
 * bbr paces what is sent by a timer, which costs more than the rest and much noise. A network of
 * one's own, where it is not used:
 *
 *     unshare -rn sh -c 'ip link set lo up; sysctl -qw net.ipv4.tcp_congestion_control=reno;
 *                        bench/clientcost'
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, ROUNDS = 99, PATH = 300 };

static struct {
    const char *server, *client;
    uint64_t size;
    int rounds;
    pid_t self, pid; /* pid: of the server */
    char port[8];
    char folder[PATH / 2], library[PATH], stored[2 * PATH], local[PATH];
} bench = {
    .server = "06_epoll/epoll-server", .client = "client/lab-client", .size = 1 << 30, .rounds = 9};

static const char name[] = "clientcost.bin"; /* in the folder of the bench, and in the library */
static char chunk[CHUNK];

static void all_remove(void)
{
    if (bench.pid > 0 && kill(bench.pid, SIGTERM) == 0)
        (void)waitpid(bench.pid, NULL, 0);
    (void)unlink(bench.stored);
    (void)unlink(bench.local);
    (void)rmdir(bench.library);
    if (bench.folder[0] != '\0' && rmdir(bench.folder) < 0)
        fprintf(stderr, "clientcost: %s is left behind: %s\n", bench.folder, strerror(errno));
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "clientcost: %s: %s\n", what, strerror(errno));
    if (getpid() == bench.self)
        all_remove();
    _exit(1);
}

static void pin(size_t cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* one processor will do, less well */
}

/* ---- the bare loop ---- */

static void line_read(int fd, char line[128])
{
    size_t n = 0;
    while (n < 127 && read(fd, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
}

static void write_all(int fd, const char *bytes, size_t len)
{
    for (ssize_t n; len > 0; bytes += n, len -= (size_t)n)
        if ((n = write(fd, bytes, len)) <= 0)
            die("write");
}

/* read(2) and write(2) are recv(2) and send(2) without flags. */
static void bare_loop(bool get)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char line[128];
    int net = socket(AF_INET, SOCK_STREAM, 0);
    int file = open(bench.local, get ? O_WRONLY | O_CREAT | O_EXCL : O_RDONLY, 0644);
    at.sin_port = htons((uint16_t)strtoul(bench.port, NULL, 10));
    if (file < 0 || net < 0 || connect(net, (struct sockaddr *)&at, sizeof at) < 0)
        die("connect");
    line_read(net, line);
    if (get)
        dprintf(net, "G %s\n", name);
    else
        dprintf(net, "P %ju %s\n", (uintmax_t)bench.size, name);
    line_read(net, line);
    if (strncmp(line, get ? "OK " : "GO", 2) != 0)
        die(line);
    for (uint64_t left = bench.size; left > 0;) {
        ssize_t n = read(get ? net : file, chunk, left < CHUNK ? (size_t)left : CHUNK);
        if (n <= 0)
            die("read");
        write_all(get ? file : net, chunk, (size_t)n);
        left -= (uint64_t)n;
    }
    if (!get)
        line_read(net, line);
    if (strncmp(line, "OK ", 3) != 0)
        die(line);
}

/* ---- measuring ---- */

/* Seconds of processor time of one transfer. */
static double transfer(bool get, bool bare)
{
    struct rusage used;
    int status;
    if (get && unlink(bench.local) < 0 && errno != ENOENT)
        die(bench.local);
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        pin(1);
        if (bare) {
            bare_loop(get);
            _exit(0);
        }
        int null = open("/dev/null", O_RDWR); /* for its summary */
        (void)dup2(null, 2);
        execl(bench.client, bench.client, "-p", bench.port, get ? "get" : "put",
              get ? name : bench.local, get ? bench.local : name, NULL);
        die(bench.client);
    }
    if (wait4(pid, &status, 0, &used) < 0 || status != 0)
        die(bare ? "the bare loop failed" : "the client failed");
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static int number_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, number_compare);
    return values[n / 2];
}

static void compare(bool get)
{
    double client[ROUNDS] = {0}, bare[ROUNDS] = {0}, ratio[ROUNDS] = {0},
           gib = (double)bench.size / (1 << 30);
    (void)transfer(get, true); /* into the page cache with it */
    (void)transfer(get, false);
    for (int r = 0; r < bench.rounds; r++) {
        bool first = r % 2 == 0; /* who comes first, in turn */
        bare[r] = first ? transfer(get, true) : 0;
        client[r] = transfer(get, false);
        bare[r] = first ? bare[r] : transfer(get, true);
        ratio[r] = client[r] / bare[r];
    }
    double median = middle(ratio, bench.rounds);
    printf("%s  client %7.1f ms/GiB  bare loop %7.1f ms/GiB  ratio %.3f  (%.3f to %.3f)\n",
           get ? "get" : "put", 1e3 * middle(client, bench.rounds) / gib,
           1e3 * middle(bare, bench.rounds) / gib, median, ratio[0], ratio[bench.rounds - 1]);
    fflush(stdout);
}

/* ---- the server and the files ---- */

static void server_start(void)
{
    char line[256] = "";
    int out[2];
    if (pipe(out) < 0 || (bench.pid = fork()) < 0)
        die("starting the server");
    if (bench.pid == 0) {
        pin(0);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        int null = open("/dev/null", O_RDWR);
        if (dup2(null, 0) < 0 || dup2(out[1], 1) < 0 || dup2(null, 2) < 0)
            die("dup2");
        execl(bench.server, bench.server, "-p", "0", "-d", bench.library, NULL);
        die(bench.server);
    }
    close(out[1]);
    line_read(out[0], line);
    /* "epoll: listening on 127.0.0.1:34567, serving files, ..." */
    size_t end = strcspn(line, ","), begin = end;
    while (begin > 0 && line[begin - 1] != ':')
        begin--;
    if (begin == 0)
        die("the server did not start");
    (void)snprintf(bench.port, sizeof bench.port, "%.*s", (int)(end - begin), line + begin);
}

static void files_make(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(bench.folder, sizeof bench.folder, "%s/clientcost-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(bench.folder) == NULL)
        die(bench.folder);
    (void)snprintf(bench.library, sizeof bench.library, "%s/files", bench.folder);
    (void)snprintf(bench.local, sizeof bench.local, "%s/%s", bench.folder, name);
    (void)snprintf(bench.stored, sizeof bench.stored, "%s/%s", bench.library, name);
    int fd = mkdir(bench.library, 0755) == 0 ? open(bench.stored, O_WRONLY | O_CREAT, 0644) : -1;
    if (fd < 0)
        die(bench.stored);
    for (size_t i = 0; i < sizeof chunk; i++)
        chunk[i] = (char)rand();
    for (uint64_t left = bench.size; left > 0;) {
        size_t part = left < CHUNK ? (size_t)left : CHUNK;
        write_all(fd, chunk, part);
        left -= part;
    }
    close(fd);
}

static uint64_t size_read(const char *text)
{
    char *unit;
    uint64_t n = strtoull(text, &unit, 10);
    return *unit == 'G' ? n << 30 : *unit == 'M' ? n << 20 : n;
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "s:r:S:C:")) != -1;) {
        const char *text = optarg != NULL ? optarg : "";
        switch (option) {
        case 's': bench.size = size_read(text); break;
        case 'r': bench.rounds = (int)strtol(text, NULL, 10); break;
        case 'S': bench.server = text; break;
        case 'C': bench.client = text; break;
        default: bench.rounds = 0;
        }
    }
    if (optind < argc || bench.rounds < 1 || bench.rounds > ROUNDS || bench.size == 0) {
        fprintf(stderr, "usage: clientcost [-s SIZE[M|G]] [-r ROUNDS] [-S SERVER] [-C CLIENT]\n");
        return 2;
    }
    bench.self = getpid();
    files_make();
    server_start();
    compare(true);
    compare(false);
    all_remove();
    return 0;
}
