/* witness_loop.c: what the replay of a loop, or of an `eventually` that is not kept, shows; and the sentences. */
#include <string.h>

#include "api/witness.h"

/* ------------------------------------------------------------------- recording */

void loop_forget(LoopWitness *loop)
{
    mem_free(loop->step_lines);
    memset(loop, 0, sizeof *loop);
}

Status loop_state(Witness *witness, Machine *machine, const ReplayState *told)
{
    LoopWitness *loop = &witness->loop;
    const Finding *row = witness->row;
    if (row->eventually > 0)
        loop->came_true = loop->came_true || machine_eventually_holds(machine, told->state, row->eventually - 1);
    if (row->kind != FINDING_STARVATION || told->step < witness->loop_start || loop->has_wait)
        return STATUS_OK;
    ThreadId thread = row->threads[0];
    for (uint32_t i = 0; i < told->expansion->count; i++)
        if (told->expansion->steps[i].thread == thread)
            return STATUS_OK;
    machine_wait(machine, told->state, thread, false, &loop->wait);
    loop->has_wait = true;
    return STATUS_OK;
}

Status loop_step(Witness *witness, Machine *machine, const ReplayEvent *event)
{
    LoopWitness *loop = &witness->loop;
    if (event->step < witness->loop_start)
        return STATUS_OK;
    if (loop->step_lines == NULL) {
        loop->step_lines = mem_alloc((size_t)witness->step_count - witness->loop_start, sizeof *loop->step_lines);
        if (loop->step_lines == NULL)
            return STATUS_NO_MEMORY;
    }
    const Program *program = machine_program(machine);
    const ThreadCode *code = &program->threads[event->thread];
    uint32_t point = machine_point(machine, event->before, event->thread);
    loop->step_lines[loop->step_count++] =
        (LoopLine){event->thread, program->sites[program->code[code->points[point].instr].site].part.line};
    loop->progressed |= event->progressed;
    return STATUS_OK;
}

/* ---------------------------------------------------------------------- telling */

/* "A", "A and B", "A, B and C" */
static void add_comma(Text *text, uint32_t i, uint32_t count)
{
    text_add(text, i == 0 ? "" : i + 1 == count ? " and " : ", ");
}

static void add_threads(Text *text, const Program *program, const ThreadId *threads, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        add_comma(text, i, count);
        text_add(text, program->threads[threads[i]].name);
    }
}

static void add_lines(Text *text, const uint32_t *lines, uint32_t count)
{
    text_add(text, count == 1 ? "line " : "lines ");
    for (uint32_t i = 0; i < count; i++) {
        add_comma(text, i, count);
        text_format(text, "%u", lines[i]);
    }
}

/* A set of numbers that is small. */
static void add_number(uint32_t *numbers, uint32_t *count, uint32_t number)
{
    uint32_t at = *count;
    while (at > 0 && numbers[at - 1] > number)
        at--;
    if (at > 0 && numbers[at - 1] == number)
        return;
    memmove(numbers + at + 1, numbers + at, (*count - at) * sizeof *numbers);
    numbers[at] = number;
    ++*count;
}

/* The threads that step in the loop, and the lines of their steps, or of those of one of them. */
typedef struct Rounds {
    ThreadId *threads;
    uint32_t thread_count;
    uint32_t *lines;
    uint32_t line_count;
} Rounds;

static Rounds rounds_of(Exploration *exploration, const LoopWitness *loop, ThreadId only)
{
    Rounds rounds = {.threads = ARENA_ARRAY(&exploration->owned->arena, ThreadId, loop->step_count + 1),
                     .lines = ARENA_ARRAY(&exploration->owned->arena, uint32_t, loop->step_count + 1)};
    for (uint32_t i = 0; i < loop->step_count; i++) {
        if (only != NO_ID && loop->step_lines[i].thread != only)
            continue;
        add_number(rounds.threads, &rounds.thread_count, loop->step_lines[i].thread);
        add_number(rounds.lines, &rounds.line_count, loop->step_lines[i].line);
    }
    return rounds;
}

static void show_livelock(Exploration *exploration, Witness *witness, Shown *shown)
{
    const Program *program = machine_program(witness->machine);
    const Word *state = witness->states[0].words;
    Text *text = &exploration->text;
    Rounds rounds = rounds_of(exploration, &witness->loop, NO_ID);
    shown->threads = rounds.threads;
    shown->thread_count = rounds.thread_count;
    uint32_t eventually = witness->row->eventually;
    if (eventually > 0) {
        const Property *property = &program->eventually[eventually - 1];
        text_format(text, "the eventually of line %u may never come true: ", property->line);
        add_threads(text, program, rounds.threads, rounds.thread_count);
        text_add(text, " can go round for ever at ");
        add_lines(text, rounds.lines, rounds.line_count);
        text_format(text, " without %s", property->text);
        return;
    }
    add_threads(text, program, rounds.threads, rounds.thread_count);
    text_add(text, rounds.thread_count == 1 ? " goes round for ever at " : " go round for ever at ");
    add_lines(text, rounds.lines, rounds.line_count);
    text_add(text, rounds.thread_count == 1   ? ": it steps and never gets on"
                   : rounds.thread_count == 2 ? ": both step and neither gets on"
                                              : ": all of them step and none gets on");
    ThreadId *waiting = ARENA_ARRAY(&exploration->owned->arena, ThreadId, program->thread_count);
    uint32_t waiting_count = 0;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        bool steps = program->threads[t].is_daemon || !machine_is_born(witness->machine, state, t) ||
                     machine_is_ended(witness->machine, state, t);
        for (uint32_t i = 0; i < rounds.thread_count; i++)
            steps = steps || rounds.threads[i] == t;
        if (!steps)
            waiting[waiting_count++] = t;
    }
    if (waiting_count == 0)
        return;
    text_add(text, ", while ");
    add_threads(text, program, waiting, waiting_count);
    text_add(text, waiting_count == 1 ? " waits" : " wait");
}

static void show_starvation(Exploration *exploration, Witness *witness, Shown *shown)
{
    const Program *program = machine_program(witness->machine);
    const LoopWitness *loop = &witness->loop;
    Arena *arena = &exploration->owned->arena;
    Text *text = &exploration->text;
    ThreadId thread = witness->row->threads[0];
    Rounds own = rounds_of(exploration, loop, thread);
    ThreadId *starving = ARENA_ARRAY(arena, ThreadId, 1);
    starving[0] = thread;
    shown->threads = starving;
    shown->thread_count = 1;
    text_add(text, program->threads[thread].name);
    if (own.line_count > 0) {
        text_add(text, " tries for ever at ");
        add_lines(text, own.lines, own.line_count);
    } else {
        uint32_t point = machine_point(witness->machine, witness->states[0].words, thread);
        const ThreadCode *code = &program->threads[thread];
        text_format(text, " waits for ever at line %u",
                    program->sites[program->code[code->points[point].instr].site].part.line);
        if (loop->has_wait && loop->wait.object != NO_ID) {
            ObjectId *object = ARENA_ARRAY(arena, ObjectId, 1);
            object[0] = loop->wait.object;
            shown->objects = object;
            shown->object_count = 1;
            text_format(text, " for %s", program->objects[object[0]].name);
        }
    }
    ThreadId *others = ARENA_ARRAY(arena, ThreadId, program->thread_count);
    uint32_t count = 0;
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (t != thread && (loop->progressed & step_thread_bit(t)) != 0)
            others[count++] = t;
    text_add(text, " while ");
    add_threads(text, program, others, count);
    text_add(text, count == 1 ? " goes on and on" : " go on and on");
}

Status loop_show(Exploration *exploration, Witness *witness, Shown *shown)
{
    const Finding *row = witness->row;
    if (row->eventually > 0 && witness->loop.came_true)
        return STATUS_INVALID;
    if (row->kind == FINDING_FINAL) {
        const Property *property = &machine_program(witness->machine)->eventually[row->eventually - 1];
        text_format(&exploration->text, "the execution ends, and the eventually of line %u has never been true: %s",
                    property->line, property->text);
        return STATUS_OK;
    }
    if (witness->loop.step_count == 0)
        return STATUS_INVALID;
    if (row->kind == FINDING_STARVATION)
        show_starvation(exploration, witness, shown);
    else
        show_livelock(exploration, witness, shown);
    return STATUS_OK;
}
