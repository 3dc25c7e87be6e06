#include "explore/shortest.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

enum {
    NO_THREAD = UINT16_MAX, /* before the first step */
    START = 1,              /* the start's node; 0 is no node */
    CHECK_NODES = 4096
};

enum {
    NODE_SETTLED = 1, /* its cost is final */
    NODE_COULD = 2,   /* once settled: the thread has a step in the state, so that a switch is a preemption */
    NODE_RESOLVED = 4 /* its parent is final, and that of every node above */
};

/* A state and the thread that led to it. 32 bytes, so that it never straddles two cache lines. */
typedef struct Node {
    StateId state;
    uint32_t next;   /* another node of the same state */
    uint32_t parent; /* a node before it on a schedule of this cost; once resolved, on the first of these */
    uint32_t ties;   /* Shortest.ties: others like it */
    Cost cost;       /* exact once settled */
    uint16_t thread;
    uint16_t flags;
} Node;

_Static_assert(sizeof(Node) == 32, "nodes straddle cache lines");

typedef struct Tie {
    uint32_t parent, next;
} Tie;

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
    Budget budget; /* without a limit of its own */
    Stretch node_memory, head_memory, tie_memory;
    Node *nodes;     /* [1 .. node_count] */
    Tie *ties;       /* [1 .. tie_count] */
    uint32_t *heads; /* for each state its list of nodes, the first one settled (the cheapest) at the head */
    uint64_t node_count, settled_count, tie_count;
    Queue queues[STEP_KINDS];
};

static inline int cost_compare(Cost a, Cost b)
{
    if (a.preemptions != b.preemptions)
        return a.preemptions < b.preemptions ? -1 : 1;
    if (a.switches != b.switches)
        return a.switches < b.switches ? -1 : 1;
    return (a.steps > b.steps) - (a.steps < b.steps);
}

static inline Cost cost_after(Cost cost, StepKind kind)
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

static bool is_settled(const Node *node)
{
    return (node->flags & NODE_SETTLED) != 0;
}

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
    uint32_t *link = &shortest->heads[state];
    if (*link != 0)
        link = &shortest->nodes[*link].next;
    shortest->nodes[*id] = (Node){.state = state, .thread = thread, .cost = cost, .next = *link};
    *link = *id;
    return true;
}

/* Brings the first node of a state that is settled to the head of the list. */
static void move_to_head(Shortest *shortest, uint32_t id)
{
    uint32_t *head = &shortest->heads[shortest->nodes[id].state], *link = head;
    if (is_settled(&shortest->nodes[*head]))
        return;
    while (*link != id)
        link = &shortest->nodes[*link].next;
    *link = shortest->nodes[id].next;
    shortest->nodes[id].next = *head;
    *head = id;
}

/* Whatever comes after the state, it costs less by way of `head`: from there even a step by another thread leaves fewer
 * preemptions. */
static bool is_useless(const Node *head, Cost cost)
{
    return is_settled(head) && cost.preemptions > head->cost.preemptions + ((head->flags & NODE_COULD) != 0);
}

/* What a node's next step may be. */
typedef struct Exit {
    Cost stays, switches;
    bool could;
    uint16_t thread;
} Exit;

static Exit exit_of(const Graph *graph, const Node *node)
{
    bool could = is_settled(node) ? (node->flags & NODE_COULD) != 0 : has_step(graph, node->state, node->thread);
    StepKind switches = node->thread == NO_THREAD ? STEP_CONTINUES : could ? STEP_PREEMPTS : STEP_SWITCHES;
    return (Exit){cost_after(node->cost, STEP_CONTINUES), cost_after(node->cost, switches), could, node->thread};
}

/* Whether a step by `thread` from a node is worth a look: not when it is cheaper by way of the cheapest node of the
 * state. Most nodes but the cheapest are worth their own thread's steps only. */
static bool is_worth(const Exit *exit, const Exit *cheapest, uint16_t thread)
{
    return cost_compare(thread == exit->thread ? exit->stays : exit->switches,
                        thread == cheapest->thread ? cheapest->stays : cheapest->switches) <= 0;
}

/* Another node from which `node` is reached at the same cost. */
static bool add_tie(Shortest *shortest, Node *node, uint32_t parent)
{
    if (node->parent == parent || (node->ties != 0 && shortest->ties[node->ties].parent == parent))
        return true; /* several choices, the same result */
    if (shortest->tie_count >= UINT32_MAX - 1 ||
        !stretch_ensure(&shortest->tie_memory, (size_t)(shortest->tie_count + 2) * sizeof(Tie)))
        return false;
    uint32_t tie = (uint32_t)++shortest->tie_count;
    shortest->ties[tie] = (Tie){parent, node->ties};
    node->ties = tie;
    return true;
}

/* A step of the given kind leads from node `parent` to (state, thread) at this cost. */
static bool relax(Shortest *shortest, uint32_t parent, StateId state, uint16_t thread, Cost cost, StepKind kind)
{
    if (!queue_ensure(
            &shortest->queues[kind])) /* before anything changes: a node must not have a cost that no queue knows */
        return false;
    uint32_t id = shortest->heads[state];
    if (id != 0 && is_useless(&shortest->nodes[id], cost))
        return true;
    id = find_node(shortest, state, thread);
    if (id != 0) {
        Node *node = &shortest->nodes[id];
        int comparison = is_settled(node) ? 1 : cost_compare(cost, node->cost);
        if (comparison >= 0)
            return comparison > 0 || add_tie(shortest, node, parent);
        node->cost = cost;
        node->ties = 0;
    } else if (!new_node(shortest, state, thread, cost, &id)) {
        return false;
    }
    shortest->nodes[id].parent = parent;
    return queue_push(&shortest->queues[kind], id);
}

/* The unsettled node of least cost, or 0. Each queue is in ascending order of the cost at which its entries were
 * pushed; an entry whose node has become cheaper since stands in another queue too, where its turn comes first. */
static uint32_t least_node(Shortest *shortest, StepKind *kind)
{
    uint32_t least = 0;
    for (StepKind k = 0; k < STEP_KINDS; k++) {
        Queue *queue = &shortest->queues[k];
        while (queue->count > 0 && is_settled(&shortest->nodes[queue_head(queue)]))
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

/* A walk over nodes waits for memory at every turn. This asks early for what the coming nodes of a queue will touch:
 * for the nearer ones more, since what is asked for must itself have arrived. */
static void look_ahead(const Shortest *shortest, const Queue *queue)
{
    const Graph *graph = shortest->graph;
    uint32_t mask = queue->room - 1;
    if (queue->count > 16) {
        __builtin_prefetch(&shortest->nodes[queue->ids[(queue->first + 16) & mask]]);
        StateId state = shortest->nodes[queue->ids[(queue->first + 12) & mask]].state;
        __builtin_prefetch(&graph->first_edge[state]);
        __builtin_prefetch(&shortest->heads[state]);
        state = shortest->nodes[queue->ids[(queue->first + 8) & mask]].state;
        __builtin_prefetch(&shortest->nodes[shortest->heads[state]]);
        __builtin_prefetch(&graph->edge_to[graph->first_edge[state]]);
        __builtin_prefetch(&graph->edge_thread[graph->first_edge[state]]);
        state = shortest->nodes[queue->ids[(queue->first + 4) & mask]].state;
        for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++)
            __builtin_prefetch(&shortest->heads[graph->edge_to[edge]]);
        state = shortest->nodes[queue->ids[(queue->first + 2) & mask]].state;
        for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++)
            __builtin_prefetch(&shortest->nodes[shortest->heads[graph->edge_to[edge]]]);
    }
}

/* On failure the node stays unsettled, at the head of its queue: a later call begins with it again. */
static bool settle(Shortest *shortest, uint32_t id)
{
    const Graph *graph = shortest->graph;
    const Node node = shortest->nodes[id], *head = &shortest->nodes[shortest->heads[node.state]];
    const Exit exit = exit_of(graph, &node), cheapest = is_settled(head) ? exit_of(graph, head) : exit;
    for (EdgeId edge = graph->first_edge[node.state]; edge < graph->first_edge[node.state + 1]; edge++) {
        uint16_t thread = graph->edge_thread[edge];
        if (!is_worth(&exit, &cheapest, thread))
            continue;
        StepKind kind = kind_of(node.thread, exit.could, thread);
        if (!relax(shortest, id, graph->edge_to[edge], thread, cost_after(node.cost, kind), kind))
            return false;
    }
    move_to_head(shortest, id);
    shortest->nodes[id].flags |= (uint16_t)(NODE_SETTLED | (exit.could ? NODE_COULD : 0));
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
        look_ahead(shortest, &shortest->queues[kind]);
        if (!settle(shortest, id))
            return STATUS_NO_MEMORY;
        id = least_node(shortest, &kind);
    }
    return STATUS_OK;
}

/* --------------------------------------------------------------------- parents */

/* The first of the edges that lead from one node to another. */
static EdgeId edge_between(const Graph *graph, StateId from, StateId to, uint16_t thread)
{
    for (EdgeId edge = graph->first_edge[from]; edge < graph->first_edge[from + 1]; edge++)
        if (graph->edge_thread[edge] == thread && graph->edge_to[edge] == to)
            return edge;
    assert(false);
    return NO_EDGE;
}

/* Which of two resolved nodes at the same number of steps has the first schedule. They part below their lowest common
 * ancestor. */
static bool comes_first(const Shortest *shortest, uint32_t a, uint32_t b)
{
    const Node *nodes = shortest->nodes;
    while (nodes[a].parent != nodes[b].parent) {
        a = nodes[a].parent;
        b = nodes[b].parent;
    }
    if (nodes[a].thread != nodes[b].thread)
        return nodes[a].thread < nodes[b].thread;
    StateId from = nodes[nodes[a].parent].state;
    return edge_between(shortest->graph, from, nodes[a].state, nodes[a].thread) <
           edge_between(shortest->graph, from, nodes[b].state, nodes[b].thread);
}

/* Pushes the parents of a node that are not resolved; *none when there are none. */
static bool push_unresolved(const Shortest *shortest, Queue *stack, uint32_t id, bool *none)
{
    *none = true;
    uint32_t parent = shortest->nodes[id].parent, tie = shortest->nodes[id].ties;
    for (;;) {
        if ((shortest->nodes[parent].flags & NODE_RESOLVED) == 0) {
            *none = false;
            if (!queue_push(stack, parent))
                return false;
        }
        if (tie == 0)
            return true;
        parent = shortest->ties[tie].parent;
        tie = shortest->ties[tie].next;
    }
}

/* Settles the ties of a node and of all nodes above it, from the top down. What is resolved stays so, whatever comes
 * later. */
static bool resolve(Shortest *shortest, uint32_t goal)
{
    Queue stack = {0}; /* used at its end only */
    bool is_ok = queue_push(&stack, goal);
    while (is_ok && stack.count > 0) {
        uint32_t id = stack.ids[stack.count - 1];
        Node *node = &shortest->nodes[id];
        bool is_ready = true;
        if ((node->flags & NODE_RESOLVED) == 0)
            is_ok = push_unresolved(shortest, &stack, id, &is_ready);
        if (!is_ok || !is_ready)
            continue;
        for (uint32_t tie = node->ties; tie != 0; tie = shortest->ties[tie].next)
            if (comes_first(shortest, shortest->ties[tie].parent, node->parent))
                node->parent = shortest->ties[tie].parent;
        node->ties = 0;
        node->flags |= NODE_RESOLVED;
        stack.count--;
    }
    mem_free(stack.ids);
    return is_ok;
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
            if (!is_settled(node))
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

static ScheduleStep step_of(const Graph *graph, StateId from, EdgeId edge)
{
    ScheduleStep step = {.thread = graph->edge_thread[edge]};
    step.choice = graph_edge_choice(graph, from, edge, &step.choices);
    return step;
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
    if (status != STATUS_OK)
        return status;
    ScheduleStep *best = NULL, *other = mem_alloc(least.steps, sizeof *other);
    if (other == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < goal_count; i++)
        for (uint32_t id = shortest->heads[goals[i].state]; id != 0; id = shortest->nodes[id].next) {
            const Node *node = &shortest->nodes[id];
            if (!is_settled(node) || cost_compare(goal_cost(shortest->graph, node, &goals[i]), least) != 0)
                continue;
            if (!resolve(shortest, id)) {
                mem_free(best);
                mem_free(other);
                return STATUS_NO_MEMORY;
            }
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

/* All nodes with at most as many preemptions are settled by then. */
bool shortest_may_reach(const Shortest *shortest, StateId state, uint32_t steps, Cost best)
{
    for (uint32_t id = shortest->heads[state]; id != 0; id = shortest->nodes[id].next) {
        const Node *node = &shortest->nodes[id];
        Cost least = node->cost;
        least.steps += steps;
        if (is_settled(node) && cost_compare(least, best) <= 0)
            return true;
    }
    return false;
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
    if (!stretch_open(&shortest->head_memory, head_bytes, &shortest->budget) ||
        !stretch_ensure(&shortest->head_memory, head_bytes) ||
        !stretch_open(&shortest->node_memory, node_bytes, &shortest->budget) ||
        !stretch_open(&shortest->tie_memory, (size_t)UINT32_MAX * sizeof(Tie), &shortest->budget))
        goto fail;
    shortest->heads = shortest->head_memory.base;
    shortest->nodes = shortest->node_memory.base;
    shortest->ties = shortest->tie_memory.base;
    if (!new_node(shortest, 0, NO_THREAD, (Cost){0}, &start) || !queue_push(&shortest->queues[STEP_CONTINUES], start))
        goto fail;
    shortest->nodes[START].flags = NODE_RESOLVED;
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
    stretch_close(&shortest->tie_memory);
    for (StepKind kind = 0; kind < STEP_KINDS; kind++)
        mem_free(shortest->queues[kind].ids);
    mem_free(shortest);
}
