/* fixture.c: see fixture.h */
#include "fixture.h"

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

struct hostile *fixture_slow(int gate)
{
    const struct hostile_step script[] = {HOSTILE_SEND("HELLO 1 slow\n"), HOSTILE_LINE,
                                          HOSTILE_SEND("OK 10\n01234"),   HOSTILE_AWAIT(gate),
                                          HOSTILE_SEND("56789"),          HOSTILE_LINE,
                                          HOSTILE_SEND("OK 0\n"),         HOSTILE_END};
    return hostile_start(script);
}

bool fixture_half(void *nothing)
{
    (void)nothing;
    return folder_holds(fixture.folder, ".x.lab-partial/data", "01234", 5);
}
