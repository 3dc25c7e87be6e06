/* shortest_parts.h: what shortest.c and shortest_parents.c share. */
#ifndef EXPLORE_SHORTEST_PARTS_H
#define EXPLORE_SHORTEST_PARTS_H

#include <string.h>

#include "base/memory.h"
#include "explore/costs.h"
#include "explore/shortest.h"

enum {
    NO_THREAD = UINT16_MAX, /* before the first step */
    START = 1,              /* the start's node; 0 is no node */
    CHECK_NODES = 4096
};

enum {
    NODE_SETTLED = 1, /* its cost is final */
    NODE_COULD = 2,   /* once settled: the thread has a step in the state, so that a switch is a preemption */
    NODE_RESOLVED = 4, /* its parent is final, and that of every node above */
    NODE_LINKED = 8    /* with `costs`: all nodes before it are its parents */
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
    const Order *order; /* NULL: not known */
    bool (*keep_going)(void *context);
    void *context;
    Budget budget; /* without a limit of its own */
    Stretch node_memory, head_memory, tie_memory;
    Node *nodes;     /* [1 .. node_count] */
    Tie *ties;       /* [1 .. tie_count] */
    uint32_t *heads; /* for each state its list of nodes, the first one settled (the cheapest) at the head */
    uint64_t node_count, settled_count, tie_count;
    Queue queues[STEP_KINDS];
    uint64_t patience; /* settled nodes after which the costs of all are found at once */
    bool has_costs;    /* they are known: nothing is settled any more, and nodes other than START are those above a goal */
    Costs costs;
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

static inline bool has_step(const Graph *graph, StateId state, uint16_t thread)
{
    for (EdgeId edge = graph->first_edge[state]; edge < graph->first_edge[state + 1]; edge++)
        if (graph->edge_thread[edge] == thread)
            return true;
    return false;
}

/* What a step by `thread` is after one by `before`, which has a step in that state too when `before_could`. */
static inline StepKind kind_of(uint16_t before, bool before_could, uint16_t thread)
{
    if (before == NO_THREAD || before == thread)
        return STEP_CONTINUES;
    return before_could ? STEP_PREEMPTS : STEP_SWITCHES;
}

static inline Cost cost_of(uint32_t packed)
{
    return (Cost){packed / COST_PREEMPTION, packed % COST_PREEMPTION / COST_SWITCH, packed % COST_SWITCH};
}

static inline bool queue_ensure(Queue *queue)
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

static inline bool queue_push(Queue *queue, uint32_t id)
{
    if (!queue_ensure(queue))
        return false;
    queue->ids[(queue->first + queue->count++) & (queue->room - 1)] = id;
    return true;
}

static inline bool is_settled(const Node *node)
{
    return (node->flags & NODE_SETTLED) != 0;
}

/* The node of (state, thread), or 0. */
static inline uint32_t find_node(const Shortest *shortest, StateId state, uint16_t thread)
{
    uint32_t id = shortest->heads[state];
    while (id != 0 && shortest->nodes[id].thread != thread)
        id = shortest->nodes[id].next;
    return id;
}

static inline bool new_node(Shortest *shortest, StateId state, uint16_t thread, Cost cost, uint32_t *id)
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

/* Another node from which `node` is reached at the same cost. */
static inline bool add_tie(Shortest *shortest, Node *node, uint32_t parent)
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

/* With the costs of all: the node of (state, thread), which this is the cost of. False: no memory. */
bool shortest_make_node(Shortest *shortest, StateId state, uint16_t thread, Cost cost, uint32_t *id);
/* Finds the parents of a node and of all nodes above it, ties settled. What is resolved stays so, whatever comes later. False: no memory. */
bool shortest_resolve(Shortest *shortest, uint32_t goal);
/* The first of the edges that lead from one node to another. */
EdgeId shortest_edge_between(const Graph *graph, StateId from, StateId to, uint16_t thread);

#endif
