#include "run.h"
int cmd_self_check(void)
{
    return 1;
}
