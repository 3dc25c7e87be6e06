#include "explore/shortest.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "explore/shortest_parts.h"

/* Settled nodes after which the costs of all are found at once. */
#ifdef SNARL_SMALL_TABLES
enum { PATIENCE = 4, STATES_A_NODE = 8 };
#else
enum { PATIENCE = 1024, STATES_A_NODE = 8 };
#endif

/* --------------------------------------------------------------------- queues */

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

static bool work_may_go_on(void *context)
{
    return may_go_on(context);
}

/* Starts over with the costs; where they cannot be had it goes on as before. */
Status shortest_find_all(Shortest *shortest)
{
    if (shortest->has_costs)
        return STATUS_OK;
    Work work = {.keep_going = work_may_go_on, .context = shortest};
    Status status = costs_find(shortest->graph, shortest->order, &work, &shortest->costs);
    if (status == STATUS_INTERRUPTED)
        return status;
    shortest->patience = UINT64_MAX;
    shortest->has_costs = status == STATUS_OK;
    if (!shortest->has_costs)
        return STATUS_OK;
    memset(shortest->heads, 0, (size_t)shortest->graph->state_count * sizeof *shortest->heads);
    shortest->node_count = shortest->tie_count = 0;
    for (StepKind kind = 0; kind < STEP_KINDS; kind++) {
        mem_free(shortest->queues[kind].ids);
        shortest->queues[kind] = (Queue){0};
    }
    uint32_t start;
    bool is_made = new_node(shortest, 0, NO_THREAD, (Cost){0}, &start); /* in memory that it had before */
    assert(is_made && start == START);
    shortest->nodes[START].flags = NODE_SETTLED | NODE_RESOLVED | NODE_LINKED;
    return is_made ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Settles all nodes with the least number of preemptions that any unsettled node has, or finds the costs of all. *finished: there was none. */
static Status settle_level(Shortest *shortest, bool *finished)
{
    StepKind kind = STEP_CONTINUES;
    uint32_t id = least_node(shortest, &kind);
    *finished = id == 0;
    if (id == 0)
        return STATUS_OK;
    uint32_t level = shortest->nodes[id].cost.preemptions;
    while (id != 0 && shortest->nodes[id].cost.preemptions == level) {
        if (shortest->settled_count >= shortest->patience) {
            Status status = shortest_find_all(shortest);
            if (status != STATUS_OK || shortest->has_costs)
                return status;
        }
        if (shortest->settled_count % CHECK_NODES == CHECK_NODES - 1 && !may_go_on(shortest))
            return STATUS_INTERRUPTED;
        look_ahead(shortest, &shortest->queues[kind]);
        if (!settle(shortest, id))
            return STATUS_NO_MEMORY;
        id = least_node(shortest, &kind);
    }
    return STATUS_OK;
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

/* Goes through the nodes of a state whose cost is final, from *at = 0 on; the node is a copy. */
static bool next_settled(const Shortest *shortest, StateId state, uint32_t *at, Node *node)
{
    if (!shortest->has_costs || state == 0) {
        do {
            *at = *at == 0 ? shortest->heads[state] : shortest->nodes[*at].next;
        } while (*at != 0 && !is_settled(&shortest->nodes[*at]));
        if (*at != 0)
            *node = shortest->nodes[*at];
        return *at != 0;
    }
    while (*at < shortest->costs.threads) {
        uint32_t thread = (*at)++, cost = costs_of(&shortest->costs, state, thread);
        if (cost == COST_MOST)
            continue;
        *node = (Node){.state = state, .cost = cost_of(cost), .thread = (uint16_t)thread};
        return true;
    }
    return false;
}

/* The least cost of all goals by way of settled nodes; false when there is none. */
static bool least_cost(const Shortest *shortest, const Goal *goals, uint32_t goal_count, Cost *least)
{
    bool is_found = false;
    Node node;
    for (uint32_t i = 0; i < goal_count; i++)
        for (uint32_t at = 0; next_settled(shortest, goals[i].state, &at, &node);) {
            Cost cost = goal_cost(shortest->graph, &node, &goals[i]);
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
        uint32_t id = least_node(shortest, &kind); /* with the costs of all no node waits */
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
        steps[--count] = step_of(graph, from, shortest_edge_between(graph, from, node->state, node->thread));
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
    Node node;
    for (uint32_t i = 0; i < goal_count; i++)
        for (uint32_t at = 0; next_settled(shortest, goals[i].state, &at, &node);) {
            uint32_t id = shortest->has_costs ? 0 : at;
            if (cost_compare(goal_cost(shortest->graph, &node, &goals[i]), least) != 0)
                continue;
            if ((shortest->has_costs && !shortest_make_node(shortest, node.state, node.thread, node.cost, &id)) || !shortest_resolve(shortest, id)) {
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
    Node node;
    for (uint32_t at = 0; next_settled(shortest, state, &at, &node);) {
        node.cost.steps += steps;
        if (cost_compare(node.cost, best) <= 0)
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
    shortest->patience = graph->state_count / STATES_A_NODE + PATIENCE;
    if (!new_node(shortest, 0, NO_THREAD, (Cost){0}, &start) || !queue_push(&shortest->queues[STEP_CONTINUES], start))
        goto fail;
    shortest->nodes[START].flags = NODE_RESOLVED;
    *out = shortest;
    return STATUS_OK;
fail:
    shortest_free(shortest);
    return STATUS_NO_MEMORY;
}

void shortest_know_order(Shortest *shortest, const Order *order)
{
    shortest->order = order;
}

void shortest_free(Shortest *shortest)
{
    if (shortest == NULL)
        return;
    costs_free(&shortest->costs);
    stretch_close(&shortest->head_memory);
    stretch_close(&shortest->node_memory);
    stretch_close(&shortest->tie_memory);
    for (StepKind kind = 0; kind < STEP_KINDS; kind++)
        mem_free(shortest->queues[kind].ids);
    mem_free(shortest);
}
