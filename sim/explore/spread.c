/* spread.c: the levels of a spread search. */
#include "explore/spread.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "explore/learn.h"
#include "explore/spread_share.h"

enum {
#ifdef SNARL_SMALL_TABLES
    ROUND_BYTES = 2048,
#else
    ROUND_BYTES = 1 << 20, /* of successors that a process sends at once */
#endif
    MOST_EDGES_BITS = 40
};
#define PROGRESS_SECONDS 0.05

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Status spread_meet(Spread *spread, Status status)
{
    uint32_t limit = (uint32_t)spread->limit;
    status = peers_meet(spread->peers, status, &limit, NULL, NULL);
    spread->limit = (GraphLimit)limit;
    return status;
}

/* What a process tells the others in each round, before its successors go out. */
typedef struct Card {
    uint64_t failed_at, states, edges;
    Overflow overflow;
    uint32_t status, limit, goes_on;
} Card;

/* ------------------------------------------------------------------------ shares */

static uint32_t owner_of(const Spread *spread, const Word *state)
{
    /* other constants than in store.c, whose table must not see states of one owner crowd together */
    uint64_t hash = 0x9FB21C651E98DF25u;
    for (uint32_t w = 0; w < spread->words; w++) {
        hash = (hash ^ (state[w] & spread->common[w])) * 0xC2B2AE3D27D4EB4Fu;
        hash ^= hash >> 29;
    }
    hash *= 0x165667B19E3779F9u;
    return (uint32_t)((hash >> 32) * spread->peers->count >> 32);
}

static void close_share(Spread *spread)
{
    store_free(spread->store);
    stretch_close(&spread->order_memory);
    stretch_close(&spread->ids_memory);
    stretch_close(&spread->first_memory);
    stretch_close(&spread->to_memory);
    stretch_close(&spread->thread_memory);
    mem_free(spread->common);
    mem_free(spread->batch);
    mem_free(spread->lowest);
    spread->store = NULL;
    spread->common = NULL;
    spread->batch = NULL;
    spread->lowest = NULL;
    spread->lowest_room = 0;
    for (uint32_t p = 0; spread->maps != NULL && p < spread->peers->count; p++)
        interned_map_free(&spread->maps[p]);
    for (uint32_t p = 0; spread->asked != NULL && p < spread->peers->count; p++)
        spread->asked[p].count = 0;
    spread->told = (Interned){0};
    expansion_free(&spread->expansion);
}

/* An empty share, in the machine's layout. */
static Status open_share(Spread *spread)
{
    spread->words = machine_words(spread->machine);
    spread->budget = (Budget){.limit_bytes = spread->options->max_memory};
    spread->placed = spread->expanded = spread->level_end = spread->known = spread->numbered = 0;
    spread->state_count = spread->level_first = spread->level_last = spread->edge_count = 0;
    spread->max_depth = 0;
    spread->failed_at = spread->first_failure = UINT64_MAX;
    spread->common = mem_alloc(spread->words, sizeof *spread->common);
    spread->batch = mem_alloc((size_t)SPREAD_BATCH * spread->words, sizeof *spread->batch);
    if (spread->common == NULL || spread->batch == NULL)
        return STATUS_NO_MEMORY;
    machine_common_bits(spread->machine, spread->common);
    Status status = store_new(spread->words, 0, &spread->budget, &spread->store);
    if (status != STATUS_OK)
        return budget_refused(&spread->budget, &spread->limit);
    const size_t states = (size_t)1 << 34, edges = (size_t)1 << MOST_EDGES_BITS;
    if (!stretch_open(&spread->order_memory, states, &spread->budget) ||
        !stretch_open(&spread->ids_memory, states, &spread->budget) ||
        !stretch_open(&spread->first_memory, states * 2, &spread->budget) ||
        !stretch_open(&spread->to_memory, edges, &spread->budget) ||
        !stretch_open(&spread->thread_memory, edges, &spread->budget) ||
        !stretch_ensure(&spread->order_memory, sizeof(StateId)) ||
        !stretch_ensure(&spread->ids_memory, sizeof(StateId)) ||
        !stretch_ensure(&spread->first_memory, 2 * sizeof(EdgeId)))
        return budget_refused(&spread->budget, &spread->limit);
    spread->order = spread->order_memory.base;
    spread->ids = spread->ids_memory.base;
    spread->first_edge = spread->first_memory.base;
    spread->edge_to = spread->to_memory.base;
    spread->edge_thread = spread->thread_memory.base;
    return STATUS_OK;
}

/* ----------------------------------------------------------------------- expanding */

static Status report(Spread *spread, const Word *state, uint32_t place, bool is_start_report)
{
    if (spread->monitor == NULL || spread->monitor->state == NULL)
        return STATUS_OK;
    const MonitorEvent event = {.machine = spread->machine,
                                .state = state,
                                .state_id = place,
                                .first_edge = spread->first_edge[place],
                                .expansion = &spread->expansion,
                                .is_start_report = is_start_report};
    return spread->monitor->state(spread->monitor->context, &event);
}

/* The start has the id 0; every process makes it, one keeps it. */
static Status enter_start(Spread *spread)
{
    Word *state = mem_alloc(spread->words, sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    Status status = machine_start(spread->machine, state, &spread->expansion);
    if (status == STATUS_RELAYOUT)
        spread->overflow = machine_overflow(spread->machine);
    if (status == STATUS_OK && owner_of(spread, state) == spread->peers->rank) {
        Probe probe;
        StateId id;
        uint32_t done;
        store_prefetch(spread->store, state, 1, &probe);
        status = store_add(spread->store, state, &probe, 1, &id, &done);
        if (status == STATUS_OK) {
            spread->order[0] = spread->ids[0] = 0;
            spread->placed = spread->known = 1;
            status = report(spread, state, 0, true);
        } else if (status == STATUS_LIMIT) {
            status = budget_refused(&spread->budget, &spread->limit);
        }
    }
    mem_free(state);
    spread->state_count = spread->level_last = 1;
    return status;
}

static bool has_more(const Spread *spread)
{
    return spread->expanded < spread->level_end &&
           spread->ids[spread->order[spread->expanded]] < spread->first_failure;
}

/* The next state in turn: its successors into the parcels for their owners. */
static Status expand(Spread *spread)
{
    uint32_t place = (uint32_t)spread->expanded, words = spread->words;
    StateId number = spread->order[place], id = spread->ids[number];
    const Word *state = store_get(spread->store, number);
    Expansion *expansion = &spread->expansion;
    Status status = machine_expand(spread->machine, state, expansion);
    if (status == STATUS_RELAYOUT) {
        spread->overflow = machine_overflow(spread->machine);
        spread->failed_at = spread->first_failure = id;
        return STATUS_OK; /* the others go on to the same place: what fails there first counts */
    }
    if (status != STATUS_OK)
        return status;
    uint64_t edge = spread->first_edge[place];
    if (!stretch_ensure(&spread->to_memory, (size_t)(edge + expansion->count) * sizeof(StateId)) ||
        !stretch_ensure(&spread->thread_memory, (size_t)(edge + expansion->count) * sizeof(uint16_t)) ||
        !stretch_ensure(&spread->first_memory, (size_t)(place + 2) * sizeof(EdgeId)))
        return budget_refused(&spread->budget, &spread->limit);
    status = report(spread, state, place, false);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < expansion->count; i++) {
        const Word *successor = expansion->states + (size_t)i * words;
        uint32_t owner = owner_of(spread, successor);
        const uint64_t key = (uint64_t)id << 32 | i;
        text_add_bytes(&spread->parcels.out[owner], (const char *)successor, words * sizeof *successor);
        text_add_bytes(&spread->parcels.out[owner], (const char *)&key, sizeof key);
        spread->edge_to[edge + i] = owner;
        assert(expansion->steps[i].thread < UINT16_MAX);
        spread->edge_thread[edge + i] = (uint16_t)expansion->steps[i].thread;
    }
    spread->first_edge[place + 1] = edge + expansion->count;
    spread->expanded++;
    return STATUS_OK;
}

/* Looks at the clock and tells the caller how far all are. */
static Status check(Spread *spread)
{
    const SearchOptions *options = spread->options;
    double time = now();
    if (options->max_seconds > 0 && time - spread->begin >= options->max_seconds) {
        spread->limit = GRAPH_MAX_SECONDS;
        return STATUS_LIMIT;
    }
    if (options->progress == NULL || time - spread->last_progress < PROGRESS_SECONDS)
        return STATUS_OK;
    spread->last_progress = time;
    bool goes_on = options->progress(options->progress_context, spread->others_states, spread->others_edges,
                                     spread->others_states - spread->level_first, spread->budget.used_bytes,
                                     time - spread->begin);
    return goes_on ? STATUS_OK : STATUS_INTERRUPTED;
}

/* ----------------------------------------------------------------------- receiving */

static Status lead_here(Spread *spread, StateId number, uint64_t key, bool is_new)
{
    uint64_t at = number - spread->known;
    if (at >= spread->lowest_room) {
        uint64_t room = spread->lowest_room * 2 + 1024;
        uint64_t *lowest = mem_resize(spread->lowest, room, sizeof *lowest);
        if (lowest == NULL)
            return STATUS_NO_MEMORY;
        spread->lowest = lowest;
        spread->lowest_room = room;
    }
    if (is_new || key < spread->lowest[at])
        spread->lowest[at] = key;
    return STATUS_OK;
}

/* Enters the successors that a process sent. */
static Status receive(Spread *spread, uint32_t from, const char *bytes, size_t length)
{
    uint32_t words = spread->words;
    size_t record = words * sizeof(Word) + sizeof(uint64_t);
    uint64_t keys[SPREAD_BATCH];
    while (length > 0) {
        uint32_t count = 0, done;
        for (; length > 0 && count < SPREAD_BATCH; count++, bytes += record, length -= record) {
            Word *state = spread->batch + (size_t)count * words;
            memcpy(state, bytes, words * sizeof *state);
            memcpy(&keys[count], bytes + words * sizeof *state, sizeof *keys);
            if (from != spread->peers->rank)
                machine_adopt(spread->machine, &spread->maps[from], state);
        }
        uint64_t before = store_count(spread->store);
        store_prefetch(spread->store, spread->batch, count, spread->probes);
        if (store_is_large(spread->store))
            store_peek(spread->store, count, spread->probes);
        Status status = store_add(spread->store, spread->batch, spread->probes, count, spread->batch_ids, &done);
        if (status == STATUS_LIMIT)
            return budget_refused(&spread->budget, &spread->limit);
        for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
            StateId number = spread->batch_ids[i];
            if (number >= spread->known)
                status = lead_here(spread, number, keys[i], number == before);
            before += number == before;
            if (status == STATUS_OK && !numbers_add(&spread->asked[from], number))
                status = STATUS_NO_MEMORY;
        }
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* All tell how far they are. `*goes_on`: somebody has more states to expand. */
static Status tell_cards(Spread *spread, Status status, bool *goes_on)
{
    const Peers *peers = spread->peers;
    if (status == STATUS_OK && !parcels_are_whole(&spread->parcels))
        status = STATUS_NO_MEMORY;
    Card mine;
    memset(&mine, 0, sizeof mine);
    mine.failed_at = spread->failed_at;
    mine.states = store_count(spread->store);
    mine.edges = spread->first_edge[spread->expanded];
    mine.overflow = spread->overflow;
    mine.status = (uint32_t)status;
    mine.limit = (uint32_t)spread->limit;
    mine.goes_on = has_more(spread);
    for (uint32_t p = 0; p < peers->count; p++) {
        spread->cards.send[p] = &mine;
        spread->cards.send_bytes[p] = sizeof mine;
    }
    peers->exchange(peers->context, spread->cards.send, spread->cards.send_bytes, spread->cards.in,
                    spread->cards.in_bytes);
    Status agreed = STATUS_OK;
    *goes_on = false;
    spread->others_states = spread->others_edges = 0;
    for (uint32_t p = 0; p < peers->count; p++) {
        Card theirs;
        memcpy(&theirs, spread->cards.in[p], sizeof theirs);
        spread->others_states += theirs.states;
        spread->others_edges += theirs.edges;
        *goes_on |= theirs.goes_on != 0;
        if (theirs.failed_at <= spread->first_failure && theirs.failed_at != UINT64_MAX) {
            spread->first_failure = theirs.failed_at;
            spread->first_overflow = theirs.overflow;
        }
        if (agreed == STATUS_OK && theirs.status != STATUS_OK) {
            agreed = (Status)theirs.status;
            spread->limit = (GraphLimit)theirs.limit;
        }
    }
    return agreed;
}

/* The last bytes of a parcel say how many before them tell new numbers. */
static size_t interned_bytes(const char *parcel, size_t length)
{
    uint64_t bytes;
    memcpy(&bytes, parcel + length - sizeof bytes, sizeof bytes);
    return (size_t)bytes;
}

/* Appends this machine's new numbers to each parcel. */
static void add_interned(Spread *spread)
{
    Interned known = machine_interned(spread->machine);
    bool has_news = known.stops != spread->told.stops || known.outputs != spread->told.outputs;
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        Text *out = &spread->parcels.out[p];
        uint64_t before = out->length;
        if (has_news)
            machine_tell_interned(spread->machine, spread->told, out);
        const uint64_t bytes = out->length - before;
        text_add_bytes(out, (const char *)&bytes, sizeof bytes);
    }
    spread->told = known;
}

/* New numbers of the others, which all processes hear: all agree on whether they fit. `*news`: there are any. */
static Status learn_interned(Spread *spread, bool *news)
{
    Status status = STATUS_OK;
    *news = false;
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        const char *parcel = spread->parcels.in[p];
        size_t length = spread->parcels.in_bytes[p], bytes = interned_bytes(parcel, length);
        *news |= bytes > 0;
        if (bytes > 0 && p != spread->peers->rank && status == STATUS_OK)
            status = machine_learn_interned(spread->machine, parcel + length - sizeof(uint64_t) - bytes, bytes,
                                            &spread->maps[p]);
    }
    if (status == STATUS_OK && *news && !machine_interned_fits(spread->machine)) {
        spread->overflow = machine_overflow(spread->machine);
        spread->failed_at = spread->first_failure = 0; /* nobody goes on in this layout */
    }
    return status;
}

/* Successors go to their owners. */
static Status deliver(Spread *spread, bool *news)
{
    Parcels *parcels = &spread->parcels;
    parcels_exchange(parcels);
    Status status = learn_interned(spread, news);
    for (uint32_t p = 0; p < spread->peers->count && status == STATUS_OK && spread->failed_at != 0; p++) {
        size_t length = parcels->in_bytes[p] - sizeof(uint64_t);
        status = receive(spread, p, parcels->in[p], length - interned_bytes(parcels->in[p], parcels->in_bytes[p]));
    }
    return status;
}

/* Expands the level at hand, in rounds, and numbers the next. All processes return the same status. */
static Status run_level(Spread *spread)
{
    Status status = STATUS_OK;
    bool goes_on;
    do {
        size_t begin = (size_t)spread->first_edge[spread->expanded],
               bytes = spread->options->max_memory / 64, /* small limits need small parcels */
               most = (bytes == 0 || bytes > ROUND_BYTES ? ROUND_BYTES : bytes) / ((spread->words + 1) * sizeof(Word));
        parcels_clear(&spread->parcels);
        while (status == STATUS_OK && has_more(spread) && spread->first_edge[spread->expanded] - begin <= most)
            status = expand(spread);
        if (status == STATUS_OK && spread->failed_at == UINT64_MAX)
            status = check(spread);
        add_interned(spread);
        Status agreed = tell_cards(spread, status, &goes_on);
        if (agreed != STATUS_OK)
            return agreed;
        if (spread->first_failure != UINT64_MAX) {
            if (!goes_on)
                return STATUS_RELAYOUT;
            continue;
        }
        bool news;
        status = deliver(spread, &news);
        goes_on |= news; /* whether they fit is told in one more round */
    } while (goes_on);
    status = spread_meet(spread, status);
    return status == STATUS_OK ? spread_number(spread) : status;
}

/* What rank 0 will need for the graph counts as in use. */
static Status look_at_memory(Spread *spread)
{
    size_t most = spread->options->max_memory;
    size_t graph = (size_t)(spread->state_count + 2) * sizeof(EdgeId) +
                   (size_t)spread->edge_count * (sizeof(StateId) + sizeof(uint16_t));
    Status status = STATUS_OK;
    if (spread->peers->rank == 0 && most != 0 && spread->budget.used_bytes + graph > most) {
        spread->limit = GRAPH_MAX_MEMORY;
        status = STATUS_LIMIT;
    }
    return spread_meet(spread, status);
}

static Status attempt(Spread *spread)
{
    Status status = open_share(spread);
    if (status == STATUS_OK)
        status = enter_start(spread);
    status = spread_meet(spread, status);
    if (status == STATUS_RELAYOUT)
        spread->first_overflow = spread->overflow; /* all made the same start */
    while (status == STATUS_OK && spread->level_first < spread->level_last) {
        uint64_t begin = spread->expanded; /* place */
        spread->level_end = spread->placed;
        spread->cut = spread->level_first; /* a level that does not come to its end leaves its states open */
        status = run_level(spread);
        if (status != STATUS_OK)
            break;
        uint64_t most = spread->options->max_states;
        bool is_cut = most != 0 && spread->state_count > most;
        spread->cut = is_cut ? spread_cut(spread, begin, (StateId)most) : spread->level_last;
        uint64_t end = begin;
        while (end < spread->level_end && spread->ids[spread->order[end]] < spread->cut)
            end++;
        uint64_t edges = spread->first_edge[end] - spread->first_edge[begin];
        peers_meet(spread->peers, STATUS_OK, NULL, &edges, NULL);
        spread->edge_count += edges;
        if (is_cut) {
            spread->state_count = most;
            spread->limit = GRAPH_MAX_STATES;
            status = STATUS_LIMIT;
        } else {
            status = look_at_memory(spread);
        }
        spread->max_depth += spread->state_count > spread->level_last;
        spread->level_first = spread->level_last;
        spread->level_last = spread->state_count;
    }
    return status;
}

static Status begin(Spread *spread)
{
    uint32_t count = spread->peers->count;
    Status status = parcels_new(spread->peers, &spread->parcels);
    if (status == STATUS_OK)
        status = parcels_new(spread->peers, &spread->cards);
    spread->maps = mem_alloc(count, sizeof *spread->maps);
    spread->asked = mem_alloc(count, sizeof *spread->asked);
    spread->came = mem_alloc(count, sizeof *spread->came);
    spread->probes = mem_alloc(SPREAD_BATCH, sizeof *spread->probes);
    spread->batch_ids = mem_alloc(SPREAD_BATCH, sizeof *spread->batch_ids);
    if (spread->maps == NULL || spread->asked == NULL || spread->came == NULL || spread->probes == NULL ||
        spread->batch_ids == NULL)
        status = STATUS_NO_MEMORY;
    /* fixed seeds: all machines learn the same layout */
    return status == STATUS_OK ? learn_narrow_layout(spread->machine, &spread->expansion) : status;
}

Status spread_run(Machine *machine, const SearchOptions *options, const Peers *peers, const Monitor *monitor,
                  Spread **out, Graph **graph, bool *has_graph)
{
    *out = NULL;
    *graph = NULL;
    *has_graph = false;
    Spread *spread = mem_alloc(1, sizeof *spread);
    Status status = peers_meet(peers, spread == NULL ? STATUS_NO_MEMORY : STATUS_OK, NULL, NULL, NULL);
    if (status != STATUS_OK) {
        mem_free(spread);
        return status;
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): peers_meet gives back STATUS_NO_MEMORY where it was told so */
    *spread = (Spread){.machine = machine, .options = options, .peers = peers, .monitor = monitor};
    spread->begin = spread->last_progress = now();
    status = spread_meet(spread, begin(spread));
    while (status == STATUS_OK && (status = attempt(spread)) == STATUS_RELAYOUT) {
        close_share(spread);
        machine_set_overflow(machine, spread->first_overflow);
        status = machine_relayout(machine);
        if (monitor != NULL && monitor->restart != NULL)
            monitor->restart(monitor->context);
        status = spread_meet(spread, status);
    }
    *out = spread;
    if (spread->state_count == 0)
        return status;
    Status collected = spread_collect(spread, status == STATUS_OK, graph);
    *has_graph = collected == STATUS_OK;
    return collected == STATUS_OK ? status : collected;
}

void spread_free(Spread *spread)
{
    if (spread == NULL)
        return;
    spread_dismiss(spread);
    close_share(spread);
    for (uint32_t p = 0; spread->asked != NULL && p < spread->peers->count; p++)
        mem_free(spread->asked[p].items);
    mem_free(spread->asked);
    mem_free(spread->maps);
    mem_free(spread->came);
    mem_free(spread->probes);
    mem_free(spread->batch_ids);
    for (uint64_t b = 0; spread->blocks != NULL && b < spread->block_count; b++)
        mem_free(spread->blocks[b]);
    mem_free(spread->blocks);
    mem_free(spread->reserve);
    mem_free(spread->reply);
    keys_free(&spread->keys);
    parcels_free(&spread->parcels);
    parcels_free(&spread->cards);
    mem_free(spread);
}
