#include "pthreads/course.h"

#include <string.h>

#include "pthreads/snapshot.h"

static void forget_steps(Course *course)
{
    for (uint32_t i = 0; i < course->count; i++) {
        mem_free(course->steps[i].script);
        mem_free(course->steps[i].row);
    }
    course->count = 0;
}

void course_free(Course *course)
{
    if (course == NULL)
        return;
    forget_steps(course);
    mem_free(course->steps);
    mem_free(course->start);
    mem_free(course->is_blocked);
    mem_free(course->lines);
    mem_free(course->waits);
    mem_free(course->values);
    mem_free(course->output);
    mem_free(course);
}

static CourseStop first_stop(const Issue *issues, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (issues[i].is_stop)
            return (CourseStop){true, issues[i].is_assume, issues[i].kind, issues[i].line, issues[i].text};
    return (CourseStop){0};
}

/* The start, or a new one: the machine was laid out anew. */
static Status on_begin(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t issue_count)
{
    Course *course = context;
    forget_steps(course);
    mem_free(course->start);
    course->program = machine_program(machine);
    course->start = mem_alloc(snapshot_size(course->program), sizeof *course->start);
    if (course->start == NULL)
        return STATUS_NO_MEMORY;
    snapshot_of_state(machine, state, course->start);
    course->start_stop = first_stop(issues, issue_count);
    return STATUS_OK;
}

static Status on_step(void *context, Machine *machine, const ReplayEvent *event)
{
    Course *course = context;
    if (course->count == course->room) {
        uint32_t room = course->room == 0 ? 16 : course->room * 2;
        CourseStep *larger = mem_resize(course->steps, room, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        course->steps = larger;
        course->room = room;
    }
    CourseStep *step = &course->steps[course->count];
    *step = (CourseStep){.thread = event->thread, .choice = event->choice, .choices = event->choices, .script_count = event->log->count, .stop = first_stop(event->issues, event->issue_count)};
    step->row = mem_alloc(snapshot_size(course->program), sizeof *step->row);
    step->script = mem_alloc((size_t)event->log->count + 1, sizeof *step->script);
    if (step->row == NULL || step->script == NULL) {
        mem_free(step->row);
        mem_free(step->script);
        return STATUS_NO_MEMORY;
    }
    course->count++;
    if (event->log->count > 0)
        memcpy(step->script, event->log->accesses, event->log->count * sizeof *step->script);
    snapshot_of_state(machine, event->after, step->row);
    return STATUS_OK;
}

static bool make_room(Course *course)
{
    uint32_t threads = course->program->thread_count;
    course->is_blocked = mem_alloc((size_t)threads + 1, sizeof *course->is_blocked);
    course->lines = mem_alloc((size_t)threads + 1, sizeof *course->lines);
    course->waits = mem_alloc((size_t)threads + 1, sizeof *course->waits);
    course->values = mem_alloc((size_t)course->program->outcome_value_count + 1, sizeof *course->values);
    return course->is_blocked != NULL && course->lines != NULL && course->waits != NULL && course->values != NULL;
}

static Status read_end(Course *course, Machine *machine, const ReplayState *last)
{
    const Word *state = last->state;
    if (course->is_blocked == NULL && !make_room(course))
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < course->program->thread_count; t++) {
        bool is_enabled = false, is_alive = machine_is_born(machine, state, t) && !machine_is_ended(machine, state, t);
        for (uint32_t i = 0; i < last->expansion->count; i++)
            is_enabled |= last->expansion->steps[i].thread == t;
        course->is_blocked[t] = is_alive && !is_enabled && machine_stop(machine, state) == NULL;
        machine_wait(machine, state, t, is_enabled, &course->waits[t]);
        course->lines[t] = course->waits[t].line;
    }
    course->end = last->expansion->count > 0 ? COURSE_RUNNING : (CourseEnd)machine_end(machine, state);
    machine_outcome_values(machine, state, course->values);
    course->final_holds = course->end == COURSE_OK && machine_failed_finally(machine, state) == NO_ID;
    mem_free(course->output);
    course->output_count = course->program->outcome_has_output ? machine_output(machine, state, NULL, 0) : 0;
    course->output = mem_alloc((size_t)course->output_count + 1, sizeof *course->output);
    if (course->output == NULL)
        return STATUS_NO_MEMORY;
    if (course->output_count > 0)
        machine_output(machine, state, course->output, course->output_count);
    return STATUS_OK;
}

typedef struct CourseWalk {
    Course *course;
    uint32_t count; /* steps of the schedule */
} CourseWalk;

static Status walk_begin(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t count)
{
    CourseWalk *walk = context;
    mem_free(walk->course->is_blocked); /* there may be more threads now */
    mem_free(walk->course->lines);
    mem_free(walk->course->waits);
    mem_free(walk->course->values);
    walk->course->is_blocked = NULL;
    walk->course->lines = NULL;
    walk->course->waits = NULL;
    walk->course->values = NULL;
    return on_begin(walk->course, machine, state, issues, count);
}

static Status walk_step(void *context, Machine *machine, const ReplayEvent *event)
{
    return on_step(((CourseWalk *)context)->course, machine, event);
}

static Status walk_state(void *context, Machine *machine, const ReplayState *state)
{
    CourseWalk *walk = context;
    return state->step == walk->count ? read_end(walk->course, machine, state) : STATUS_OK;
}

Status course_make(Machine *machine, const Schedule *schedule, Course **out, Refusal *refusal)
{
    *out = NULL;
    Course *course = mem_alloc(1, sizeof *course);
    if (course == NULL)
        return STATUS_NO_MEMORY;
    CourseWalk walk = {course, schedule->count};
    ReplayListener listener = {.context = &walk, .begin = walk_begin, .step = walk_step, .state = walk_state};
    Status status = replay_walk(machine, schedule, &listener, refusal);
    if (status != STATUS_OK) {
        course_free(course);
        return status;
    }
    *out = course;
    return STATUS_OK;
}
