#include "explore/ahead.h"

#include <math.h>

#include "base/memory.h"

enum { SWEEPS_MAX = 100000 };
#define SWEEP_WORK_MAX 2e8   /* edges looked at by all sweeps together */
#define SETTLED        1e-15 /* greatest change in a sweep */

typedef struct Counting {
    const Graph *graph;
    const AheadGoal *goal;
    Ahead *ahead;
    uint8_t *leads;    /* the goal can be reached */
    uint32_t *waits;   /* steps to states that lead and are not counted yet */
    StateId *sequence; /* states counted, ends first */
    uint64_t counted;
    uint64_t *first_from; /* the edges into state s come from from[first_from[s]] .. from[first_from[s + 1] - 1] */
    StateId *from;
} Counting;

static bool is_goal_edge(const Counting *counting, EdgeId edge)
{
    const uint64_t *edges = counting->goal->edges;
    return edges != NULL && (edges[edge / 64] >> (edge % 64) & 1) != 0;
}

static bool counts_from(const Counting *counting, StateId state)
{
    const Ahead *rest = counting->goal->rest;
    return rest == NULL || ahead_is_possible(rest, state);
}

/* -------------------------------------------------------------------- who leads there */

static bool leads(const Counting *counting, StateId s)
{
    const Graph *graph = counting->graph;
    if (counting->goal->states[s])
        return counts_from(counting, s);
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
        StateId to = graph->edge_to[e];
        if (is_goal_edge(counting, e) ? counts_from(counting, to) : counting->leads[to])
            return true;
    }
    return false;
}

/* Steps lead mostly to states of higher numbers, so going backwards finds nearly all in the first pass. */
static void find_leading(Counting *counting)
{
    for (bool changes = true; changes;) {
        changes = false;
        for (uint64_t s = counting->graph->state_count; s-- > 0;)
            if (!counting->leads[s] && (counting->goal->counts_endless || leads(counting, (StateId)s))) {
                counting->leads[s] = 1;
                changes = true;
            }
    }
}

/* ------------------------------------------------------------------------- counting */

/* The steps of a state on which counting goes on. */
static bool goes_on(const Counting *counting, StateId s, EdgeId e)
{
    return !counting->goal->states[s] && !is_goal_edge(counting, e) && counting->leads[counting->graph->edge_to[e]];
}

static Status turn_round(Counting *counting)
{
    const Graph *graph = counting->graph;
    counting->first_from = mem_alloc(graph->state_count + 2, sizeof *counting->first_from);
    counting->from = mem_alloc(graph->edge_count, sizeof *counting->from);
    if (counting->first_from == NULL || counting->from == NULL)
        return STATUS_NO_MEMORY;
    uint64_t *first = counting->first_from + 1; /* moves to the next state's while it is filled */
    for (EdgeId e = 0; e < graph->edge_count; e++)
        first[graph->edge_to[e] + 1]++;
    for (uint64_t s = 0; s < graph->state_count; s++)
        first[s + 1] += first[s];
    for (StateId s = 0; s < graph->state_count; s++)
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            counting->from[first[graph->edge_to[e]]++] = s;
    return STATUS_OK;
}

static void add(Counting *counting, StateId s, const Ahead *numbers, StateId to)
{
    Ahead *ahead = counting->ahead;
    if (numbers == NULL)
        mpz_add_ui(ahead->numbers[s], ahead->numbers[s], 1);
    else if (numbers->is_infinite[to])
        ahead->is_infinite[s] = 1;
    else
        mpz_add(ahead->numbers[s], ahead->numbers[s], numbers->numbers[to]);
}

static double mean(const Counting *counting, StateId s)
{
    const Graph *graph = counting->graph;
    const Ahead *rest = counting->goal->rest;
    double sum = 0;
    if (counting->goal->states[s])
        return rest == NULL ? 1 : rest->probability[s];
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
        StateId to = graph->edge_to[e];
        if (!is_goal_edge(counting, e))
            sum += counting->ahead->probability[to];
        else
            sum += rest == NULL ? 1 : rest->probability[to];
    }
    return sum > 0 ? sum / (double)(graph->first_edge[s + 1] - graph->first_edge[s]) : sum;
}

/* All that it leads to is counted. */
static void count_state(Counting *counting, StateId s)
{
    const Graph *graph = counting->graph;
    Ahead *ahead = counting->ahead;
    const Ahead *rest = counting->goal->rest;
    if (counting->goal->states[s])
        add(counting, s, rest, s);
    else
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
            StateId to = graph->edge_to[e];
            if (is_goal_edge(counting, e))
                add(counting, s, rest, to);
            else if (counting->leads[to])
                add(counting, s, ahead, to);
        }
    if (ahead->is_infinite[s])
        mpz_set_ui(ahead->numbers[s], 0);
    ahead->probability[s] = mean(counting, s);
}

static void count_all(Counting *counting)
{
    const Graph *graph = counting->graph;
    for (StateId s = 0; s < graph->state_count; s++) {
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            counting->waits[s] += goes_on(counting, s, e);
        if (counting->leads[s] && counting->waits[s] == 0)
            counting->sequence[counting->counted++] = s;
    }
    for (uint64_t i = 0; i < counting->counted; i++) {
        StateId s = counting->sequence[i];
        count_state(counting, s);
        for (uint64_t k = counting->first_from[s]; k < counting->first_from[s + 1]; k++) {
            StateId from = counting->from[k];
            if (!counting->leads[from] || counting->waits[from] == 0)
                continue;
            /* goal edges to the same state were never waited for: look how many there are, once, at the first */
            if (k > counting->first_from[s] && counting->from[k - 1] == from)
                continue;
            for (EdgeId e = graph->first_edge[from]; e < graph->first_edge[from + 1]; e++)
                if (graph->edge_to[e] == s && goes_on(counting, from, e) && --counting->waits[from] == 0)
                    counting->sequence[counting->counted++] = from;
        }
    }
}

/* What is left can pass a cycle. */
static void count_cyclic(Counting *counting)
{
    const Graph *graph = counting->graph;
    Ahead *ahead = counting->ahead;
    double work = 0, change = 1;
    bool is_any = false;
    for (StateId s = 0; s < graph->state_count; s++)
        if (counting->leads[s] && counting->waits[s] > 0) {
            ahead->is_infinite[s] = 1;
            is_any = true;
        }
    for (uint32_t sweep = 0; is_any && change > SETTLED && sweep < SWEEPS_MAX && work < SWEEP_WORK_MAX; sweep++) {
        change = 0;
        for (uint64_t s = graph->state_count; s-- > 0;) {
            if (!counting->leads[s] || counting->waits[s] == 0)
                continue;
            double now = mean(counting, (StateId)s);
            change = fmax(change, now - ahead->probability[s]);
            ahead->probability[s] = now;
            work += (double)(graph->first_edge[s + 1] - graph->first_edge[s]);
        }
    }
    for (StateId s = 0; is_any && change > SETTLED && s < graph->state_count; s++)
        if (counting->leads[s] && counting->waits[s] > 0)
            ahead->probability[s] = (double)NAN;
}

void ahead_free(Ahead *ahead)
{
    for (uint64_t s = 0; ahead->numbers != NULL && s < ahead->state_count; s++)
        mpz_clear(ahead->numbers[s]);
    mem_free(ahead->numbers);
    mem_free(ahead->is_infinite);
    mem_free(ahead->probability);
    *ahead = (Ahead){0};
}

static Status ahead_make(Counting *counting)
{
    uint64_t n = counting->graph->state_count;
    Ahead *ahead = counting->ahead;
    mpz_t *numbers = mem_alloc(n, sizeof *numbers);
    if (numbers == NULL)
        return STATUS_NO_MEMORY;
    for (uint64_t s = 0; s < n; s++)
        mpz_init(numbers[s]);
    *ahead = (Ahead){.state_count = n, .numbers = numbers};
    ahead->is_infinite = mem_alloc(n, 1);
    ahead->probability = mem_alloc(n, sizeof *ahead->probability);
    counting->leads = mem_alloc(n, 1);
    counting->waits = mem_alloc(n, sizeof *counting->waits);
    counting->sequence = mem_alloc(n, sizeof *counting->sequence);
    if (ahead->is_infinite == NULL || ahead->probability == NULL || counting->leads == NULL ||
        counting->waits == NULL || counting->sequence == NULL)
        return STATUS_NO_MEMORY;
    Status status = turn_round(counting);
    if (status != STATUS_OK)
        return status;
    find_leading(counting);
    count_all(counting);
    count_cyclic(counting);
    return STATUS_OK;
}

Status ahead_count(const Graph *graph, const AheadGoal *goal, Ahead *ahead)
{
    Counting counting = {.graph = graph, .goal = goal, .ahead = ahead};
    *ahead = (Ahead){0};
    Status status = ahead_make(&counting);
    if (status != STATUS_OK)
        ahead_free(ahead);
    mem_free(counting.leads);
    mem_free(counting.waits);
    mem_free(counting.sequence);
    mem_free(counting.first_from);
    mem_free(counting.from);
    return status;
}
