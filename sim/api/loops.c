/* loops.c: finds the loops. */
#include "api/loops.h"

#include <stdlib.h>
#include <string.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_SETS = 1 };
#else
enum { FIRST_SETS = 16 };
#endif

/* ------------------------------------------------------------------- steps left out */

/* Spurious wake-ups: a run may not count on them for ever, and they do not oblige a scheduler to anything. */
static Status find_faults(Exploration *exploration, const Graph *graph, const StateId *whole, uint64_t **faults)
{
    *faults = NULL;
    if (!machine_program(exploration->machine)->spurious)
        return STATUS_OK;
    *faults = mem_alloc(bits_words(graph->edge_count), sizeof **faults);
    if (*faults == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t s = 0; s < graph->state_count; s++) {
        const Word *words = graph_state(exploration->graph, whole == NULL ? (StateId)s : whole[s]);
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (machine_is_spurious(exploration->machine, words, graph->edge_thread[e]))
                bits_add(*faults, e);
    }
    return STATUS_OK;
}

static void remove_edge(Loops *loops, EdgeId edge)
{
    bits_add(loops->removed, edge);
}

/* The step lets the thread go on that waits for a partner: it is its step, too. */
static Status lets_go_on(Exploration *exploration, StateId state, EdgeId edge, ThreadId thread, Word *next,
                         Expansion *scratch, StepLog *log, bool *does)
{
    const Graph *graph = exploration->graph;
    uint32_t choices, choice = graph_edge_choice(graph, state, edge, NULL);
    StepInfo info;
    log->count = 0;
    scratch->count = scratch->issue_count = 0;
    Status status = machine_step(exploration->machine, graph_state(graph, state), graph->edge_thread[edge], choice, next,
                                 &choices, &info, scratch, log);
    for (uint32_t i = 0; i < log->count && status == STATUS_OK; i++)
        *does = *does || log->accesses[i].thread == thread;
    return status;
}

/* Steps of the thread, from points from which it cannot get on, that the others can notice. */
static Status remove_noticed(Exploration *exploration, ThreadId thread, const bool *ahead)
{
    Loops *loops = exploration->loops;
    Machine *machine = exploration->machine;
    const Graph *graph = exploration->graph;
    const Program *program = machine_program(machine);
    const ThreadCode *code = &program->threads[thread];
    uint32_t words = machine_words(machine);
    Word *own = mem_alloc(words, sizeof *own), *next = mem_alloc(words, sizeof *next);
    Expansion scratch = {0};
    StepLog log = {0};
    Status status = own == NULL || next == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK)
        machine_private_bits(machine, thread, own);
    for (StateId s = 0; s < graph->expanded_count && status == STATUS_OK; s++) {
        const Word *before = graph_state(graph, s);
        uint32_t point = machine_point(machine, before, thread);
        if (point == 0 || point > code->point_count || ahead[point])
            continue;
        uint16_t op = program->code[code->points[point].instr].op;
        bool has_partner = op == OP_GET || op == OP_SELECT; /* a rendezvous is the sender's step alone */
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1] && status == STATUS_OK; e++) {
            bool is_noticed = false;
            const Word *after = graph_state(graph, graph->edge_to[e]);
            if (graph->edge_thread[e] == thread) {
                for (uint32_t w = 0; w < words; w++)
                    is_noticed = is_noticed || ((before[w] ^ after[w]) & ~own[w]) != 0;
            } else if (has_partner) {
                status = lets_go_on(exploration, s, e, thread, next, &scratch, &log, &is_noticed);
            }
            if (is_noticed)
                remove_edge(loops, e);
        }
    }
    mem_free(own);
    mem_free(next);
    expansion_free(&scratch);
    step_log_free(&log);
    return status;
}

static Status remove_getting_on(Exploration *exploration, ThreadId thread)
{
    const ProgressLog *log = &exploration->detectors.progress;
    const ThreadCode *code = &machine_program(exploration->machine)->threads[thread];
    for (uint64_t i = 0; i < log->count; i++)
        if ((log->threads[i] & step_thread_bit(thread)) != 0)
            remove_edge(exploration->loops, log->edges[i]);
    bool *ahead = mem_alloc((size_t)code->point_count + 1, sizeof *ahead);
    Status status = ahead == NULL ? STATUS_NO_MEMORY
                                  : livelock_ways_on(machine_program(exploration->machine), thread, ahead);
    bool is_ahead = true;
    for (uint32_t p = 1; p <= code->point_count && status == STATUS_OK; p++)
        is_ahead = is_ahead && ahead[p];
    if (status == STATUS_OK && !is_ahead)
        status = remove_noticed(exploration, thread, ahead);
    mem_free(ahead);
    return status;
}

Status loops_filter(Exploration *exploration, FindingKind kind, ThreadId thread)
{
    Loops *loops = exploration->loops;
    const ProgressLog *log = &exploration->detectors.progress;
    if (loops->has_filter && loops->kind == kind && loops->thread == thread)
        return STATUS_OK;
    mem_free(loops->removed);
    loops->removed = NULL;
    loops->has_filter = false;
    Status status = STATUS_OK;
    if (log->count > 0 || kind == FINDING_STARVATION || loops->faults != NULL) {
        size_t words = bits_words(exploration->graph->edge_count);
        loops->removed = mem_alloc(words, sizeof *loops->removed);
        if (loops->removed == NULL)
            return STATUS_NO_MEMORY;
        if (loops->faults != NULL)
            memcpy(loops->removed, loops->faults, words * sizeof *loops->removed);
        if (kind == FINDING_STARVATION)
            status = remove_getting_on(exploration, thread);
        else
            for (uint64_t i = 0; i < log->count; i++)
                remove_edge(loops, log->edges[i]);
    }
    loops->has_filter = status == STATUS_OK;
    loops->kind = kind;
    loops->thread = thread;
    return status;
}

/* ---------------------------------------------------------------------------- seeking */

/* One pass over the loops of a graph. */
typedef struct Seek {
    Exploration *exploration;
    const Program *program;
    const Graph *graph;
    const StateId *whole;    /* of a cut; NULL */
    const uint64_t *removed; /* NULL: none */
    const uint64_t *faults;  /* steps that oblige nobody; NULL: none */
    FindingKind kind;
    ThreadId thread;         /* starvation */
    uint32_t eventually;     /* from 1; 0: none */
    uint64_t *enabled_in, *steps; /* by thread */
    uint64_t *pending_in;         /* by thread: states in which it waits for control, and for nothing else */
    Work *work;
    bool *deprived;               /* by thread */
    ThreadId *threads;            /* room for all */
    uint32_t *first_point;        /* by thread: place of its points in `seen` */
    uint32_t *lines, line_count;  /* room for all points */
    bool *seen;                   /* by point: its line is among them */
} Seek;

static const Word *words_of(const Seek *seek, StateId state)
{
    return graph_state(seek->exploration->graph, seek->whole == NULL ? state : seek->whole[state]);
}

static void add_line(Seek *seek, ThreadId thread, const Word *words)
{
    const Program *program = seek->program;
    uint32_t point = machine_point(seek->exploration->machine, words, thread);
    if (seek->seen[seek->first_point[thread] + point])
        return;
    seek->seen[seek->first_point[thread] + point] = true;
    uint32_t line = program->sites[program->code[program->threads[thread].points[point].instr].site].part.line;
    uint32_t at = seek->line_count;
    while (at > 0 && seek->lines[at - 1] > line)
        at--;
    if (at > 0 && seek->lines[at - 1] == line)
        return;
    memmove(seek->lines + at + 1, seek->lines + at, (seek->line_count - at) * sizeof *seek->lines);
    seek->lines[at] = line;
    seek->line_count++;
}

static void collect_lines(Seek *seek, const Cycle *cycle)
{
    const Graph *graph = seek->graph;
    uint32_t thread_count = seek->program->thread_count;
    seek->line_count = 0;
    memset(seek->seen, 0, seek->first_point[thread_count]);
    if (seek->eventually > 0) {
        seek->lines[seek->line_count++] = seek->program->eventually[seek->eventually - 1].line;
        return;
    }
    for (uint64_t i = 0; i < cycle->count; i++) {
        StateId s = cycle->states[i];
        if (seek->kind == FINDING_STARVATION) {
            add_line(seek, seek->thread, words_of(seek, s));
            continue;
        }
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (cycle_has(cycle, graph, seek->removed, e))
                add_line(seek, graph->edge_thread[e], words_of(seek, s));
    }
}

static int compare_states(const void *left, const void *right)
{
    StateId a = *(const StateId *)left, b = *(const StateId *)right;
    return (a > b) - (a < b);
}

static Status add_set(Seek *seek, uint32_t row, const Cycle *cycle, bool is_closed)
{
    Exploration *exploration = seek->exploration;
    Loops *loops = exploration->loops;
    if (loops->count == loops->room) {
        uint32_t room = loops->room == 0 ? FIRST_SETS : loops->room * 2;
        LoopSet *larger = mem_resize(loops->sets, room, sizeof *larger);
        if (larger == NULL)
            return STATUS_NO_MEMORY;
        loops->sets = larger;
        loops->room = room;
    }
    StateId *states = mem_alloc(cycle->count, sizeof *states);
    if (states == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < cycle->count; i++)
        states[i] = seek->whole == NULL ? cycle->states[i] : seek->whole[cycle->states[i]];
    qsort(states, cycle->count, sizeof *states, compare_states);
    const Finding *finding = finding_get(exploration->detectors.table, row);
    LoopSet set = {.row = row, .first = finding->state_count, .count = cycle->count, .is_closed = is_closed};
    Status status = STATUS_OK;
    for (uint64_t i = 0; i < cycle->count && status == STATUS_OK; i++)
        if (!finding_add_state(exploration->detectors.table, row, states[i]))
            status = STATUS_NO_MEMORY;
    mem_free(states);
    if (status == STATUS_OK)
        loops->sets[loops->count++] = set;
    return status;
}

/* The loop in figures; `*is_closed` as in LoopSet. */
static LoopFacts measure(Seek *seek, const Cycle *cycle, bool *is_closed)
{
    const Graph *graph = seek->graph;
    uint32_t thread_count = seek->program->thread_count;
    LoopFacts facts = {.thread_count = thread_count,
                       .state_count = cycle->count,
                       .enabled_in = seek->enabled_in,
                       .steps = seek->steps};
    memset(seek->enabled_in, 0, thread_count * sizeof *seek->enabled_in);
    memset(seek->steps, 0, thread_count * sizeof *seek->steps);
    *is_closed = true;
    for (uint64_t i = 0; i < cycle->count; i++) {
        StateId s = cycle->states[i];
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
            ThreadId thread = graph->edge_thread[e];
            bool obliges = seek->faults == NULL || !bits_have(seek->faults, e);
            if (obliges && (e == graph->first_edge[s] || thread != graph->edge_thread[e - 1]))
                seek->enabled_in[thread]++;
            if (!cycle_has(cycle, graph, seek->removed, e)) {
                *is_closed = false;
                continue;
            }
            seek->steps[thread]++;
            if (seek->kind == FINDING_STARVATION)
                facts.progressed |= progress_on(&seek->exploration->detectors.progress, e);
        }
    }
    return facts;
}

static bool is_enabled_in(const Graph *graph, StateId state, ThreadId thread)
{
    for (EdgeId e = graph->first_edge[state]; e < graph->first_edge[state + 1]; e++)
        if (graph->edge_thread[e] == thread)
            return true;
    return false;
}

static bool takes_turns(const Program *program, ThreadId thread)
{
    uint32_t domain = program->threads[thread].domain;
    return domain != NO_ID && program->domains[domain].kind != DOMAIN_POOL;
}

/* Coroutines of an event loop, and fibres, are owed more than weak fairness gives: one that is ready all the time and is let in now and then gets
 * control some time. `enabled_in` counts the states as well in which such a one waits for control. True: the loop is unfair for that reason alone. */
static bool count_pending(Seek *seek, const Cycle *cycle, const LoopFacts *facts)
{
    const Program *program = seek->program;
    bool is_owed = false;
    for (ThreadId t = 0; t < facts->thread_count && program->has_domains; t++) {
        seek->pending_in[t] = 0;
        bool may_be = takes_turns(program, t) && facts->steps[t] == 0 && facts->enabled_in[t] > 0 && facts->enabled_in[t] < facts->state_count;
        for (uint64_t i = 0; i < cycle->count && may_be; i++) {
            WaitInfo wait;
            if (is_enabled_in(seek->graph, cycle->states[i], t))
                continue;
            machine_wait(seek->exploration->machine, words_of(seek, cycle->states[i]), t, false, &wait);
            may_be = wait.kind == WAIT_CONTROL;
            seek->pending_in[t]++;
        }
        if (!may_be)
            seek->pending_in[t] = 0;
        is_owed = is_owed || seek->pending_in[t] > 0;
    }
    return is_owed;
}

static Status on_cycle(void *context, const Cycle *cycle);

/* The part of a loop in which those that are owed control are never let in: there their waiting is no fault of the scheduler. */
static Status look_inside(Seek *seek, const Cycle *cycle)
{
    const Graph *graph = seek->graph;
    const uint64_t *outer = seek->removed;
    size_t words = bits_words(graph->edge_count);
    uint64_t *inner = mem_alloc(words, sizeof *inner);
    if (inner == NULL)
        return STATUS_NO_MEMORY;
    memset(inner, 0xff, words * sizeof *inner);
    for (uint64_t i = 0; i < cycle->count; i++) {
        StateId s = cycle->states[i];
        bool is_let_in = false;
        for (ThreadId t = 0; t < seek->program->thread_count && !is_let_in; t++)
            is_let_in = seek->pending_in[t] > 0 && is_enabled_in(graph, s, t);
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1] && !is_let_in; e++)
            if (cycle_has(cycle, graph, outer, e))
                inner[e / 64] &= ~(UINT64_C(1) << (e % 64));
    }
    seek->removed = inner;
    Status status = cycles_find(graph, inner, seek->work, on_cycle, seek);
    seek->removed = outer;
    mem_free(inner);
    return status;
}

/* Who suffers from it; none: it is nothing to tell. */
static Status judge(Seek *seek, const Cycle *cycle, const LoopFacts *facts, bool *is_bad)
{
    Exploration *exploration = seek->exploration;
    const Graph *graph = seek->graph;
    *is_bad = seek->kind == FINDING_STARVATION ? livelock_starves(facts, seek->thread) : livelock_is_fair(facts);
    if (!*is_bad || seek->eventually > 0)
        return STATUS_OK;
    StateId s = cycle->states[0];
    uint32_t count = 0;
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
        if (count == 0 || seek->threads[count - 1] != graph->edge_thread[e])
            seek->threads[count++] = graph->edge_thread[e];
    Status status = livelock_deprived(exploration->detectors.deadlock, exploration->machine, words_of(seek, s),
                                      seek->threads, count, seek->deprived);
    *is_bad = false;
    for (ThreadId t = 0; t < facts->thread_count && status == STATUS_OK; t++)
        if (seek->deprived[t] && (seek->kind != FINDING_STARVATION || t == seek->thread))
            *is_bad = true;
    return status;
}

static Status on_cycle(void *context, const Cycle *cycle)
{
    Seek *seek = context;
    bool is_closed, is_bad;
    LoopFacts facts = measure(seek, cycle, &is_closed);
    if (count_pending(seek, cycle, &facts))
        return look_inside(seek, cycle);
    Status status = judge(seek, cycle, &facts, &is_bad);
    if (status != STATUS_OK || !is_bad)
        return status;
    collect_lines(seek, cycle);
    Finding key = {.kind = seek->kind,
                   .lines = seek->lines,
                   .line_count = seek->line_count,
                   .threads = seek->threads,
                   .eventually = seek->eventually};
    if (seek->kind == FINDING_STARVATION)
        seek->threads[key.thread_count++] = seek->thread;
    for (ThreadId t = 0; t < facts.thread_count && seek->kind == FINDING_LIVELOCK; t++)
        if (facts.steps[t] > 0)
            seek->threads[key.thread_count++] = t;
    uint32_t row = finding_row(seek->exploration->detectors.table, &key);
    return row == NO_ID ? STATUS_NO_MEMORY : add_set(seek, row, cycle, is_closed);
}

static void seek_end(Seek *seek)
{
    mem_free(seek->enabled_in);
    mem_free(seek->steps);
    mem_free(seek->pending_in);
    mem_free(seek->deprived);
    mem_free(seek->threads);
    mem_free(seek->first_point);
    mem_free(seek->lines);
    mem_free(seek->seen);
}

static Status seek_begin(Seek *seek, Exploration *exploration)
{
    const Program *program = machine_program(exploration->machine);
    uint32_t count = program->thread_count;
    *seek = (Seek){.exploration = exploration, .program = program, .graph = exploration->graph};
    seek->enabled_in = mem_alloc(count, sizeof *seek->enabled_in);
    seek->steps = mem_alloc(count, sizeof *seek->steps);
    seek->pending_in = mem_alloc(count, sizeof *seek->pending_in);
    seek->deprived = mem_alloc(count, sizeof *seek->deprived);
    seek->threads = mem_alloc((size_t)count + 1, sizeof *seek->threads);
    seek->first_point = mem_alloc((size_t)count + 1, sizeof *seek->first_point);
    if (seek->enabled_in == NULL || seek->steps == NULL || seek->pending_in == NULL || seek->deprived == NULL || seek->threads == NULL ||
        seek->first_point == NULL)
        return STATUS_NO_MEMORY;
    for (ThreadId t = 0; t < count; t++)
        seek->first_point[t + 1] = seek->first_point[t] + program->threads[t].point_count + 2;
    seek->lines = mem_alloc((size_t)seek->first_point[count] + 1, sizeof *seek->lines);
    seek->seen = mem_alloc(seek->first_point[count], sizeof *seek->seen);
    return seek->lines == NULL || seek->seen == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ------------------------------------------------------------- livelock and starvation */

static Status seek_kind(Seek *seek, FindingKind kind, ThreadId thread, Work *work)
{
    Status status = loops_filter(seek->exploration, kind, thread);
    if (status != STATUS_OK)
        return status;
    seek->kind = kind;
    seek->thread = thread;
    seek->removed = seek->exploration->loops->removed;
    return cycles_find(seek->graph, seek->removed, work, on_cycle, seek);
}

static Status seek_loops(Seek *seek, Work *work)
{
    Status status = seek_kind(seek, FINDING_LIVELOCK, NO_ID, work);
    if (!seek->program->has_progress)
        return status;
    for (ThreadId t = 0; t < seek->program->thread_count && status == STATUS_OK; t++)
        if (!seek->program->threads[t].is_daemon)
            status = seek_kind(seek, FINDING_STARVATION, t, work);
    return status;
}

/* ---------------------------------------------------------------------------- eventually */

static Status mark_true(Exploration *exploration, uint32_t number, uint64_t *stops, Work *work)
{
    const Graph *graph = exploration->graph;
    for (uint64_t s = 0; s < graph->state_count; s++) {
        if (machine_eventually_holds(exploration->machine, graph_state(graph, (StateId)s), number))
            bits_add(stops, s);
        if (!work_goes_on(work, 50))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

/* Executions that end, and it has not been true. */
static Status add_ends(Exploration *exploration, uint32_t number, const uint64_t *stops)
{
    const BeforeTrue *before = &exploration->loops->before[number];
    const Graph *part = before->cut.graph;
    const Property *property = &machine_program(exploration->machine)->eventually[number];
    uint32_t line = property->line;
    const Finding key = {
        .kind = FINDING_FINAL, .lines = &line, .line_count = 1, .text = property->text, .eventually = number + 1};
    for (StateId s = 0; s < part->expanded_count; s++) {
        StateId whole = before->cut.whole[s];
        if (part->first_edge[s] != part->first_edge[s + 1] || bits_have(stops, whole) ||
            machine_end(exploration->machine, graph_state(exploration->graph, whole)) == STATE_STOPPED)
            continue;
        uint32_t row = finding_row(exploration->detectors.table, &key);
        if (row == NO_ID || !finding_add_state(exploration->detectors.table, row, whole))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static Status seek_never(Seek *seek, uint32_t number, bool may_loop, Work *work)
{
    Exploration *exploration = seek->exploration;
    BeforeTrue *before = &exploration->loops->before[number];
    uint64_t *stops = mem_alloc(bits_words(exploration->graph->state_count), sizeof *stops);
    Status status = stops == NULL ? STATUS_NO_MEMORY : mark_true(exploration, number, stops, work);
    if (status == STATUS_OK)
        status = cut_build(exploration->graph, stops, work, &before->cut);
    if (status == STATUS_OK)
        status = add_ends(exploration, number, stops);
    mem_free(stops);
    if (status != STATUS_OK || !may_loop)
        return status;
    seek->kind = FINDING_LIVELOCK;
    seek->eventually = number + 1;
    seek->graph = before->cut.graph;
    seek->whole = before->cut.whole;
    status = find_faults(exploration, seek->graph, seek->whole, &before->faults);
    seek->removed = seek->faults = before->faults;
    return status == STATUS_OK ? cycles_find(seek->graph, seek->removed, work, on_cycle, seek) : status;
}

/* Marks of a loop that memory did not suffice for go again. */
static bool keep_counted(void *context, uint32_t state, uint64_t edge)
{
    (void)state, (void)edge;
    uint64_t *left = context;
    return *left > 0 && (*left)-- > 0;
}

static void drop_unfinished(Exploration *exploration)
{
    FindingTable *table = exploration->detectors.table;
    const Loops *loops = exploration->loops;
    for (uint32_t row = 0; row < finding_count(table); row++) {
        if (!loops_is(finding_get(table, row)))
            continue;
        uint64_t left = 0;
        for (uint32_t i = 0; i < loops->count; i++)
            left += loops->sets[i].row == row ? loops->sets[i].count : 0;
        finding_keep_marks(table, row, keep_counted, &left);
    }
}

Status loops_find(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    const Program *program = machine_program(exploration->machine);
    bool may_loop = !livelock_is_straight(program) &&
                    (exploration->counter != NULL ? counter_is_cyclic(exploration->counter) : !cycles_cannot_be(graph));
    exploration->loops = mem_alloc(1, sizeof *exploration->loops);
    if (exploration->loops == NULL)
        return STATUS_NO_MEMORY;
    if (!may_loop && program->eventually_count == 0)
        return STATUS_OK;
    exploration->phase = "looking for loops";
    Work work = {.keep_going = exploration_goes_on, .context = exploration};
    Loops *loops = exploration->loops;
    loops->before = mem_alloc(program->eventually_count, sizeof *loops->before);
    loops->before_count = program->eventually_count;
    Seek seek;
    Status status = seek_begin(&seek, exploration);
    seek.work = &work;
    if (status == STATUS_OK && loops->before == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK && may_loop)
        status = find_faults(exploration, graph, NULL, &loops->faults);
    seek.faults = loops->faults;
    if (status == STATUS_OK && may_loop)
        status = seek_loops(&seek, &work);
    for (uint32_t i = 0; i < program->eventually_count && status == STATUS_OK; i++)
        status = seek_never(&seek, i, may_loop, &work);
    seek_end(&seek);
    if (status == STATUS_NO_MEMORY)
        drop_unfinished(exploration);
    return status;
}

void loops_free(Exploration *exploration)
{
    Loops *loops = exploration->loops;
    if (loops == NULL)
        return;
    for (uint32_t i = 0; i < loops->before_count && loops->before != NULL; i++) {
        counter_free(loops->before[i].counter);
        shortest_free(loops->before[i].shortest);
        cut_free(&loops->before[i].cut);
        mem_free(loops->before[i].faults);
    }
    mem_free(loops->before);
    mem_free(loops->sets);
    mem_free(loops->removed);
    mem_free(loops->faults);
    mem_free(loops->marks);
    mem_free(loops);
    exploration->loops = NULL;
}
