/* spreading.c: the search by several processes (explore/spread.h), and what its detectors saw, brought together.
 *
 * Each process has detectors of its own, which see the states that it owns. What they note is of two kinds. Most are
 * marks: one more place where a known finding happens. These are sent to rank 0 as they are. The rest is new: a row, a
 * way to stand at a lock. Such states are few: rank 0 shows each of them to its own detectors, in the order of their
 * ids, which then know what those of a single process would know. */
#include <stdlib.h>
#include <string.h>

#include "api/exploration.h"
#include "explore/spread.h"

enum {
#ifdef SNARL_SMALL_TABLES
    PART_BYTES = 256
#else
    PART_BYTES = 1 << 20 /* of marks that a process sends at once */
#endif
};

typedef struct Sharing {
    Exploration *exploration;
    Peers peers;
    Detectors local; /* of this process */
    Monitor monitor; /* theirs */
    Weights weights;
    uint32_t *news;  /* places of states that told them something new, then their ids */
    uint32_t news_count, news_room;
    uint32_t **rows; /* rank 0: by process and its row, the row in the detectors of all */
    Parcels parcels;
    Expansion expansion;
} Sharing;

typedef enum PartKind { PART_STATES, PART_EDGES, PART_PROGRESS, PART_TIMES } PartKind; /* the last two: of no row */

typedef struct PartHead { /* of some marks of a row, in a parcel */
    uint32_t row, kind, count;
} PartHead;

typedef struct EdgeMark {
    uint32_t state, step;
} EdgeMark;

typedef struct EdgeNote { /* who passes a `progress`, or how much time passes */
    uint64_t edge, note;
} EdgeNote;

typedef struct EdgeNotes {
    EdgeNote *items;
    uint64_t count, room;
} EdgeNotes;

/* ------------------------------------------------------------------- listening */

static bool add_news(Sharing *sharing, uint32_t number)
{
    if (sharing->news_count == sharing->news_room) {
        uint32_t room = sharing->news_room * 2 + 16;
        uint32_t *news = mem_resize(sharing->news, room, sizeof *news);
        if (news == NULL)
            return false;
        sharing->news = news;
        sharing->news_room = room;
    }
    sharing->news[sharing->news_count++] = number;
    return true;
}

static Status on_state(void *context, const MonitorEvent *event)
{
    Sharing *sharing = context;
    const Detectors *local = &sharing->local;
    uint32_t rows = finding_count(local->table);
    uint64_t requests = lock_requests_news(lock_order_requests(local->lock_order));
    Status status = weights_state(&sharing->weights, event);
    if (status == STATUS_OK)
        status = sharing->monitor.state(sharing->monitor.context, event);
    bool is_new = rows != finding_count(local->table) ||
                  requests != lock_requests_news(lock_order_requests(local->lock_order));
    if (status == STATUS_OK && is_new && !event->is_start_report && !add_news(sharing, event->state_id))
        status = STATUS_NO_MEMORY;
    return status;
}

static void on_restart(void *context)
{
    Sharing *sharing = context;
    sharing->news_count = 0;
    weights_restart(&sharing->weights);
    sharing->monitor.restart(sharing->monitor.context);
}

/* ------------------------------------------------------------- what is new, to rank 0 */

static void add_numbers(Text *text, const uint32_t *numbers, uint32_t count)
{
    text_add_bytes(text, (const char *)&count, sizeof count);
    if (count > 0)
        text_add_bytes(text, (const char *)numbers, count * sizeof *numbers);
}

/* What a row is known by. */
static void add_row(Text *text, const Finding *row)
{
    const uint32_t head[] = {(uint32_t)row->kind, row->eventually};
    text_add_bytes(text, (const char *)head, sizeof head);
    add_numbers(text, row->objects, row->object_count);
    add_numbers(text, row->lines, row->line_count);
    add_numbers(text, row->threads, row->thread_count);
    add_numbers(text, row->blocked_lines, row->blocked_lines == NULL ? 0 : row->thread_count);
}

static const char *take_numbers(const char *bytes, uint32_t **numbers, uint32_t *count)
{
    memcpy(count, bytes, sizeof *count);
    *numbers = (uint32_t *)(uintptr_t)(bytes + sizeof *count); /* parcels are copied to aligned memory before */
    return bytes + sizeof *count + *count * sizeof **numbers;
}

static const char *take_row(const char *bytes, Finding *row)
{
    uint32_t head[2], ignored;
    memcpy(head, bytes, sizeof head);
    *row = (Finding){.kind = (FindingKind)head[0], .eventually = head[1]};
    bytes = take_numbers(bytes + sizeof head, &row->objects, &row->object_count);
    bytes = take_numbers(bytes, &row->lines, &row->line_count);
    bytes = take_numbers(bytes, &row->threads, &row->thread_count);
    return take_numbers(bytes, &row->blocked_lines, &ignored);
}

static Status send_news(Sharing *sharing)
{
    const Spread *spread = sharing->exploration->spread;
    parcels_clear(&sharing->parcels);
    Text *out = &sharing->parcels.out[0];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sharing->news_count; i++) {
        StateId id = spread_state_id(spread, sharing->news[i]);
        if (id != UINT32_MAX)
            sharing->news[kept++] = id;
    }
    add_numbers(out, sharing->news, kept);
    uint32_t rows = finding_count(sharing->local.table);
    text_add_bytes(out, (const char *)&rows, sizeof rows);
    for (uint32_t r = 0; r < rows; r++)
        add_row(out, finding_get(sharing->local.table, r));
    Status status = parcels_are_whole(&sharing->parcels) ? STATUS_OK : STATUS_NO_MEMORY;
    status = peers_meet(&sharing->peers, status, NULL, NULL, NULL);
    if (status == STATUS_OK)
        parcels_exchange(&sharing->parcels);
    return status;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Rank 0: shows the start, and the states in `news`, to the detectors of all. */
static Status replay(Sharing *sharing)
{
    Exploration *exploration = sharing->exploration;
    Machine *machine = exploration->machine;
    const Graph *graph = exploration->graph;
    const Monitor monitor = times_monitor(exploration);
    MonitorEvent event = {.machine = machine, .expansion = &sharing->expansion, .is_start_report = true};
    Word *start = mem_alloc(machine_words(machine), sizeof *start);
    Status status = start == NULL ? STATUS_NO_MEMORY : machine_start(machine, start, &sharing->expansion);
    event.state = start;
    if (status == STATUS_OK)
        status = monitor.state(monitor.context, &event);
    mem_free(start);
    spread_bring(exploration->spread, sharing->news, sharing->news_count);
    event.is_start_report = false;
    for (uint32_t i = 0; i < sharing->news_count && status == STATUS_OK; i++) {
        event.state_id = sharing->news[i];
        event.state = graph_state(graph, event.state_id);
        event.first_edge = graph->first_edge[event.state_id];
        status = machine_expand(machine, event.state, &sharing->expansion);
        if (status == STATUS_OK)
            status = monitor.state(monitor.context, &event);
    }
    return status;
}

/* Rank 0: copies of the parcels, which end with the next exchange. */
static Status keep_parcels(Sharing *sharing, char **copies)
{
    for (uint32_t p = 0; p < sharing->peers.count; p++) {
        copies[p] = mem_alloc(sharing->parcels.in_bytes[p], 1);
        if (copies[p] == NULL)
            return STATUS_NO_MEMORY;
        memcpy(copies[p], sharing->parcels.in[p], sharing->parcels.in_bytes[p]);
    }
    return STATUS_OK;
}

static bool keeps_none(void *context, uint32_t state, uint64_t edge)
{
    (void)context;
    (void)state;
    (void)edge;
    return false;
}

/* Rank 0: which of its rows are those of the others. */
static Status match_rows(Sharing *sharing, char *const *copies)
{
    FindingTable *table = sharing->exploration->detectors.table;
    for (uint32_t p = 0; p < sharing->peers.count; p++) {
        uint32_t count, *ignored, rows;
        const char *bytes = take_numbers(copies[p], &ignored, &count);
        memcpy(&rows, bytes, sizeof rows);
        bytes += sizeof rows;
        sharing->rows[p] = mem_alloc(rows, sizeof **sharing->rows);
        if (sharing->rows[p] == NULL)
            return STATUS_NO_MEMORY;
        for (uint32_t r = 0; r < rows; r++) {
            Finding key;
            bytes = take_row(bytes, &key);
            sharing->rows[p][r] = finding_find(table, &key); /* NO_ID: seen only behind the cut */
        }
    }
    /* the marks of the replay come again with all the others */
    for (uint32_t r = 0; r < finding_count(table); r++)
        finding_keep_marks(table, r, keeps_none, NULL);
    return STATUS_OK;
}

static Status learn_news(Sharing *sharing)
{
    uint32_t processes = sharing->peers.count;
    char **copies = mem_alloc(processes, sizeof *copies);
    sharing->rows = mem_alloc(processes, sizeof *sharing->rows);
    Status status =
        copies == NULL || sharing->rows == NULL ? STATUS_NO_MEMORY : keep_parcels(sharing, copies);
    sharing->news_count = 0;
    for (uint32_t p = 0; p < processes && status == STATUS_OK; p++) {
        uint32_t *numbers, count;
        take_numbers(copies[p], &numbers, &count);
        for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
            status = add_news(sharing, numbers[i]) ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK && sharing->news_count > 0)
        qsort(sharing->news, sharing->news_count, sizeof *sharing->news, compare_numbers);
    if (status == STATUS_OK)
        status = replay(sharing);
    if (status == STATUS_OK)
        status = match_rows(sharing, copies);
    for (uint32_t p = 0; copies != NULL && p < processes; p++)
        mem_free(copies[p]);
    mem_free(copies);
    return status;
}

/* ---------------------------------------------------------------- marks, to rank 0 */

/* Where a process is in its marks. */
typedef struct MarkCursor {
    uint32_t row;
    PartKind kind;
    uint64_t next;
} MarkCursor;

static uint64_t marks_of(const Sharing *sharing, const MarkCursor *at)
{
    if (at->kind == PART_PROGRESS)
        return sharing->local.progress.count;
    if (at->kind == PART_TIMES)
        return sharing->weights.count;
    const Finding *row = finding_get(sharing->local.table, at->row);
    return at->kind == PART_STATES ? row->state_count : row->edge_count;
}

/* One mark, unless it lies behind the cut. */
static bool add_mark(const Sharing *sharing, const MarkCursor *at, Text *out)
{
    Spread *spread = sharing->exploration->spread;
    if (at->kind == PART_STATES) {
        StateId id = spread_state_id(spread, finding_get(sharing->local.table, at->row)->states[at->next]);
        if (id != UINT32_MAX)
            text_add_bytes(out, (const char *)&id, sizeof id);
        return id != UINT32_MAX;
    }
    const ProgressLog *progress = &sharing->local.progress;
    const Weights *weights = &sharing->weights;
    uint64_t edge = at->kind == PART_EDGES      ? finding_get(sharing->local.table, at->row)->edges[at->next]
                    : at->kind == PART_PROGRESS ? progress->edges[at->next]
                                                : weights->edges[at->next];
    EdgeMark mark;
    mark.state = spread_edge(spread, edge, &mark.step);
    if (mark.state == UINT32_MAX)
        return false;
    text_add_bytes(out, (const char *)&mark, sizeof mark);
    if (at->kind == PART_PROGRESS)
        text_add_bytes(out, (const char *)&progress->threads[at->next], sizeof *progress->threads);
    if (at->kind == PART_TIMES)
        text_add_bytes(out, (const char *)&weights->elapsed_ns[at->next], sizeof *weights->elapsed_ns);
    return true;
}

/* Where the next marks are. */
static void step_on(const Sharing *sharing, MarkCursor *at)
{
    at->next = 0;
    if (at->kind == PART_EDGES && ++at->row < finding_count(sharing->local.table))
        at->kind = PART_STATES;
    else
        at->kind++;
}

/* Some marks of one kind. */
static void add_part(const Sharing *sharing, MarkCursor *at, Text *out)
{
    PartHead head = {.row = at->row, .kind = (uint32_t)at->kind};
    uint64_t all = marks_of(sharing, at);
    size_t begin = out->length;
    text_add_bytes(out, (const char *)&head, sizeof head);
    for (; at->next < all && out->length < PART_BYTES + sizeof head && !out->failed; at->next++)
        head.count += add_mark(sharing, at, out);
    if (!out->failed)
        memcpy(out->bytes + begin, &head, sizeof head);
    if (at->next == all)
        step_on(sharing, at);
}

static bool add_note(EdgeNotes *notes, uint64_t edge, uint64_t note)
{
    if (notes->count == notes->room) {
        uint64_t room = notes->room * 2 + 64;
        EdgeNote *items = mem_resize(notes->items, room, sizeof *items);
        if (items == NULL)
            return false;
        notes->items = items;
        notes->room = room;
    }
    notes->items[notes->count++] = (EdgeNote){edge, note};
    return true;
}

/* Rank 0: the parts that came from a process. */
static Status take_parts(Sharing *sharing, uint32_t from, EdgeNotes *progress, EdgeNotes *times)
{
    const char *bytes = sharing->parcels.in[from], *end = bytes + sharing->parcels.in_bytes[from];
    const Graph *graph = sharing->exploration->graph;
    FindingTable *table = sharing->exploration->detectors.table;
    while (bytes < end) {
        PartHead head;
        memcpy(&head, bytes, sizeof head);
        bytes += sizeof head;
        for (uint32_t i = 0; i < head.count; i++) {
            bool fits;
            if (head.kind == PART_STATES) {
                StateId id;
                memcpy(&id, bytes, sizeof id);
                bytes += sizeof id;
                fits = finding_add_state(table, sharing->rows[from][head.row], id);
            } else {
                EdgeMark mark;
                memcpy(&mark, bytes, sizeof mark);
                bytes += sizeof mark;
                uint64_t edge = graph->first_edge[mark.state] + mark.step, note;
                if (head.kind == PART_EDGES) {
                    fits = finding_add_edge(table, sharing->rows[from][head.row], mark.state, edge);
                } else {
                    memcpy(&note, bytes, sizeof note);
                    bytes += sizeof note;
                    fits = add_note(head.kind == PART_PROGRESS ? progress : times, edge, note);
                }
            }
            if (!fits)
                return STATUS_NO_MEMORY;
        }
    }
    return STATUS_OK;
}

static int compare_notes(const void *left, const void *right)
{
    const EdgeNote *a = left, *b = right;
    return (a->edge > b->edge) - (a->edge < b->edge);
}

static void sort_notes(EdgeNotes *notes)
{
    if (notes->count > 1)
        qsort(notes->items, notes->count, sizeof *notes->items, compare_notes);
}

/* Rank 0: everything in the order in which one process would have met it. */
static Status sort_marks(Sharing *sharing, EdgeNotes *progress, EdgeNotes *times)
{
    Detectors *detectors = &sharing->exploration->detectors;
    Weights *weights = &sharing->exploration->weights;
    int64_t start_ns = weights->start_ns;
    for (uint32_t r = 0; r < finding_count(detectors->table); r++)
        if (!finding_sort_marks(detectors->table, r))
            return STATUS_NO_MEMORY;
    sort_notes(progress);
    sort_notes(times);
    progress_restart(&detectors->progress); /* without what came from the replay */
    weights_restart(weights);
    weights->start_ns = start_ns;
    for (uint64_t i = 0; i < progress->count; i++)
        if (!progress_add(&detectors->progress, progress->items[i].edge, progress->items[i].note))
            return STATUS_NO_MEMORY;
    for (uint64_t i = 0; i < times->count; i++)
        if (!weights_add(weights, times->items[i].edge, (int64_t)times->items[i].note))
            return STATUS_NO_MEMORY;
    return STATUS_OK;
}

/* `status`: how rank 0 fared with the rows. */
static Status send_marks(Sharing *sharing, Status status)
{
    bool is_first = sharing->peers.rank == 0;
    MarkCursor at = {.kind = finding_count(sharing->local.table) == 0 ? PART_PROGRESS : PART_STATES};
    EdgeNotes progress = {0}, times = {0};
    uint64_t left;
    do {
        parcels_clear(&sharing->parcels);
        Text *out = &sharing->parcels.out[0];
        while (at.kind <= PART_TIMES && out->length < PART_BYTES && !out->failed)
            add_part(sharing, &at, out);
        if (status == STATUS_OK && !parcels_are_whole(&sharing->parcels))
            status = STATUS_NO_MEMORY;
        left = at.kind <= PART_TIMES;
        status = peers_meet(&sharing->peers, status, NULL, &left, NULL);
        if (status != STATUS_OK)
            break;
        parcels_exchange(&sharing->parcels);
        for (uint32_t p = 0; is_first && p < sharing->peers.count && status == STATUS_OK; p++)
            status = take_parts(sharing, p, &progress, &times);
    } while (left > 0);
    if (is_first && status == STATUS_OK)
        status = sort_marks(sharing, &progress, &times);
    mem_free(progress.items);
    mem_free(times.items);
    return status;
}

/* ------------------------------------------------------------------------- life */

static Status share(Sharing *sharing)
{
    Exploration *exploration = sharing->exploration;
    bool is_first = sharing->peers.rank == 0;
    Status status = send_news(sharing);
    if (status != STATUS_OK)
        return status;
    if (is_first) {
        status = learn_news(sharing);
        spread_dismiss(exploration->spread);
    } else {
        spread_serve(exploration->spread);
    }
    status = send_marks(sharing, status);
    return peers_meet(&sharing->peers, status, NULL, NULL, NULL);
}

Status spreading_begin(Exploration *exploration, Status status)
{
    const SnPeers *peers = exploration->options.peers;
    exploration->peers = (Peers){peers->rank, peers->count, peers->exchange, peers->context};
    return peers_meet(&exploration->peers, status, NULL, NULL, NULL);
}

Status spreading_run(Exploration *exploration, const SearchOptions *search)
{
    Sharing sharing = {.exploration = exploration, .peers = exploration->peers};
    const Monitor monitor = {.context = &sharing, .state = on_state, .restart = on_restart};
    bool has_graph = false;
    exploration->is_helper = sharing.peers.rank != 0;
    Status status = detectors_begin(&sharing.local, exploration->options.skip_races);
    if (status == STATUS_OK)
        status = parcels_new(&sharing.peers, &sharing.parcels);
    status = peers_meet(&sharing.peers, status, NULL, NULL, NULL);
    sharing.monitor = detectors_monitor(&sharing.local);
    if (status == STATUS_OK)
        status = spread_run(exploration->machine, search, &exploration->peers, &monitor, &exploration->spread,
                            &exploration->graph, &has_graph);
    if (has_graph) {
        Status shared = share(&sharing);
        if (shared == STATUS_OK) {
            spread_resume(exploration->spread);
        } else {
            graph_free(exploration->graph);
            exploration->graph = NULL;
            status = shared;
        }
    }
    for (uint32_t p = 0; sharing.rows != NULL && p < sharing.peers.count; p++)
        mem_free(sharing.rows[p]);
    mem_free(sharing.rows);
    mem_free(sharing.news);
    weights_free(&sharing.weights);
    parcels_free(&sharing.parcels);
    expansion_free(&sharing.expansion);
    detectors_free(&sharing.local);
    if (exploration->is_helper && exploration->spread != NULL)
        spread_serve(exploration->spread);
    return status;
}
