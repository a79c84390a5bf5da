/* tests/faults/host.c: starting the server, arming it, ending it; see host.h */
#include "host.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dialog.h"
#include "procfs.h"

#define OPTIONS "-v --durable --max-upload 20M --quota 16M"

struct host host;

static char control_path[] = "/tmp/six-ways-faults-XXXXXX";

void problem(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (host.problem[0] == '\0')
        (void)vsnprintf(host.problem, sizeof host.problem, format, arguments);
    va_end(arguments);
}

bool has_problem(void)
{
    return host.problem[0] != '\0';
}

int sweep_port(void)
{
    return host.server->port;
}

int sweep_descriptors(void)
{
    return procfs_descriptors(host.server->pid);
}

const char *sweep_model(void)
{
    return host.model;
}

bool sweep_many_clients(void)
{
    return strcmp(host.model, "01_loop") != 0;
}

bool sweep_short_of_memory(void)
{
    return fault_is_of_memory(&host.fault) && host_injected() > 0;
}

/* ---- arming ---- */

bool host_begin(const char *library)
{
    int fd = mkostemp(control_path, O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, sizeof *host.control) != 0) {
        perror(control_path);
        return false;
    }
    void *memory = mmap(NULL, sizeof *host.control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    host.control = memory;
    (void)snprintf(host.template, sizeof host.template,
                   "env LD_PRELOAD=%s INJECT_CONTROL=%s %s/%s-server -p {port} -d {dir} {options}",
                   library, control_path, host.model, host.model + 3);
    return memory != MAP_FAILED && serverproc_template(host.template);
}

void host_end(void)
{
    (void)unlink(control_path);
}

void host_disarm(void)
{
    host.control->armed = 0;
}

static void slot_set(struct inject_slot *slot, const struct fault *fault)
{
    slot->call = CALL_NONE;
    slot->injected = 0;
    slot->place = 0;
    if (fault == NULL)
        return;
    slot->nth = fault->nth;
    slot->effect = fault->effect;
    slot->times = fault->on ? effect_times(fault->effect) : 1;
    slot->call = fault->call;
}

void host_arm(const struct fault *fault, const char *with)
{
    struct fault second = {.nth = 1};
    char call[32], effect[32];
    host_disarm();
    if (with != NULL && sscanf(with, "%31[^:]:%u:%31s", call, &second.nth, effect) == 3) {
        second.call = call_by_name(call);
        second.effect = effect_by_name(effect);
    }
    slot_set(&host.control->slots[0], fault);
    slot_set(&host.control->slots[1], with != NULL ? &second : NULL);
    for (int call_of = 0; call_of < CALLS; call_of++)
        host.control->calls[call_of] = 0;
    host.control->armed = 1;
}

uint32_t host_injected(void)
{
    return host.control->slots[0].injected;
}

void sweep_end_fault(void)
{
    if (host.control->armed == 0 || !host.fault.on || host_injected() == 0)
        return;
    if (host.look && host.fault.effect != EFFECT_SHORT) /* byte by byte is a lot of work */
        host_check_sleep("while the call fails");
    host.look = false;
    host.fault_ended = true;
    host_disarm();
}

/* ---- beginning and end ---- */

struct serverproc *host_launch(void)
{
    /* a console that can't be watched by epoll: that is no reason not to start */
    static const struct serverproc_config config = {.options = OPTIONS,
                                                    .console = SERVERPROC_CONSOLE_NULL};
    return serverproc_launch(&config);
}

void host_start(void)
{
    static const struct serverproc_config config = {.options = OPTIONS};
    host_disarm();
    host.control->spared[0] = 0;
    host.server = serverproc_start(&config);
    host_write_files();
    memset(dialogs, 0, sizeof dialogs);
    if (sweep_many_clients())
        host_enter_witness();
    else
        WITNESS->name = "nobody";
    host_count();
}

void host_stop(void)
{
    if (host.server == NULL)
        return;
    host_disarm();
    for (int i = 0; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    serverproc_signal(host.server, SIGTERM);
    if (!serverproc_wait(host.server, NEVER_MS + 4000))
        problem("SIGTERM does not end the server");
    else if (!WIFEXITED(host.server->status) || WEXITSTATUS(host.server->status) != 0)
        problem("at SIGTERM the server does not end with status 0 (wait status 0x%x)",
                (unsigned)host.server->status);
    else if (!serverproc_await_group_gone(host.server))
        problem("the server has ended, and some of its processes have not");
    host_kill();
}

void host_kill(void)
{
    for (int i = 0; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    if (host.server != NULL)
        serverproc_free(host.server);
    host.server = NULL;
}
