/* fixture.c: see fixture.h */
#include "fixture.h"

struct fixture fixture;

void fixture_begin(const char *options)
{
    fixture.server = server_start("poll", options);
    unit_folder(fixture.folder);
    unit_write_text(fixture.server->dir, "a.txt", "first\n");
    unit_write_text(fixture.server->dir, "b.txt", "second\n");
    unit_write_text(fixture.server->dir, "c.md", "third\n");
}

void fixture_end(void)
{
    unit_folder_remove(fixture.folder);
}

struct program_options *fixture_options(void)
{
    static struct program_options how;
    how = (struct program_options){.folder = fixture.folder};
    return &how;
}
