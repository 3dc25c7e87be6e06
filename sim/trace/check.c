/* check.c: does a schedule show what a finding says? Replays it, and looks at the last steps and the last state
 * alone; for a loop, at all of its states and steps. */
#include <string.h>

#include "trace/build.h"
#include "trace/replay.h"

enum { LAST = 2 }; /* how many of the last steps are remembered */

typedef struct CheckStep {
    ThreadId thread;
    LoggedAccess *accesses;
    uint32_t access_count;
    Issue *issues;
    uint32_t issue_count;
} CheckStep;

typedef struct Check {
    Machine *machine;
    const TraceSubject *subject;
    const Schedule *names; /* the subject's threads */
    uint32_t count;        /* of the schedule's steps */
    CheckStep last[LAST];  /* the last but one, the last */
    bool *was_enabled;     /* in the state before the last two steps */
    bool *before_enabled;  /* in the state before the last step */
    bool *is_enabled;      /* in the last state */
    Word *was, *before, *state, *loop_state;
    bool *moves, *rests;   /* in the loop: takes a step, has none in some state */
    uint64_t progressed;   /* in the loop */
    bool came_true;        /* the `eventually` */
    Issue *start_issues;
    uint32_t start_issue_count;
} Check;

static void forget(Check *check)
{
    for (int i = 0; i < LAST; i++) {
        mem_free(check->last[i].accesses);
        mem_free(check->last[i].issues);
        check->last[i] = (CheckStep){0};
    }
    mem_free(check->was_enabled);
    mem_free(check->before_enabled);
    mem_free(check->is_enabled);
    mem_free(check->was);
    mem_free(check->before);
    mem_free(check->state);
    mem_free(check->loop_state);
    mem_free(check->moves);
    mem_free(check->rests);
    mem_free(check->start_issues);
    check->moves = check->rests = NULL;
    check->progressed = 0;
    check->came_true = false;
    check->was_enabled = check->before_enabled = check->is_enabled = NULL;
    check->was = check->before = check->state = check->loop_state = NULL;
    check->start_issues = NULL;
}

/* A block with the same bytes; `*copy` is NULL for none. */
static Status copy_block(const void *from, uint32_t count, size_t size, void **copy)
{
    *copy = mem_alloc(count, size);
    if (*copy == NULL)
        return STATUS_NO_MEMORY;
    if (count > 0)
        memcpy(*copy, from, count * size);
    return STATUS_OK;
}

static Status on_begin(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t issue_count)
{
    (void)state;
    Check *check = context;
    forget(check);
    void *copy;
    Status status = copy_block(issues, issue_count, sizeof *issues, &copy);
    check->start_issues = copy;
    check->start_issue_count = issue_count;
    check->moves = mem_alloc(machine_program(machine)->thread_count, sizeof *check->moves);
    check->rests = mem_alloc(machine_program(machine)->thread_count, sizeof *check->rests);
    return check->moves == NULL || check->rests == NULL ? STATUS_NO_MEMORY : status;
}

/* Who has no step in this state. */
static void note_resting(Check *check, const Word *state, const Expansion *expansion)
{
    uint32_t next = 0;
    for (ThreadId t = 0; t < machine_program(check->machine)->thread_count; t++) {
        bool is_enabled = false;
        for (; next < expansion->count && expansion->steps[next].thread == t; next++)
            is_enabled = !machine_is_spurious(check->machine, state, t);
        check->rests[t] = check->rests[t] || !is_enabled;
    }
}

static Status keep_enabled(Machine *machine, const Expansion *expansion, bool **enabled)
{
    mem_free(*enabled);
    *enabled = mem_alloc(machine_program(machine)->thread_count, sizeof **enabled);
    if (*enabled == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < expansion->count; i++)
        (*enabled)[expansion->steps[i].thread] = true;
    return STATUS_OK;
}

static Status on_state(void *context, Machine *machine, const ReplayState *told)
{
    Check *check = context;
    Status status = STATUS_OK;
    void *copy;
    if (told->step >= check->subject->loop_start)
        note_resting(check, told->state, told->expansion);
    if (check->subject->eventually > 0)
        check->came_true =
            check->came_true || machine_eventually_holds(machine, told->state, check->subject->eventually - 1);
    if (told->step + LAST == check->count) {
        status = copy_block(told->state, machine_words(machine), sizeof(Word), &copy);
        check->was = copy;
        if (status == STATUS_OK)
            status = keep_enabled(machine, told->expansion, &check->was_enabled);
    }
    if (status == STATUS_OK && told->step + 1 == check->count) {
        status = copy_block(told->state, machine_words(machine), sizeof(Word), &copy);
        check->before = copy;
        if (status == STATUS_OK)
            status = keep_enabled(machine, told->expansion, &check->before_enabled);
    }
    if (status == STATUS_OK && told->step == check->subject->loop_start && check->loop_state == NULL) {
        status = copy_block(told->state, machine_words(machine), sizeof(Word), &copy);
        check->loop_state = copy;
    }
    if (status != STATUS_OK || told->step != check->count)
        return status;
    status = copy_block(told->state, machine_words(machine), sizeof(Word), &copy);
    check->state = copy;
    return status == STATUS_OK ? keep_enabled(machine, told->expansion, &check->is_enabled) : status;
}

static Status on_step(void *context, Machine *machine, const ReplayEvent *event)
{
    (void)machine;
    Check *check = context;
    if (event->step >= check->subject->loop_start) {
        check->moves[event->thread] = true;
        check->progressed |= event->progressed;
    }
    if (event->step + LAST < check->count)
        return STATUS_OK;
    CheckStep *step = &check->last[event->step + LAST - check->count];
    void *copy;
    Status status = copy_block(event->log->accesses, event->log->count, sizeof(LoggedAccess), &copy);
    step->thread = event->thread;
    step->accesses = copy;
    step->access_count = event->log->count;
    if (status != STATUS_OK)
        return status;
    status = copy_block(event->issues, event->issue_count, sizeof(Issue), &copy);
    step->issues = copy;
    step->issue_count = event->issue_count;
    return status;
}

/* ---------------------------------------------------------------- judging */

static bool has_object(const TraceSubject *subject, ObjectId object)
{
    for (uint32_t i = 0; i < subject->object_count; i++)
        if (subject->objects[i] == object)
            return true;
    return subject->object_count == 0 || object == NO_ID;
}

static bool has_line(const TraceSubject *subject, uint32_t line)
{
    for (uint32_t i = 0; i < subject->line_count; i++)
        if (subject->lines[i] == line)
            return true;
    return subject->line_count == 0;
}

/* The last step (or the start, for an empty schedule) reports such an issue. A lost update has the lines of read and
 * write, the issue one. */
static bool shows_issue(const Check *check)
{
    const Issue *issues = check->count == 0 ? check->start_issues : check->last[LAST - 1].issues;
    uint32_t count = check->count == 0 ? check->start_issue_count : check->last[LAST - 1].issue_count;
    for (uint32_t i = 0; i < count; i++)
        if (issues[i].kind == check->subject->kind && !issues[i].is_assume &&
            has_object(check->subject, issues[i].object) && has_line(check->subject, issues[i].line))
            return true;
    return false;
}

static bool is_subject_thread(const Check *check, ThreadId thread)
{
    for (uint32_t i = 0; i < check->names->count; i++)
        if (schedule_thread(machine_program(check->machine), &check->names->steps[i]) == thread)
            return true;
    return false;
}

/* Both threads could step in this state, and their next steps access the object, one of them writing, not both
 * atomically. What a step accesses is asked of the state before it, since another result of the step (the other arm of
 * a select) may not show the access. */
static bool races_in(const Check *check, const Word *state, const bool *enabled, ThreadId one, ThreadId two,
                     ObjectId object)
{
    enum { ROOM = 64 };
    NextAccess a[ROOM], b[ROOM];
    if (one == two || !enabled[one] || !enabled[two])
        return false;
    Expansion scratch = {0};
    uint32_t a_count = machine_next_accesses(check->machine, state, one, &scratch, a, ROOM);
    uint32_t b_count = machine_next_accesses(check->machine, state, two, &scratch, b, ROOM);
    expansion_free(&scratch);
    for (uint32_t i = 0; i < a_count && i < ROOM; i++)
        for (uint32_t j = 0; j < b_count && j < ROOM; j++)
            if (a[i].object == object && b[j].object == object && (a[i].writes || b[j].writes) &&
                !(a[i].is_atomic && b[j].is_atomic) && has_line(check->subject, a[i].line) &&
                has_line(check->subject, b[j].line))
                return true;
    return false;
}

/* The last two steps are the two accesses; or the last step alone is one of them, because it took the other's step
 * away. */
static bool shows_race(const Check *check)
{
    ThreadId one = check->last[0].thread, two = check->last[1].thread;
    const Program *program = machine_program(check->machine);
    if (check->count == 0 || check->subject->object_count == 0)
        return false;
    ObjectId object = check->subject->objects[0];
    if (program->objects[object].symbol->is_atomic)
        return false;
    if (check->count >= LAST && races_in(check, check->was, check->was_enabled, one, two, object))
        return true;
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (is_subject_thread(check, t) && races_in(check, check->before, check->before_enabled, two, t, object))
            return true;
    return false;
}

/* Each thread of the subject is blocked; in a cycle: by another of them; otherwise nobody at all can step. */
static bool shows_deadlock(const Check *check, bool is_cycle)
{
    const Program *program = machine_program(check->machine);
    if (!is_cycle && machine_end(check->machine, check->state) != STATE_DEADLOCK)
        return false;
    for (ThreadId t = 0; t < program->thread_count && !is_cycle; t++)
        if (check->is_enabled[t])
            return false;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        WaitInfo wait;
        if (!is_subject_thread(check, t))
            continue;
        if (check->is_enabled[t] || !machine_is_born(check->machine, check->state, t) ||
            machine_is_ended(check->machine, check->state, t))
            return false;
        machine_wait(check->machine, check->state, t, false, &wait);
        if (is_cycle)
            machine_wait_control(check->machine, check->state, t, check->is_enabled, &wait);
        bool is_held = !is_cycle || (wait.controller != NO_ID && is_subject_thread(check, wait.controller));
        for (uint32_t i = 0; i < wait.holder_count && wait_is_for_all(wait.kind); i++)
            is_held |= is_subject_thread(check, wait.holders[i]);
        if (!is_held)
            return false;
    }
    return true;
}

/* Does the thread own one of the subject's locks; `lock` of them, unless it is NO_ID? */
static bool owns(const Check *check, ThreadId thread, ObjectId lock)
{
    const TraceSubject *subject = check->subject;
    ObjectId *owned = mem_alloc((size_t)machine_program(check->machine)->object_count + 1, sizeof *owned);
    uint32_t count = owned == NULL ? 0
                                   : machine_owned(check->machine, check->state, thread, owned,
                                                   machine_program(check->machine)->object_count);
    bool is_found = false;
    for (uint32_t i = 0; i < count; i++)
        is_found = is_found || (lock == NO_ID ? has_object(subject, owned[i]) : owned[i] == lock);
    mem_free(owned);
    return is_found;
}

/* The line of the step, or of the lock with which a block begins. */
static bool stands_at_line(const Check *check, const WaitInfo *wait)
{
    const Program *program = machine_program(check->machine);
    return has_line(check->subject, wait->line) ||
           (wait->instr != NO_ID && has_line(check->subject, program->sites[program->code[wait->instr].site].part.line));
}

/* Each thread of the subject stands blocked at one of the locks, which another of them owns. Of an unconfirmed cycle
 * one thread stands at a lock while it owns another. */
static bool shows_lock_order(const Check *check, bool is_confirmed)
{
    uint32_t threads = machine_program(check->machine)->thread_count, shown = 0;
    for (ThreadId t = 0; t < threads; t++) {
        WaitInfo wait;
        bool is_held = false;
        if (!is_subject_thread(check, t))
            continue;
        machine_wait(check->machine, check->state, t, false, &wait);
        if (wait.object != NO_ID && has_object(check->subject, wait.object) && stands_at_line(check, &wait))
            for (ThreadId u = 0; u < threads && is_confirmed && !check->is_enabled[t] && !is_held; u++)
                is_held = u != t && is_subject_thread(check, u) && owns(check, u, wait.object);
        if (!is_confirmed)
            is_held = wait.object != NO_ID && has_object(check->subject, wait.object) && owns(check, t, NO_ID);
        if (is_confirmed && !is_held)
            return false;
        shown += is_held;
    }
    return shown > 0;
}

/* The steps from loop_start on lead back to where they begin, and a fair scheduler can repeat them for ever. */
static bool shows_loop(const Check *check, const char **reason)
{
    const TraceSubject *subject = check->subject;
    const Program *program = machine_program(check->machine);
    *reason = "its end is not the state in which the loop starts";
    if (check->loop_state == NULL || subject->loop_start >= check->count ||
        memcmp(check->loop_state, check->state, machine_words(check->machine) * sizeof(Word)) != 0)
        return false;
    *reason = "a thread that could step all the time never does";
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (!check->moves[t] && !check->rests[t])
            return false;
    return true;
}

/* Nobody gets on; or the `eventually` has not been true. */
static bool shows_livelock(const Check *check, const char **reason)
{
    if (!shows_loop(check, reason))
        return false;
    *reason = "a step of the loop passes a progress";
    return check->subject->eventually > 0 ? !check->came_true : check->progressed == 0;
}

/* Somebody gets on, and not the thread. */
static bool shows_starvation(const Check *check, const char **reason)
{
    const Program *program = machine_program(check->machine);
    if (!shows_loop(check, reason))
        return false;
    *reason = "the thread gets on in the loop, or nobody does";
    for (ThreadId t = 0; t < program->thread_count; t++) {
        if (!is_subject_thread(check, t))
            continue;
        if ((check->progressed & step_thread_bit(t)) != 0 || (check->progressed & ~step_thread_bit(t)) == 0 ||
            machine_is_ended(check->machine, check->state, t) || !machine_is_born(check->machine, check->state, t))
            return false;
    }
    return true;
}

static bool shows_final(const Check *check)
{
    if (check->subject->eventually == 0)
        return machine_all_ended(check->machine, check->state) &&
               machine_failed_finally(check->machine, check->state) != NO_ID;
    for (ThreadId t = 0; t < machine_program(check->machine)->thread_count; t++)
        if (check->is_enabled[t])
            return false;
    return !check->came_true && machine_end(check->machine, check->state) != STATE_STOPPED;
}

static bool judge(const Check *check, const char **reason)
{
    const TraceSubject *subject = check->subject;
    switch (subject->kind) {
    case FINDING_DEADLOCK:
        *reason = "the threads are not blocked at its end";
        return shows_deadlock(check, subject->is_cycle);
    case FINDING_LOCK_ORDER:
        *reason = subject->is_cycle ? "the threads do not block each other at its end"
                                    : "no thread asks for one of the locks while it owns another at its end";
        return shows_lock_order(check, subject->is_cycle);
    case FINDING_DATA_RACE:
        *reason = "its last two steps are no conflicting accesses that were possible at the same time";
        return shows_race(check);
    case FINDING_FINAL:
        *reason = "the conditions hold at its end";
        return shows_final(check);
    case FINDING_LIVELOCK: return shows_livelock(check, reason);
    case FINDING_STARVATION: return shows_starvation(check, reason);
    case FINDING_NOT_SERIALIZABLE:
        *reason = "not all threads have ended";
        return machine_all_ended(check->machine, check->state);
    default: *reason = "its last step reports nothing of the kind"; return shows_issue(check);
    }
}

Status trace_check(Machine *machine, const Program *program, const ScheduleStep *steps, uint32_t count,
                   const TraceSubject *subject, bool *shown, const char **reason)
{
    const char *unread = NULL;
    Schedule schedule = {0}, names = {0};
    Refusal refusal;
    *shown = false;
    reason = reason == NULL ? &unread : reason;
    *reason = "a step of it is not possible";
    if (program == NULL)
        program = machine_program(machine);
    Status status = schedule_name(program, steps, count, &schedule);
    for (uint32_t i = 0; status == STATUS_OK && i < subject->thread_count; i++) {
        const ThreadCode *code = &program->threads[subject->threads[i]];
        if (!schedule_add(&names, (NamedStep){code->symbol, code->instance, 1, 1}))
            status = STATUS_NO_MEMORY;
    }
    Check check = {.machine = machine, .subject = subject, .names = &names, .count = count};
    if (status == STATUS_OK) {
        ReplayListener listener = {.context = &check, .begin = on_begin, .state = on_state, .step = on_step};
        status = replay_walk(machine, &schedule, &listener, &refusal);
    }
    if (status == STATUS_OK)
        *shown = judge(&check, reason);
    if (*shown)
        *reason = NULL;
    forget(&check);
    schedule_free(&names);
    schedule_free(&schedule);
    return status == STATUS_INVALID ? STATUS_OK : status;
}
