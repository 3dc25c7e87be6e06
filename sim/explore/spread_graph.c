/* spread_graph.c: the graph of a spread search on the process of rank 0, and the states that it asks for. */
#include <string.h>

#include "base/memory.h"
#include "explore/spread_share.h"

enum {
#ifdef SNARL_SMALL_TABLES
    PART_BYTES = 512,
#else
    PART_BYTES = 1 << 20, /* of edges that a process sends at once */
#endif
    MOST_BLOCKS = 64, /* brought at once */
    RESERVE_BLOCKS = 4
};

/* ------------------------------------------------------------------ own numbers */

/* The first place with this id or a greater one. */
static uint64_t place_from(const Spread *spread, uint64_t id)
{
    uint64_t low = 0, high = spread->placed;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (spread->ids[spread->order[middle]] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

StateId spread_state_id(const Spread *spread, uint32_t place)
{
    StateId id = spread->ids[spread->order[place]];
    return id < spread->cut ? id : UINT32_MAX;
}

StateId spread_edge(Spread *spread, EdgeId edge, uint32_t *step)
{
    uint64_t low = spread->last_place, high = spread->expanded;
    if (spread->first_edge[low] > edge)
        low = 0;
    while (low + 1 < high && spread->first_edge[low + 1] <= edge && low < spread->last_place + 8)
        low++; /* who asks goes through its edges in order */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (spread->first_edge[middle] <= edge)
            low = middle;
        else
            high = middle;
    }
    /* states without edges share their first edge with the next: the last of them has it */
    spread->last_place = low;
    *step = (uint32_t)(edge - spread->first_edge[low]);
    return spread_state_id(spread, (uint32_t)low);
}

/* ---------------------------------------------------------------------- edges */

/* A place's id and number of edges; with the edges, where they are wanted. */
static void add_part(Spread *spread, uint64_t place, bool with_edges)
{
    Text *out = &spread->parcels.out[0];
    EdgeId first = spread->first_edge[place];
    const uint32_t head[] = {spread->ids[spread->order[place]], (uint32_t)(spread->first_edge[place + 1] - first)};
    text_add_bytes(out, (const char *)head, sizeof head);
    if (!with_edges)
        return;
    text_add_bytes(out, (const char *)(spread->edge_to + first), head[1] * sizeof *spread->edge_to);
    text_add_bytes(out, (const char *)(spread->edge_thread + first), head[1] * sizeof *spread->edge_thread);
}

static void enter_parts(Graph *graph, const char *bytes, size_t length, bool with_edges)
{
    const char *end = bytes + length;
    while (bytes < end) {
        uint32_t head[2];
        memcpy(head, bytes, sizeof head);
        bytes += sizeof head;
        if (!with_edges) {
            graph->first_edge[head[0] + 1] = head[1];
            continue;
        }
        EdgeId first = graph->first_edge[head[0]];
        memcpy(graph->edge_to + first, bytes, head[1] * sizeof *graph->edge_to);
        bytes += head[1] * sizeof *graph->edge_to;
        memcpy(graph->edge_thread + first, bytes, head[1] * sizeof *graph->edge_thread);
        bytes += head[1] * sizeof *graph->edge_thread;
    }
}

/* The numbers of edges of all expanded states, or their edges, part by part to rank 0. */
static Status collect_edges(Spread *spread, uint64_t end, bool with_edges, Graph *graph)
{
    uint64_t next = 0, left;
    do {
        parcels_clear(&spread->parcels);
        while (next < end && spread->parcels.out[0].length < PART_BYTES)
            add_part(spread, next++, with_edges);
        left = end - next;
        Status status = parcels_are_whole(&spread->parcels) ? STATUS_OK : STATUS_NO_MEMORY;
        status = peers_meet(spread->peers, status, NULL, &left, NULL);
        if (status != STATUS_OK)
            return status;
        parcels_exchange(&spread->parcels);
        for (uint32_t p = 0; graph != NULL && p < spread->peers->count; p++)
            enter_parts(graph, spread->parcels.in[p], spread->parcels.in_bytes[p], with_edges);
    } while (left > 0);
    return STATUS_OK;
}

/* ---------------------------------------------------------------------- states */

static size_t record_bytes(const Spread *spread)
{
    return sizeof(StateId) + spread->words * sizeof(Word);
}

/* Blocks that rank 0 asks for, by number; none: it needs nothing more. All processes. */
static uint32_t ask(Spread *spread, const uint32_t *blocks, uint32_t count, const uint32_t **asked)
{
    Parcels *cards = &spread->cards;
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        cards->send[p] = blocks;
        cards->send_bytes[p] = count * sizeof *blocks;
    }
    spread->peers->exchange(spread->peers->context, cards->send, cards->send_bytes, cards->in, cards->in_bytes);
    *asked = cards->in[0];
    return (uint32_t)(cards->in_bytes[0] / sizeof **asked);
}

/* The states of the blocks that this process owns go to rank 0. All processes. */
static void answer(Spread *spread, const uint32_t *blocks, uint32_t count)
{
    size_t length = 0;
    for (uint32_t b = 0; b < count; b++) {
        uint64_t first = (uint64_t)blocks[b] * SPREAD_BLOCK;
        for (uint64_t place = place_from(spread, first); place < spread->placed; place++) {
            StateId number = spread->order[place], id = spread->ids[number];
            if (id >= first + SPREAD_BLOCK)
                break;
            memcpy(spread->reply + length, &id, sizeof id);
            memcpy(spread->reply + length + sizeof id, store_get(spread->store, number), spread->words * sizeof(Word));
            length += record_bytes(spread);
        }
    }
    Parcels *cards = &spread->cards;
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        cards->send[p] = spread->reply;
        cards->send_bytes[p] = p == 0 ? length : 0;
    }
    spread->peers->exchange(spread->peers->context, cards->send, cards->send_bytes, cards->in, cards->in_bytes);
}

/* What came, into the blocks; `only` into that memory instead. */
static void take_states(Spread *spread, Word *only)
{
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        const char *bytes = spread->cards.in[p], *end = bytes + spread->cards.in_bytes[p];
        for (; bytes < end; bytes += record_bytes(spread)) {
            StateId id;
            memcpy(&id, bytes, sizeof id);
            Word *block = only != NULL ? only : spread->blocks[id / SPREAD_BLOCK];
            Word *state = block + (size_t)(id % SPREAD_BLOCK) * spread->words;
            memcpy(state, bytes + sizeof id, spread->words * sizeof *state);
            if (p != spread->peers->rank)
                machine_adopt(spread->machine, &spread->maps[p], state);
        }
    }
}

static Word *new_block(Spread *spread, uint64_t block)
{
    return spread->blocks[block] = mem_alloc((size_t)SPREAD_BLOCK * spread->words, sizeof(Word));
}

static void bring(Spread *spread, const uint32_t *blocks, uint32_t count, Word *only)
{
    const uint32_t *asked;
    count = ask(spread, blocks, count, &asked);
    uint32_t copy[MOST_BLOCKS]; /* what came ends with the next exchange */
    memcpy(copy, asked, count * sizeof *copy);
    answer(spread, copy, count);
    take_states(spread, only);
}

void spread_bring(Spread *spread, const StateId *states, uint64_t count)
{
    uint32_t blocks[MOST_BLOCKS], asked = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t block = states[i] / SPREAD_BLOCK;
        if (spread->blocks[block] != NULL || new_block(spread, block) == NULL)
            continue;
        blocks[asked++] = block;
        if (asked < MOST_BLOCKS)
            continue;
        bring(spread, blocks, asked, NULL);
        asked = 0;
    }
    if (asked > 0)
        bring(spread, blocks, asked, NULL);
}

/* For graph_state. Without memory for the block it goes to a place that the fourth such block from now uses again. */
static const Word *fetch(void *context, StateId state)
{
    Spread *spread = context;
    uint32_t number = state / SPREAD_BLOCK;
    Word *block = spread->blocks[number];
    if (block == NULL) {
        block = new_block(spread, number);
        Word *only = NULL;
        if (block == NULL) {
            block = only = spread->reserve + (size_t)spread->next_reserve * SPREAD_BLOCK * spread->words;
            spread->next_reserve = (spread->next_reserve + 1) % RESERVE_BLOCKS;
        }
        bring(spread, &number, 1, only);
    }
    return block + (size_t)(state % SPREAD_BLOCK) * spread->words;
}

void spread_serve(Spread *spread)
{
    const uint32_t *asked;
    uint32_t count, copy[MOST_BLOCKS];
    while (spread->is_serving && (count = ask(spread, NULL, 0, &asked)) > 0) {
        memcpy(copy, asked, count * sizeof *copy);
        answer(spread, copy, count);
    }
    spread->is_serving = false;
}

void spread_dismiss(Spread *spread)
{
    const uint32_t *asked;
    if (spread->is_serving && spread->peers->rank == 0)
        ask(spread, NULL, 0, &asked);
    spread->is_serving = false;
}

void spread_resume(Spread *spread)
{
    spread->is_serving = true;
}

/* ---------------------------------------------------------------------- graph */

static Status open_graph(Spread *spread, Graph **out)
{
    Graph *graph = mem_alloc(1, sizeof *graph);
    *out = graph;
    if (graph == NULL)
        return STATUS_NO_MEMORY;
    graph->state_count = spread->state_count;
    graph->edge_count = spread->edge_count;
    graph->expanded_count = spread->cut;
    graph->max_depth = spread->max_depth;
    graph->limit = spread->limit;
    graph->fetch = fetch;
    graph->fetch_context = spread;
    size_t states = (size_t)(graph->state_count + 2) * sizeof(EdgeId), edges = (size_t)graph->edge_count + 1;
    if (!stretch_open(&graph->first_edge_memory, states, &graph->budget) ||
        !stretch_open(&graph->edge_to_memory, edges * sizeof(StateId), &graph->budget) ||
        !stretch_open(&graph->edge_thread_memory, edges * sizeof(uint16_t), &graph->budget) ||
        !stretch_ensure(&graph->first_edge_memory, states) ||
        !stretch_ensure(&graph->edge_to_memory, edges * sizeof(StateId)) ||
        !stretch_ensure(&graph->edge_thread_memory, edges * sizeof(uint16_t)))
        return STATUS_NO_MEMORY;
    graph->first_edge = graph->first_edge_memory.base;
    graph->edge_to = graph->edge_to_memory.base;
    graph->edge_thread = graph->edge_thread_memory.base;
    spread->block_count = graph->state_count / SPREAD_BLOCK + 1;
    spread->blocks = mem_alloc(spread->block_count, sizeof *spread->blocks);
    spread->reserve = mem_alloc((size_t)RESERVE_BLOCKS * SPREAD_BLOCK * spread->words, sizeof(Word));
    return spread->blocks == NULL || spread->reserve == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static void add_up(Graph *graph)
{
    for (uint64_t s = 0; s < graph->expanded_count; s++)
        graph->first_edge[s + 1] += graph->first_edge[s];
    for (uint64_t s = graph->expanded_count; s < graph->state_count; s++)
        graph->first_edge[s + 1] = graph->first_edge[s];
}

Status spread_collect(Spread *spread, bool is_complete, Graph **out)
{
    *out = NULL;
    bool is_first = spread->peers->rank == 0;
    Graph *graph = NULL;
    Status status = is_first ? open_graph(spread, &graph) : STATUS_OK;
    spread->reply = mem_alloc((size_t)MOST_BLOCKS * SPREAD_BLOCK, record_bytes(spread));
    if (spread->reply == NULL)
        status = STATUS_NO_MEMORY;
    status = spread_meet(spread, status);
    uint64_t end = place_from(spread, spread->cut);
    if (status == STATUS_OK)
        status = collect_edges(spread, end, false, graph);
    if (status == STATUS_OK && is_first)
        add_up(graph);
    if (status == STATUS_OK)
        status = collect_edges(spread, end, true, graph);
    if (status != STATUS_OK) {
        graph_free(graph);
        return status;
    }
    if (is_first)
        graph->is_complete = is_complete;
    spread->is_serving = true;
    *out = graph;
    return STATUS_OK;
}
