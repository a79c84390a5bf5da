/* lab_todo.h: what stands in the functions that an exercise has emptied
 *
 * LAB_TODO("watch") prints that the function is yours to write, and ends the server. Functions and
 * parameters that only the emptied body used are not warned about while this is included.
 */
#ifndef LAB_TODO_H
#define LAB_TODO_H

#include <stdio.h>
#include <stdlib.h>

#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"

#define LAB_TODO(name) lab_todo(__FILE__, __LINE__, name)

_Noreturn static inline void lab_todo(const char *file, int line, const char *name)
{
    fprintf(stderr, "%s:%d: %s is empty: it is yours to write\n", file, line, name);
    fflush(stderr);
    _Exit(70);
}

#endif
