/* tests/chaos/clients/ledger.c: see ledger.h */
#include "ledger.h"

#include <stdio.h>
#include <string.h>

#include "grow.h"
#include "verdict.h"

struct person {
    size_t joined, left;         /* behind these entries; 0: not in the ledger */
    unsigned int said;           /* the last number in the ledger */
    unsigned int sent, answered; /* the last number it has sent, and was answered */
    bool entered;                /* C was answered */
};

static struct ledger_entry *entries;
static size_t n_entries, entries_size;
static struct person *people;
static size_t n_people, people_size;

static struct person *person_of(unsigned int member)
{
    verdict_check(member < n_people, "no member is called m%u", member);
    return &people[member];
}

unsigned int ledger_member(void)
{
    people = grow(people, &people_size, n_people + 1, sizeof *people);
    people[n_people] = (struct person){0};
    return (unsigned int)n_people++;
}

void ledger_entered(unsigned int member)
{
    person_of(member)->entered = true;
}

void ledger_sent(unsigned int member, unsigned int number)
{
    person_of(member)->sent = number;
}

void ledger_answered(unsigned int member, unsigned int number)
{
    person_of(member)->answered = number;
}

size_t ledger_size(void)
{
    return n_entries;
}

static struct ledger_entry parse(const char *event)
{
    struct ledger_entry entry = {0};
    int end = -1;
    if (sscanf(event, "SAY m%u %u%n", &entry.member, &entry.number, &end) == 2 && end >= 0)
        entry.kind = 'S';
    else if (sscanf(event, "JOIN m%u%n", &entry.member, &end) == 1 && end >= 0)
        entry.kind = 'J';
    else if (sscanf(event, "LEAVE m%u%n", &entry.member, &end) == 1 && end >= 0)
        entry.kind = 'L';
    verdict_check(entry.kind != 0 && event[end] == '\0', "an event nobody has caused: * %s", event);
    return entry;
}

void ledger_add(const char *event)
{
    struct ledger_entry entry = parse(event);
    struct person *person = person_of(entry.member);
    entries = grow(entries, &entries_size, n_entries + 1, sizeof *entries);
    entries[n_entries++] = entry;
    bool in = person->joined > 0 && person->left == 0;
    if (entry.kind == 'J') {
        verdict_check(person->joined == 0, "m%u has joined twice", entry.member);
        person->joined = n_entries;
    } else if (entry.kind == 'L') {
        verdict_check(in, "LEAVE m%u, which %s", entry.member,
                      person->left > 0 ? "has left already" : "was never there");
        person->left = n_entries;
    } else {
        verdict_check(in && entry.number == person->said + 1 && entry.number <= person->sent,
                      "m%u, which is %s, says %u after %u", entry.member,
                      in ? "in the room" : "not in the room", entry.number, person->said);
        person->said = entry.number;
    }
}

/* ---- what members receive ---- */

void cursor_begin(struct cursor *cursor, unsigned int member)
{
    cursor->member = member;
    cursor->at = cursor->from = cursor->to = 0;
}

void cursor_event(struct cursor *cursor, const char *event)
{
    if (cursor->from == cursor->to)
        cursor->from = cursor->to = 0;
    cursor->early = grow(cursor->early, &cursor->size, cursor->to + 1, sizeof *cursor->early);
    cursor->early[cursor->to++] = parse(event);
    (void)cursor_caught_up(cursor);
}

static bool cursor_skips_own(const struct cursor *cursor)
{
    return cursor->at < n_entries && entries[cursor->at].member == cursor->member;
}

static void cursor_compare(const struct cursor *cursor)
{
    const struct ledger_entry *is = &cursor->early[cursor->from], *should = &entries[cursor->at];
    verdict_check(is->kind == should->kind && is->member == should->member &&
                      is->number == should->number,
                  "m%u received %c m%u %u, but the witness received %c m%u %u", cursor->member,
                  is->kind, is->member, is->number, should->kind, should->member, should->number);
}

bool cursor_caught_up(struct cursor *cursor)
{
    if (cursor->at == 0)
        cursor->at = person_of(cursor->member)->joined;
    if (cursor->at == 0)
        return false;
    for (;;) {
        while (cursor_skips_own(cursor))
            cursor->at++;
        if (cursor->from == cursor->to || cursor->at == n_entries)
            return cursor->from == cursor->to && cursor->at == n_entries;
        cursor_compare(cursor);
        cursor->from++;
        cursor->at++;
    }
}

bool cursor_member_left(struct cursor *cursor)
{
    size_t left = person_of(cursor->member)->left;
    (void)cursor_caught_up(cursor);
    if (left == 0)
        return false;
    verdict_check(cursor->at >= left, "m%u has left, and did not receive all events before that",
                  cursor->member);
    verdict_check(cursor->from == cursor->to && cursor->at == left,
                  "m%u has left, and received an event after that", cursor->member);
    return true;
}

/* ---- the end ---- */

bool ledger_is_closed(unsigned int member)
{
    const struct person *person = person_of(member);
    return person->joined > 0 ? person->left > 0 : !person->entered;
}

static bool is_named(const char *names, size_t n, unsigned int member)
{
    char line[24];
    (void)snprintf(line, sizeof line, "m%u\n", member);
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
    for (unsigned int member = 0; member < n_people; member++) {
        if (people[member].joined == 0 || people[member].left > 0)
            continue;
        members++;
        if (!is_named(names, n, member)) {
            (void)snprintf(why, size, "W does not name m%u, which is in the room", member);
            return false;
        }
    }
    (void)snprintf(why, size, "W names %zu members, and %zu are there", lines, members);
    return lines == members;
}

struct ledger_sums ledger_check_all(void)
{
    struct ledger_sums sums = {.members = n_people};
    for (unsigned int member = 0; member < n_people; member++) {
        const struct person *person = &people[member];
        sums.joins += person->joined > 0;
        sums.leaves += person->left > 0;
        sums.says += person->said;
        sums.unanswered += person->said - person->answered;
        verdict_check(person->joined > 0 || !person->entered, "m%u entered, and no JOIN was sent",
                      member);
        verdict_check(person->said >= person->answered,
                      "m%u was answered %u times, but %u messages were received", member,
                      person->answered, person->said);
    }
    verdict_check(sums.joins == sums.leaves, "%zu have joined, and %zu left", sums.joins,
                  sums.leaves);
    return sums;
}
