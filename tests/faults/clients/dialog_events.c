/* tests/faults/clients/dialog_events.c: the chat room, as a client sees it; see dialog.h */
#include <stdio.h>
#include <string.h>

#include "dialog.h"
#include "faults.h"

static int member_of(struct dialog *dialog, const char *nick)
{
    for (int i = 0; i < NICKS; i++) {
        if (dialog->members[i].nick[0] == '\0')
            (void)snprintf(dialog->members[i].nick, sizeof dialog->members[i].nick, "%s", nick);
        if (strcmp(dialog->members[i].nick, nick) == 0)
            return i;
    }
    problem("%s received too many nicks: %s", dialog->name, nick);
    return 0;
}

static void check_say(struct dialog *dialog, int member, unsigned int number)
{
    if (dialog->strict && !dialog->members[member].in)
        problem("%s received SAY of %s, which is not in the room", dialog->name,
                dialog->members[member].nick);
    if (number <= dialog->members[member].last)
        problem("%s received line %u of %s after line %u", dialog->name, number,
                dialog->members[member].nick, dialog->members[member].last);
    dialog->members[member].last = number;
    dialog->received |= (uint64_t)1 << number % 64;
}

void dialog_check_event(struct dialog *dialog, const char *line)
{
    char nick[15];
    unsigned int number;
    int end = 0;
    if (sscanf(line, "* ADMIN news %u%n", &number, &end) == 1 && line[end] == '\0') {
        if (number <= dialog->news)
            problem("%s received announcement %u after %u", dialog->name, number, dialog->news);
        dialog->news = number;
    } else if (sscanf(line, "* SAY %14s line %u%n", nick, &number, &end) == 2 &&
               line[end] == '\0') {
        check_say(dialog, member_of(dialog, nick), number);
    } else if (sscanf(line, "* JOIN %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int member = member_of(dialog, nick);
        if (dialog->members[member].in)
            problem("%s received JOIN of %s twice", dialog->name, nick);
        dialog->members[member].in = true;
        dialog->members[member].joins++;
    } else if (sscanf(line, "* LEAVE %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int member = member_of(dialog, nick);
        if (dialog->strict && !dialog->members[member].in)
            problem("%s received LEAVE of %s, which was not in the room", dialog->name, nick);
        dialog->members[member].in = false;
    } else {
        problem("%s received an event that nobody caused: %s", dialog->name, line);
    }
}

bool dialog_await_event(struct dialog *dialog)
{
    if (!dialog->open)
        return false;
    const char *line = dialog_next_line(dialog);
    if (line == NULL) {
        dialog_cut(dialog);
        return false;
    }
    if (strncmp(line, "* ", 2) != 0) {
        dialog_wrong(dialog, "an event");
        return false;
    }
    dialog_check_event(dialog, line);
    return true;
}

void dialog_enter(struct dialog *dialog)
{
    dialog_printf(dialog, "C %s\n", dialog->name);
    bool let_in = dialog_expect_ok(dialog);
    dialog->entries += let_in;
    dialog->denied = !let_in && dialog->open;
}

unsigned int dialog_say(struct dialog *dialog)
{
    static unsigned int number;
    number++;
    for (int i = 0; i < DIALOGS; i++) /* nobody has received it; some may have that of 64 ago */
        dialogs[i].received &= ~((uint64_t)1 << number % 64);
    dialog_printf(dialog, "S line %u\n", number);
    return dialog_expect_ok(dialog) ? number : 0;
}

void dialog_await_line(struct dialog *dialog, unsigned int number)
{
    while (number != 0 && (dialog->received & (uint64_t)1 << number % 64) == 0)
        if (!dialog_await_event(dialog))
            return;
}
