/* fixture.c: see fixture.h */
#include "fixture.h"

struct desk desk;

void desk_begin(const char *options)
{
    desk.server = fleet_start("poll", options);
    unit_folder(desk.folder);
    unit_write_text(desk.server->dir, "a.txt", "first\n");
    unit_write_text(desk.server->dir, "b.txt", "second\n");
    unit_write_text(desk.server->dir, "c.md", "third\n");
}

void desk_end(void)
{
    unit_folder_remove(desk.folder);
}

struct run_how *desk_here(void)
{
    static struct run_how how;
    how = (struct run_how){.folder = desk.folder};
    return &how;
}
