/* tests/oracle/tally.c: see tally.h */
#include "tally.h"

#include <inttypes.h>
#include <string.h>

#include "bound.h"

static void word_add(struct tally *tally, const char *word, size_t len)
{
    for (size_t i = 0; i < TALLY_WORDS; i++) {
        char *known = tally->words[i].word;
        if (known[0] == '\0' && len < sizeof tally->words[i].word)
            memcpy(known, word, len);
        if (strlen(known) == len && memcmp(known, word, len) == 0) {
            tally->words[i].count++;
            return;
        }
    }
}

/* "ERR bad-name", "* SAY", "OK", "GO". */
static void reply_add(struct tally *tally, const char *bytes, size_t len)
{
    size_t words = bytes[0] == 'E' || bytes[0] == '*' ? 2 : 1, end = 0;
    while (end < len && bytes[end] != '\n' && (bytes[end] != ' ' || --words > 0))
        end++;
    word_add(tally, bytes, end);
}

void tally_add(struct tally *tally, const struct tape *record)
{
    bool changed = false;
    for (size_t i = 0; i < record->count; i++) {
        const char *ask, *bytes;
        struct item head = tape_item(record, i, &ask, &bytes);
        if (head.kind == ITEM_REPLY || head.kind == ITEM_EVENT)
            reply_add(tally, bytes, head.len);
        else if (head.kind == ITEM_END)
            word_add(tally, bytes, head.len);
        changed = changed || head.kind == ITEM_FOLDER;
    }
    tally->changed += changed;
}

void tally_print(const struct tally *tally, unsigned int servers)
{
    double seconds = (double)(bound_now() - tally->since) / 1000;
    uint64_t all = 0;
    for (size_t i = 0; i < TALLY_WORDS; i++)
        all += tally->words[i].count;
    printf("oracle: seed %" PRIu64 ", %" PRIu64 " sessions against %u servers (%" PRIu64
           " plays), %.1f s, %.0f sessions/s\n",
           tally->seed, tally->sessions, servers, tally->plays, seconds,
           seconds > 0 ? (double)tally->sessions / seconds : 0);
    printf("  %" PRIu64 " of them changed the folder; %" PRIu64 " answers and events each:\n ",
           tally->changed, all);
    int column = 1;
    for (size_t i = 0; i < TALLY_WORDS && tally->words[i].count > 0; i++) {
        if (column > 80)
            column = printf("\n ") - 1;
        column += printf(" %s %" PRIu64 "%s", tally->words[i].word, tally->words[i].count,
                         i + 1 < TALLY_WORDS && tally->words[i + 1].count > 0 ? "," : "\n");
    }
    (void)fflush(stdout);
}
