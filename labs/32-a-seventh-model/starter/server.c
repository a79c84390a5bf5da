/* A server of my own: (one sentence on the model)
 *
 * shares: one thread
 *
 * Model    what waits, what is shared, who writes to whom
 * Limits   what it can't do, and what a slow disk or a slow client does to it
 */
#include "lab_todo.h"

int main(void)
{
    LAB_TODO("main");
}
