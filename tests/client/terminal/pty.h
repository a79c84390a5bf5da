/* pty.h: the client in a terminal of its own (forkpty(3)), and what is seen there
 *
 *     struct pty *pty = pty_client(server->port);
 *     pty_ask(pty, "list\r", "the library is empty");
 *     pty_line(pty, "get a", "lab> get a", 10);
 *     pty_leave(pty, "\025\004");
 *
 * Everything waits for something to be seen, with a generous bound, and fails with the whole
 * screen. The program is named in the environment, CLIENT=client/lab-client.
 */
#ifndef CLIENT_PTY_H
#define CLIENT_PTY_H

#include <sys/types.h>
#include <termios.h>

#include "screen.h"
#include "servers.h"

struct pty {
    int master;
    pid_t pid;   /* of the client */
    pid_t shell; /* its parent, as a shell would be: without one it could not be suspended */
    int control; /* to the shell: a byte for fg or bg */
    bool ended;  /* nothing more will come from it */
    int status;  /* of waitpid */
    struct screen screen;
    char *bytes; /* all that it wrote, and a NUL */
    size_t count, room;
    struct termios found; /* modes of the terminal before the client began */
};

/* How it is started; zero and NULL are the usual. */
struct pty_options {
    const char *port;         /* behind 127.0.0.1; NULL: none */
    const char *const *words; /* all arguments, NULL behind the last; NULL: those above */
    const char *term;         /* "xterm-256color" */
    const char *language;     /* of its messages: "zh_CN"; NULL: English */
    const char *folder;       /* to be in; NULL: an empty one of the test */
    int columns, rows;        /* 80, 24 */
    bool colour;              /* no NO_COLOR */
    bool joins;               /* the terminal makes one of what a joiner stands between */
    bool background;          /* as with an & in a shell */
    bool tostop;              /* stty tostop: who writes in the background is stopped */
};

/* An entry of the table: before and after each test all is as it was, and no client is left. */
#define PTY(function) TEST_AROUND(pty_test_begin, function, pty_test_end)
int pty_test_begin(void **state);
int pty_test_end(void **state);

/* The same for a test against each model, or each that serves several clients at once. */
#define PTY_EACH(function) CASE_EACH(pty_test_begin, function, pty_test_end, NULL, NULL, NULL)
#define PTY_EACH_BUT_LOOP(function) \
    CASE_EACH(pty_test_begin, function, pty_test_end, NULL, NULL, "loop")

/* The folder of this test, empty at its beginning: clients are in it, and keep their history
 * there. */
const char *pty_folder(void);

struct pty *pty_start(const struct pty_options *options);

/* The usual one. */
struct pty *pty_client(const char *port);

/* In the room already: chat NICK has been typed, and its answer seen. */
struct pty *pty_member(const char *port, const char *nick);

void pty_type(struct pty *pty, const char *text);

/* Waits until the text is seen somewhere. */
void pty_await(struct pty *pty, const char *text);

/* Waits until a row has exactly this text, and the cursor stands in that column of it (-1:
 * wherever). Rows count from the row of the cursor: 0 is that one, -1 the one above. */
void pty_expect_row(struct pty *pty, int row, const char *text, int column);

/* Waits until these are the rows at the end of the screen, down to the last that is not empty. */
void pty_expect_end(struct pty *pty, const char *rows);

/* Waits until the prompt is there and the line behind it is empty. */
void pty_expect_prompt(struct pty *pty, const char *prompt);

/* Types keys, and waits for what they bring about: the row of the cursor, and its column in it; a
 * text somewhere; the rows at the end of the screen; the prompt, and nothing behind it; the end of
 * the client, with status 0, and a terminal whose modes are what they were. */
void pty_line(struct pty *pty, const char *keys, const char *row, int column);
void pty_ask(struct pty *pty, const char *keys, const char *text);
void pty_rows(struct pty *pty, const char *keys, const char *rows);
void pty_prompt(struct pty *pty, const char *keys, const char *prompt);
void pty_leave(struct pty *pty, const char *keys);

/* The second one halts the client meanwhile, so that nothing is drawn in the old width on the new
 * screen; it also gets SIGCONT. */
void pty_resize(struct pty *pty, int columns, int rows);
void pty_resize_halted(struct pty *pty, int columns, int rows);

/* Waits until the terminal's modes are what they were before the client began. */
void pty_expect_restored(struct pty *pty);

/* Reads what it wrote until now, without waiting. */
void pty_pump(struct pty *pty);

/* Waits until it has stopped (SIGTSTP), and the terminal's modes are what they were. */
void pty_expect_stopped(struct pty *pty);

/* The shell's fg and bg: gives it the terminal, or takes it away, and continues it. */
void pty_front(struct pty *pty);
void pty_back(struct pty *pty);

/* Waits for its end with this exit status: 128 and the signal, if one has ended it. */
void pty_finish(struct pty *pty, int status);

/* ---- between pty.c, pty_shell.c and pty_look.c ---- */

/* In a child: leads the session of the terminal slave, starts the client, writes its pid to report,
 * does what the bytes in control ask for, and ends as the client does. */
_Noreturn void pty_shell(const struct pty_options *options, const char *program, int slave,
                         int report, int control);

/* Fails the test with the whole screen: what was wanted, and the text that was. */
_Noreturn void pty_give_up(struct pty *pty, const char *wanted, const char *what);

/* Waits until it writes more; false when the time (of bound_now) is over, or it has ended. */
bool pty_more(struct pty *pty, long end);

#endif
