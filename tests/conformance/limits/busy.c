#include "busy.h"

#include <string.h>

bool busy_refused(struct wire *wire)
{
    const char *line = wire_line(wire);

    verdict_check(line, "the connection has ended without a word");
    if (strncmp(line, "HELLO 1 ", 8) == 0)
        return false;
    verdict_check(strncmp(line, "ERR busy ", 9) == 0, "expected HELLO or ERR busy\nreceived: %s",
                  line);
    return true;
}

void busy_expect(struct wire *wire)
{
    wire_expect_last_error(wire, "busy");
    wire_close(wire);
}
