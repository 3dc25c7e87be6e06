/* oracle_run.c: what an attempt at one step records: choices, accesses, stops, lost updates. */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

uint32_t run_choose(Run *run, uint32_t count)
{
    if (run->choice_at == MAX_CHOICES)
        die(EXIT_UNSUPPORTED, "more than %d choices in one step", MAX_CHOICES);
    if (run->choice_at == run->choice_count) {
        run->chosen[run->choice_count] = 0;
        run->choice_count++;
    }
    run->offered[run->choice_at] = count;
    return run->chosen[run->choice_at++];
}

bool run_is_over(const Run *run)
{
    return run->blocked || run->state->stop != STOP_NONE;
}

void run_stop(Run *run, Stop stop, FindingKind kind, const char *object, uint32_t line)
{
    run->state->stop = stop;
    if (stop != STOP_ASSUME)
        finding_set_add(run->events, finding_simple(kind, object, line));
}

void run_error(Run *run, uint32_t line)
{
    run_stop(run, STOP_RUNTIME_ERROR, FINDING_RUNTIME_ERROR, NULL, line);
}

void run_misuse(Run *run, uint32_t object, uint32_t line)
{
    const char *name = object == UINT32_MAX ? NULL : run->model->objects[object].name;
    run_stop(run, STOP_MISUSE, FINDING_MISUSE, name, line);
}

void run_block(Run *run, uint32_t thread, uint32_t line)
{
    const Thread *at = &run->state->threads[thread];
    if (at->atomic_depth > 0 && !at->is_first)
        run_error(run, line);
    else
        run->blocked = true;
}

void run_access(Run *run, uint32_t thread, uint32_t element, uint32_t line, bool writes, bool is_atomic)
{
    run->state->threads[thread].region_accesses++;
    if (memory_is_own(run->model, run->state, thread, element))
        return;
    if (run->access_count == run->access_room) {
        run->access_room = run->access_room == 0 ? 16 : 2 * run->access_room;
        run->accesses = must_resize(run->accesses, run->access_room, sizeof *run->accesses);
    }
    is_atomic = is_atomic || run->state->threads[thread].atomic_depth > 0;
    run->accesses[run->access_count++] =
        (Access){.thread = thread, .element = element, .line = line, .writes = writes, .is_atomic = is_atomic};
}

/* A read opens the interval of the thread and the element anew. */
static void open_interval(Thread *thread, uint32_t element)
{
    taint_set(&thread->has_read, element);
    taint_clear(&thread->overtaken, element);
}

/* Only await reads here; other reads go through the frames. Both end up alike. */
Value run_read(Run *run, uint32_t thread, uint32_t element, uint32_t line)
{
    Thread *at = &run->state->threads[thread];
    run_access(run, thread, element, line, false, true);
    Value value = value_of(*memory_place(run->model, run->state, thread, element));
    if (memory_is_own(run->model, run->state, thread, element))
        return value;
    open_interval(at, element);
    taint_set(&value.taint, element);
    return value;
}

void run_overtake(Run *run, uint32_t thread, uint32_t element)
{
    for (uint32_t t = 0; t < run->state->thread_count; t++)
        if (t != thread && taint_has(&run->state->threads[t].has_read, element))
            taint_set(&run->state->threads[t].overtaken, element);
}

void run_write(Run *run, uint32_t thread, uint32_t element, Value value, uint32_t line)
{
    const Thread *at = &run->state->threads[thread];
    run_access(run, thread, element, line, true, false);
    if (memory_is_own(run->model, run->state, thread, element)) {
        *memory_place(run->model, run->state, thread, element) = value.n;
        return;
    }
    if (taint_has(&value.taint, element) && taint_has(&at->overtaken, element))
        finding_set_add(run->events, finding_simple(FINDING_LOST_UPDATE, run->model->elements[element].name, line));
    run->state->variables[element] = value.n;
    run_overtake(run, thread, element);
}
