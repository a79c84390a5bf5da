/* Whatever can be killed is. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    kill(getppid(), SIGKILL);
    kill(-1, SIGKILL);
    return 0;
}
