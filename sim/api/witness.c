#include "api/witness.h"

#include <string.h>

#include "base/numbers.h"
#include "detect/final.h"
#include "detect/issues.h"

/* ------------------------------------------------------------------- recording */

static Status begin(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t issue_count)
{
    (void)state;
    Witness *witness = context;
    witness->has_issue = false;
    witness->access_count = 0;
    loop_forget(&witness->loop);
    witness->machine = machine;
    race_restart(witness->race); /* a new layout may have put a new program into the old one's place */
    deadlock_restart(witness->deadlock);
    lock_order_restart(witness->lock_order);
    size_t words = machine_words(machine), threads = machine_program(machine)->thread_count;
    for (uint32_t i = 0; i < WITNESS_STATES; i++) {
        WitnessState *kept = &witness->states[i];
        kept->thread_count = 0;
        if (words > witness->words || kept->words == NULL) {
            Word *larger = mem_resize(kept->words, words, sizeof *larger);
            if (larger == NULL)
                return STATUS_NO_MEMORY;
            kept->words = larger;
        }
        if (threads > witness->threads || kept->threads == NULL) {
            ThreadId *larger = mem_resize(kept->threads, threads, sizeof *larger);
            if (larger == NULL)
                return STATUS_NO_MEMORY;
            kept->threads = larger;
        }
    }
    witness->words = words > witness->words ? words : witness->words;
    witness->threads = threads > witness->threads ? threads : witness->threads;
    for (uint32_t i = 0; i < issue_count && witness->step_count == 0; i++)
        if (issues_is(&issues[i], witness->row)) {
            witness->issue = issues[i];
            witness->has_issue = true;
        }
    return STATUS_OK;
}

static Status keep_state(void *context, Machine *machine, const ReplayState *told)
{
    Witness *witness = context;
    uint32_t age = witness->step_count - told->step;
    Status status = loop_state(witness, machine, told);
    if (status != STATUS_OK || age >= WITNESS_STATES)
        return status;
    WitnessState *kept = &witness->states[age];
    memcpy(kept->words, told->state, machine_words(machine) * sizeof(Word));
    kept->thread_count = 0;
    for (uint32_t i = 0; i < told->expansion->count; i++) {
        ThreadId thread = told->expansion->steps[i].thread;
        if (kept->thread_count == 0 || kept->threads[kept->thread_count - 1] != thread)
            kept->threads[kept->thread_count++] = thread;
    }
    return STATUS_OK;
}

static uint32_t line_of(const Program *program, uint32_t instr)
{
    return program->sites[program->code[instr].site].part.line;
}

static bool keep_access(Witness *witness, const Program *program, const LoggedAccess *access)
{
    if (witness->access_count == witness->access_room) {
        uint32_t room = witness->access_room == 0 ? 16 : witness->access_room * 2;
        WitnessAccess *larger = mem_resize(witness->accesses, room, sizeof *larger);
        if (larger == NULL)
            return false;
        witness->accesses = larger;
        witness->access_room = room;
    }
    witness->accesses[witness->access_count++] = (WitnessAccess){.thread = access->thread,
                                                                 .reads = access->reads,
                                                                 .writes = access->writes,
                                                                 .line = line_of(program, access->instr)};
    return true;
}

static Status keep_step(void *context, Machine *machine, const ReplayEvent *event)
{
    Witness *witness = context;
    const Program *program = machine_program(machine);
    uint32_t age = witness->step_count - event->step; /* 1: the last step */
    if (age <= 2)
        witness->steppers[age - 1] = event->thread;
    for (uint32_t i = 0; i < event->issue_count && age == 1; i++)
        if (issues_is(&event->issues[i], witness->row)) {
            witness->issue = event->issues[i];
            witness->has_issue = true;
        }
    Status status = loop_step(witness, machine, event);
    if (status != STATUS_OK || witness->row->kind != FINDING_LOST_UPDATE)
        return status;
    for (uint32_t i = 0; i < event->log->count; i++) {
        const LoggedAccess *access = &event->log->accesses[i];
        if (access->object == witness->row->objects[0] && (access->reads || access->writes) &&
            !keep_access(witness, program, access))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* -------------------------------------------------------------- what was shown */

static uint32_t *copy_numbers(Exploration *exploration, const uint32_t *numbers, uint32_t count)
{
    uint32_t *copy = ARENA_ARRAY(&exploration->owned->arena, uint32_t, count);
    if (count > 0)
        memcpy(copy, numbers, count * sizeof *copy);
    return copy;
}

/* Sorted and distinct in the result's arena. */
static const uint32_t *number_set(Exploration *exploration, const uint32_t *numbers, uint32_t *count)
{
    uint32_t *copy = copy_numbers(exploration, numbers, *count);
    *count = numbers_sort_distinct(copy, *count);
    return copy;
}

static Status show_deadlock(Exploration *exploration, Witness *witness, Shown *shown)
{
    const WitnessState *last = &witness->states[0];
    const BlockedSet *sets, *set = NULL;
    uint32_t set_count;
    Status status = deadlock_scan(witness->deadlock, witness->machine, last->words, last->threads, last->thread_count,
                                  &sets, &set_count);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < set_count; i++)
        if (deadlock_is(&sets[i], witness->row))
            set = &sets[i];
    if (set == NULL)
        return STATUS_INVALID;
    uint32_t *objects = ARENA_ARRAY(&exploration->owned->arena, uint32_t, set->count);
    uint32_t *lines = ARENA_ARRAY(&exploration->owned->arena, uint32_t, set->count);
    for (uint32_t i = 0; i < set->count; i++) {
        lines[i] = set->waits[i].line;
        if (set->waits[i].object != NO_ID)
            objects[shown->object_count++] = set->waits[i].object;
    }
    shown->line_count = set->count;
    shown->line_count = numbers_sort_distinct(lines, shown->line_count);
    shown->object_count = numbers_sort_distinct(objects, shown->object_count);
    shown->lines = lines;
    shown->objects = objects;
    shown->threads = copy_numbers(exploration, set->threads, set->count);
    shown->thread_count = set->count;
    shown->is_cycle = set->is_cycle;
    message_deadlock(&exploration->text, witness->machine, last->words, set);
    return STATUS_OK;
}

static Status show_lock_order(Exploration *exploration, Witness *witness, Shown *shown)
{
    const Finding *row = witness->row;
    const WitnessState *last = &witness->states[0];
    const LockRing *rings;
    const LockStand *const *stands = NULL;
    uint32_t ring_count, count = 0;
    Status status = lock_order_scan(witness->lock_order, witness->machine, last->words, last->threads,
                                    last->thread_count, &rings, &ring_count);
    if (status != STATUS_OK)
        return status;
    for (uint32_t r = 0; r < ring_count && row->is_cycle && count == 0; r++)
        if (lock_order_is(&rings[r], row)) {
            stands = rings[r].stands;
            count = rings[r].count;
        }
    if (!row->is_cycle)
        count = lock_orders_stands(exploration, row, &stands);
    if (count == 0)
        return STATUS_INVALID;
    uint32_t *threads = ARENA_ARRAY(&exploration->owned->arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        threads[i] = stands[i]->thread;
    shown->thread_count = count;
    shown->thread_count = numbers_sort_distinct(threads, shown->thread_count);
    shown->threads = threads;
    shown->is_cycle = row->is_cycle;
    message_lock_order(&exploration->text, machine_program(witness->machine), stands, count, row->is_cycle);
    return STATUS_OK;
}

/* The pair of the row among those that race `age` steps before the end; both of the last two steppers take part when
 * age is 2. */
static Status find_pair(Witness *witness, uint32_t age, const RacePair **found)
{
    *found = NULL;
    if (age > witness->step_count)
        return STATUS_OK;
    const WitnessState *at = &witness->states[age];
    const RacePair *pairs;
    uint32_t pair_count;
    Status status =
        race_scan(witness->race, witness->machine, at->words, at->threads, at->thread_count, &pairs, &pair_count);
    for (uint32_t i = 0; i < pair_count && status == STATUS_OK && *found == NULL; i++) {
        const RacePair *pair = &pairs[i];
        ThreadId last = witness->steppers[0], other = witness->steppers[1];
        bool is_pair =
            age == 2 ? (pair->first == last && pair->second == other) || (pair->first == other && pair->second == last)
                     : pair->first == last || pair->second == last;
        ObjectId object;
        uint32_t lines[2];
        Finding key;
        race_key(pair, &object, lines, &key);
        if (is_pair && object == witness->row->objects[0] && key.line_count == witness->row->line_count &&
            memcmp(lines, witness->row->lines, key.line_count * sizeof *lines) == 0)
            *found = pair;
    }
    return status;
}

static Status show_race(Exploration *exploration, Witness *witness, Shown *shown)
{
    const RacePair *pair;
    Status status = find_pair(witness, 2, &pair);
    if (status == STATUS_OK && pair == NULL)
        status = find_pair(witness, 1, &pair);
    if (status != STATUS_OK)
        return status;
    if (pair == NULL)
        return STATUS_INVALID;
    const ThreadId threads[2] = {pair->first, pair->second};
    shown->threads = copy_numbers(exploration, threads, 2);
    shown->thread_count = 2;
    message_race(&exploration->text, machine_program(witness->machine), pair);
    return STATUS_OK;
}

static Status show_lost_update(Exploration *exploration, Witness *witness, Shown *shown)
{
    if (!witness->has_issue)
        return STATUS_INVALID;
    /* backwards: the write that destroys, the last write of another thread before it, and the read before that; in a loop
     * within one step the line writes several times, and what it has read anew destroys nothing */
    ThreadId loser = witness->issue.thread;
    const WitnessAccess *write = NULL, *overtaking = NULL, *read = NULL;
    for (uint32_t w = witness->access_count; w-- > 0 && (overtaking == NULL || read == NULL);) {
        write = &witness->accesses[w];
        if (write->thread != loser || !write->writes || write->line != witness->issue.line)
            continue;
        overtaking = read = NULL;
        for (uint32_t i = w; i-- > 0 && read == NULL;) {
            const WitnessAccess *access = &witness->accesses[i];
            if (access->thread == loser && access->reads)
                read = access;
            else if (access->thread != loser && access->writes && overtaking == NULL)
                overtaking = access;
        }
    }
    if (write == NULL || overtaking == NULL || read == NULL)
        return STATUS_INVALID;
    const ThreadId threads[2] = {loser, overtaking->thread};
    const uint32_t lines[3] = {read->line, overtaking->line, write->line};
    shown->thread_count = 2;
    shown->threads = number_set(exploration, threads, &shown->thread_count);
    shown->line_count = 3;
    shown->lines = number_set(exploration, lines, &shown->line_count);
    message_lost_update(&exploration->text, machine_program(witness->machine), witness->row->objects[0], read,
                        overtaking, write);
    return STATUS_OK;
}

static Status show_final(Exploration *exploration, Witness *witness, Shown *shown)
{
    (void)shown;
    const Program *program = machine_program(witness->machine);
    if (!final_is(witness->machine, witness->states[0].words, witness->row))
        return STATUS_INVALID;
    for (uint32_t i = 0; i < program->finally_count; i++)
        if (program->finally[i].line == witness->row->lines[0]) {
            message_final(&exploration->text, &program->finally[i]);
            break;
        }
    return STATUS_OK;
}

static Status show_not_serializable(Exploration *exploration, Witness *witness, Shown *shown)
{
    const Word *last = witness->states[0].words;
    if (machine_end(witness->machine, last) != STATE_OK ||
        serial_judge(exploration, witness->machine, last) != SN_SERIAL_NO)
        return STATUS_INVALID;
    shown->threads = copy_numbers(exploration, witness->row->threads, witness->row->thread_count);
    shown->thread_count = witness->row->thread_count;
    return serial_message(exploration, witness->machine, last) ? STATUS_OK : STATUS_NO_MEMORY;
}

static Status show_issue(Exploration *exploration, Witness *witness, Shown *shown)
{
    if (!witness->has_issue)
        return STATUS_INVALID;
    const Issue *issue = &witness->issue;
    ThreadId stepper = witness->step_count > 0 ? witness->steppers[0] : NO_ID;
    ThreadId culprit = issue->thread != NO_ID ? issue->thread : stepper;
    if (culprit != NO_ID) {
        shown->threads = copy_numbers(exploration, &culprit, 1);
        shown->thread_count = 1;
    }
    if (issue->text != NULL)
        shown->text = arena_string(&exploration->owned->arena, issue->text, strlen(issue->text));
    message_issue(&exploration->text, machine_program(witness->machine), issue, stepper);
    return STATUS_OK;
}

/* ---------------------------------------------------------------------- replay */

static Status make_witness(Exploration *exploration)
{
    if (exploration->witness != NULL)
        return STATUS_OK;
    Witness *witness = mem_alloc(1, sizeof *witness);
    if (witness == NULL)
        return STATUS_NO_MEMORY;
    exploration->witness = witness;
    witness->race = race_new(NULL);
    witness->deadlock = deadlock_new(NULL);
    witness->lock_order = lock_order_new(NULL);
    if (witness->race == NULL || witness->deadlock == NULL || witness->lock_order == NULL)
        return STATUS_NO_MEMORY;
    const MachineOptions options = {.keep_locals = true, .skip_lost_updates = exploration->options.skip_lost_updates};
    return machine_new(machine_program(exploration->machine), &options, &exploration->replayer);
}

void witness_free(Exploration *exploration)
{
    Witness *witness = exploration->witness;
    if (witness != NULL) {
        race_free(witness->race);
        deadlock_free(witness->deadlock);
        lock_order_free(witness->lock_order);
        for (uint32_t i = 0; i < WITNESS_STATES; i++) {
            mem_free(witness->states[i].words);
            mem_free(witness->states[i].threads);
        }
        mem_free(witness->accesses);
        loop_forget(&witness->loop);
        mem_free(witness);
    }
    machine_free(exploration->replayer);
    machine_free(exploration->looper);
    exploration->witness = NULL;
    exploration->replayer = exploration->looper = NULL;
}

static Status replay(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest)
{
    Witness *witness = exploration->witness;
    witness->row = row;
    witness->step_count = easiest->count;
    schedule_free(&exploration->schedule);
    Status status =
        schedule_name(machine_program(exploration->machine), easiest->steps, easiest->count, &exploration->schedule);
    if (status != STATUS_OK)
        return status;
    const ReplayListener listener = {.context = witness, .begin = begin, .state = keep_state, .step = keep_step};
    Refusal refusal;
    return replay_walk(exploration->replayer, &exploration->schedule, &listener, &refusal);
}

/* The second check, by the trace's own idea of what the finding is. */
static Status check(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, uint32_t loop_start,
                    const Shown *shown, const char **reason)
{
    const TraceSubject subject = {.kind = row->kind,
                                  .objects = shown->objects,
                                  .object_count = shown->object_count,
                                  .lines = shown->lines,
                                  .line_count = shown->line_count,
                                  .threads = shown->threads,
                                  .thread_count = shown->thread_count,
                                  .text = shown->text,
                                  .is_cycle = shown->is_cycle,
                                  .loop_start = loop_start,
                                  .eventually = row->eventually};
    bool is_shown = false;
    if (loop_start != NO_ID && exploration->looper == NULL) {
        const MachineOptions options = {.keep_locals = exploration->options.reduce == SN_REDUCE_NONE,
                                        .skip_lost_updates = exploration->options.skip_lost_updates};
        Status made = machine_new(machine_program(exploration->machine), &options, &exploration->looper);
        if (made != STATUS_OK)
            return made;
    }
    Machine *machine = loop_start == NO_ID ? exploration->replayer : exploration->looper;
    Status status = trace_check(machine, machine_program(exploration->machine), easiest->steps, easiest->count,
                                &subject, &is_shown, reason);
    return status == STATUS_OK && !is_shown ? STATUS_INVALID : status;
}

static Status complain(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, const char *reason)
{
    Text schedule = {0};
    schedule_print_steps(machine_program(exploration->machine), easiest->steps, easiest->count, &schedule);
    exploration->message =
        api_message("internal: the schedule '%s' was found for a finding (kind %d, line %u), but does not show it: %s",
                    schedule.length == 0 ? "" : schedule.bytes, (int)row->kind,
                    row->line_count == 0 ? 0 : row->lines[0], reason == NULL ? "no reason" : reason);
    text_free(&schedule);
    return STATUS_INVALID;
}

/* What the replay shows, all but the message, which is in the text. */
static Status read_off(Exploration *exploration, const Finding *row, Shown *shown)
{
    Witness *witness = exploration->witness;
    Status status;
    switch (row->kind) {
    case FINDING_DEADLOCK: status = show_deadlock(exploration, witness, shown); break;
    case FINDING_LOCK_ORDER: status = show_lock_order(exploration, witness, shown); break;
    case FINDING_NOT_SERIALIZABLE: status = show_not_serializable(exploration, witness, shown); break;
    case FINDING_DATA_RACE: status = show_race(exploration, witness, shown); break;
    case FINDING_LOST_UPDATE: status = show_lost_update(exploration, witness, shown); break;
    case FINDING_FINAL:
        status = row->eventually > 0 ? loop_show(exploration, witness, shown) : show_final(exploration, witness, shown);
        break;
    case FINDING_LIVELOCK:
    case FINDING_STARVATION: status = loop_show(exploration, witness, shown); break;
    default: status = show_issue(exploration, witness, shown); break;
    }
    return status;
}

Status witness_try(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, bool *is_shown)
{
    Shown shown = {0};
    Status status = make_witness(exploration);
    if (status == STATUS_OK)
        exploration->witness->loop_start = NO_ID;
    if (status == STATUS_OK)
        status = replay(exploration, row, easiest);
    if (status == STATUS_OK)
        status = read_off(exploration, row, &shown);
    exploration->text.length = 0;
    *is_shown = status == STATUS_OK;
    return status == STATUS_INVALID ? STATUS_OK : status;
}

Status witness_show(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, uint32_t loop_start,
                    Shown *shown)
{
    memset(shown, 0, sizeof *shown);
    Status status = make_witness(exploration);
    if (status == STATUS_OK)
        exploration->witness->loop_start = loop_start;
    if (status == STATUS_OK)
        status = replay(exploration, row, easiest);
    if (status == STATUS_INVALID)
        return complain(exploration, row, easiest, "one of its steps is not possible");
    if (status == STATUS_OK)
        status = read_off(exploration, row, shown);
    if (status == STATUS_INVALID)
        return complain(exploration, row, easiest, "what was found is not there at its end");
    if (status != STATUS_OK)
        return status;
    shown->message = exploration_take_text(exploration);
    if (shown->objects == NULL) {
        shown->objects = copy_numbers(exploration, row->objects, row->object_count);
        shown->object_count = row->object_count;
    }
    if (shown->lines == NULL) {
        shown->lines = copy_numbers(exploration, row->lines, row->line_count);
        shown->line_count = row->line_count;
    }
    const char *reason = NULL;
    status = check(exploration, row, easiest, loop_start, shown, &reason);
    return status == STATUS_INVALID ? complain(exploration, row, easiest, reason) : status;
}
