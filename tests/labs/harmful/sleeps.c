/* It does nothing, and does not end when it is asked to. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    for (int number = 1; number < 32; number++)
        signal(number, SIG_IGN);
    for (;;)
        pause();
}
