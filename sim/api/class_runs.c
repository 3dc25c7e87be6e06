/* class_runs.c: findings and outcomes from one run of each class, where there are too many states to search them all.
 *
 * While the classes are explored, each step is judged once, when it is taken: what went wrong in it, and the races that
 * it closes. A data race need not show in the states of the run at hand, only in some of its class: then both accesses
 * come next behind all that does not come after the first. At its end each run is known by its outcome, and by where the
 * threads stand. What is seen for the first time is kept as a schedule, and nothing else; so the memory is that of
 * the findings, not of the runs. Then the schedules are taken again, into a partial graph (explore/partial.h), and the
 * detectors, which look at all steps beside these runs as well, tell what they show.
 *
 * Keeps   at least one state or step of each finding of a kind, object and lines; each outcome. Not each set of threads
 *         that is stuck while others can still step: they may be told as stuck when all are. */
#include <string.h>
#include <xxhash.h>

#include "api/reducing.h"
#include "detect/issues.h"
#include "explore/classes.h"

enum { MOST_ACCESSES = 32 };

typedef struct Seen { /* a set of hashes */
    uint64_t *slots; /* 0: empty */
    uint64_t count, room;
} Seen;

typedef struct Collector {
    Exploration *exploration;
    FindingTable *table;
    Seen races, ends;
    ClassSchedules *schedules;
    int64_t *values;
    bool *holds;
    Expansion scratch;
    bool has_cas; /* of plain variables */
} Collector;

/* False: no memory. `*is_new`: it was not there before. */
static bool seen_add(Seen *seen, uint64_t hash, bool *is_new)
{
    hash += hash == 0;
    if (seen->count * 2 >= seen->room) {
        uint64_t room = seen->room == 0 ? 64 : seen->room * 2;
        uint64_t *slots = mem_alloc(room, sizeof *slots);
        if (slots == NULL)
            return false;
        for (uint64_t i = 0; i < seen->room; i++) {
            uint64_t at = seen->slots[i] & (room - 1);
            while (seen->slots[i] != 0 && slots[at] != 0)
                at = (at + 1) & (room - 1);
            if (seen->slots[i] != 0)
                slots[at] = seen->slots[i];
        }
        mem_free(seen->slots);
        seen->slots = slots;
        seen->room = room;
    }
    uint64_t at = hash & (seen->room - 1);
    while (seen->slots[at] != 0 && seen->slots[at] != hash)
        at = (at + 1) & (seen->room - 1);
    *is_new = seen->slots[at] == 0;
    seen->slots[at] = hash;
    seen->count += *is_new;
    return true;
}

/* ------------------------------------------------------------------- schedules */

static Status add_step(ClassSchedules *schedules, const ClassStep *step)
{
    if (schedules->step_count == schedules->step_room) {
        uint64_t room = schedules->step_room * 2 + 64;
        ScheduleStep *steps = mem_resize(schedules->steps, room, sizeof *steps);
        if (steps == NULL)
            return STATUS_NO_MEMORY;
        schedules->steps = steps;
        schedules->step_room = room;
    }
    schedules->steps[schedules->step_count++] = (ScheduleStep){.thread = step->thread, .choice = step->choice};
    return STATUS_OK;
}

static Status end_schedule(ClassSchedules *schedules)
{
    if (schedules->count == schedules->room) {
        uint32_t room = schedules->room * 2 + 16;
        uint64_t *ends = mem_resize(schedules->ends, room, sizeof *ends);
        if (ends == NULL)
            return STATUS_NO_MEMORY;
        schedules->ends = ends;
        schedules->room = room;
    }
    schedules->ends[schedules->count++] = schedules->step_count;
    return STATUS_OK;
}

/* All steps of the run so far but those that come after event `left_out`, itself included; NO_ID: all. */
static Status keep(Collector *collector, const ClassRun *run, uint32_t left_out)
{
    ClassSchedules *schedules = collector->schedules;
    uint64_t begin = schedules->step_count;
    Status status = STATUS_OK;
    for (uint32_t k = 0; k < run->count && status == STATUS_OK; k++)
        if (left_out == NO_ID || k < left_out || !class_run_happens(run, left_out, k))
            status = add_step(schedules, &run->steps[k]);
    if (status == STATUS_OK)
        status = end_schedule(schedules);
    if (status != STATUS_OK)
        schedules->step_count = begin;
    return status;
}

/* ---------------------------------------------------------------------- judging */

static const Word *state_at(const ClassRun *run, uint32_t k)
{
    return run->states + (size_t)k * machine_words(run->machine);
}

static Status judge_issue(Collector *collector, const ClassRun *run, const Issue *issue)
{
    if (issue->is_assume ||
        finding_recall(collector->table, issue->kind, issue->object, issue->line, 0) != NO_ID)
        return STATUS_OK;
    Finding key;
    issues_key(issue, &key);
    bool is_new = finding_find(collector->table, &key) == NO_ID;
    uint32_t row = finding_row(collector->table, &key);
    if (row == NO_ID)
        return STATUS_NO_MEMORY;
    finding_remember(collector->table, issue->kind, issue->object, issue->line, 0, row);
    return is_new ? keep(collector, run, NO_ID) : STATUS_OK;
}

/* The accesses of the step at event k to plain and atomic variables. */
static uint32_t accesses_at(Collector *collector, const ClassRun *run, uint32_t k, NextAccess *accesses)
{
    uint32_t count = machine_next_accesses(run->machine, state_at(run, k), run->steps[k].thread, &collector->scratch,
                                           accesses, MOST_ACCESSES);
    return count < MOST_ACCESSES ? count : MOST_ACCESSES;
}

static bool is_plain(const ClassRun *run, ObjectId object)
{
    const Program *program = machine_program(run->machine);
    return object < program->variable_count && !program->objects[object].symbol->is_atomic;
}

/* The operation at which the thread of a step stood; NO_ID: none. */
static uint32_t op_of(const ClassRun *run, const ClassStep *step)
{
    const Program *program = machine_program(run->machine);
    const ThreadCode *code = &program->threads[step->thread];
    return step->point <= code->point_count ? program->code[code->points[step->point].instr].op : NO_ID;
}

/* The same variables may be touched at other lines each time: in a block. */
static bool has_many_ways(const ClassRun *run, const ClassStep *step)
{
    return op_of(run, step) == OP_REGION;
}

/* Whether what the step touches decides whether it can be taken: then it may wait for the very access that it conflicts with. */
static bool may_wait(const ClassRun *run, const ClassStep *step)
{
    uint32_t op = op_of(run, step);
    return op == OP_REGION || op == OP_AWAIT || op == OP_SELECT;
}

/* Could the last event be taken ahead of event `first`, behind all else that does not come after that one? */
static Status can_meet(Collector *collector, const ClassRun *run, uint32_t first, bool *can)
{
    uint32_t words = machine_words(run->machine), second = run->count - 1;
    Word *state = mem_alloc((size_t)words * 2 + 1, sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    memcpy(state, state_at(run, first), words * sizeof *state);
    Status status = STATUS_OK;
    StepLog log = {0};
    *can = true;
    for (uint32_t k = first + 1; k <= second && *can && status == STATUS_OK; k++) {
        if (k < second && class_run_happens(run, first, k))
            continue;
        uint32_t choices, choice = k < second && run->steps[k].choice > 0 ? run->steps[k].choice : 1;
        StepInfo info;
        status = machine_step(run->machine, state, run->steps[k].thread, choice, state + words, &choices, &info,
                              &collector->scratch, &log);
        *can = status != STATUS_OK || choice <= choices;
        if (*can)
            memcpy(state, state + words, words * sizeof *state);
    }
    step_log_free(&log);
    mem_free(state);
    return status == STATUS_RELAYOUT ? STATUS_OK : status; /* a value that fits nowhere: the step was taken */
}

static uint64_t hash_accesses(const NextAccess *accesses, uint32_t count, uint64_t mixed)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t access[] = {accesses[i].object, accesses[i].line, accesses[i].writes, accesses[i].is_atomic};
        mixed = XXH3_64bits_withSeed(access, sizeof access, mixed);
    }
    return mixed;
}

/* Events `first` and the last, with nothing between them that orders them, or that are not ordered at all. */
static Status judge_race(Collector *collector, const ClassRun *run, uint32_t first)
{
    uint32_t second = run->count - 1;
    const ClassStep *a = &run->steps[first], *b = &run->steps[second];
    const uint32_t name[] = {a->footprint, b->footprint, a->point, b->point};
    NextAccess ours[MOST_ACCESSES], theirs[MOST_ACCESSES];
    uint32_t our_count = 0, their_count = 0;
    uint64_t hash = XXH3_64bits(name, sizeof name);
    bool is_new, is_known = has_many_ways(run, a) || has_many_ways(run, b);
    if (is_known) {
        our_count = accesses_at(collector, run, first, ours);
        their_count = accesses_at(collector, run, second, theirs);
        hash = hash_accesses(theirs, their_count, hash_accesses(ours, our_count, hash));
    }
    bool is_sure = !may_wait(run, b), can = true;
    if (is_sure && !seen_add(&collector->races, hash, &is_new))
        return STATUS_NO_MEMORY;
    if (is_sure && !is_new)
        return STATUS_OK;
    if (!is_known) {
        our_count = accesses_at(collector, run, first, ours);
        their_count = accesses_at(collector, run, second, theirs);
    }
    bool shows = false;
    for (uint32_t i = 0; i < our_count; i++)
        for (uint32_t j = 0; j < their_count; j++) {
            const NextAccess *x = &ours[i], *y = &theirs[j];
            if (x->object != y->object || !is_plain(run, x->object) || !(x->writes || y->writes) ||
                (x->is_atomic && y->is_atomic))
                continue;
            const RacePair pair = {.object = x->object,
                                   .first = a->thread,
                                   .second = b->thread,
                                   .first_line = x->line,
                                   .second_line = y->line,
                                   .first_writes = x->writes,
                                   .second_writes = y->writes};
            ObjectId object;
            uint32_t lines[2];
            Finding key;
            race_key(&pair, &object, lines, &key);
            if (finding_find(collector->table, &key) != NO_ID)
                continue;
            if (!is_sure) {
                Status status = can_meet(collector, run, first, &can);
                if (status != STATUS_OK || !can)
                    return status;
                is_sure = true;
            }
            shows = true;
            if (finding_row(collector->table, &key) == NO_ID)
                return STATUS_NO_MEMORY;
        }
    if (!shows)
        return STATUS_OK;
    ClassRun before = *run; /* without the second access */
    before.count--;
    return keep(collector, &before, first);
}

/* A cas counts as writing whether it succeeds or not: where it fails it conflicts with no read, but races with it. */
static bool has_plain_cas(const Program *program)
{
    for (uint32_t i = 0; i < program->code_count; i++)
        if (program->code[i].op == OP_CAS && !program->objects[program->code[i].b].symbol->is_atomic)
            return true;
    return false;
}

static Status judge_unordered(Collector *collector, const ClassRun *run)
{
    Status status = STATUS_OK;
    uint32_t last = run->count - 1;
    for (uint32_t k = 0; k < last && status == STATUS_OK; k++)
        if (!class_run_happens(run, k, last))
            status = judge_race(collector, run, k);
    return status;
}

static Status on_event(void *context, const ClassRun *run, const Issue *issues, uint32_t issue_count,
                       const uint32_t *races, uint32_t race_count)
{
    Collector *collector = context;
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < issue_count && status == STATUS_OK; i++)
        status = judge_issue(collector, run, &issues[i]);
    for (uint32_t i = 0; i < race_count && status == STATUS_OK && collector->exploration->detectors.race != NULL; i++)
        status = judge_race(collector, run, races[i]);
    if (collector->has_cas && collector->exploration->detectors.race != NULL && status == STATUS_OK)
        status = judge_unordered(collector, run);
    return status;
}

/* What an end is known by. */
static uint64_t hash_end(Collector *collector, const ClassRun *run)
{
    const Machine *machine = run->machine;
    const Program *program = machine_program(machine);
    const Word *state = state_at(run, run->count);
    const Issue *stop = machine_stop(machine, state);
    uint64_t output = machine_output_id(machine, state);
    uint32_t how[] = {(uint32_t)machine_end(machine, state), stop == NULL ? 0 : (uint32_t)stop->kind + 1,
                      stop == NULL ? 0 : stop->line, stop == NULL ? 0 : stop->object};
    uint64_t mixed = 0;
    mixed = XXH3_64bits_withSeed(how, sizeof how, mixed);
    mixed = XXH3_64bits_withSeed(&output, sizeof output, mixed);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        uint32_t point = machine_point(machine, state, t);
        mixed = XXH3_64bits_withSeed(&point, sizeof point, mixed);
    }
    machine_outcome_values(machine, state, collector->values);
    mixed = XXH3_64bits_withSeed(collector->values, program->outcome_value_count * sizeof *collector->values, mixed);
    if (machine_all_ended(machine, state) && program->finally_count > 0) {
        machine_finally_holds(machine, state, collector->holds);
        mixed = XXH3_64bits_withSeed(collector->holds, program->finally_count * sizeof *collector->holds, mixed);
    }
    return mixed;
}

static Status on_run(void *context, const ClassRun *run)
{
    Collector *collector = context;
    bool is_new;
    if (!seen_add(&collector->ends, hash_end(collector, run), &is_new))
        return STATUS_NO_MEMORY;
    return is_new ? keep(collector, run, NO_ID) : STATUS_OK;
}

static void forget(void *context)
{
    Collector *collector = context;
    finding_table_clear(collector->table);
    mem_free(collector->races.slots);
    mem_free(collector->ends.slots);
    collector->races = collector->ends = (Seen){0};
    collector->schedules->count = 0;
    collector->schedules->step_count = 0;
    expansion_free(&collector->scratch);
}

static bool goes_on(void *context, uint64_t runs, uint64_t steps, double seconds)
{
    (void)runs;
    (void)steps;
    (void)seconds;
    const Collector *collector = context;
    return exploration_goes_on(collector->exploration);
}

static Status collect(Collector *collector, Machine *machine, ClassesResult *result)
{
    const Exploration *exploration = collector->exploration;
    const Program *program = machine_program(machine);
    collector->has_cas = has_plain_cas(program);
    collector->table = finding_table_new();
    collector->values = mem_alloc((size_t)program->outcome_value_count + 1, sizeof *collector->values);
    collector->holds = mem_alloc((size_t)program->finally_count + 1, sizeof *collector->holds);
    if (collector->table == NULL || collector->values == NULL || collector->holds == NULL)
        return STATUS_NO_MEMORY;
    const ClassesOptions options = {.visit = on_run,
                                    .event = on_event,
                                    .restart = forget,
                                    .context = collector,
                                    .progress = exploration->options.progress == NULL &&
                                                        exploration->options.max_seconds == 0
                                                    ? NULL
                                                    : goes_on,
                                    .progress_context = collector};
    return classes_run(machine, &options, result);
}

Status class_runs_collect(Exploration *exploration, ClassesResult *result, uint32_t *findings)
{
    const MachineOptions machine_options = {.skip_lost_updates = exploration->options.skip_lost_updates};
    Machine *machine = NULL;
    Collector collector = {.exploration = exploration, .schedules = &exploration->class_schedules};
    *result = (ClassesResult){0};
    *findings = 0;
    Status status = machine_new(exploration->scenario->program, &machine_options, &machine);
    if (status == STATUS_OK)
        status = collect(&collector, machine, result);
    if (collector.table != NULL)
        *findings = finding_count(collector.table);
    expansion_free(&collector.scratch);
    finding_table_free(collector.table);
    mem_free(collector.values);
    mem_free(collector.holds);
    mem_free(collector.races.slots);
    mem_free(collector.ends.slots);
    machine_free(machine);
    return status;
}

/* ------------------------------------------------------------------------ graph */

/* Takes a schedule once more; its states are kept. */
static Status walk(Partial *partial, const ScheduleStep *steps, uint64_t count)
{
    uint32_t words = machine_words(partial->machine);
    StateId state = 0;
    for (uint64_t i = 0; i < count; i++) {
        Status status = partial_expand(partial, state, 0);
        const Expansion *expansion = &partial->expansion;
        uint32_t s = 0;
        while (status == STATUS_OK && s < expansion->count &&
               (expansion->steps[s].thread != steps[i].thread || expansion->steps[s].choice != steps[i].choice))
            s++;
        if (status == STATUS_OK && s == expansion->count)
            status = STATUS_INVALID; /* a race that cannot be turned round: no step of it is lost */
        if (status == STATUS_INVALID)
            return STATUS_OK;
        if (status == STATUS_OK)
            status = partial_enter(partial, expansion->states + (size_t)s * words, &state);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status class_runs_graph(Exploration *exploration, const SearchOptions *search, const Monitor *monitor, Graph **graph)
{
    SearchOptions options = *search;
    options.max_states = 0;
    options.max_seconds = 0; /* what was found is told, however long it took to find it */
    const ClassSchedules *schedules = &exploration->class_schedules;
    Partial partial;
    Status status = partial_begin(&partial, exploration->machine, &options, monitor);
    while (status == STATUS_OK) {
        status = partial_open(&partial);
        uint64_t begin = 0;
        for (uint32_t i = 0; i < schedules->count && status == STATUS_OK; begin = schedules->ends[i++])
            status = walk(&partial, schedules->steps + begin, schedules->ends[i] - begin);
        status = partial_close(&partial, status);
        if (status != STATUS_RELAYOUT)
            break;
        status = partial_relayout(&partial);
    }
    *graph = partial_take(&partial);
    partial_free(&partial);
    return status;
}

Status class_runs_hunt(Exploration *exploration, bool *is_done)
{
    const ClassSchedules *schedules = &exploration->class_schedules;
    *is_done = false;
    HuntPath *paths = mem_alloc((size_t)schedules->count + 1, sizeof *paths);
    if (paths == NULL)
        return STATUS_NO_MEMORY;
    uint64_t begin = 0;
    for (uint32_t i = 0; i < schedules->count; begin = schedules->ends[i++])
        paths[i] = (HuntPath){schedules->steps + begin, (uint32_t)(schedules->ends[i] - begin)};
    Status status = reducing_hunt(exploration, paths, schedules->count, is_done);
    mem_free(paths);
    return status;
}

void class_runs_free(Exploration *exploration)
{
    mem_free(exploration->class_schedules.steps);
    mem_free(exploration->class_schedules.ends);
    exploration->class_schedules = (ClassSchedules){0};
}
