/* oracle_livelock.c: strongly connected sets of states in which a fair scheduler can stay.
 *
 * Rule    Without the steps that pass `progress` (a thread's end is never part of a cycle): a strongly connected set
 * with at least one step, in which each thread that is enabled in all of its states takes a step. If the greatest such
 * set around a state fails by one thread, all of its subsets fail by the same thread: the greatest ones are enough.
 * Source  Kosaraju's two searches; sets are few and small here. */
#include <stdlib.h>

#include "oracle_memo.h"

enum { MAX_STATES = 20000, NONE = UINT32_MAX };

typedef struct Search {
    const Memo *memo;
    uint32_t *order, order_count; /* by end of the first search */
    uint32_t *set;                /* by entry: the set it belongs to */
    uint32_t *next;               /* edge to look at next */
    uint32_t *path;
    uint32_t *first_in, *from_in; /* edges by where they lead */
} Search;

static void search_forward(Search *search, uint32_t start, bool *met)
{
    uint32_t depth = 0;
    search->path[depth++] = start;
    met[start] = true;
    while (depth > 0) {
        uint32_t at = search->path[depth - 1];
        const Entry *entry = &search->memo->entries[at];
        if (search->next[at] == entry->edge_count) {
            search->order[search->order_count++] = at;
            depth--;
            continue;
        }
        const Edge *edge = &entry->edges[search->next[at]++];
        if (!edge->progresses && !met[edge->to]) {
            met[edge->to] = true;
            search->path[depth++] = edge->to;
        }
    }
}

static void index_backward(Search *search)
{
    const Memo *memo = search->memo;
    uint32_t edges = 0;
    for (uint32_t i = 0; i < memo->count; i++)
        edges += memo->entries[i].edge_count;
    search->first_in = must_alloc(memo->count + 2, sizeof *search->first_in);
    search->from_in = must_alloc(edges, sizeof *search->from_in);
    for (uint32_t i = 0; i < memo->count; i++)
        for (uint32_t e = 0; e < memo->entries[i].edge_count; e++)
            search->first_in[memo->entries[i].edges[e].to + 2] += !memo->entries[i].edges[e].progresses;
    for (uint32_t i = 2; i < memo->count + 2; i++)
        search->first_in[i] += search->first_in[i - 1];
    for (uint32_t i = 0; i < memo->count; i++)
        for (uint32_t e = 0; e < memo->entries[i].edge_count; e++)
            if (!memo->entries[i].edges[e].progresses)
                search->from_in[search->first_in[memo->entries[i].edges[e].to + 1]++] = i;
}

static void search_backward(Search *search, uint32_t start)
{
    uint32_t depth = 0;
    search->path[depth++] = start;
    search->set[start] = start;
    while (depth > 0) {
        uint32_t at = search->path[--depth];
        for (uint32_t k = search->first_in[at]; k < search->first_in[at + 1]; k++) {
            uint32_t from = search->from_in[k];
            if (search->set[from] == NONE) {
                search->set[from] = start;
                search->path[depth++] = from;
            }
        }
    }
}

static bool is_fair(const Search *search, uint32_t set)
{
    uint32_t always = UINT32_MAX, steps = 0; /* threads */
    bool has_step = false;
    for (uint32_t i = 0; i < search->memo->count; i++) {
        if (search->set[i] != set)
            continue;
        const Entry *entry = &search->memo->entries[i];
        uint32_t enabled = 0;
        for (uint32_t e = 0; e < entry->edge_count; e++) {
            enabled |= UINT32_C(1) << entry->edges[e].thread;
            if (!entry->edges[e].progresses && search->set[entry->edges[e].to] == set) {
                steps |= UINT32_C(1) << entry->edges[e].thread;
                has_step = true;
            }
        }
        always &= enabled;
    }
    return has_step && (always & ~steps) == 0;
}

bool livelock_exists(const Memo *memo)
{
    if (memo->count > MAX_STATES)
        return false;
    Search search = {.memo = memo,
                     .order = must_alloc(memo->count, sizeof *search.order),
                     .set = must_alloc(memo->count, sizeof *search.set),
                     .next = must_alloc(memo->count, sizeof *search.next),
                     .path = must_alloc(memo->count, sizeof *search.path)};
    bool *met = must_alloc(memo->count, sizeof *met), exists = false;
    for (uint32_t i = 0; i < memo->count; i++)
        if (!met[i])
            search_forward(&search, i, met);
    index_backward(&search);
    for (uint32_t i = 0; i < memo->count; i++)
        search.set[i] = NONE;
    for (uint32_t i = memo->count; i-- > 0;) {
        uint32_t start = search.order[i];
        if (search.set[start] != NONE)
            continue;
        search_backward(&search, start);
        exists = exists || is_fair(&search, start);
    }
    free(search.order);
    free(search.set);
    free(search.next);
    free(search.path);
    free(search.first_in);
    free(search.from_in);
    free(met);
    return exists;
}
