#include "trace/glance.h"

#include <string.h>

#include "trace/telling.h"

void glance_begin(Glance *glance)
{
    const Program *program = machine_program(glance->machine);
    Arena *arena = glance->arena;
    glance->telling = ARENA_NEW(arena, Telling);
    glance->next = ARENA_ARRAY(arena, Word, machine_words(glance->machine));
    glance->threads = ARENA_ARRAY(arena, SnThread, program->thread_count);
    glance->identity = ARENA_ARRAY(arena, uint32_t, program->thread_count);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        glance->identity[t] = t;
        glance->threads[t] =
            (SnThread){arena_string(arena, code->name, strlen(code->name)), code->is_daemon, code->symbol->span.line};
    }
    glance->objects = ARENA_ARRAY(arena, SnObject, program->object_count);
    for (ObjectId o = 0; o < program->object_count; o++) {
        const Object *object = &program->objects[o];
        glance->objects[o] = (SnObject){arena_string(arena, object->name, strlen(object->name)),
                                        telling_object_kind(object), object->symbol->span.line};
    }
}

void glance_end(Glance *glance)
{
    if (glance->telling != NULL)
        text_free(&glance->telling->scratch);
    expansion_free(&glance->expansion);
    expansion_free(&glance->single);
    step_log_free(&glance->log);
    *glance = (Glance){0};
}

/* A record without steps, to which states are added. Threads that are not born in `state` have no lane. */
static Telling *begin(const Glance *glance, SnTrace *trace, const Word *state)
{
    Telling *telling = glance->telling;
    Text scratch = telling->scratch;
    scratch.length = 0;
    *telling = (Telling){.arena = glance->arena,
                         .machine = glance->machine,
                         .program = machine_program(glance->machine),
                         .threads = glance->identity,
                         .trace = trace,
                         .has_no_past = true,
                         .scratch = scratch};
    telling->lane_count = telling->program->thread_count;
    telling->lanes = ARENA_ARRAY(glance->arena, uint32_t, telling->lane_count);
    for (ThreadId t = 0; t < telling->lane_count; t++)
        telling->lanes[t] = machine_is_born(glance->machine, state, t) ? t : SN_NONE;
    return telling;
}

static void add_state(Telling *telling, const Word *state, const Expansion *expansion)
{
    bool *enabled = ARENA_ARRAY(telling->arena, bool, telling->program->thread_count);
    for (uint32_t i = 0; expansion != NULL && i < expansion->count; i++)
        enabled[expansion->steps[i].thread] = true;
    ARENA_PUSH(telling->arena, telling->states, ((ToldState){.state = state, .enabled = enabled}));
}

/* ------------------------------------------------------------------- a state */

/* Who owns what, as holds that nobody knows the beginning of. */
static void tell_owners(Telling *telling, const Word *state, SnPlace *place)
{
    const Program *program = telling->program;
    ObjectId *owned = ARENA_ARRAY(telling->arena, ObjectId, program->object_count);
    ArenaVec(SnOwner) owners = {0};
    for (ThreadId t = 0; t < program->thread_count; t++) {
        uint32_t count = machine_owned(telling->machine, state, t, owned, program->object_count);
        for (uint32_t i = 0; i < count; i++) {
            SnHold hold = {t, owned[i], SN_NONE, SN_NONE};
            ARENA_PUSH(telling->arena, telling->holds, hold);
            ARENA_PUSH(telling->arena, owners, ((SnOwner){t, owned[i]}));
        }
    }
    place->owners = owners.items;
    place->owner_count = owners.count;
}

/* "t = 0, a = [1, 2]": the locals that the state keeps. */
static const char *tell_locals(Telling *telling, const Word *state, ThreadId thread)
{
    const ThreadCode *code = &telling->program->threads[thread];
    Text *out = &telling->scratch;
    for (uint32_t l = 0; l < code->local_count; l++) {
        const Local *local = &code->locals[l];
        bool is_array = local->symbol->is_array, is_kept = true;
        for (uint32_t i = 0; i < local->length; i++)
            is_kept &= machine_keeps_register(telling->machine, state, thread, local->reg + (int32_t)i);
        if (!is_kept)
            continue;
        text_format(out, "%s%s = %s", out->length == 0 ? "" : ", ", local->name, is_array ? "[" : "");
        for (uint32_t i = 0; i < local->length; i++)
            text_format(out, "%s%lld", i == 0 ? "" : ", ",
                        (long long)machine_register(telling->machine, state, thread, local->reg + (int32_t)i));
        text_add(out, is_array ? "]" : "");
    }
    return telling_take(telling);
}

static SnStand stand_of(Telling *telling, const Word *state, ThreadId thread, const Issue *stop)
{
    const ThreadCode *code = &telling->program->threads[thread];
    SnStand stand = {.state = SN_THREAD_READY, .locals = "", .object = SN_NONE, .target = SN_NONE};
    if (!machine_is_born(telling->machine, state, thread)) {
        stand.state = SN_THREAD_NOT_STARTED;
        return stand;
    }
    if (stop != NULL && stop->thread == thread) {
        stand.line = stop->line;
        return stand;
    }
    uint32_t point = machine_point(telling->machine, state, thread);
    if (point == 0 || point > code->point_count) {
        stand.state = SN_THREAD_ENDED;
        return stand;
    }
    uint32_t instr = code->points[point].instr;
    stand.line = telling_line(telling, instr);
    stand.source = telling_source(telling, instr);
    stand.locals = tell_locals(telling, state, thread);
    if (stop == NULL && !telling_last(telling)->enabled[thread])
        stand.state = SN_THREAD_BLOCKED;
    if (stand.state == SN_THREAD_BLOCKED && machine_is_cancelled(telling->machine, state, thread))
        stand.why = "its event loop has stopped";
    return stand;
}

static void tell_stands(Telling *telling, const Word *state, SnPlace *place)
{
    const Issue *stop = machine_stop(telling->machine, state);
    SnStand *stands = ARENA_ARRAY(telling->arena, SnStand, telling->program->thread_count);
    for (ThreadId t = 0; t < telling->program->thread_count; t++)
        stands[t] = stand_of(telling, state, t, stop);
    for (uint32_t w = 0; w < telling->trace->wait_count; w++) {
        const SnWait *wait = &telling->trace->waits[w];
        SnStand *stand = &stands[wait->thread];
        stand->source = wait->source;
        stand->object = wait->object;
        stand->target = wait->target;
        stand->why = wait->why;
    }
    place->stands = stands;
}

Status glance_state(Glance *glance, const Word *state, SnPlace *place)
{
    Status status = machine_expand(glance->machine, state, &glance->expansion);
    if (status != STATUS_OK)
        return status;
    SnTrace trace = {0};
    Telling *telling = begin(glance, &trace, state);
    const Program *program = telling->program;
    add_state(telling, state, &glance->expansion);
    tell_owners(telling, state, place);
    waits_tell(telling, false);
    tell_stands(telling, state, place);
    place->cycle_start = trace.cycle_start;
    place->cycle_threads = trace.cycle_threads;
    place->cycle_count = trace.cycle_count;
    const char **values = ARENA_ARRAY(glance->arena, const char *, program->object_count);
    for (ObjectId o = 0; o < program->object_count; o++) {
        machine_print_value(glance->machine, state, o, &telling->scratch);
        values[o] = telling_take(telling);
    }
    place->values = values;
    return STATUS_OK;
}

/* -------------------------------------------------------------------- a step */

Status glance_step(Glance *glance, const Word *state, uint32_t index, SnStep *step)
{
    const Expansion *expansion = &glance->expansion;
    const StepInfo wanted = expansion->steps[index];
    uint32_t words = machine_words(glance->machine), choices;
    const Word *after = expansion->states + (size_t)index * words;
    const ThreadCode *code = &machine_program(glance->machine)->threads[wanted.thread];
    StepInfo info;
    Status status = machine_step(glance->machine, state, wanted.thread, wanted.choice, glance->next, &choices, &info,
                                 &glance->single, &glance->log);
    if (status == STATUS_OK && glance->log.failed)
        status = STATUS_NO_MEMORY;
    if (status != STATUS_OK)
        return status;
    SnTrace trace = {0};
    Telling *telling = begin(glance, &trace, after);
    add_state(telling, state, expansion);
    add_state(telling, after, NULL);
    ToldStep told = {.thread = wanted.thread,
                     .core = SN_NONE,
                     .choice = wanted.choice,
                     .choices = wanted.choices,
                     .instr = code->points[machine_point(glance->machine, state, wanted.thread)].instr,
                     .accesses = glance->log.accesses,
                     .access_count = glance->log.count,
                     .issues = info.issue_count == 0 ? NULL : glance->single.issues + info.first_issue,
                     .issue_count = info.issue_count,
                     .stops = info.stops};
    if (glance->log.printed != NULL)
        told.printed = arena_string(glance->arena, glance->log.printed, strlen(glance->log.printed));
    ARENA_PUSH(glance->arena, telling->steps, told);
    effects_tell(telling);
    *step = trace.steps[0];
    step->first_access = step->access_count = 0;
    return STATUS_OK;
}
