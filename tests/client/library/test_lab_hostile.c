/* test_lab_hostile.c: the library against servers that break the protocol, or just break */
#include <stdio.h>
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
    const struct hostile_step script[] = {
        HOSTILE_ASKED,
        HOSTILE_SEND("* MOOD amy fine\n* \n* SAY amy one\nOK 0\n* MOOD bob\n* JOIN bob\r\n"),
        HOSTILE_END};
    struct lab *lab = labtest_meet(script, labtest_long());
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
    const struct hostile_step endless[] = {HOSTILE_ASKED, HOSTILE_REPEAT("a", 100000000),
                                           HOSTILE_END};
    struct lab *lab = labtest_meet(endless, labtest_long());
    labtest_expect(lab, LAB_BROKEN, lab_ping(lab));
}

static void greetings(void)
{
    static const struct {
        const char *line;
        enum lab_status want;
        const char *says; /* in lab_why; of the model, if it is LAB_OK */
    } cases[] = {
        {"HELLO 1 my-server_ü\n", LAB_OK, "my-server_ü"},
        {"HELLO 1 12345678901234567890123456789012\r\n", LAB_OK, "1234567890"},
        {"HELLO 1 123456789012345678901234567890123\n", LAB_BROKEN, "one word"},
        {"HELLO 2 epoll\n", LAB_BROKEN, "version 2"},
        {"HELLO 2\n", LAB_BROKEN, "version 2"},
        {"HELLO 1 a b\n", LAB_BROKEN, "one word"},
        {"HELLO 1 \n", LAB_BROKEN, "one word"},
        {"HELLO 1\n", LAB_BROKEN, "one word"},
        {"HELLO one epoll\n", LAB_BROKEN, "HELLO one epoll"},
        {"HELLO -1 epoll\n", LAB_BROKEN, "HELLO 1"},
        {"HELLO\n", LAB_BROKEN, "HELLO"},
        {"HELLO 1 \033[2J\n", LAB_BROKEN, "\\x1b[2J"},
        {"SSH-2.0-OpenSSH_9.2\r\n", LAB_BROKEN, "SSH-2.0"},
        {"OK 0\n", LAB_BROKEN, "OK 0"},
        {"* SAY amy hi\n", LAB_BROKEN, "* SAY"},
        {"ERR busy the server is full\n", LAB_REFUSED, "the server is full"},
        {"ERR io something\n", LAB_REFUSED, "something"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        size_t len = strlen(cases[i].line);
        const struct hostile_step script[] = {HOSTILE_BYTES(cases[i].line, len), HOSTILE_END};
        struct lab *lab = labtest_connect(hostile_start(script)->port, labtest_long());
        labtest_expect(lab, cases[i].want, lab_greet(lab, labtest_long()));
        const char *says = cases[i].want == LAB_OK ? lab_model(lab) : lab_why(lab);
        unit_check(strstr(says, cases[i].says) != NULL, "%s says: %s", cases[i].line, says);
        unit_check(lab_connected(lab) == (cases[i].want == LAB_OK), "%s: connected", cases[i].line);
        labtest_end();
    }
}

/* Every code; and those after which the server closes. */
static void codes(void)
{
    for (int i = PROTO_BAD_REQUEST; i < PROTO_CODES; i++) {
        const char *code = proto_code_word((enum proto_code)i);
        bool last = i >= PROTO_TOO_LONG;
        char line[128];
        int n =
            snprintf(line, sizeof line, "ERR %s %s\n", code, proto_code_text((enum proto_code)i));
        const struct hostile_step script[] = {HOSTILE_ASKED, HOSTILE_BYTES(line, (size_t)n),
                                              HOSTILE_END};
        struct lab *lab = labtest_meet(script, labtest_long());
        labtest_refused(lab, code, lab_ping(lab));
        unit_check(strcmp(lab_why(lab), proto_code_text((enum proto_code)i)) == 0, "%s",
                   lab_why(lab));
        unit_check(lab_connected(lab) != last, "%s: %s", code, last ? "connected" : "closed");
        labtest_end();
    }
}

/* A code belongs to the call that was refused: not to the next one, which may find an event
 * kept. */
static void codes_are_forgotten(void)
{
    static const struct hostile_step script[] = {
        HOSTILE_ASKED, HOSTILE_SEND("* SAY bob hi\nERR io no\n"), HOSTILE_END};
    struct lab_event event;
    struct lab *lab = labtest_meet(script, labtest_long());
    labtest_refused(lab, "io", lab_ping(lab));
    labtest_expect(lab, LAB_OK, lab_next_event(lab, &event, 0));
    unit_check(lab_code(lab)[0] == '\0', "the code of the call before: %s", lab_code(lab));
}

static void sentences_are_safe(void)
{
    static const char evil[] = "ERR io \033]0;x\a\xe2\x80\xae"
                               "cod.exe\xc2\x9b"
                               "31m\xff\n";
    const struct hostile_step script[] = {HOSTILE_ASKED, HOSTILE_BYTES(evil, sizeof evil - 1),
                                          HOSTILE_END};
    struct lab *lab = labtest_meet(script, labtest_long());
    labtest_refused(lab, "io", lab_ping(lab));
    unit_check(strcmp(lab_why(lab), "\\x1b]0;x\\x07<U+202E>cod.exe\\xc2\\x9b31m\\xff") == 0, "%s",
               unit_quote(lab_why(lab), strlen(lab_why(lab))));
}

static void listing_names(void)
{
    static const char body[] =
        "1 ../../.bashrc\n2 .profile\n3 a/b\n4 a\033[2J\n5 good name\n"
        "6  space\n7 \n8\n\n-1 x\n+1 x\n0x1 x\n99999999999999999999 x\n9 \xff\n"
        "10 \xe5\xa5\xbd\n11 a\0b\n12 apple\n13 cr\r\nlast";
    char head[32];
    struct lab_listing listing;
    int n = snprintf(head, sizeof head, "OK %zu\n", sizeof body - 1);
    const struct hostile_step script[] = {HOSTILE_ASKED, HOSTILE_BYTES(head, (size_t)n),
                                          HOSTILE_BYTES(body, sizeof body - 1), HOSTILE_END};
    struct lab *lab = labtest_meet(script, labtest_long());
    labtest_expect(lab, LAB_OK, lab_list(lab, &listing));
    for (size_t i = 0; i < listing.count; i++) {
        const char *name = listing.files[i].name;
        unit_check(proto_name_ok(name, strlen(name)),
                   "a name that the protocol forbids came out: %s", unit_quote(name, strlen(name)));
    }
    unit_check(listing.count == 3 && strcmp(listing.files[0].name, "apple") == 0 &&
                   strcmp(listing.files[1].name, "good name") == 0 &&
                   strcmp(listing.files[2].name, "好") == 0 && listing.files[0].size == 12,
               "%zu files, the first is %s", listing.count, listing.files[0].name);
    unit_check(listing.dropped == 16, "%zu dropped", listing.dropped);
    lab_listing_free(&listing);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest table[] = {
        LAB(numbers),
        LAB(lengths),
        LAB(wrong_answers),
        LAB(bad_events),
        LAB(later_events),
        LAB(long_lines),
        LAB(greetings),
        LAB(codes),
        LAB(codes_are_forgotten),
        LAB(listing_names),
        LAB(sentences_are_safe),
    };
    return unit_run("lab_hostile", table, argc, argv);
}
