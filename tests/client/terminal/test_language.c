/* test_language.c: the client in Chinese, and what is the same in every language */
#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/translate.h"
#include "pty.h"
#include "terminal/progress.h"
#include "terminal/wide.h"

/* Where the program finds its messages, beside itself; skips the test if it was built without. */
static const char *catalogues(void)
{
    static char folder[PATH_MAX + 16];
    char program[PATH_MAX];
    struct stat there;
    (void)snprintf(program, sizeof program, "%s", program_path());
    (void)snprintf(folder, sizeof folder, "%s/locale", dirname(program));
    if (stat(folder, &there) != 0)
        unit_skip("built without msgfmt (Debian: gettext), so all messages are English");
    return folder;
}

static const struct program_text *wrong_usage(const char *const *env)
{
    struct program_options how = {.env = env};
    return &EXPECT(2, &how, "no.such.command", "x", "y")->err;
}

/* The second of these needs no locale but C.UTF-8. */
static void test_chinese_by_the_environment(void)
{
    static const char *const environments[][4] = {
        {"LC_ALL=C.UTF-8", "LANGUAGE=zh_CN"},
        {"LC_ALL=", "LANG=zh_CN.UTF-8"},
        {"LC_ALL=zh_CN.UTF-8"},
        {"LC_ALL=", "LC_MESSAGES=zh_CN.UTF-8", "LANG=C.UTF-8"},
        {"LC_ALL=", "LANG=zh_CN.GB18030"}, /* what is no UTF-8 is taken for it */
        {"LC_ALL=de_DE.UTF-8", "LANGUAGE=fr:zh_CN:en"},
    };
    (void)catalogues();
    for (size_t i = 0; i < UNIT_COUNT(environments); i++)
        program_has(wrong_usage(environments[i]),
                    "lab-client: 没有这个命令: no.such.command（详见 --help）\n");
}

static void test_english_otherwise(void)
{
    static const char *const environments[][4] = {
        {"LC_ALL=C", "LANGUAGE=zh_CN"},  {"LC_ALL=C.UTF-8"},
        {"LC_ALL=", "LANG=fr_FR.UTF-8"}, {"LC_ALL=", "LC_MESSAGES=C", "LANG=zh_CN.UTF-8"},
        {"LC_ALL=../../zh_CN"},          {"LC_ALL=zh_CN.UTF-8", "LANGUAGE=en"},
    };
    for (size_t i = 0; i < UNIT_COUNT(environments); i++)
        program_has(wrong_usage(environments[i]),
                    "lab-client: there is no such command: no.such.command (--help tells more)\n");
}

/* With the locale itself, as it is on a machine with Chinese. There is no other locale in LOCPATH:
 * what is tested is not the way around a missing one. */
static void test_chinese_by_its_locale(void)
{
    char command[UNIT_PATH + 128], folder[UNIT_PATH], variable[UNIT_PATH + 16];
    (void)catalogues();
    if (access("/usr/share/i18n/locales/zh_CN", R_OK) != 0)
        unit_skip("no sources of locales (Debian: locales)");
    unit_folder(folder);
    (void)snprintf(command, sizeof command,
                   "localedef --no-archive -i zh_CN -f UTF-8 '%s/zh_CN.UTF-8' 2>/dev/null", folder);
    (void)snprintf(variable, sizeof variable, "LOCPATH=%s", folder);
    unit_check(system(command) == 0, "%s", command);
    while (waitpid(-1, NULL, 0) > 0)
        ; /* localedef leaves its gzip to us */
    program_has(wrong_usage((const char *const[]){variable, "LC_ALL=zh_CN.UTF-8", NULL}),
                "没有这个命令");
    unit_folder_remove(folder);
}

/* ---- scripts ---- */

static char *output(const char *const *env, const char *commands)
{
    struct program_options how = {.folder = fixture.folder, .env = env};
    const struct program *run = EXPECT(0, &how, "-p", fixture.server->port, "-c", commands);
    char *text = strdup(run->out.bytes);
    unit_check(text != NULL, "no memory");
    return text;
}

/* A script that reads them need not know which language its user has. */
static void test_output_in_a_pipe_is_the_same(void)
{
    static const char *const english[] = {"LC_ALL=C.UTF-8", NULL};
    static const char *const chinese[] = {"LC_ALL=C.UTF-8", "LANGUAGE=zh_CN", NULL};
    static const char *const commands[] = {"list", "sum *", "get a.txt -", "chat ann; who; leave",
                                           "lls"};
    (void)catalogues();
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        char *want = output(english, commands[i]), *got = output(chinese, commands[i]);
        unit_same("output", commands[i], strlen(commands[i]), want, strlen(want), got, strlen(got));
        free(want);
        free(got);
    }
    struct program_options how = {.env = chinese};
    struct program *run = program_member(&how, fixture.server, "ann"); /* told "welcome" */
    struct program *other = RUN(&how, "-p", fixture.server->port, "chat", "小明");
    program_await(run, "→ 小明 joined\n");
    program_write(other, "hello\n");
    program_await(run, "小明 say ： hello\n");
    program_finish(other, 0, NULL);
    program_await(run, "← 小明 left\n");
    program_free(run);
}

/* ---- a terminal ---- */

static void test_columns_in_a_terminal(void)
{
    (void)catalogues();
    struct test_server *server = server_start("epoll", NULL);
    struct pty *pty = pty_start(&(struct pty_options){.port = server->port, .language = "zh_CN"});
    pty_await(pty, "模型 epoll：一个线程用 epoll(7) 等待所有客户端");
    pty_expect_row(pty, -1, "  help             全部命令        quit          退出，也可按 Ctrl-D",
                   -1);
    pty_ask(pty, "list\r", "文件库是空的");
    pty_line(pty, "\022li", "(查找 li) list", 14);
    pty_line(pty, "zz", "(没有找到 lizz) list", 20);
    pty_prompt(pty, "\025", "lab>");
    pty_ask(pty, "chat ann\r", "你已进入聊天室，昵称是 ann。");
    serverproc_announce(server->process, "十二点关门\n");
    pty_await(pty, "*** 管理员：十二点关门");
    pty_leave(pty, "\004");
}

/* Narrower than the window, whatever that is. */
static void test_progress_fits(void)
{
    char line[512];
    struct progress progress = {.name = "诗.txt", .done = 431 << 20, .total = 1 << 30};
    unit_check(bindtextdomain(TRANSLATE_DOMAIN, catalogues()) != NULL &&
                   setenv("LANGUAGE", "zh_CN", 1) == 0 && setlocale(LC_MESSAGES, "C.UTF-8") != NULL,
               "no catalogue");
    progress_line(&progress, 1000, 100, line, sizeof line);
    assert_string_equal(line, "诗.txt   42 %  431.0 MiB / 1.0 GiB  431.0 MiB/秒  剩余 0:02");
    size_t all = wide_columns(line);
    for (int columns = 1; columns <= 100; columns++) {
        progress_line(&progress, 1000, columns, line, sizeof line);
        size_t wide = wide_columns(line);
        unit_check(wide < (size_t)columns, "%zu columns in %d: %s", wide, columns, line);
        unit_check(columns <= (int)all || wide == all, "cut in %d columns: %s", columns, line);
    }
    (void)unsetenv("LANGUAGE");
    (void)setlocale(LC_MESSAGES, "C");
}

static const struct CMUnitTest tests[] = {
    SERVERS(test_chinese_by_the_environment), SERVERS(test_english_otherwise),
    SERVERS(test_chinese_by_its_locale),      FIXTURE(test_output_in_a_pipe_is_the_same),
    PTY(test_columns_in_a_terminal),          PTY(test_progress_fits),
};
UNIT_MAIN("language", tests)
