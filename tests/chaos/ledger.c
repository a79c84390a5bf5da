/* tests/chaos/ledger.c: see ledger.h */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

struct person {
    size_t joined, left;         /* behind these entries; 0: not in the ledger */
    unsigned int said;           /* the last number in the ledger */
    unsigned int sent, answered; /* the last number it has sent, and was answered */
    bool entered;                /* C was answered */
};

static struct entry *entries;
static size_t n_entries, entries_size;
static struct person *people;
static size_t n_people, people_size;

static void *grown(void *array, size_t *size, size_t n, size_t each)
{
    if (n < *size)
        return array;
    *size = 2 * *size + 256;
    array = realloc(array, *size * each);
    if (array == NULL)
        abort();
    return array;
}

static struct person *person_of(unsigned int who)
{
    verdict_check(who < n_people, "nobody is called m%u", who);
    return &people[who];
}

unsigned int ledger_member(void)
{
    people = grown(people, &people_size, n_people, sizeof *people);
    people[n_people] = (struct person){0};
    return (unsigned int)n_people++;
}

void ledger_entered(unsigned int who)
{
    person_of(who)->entered = true;
}

void ledger_sent(unsigned int who, unsigned int number)
{
    person_of(who)->sent = number;
}

void ledger_answered(unsigned int who, unsigned int number)
{
    person_of(who)->answered = number;
}

size_t ledger_size(void)
{
    return n_entries;
}

static struct entry parse(const char *event)
{
    struct entry entry = {0};
    int end = -1;
    if (sscanf(event, "SAY m%u %u%n", &entry.who, &entry.number, &end) == 2 && end >= 0)
        entry.kind = 'S';
    else if (sscanf(event, "JOIN m%u%n", &entry.who, &end) == 1 && end >= 0)
        entry.kind = 'J';
    else if (sscanf(event, "LEAVE m%u%n", &entry.who, &end) == 1 && end >= 0)
        entry.kind = 'L';
    verdict_check(entry.kind != 0 && event[end] == '\0', "an event nobody has caused: * %s", event);
    return entry;
}

void ledger_hear(const char *event)
{
    struct entry entry = parse(event);
    struct person *person = person_of(entry.who);
    entries = grown(entries, &entries_size, n_entries, sizeof *entries);
    entries[n_entries++] = entry;
    bool in = person->joined > 0 && person->left == 0;
    if (entry.kind == 'J') {
        verdict_check(person->joined == 0, "m%u has joined twice", entry.who);
        person->joined = n_entries;
    } else if (entry.kind == 'L') {
        verdict_check(in, "m%u leaves, who %s", entry.who,
                      person->left > 0 ? "has left already" : "was never there");
        person->left = n_entries;
    } else {
        verdict_check(in && entry.number == person->said + 1 && entry.number <= person->sent,
                      "m%u, who is %s, says %u after %u", entry.who, in ? "there" : "not there",
                      entry.number, person->said);
        person->said = entry.number;
    }
}

/* ---- those who hear ---- */

void ear_begin(struct ear *ear, unsigned int who)
{
    ear->who = who;
    ear->at = ear->from = ear->to = 0;
}

void ear_free(struct ear *ear)
{
    free(ear->early);
    *ear = (struct ear){0};
}

void ear_hear(struct ear *ear, const char *event)
{
    if (ear->from == ear->to)
        ear->from = ear->to = 0;
    ear->early = grown(ear->early, &ear->size, ear->to, sizeof *ear->early);
    ear->early[ear->to++] = parse(event);
    (void)ear_level(ear);
}

static bool ear_skips_own(const struct ear *ear)
{
    return ear->at < n_entries && entries[ear->at].who == ear->who;
}

static void ear_compare(const struct ear *ear)
{
    const struct entry *is = &ear->early[ear->from], *should = &entries[ear->at];
    verdict_check(is->kind == should->kind && is->who == should->who &&
                      is->number == should->number,
                  "m%u hears %c m%u %u, where the witness has heard %c m%u %u", ear->who, is->kind,
                  is->who, is->number, should->kind, should->who, should->number);
}

bool ear_level(struct ear *ear)
{
    if (ear->at == 0)
        ear->at = person_of(ear->who)->joined;
    if (ear->at == 0)
        return false;
    for (;;) {
        while (ear_skips_own(ear))
            ear->at++;
        if (ear->from == ear->to || ear->at == n_entries)
            return ear->from == ear->to && ear->at == n_entries;
        ear_compare(ear);
        ear->from++;
        ear->at++;
    }
}

bool ear_has_left(struct ear *ear)
{
    size_t left = person_of(ear->who)->left;
    (void)ear_level(ear);
    if (left == 0)
        return false;
    verdict_check(ear->at >= left, "m%u has left, and was not told all that came before", ear->who);
    verdict_check(ear->from == ear->to && ear->at == left,
                  "m%u has left, and hears what was said after that", ear->who);
    return true;
}

/* ---- the end ---- */

bool ledger_is_closed(unsigned int who)
{
    const struct person *person = person_of(who);
    return person->joined > 0 ? person->left > 0 : !person->entered;
}

static bool is_named(const char *names, size_t n, unsigned int who)
{
    char line[24];
    (void)snprintf(line, sizeof line, "m%u\n", who);
    const char *at = memmem(names, n, line, strlen(line));
    while (at != NULL && at != names && at[-1] != '\n')
        at = memmem(at + 1, n - (size_t)(at + 1 - names), line, strlen(line));
    return at != NULL;
}

bool ledger_names_match(const char *names, size_t n, char *why, size_t size)
{
    size_t lines = 0, members = 1; /* the witness */
    for (size_t i = 0; i < n; i++)
        lines += names[i] == '\n';
    for (unsigned int who = 0; who < n_people; who++) {
        if (people[who].joined == 0 || people[who].left > 0)
            continue;
        members++;
        if (!is_named(names, n, who)) {
            (void)snprintf(why, size, "W does not name m%u, who is there", who);
            return false;
        }
    }
    (void)snprintf(why, size, "W names %zu members, and %zu are there", lines, members);
    return lines == members;
}

struct ledger_sums ledger_check_all(void)
{
    struct ledger_sums sums = {.members = n_people};
    for (unsigned int who = 0; who < n_people; who++) {
        const struct person *person = &people[who];
        sums.joins += person->joined > 0;
        sums.leaves += person->left > 0;
        sums.says += person->said;
        sums.unanswered += person->said - person->answered;
        verdict_check(person->joined > 0 || !person->entered, "m%u was let in, and nobody told",
                      who);
        verdict_check(person->said >= person->answered,
                      "m%u was answered %u times, and %u words were heard", who, person->answered,
                      person->said);
    }
    verdict_check(sums.joins == sums.leaves, "%zu have joined, and %zu left", sums.joins,
                  sums.leaves);
    return sums;
}
