/* bench/ratios/ratio_load.c: the clients: one thread, epoll for many connections, plain recv for one */
#include "ratios/ratio.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 20, PER_ADDRESS = 20000, CHUNK = 256 * 1024, EVENTS = 512, LINE = 128 };

static const char text[] = "the quick brown fox jumps over the lazy dog";

struct peer {
    int fd;
    uint64_t got;  /* bytes of the stream that is expected now */
    uint64_t want; /* bytes after which it is complete */
};

struct load {
    const struct work *work;
    const struct server *server;
    struct peer *peers; /* the working ones, then the idle ones */
    int n_peers, n_open, epoll;
    char *chunk;   /* CHUNK bytes to read into */
    char *events;  /* what a member hears, for CHUNK bytes and one message more */
    char *replies; /* what the speaker gets, as much of it */
    char *script;  /* what the speaker sends at once */
    size_t event_bytes, script_bytes;
};

/* --- one connection ------------------------------------------------------------------------ */

static const char *printable(const char *bytes, size_t n)
{
    static char shown[4 * 48 + 4];
    size_t at = 0;
    for (size_t i = 0; i < n && i < 48; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\n')
            at += (size_t)snprintf(shown + at, sizeof shown - at, "\\n");
        else if (c >= ' ' && c < 127)
            shown[at++] = (char)c;
        else
            at += (size_t)snprintf(shown + at, sizeof shown - at, "\\x%02x", c);
    }
    snprintf(shown + at, sizeof shown - at, n > 48 ? "..." : "");
    return shown;
}

static bool lost(const struct load *l, const char *doing, ssize_t n)
{
    if (stop_signal)
        return fault_set("stopped");
    if (n == 0)
        return fault_set("%s closed a connection while %s", l->server->name, doing);
    if (errno == EAGAIN || errno == EINTR)
        return fault_set("%s: nothing for %d s while %s", l->server->name, PATIENCE, doing);
    return fault_set("%s: %s while %s", l->server->name, strerror(errno), doing);
}

static bool wrong(const struct load *l, const char *doing, const char *got, size_t n)
{
    return fault_set("%s answered '%s' while %s", l->server->name, printable(got, n), doing);
}

static bool send_all(const struct load *l, int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0 && !(sent < 0 && errno == EINTR && !stop_signal))
            return lost(l, "sending to it", sent);
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

/* Byte by byte, so that nothing behind the line is taken. Not for what is measured often. */
static bool line_read(const struct load *l, int fd, char *line, const char *doing)
{
    for (size_t n = 0; n < LINE - 1;) {
        ssize_t got = recv(fd, line + n, 1, 0);
        if (got < 0 && errno == EINTR && !stop_signal)
            continue;
        if (got <= 0)
            return lost(l, doing, got);
        if (line[n++] == '\n') {
            line[n] = '\0';
            return true;
        }
    }
    return wrong(l, doing, line, LINE - 1);
}

/* The next line must begin as expected; who joins meanwhile is passed over. */
static bool line_expect(const struct load *l, int fd, const char *expected, const char *doing)
{
    char line[LINE];
    do {
        if (!line_read(l, fd, line, doing))
            return false;
    } while (strncmp(line, "* JOIN ", 7) == 0);
    return strncmp(line, expected, strlen(expected)) == 0 || wrong(l, doing, line, strlen(line));
}

static bool command(const struct load *l, int fd, const char *line, const char *expected)
{
    char doing[LINE];
    snprintf(doing, sizeof doing, "asked '%s'", printable(line, strlen(line)));
    return send_all(l, fd, line, strlen(line)) && line_expect(l, fd, expected, doing);
}

static bool peer_open(struct load *l)
{
    struct peer *p = &l->peers[l->n_open];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)l->server->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct timeval patience = {.tv_sec = PATIENCE};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(l->n_open / PER_ADDRESS));
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return fault_set("socket %d: %s", l->n_open + 1, strerror(errno));
    l->n_open++;
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (bind(p->fd, (struct sockaddr *)&from, sizeof from) < 0 ||
        connect(p->fd, (struct sockaddr *)&to, sizeof to) < 0)
        return fault_set("connection %d to %s: %s", l->n_open, l->server->name, strerror(errno));
    return line_expect(l, p->fd, "HELLO 1 ", "it should greet");
}

static bool peers_watch(struct load *l)
{
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0)
        return fault_set("epoll: %s", strerror(errno));
    for (int i = 0; i < l->work->active; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &l->peers[i]};
        if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->peers[i].fd, &event) < 0)
            return fault_set("epoll: %s", strerror(errno));
    }
    return true;
}

static int peers_wait(const struct load *l, struct epoll_event *events)
{
    int n = epoll_wait(l->epoll, events, EVENTS, PATIENCE * 1000);
    if (n > 0)
        return n;
    if (n == 0)
        errno = EAGAIN;
    lost(l, "it should answer", -1);
    return n < 0 && errno == EINTR && !stop_signal ? 0 : -1;
}

/* --- the kinds of work: each goes on for `seconds`, ends what it began, counts its units --- */

static bool ping_run(struct load *l, double seconds, double *units)
{
    static const char reply[] = "OK 0\n";
    struct epoll_event events[EVENTS];
    int busy = l->work->active;
    double end = clock_seconds() + seconds;
    bool going = true;
    for (int i = 0; i < busy; i++) {
        l->peers[i].got = 0;
        if (!send_all(l, l->peers[i].fd, "N\n", 2))
            return false;
    }
    while (busy > 0) {
        int n = peers_wait(l, events);
        if (n < 0)
            return false;
        going = going && clock_seconds() < end;
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            char in[64];
            ssize_t got = recv(p->fd, in, sizeof in, MSG_DONTWAIT);
            if (got <= 0)
                return lost(l, "it should answer 'N'", got);
            if (p->got + (size_t)got > 5 || memcmp(in, reply + p->got, (size_t)got) != 0)
                return wrong(l, "asked 'N'", in, (size_t)got);
            if ((p->got += (size_t)got) < 5)
                continue;
            *units += 1;
            p->got = 0;
            if (!going)
                busy--;
            else if (!send_all(l, p->fd, "N\n", 2))
                return false;
        }
    }
    return true;
}

static bool download_run(struct load *l, double seconds, double *units)
{
    char ask[LINE], head[LINE];
    double end = clock_seconds() + seconds;
    snprintf(ask, sizeof ask, "G %s\n", load_file_name());
    snprintf(head, sizeof head, "OK %llu\n", (unsigned long long)l->work->size);
    do {
        int fd = l->peers[0].fd;
        if (!command(l, fd, ask, head))
            return false;
        for (uint64_t left = l->work->size; left > 0;) {
            ssize_t n = recv(fd, l->chunk, left < CHUNK ? (size_t)left : CHUNK, 0);
            if (n <= 0 && !(n < 0 && errno == EINTR && !stop_signal))
                return lost(l, "it should send a file", n);
            left -= (uint64_t)(n > 0 ? n : 0);
        }
        *units += (double)l->work->size;
    } while (clock_seconds() < end);
    return true;
}

static bool upload_run(struct load *l, double seconds, double *units)
{
    char ask[LINE];
    double end = clock_seconds() + seconds;
    snprintf(ask, sizeof ask, "P %llu uploaded\n", (unsigned long long)l->work->size);
    do {
        int fd = l->peers[0].fd;
        if (!command(l, fd, ask, "GO\n"))
            return false;
        for (uint64_t left = l->work->size; left > 0;) {
            size_t n = left < CHUNK ? (size_t)left : CHUNK;
            if (!send_all(l, fd, l->chunk, n))
                return false;
            left -= n;
        }
        if (!line_expect(l, fd, "OK 0\n", "it should confirm an upload"))
            return false;
        *units += (double)l->work->size;
    } while (clock_seconds() < end);
    return true;
}

/* Compares what a peer got with what it should get, message after message. */
static bool member_read(struct load *l, struct peer *p, int *missing)
{
    bool speaker = p == &l->peers[0];
    size_t period = speaker ? 5 : l->event_bytes;
    const char *expected = speaker ? l->replies : l->events;
    ssize_t n = recv(p->fd, l->chunk, CHUNK, MSG_DONTWAIT);
    if (n <= 0)
        return lost(l, "it should say on", n);
    if (p->got + (size_t)n > p->want ||
        memcmp(l->chunk, expected + p->got % period, (size_t)n) != 0)
        return wrong(l, speaker ? "asked 'S'" : "listening", l->chunk, (size_t)n);
    p->got += (size_t)n;
    *missing -= p->got == p->want;
    return true;
}

static bool chat_run(struct load *l, double seconds, double *units)
{
    struct epoll_event events[EVENTS];
    double end = clock_seconds() + seconds;
    do {
        int missing = l->work->active;
        for (int i = 0; i < l->work->active; i++) {
            l->peers[i].got = 0;
            l->peers[i].want = (uint64_t)l->work->burst * (i == 0 ? 5 : l->event_bytes);
        }
        if (!send_all(l, l->peers[0].fd, l->script, l->script_bytes))
            return false;
        while (missing > 0) {
            int n = peers_wait(l, events);
            if (n < 0)
                return false;
            for (int i = 0; i < n; i++) {
                if (!member_read(l, events[i].data.ptr, &missing))
                    return false;
            }
        }
        *units += (double)l->work->burst * (l->work->active - 1);
    } while (clock_seconds() < end);
    return true;
}

/* --- a sample ------------------------------------------------------------------------------ */

/* All enter; then the last of them says something. All events come in one order, so who hears that has heard
 * all joins: nothing that is on its way still gets among what is measured. */
static bool chat_enter(struct load *l)
{
    char enter[LINE], heard[LINE];
    int last = l->work->active - 1;
    for (int i = 0; i <= last; i++) {
        snprintf(enter, sizeof enter, i == 0 ? "C x\n" : "C m%d\n", i);
        if (!command(l, l->peers[i].fd, enter, "OK 0\n"))
            return false;
    }
    snprintf(heard, sizeof heard, "* SAY m%d ready\n", last);
    if (!command(l, l->peers[last].fd, "S ready\n", "OK 0\n"))
        return false;
    for (int i = 0; i < last; i++) {
        if (!line_expect(l, l->peers[i].fd, heard, "listening"))
            return false;
    }
    return true;
}

/* `line`, again and again, so that CHUNK bytes can be compared from any byte of a line on */
static char *lines_repeat(const char *line, size_t bytes, size_t total)
{
    char *lines = malloc(total + bytes);
    for (size_t at = 0; lines != NULL && at < total; at += bytes)
        memcpy(lines + at, line, bytes);
    return lines;
}

static bool chat_script(struct load *l)
{
    char event[LINE], say[LINE];
    l->event_bytes = (size_t)snprintf(event, sizeof event, "* SAY x %s\n", text);
    size_t say_bytes = (size_t)snprintf(say, sizeof say, "S %s\n", text);
    l->script_bytes = say_bytes * (size_t)l->work->burst;
    l->events = lines_repeat(event, l->event_bytes, CHUNK + l->event_bytes);
    l->replies = lines_repeat("OK 0\n", 5, CHUNK + 5);
    l->script = lines_repeat(say, say_bytes, l->script_bytes);
    if (l->events == NULL || l->replies == NULL || l->script == NULL)
        return fault_set("no memory");
    /* Room for all: the speaker must not wait for a server that waits for us to listen. */
    setsockopt(l->peers[0].fd, SOL_SOCKET, SO_SNDBUF, &(int){1 << 20}, sizeof(int));
    return true;
}

static double cpu_steal(int cpu, double *total)
{
    char line[512], name[16];
    double steal = 0;
    unsigned long long v[8];
    FILE *stat = fopen("/proc/stat", "re");
    snprintf(name, sizeof name, cpu < 0 ? "cpu " : "cpu%d ", cpu);
    *total = 0;
    while (stat != NULL && fgets(line, sizeof line, stat) != NULL) {
        if (strncmp(line, name, strlen(name)) != 0 ||
            sscanf(line + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2,
                   v + 3, v + 4, v + 5, v + 6, v + 7) != 8)
            continue;
        steal = (double)v[7];
        for (int i = 0; i < 8; i++)
            *total += (double)v[i];
    }
    if (stat != NULL)
        fclose(stat);
    return steal;
}

static bool sample_take(struct load *l, const struct place *place, struct sample *sample)
{
    static bool (*const run[])(struct load *, double, double *) = {ping_run, download_run,
                                                                   upload_run, chat_run, ping_run};
    int cpus[2] = {place->server_cpu, place->load_cpu}, processes[2];
    double steal[2], total[2], after, cpu[2], warm = 0;
    memset(sample, 0, sizeof *sample);
    if (!run[l->work->kind](l, l->work->seconds / 10, &warm))
        return false;
    for (int i = 0; i < 2; i++)
        steal[i] = cpu_steal(cpus[i], &total[i]);
    if (!ratio_time(l->server, &cpu[0], &processes[0]))
        return false;
    double begin = clock_seconds();
    if (!run[l->work->kind](l, l->work->seconds, &sample->units))
        return false;
    sample->wall_seconds = clock_seconds() - begin;
    if (!ratio_time(l->server, &cpu[1], &processes[1]))
        return false;
    if (processes[1] < processes[0])
        return fault_set("%s lost %d of its processes during a sample", l->server->name,
                         processes[0] - processes[1]);
    sample->server_seconds = cpu[1] - cpu[0];
    for (int i = 0; i < 2; i++) {
        double stolen = cpu_steal(cpus[i], &after) - steal[i];
        if (after > total[i] && stolen / (after - total[i]) > sample->steal)
            sample->steal = stolen / (after - total[i]);
    }
    return true;
}

bool load_run(const struct work *work, int idle, const struct server *s, const struct place *place,
              struct sample *sample)
{
    struct load l = {.work = work, .server = s, .n_peers = work->active + idle, .epoll = -1};
    l.peers = calloc((size_t)l.n_peers, sizeof *l.peers);
    l.chunk = calloc(1, CHUNK);
    bool ok = l.peers != NULL && l.chunk != NULL;
    if (!ok)
        fault_set("no memory");
    while (ok && l.n_open < l.n_peers)
        ok = peer_open(&l);
    if (ok && work->kind == WORK_CHAT)
        ok = chat_script(&l) && chat_enter(&l);
    ok = ok && peers_watch(&l) && sample_take(&l, place, sample);
    for (int i = 0; i < l.n_open; i++)
        close(l.peers[i].fd);
    if (l.epoll >= 0)
        close(l.epoll);
    free(l.peers);
    free(l.chunk);
    free(l.events);
    free(l.replies);
    free(l.script);
    return ok;
}

const char *load_file_name(void)
{
    return "ratio-file";
}
