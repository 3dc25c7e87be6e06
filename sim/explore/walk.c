#include "explore/walk.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "explore/walk_exact.h"

bool walk_is_trap(const Walk *walk, uint64_t begin, uint64_t end)
{
    const Graph *graph = walk->graph;
    uint32_t component = walk->order->component_of[order_state(walk->order, begin)];
    for (uint64_t place = begin; place < end; place++) {
        StateId s = order_state(walk->order, place);
        if (walk->flags[s] & (STATE_MARKED | STATE_MARKED_EDGE))
            return false;
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (walk->order->component_of[graph->edge_to[e]] != component)
                return false;
    }
    return true;
}

typedef struct Flow {
    const Walk *walk;
    double *here;       /* by state: what is there and has not been handed on */
    double *shape;      /* by place in the component: `here` after the sweep before, as shares of their sum */
    double *out;        /* by slot; the last one takes all that is not asked for */
    double away;        /* what left the component in this sweep */
    uint32_t *place_of; /* by state: in the component that is eliminated, from 1; else 0. NULL until needed */
} Flow;

static void flow_out(Flow *flow, uint32_t slot, double amount)
{
    flow->out[slot == WALK_NOWHERE ? flow->walk->slots : slot] += amount;
}

/* Empties a state that is not marked. Steps to itself are taken until it leaves; something leaves, or the component
 * would be a trap. */
static void hand_on(Flow *flow, StateId s)
{
    const Walk *walk = flow->walk;
    const Graph *graph = walk->graph;
    const uint32_t *component_of = walk->order->component_of;
    EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
    uint64_t ways = 0;
    uint32_t slot;
    if (flow->here[s] == 0)
        return;
    for (EdgeId e = first; e < last; e++)
        ways += graph->edge_to[e] != s || walk_ends_with(walk, s, e, &slot);
    double share = flow->here[s] / (double)ways;
    flow->here[s] = 0;
    for (EdgeId e = first; e < last; e++) {
        StateId to = graph->edge_to[e];
        if (walk_ends_with(walk, s, e, &slot)) {
            flow_out(flow, slot, share);
            flow->away += share;
        } else if (to != s) {
            flow->here[to] += share;
            if (!component_of || component_of[to] != component_of[s])
                flow->away += share;
        }
    }
}

enum { SWEEPS_BETWEEN_LOOKS = 4 };
enum { ELIMINATE_MAX = 1500 }; /* states: a matrix of 18 MB */
/* States times sweeps, in larger components; then the shape is taken as it is. */
#define VISITS_MAX UINT64_C(2000000000)
static const double NOTHING = 1e-20;       /* of what flowed in: below the last digit of any result */
static const double SHAPE_KEPT = 4e-16;    /* the sum of the changes of all shares: rounding alone */
static const double SHAPE_SETTLES = 1e-15; /* the changes of all sweeps to come, if they go on to shrink as they did */

/* How much the shape changed since the last look; keeps the new one. */
static double look_at_shape(Flow *flow, uint64_t begin, uint64_t end, double left)
{
    double change = 0;
    for (uint64_t place = begin; place < end; place++) {
        double share = flow->here[order_state(flow->walk->order, place)] / left;
        change += fabs(share - flow->shape[place - begin]);
        flow->shape[place - begin] = share;
    }
    return change;
}

static double sum_here(const Flow *flow, uint64_t begin, uint64_t end)
{
    double sum = 0;
    for (uint64_t place = begin; place < end; place++)
        sum += flow->here[order_state(flow->walk->order, place)];
    return sum;
}

/* From last to first place is near the order of the steps (order.h), so that one sweep carries far. */
static Status sweep(Flow *flow, uint64_t begin, uint64_t end)
{
    const Graph *graph = flow->walk->graph;
    flow->away = 0;
    for (uint64_t place = end; place-- > begin;) {
        StateId s = order_state(flow->walk->order, place);
        if (!(flow->walk->flags[s] & STATE_MARKED))
            hand_on(flow, s);
        if (!work_goes_on(flow->walk->work, 1 + 2 * (graph->first_edge[s + 1] - graph->first_edge[s])))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

/* What is left in the component leaves it at once, by elimination in the way of Grassmann, Taksar and Heyman
 * ("Regenerative analysis and steady state distributions for Markov chains", Operations Research 33, 1985): a pivot is
 * not 1 - p but the sum of all other ways out of its state, so that nothing is ever subtracted. */
static Status eliminate_component(Flow *flow, uint64_t begin, uint64_t end)
{
    const Walk *walk = flow->walk;
    const Graph *graph = walk->graph;
    uint64_t n = end - begin;
    Status status = STATUS_OK;
    if (!flow->place_of)
        flow->place_of = mem_alloc(graph->state_count, sizeof *flow->place_of);
    uint32_t *place_of = flow->place_of;
    double *ways = mem_alloc(n * (n + 1), sizeof *ways); /* [from][to], to n: out */
    double *visits = mem_alloc(n, sizeof *visits);
    if (!place_of || !ways || !visits) {
        status = STATUS_NO_MEMORY;
        goto done;
    }
    for (uint64_t i = 0; i < n; i++)
        place_of[order_state(walk->order, begin + i)] = (uint32_t)(i + 1);
    for (uint64_t i = 0; i < n; i++) {
        StateId s = order_state(walk->order, begin + i);
        EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
        uint32_t slot;
        visits[i] = flow->here[s];
        for (EdgeId e = first; e < last; e++) {
            uint32_t place = walk_ends_with(walk, s, e, &slot) ? 0 : place_of[graph->edge_to[e]];
            ways[i * (n + 1) + (place ? place - 1 : n)] += 1 / (double)(last - first);
        }
    }
    for (uint64_t k = n; k-- > 0 && !status;) {
        double *row = ways + k * (n + 1), pivot = row[n];
        for (uint64_t j = 0; j < k; j++)
            pivot += row[j];
        for (uint64_t j = 0; j < k; j++)
            visits[j] += visits[k] * (row[j] /= pivot);
        row[n] /= pivot;
        row[k] = pivot;
        for (uint64_t i = 0; i < k; i++) {
            double *other = ways + i * (n + 1), factor = other[k];
            if (factor == 0)
                continue;
            for (uint64_t j = 0; j < k; j++)
                other[j] += factor * row[j];
            other[n] += factor * row[n];
        }
        if (!work_goes_on(walk->work, k * k / 2))
            status = STATUS_INTERRUPTED;
    }
    for (uint64_t k = 0; k < n && !status; k++) { /* visits[k]: what had come to k when only 0 .. k were left */
        for (uint64_t i = 0; i < k; i++)
            visits[k] += visits[i] * ways[i * (n + 1) + k];
        visits[k] /= ways[k * (n + 1) + k];
    }
    for (uint64_t i = 0; i < n && !status; i++) {
        StateId s = order_state(walk->order, begin + i);
        double share = visits[i] / (double)(graph->first_edge[s + 1] - graph->first_edge[s]);
        uint32_t slot;
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            if (walk_ends_with(walk, s, e, &slot))
                flow_out(flow, slot, share);
            else if (!place_of[graph->edge_to[e]])
                flow->here[graph->edge_to[e]] += share;
    }
    for (uint64_t i = 0; i < n; i++)
        place_of[order_state(walk->order, begin + i)] = 0;
done:
    mem_free(ways);
    mem_free(visits);
    return status;
}

static Status empty_component(Flow *flow, uint64_t begin, uint64_t end)
{
    uint64_t n = end - begin;
    bool can_eliminate = n <= ELIMINATE_MAX;
    uint64_t sweeps_max = can_eliminate ? n * n / 8 + 100 : VISITS_MAX / n;
    double came = sum_here(flow, begin, end), left = came, last_change = 2;
    Status status = STATUS_OK;
    bool is_settled = false;
    for (uint64_t place = begin; place < end; place++)
        flow->shape[place - begin] = 0;
    for (uint64_t sweeps = 1; left > NOTHING * came && !is_settled && !status; sweeps++) {
        status = sweep(flow, begin, end);
        left = sum_here(flow, begin, end);
        if (sweeps % SWEEPS_BETWEEN_LOOKS != 0 || left <= NOTHING * came)
            continue;
        double change = look_at_shape(flow, begin, end, left), shrinks = last_change > 0 ? change / last_change : 0;
        bool is_shaped = change <= SHAPE_KEPT || (shrinks < 1 && change / (1 - shrinks) <= SHAPE_SETTLES);
        is_settled = flow->away > 0 && (is_shaped || (sweeps >= sweeps_max && !can_eliminate));
        last_change = change;
        if (!is_settled && !status && sweeps >= sweeps_max && can_eliminate) {
            status = eliminate_component(flow, begin, end);
            break;
        }
    }
    if (is_settled && !status) {
        /* The last sweep let `away` of `away + left` out, the next one would let out the same share: scaled up, it lets
         * out all that is left. */
        double scale = (flow->away + left) / flow->away;
        for (uint64_t place = begin; place < end; place++)
            flow->here[order_state(flow->walk->order, place)] *= scale;
        status = sweep(flow, begin, end);
    }
    for (uint64_t place = begin; place < end; place++)
        flow->here[order_state(flow->walk->order, place)] = 0;
    return status;
}

static Status flow_all(Flow *flow)
{
    const Walk *walk = flow->walk;
    uint32_t slot;
    Status status = STATUS_OK;
    flow->here[0] = 1;
    if (walk_ends_at_once(walk, &slot)) {
        flow_out(flow, slot, 1);
        return STATUS_OK;
    }
    for (uint64_t end = walk->order->count, begin; end > 0 && !status; end = begin) {
        begin = order_begin(walk->order, end);
        StateId s = order_state(walk->order, begin);
        if (walk_is_plain(walk, begin, end)) {
            if (!walk_is_end(walk, s))
                hand_on(flow, s);
        } else if (walk_is_trap(walk, begin, end)) {
            flow_out(flow, walk->never_slot, sum_here(flow, begin, end));
        } else {
            status = empty_component(flow, begin, end);
        }
        if (!status && !work_goes_on(walk->work, 4))
            status = STATUS_INTERRUPTED;
    }
    return status;
}

static uint64_t greatest_component(const Walk *walk)
{
    uint64_t greatest = 0;
    for (uint64_t end = walk->order->count, begin; end > 0; end = begin) {
        begin = order_begin(walk->order, end);
        if (!walk_is_plain(walk, begin, end) && end - begin > greatest)
            greatest = end - begin;
    }
    return greatest;
}

/* Sets the results that have no fraction. Something happens for certain: the shares are divided by their sum, which
 * differs from 1 by rounding. */
static Status walk_nearly(const Walk *walk, WalkResult *results)
{
    Flow flow = {.walk = walk};
    double sum = 0;
    flow.here = mem_alloc(walk->graph->state_count, sizeof *flow.here);
    flow.shape = mem_alloc(greatest_component(walk), sizeof *flow.shape);
    flow.out = mem_alloc((size_t)walk->slots + 1, sizeof *flow.out);
    Status status = flow.here && flow.shape && flow.out ? flow_all(&flow) : STATUS_NO_MEMORY;
    for (uint64_t slot = 0; slot <= walk->slots && !status; slot++)
        sum += flow.out[slot];
    for (uint32_t slot = 0; slot < walk->slots && !status; slot++)
        if (!results[slot].exact)
            results[slot].probability = flow.out[slot] / sum;
    mem_free(flow.here);
    mem_free(flow.shape);
    mem_free(flow.place_of);
    mem_free(flow.out);
    return status;
}

Status walk_solve(const Walk *walk, WalkResult *results)
{
    Status status = STATUS_OK;
    bool is_done = false;
    for (uint32_t slot = 0; slot < walk->slots; slot++)
        results[slot] = (WalkResult){0};
    if (walk_exact_is_cheap(walk)) {
        status = walk_exact(walk, results);
        is_done = true;
        for (uint32_t slot = 0; slot < walk->slots && is_done; slot++)
            is_done = results[slot].exact != NULL;
    }
    return status || is_done ? status : walk_nearly(walk, results);
}
