#include "trace/build.h"

#include <string.h>

#include "trace/order.h"
#include "trace/replay.h"
#include "trace/telling.h"

/* The public trace and what it owns. */
typedef struct OwnedTrace {
    SnTrace trace; /* first: an SnTrace* is an OwnedTrace* */
    Arena arena;
} OwnedTrace;

void trace_free(SnTrace *trace)
{
    if (trace == NULL)
        return;
    OwnedTrace *owned = (OwnedTrace *)trace;
    arena_free(&owned->arena);
    mem_free(owned);
}

/* ------------------------------------------------------------------- filling */

static const char *copy(Telling *telling, const char *text)
{
    return arena_string(telling->arena, text, strlen(text));
}

static void tell_objects(Telling *telling)
{
    const Program *program = telling->program;
    SnObject *objects = ARENA_ARRAY(telling->arena, SnObject, program->object_count);
    for (ObjectId o = 0; o < program->object_count; o++) {
        const Object *object = &program->objects[o];
        objects[o] = (SnObject){copy(telling, object->name), telling_object_kind(object), object->symbol->span.line};
    }
    telling->trace->objects = objects;
    telling->trace->object_count = program->object_count;
}

/* Lanes: the declared threads, and the spawned ones that came to be. */
static void tell_lanes(Telling *telling)
{
    const Program *program = telling->program;
    telling->lanes = ARENA_ARRAY(telling->arena, uint32_t, program->thread_count);
    telling->threads = ARENA_ARRAY(telling->arena, ThreadId, program->thread_count);
    SnThread *threads = ARENA_ARRAY(telling->arena, SnThread, program->thread_count);
    const Word *state = telling_last(telling)->state;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        telling->lanes[t] = SN_NONE;
        if (code->is_spawned && !machine_is_born(telling->machine, state, t))
            continue;
        uint32_t lane = telling->lane_count++;
        telling->lanes[t] = lane;
        telling->threads[lane] = t;
        threads[lane] = (SnThread){copy(telling, code->name), code->is_daemon, code->symbol->span.line};
    }
    telling->trace->threads = threads;
    telling->trace->thread_count = telling->lane_count;
}

static void tell_schedule(Telling *telling)
{
    const Program *program = telling->program;
    ScheduleStep *steps = ARENA_ARRAY(telling->arena, ScheduleStep, telling->steps.count);
    for (uint32_t s = 0; s < telling->steps.count; s++) {
        const ToldStep *step = &telling->steps.items[s];
        steps[s] = (ScheduleStep){step->thread, step->choice, step->choices};
    }
    schedule_print_steps(program, steps, telling->steps.count, &telling->scratch);
    telling->trace->schedule = telling_take(telling);
}

/* The subject with the thread ids of the machine's present program. */
static TraceSubject translate(Telling *telling, const Schedule *names, const TraceSubject *subject)
{
    TraceSubject here = *subject;
    ThreadId *threads = ARENA_ARRAY(telling->arena, ThreadId, names->count);
    here.thread_count = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        ThreadId thread = schedule_thread(telling->program, &names->steps[i]);
        if (thread != NO_ID)
            threads[here.thread_count++] = thread;
    }
    here.threads = threads;
    return here;
}

static Status tell(Telling *telling, const Schedule *names, const TraceSubject *subject)
{
    jmp_buf escape;
    telling->arena->escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    tell_objects(telling);
    tell_lanes(telling);
    tell_schedule(telling);
    spans_tell(telling);
    effects_tell(telling);
    holds_tell(telling);
    waits_tell(telling, subject != NULL && subject->kind == FINDING_DEADLOCK);
    tables_tell(telling);
    order_tell(telling);
    if (subject == NULL) {
        story_tell(telling, NULL);
    } else {
        TraceSubject here = translate(telling, names, subject);
        story_tell(telling, &here);
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------- building */

/* `names`: the threads of the subject. */
static Status build(const SnScenario *scenario, Machine *machine, const Schedule *schedule, const Schedule *names,
                    const TraceSubject *subject, SnTrace **trace, Refusal *refusal)
{
    OwnedTrace *owned = mem_alloc(1, sizeof *owned);
    *trace = NULL;
    if (owned == NULL)
        return STATUS_NO_MEMORY;
    owned->trace.scenario = scenario;
    Telling telling = {.arena = &owned->arena, .machine = machine, .trace = &owned->trace};
    Status status = telling_record(&telling, schedule, refusal);
    if (status == STATUS_OK)
        status = tell(&telling, names, subject);
    text_free(&telling.scratch);
    owned->arena.escape = NULL;
    if (status != STATUS_OK) {
        trace_free(&owned->trace);
        return status;
    }
    *trace = &owned->trace;
    return STATUS_OK;
}

Status trace_build_schedule(const SnScenario *scenario, Machine *machine, const Program *program,
                            const Schedule *schedule, const TraceSubject *subject, SnTrace **trace, char **message)
{
    Refusal refusal;
    Schedule names = {0};
    *trace = NULL;
    if (message != NULL)
        *message = NULL;
    if (program == NULL)
        program = machine_program(machine);
    /* By name, since the machine may be laid out anew, and its program replaced, on the way. */
    Status status = STATUS_OK;
    for (uint32_t i = 0; subject != NULL && i < subject->thread_count; i++) {
        const ThreadCode *code = &program->threads[subject->threads[i]];
        if (!schedule_add(&names, (NamedStep){code->symbol, code->instance, 1, 1}))
            status = STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK)
        status = build(scenario, machine, schedule, &names, subject, trace, &refusal);
    schedule_free(&names);
    if (status != STATUS_INVALID || message == NULL)
        return status;
    Schedule done = {schedule->steps, refusal.step, refusal.step};
    *message = trace_refusal_text(machine, &done, &refusal);
    return *message == NULL ? STATUS_NO_MEMORY : status;
}

Status trace_build(const SnScenario *scenario, Machine *machine, const Program *program, const ScheduleStep *steps,
                   uint32_t count, const TraceSubject *subject, SnTrace **trace, char **message)
{
    Schedule schedule;
    *trace = NULL;
    if (message != NULL)
        *message = NULL;
    if (program == NULL)
        program = machine_program(machine);
    Status status = schedule_name(program, steps, count, &schedule);
    if (status == STATUS_OK)
        status = trace_build_schedule(scenario, machine, program, &schedule, subject, trace, message);
    schedule_free(&schedule);
    return status;
}

Status trace_set_loop(SnTrace *trace, uint32_t loop_start)
{
    OwnedTrace *owned = (OwnedTrace *)trace;
    jmp_buf escape;
    owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    trace->loop_start = loop_start;
    if (!trace->is_bad)
        trace->verdict =
            loop_start + 1 == trace->step_count
                ? arena_format(&owned->arena, "step %u repeats for ever", trace->step_count)
                : arena_format(&owned->arena, "steps %u to %u repeat for ever", loop_start + 1, trace->step_count);
    owned->arena.escape = NULL;
    return STATUS_OK;
}

/* ------------------------------------------------------------------- refusals */

/* "; A and B could", from the states of the threads after the last step. */
static void say_able(const SnTrace *trace, Text *out)
{
    const uint8_t *states = trace->thread_states + (size_t)trace->step_count * trace->thread_count;
    uint32_t able = 0, told = 0;
    for (uint32_t t = 0; t < trace->thread_count; t++)
        able += states[t] == SN_THREAD_READY;
    for (uint32_t t = 0; t < trace->thread_count; t++)
        if (states[t] == SN_THREAD_READY)
            text_format(out, "%s%s", told == 0 ? "; " : telling_comma(told, able), trace->threads[t].name), told++;
    text_add(out, able > 0 ? " could" : "");
}

static const char *why_blocked(const SnTrace *trace, const char *name)
{
    for (uint32_t w = 0; w < trace->wait_count; w++)
        if (strcmp(trace->threads[trace->waits[w].thread].name, name) == 0)
            return trace->waits[w].why;
    return "it waits";
}

char *trace_refusal_text(Machine *machine, const Schedule *done, const Refusal *refusal)
{
    SnTrace *trace;
    Refusal none;
    Schedule nobody = {0};
    Text out = {0}, name = {0};
    if (build(NULL, machine, done, &nobody, NULL, &trace, &none) != STATUS_OK)
        return NULL;
    schedule_print_name(machine_program(machine), refusal->wanted.symbol, refusal->wanted.instance, &name);
    const char *who = name.failed ? "" : name.bytes;
    text_format(&out, "step %u: ", refusal->step + 1);
    switch (refusal->kind) {
    case REFUSAL_BLOCKED: text_format(&out, "%s cannot step: %s", who, why_blocked(trace, who)); break;
    case REFUSAL_ENDED: text_format(&out, "%s cannot step: it has ended", who); break;
    case REFUSAL_UNBORN: text_format(&out, "%s cannot step: it has not been spawned", who); break;
    case REFUSAL_CHOICE:
        text_format(&out, "the step of %s has %u possible result%s, so there is no %s:%u", who, refusal->choices,
                    refusal->choices == 1 ? "" : "s", who, refusal->wanted.choice);
        break;
    default:
        text_format(&out, "%s cannot step: the execution is over", who);
        if (trace->end_message != NULL)
            text_format(&out, " (%s)", trace->end_message);
        else if (trace->end == SN_END_DEADLOCK)
            text_format(&out, " (deadlock: %s)", trace->verdict);
        break;
    }
    if (refusal->kind == REFUSAL_BLOCKED || refusal->kind == REFUSAL_ENDED || refusal->kind == REFUSAL_UNBORN)
        say_able(trace, &out);
    out.failed |= name.failed;
    text_free(&name);
    trace_free(trace);
    return text_take(&out);
}
