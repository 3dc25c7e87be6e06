#include "explore/shortest.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

enum {
    NO_THREAD = UINT16_MAX, /* before the first step */
    START = 1,              /* the start's node; 0 is no node */
    CHECK_NODES = 4096
};

/* A state and the thread that led to it. */
typedef struct Node {
    StateId state;
    uint32_t next;     /* another node of the same state */
    uint32_t parent;   /* node before it on its first schedule, once ranked */
    Cost cost;         /* exact once settled */
    uint16_t thread;
    uint8_t is_settled;
    uint8_t sweep;     /* the sweep that last ranked it */
} Node;

/* Node ids, first in, first out; a ring. */
typedef struct Queue {
    uint32_t *ids;
    uint32_t first, count, room; /* room: a power of two */
} Queue;

/* The kinds of steps, by what they cost. */
typedef enum StepKind { STEP_CONTINUES, STEP_SWITCHES, STEP_PREEMPTS, STEP_KINDS } StepKind;

struct Shortest {
    const Graph *graph;
    bool (*keep_going)(void *context);
    void *context;
    Budget budget;              /* without a limit of its own */
    Stretch node_memory, head_memory;
    Node *nodes;                /* [1 .. node_count] */
    uint32_t *heads;            /* newest node of each state */
    uint64_t node_count, settled_count;
    uint64_t ranked_count;      /* how many were settled when the last sweep ran */
    uint8_t sweep;
    Queue queues[STEP_KINDS];
};

static int cost_compare(Cost a, Cost b)
{
    if (a.preemptions != b.preemptions)
        return a.preemptions < b.preemptions ? -1 : 1;
    if (a.switches != b.switches)
        return a.switches < b.switches ? -1 : 1;
    return (a.steps > b.steps) - (a.steps < b.steps);
}

static Cost cost_after(Cost cost, StepKind kind)
{
    return (Cost){cost.preemptions + (kind == STEP_PREEMPTS), cost.switches + (kind != STEP_CONTINUES), cost.steps + 1};
}

static bool has_step(const Graph *graph, StateId state, uint16_t thread)
{
    for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++)
        if (graph->edge_thread[edge] == thread)
            return true;
    return false;
}

/* What a step by `thread` is after one by `before`, which has a step in that state too when `before_could`. */
static StepKind kind_of(uint16_t before, bool before_could, uint16_t thread)
{
    if (before == NO_THREAD || before == thread)
        return STEP_CONTINUES;
    return before_could ? STEP_PREEMPTS : STEP_SWITCHES;
}

/* --------------------------------------------------------------------- queues */

static bool queue_ensure(Queue *queue)
{
    if (queue->count == queue->room) {
        uint32_t room = queue->room == 0 ? 64 : queue->room * 2;
        uint32_t *ids = room < queue->room ? NULL : mem_resize(queue->ids, room, sizeof *ids);
        if (ids == NULL)
            return false;
        /* What had wrapped around goes behind the old end. */
        memcpy(ids + queue->room, ids, queue->first * sizeof *ids);
        queue->ids = ids;
        queue->room = room;
    }
    return true;
}

static bool queue_push(Queue *queue, uint32_t id)
{
    if (!queue_ensure(queue))
        return false;
    queue->ids[(queue->first + queue->count++) & (queue->room - 1)] = id;
    return true;
}

static uint32_t queue_head(const Queue *queue)
{
    return queue->ids[queue->first];
}

static void queue_drop(Queue *queue)
{
    queue->first = (queue->first + 1) & (queue->room - 1);
    queue->count--;
}

/* ------------------------------------------------------------------- distances */

/* The node of (state, thread), or 0. */
static uint32_t find_node(const Shortest *shortest, StateId state, uint16_t thread)
{
    uint32_t id = shortest->heads[state];
    while (id != 0 && shortest->nodes[id].thread != thread)
        id = shortest->nodes[id].next;
    return id;
}

static bool new_node(Shortest *shortest, StateId state, uint16_t thread, Cost cost, uint32_t *id)
{
    if (shortest->node_count >= UINT32_MAX - 1 ||
        !stretch_ensure(&shortest->node_memory, (size_t)(shortest->node_count + 2) * sizeof(Node)))
        return false;
    *id = (uint32_t)++shortest->node_count;
    shortest->nodes[*id] = (Node){.state = state, .thread = thread, .cost = cost, .next = shortest->heads[state]};
    shortest->heads[state] = *id;
    return true;
}

/* A step of the given kind leads to (state, thread) at this cost. */
static bool relax(Shortest *shortest, StateId state, uint16_t thread, Cost cost, StepKind kind)
{
    if (!queue_ensure(&shortest->queues[kind])) /* before anything changes: a node must not have a cost that no queue knows */
        return false;
    uint32_t id = shortest->heads[state];
    for (; id != 0; id = shortest->nodes[id].next) {
        Node *node = &shortest->nodes[id];
        /* Whatever comes next, leaving that node costs at most one preemption more than leaving this one: this one is on no easiest schedule. */
        if (node->is_settled && cost.preemptions >= node->cost.preemptions + 2)
            return true;
        if (node->thread == thread) {
            if (node->is_settled || cost_compare(cost, node->cost) >= 0)
                return true;
            node->cost = cost;
            break;
        }
    }
    return (id != 0 || new_node(shortest, state, thread, cost, &id)) && queue_push(&shortest->queues[kind], id);
}

/* The unsettled node of least cost, or 0. Each queue is in ascending order of the cost at which its entries were pushed; an entry whose node has
 * become cheaper since stands in another queue too, where its turn comes first. */
static uint32_t least_node(Shortest *shortest, StepKind *kind)
{
    uint32_t least = 0;
    for (StepKind k = 0; k < STEP_KINDS; k++) {
        Queue *queue = &shortest->queues[k];
        while (queue->count > 0 && shortest->nodes[queue_head(queue)].is_settled)
            queue_drop(queue);
        if (queue->count == 0)
            continue;
        uint32_t id = queue_head(queue);
        if (least == 0 || cost_compare(shortest->nodes[id].cost, shortest->nodes[least].cost) < 0) {
            least = id;
            *kind = k;
        }
    }
    return least;
}

/* On failure the node stays unsettled, at the head of its queue: a later call begins with it again. */
static bool settle(Shortest *shortest, uint32_t id)
{
    const Graph *graph = shortest->graph;
    Node node = shortest->nodes[id];
    bool could = has_step(graph, node.state, node.thread);
    for (EdgeId edge = graph->first_edge[node.state]; edge < graph->first_edge[node.state + 1]; edge++) {
        uint16_t thread = graph->edge_thread[edge];
        StepKind kind = kind_of(node.thread, could, thread);
        if (!relax(shortest, graph->edge_to[edge], thread, cost_after(node.cost, kind), kind))
            return false;
    }
    shortest->nodes[id].is_settled = 1;
    shortest->settled_count++;
    return true;
}

static bool may_go_on(const Shortest *shortest)
{
    return shortest->keep_going == NULL || shortest->keep_going(shortest->context);
}

/* Settles all nodes with the least number of preemptions that any unsettled node has. *finished: there was none. */
static Status settle_level(Shortest *shortest, bool *finished)
{
    StepKind kind = STEP_CONTINUES;
    uint32_t id = least_node(shortest, &kind);
    *finished = id == 0;
    if (id == 0)
        return STATUS_OK;
    uint32_t level = shortest->nodes[id].cost.preemptions;
    while (id != 0 && shortest->nodes[id].cost.preemptions == level) {
        if (shortest->settled_count % CHECK_NODES == CHECK_NODES - 1 && !may_go_on(shortest))
            return STATUS_INTERRUPTED;
        if (!settle(shortest, id))
            return STATUS_NO_MEMORY;
        id = least_node(shortest, &kind);
    }
    return STATUS_OK;
}

/* --------------------------------------------------------------------- parents */

/* Gives every settled node its parent. Frontiers hold the nodes of equal length, in order of their first schedules. */
static Status rank_nodes(Shortest *shortest)
{
    const Graph *graph = shortest->graph;
    Queue queue = {0};
    Status status = STATUS_NO_MEMORY;
    if (++shortest->sweep == 0) { /* marks of 256 sweeps ago must not look fresh */
        for (uint64_t id = 1; id <= shortest->node_count; id++)
            shortest->nodes[id].sweep = 0;
        shortest->sweep = 1;
    }
    if (!queue_push(&queue, START))
        goto end;
    shortest->nodes[START].sweep = shortest->sweep;
    for (uint64_t done = 0; queue.count > 0; done++) {
        if (done % CHECK_NODES == CHECK_NODES - 1 && !may_go_on(shortest)) {
            status = STATUS_INTERRUPTED;
            goto end;
        }
        uint32_t id = queue_head(&queue);
        queue_drop(&queue);
        Node node = shortest->nodes[id];
        bool could = has_step(graph, node.state, node.thread);
        for (EdgeId edge = graph->first_edge[node.state]; edge < graph->first_edge[node.state + 1]; edge++) {
            uint16_t thread = graph->edge_thread[edge];
            uint32_t to = find_node(shortest, graph->edge_to[edge], thread);
            Node *next = &shortest->nodes[to];
            if (to == 0 || !next->is_settled || next->sweep == shortest->sweep ||
                cost_compare(next->cost, cost_after(node.cost, kind_of(node.thread, could, thread))) != 0)
                continue;
            next->sweep = shortest->sweep;
            next->parent = id;
            if (!queue_push(&queue, to))
                goto end;
        }
    }
    shortest->ranked_count = shortest->settled_count;
    status = STATUS_OK;
end:
    mem_free(queue.ids);
    return status;
}

/* ----------------------------------------------------------------------- goals */

/* Cost of a goal by way of a node of its state. */
static Cost goal_cost(const Graph *graph, const Node *node, const Goal *goal)
{
    Cost cost = node->cost;
    if (goal->edge == NO_EDGE)
        return cost;
    uint16_t first = graph->edge_thread[goal->edge];
    cost = cost_after(cost, kind_of(node->thread, has_step(graph, goal->state, node->thread), first));
    if (goal->second_edge == NO_EDGE)
        return cost;
    bool could = has_step(graph, graph->edge_to[goal->edge], first);
    return cost_after(cost, kind_of(first, could, graph->edge_thread[goal->second_edge]));
}

/* The least cost of all goals by way of settled nodes; false when there is none. */
static bool least_cost(const Shortest *shortest, const Goal *goals, uint32_t goal_count, Cost *least)
{
    bool is_found = false;
    for (uint32_t i = 0; i < goal_count; i++)
        for (uint32_t id = shortest->heads[goals[i].state]; id != 0; id = shortest->nodes[id].next) {
            const Node *node = &shortest->nodes[id];
            if (!node->is_settled)
                continue;
            Cost cost = goal_cost(shortest->graph, node, &goals[i]);
            if (!is_found || cost_compare(cost, *least) < 0)
                *least = cost;
            is_found = true;
        }
    return is_found;
}

/* Settles until nothing unsettled can make the least cost less. */
static Status settle_for(Shortest *shortest, const Goal *goals, uint32_t goal_count, Cost *least)
{
    for (;;) {
        StepKind kind;
        uint32_t id = least_node(shortest, &kind);
        bool is_found = least_cost(shortest, goals, goal_count, least);
        if (id == 0)
            return is_found ? STATUS_OK : STATUS_INVALID;
        if (is_found && shortest->nodes[id].cost.preemptions > least->preemptions)
            return STATUS_OK;
        bool finished;
        Status status = settle_level(shortest, &finished);
        if (status != STATUS_OK)
            return status;
    }
}

/* Sweeps cost as much as all that is settled, so before one that is not the first, settle twice as much as the last one saw. */
static Status rank_for(Shortest *shortest)
{
    if (shortest->ranked_count == shortest->settled_count)
        return STATUS_OK;
    bool finished = shortest->ranked_count == 0;
    while (!finished && shortest->settled_count < 2 * shortest->ranked_count) {
        Status status = settle_level(shortest, &finished);
        if (status != STATUS_OK)
            return status;
    }
    return rank_nodes(shortest);
}

static ScheduleStep step_of(const Graph *graph, StateId from, EdgeId edge)
{
    ScheduleStep step = {.thread = graph->edge_thread[edge]};
    step.choice = graph_edge_choice(graph, from, edge, &step.choices);
    return step;
}

/* The first of the edges that lead from one node to another. */
static EdgeId edge_between(const Graph *graph, StateId from, StateId to, uint16_t thread)
{
    for (EdgeId edge = graph->first_edge[from]; edge < graph->first_edge[from + 1]; edge++)
        if (graph->edge_thread[edge] == thread && graph->edge_to[edge] == to)
            return edge;
    assert(false);
    return NO_EDGE;
}

static void write_schedule(const Shortest *shortest, uint32_t id, const Goal *goal, uint32_t count, ScheduleStep *steps)
{
    const Graph *graph = shortest->graph;
    if (goal->second_edge != NO_EDGE && goal->edge != NO_EDGE)
        steps[--count] = step_of(graph, graph->edge_to[goal->edge], goal->second_edge);
    if (goal->edge != NO_EDGE)
        steps[--count] = step_of(graph, goal->state, goal->edge);
    while (count > 0) {
        const Node *node = &shortest->nodes[id];
        StateId from = shortest->nodes[node->parent].state;
        steps[--count] = step_of(graph, from, edge_between(graph, from, node->state, node->thread));
        id = node->parent;
    }
    assert(id == START);
}

static int schedule_compare(const ScheduleStep *a, const ScheduleStep *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (a[i].thread != b[i].thread)
            return a[i].thread < b[i].thread ? -1 : 1;
        if (a[i].choice != b[i].choice)
            return a[i].choice < b[i].choice ? -1 : 1;
    }
    return 0;
}

Status shortest_schedule(Shortest *shortest, const Goal *goals, uint32_t goal_count, EasiestSchedule *out)
{
    memset(out, 0, sizeof *out);
    Cost least = {0};
    Status status = settle_for(shortest, goals, goal_count, &least);
    if (status == STATUS_OK)
        status = rank_for(shortest);
    if (status != STATUS_OK)
        return status;
    ScheduleStep *best = NULL, *other = mem_alloc(least.steps, sizeof *other);
    if (other == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < goal_count; i++)
        for (uint32_t id = shortest->heads[goals[i].state]; id != 0; id = shortest->nodes[id].next) {
            const Node *node = &shortest->nodes[id];
            if (!node->is_settled || cost_compare(goal_cost(shortest->graph, node, &goals[i]), least) != 0)
                continue;
            write_schedule(shortest, id, &goals[i], least.steps, other);
            if (best != NULL && schedule_compare(best, other, least.steps) <= 0)
                continue;
            out->goal = i;
            ScheduleStep *worse = best;
            best = other;
            other = worse != NULL ? worse : mem_alloc(least.steps, sizeof *other);
            if (other == NULL) {
                mem_free(best);
                return STATUS_NO_MEMORY;
            }
        }
    mem_free(other);
    out->steps = best;
    out->count = least.steps;
    out->cost = least;
    return STATUS_OK;
}

Status shortest_new(const Graph *graph, bool (*keep_going)(void *context), void *context, Shortest **out)
{
    *out = NULL;
    Shortest *shortest = mem_alloc(1, sizeof *shortest);
    if (shortest == NULL)
        return STATUS_NO_MEMORY;
    shortest->graph = graph;
    shortest->keep_going = keep_going;
    shortest->context = context;
    size_t head_bytes = (size_t)graph->state_count * sizeof(uint32_t);
    size_t node_bytes = (size_t)(graph->edge_count + 2) * sizeof(Node);
    uint32_t start;
    if (!stretch_open(&shortest->head_memory, head_bytes, &shortest->budget) || !stretch_ensure(&shortest->head_memory, head_bytes) ||
        !stretch_open(&shortest->node_memory, node_bytes, &shortest->budget))
        goto fail;
    shortest->heads = shortest->head_memory.base;
    shortest->nodes = shortest->node_memory.base;
    if (!new_node(shortest, 0, NO_THREAD, (Cost){0}, &start) || !queue_push(&shortest->queues[STEP_CONTINUES], start))
        goto fail;
    *out = shortest;
    return STATUS_OK;
fail:
    shortest_free(shortest);
    return STATUS_NO_MEMORY;
}

void shortest_free(Shortest *shortest)
{
    if (shortest == NULL)
        return;
    stretch_close(&shortest->head_memory);
    stretch_close(&shortest->node_memory);
    for (StepKind kind = 0; kind < STEP_KINDS; kind++)
        mem_free(shortest->queues[kind].ids);
    mem_free(shortest);
}
