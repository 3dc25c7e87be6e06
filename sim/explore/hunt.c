#include "explore/hunt.h"

#include "base/memory.h"
#include "explore/state_bits.h"

/* Somebody can come to a state by a step of a thread; NO_ID: the start. */
typedef struct Node {
    StateId state;
    ThreadId thread;
    Cost cost;
} Node;

/* Nodes of one kind of step come in ascending order. */
typedef struct Queue {
    Stretch memory;
    uint64_t first, count;
} Queue;

enum { GOES_ON, SWITCHES, PREEMPTS, KINDS };
/* Bits of a state. */
enum { BIT_SEEN, BIT_START, BIT_THREADS };

typedef struct Hunt {
    Partial partial;
    SearchOptions limits; /* of the partial graph, which has no limit of states: paths must fit */
    uint64_t max_states;
    const HuntGoal *goal;
    HuntResult *result;
    StateBits bits;
    Queue queues[KINDS];
} Hunt;

int hunt_compare(Cost a, Cost b)
{
    if (a.preemptions != b.preemptions)
        return a.preemptions < b.preemptions ? -1 : 1;
    if (a.switches != b.switches)
        return a.switches < b.switches ? -1 : 1;
    return (a.steps > b.steps) - (a.steps < b.steps);
}

static uint32_t bit_of(ThreadId thread)
{
    return thread == NO_ID ? (uint32_t)BIT_START : BIT_THREADS + thread;
}

static Status push(Hunt *hunt, uint32_t kind, Node node)
{
    Queue *queue = &hunt->queues[kind];
    if (!stretch_ensure(&queue->memory, (size_t)(queue->count + 1) * sizeof node))
        return budget_refused(&hunt->partial.graph->budget, &hunt->partial.graph->limit);
    ((Node *)queue->memory.base)[queue->count++] = node;
    return STATUS_OK;
}

/* The cheapest node that waits; false: none does. */
static bool pop(Hunt *hunt, Node *node)
{
    Queue *best = NULL;
    for (uint32_t k = 0; k < KINDS; k++) {
        Queue *queue = &hunt->queues[k];
        if (queue->first == queue->count)
            continue;
        const Node *head = (const Node *)queue->memory.base + queue->first;
        if (best == NULL || hunt_compare(head->cost, node->cost) < 0) {
            best = queue;
            *node = *head;
        }
    }
    if (best != NULL)
        best->first++;
    return best != NULL;
}

static Status enter(Hunt *hunt, const Word *state, StateId *id)
{
    Status status = partial_enter(&hunt->partial, state, id);
    if (status == STATUS_OK && !state_bits_ensure(&hunt->bits, (size_t)*id + 1))
        return budget_refused(&hunt->partial.graph->budget, &hunt->partial.graph->limit);
    return status;
}

/* Takes all steps from a node. */
static Status settle(Hunt *hunt, Node node, bool *is_enough)
{
    Partial *partial = &hunt->partial;
    const Expansion *expansion = &partial->expansion;
    if (hunt->max_states != 0 && partial->graph->state_count >= hunt->max_states)
        return STATUS_LIMIT;
    uint64_t waiting = 0;
    for (uint32_t k = 0; k < KINDS; k++)
        waiting += hunt->queues[k].count - hunt->queues[k].first;
    Status status = partial_expand(partial, node.state, waiting);
    if (status == STATUS_OK && !state_bits_add(&hunt->bits, node.state, BIT_SEEN) && hunt->goal->look != NULL) {
        const MonitorEvent event = {.machine = partial->machine,
                                    .state = graph_state(partial->graph, node.state),
                                    .state_id = node.state,
                                    .expansion = expansion};
        status = hunt->goal->look(hunt->goal->context, &event, is_enough);
    }
    bool can_go_on = false;
    for (uint32_t i = 0; i < expansion->count; i++)
        can_go_on |= expansion->steps[i].thread == node.thread;
    for (uint32_t i = 0; i < expansion->count && status == STATUS_OK; i++) {
        ThreadId thread = expansion->steps[i].thread;
        Node next = {.thread = thread, .cost = node.cost};
        next.cost.steps++;
        uint32_t kind = GOES_ON;
        if (node.thread != NO_ID && thread != node.thread) {
            kind = can_go_on ? PREEMPTS : SWITCHES;
            next.cost.switches++;
            next.cost.preemptions += can_go_on;
        }
        status = enter(hunt, expansion->states + (size_t)i * machine_words(partial->machine), &next.state);
        if (status == STATUS_OK && !state_bits_have(&hunt->bits, next.state, bit_of(thread)))
            status = push(hunt, kind, next);
    }
    return status;
}

/* Cheapest first, as far as is needed. */
static Status run(Hunt *hunt)
{
    const HuntGoal *goal = hunt->goal;
    bool has_end = goal->has_cost, is_enough = false;
    Cost end = goal->cost;
    Status status = push(hunt, GOES_ON, (Node){.state = 0, .thread = NO_ID});
    Node node = {0};
    while (status == STATUS_OK) {
        if (!pop(hunt, &node)) {
            hunt->result->is_all = true;
            break;
        }
        hunt->result->settled = node.cost;
        if (has_end && hunt_compare(node.cost, end) > 0)
            break;
        if (!state_bits_add(&hunt->bits, node.state, bit_of(node.thread)))
            status = settle(hunt, node, &is_enough);
        if (is_enough && !has_end) { /* schedules of equal cost are told apart by their threads: all of them */
            has_end = true;
            end = node.cost;
        }
    }
    return status;
}

/* All states that a schedule passes, and those one step beyond. */
static Status follow(Hunt *hunt, const HuntPath *path)
{
    Partial *partial = &hunt->partial;
    const Expansion *expansion = &partial->expansion;
    uint32_t words = machine_words(partial->machine);
    StateId at = 0;
    for (uint32_t i = 0;; i++) {
        Status status = partial_expand(partial, at, 0);
        StateId to = at;
        bool is_found = false;
        for (uint32_t k = 0; k < expansion->count && status == STATUS_OK; k++) {
            bool is_next = i < path->count && expansion->steps[k].thread == path->steps[i].thread &&
                           expansion->steps[k].choice == path->steps[i].choice;
            if (!is_next && i < path->count)
                continue;
            status = enter(hunt, expansion->states + (size_t)k * words, &to);
            is_found |= is_next;
        }
        if (status != STATUS_OK || !is_found)
            return status;
        at = to;
    }
}

static Status attempt(Hunt *hunt)
{
    Partial *partial = &hunt->partial;
    *hunt->result = (HuntResult){0};
    Status status = partial_open(partial);
    if (status != STATUS_OK)
        return status;
    Budget *budget = &partial->graph->budget;
    const size_t most = (size_t)1 << 40;
    bool fits = state_bits_open(&hunt->bits, machine_program(partial->machine)->thread_count + BIT_THREADS, budget);
    for (uint32_t k = 0; k < KINDS && fits; k++)
        fits = stretch_open(&hunt->queues[k].memory, most, budget);
    if (!fits)
        return budget_refused(&hunt->partial.graph->budget, &hunt->partial.graph->limit);
    status = run(hunt);
    if (status == STATUS_LIMIT || status == STATUS_INTERRUPTED) {
        hunt->result->was_ended = true;
        partial->graph->budget.limit_bytes = 0; /* paths are short */
        partial->graph->limit = GRAPH_NO_LIMIT;
        status = STATUS_OK;
    }
    for (uint32_t p = 0; p < hunt->goal->path_count && status == STATUS_OK; p++)
        status = follow(hunt, &hunt->goal->paths[p]);
    return status;
}

static void close_lists(Hunt *hunt)
{
    state_bits_close(&hunt->bits);
    for (uint32_t k = 0; k < KINDS; k++) {
        stretch_close(&hunt->queues[k].memory);
        hunt->queues[k] = (Queue){0};
    }
}

Status hunt_search(Machine *machine, const SearchOptions *options, const HuntGoal *goal, const Monitor *monitor,
                   HuntResult *result, Graph **out)
{
    *out = NULL;
    Hunt hunt = {.goal = goal, .result = result, .limits = *options, .max_states = options->max_states};
    hunt.limits.max_states = 0;
    Status status = partial_begin(&hunt.partial, machine, &hunt.limits, monitor);
    while (status == STATUS_OK) {
        status = attempt(&hunt);
        close_lists(&hunt);
        status = partial_close(&hunt.partial, status);
        if (status != STATUS_RELAYOUT)
            break;
        status = partial_relayout(&hunt.partial);
    }
    *out = partial_take(&hunt.partial);
    partial_free(&hunt.partial);
    return status;
}
