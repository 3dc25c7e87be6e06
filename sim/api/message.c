/* message.c: one sentence for each finding. */
#include "api/witness.h"

enum { LISTED_MAX = 6 }; /* threads told of one by one */

static const char *thread_name(const Program *program, ThreadId thread)
{
    return program->threads[thread].name;
}

static void add_holders(Text *text, const Machine *machine, const Word *state, ThreadId thread, const WaitInfo *wait)
{
    const Program *program = machine_program(machine);
    for (uint32_t i = 0; i < wait->holder_count && i < LISTED_MAX; i++) {
        ThreadId holder = wait->holders[i];
        text_add(text, i == 0 ? "" : i + 1 == wait->holder_count ? " and " : ", ");
        if (holder == thread)
            text_add(text, "itself");
        else
            text_add(text, thread_name(program, holder));
        if (machine_is_ended(machine, state, holder))
            text_add(text, " (which has ended)");
    }
    if (wait->holder_count > LISTED_MAX)
        text_format(text, " and %u more", wait->holder_count - LISTED_MAX);
}

/* "waits for b, held by T2" */
static void add_wait(Text *text, const Machine *machine, const Word *state, ThreadId thread, const WaitInfo *wait)
{
    const Program *program = machine_program(machine);
    const Object *object = wait->object == NO_ID ? NULL : &program->objects[wait->object];
    text_add(text, thread_name(program, thread));
    if (wait->kind == WAIT_JOIN) {
        text_add(text, " waits for the end of ");
        add_holders(text, machine, state, thread, wait);
        return;
    }
    if (wait->kind == WAIT_CONTROL) {
        const Domain *domain = &program->domains[program->threads[thread].domain];
        text_format(text, " waits for %s, which ", domain->kind == DOMAIN_FIBRES ? "control" : domain->name);
        add_holders(text, machine, state, thread, wait);
        text_add(text, " has");
        return;
    }
    if (wait->kind == WAIT_PLACE && object != NULL) {
        text_format(text, " waits for a worker of pool %s, busy with ", object->name);
        add_holders(text, machine, state, thread, wait);
        return;
    }
    if (object == NULL) {
        text_format(text, " waits at line %u", wait->line);
        return;
    }
    if (wait->kind == WAIT_OWNED) {
        text_format(text, " waits for %s, %s by ", object->name, object->kind == SYMBOL_ONCE ? "run" : "held");
        add_holders(text, machine, state, thread, wait);
        return;
    }
    switch (object->kind) {
    case SYMBOL_CONDITION: text_format(text, " sleeps on condition %s", object->name); return;
    case SYMBOL_SEMAPHORE: text_format(text, " waits for semaphore %s", object->name); return;
    case SYMBOL_BARRIER: text_format(text, " waits at barrier %s", object->name); return;
    case SYMBOL_EVENT: text_format(text, " waits for event %s", object->name); return;
    case SYMBOL_WAITGROUP: text_format(text, " waits for waitgroup %s", object->name); return;
    case SYMBOL_QUEUE: text_format(text, " waits at queue %s", object->name); return;
    default: text_format(text, " waits for %s", object->name); return;
    }
}

/* Members of a pool that work wait for others of the same pool, which wait for a worker. */
static void add_pool_circle(Text *text, const Program *program, const BlockedSet *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t domain = program->threads[set->threads[i]].domain;
        if (set->waits[i].kind != WAIT_PLACE)
            continue;
        for (uint32_t k = 0; k < set->count; k++) {
            const WaitInfo *wait = &set->waits[k];
            bool waits_for_it = wait->kind == WAIT_JOIN && program->threads[set->threads[k]].domain == domain;
            for (uint32_t h = 0; h < wait->holder_count && waits_for_it; h++)
                if (wait->holders[h] == set->threads[i]) {
                    text_format(text, "; the tasks that keep the workers of %s busy wait for tasks of %s, and no worker is left for these",
                                program->domains[domain].name, program->domains[domain].name);
                    return;
                }
        }
    }
}

void message_deadlock(Text *text, const Machine *machine, const Word *state, const BlockedSet *set)
{
    for (uint32_t i = 0; i < set->count && i < LISTED_MAX; i++) {
        text_add(text, i == 0 ? "" : "; ");
        add_wait(text, machine, state, set->threads[i], &set->waits[i]);
    }
    if (set->count > LISTED_MAX)
        text_format(text, "; and %u more are stuck", set->count - LISTED_MAX);
    add_pool_circle(text, machine_program(machine), set);
}

void message_cycle(Text *text, const Program *program, const LockStand *const *stands, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < LISTED_MAX; i++)
        text_format(text, "%s \u2192 ", program->objects[stands[i]->lock].name);
    text_add(text, count > LISTED_MAX ? "... \u2192 " : "");
    text_add(text, program->objects[stands[0]->lock].name);
}

void message_lock_order(Text *text, const Program *program, const LockStand *const *stands, uint32_t count,
                        bool is_confirmed)
{
    message_cycle(text, program, stands, count);
    for (uint32_t i = 0; i < count && i < LISTED_MAX; i++) {
        const LockStand *stand = stands[(i + 1) % count];
        const char *wanted = program->objects[stand->lock].name, *owned = program->objects[stands[i]->lock].name;
        text_add(text, i == 0 ? ": " : "; ");
        text_add(text, thread_name(program, stand->thread));
        if (is_confirmed)
            text_format(text, " holds %s and waits for %s at line %u", owned, wanted, stand->line);
        else
            text_format(text, " takes %s at line %u while it holds %s", wanted, stand->line, owned);
    }
    if (count > LISTED_MAX)
        text_add(text, "; and so on");
    if (!is_confirmed)
        text_add(text, "; the exploration ended before it was known whether they can meet");
}

void message_race(Text *text, const Program *program, const RacePair *pair)
{
    const char *first = thread_name(program, pair->first), *second = thread_name(program, pair->second);
    text_format(text, "%s and %s access %s without order: ", first, second, program->objects[pair->object].name);
    /* who reads is named first: it is the one that may be surprised */
    bool swaps = pair->first_writes && !pair->second_writes;
    text_format(text, "%s %s it at line %u while %s %s it at line %u", swaps ? second : first,
                (swaps ? pair->second_writes : pair->first_writes) ? "writes" : "reads",
                swaps ? pair->second_line : pair->first_line, swaps ? first : second,
                (swaps ? pair->first_writes : pair->second_writes) ? "writes" : "reads",
                swaps ? pair->first_line : pair->second_line);
}

void message_lost_update(Text *text, const Program *program, ObjectId object, const WitnessAccess *read,
                         const WitnessAccess *overtaking, const WitnessAccess *write)
{
    const char *loser = thread_name(program, write->thread), *victim = thread_name(program, overtaking->thread);
    text_format(text, "the update of %s by %s is lost: %s writes at line %u a value computed from what it read",
                program->objects[object].name, victim, loser, write->line);
    if (read->line != write->line)
        text_format(text, " at line %u,", read->line);
    text_format(text, " before %s's write", victim);
    if (overtaking->line != write->line)
        text_format(text, " at line %u", overtaking->line);
}

void message_issue(Text *text, const Program *program, const Issue *issue, ThreadId stepper)
{
    const char *what = issue->text == NULL ? "" : issue->text;
    const char *thread = issue->thread == NO_ID ? NULL : thread_name(program, issue->thread);
    switch (issue->kind) {
    case FINDING_ASSERTION:
        text_format(text, "assertion failed at line %u: %s", issue->line, what);
        if (thread != NULL)
            text_format(text, " (in %s)", thread);
        return;
    case FINDING_INVARIANT:
        text_format(text, "invariant of line %u is broken: %s", issue->line, what);
        if (stepper != NO_ID)
            text_format(text, " does not hold after a step of %s", thread_name(program, stepper));
        else
            text_add(text, " does not hold at the start");
        return;
    default: /* misuse, runtime error: "misuse of m by A at line 3: unlocked while it is free" */
        text_add(text, issue->kind == FINDING_MISUSE ? "misuse" : "runtime error");
        if (issue->object != NO_ID)
            text_format(text, " of %s", program->objects[issue->object].name);
        if (thread != NULL)
            text_format(text, " %s %s", issue->kind == FINDING_MISUSE ? "by" : "in", thread);
        text_format(text, " at line %u: %s", issue->line, what);
        return;
    }
}

void message_final(Text *text, const Property *property)
{
    text_format(text, "all threads have ended, but the finally of line %u does not hold: %s", property->line,
                property->text);
}
