/* lock_orders.c: the lock-order graph of the result: edges with their lines, and what became of each cycle. */
#include "api/witness.h"

#include <stdlib.h>
#include <string.h>

#include "detect/lock_cycles.h"

enum {
    NOTES_MAX = 12,         /* refuted cycles that are told one by one */
    REPLAYS_MAX = 32,       /* edges whose line is looked for by a replay */
    REPLAY_STATES = 200000, /* in graphs up to this size, where a schedule is found soon */
    LISTED_MAX = 12         /* locks of a cycle that are named */
};

typedef struct Edge { /* of one request */
    ObjectId from, to;
    ThreadId thread;
    uint32_t from_line, to_line;
    uint32_t request;
    uint32_t number; /* in the result, where equal ones are one */
} Edge;

typedef struct Seen { /* what the replay looks for */
    ThreadId thread;
    ObjectId lock;
    uint32_t line;
} Seen;

typedef struct LockOrders {
    LockCycles cycles;
    uint32_t *rows; /* of each cycle: the row with its identity, or NO_ID */
    Edge *edges;
    uint32_t edge_count;
    uint32_t *first_edge; /* by request, in the order before sorting */
    uint32_t *number_of;  /* by edge in that order */
    uint32_t replays;
    EasiestSchedule easiest;
    Schedule schedule;
    Machine *machine; /* of the replays */
} LockOrders;

void lock_orders_free(Exploration *exploration)
{
    LockOrders *orders = exploration->lock_orders;
    if (orders == NULL)
        return;
    lock_cycles_free(&orders->cycles);
    mem_free(orders->rows);
    mem_free(orders->edges);
    mem_free(orders->first_edge);
    mem_free(orders->number_of);
    easiest_clear(&orders->easiest);
    schedule_free(&orders->schedule);
    machine_free(orders->machine);
    mem_free(orders);
    exploration->lock_orders = NULL;
}

static const LockRequests *requests_of(const Exploration *exploration)
{
    return lock_order_requests(exploration->detectors.lock_order);
}

/* ------------------------------------------------------------ unconfirmed rows */

/* A schedule of the row may lead to where any of the requests was seen first. */
static Status add_open_row(Exploration *exploration, const LockCycle *cycle, const Finding *key, uint32_t *row)
{
    FindingTable *table = exploration->detectors.table;
    for (uint32_t i = 0; i < cycle->count; i++) {
        uint32_t state = lock_requests_get(requests_of(exploration), cycle->requests[i]).first_state;
        if (exploration->is_doomed != NULL && exploration->is_doomed[state])
            continue;
        *row = finding_row(table, key);
        if (*row == NO_ID || !finding_add_state(table, *row, state))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

Status lock_orders_find(Exploration *exploration)
{
    LockOrders *orders = exploration->lock_orders = mem_alloc(1, sizeof *orders);
    if (orders == NULL)
        return STATUS_NO_MEMORY;
    const LockRequests *requests = requests_of(exploration);
    Status status = lock_cycles_find(machine_program(exploration->machine), requests, &orders->cycles);
    if (status != STATUS_OK)
        return status;
    orders->rows = mem_alloc((size_t)orders->cycles.count + 1, sizeof *orders->rows);
    if (orders->rows == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t c = 0; c < orders->cycles.count && status == STATUS_OK; c++) {
        const LockCycle *cycle = &orders->cycles.items[c];
        LockStand stands[LOCK_CYCLE_LENGTH_MAX];
        const LockStand *pointers[LOCK_CYCLE_LENGTH_MAX];
        uint32_t locks[LOCK_CYCLE_LENGTH_MAX], lines[LOCK_CYCLE_LENGTH_MAX], threads[LOCK_CYCLE_LENGTH_MAX];
        Finding key;
        lock_cycles_stands(requests, cycle, stands, pointers);
        lock_order_key(pointers, cycle->count, locks, lines, threads, &key);
        orders->rows[c] = finding_find(exploration->detectors.table, &key);
        if (orders->rows[c] == NO_ID && cycle->kind == LOCK_CYCLE_OPEN && !exploration->owned->result.complete)
            status = add_open_row(exploration, cycle, &key, &orders->rows[c]);
    }
    return status;
}

uint32_t lock_orders_stands(Exploration *exploration, const Finding *row, const LockStand *const **stands)
{
    const LockOrders *orders = exploration->lock_orders;
    Arena *arena = &exploration->owned->arena;
    for (uint32_t c = 0; c < orders->cycles.count; c++) {
        if (orders->rows[c] == NO_ID || finding_get(exploration->detectors.table, orders->rows[c]) != row)
            continue;
        const LockCycle *cycle = &orders->cycles.items[c];
        LockStand *copies = ARENA_ARRAY(arena, LockStand, cycle->count);
        const LockStand **pointers = ARENA_ARRAY(arena, const LockStand *, cycle->count);
        lock_cycles_stands(requests_of(exploration), cycle, copies, pointers);
        *stands = pointers;
        return cycle->count;
    }
    *stands = NULL;
    return 0;
}

/* ------------------------------------------------------------- where it was taken */

static bool owns(const Machine *machine, const Word *state, const Seen *seen, ObjectId *owned, uint32_t room)
{
    uint32_t count = machine_owned(machine, state, seen->thread, owned, room);
    for (uint32_t i = 0; i < count && i < room; i++)
        if (owned[i] == seen->lock)
            return true;
    return false;
}

static Status look_at_step(void *context, Machine *machine, const ReplayEvent *event)
{
    Seen *seen = context;
    const Program *program = machine_program(machine);
    if (event->thread != seen->thread)
        return STATUS_OK;
    ObjectId *owned = mem_alloc((size_t)program->object_count + 1, sizeof *owned);
    if (owned == NULL)
        return STATUS_NO_MEMORY;
    if (!owns(machine, event->before, seen, owned, program->object_count) &&
        owns(machine, event->after, seen, owned, program->object_count)) {
        WaitInfo info;
        machine_wait(machine, event->before, seen->thread, true, &info);
        seen->line = info.line;
        for (uint32_t i = 0; i < event->log->count; i++) { /* inside a block */
            const Instr *instr = &program->code[event->log->accesses[i].instr];
            if (event->log->accesses[i].object == seen->lock && (program_op_flags[instr->op] & OPF_TAKES))
                seen->line = program->sites[instr->site].part.line;
        }
    }
    mem_free(owned);
    return STATUS_OK;
}

static Status look_at_begin(void *context, Machine *machine, const Word *state, const Issue *issues,
                            uint32_t issue_count)
{
    (void)machine, (void)state, (void)issues, (void)issue_count;
    ((Seen *)context)->line = 0;
    return STATUS_OK;
}

static Status look_at_state(void *context, Machine *machine, const ReplayState *state)
{
    (void)context, (void)machine, (void)state;
    return STATUS_OK;
}

/* On the easiest way to where the request was seen first. */
static Status replay_line(Exploration *exploration, const LockRequest *request, ObjectId lock, uint32_t *line)
{
    LockOrders *orders = exploration->lock_orders;
    const Program *program = machine_program(exploration->machine);
    const Goal goal = {request->first_state, NO_EDGE, NO_EDGE};
    easiest_clear(&orders->easiest);
    schedule_free(&orders->schedule);
    Status status = shortest_schedule(exploration->shortest, &goal, 1, &orders->easiest);
    if (status == STATUS_OK && orders->machine == NULL)
        status = machine_new(program, NULL, &orders->machine);
    if (status == STATUS_OK)
        status = schedule_name(program, orders->easiest.steps, orders->easiest.count, &orders->schedule);
    Seen seen = {request->stand.thread, lock, 0};
    if (status == STATUS_OK) {
        const ReplayListener listener = {
            .context = &seen, .begin = look_at_begin, .state = look_at_state, .step = look_at_step};
        Refusal refusal;
        status = replay_walk(orders->machine, &orders->schedule, &listener, &refusal);
    }
    if (status == STATUS_OK && seen.line != 0)
        *line = seen.line;
    return status == STATUS_INVALID ? STATUS_OK : status;
}

static Status find_line(Exploration *exploration, const LockRequest *request, ObjectId lock, uint32_t *line)
{
    LockOrders *orders = exploration->lock_orders;
    bool is_unique;
    *line = lock_order_taken_at(exploration->detectors.lock_order, &request->stand, lock, &is_unique);
    if (is_unique || exploration->graph->state_count > REPLAY_STATES || orders->replays == REPLAYS_MAX)
        return STATUS_OK;
    orders->replays++;
    return replay_line(exploration, request, lock, line);
}

/* --------------------------------------------------------------------- edges */

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_edges(const void *left, const void *right)
{
    const Edge *a = left, *b = right;
    int order = compare_numbers(a->from, b->from);
    if (order == 0)
        order = compare_numbers(a->to, b->to);
    if (order == 0)
        order = compare_numbers(a->thread, b->thread);
    if (order == 0)
        order = compare_numbers(a->from_line, b->from_line);
    return order == 0 ? compare_numbers(a->to_line, b->to_line) : order;
}

static Status list_edges(Exploration *exploration)
{
    LockOrders *orders = exploration->lock_orders;
    const LockRequests *requests = requests_of(exploration);
    uint32_t request_count = lock_requests_count(requests), room = 0;
    for (uint32_t r = 0; r < request_count; r++)
        room += lock_requests_get(requests, r).stand.held_count;
    orders->edges = mem_alloc(room, sizeof *orders->edges);
    orders->number_of = mem_alloc(room, sizeof *orders->number_of);
    orders->first_edge = mem_alloc((size_t)request_count + 1, sizeof *orders->first_edge);
    if (orders->edges == NULL || orders->number_of == NULL || orders->first_edge == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t r = 0; r < request_count; r++) {
        LockRequest request = lock_requests_get(requests, r);
        const LockStand *stand = &request.stand;
        orders->first_edge[r] = orders->edge_count;
        for (uint32_t h = 0; h < stand->held_count; h++) {
            ObjectId from = held_lock(stand->held[h]);
            Edge edge = {from, stand->lock, stand->thread, 0, stand->line, r, orders->edge_count};
            if (from == stand->lock)
                continue;
            Status status = find_line(exploration, &request, from, &edge.from_line);
            if (status != STATUS_OK)
                return status;
            orders->edges[orders->edge_count++] = edge;
        }
    }
    orders->first_edge[request_count] = orders->edge_count;
    if (orders->edge_count > 1)
        qsort(orders->edges, orders->edge_count, sizeof *orders->edges, compare_edges);
    uint32_t distinct = 0;
    for (uint32_t e = 0; e < orders->edge_count; e++) {
        bool is_new = e == 0 || compare_edges(&orders->edges[e - 1], &orders->edges[e]) != 0;
        distinct += is_new;
        orders->number_of[orders->edges[e].number] = distinct - 1;
        if (is_new)
            orders->edges[distinct - 1] = orders->edges[e];
    }
    orders->edge_count = distinct;
    return STATUS_OK;
}

/* The number of the edge by which a request holds what the one before it in the cycle waits for. */
static uint32_t edge_of(const Exploration *exploration, uint32_t request, ObjectId from)
{
    const LockOrders *orders = exploration->lock_orders;
    for (uint32_t e = orders->first_edge[request]; e < orders->first_edge[request + 1]; e++)
        if (orders->edges[orders->number_of[e]].from == from)
            return orders->number_of[e];
    return NO_ID;
}

static const char *object_name(Exploration *exploration, ObjectId object)
{
    const char *name = machine_program(exploration->machine)->objects[object].name;
    return arena_string(&exploration->owned->arena, name, strlen(name));
}

static SnLockEdge *add_edges(Exploration *exploration)
{
    Arena *arena = &exploration->owned->arena;
    const LockOrders *orders = exploration->lock_orders;
    const Program *program = machine_program(exploration->machine);
    SnLockOrder *told = &exploration->owned->result.lock_order;
    uint32_t *number = ARENA_ARRAY(arena, uint32_t, program->object_count);
    const char **locks = ARENA_ARRAY(arena, const char *, program->object_count);
    for (uint32_t e = 0; e < orders->edge_count; e++)
        number[orders->edges[e].from] = number[orders->edges[e].to] = 1;
    for (ObjectId o = 0; o < program->object_count; o++)
        if (number[o] == 1) {
            number[o] = told->lock_count;
            locks[told->lock_count++] = object_name(exploration, o);
        }
    told->locks = locks;
    SnLockEdge *edges = ARENA_ARRAY(arena, SnLockEdge, orders->edge_count);
    for (uint32_t e = 0; e < orders->edge_count; e++) {
        const Edge *edge = &orders->edges[e];
        const char *thread = program->threads[edge->thread].name;
        edges[e] = (SnLockEdge){number[edge->from], number[edge->to], arena_string(arena, thread, strlen(thread)),
                                edge->from_line,    edge->to_line,    SN_CYCLE_NONE};
    }
    told->edges = edges;
    told->edge_count = orders->edge_count;
    return edges;
}

/* -------------------------------------------------------------------- cycles */

static const char *refutation(Exploration *exploration, const LockCycle *cycle)
{
    const Program *program = machine_program(exploration->machine);
    const LockRequests *requests = requests_of(exploration);
    Text *text = &exploration->text;
    text_add(text, "lock-order cycle ");
    LockStand stands[LOCK_CYCLE_LENGTH_MAX];
    const LockStand *pointers[LOCK_CYCLE_LENGTH_MAX];
    lock_cycles_stands(requests, cycle, stands, pointers);
    message_cycle(text, program, pointers, cycle->count);
    const LockStand *a = &stands[cycle->first], *b = &stands[cycle->second];
    uint32_t at = a->thread < b->thread ? cycle->first : cycle->second;
    if (at != cycle->first) {
        a = b;
        b = &stands[cycle->first];
    }
    if (cycle->kind == LOCK_CYCLE_GUARDED) {
        text_format(text, " cannot deadlock: %s (line %u) and %s (line %u) both hold %s",
                    program->threads[a->thread].name, a->line, program->threads[b->thread].name, b->line,
                    program->objects[cycle->gate].name);
    } else if (cycle->kind == LOCK_CYCLE_ORDERED) {
        LockRequest request = lock_requests_get(requests, cycle->requests[at]);
        bool swaps = request.alive[b->thread / 64] >> (b->thread % 64) & 1;
        const LockStand *here = swaps ? b : a, *gone = swaps ? a : b;
        text_format(text, " cannot deadlock: whenever %s is at line %u, %s has ended or has not begun",
                    program->threads[here->thread].name, here->line, program->threads[gone->thread].name);
    } else {
        text_add(text, " is not reachable: no interleaving lets the threads wait for each other");
    }
    if (!exploration->owned->result.complete)
        text_add(text, ", as far as was explored");
    return exploration_take_text(exploration);
}

static void add_cycle(Exploration *exploration, const uint32_t *requests, uint32_t count, SnCycleStatus status,
                      const char *why, SnLockEdge *edges)
{
    Arena *arena = &exploration->owned->arena;
    SnLockOrder *told = &exploration->owned->result.lock_order;
    uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++) { /* begins at the smallest lock, for which the first request waits */
        ObjectId from = lock_requests_get(requests_of(exploration), requests[i]).stand.lock;
        numbers[i] = edge_of(exploration, requests[(i + 1) % count], from);
        if (edges[numbers[i]].status < status)
            edges[numbers[i]].status = status;
    }
    ((SnLockCycle *)told->cycles)[told->cycle_count++] = (SnLockCycle){numbers, count, status, why};
}

/* The confirmed rings are told as they were seen first, whatever their length; the others as they were enumerated. */
static void add_cycles(Exploration *exploration, SnLockEdge *edges)
{
    const LockOrders *orders = exploration->lock_orders;
    const FindingTable *table = exploration->detectors.table;
    uint32_t refuted = 0;
    exploration->owned->result.lock_order.cycles =
        ARENA_ARRAY(&exploration->owned->arena, SnLockCycle, (size_t)finding_count(table) + orders->cycles.count);
    for (uint32_t row = 0; row < finding_count(table); row++) {
        const Finding *finding = finding_get(table, row);
        const uint32_t *requests;
        uint32_t count = finding->kind == FINDING_LOCK_ORDER && finding->is_cycle && finding->state_count > 0
                             ? lock_order_first_ring(exploration->detectors.lock_order, row, &requests)
                             : 0;
        if (count > 0)
            add_cycle(exploration, requests, count, SN_CYCLE_CONFIRMED, NULL, edges);
    }
    for (uint32_t c = 0; c < orders->cycles.count; c++) {
        const LockCycle *cycle = &orders->cycles.items[c];
        const Finding *row = orders->rows[c] == NO_ID ? NULL : finding_get(table, orders->rows[c]);
        if (row != NULL && row->state_count > 0) {
            if (!row->is_cycle)
                add_cycle(exploration, cycle->requests, cycle->count, SN_CYCLE_UNCONFIRMED, NULL, edges);
            continue;
        }
        const char *why = refutation(exploration, cycle);
        add_cycle(exploration, cycle->requests, cycle->count, SN_CYCLE_REFUTED, why, edges);
        if (refuted++ < NOTES_MAX)
            exploration_add_note(exploration, why);
    }
    if (refuted > NOTES_MAX) {
        text_format(&exploration->text, "%u more lock-order cycles cannot deadlock", refuted - NOTES_MAX);
        exploration_add_note(exploration, exploration_take_text(exploration));
    }
    if (orders->cycles.is_cut)
        exploration_add_note(exploration, "there are very many lock-order cycles: not all were looked at");
}

Status lock_orders_report(Exploration *exploration)
{
    if (lock_requests_count(requests_of(exploration)) == 0)
        return STATUS_OK;
    exploration->phase = "lock order";
    Status status = list_edges(exploration);
    if (status == STATUS_OK)
        add_cycles(exploration, add_edges(exploration));
    return status;
}
