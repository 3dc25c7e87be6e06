#include "explore/acyclic.h"

#include "base/memory.h"

typedef struct Edge {
    StateId from, to;
} Edge;

bool edges_open(Edges *edges, Budget *budget)
{
    *edges = (Edges){.budget = budget};
    return stretch_open(&edges->memory, (size_t)1 << 40, budget);
}

void edges_free(Edges *edges)
{
    stretch_close(&edges->memory);
    *edges = (Edges){0};
}

bool edges_add(Edges *edges, StateId from, StateId to)
{
    if (!stretch_ensure(&edges->memory, (size_t)(edges->count + 1) * sizeof(Edge)))
        return false;
    ((Edge *)edges->memory.base)[edges->count++] = (Edge){from, to};
    return true;
}

/* Takes away states that nothing leads to, until none is left, or only such as lie on or behind a cycle. */
static uint64_t take_away(const Edges *edges, uint64_t states, uint64_t *first, StateId *to, uint32_t *ways_in,
                          StateId *queue)
{
    const Edge *items = edges->memory.base;
    for (uint64_t e = 0; e < edges->count; e++) {
        first[items[e].from + 1]++;
        ways_in[items[e].to]++;
    }
    for (uint64_t s = 0; s < states; s++)
        first[s + 1] += first[s];
    for (uint64_t e = 0; e < edges->count; e++)
        to[first[items[e].from]++] = items[e].to; /* each list now begins where the one before it did */
    uint64_t count = 0;
    for (uint64_t s = 0; s < states; s++)
        if (ways_in[s] == 0)
            queue[count++] = (StateId)s;
    for (uint64_t next = 0; next < count; next++) {
        StateId s = queue[next];
        for (uint64_t e = s == 0 ? 0 : first[s - 1]; e < first[s]; e++)
            if (--ways_in[to[e]] == 0)
                queue[count++] = to[e];
    }
    return count;
}

bool edges_check(const Edges *edges, uint64_t states, bool *is_acyclic)
{
    uint64_t *first = mem_alloc(states + 1, sizeof *first);
    StateId *to = mem_alloc(edges->count + 1, sizeof *to);
    uint32_t *ways_in = mem_alloc(states + 1, sizeof *ways_in);
    StateId *queue = mem_alloc(states + 1, sizeof *queue);
    bool fits = first != NULL && to != NULL && ways_in != NULL && queue != NULL;
    if (fits)
        *is_acyclic = take_away(edges, states, first, to, ways_in, queue) == states;
    mem_free(first);
    mem_free(to);
    mem_free(ways_in);
    mem_free(queue);
    return fits;
}
