/* fixture.c: see fixture.h */
#include "fixture.h"

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
