/* test_lab_hostile.c: the library against servers that break the protocol, or just break */
#include <string.h>

#include "labtest.h"
#include "protocol/proto.h"

/* ---- one question, one answer ---- */

struct odd {
    enum labtest_call ask;
    const char *answer;
    enum lab_status want;
    enum hostile_do then; /* HOSTILE_DO_END: stays open, so that it is the answer that is seen */
};

static void odd_one(const struct odd *odd)
{
    const struct hostile_step step = {odd->answer, strlen(odd->answer), strlen(odd->answer),
                                      HOSTILE_DO_SEND, 0};
    const struct hostile_step line = HOSTILE_LINE, none = HOSTILE_SEND("");
    const struct hostile_step script[] = {HOSTILE_HELLO,
                                          odd->ask == LABTEST_NEXT ? none : line,
                                          step,
                                          {NULL, 0, 0, odd->then, 0},
                                          HOSTILE_END};
    struct lab *lab = labtest_meet(script, labtest_long());
    enum lab_status got = labtest_ask(lab, odd->ask, 10, labtest_long());
    if (got != odd->want)
        print_error("to %d, the answer %s\n", (int)odd->ask,
                    unit_quote(odd->answer, strlen(odd->answer)));
    labtest_expect(lab, odd->want, got);
    labtest_end();
}

#define odd_all(table)                             \
    for (size_t i = 0; i < UNIT_COUNT(table); i++) \
    odd_one(&(table)[i])

static void numbers(void)
{
    static const char *const bad[] = {"OK 99999999999999999999\n",
                                      "OK 18446744073709551616\n",
                                      "OK -1\n",
                                      "OK +5\n",
                                      "OK 0x10\n",
                                      "OK \n",
                                      "OK\n",
                                      "OK  5\n",
                                      "OK 5 \n",
                                      "OK 5a\n",
                                      "OK 5 5\n",
                                      "ok 5\n",
                                      "OK\t5\n",
                                      "OK 9999999999999999999\n",
                                      "OK5\n",
                                      " OK 5\n",
                                      "OK 5\r\r\n",
                                      "\n",
                                      "\r\n",
                                      "OK ５\n"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        for (enum labtest_call what = LABTEST_PING; what <= LABTEST_QUIT; what++)
            odd_one(&(struct odd){what, bad[i], LAB_BROKEN, HOSTILE_DO_END});
}

#define SUM       "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define SUM_UPPER "5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03"

static void lengths(void)
{
    static const struct odd table[] = {
        {LABTEST_LIST, "OK 9223372036854775807\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_LIST, "OK 67108865\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_LIST, "OK 67108864\n1 a\n", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_WHO, "OK 9223372036854775807\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 9223372036854775807\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 66\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 0\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 65\n" SUM, LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_SUM, "OK 64\n" SUM, LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 65\n" SUM "\n", LAB_OK, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 65\n" SUM "0", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_SUM, "OK 65\n" SUM_UPPER "\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_WHO, "OK 1048577\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_GET, "OK 9223372036854775808\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_GET, "OK 9223372036854775807\nabc", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_GET, "OK 5\nabc", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_GET, "OK 5\nabc", LAB_LOST, HOSTILE_DO_RESET},
        {LABTEST_LIST, "OK 5\n1 a", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_SAY, "OK 1\nx", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "OK 9223372036854775807\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_GET, "OK 0000000000000000003\nabc", LAB_OK, HOSTILE_DO_END},
    };
    odd_all(table);
}

static void wrong_answers(void)
{
    static const struct odd table[] = {
        {LABTEST_GET, "GO\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "GO\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PUT, "OK 0\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PUT, "OK 5\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PUT, "GO 5\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PUT, "GO\nGO\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PUT, "GO\nOK 3\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "HELLO 1 evil\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "ERR\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "ERR \n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "ERR  not-found\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "ERR Not-Found x\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_PING, "ERR aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x\n", LAB_BROKEN,
         HOSTILE_DO_END},
        {LABTEST_PING, "ERR io\n", LAB_REFUSED, HOSTILE_DO_END},
        {LABTEST_PING, "ERR io \033[2J\xff\n", LAB_REFUSED, HOSTILE_DO_END},
        {LABTEST_PING, "ERR some-later-code x\r\n", LAB_REFUSED, HOSTILE_DO_END},
        {LABTEST_PING, "OK 0\r\n", LAB_OK, HOSTILE_DO_END},
        {LABTEST_NEXT, "OK 0\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_NEXT, "ERR not-found x\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_NEXT, "GO\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_NEXT, "\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_NEXT, "ERR slow x\n", LAB_REFUSED, HOSTILE_DO_CLOSE},
        {LABTEST_NEXT, "", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_NEXT, "* SAY amy hal", LAB_LOST, HOSTILE_DO_CLOSE},
        {LABTEST_WHO, "OK 4\na b\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_WHO,
         "OK 5\na\xff"
         "bc\n",
         LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_WHO, "OK 2\n\n\n", LAB_BROKEN, HOSTILE_DO_END},
        {LABTEST_WHO, "OK 3\namy", LAB_OK, HOSTILE_DO_END},
    };
    odd_all(table);
}

/* Each, while a reply is due, and while none is. */
static void bad_events(void)
{
    static const char *const bad[] = {"*\n",
                                      "*x\n",
                                      "* SAY\n* SAY \n",
                                      "* SAY amy\n",
                                      "* SAY amy \n",
                                      "* SAY  x\n",
                                      "* SAY amy a\033[2Jb\n",
                                      "* SAY amy \xff\n",
                                      "* SAY amy \xc2\x9b\n",
                                      "* SAY a\tb x\n",
                                      "* SAY admin x\n",
                                      "* JOIN\n* JOIN \n",
                                      "* JOIN a b\n",
                                      "* LEAVE \xed\xa0\x80\n",
                                      "* JOIN 123456789012345678901234567890123\n",
                                      "* ADMIN \n",
                                      "* ADMIN \x7f\n",
                                      "* MOOD \xff\n",
                                      "* ADMIN a\rb\n"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        odd_one(&(struct odd){LABTEST_PING, bad[i], LAB_BROKEN, HOSTILE_DO_END});
        odd_one(&(struct odd){LABTEST_NEXT, bad[i], LAB_BROKEN, HOSTILE_DO_END});
        odd_one(&(struct odd){LABTEST_GET, bad[i], LAB_BROKEN, HOSTILE_DO_END});
    }
}

static void later_events(void)
{
    struct lab *lab = LABTEST_MEET(
        HOSTILE_ASKED,
        HOSTILE_SEND("* MOOD amy fine\n* \n* SAY amy one\nOK 0\n* MOOD bob\n* JOIN bob\r\n"));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    unit_check(lab_event_ready(lab), "there is one");
    labtest_event(lab, "SAY amy one");
    labtest_event(lab, "JOIN bob");
    unit_check(!lab_event_ready(lab), "there is none");
}

/* An event of exactly the longest length, with CR; and of one byte more. */
static void long_lines(void)
{
    static char line[2000];
    for (size_t more = 0; more <= 1; more++) {
        size_t nick = PROTO_NICK_MAX, text = PROTO_TEXT_MAX + more, n = 6;
        memcpy(line, "* SAY ", n);
        memset(line + n, 'n', nick);
        line[n + nick] = ' ';
        memset(line + n + nick + 1, 't', text);
        memcpy(line + n + nick + 1 + text, "\r\n", 3);
        enum lab_status want = more == 0 ? LAB_OK : LAB_BROKEN;
        odd_one(&(struct odd){LABTEST_NEXT, line, want, HOSTILE_DO_END});
    }
    struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_REPEAT("a", 100000000)); /* endless */
    labtest_expect(lab, LAB_BROKEN, lab_ping(lab));
}

static const struct CMUnitTest table[] = {
    LAB(numbers),    LAB(lengths),      LAB(wrong_answers),
    LAB(bad_events), LAB(later_events), LAB(long_lines),
};
UNIT_MAIN("lab_hostile", table)
