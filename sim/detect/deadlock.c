#include "detect/deadlock.h"

#include <string.h>

#include "base/numbers.h"

/* Tarjan's numbers of one thread. */
typedef struct Visit {
    uint32_t order; /* 0: not visited */
    uint32_t low;
    uint32_t next; /* holder to look at next */
    bool is_on_stack;
} Visit;

struct DeadlockDetector {
    FindingTable *table;
    const Program *program; /* what the arrays were made for */
    bool *may_wait;         /* by first_point[thread] + point: may it wait for an owner or an end? */
    uint32_t *first_point;  /* thread_count + 1 */
    /* all of these have room for one entry a thread */
    bool *is_enabled, *is_waiting, *is_taken;
    WaitInfo *waits; /* by thread, where is_waiting */
    Visit *visits;
    ThreadId *stack, *path;
    ThreadId *stepping;
    /* results; the sets of one state are disjoint, so one entry a thread is enough */
    ThreadId *set_threads;
    WaitInfo *set_waits;
    BlockedSet *sets;
    uint32_t set_count, listed_count;
    ObjectId *objects;
    uint32_t *lines, *blocked_lines;
};

DeadlockDetector *deadlock_new(FindingTable *table)
{
    DeadlockDetector *detector = mem_alloc(1, sizeof *detector);
    if (detector != NULL)
        detector->table = table;
    return detector;
}

void deadlock_restart(DeadlockDetector *detector)
{
    FindingTable *table = detector->table;
    mem_free(detector->may_wait);
    mem_free(detector->first_point);
    mem_free(detector->is_enabled);
    mem_free(detector->is_waiting);
    mem_free(detector->is_taken);
    mem_free(detector->waits);
    mem_free(detector->visits);
    mem_free(detector->stack);
    mem_free(detector->path);
    mem_free(detector->stepping);
    mem_free(detector->set_threads);
    mem_free(detector->set_waits);
    mem_free(detector->sets);
    mem_free(detector->objects);
    mem_free(detector->lines);
    mem_free(detector->blocked_lines);
    memset(detector, 0, sizeof *detector);
    detector->table = table;
}

void deadlock_free(DeadlockDetector *detector)
{
    if (detector == NULL)
        return;
    deadlock_restart(detector);
    mem_free(detector);
}

/* ------------------------------------------------------- who may wait, in advance */

bool deadlock_waits_for_owner(uint16_t op)
{
    switch (op) {
    case OP_LOCK:
    case OP_RDLOCK:
    case OP_WRLOCK:
    case OP_CONDITION_WAKE:
    case OP_ONCE_ENTER:
    case OP_JOIN:
    case OP_JOIN_HANDLE:
    case OP_AWAIT_HANDLE:
    case OP_GATHER:
    case OP_POOL_DRAIN: return true;
    default: return false;
    }
}

/* The first statement of a region may be one of these. */
static bool may_wait(uint16_t op)
{
    return op == OP_REGION || deadlock_waits_for_owner(op);
}

static bool prepare(DeadlockDetector *detector, const Program *program)
{
    if (detector->program == program)
        return true;
    deadlock_restart(detector);
    size_t n = (size_t)program->thread_count + 1;
    detector->first_point = mem_alloc(n, sizeof *detector->first_point);
    detector->is_enabled = mem_alloc(n, sizeof *detector->is_enabled);
    detector->is_waiting = mem_alloc(n, sizeof *detector->is_waiting);
    detector->is_taken = mem_alloc(n, sizeof *detector->is_taken);
    detector->waits = mem_alloc(n, sizeof *detector->waits);
    detector->visits = mem_alloc(n, sizeof *detector->visits);
    detector->stack = mem_alloc(n, sizeof *detector->stack);
    detector->path = mem_alloc(n, sizeof *detector->path);
    detector->stepping = mem_alloc(n, sizeof *detector->stepping);
    detector->set_threads = mem_alloc(n, sizeof *detector->set_threads);
    detector->set_waits = mem_alloc(n, sizeof *detector->set_waits);
    detector->sets = mem_alloc(n, sizeof *detector->sets);
    detector->objects = mem_alloc(n, sizeof *detector->objects);
    detector->lines = mem_alloc(n, sizeof *detector->lines);
    detector->blocked_lines = mem_alloc(n, sizeof *detector->blocked_lines);
    if (detector->first_point == NULL || detector->is_enabled == NULL || detector->is_waiting == NULL ||
        detector->is_taken == NULL || detector->waits == NULL || detector->visits == NULL || detector->stack == NULL ||
        detector->path == NULL || detector->stepping == NULL || detector->set_threads == NULL ||
        detector->set_waits == NULL || detector->sets == NULL || detector->objects == NULL || detector->lines == NULL ||
        detector->blocked_lines == NULL)
        return false;
    uint32_t total = 0;
    for (uint32_t t = 0; t < program->thread_count; t++) {
        detector->first_point[t] = total;
        total += program->threads[t].point_count + 2; /* 0 ended, and unborn_point */
    }
    detector->may_wait = mem_alloc((size_t)total + 1, sizeof *detector->may_wait);
    if (detector->may_wait == NULL)
        return false;
    for (uint32_t t = 0; t < program->thread_count; t++)
        for (uint32_t point = 1; point <= program->threads[t].point_count; point++)
            detector->may_wait[detector->first_point[t] + point] =
                may_wait(program->code[program->threads[t].points[point].instr].op);
    detector->program = program;
    return true;
}

/* -------------------------------------------------------------- the wait graph */

static bool has_edge(const DeadlockDetector *detector, ThreadId thread)
{
    WaitKind kind = detector->waits[thread].kind;
    return detector->is_waiting[thread] && wait_is_for_all(kind);
}

static uint32_t edge_count(const WaitInfo *wait)
{
    return wait->holder_count + (wait->controller != NO_ID);
}

static ThreadId edge_at(const WaitInfo *wait, uint32_t i)
{
    return i < wait->holder_count ? wait->holders[i] : wait->controller;
}

static bool waits_for(const WaitInfo *wait, ThreadId thread)
{
    for (uint32_t i = 0; i < edge_count(wait); i++)
        if (edge_at(wait, i) == thread)
            return true;
    return false;
}

static void begin_set(DeadlockDetector *detector, bool is_cycle)
{
    BlockedSet *set = &detector->sets[detector->set_count++];
    set->threads = detector->set_threads + detector->listed_count;
    set->waits = detector->set_waits + detector->listed_count;
    set->count = 0;
    set->is_cycle = is_cycle;
}

static void list_thread(DeadlockDetector *detector, ThreadId thread)
{
    detector->set_threads[detector->listed_count] = thread;
    detector->set_waits[detector->listed_count++] = detector->waits[thread];
    detector->sets[detector->set_count - 1].count++;
}

/* Makes a set of the threads marked in is_taken, in ascending order, and clears the marks. */
static void list_taken(DeadlockDetector *detector, bool is_cycle)
{
    begin_set(detector, is_cycle);
    for (uint32_t t = 0; t < detector->program->thread_count; t++)
        if (detector->is_taken[t]) {
            list_thread(detector, t);
            detector->is_taken[t] = false;
        }
}

/* The component whose root is on top of the path: a set if it is a cycle. */
static void close_component(DeadlockDetector *detector, ThreadId root, uint32_t *stacked)
{
    uint32_t size = 0;
    ThreadId thread;
    do {
        thread = detector->stack[--*stacked];
        detector->visits[thread].is_on_stack = false;
        detector->is_taken[thread] = true;
        size++;
    } while (thread != root);
    if (size > 1 || waits_for(&detector->waits[root], root))
        list_taken(detector, true);
    else
        memset(detector->is_taken, 0, detector->program->thread_count * sizeof *detector->is_taken);
}

/* Tarjan from one thread, with a path of its own instead of recursion. */
static void visit(DeadlockDetector *detector, ThreadId start, uint32_t *order)
{
    Visit *visits = detector->visits;
    uint32_t depth = 0, stacked = 0;
    detector->path[depth++] = start;
    while (depth > 0) {
        ThreadId thread = detector->path[depth - 1];
        Visit *here = &visits[thread];
        if (here->order == 0) {
            here->order = here->low = ++*order;
            here->next = 0;
            here->is_on_stack = true;
            detector->stack[stacked++] = thread;
        }
        const WaitInfo *wait = &detector->waits[thread];
        bool descends = false;
        while (here->next < edge_count(wait) && !descends) {
            ThreadId holder = edge_at(wait, here->next);
            if (holder == thread || !has_edge(detector, holder)) {
                here->next++;
            } else if (visits[holder].order == 0) {
                detector->path[depth++] = holder; /* comes back here, and then takes its low */
                descends = true;
            } else {
                if (visits[holder].is_on_stack && visits[holder].low < here->low)
                    here->low = visits[holder].low;
                here->next++;
            }
        }
        if (descends)
            continue;
        depth--;
        if (here->low == here->order)
            close_component(detector, thread, &stacked);
    }
}

static void find_cycles(DeadlockDetector *detector)
{
    uint32_t threads = detector->program->thread_count, order = 0;
    memset(detector->visits, 0, threads * sizeof *detector->visits);
    for (uint32_t t = 0; t < threads; t++)
        if (has_edge(detector, t) && detector->visits[t].order == 0)
            visit(detector, t, &order);
}

/* Everybody who has not ended; daemons may stay blocked for ever. */
static void find_blocked(DeadlockDetector *detector)
{
    const Program *program = detector->program;
    bool any = false;
    for (uint32_t t = 0; t < program->thread_count; t++) {
        detector->is_taken[t] = detector->is_waiting[t] && !program->threads[t].is_daemon;
        any = any || detector->is_taken[t];
    }
    if (any)
        list_taken(detector, false);
}

/* Somebody who cannot step has control among coroutines or fibres. */
static bool is_kept_out(const DeadlockDetector *detector, const Machine *machine, const Word *state, ThreadId thread)
{
    uint32_t domain = detector->program->threads[thread].domain;
    if (!detector->program->has_domains || domain == NO_ID)
        return false;
    ThreadId controller = machine_controller(machine, state, domain);
    return controller != NO_ID && controller != thread && !detector->is_enabled[controller];
}

Status deadlock_scan(DeadlockDetector *detector, const Machine *machine, const Word *state, const ThreadId *threads,
                     uint32_t thread_count, const BlockedSet **sets, uint32_t *set_count)
{
    *sets = NULL;
    *set_count = 0;
    if (!prepare(detector, machine_program(machine)))
        return STATUS_NO_MEMORY;
    const Program *program = detector->program;
    StateEnd end = thread_count == 0 ? machine_end(machine, state) : STATE_OK; /* OK: others can step, or only daemons are left */
    if (end == STATE_STOPPED)
        return STATUS_OK;
    detector->set_count = 0;
    detector->listed_count = 0;
    uint32_t next_enabled = 0;
    bool has_candidate = false;
    for (uint32_t t = 0; t < program->thread_count; t++) {
        detector->is_enabled[t] = next_enabled < thread_count && threads[next_enabled] == t;
        next_enabled += detector->is_enabled[t];
    }
    for (uint32_t t = 0; t < program->thread_count; t++) {
        detector->is_waiting[t] = false;
        if (detector->is_enabled[t])
            continue;
        uint32_t point = machine_point(machine, state, t);
        if (point == 0 || (program->threads[t].is_spawned && point == program->threads[t].unborn_point) ||
            machine_is_cancelled(machine, state, t))
            continue;
        if (thread_count == 0 || detector->may_wait[detector->first_point[t] + point] ||
            is_kept_out(detector, machine, state, t)) {
            detector->is_waiting[t] = true;
            machine_wait(machine, state, t, false, &detector->waits[t]);
            has_candidate = true;
            if (thread_count > 0 && program->has_domains)
                machine_wait_control(machine, state, t, detector->is_enabled, &detector->waits[t]);
        }
    }
    if (!has_candidate)
        return STATUS_OK;
    if (end == STATE_DEADLOCK)
        find_blocked(detector);
    else
        find_cycles(detector);
    *sets = detector->sets;
    *set_count = detector->set_count;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the monitor */

bool deadlock_is(const BlockedSet *set, const Finding *row)
{
    if (row->kind != FINDING_DEADLOCK || set->count != row->thread_count)
        return false;
    for (uint32_t i = 0; i < set->count; i++)
        if (set->threads[i] != row->threads[i] || set->waits[i].line != row->blocked_lines[i])
            return false;
    return true;
}

static Status record(DeadlockDetector *detector, const BlockedSet *set, uint32_t state)
{
    Finding key = {.kind = FINDING_DEADLOCK, .thread_count = set->count, .is_cycle = set->is_cycle};
    uint32_t objects = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        detector->blocked_lines[i] = detector->lines[i] = set->waits[i].line;
        if (set->waits[i].object != NO_ID)
            detector->objects[objects++] = set->waits[i].object;
    }
    key.threads = detector->set_threads + (set->threads - detector->set_threads);
    key.blocked_lines = detector->blocked_lines;
    key.lines = detector->lines;
    key.line_count = numbers_sort_distinct(detector->lines, set->count);
    key.objects = detector->objects;
    key.object_count = numbers_sort_distinct(detector->objects, objects);
    uint32_t row = finding_row(detector->table, &key);
    return row == NO_ID || !finding_add_state(detector->table, row, state) ? STATUS_NO_MEMORY : STATUS_OK;
}

Status deadlock_state(DeadlockDetector *detector, const MonitorEvent *event)
{
    const Expansion *expansion = event->expansion;
    if (!prepare(detector, machine_program(event->machine)))
        return STATUS_NO_MEMORY;
    uint32_t thread_count = 0;
    for (uint32_t i = 0; i < expansion->count; i++)
        if (thread_count == 0 || detector->stepping[thread_count - 1] != expansion->steps[i].thread)
            detector->stepping[thread_count++] = expansion->steps[i].thread;
    const BlockedSet *sets;
    uint32_t set_count;
    Status status =
        deadlock_scan(detector, event->machine, event->state, detector->stepping, thread_count, &sets, &set_count);
    for (uint32_t i = 0; i < set_count && status == STATUS_OK; i++)
        status = record(detector, &sets[i], event->state_id);
    return status;
}
