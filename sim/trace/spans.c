/* spans.c: when each step happens on the virtual clock, and what the threads do between their steps: compute, sleep, wait.
 *
 * A thread *stands* at a point from the step that brings it there (its own, or that of one who lets it go on) to its next step. Cores have no
 * numbers in the machine: whoever begins to compute is given the lowest that is free. */
#include "trace/telling.h"

typedef ArenaVec(SnSpan) SpanList;

typedef struct Stand {
    uint32_t point;
    int64_t since_ns;
    uint32_t core; /* computes there; SN_NONE */
} Stand;

typedef struct Clock {
    Telling *telling;
    Stand *stands;   /* by lane */
    bool *is_busy;   /* by core: each lane computes on one at most */
    SpanList *spans; /* by lane */
    int64_t *starts, *ends;
    uint32_t cores_used;
} Clock;

static const Instr *instr_at(const Clock *clock, uint32_t lane, uint32_t point)
{
    const Program *program = clock->telling->program;
    const ThreadCode *code = &program->threads[clock->telling->threads[lane]];
    return point == 0 || point > code->point_count ? NULL : &program->code[code->points[point].instr];
}

static SnSpanKind kind_of(const Instr *instr)
{
    switch (instr->op) {
    case OP_COMPUTE: return instr->e == 1 ? SN_SPAN_COST : SN_SPAN_COMPUTE;
    case OP_CORE_TAKE: return SN_SPAN_READY;
    case OP_IO: return SN_SPAN_IO;
    case OP_SLEEP: return SN_SPAN_SLEEP;
    default: return SN_SPAN_WAIT;
    }
}

/* The thread leaves its point at `now_ns`; state `s` is one in which it stood there. */
static void leave(Clock *clock, uint32_t lane, uint32_t s, int64_t now_ns)
{
    Telling *telling = clock->telling;
    Stand *stand = &clock->stands[lane];
    const Instr *instr = instr_at(clock, lane, stand->point);
    if (stand->core != SN_NONE)
        clock->is_busy[stand->core] = false;
    if (instr == NULL || now_ns == stand->since_ns)
        return;
    SnSpan span = {.thread = lane, .kind = kind_of(instr), .core = stand->core, .object = SN_NONE, .from_ns = stand->since_ns, .to_ns = now_ns};
    if (span.kind == SN_SPAN_WAIT) {
        WaitInfo info;
        machine_wait(telling->machine, telling->states.items[s].state, telling->threads[lane], false, &info);
        span.object = info.object == NO_ID ? SN_NONE : info.object;
    }
    uint32_t address = (uint32_t)(instr - telling->program->code);
    span.line = telling_line(telling, address);
    span.source = telling_source(telling, address);
    ARENA_PUSH(telling->arena, clock->spans[lane], span);
}

static void arrive(Clock *clock, uint32_t lane, uint32_t point, int64_t now_ns)
{
    const Instr *instr = instr_at(clock, lane, point);
    Stand *stand = &clock->stands[lane];
    *stand = (Stand){.point = point, .since_ns = now_ns, .core = SN_NONE};
    if (instr == NULL || instr->op != OP_COMPUTE)
        return;
    stand->core = 0;
    while (clock->is_busy[stand->core])
        stand->core++;
    clock->is_busy[stand->core] = true;
    if (stand->core >= clock->cores_used)
        clock->cores_used = stand->core + 1;
}

static uint32_t point_in(const Clock *clock, uint32_t lane, uint32_t s)
{
    const Telling *telling = clock->telling;
    return machine_point(telling->machine, telling->states.items[s].state, telling->threads[lane]);
}

static bool is_born_in(const Clock *clock, uint32_t lane, uint32_t s)
{
    const Telling *telling = clock->telling;
    return machine_is_born(telling->machine, telling->states.items[s].state, telling->threads[lane]);
}

/* -------------------------------------------------------------------- workers */

/* The steps at which tasks of pools are taken become shifts, ordered by pool, worker, time. */
static int compare_shifts(const SnShift *a, const SnShift *b)
{
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->from_ns < b->from_ns ? -1 : a->from_ns > b->from_ns;
}

static void add_shift(SnShift *shifts, uint32_t count, SnShift shift)
{
    while (count > 0 && compare_shifts(&shifts[count - 1], &shift) > 0) {
        shifts[count] = shifts[count - 1];
        count--;
    }
    shifts[count] = shift;
}

/* Workers that had nothing to do leave no gap in the numbers. */
static void number_workers(SnTrace *trace, SnShift *shifts)
{
    uint32_t number = 0;
    for (uint32_t s = 0; s < trace->shift_count; s++) {
        uint32_t place = shifts[s].number;
        bool is_next = s + 1 < trace->shift_count && shifts[s + 1].number != place;
        shifts[s].number = number;
        number += is_next;
    }
    trace->worker_count = trace->shift_count > 0 ? number + 1 : 0;
}

static void tell_shifts(Clock *clock)
{
    Telling *telling = clock->telling;
    SnTrace *trace = telling->trace;
    const Program *program = telling->program;
    SnShift *shifts = ARENA_ARRAY(telling->arena, SnShift, telling->lane_count);
    uint32_t first = 0; /* worker of the pool */
    for (uint32_t d = 0; d < program->domain_count; d++) {
        uint32_t places = 0;
        for (uint32_t s = 0; s < telling->steps.count; s++) {
            const ToldStep *step = &telling->steps.items[s];
            if (program->code[step->instr].op != OP_POOL_START || program->threads[step->thread].domain != d)
                continue;
            uint32_t lane = telling->lanes[step->thread], worker = telling_worker(telling, step->thread);
            SnShift shift = {.worker = arena_format(telling->arena, "%s[%u]", program->domains[d].name, (unsigned)worker),
                             .number = first + worker,
                             .thread = lane,
                             .from_ns = step->time_ns,
                             .to_ns = clock->ends[lane] < 0 ? trace->end_ns : clock->ends[lane]};
            add_shift(shifts, trace->shift_count++, shift);
            places = worker + 1 > places ? worker + 1 : places;
        }
        first += places;
    }
    number_workers(trace, shifts);
    trace->shifts = shifts;
}

/* ---------------------------------------------------------------------- steps */

/* Step `s` happens at `now_ns`. */
static void pass_step(Clock *clock, uint32_t s, int64_t now_ns)
{
    Telling *telling = clock->telling;
    ToldStep *step = &telling->steps.items[s];
    uint32_t stepping = telling->lanes[step->thread];
    bool *moves = ARENA_ARRAY(telling->arena, bool, telling->lane_count);
    step->time_ns = now_ns;
    step->stood_ns = clock->stands[stepping].since_ns;
    step->core = clock->stands[stepping].core;
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        moves[lane] = lane == stepping || point_in(clock, lane, s + 1) != clock->stands[lane].point;
        if (moves[lane])
            leave(clock, lane, s, now_ns);
    }
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        if (!moves[lane])
            continue;
        if (!is_born_in(clock, lane, s) && is_born_in(clock, lane, s + 1))
            clock->starts[lane] = now_ns;
        arrive(clock, lane, point_in(clock, lane, s + 1), now_ns);
        if (clock->stands[lane].point == 0)
            clock->ends[lane] = now_ns;
    }
    if (step->core == SN_NONE)
        step->core = clock->stands[stepping].core;
}

static void publish(Clock *clock, int64_t end_ns)
{
    Telling *telling = clock->telling;
    SnTrace *trace = telling->trace;
    uint32_t count = 0;
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        count += clock->spans[lane].count;
    SnSpan *spans = ARENA_ARRAY(telling->arena, SnSpan, count);
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        for (uint32_t i = 0; i < clock->spans[lane].count; i++)
            spans[trace->span_count++] = clock->spans[lane].items[i];
    trace->spans = spans;
    trace->thread_starts = clock->starts;
    trace->thread_ends = clock->ends;
    trace->end_ns = end_ns;
    trace->cores = telling->program->cores;
    trace->cores_used = clock->cores_used;
}

void spans_tell(Telling *telling)
{
    SnTrace *trace = telling->trace;
    trace->has_clock = telling->program->has_clock;
    trace->has_gil = telling->program->has_gil;
    if (!trace->has_clock)
        return;
    Clock clock = {.telling = telling,
                   .stands = ARENA_ARRAY(telling->arena, Stand, telling->lane_count),
                   .is_busy = ARENA_ARRAY(telling->arena, bool, telling->lane_count),
                   .spans = ARENA_ARRAY(telling->arena, SpanList, telling->lane_count),
                   .starts = ARENA_ARRAY(telling->arena, int64_t, telling->lane_count),
                   .ends = ARENA_ARRAY(telling->arena, int64_t, telling->lane_count)};
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        clock.ends[lane] = -1;
        arrive(&clock, lane, point_in(&clock, lane, 0), 0);
        if (clock.stands[lane].point == 0)
            clock.ends[lane] = 0;
    }
    int64_t now_ns = 0;
    for (uint32_t s = 0; s <= telling->steps.count; s++) {
        if (__builtin_add_overflow(now_ns, telling->states.items[s].elapsed_ns, &now_ns))
            now_ns = INT64_MAX;
        if (s < telling->steps.count)
            pass_step(&clock, s, now_ns);
    }
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        leave(&clock, lane, telling->steps.count, now_ns);
    publish(&clock, now_ns);
    tell_shifts(&clock);
}
