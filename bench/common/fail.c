/* bench/common/fail.c: see fail.h */
#include "common/fail.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(char why[WHY], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, WHY, format, arguments);
    va_end(arguments);
    return false;
}
