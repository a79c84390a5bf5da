/* fixture.c: see fixture.h */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bound.h"
#include "folder.h"

struct fixture fixture;

void fixture_begin(void)
{
    fixture.server = server_start("poll", NULL);
    unit_folder(fixture.folder);
    unit_write_text(fixture.server->dir, "a.txt", "first\n");
    unit_write_text(fixture.server->dir, "b.txt", "second\n");
    unit_write_text(fixture.server->dir, "c.md", "third\n");
}

void fixture_folder(void)
{
    unit_folder(fixture.folder);
}

void fixture_end(void)
{
    unit_folder_remove(fixture.folder);
    fixture.folder[0] = '\0';
}

const struct program_options *fixture_fed(const char *input)
{
    static struct program_options how;
    how = (struct program_options){.folder = fixture.folder[0] != '\0' ? fixture.folder : NULL,
                                   .input = input};
    return &how;
}

const char *fixture_path(const char *name)
{
    return folder_path(fixture.folder, name);
}

struct part {
    char path[UNIT_PATH];
    const char *bytes;
    size_t len;
};

static bool is_there(void *arg)
{
    const struct part *part = arg;
    return folder_holds(fixture.folder, part->path, part->bytes, part->len);
}

void fixture_await_part(const char *name, const char *bytes, size_t len)
{
    struct part part = {.bytes = bytes, .len = len};
    (void)snprintf(part.path, sizeof part.path, ".%s.lab-partial/data", name);
    unit_check(bound_await(is_there, &part, BOUND_GENEROUS), "nothing was written");
}

struct slow fixture_slow_begin(const struct program_options *how, const char *option)
{
    struct slow slow;
    assert_int_equal(pipe2(slow.gate, O_CLOEXEC), 0);
    slow.server = hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 10\n01234"),
                                               HOSTILE_AWAIT(slow.gate[0]), HOSTILE_SEND("56789"),
                                               HOSTILE_BYE));
    slow.run = RUN(how, "-p", slow.server->port, "get", option, "x");
    fixture_await_part("x", "01234", 5);
    return slow;
}

void fixture_slow_end(struct slow *slow, int status, const char *says)
{
    assert_int_equal(write(slow->gate[1], "", 1), 1);
    program_finish(slow->run, status, says);
    hostile_finish(slow->server);
    close(slow->gate[0]);
    close(slow->gate[1]);
}
