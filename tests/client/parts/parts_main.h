/* parts_main.h: the main of a test of what counts columns: it needs characters of many bytes */
#ifndef CLIENT_PARTS_MAIN_H
#define CLIENT_PARTS_MAIN_H

#include <locale.h>

#include "unit.h"

#define PARTS_MAIN(group, table)                   \
    int main(int argc, char **argv)                \
    {                                              \
        (void)setlocale(LC_CTYPE, "C.UTF-8");      \
        return unit_run(group, table, argc, argv); \
    }

#endif
