/* shortest_parents.c: which of the cheapest schedules to a node is the first. */
#include <assert.h>

#include "explore/shortest_parts.h"

EdgeId shortest_edge_between(const Graph *graph, StateId from, StateId to, uint16_t thread)
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
    return shortest_edge_between(shortest->graph, from, nodes[a].state, nodes[a].thread) <
           shortest_edge_between(shortest->graph, from, nodes[b].state, nodes[b].thread);
}

bool shortest_make_node(Shortest *shortest, StateId state, uint16_t thread, Cost cost, uint32_t *id)
{
    *id = find_node(shortest, state, thread);
    if (*id != 0)
        return true;
    if (!new_node(shortest, state, thread, cost, id))
        return false;
    shortest->nodes[*id].flags = (uint16_t)(NODE_SETTLED | (has_step(shortest->graph, state, thread) ? NODE_COULD : 0));
    return true;
}

/* Adds node (from, before) to the parents of a node, if that is where its cost comes from. */
static bool link_parent(Shortest *shortest, uint32_t id, StateId from, uint16_t before, Cost cost)
{
    const Node *node = &shortest->nodes[id];
    bool could = before != NO_THREAD && has_step(shortest->graph, from, before);
    uint32_t parent;
    if (cost_compare(cost_after(cost, kind_of(before, could, node->thread)), node->cost) != 0)
        return true;
    if (!shortest_make_node(shortest, from, before, cost, &parent))
        return false;
    if (node->parent != 0)
        return add_tie(shortest, &shortest->nodes[id], parent);
    shortest->nodes[id].parent = parent;
    return true;
}

/* With the costs of all: finds the parents of a node. */
static bool link_parents(Shortest *shortest, uint32_t id)
{
    const Costs *costs = &shortest->costs;
    const uint16_t thread = shortest->nodes[id].thread;
    uint64_t last = UINT64_MAX; /* choices of one thread stand side by side */
    shortest->nodes[id].parent = shortest->nodes[id].ties = 0; /* of a try for which there was no memory */
    for (uint32_t in = costs_first_in(costs, shortest->nodes[id].state); in != 0; in = costs->in[in - 1].next) {
        const StateId from = costs->in[in - 1].from;
        if (from == last || shortest->graph->edge_thread[in - 1] != thread)
            continue;
        last = from;
        if (from == 0 && !link_parent(shortest, id, 0, NO_THREAD, (Cost){0}))
            return false;
        for (uint32_t before = 0; from != 0 && before < costs->threads; before++) {
            uint32_t cost = costs_of(costs, from, before);
            if (cost != COST_MOST && !link_parent(shortest, id, from, (uint16_t)before, cost_of(cost)))
                return false;
        }
    }
    shortest->nodes[id].flags |= NODE_LINKED;
    return true;
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

/* From the top down. */
bool shortest_resolve(Shortest *shortest, uint32_t goal)
{
    Queue stack = {0}; /* used at its end only */
    bool is_ok = queue_push(&stack, goal);
    while (is_ok && stack.count > 0) {
        uint32_t id = stack.ids[stack.count - 1];
        Node *node = &shortest->nodes[id];
        bool is_ready = true;
        if (shortest->has_costs && (node->flags & NODE_LINKED) == 0)
            is_ok = link_parents(shortest, id);
        if (is_ok && (node->flags & NODE_RESOLVED) == 0)
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
