#include "viz/waits_model.h"

#include <string.h>

enum { MOST_RINGS = 6, MOST_RING_THREADS = 8, LEAST_CROWD = 4 };

static const char *word(const WaitModel *m, WordId id)
{
    return sheet_word(m->sheet, id);
}

static uint32_t add_node(WaitModel *m, WaitNodeKind kind, uint32_t index, const char *name)
{
    WaitNode node = {
        .kind = kind, .index = index, .name = label_clean(m->arena, name), .root = SN_NONE, .parent = SN_NONE};
    ARENA_PUSH(m->arena, m->nodes, node);
    return m->nodes.count - 1;
}

/* The first node of a thread or an object: rings come first. */
static uint32_t find_node(const WaitModel *m, WaitNodeKind kind, uint32_t index)
{
    for (uint32_t n = 0; n < m->nodes.count; n++)
        if (m->nodes.items[n].kind == kind && m->nodes.items[n].index == index)
            return n;
    return SN_NONE;
}

static void add_edge(WaitModel *m, WaitEdgeKind kind, uint32_t tail, uint32_t head, uint32_t line, uint32_t ring)
{
    WaitEdge edge = {kind, tail, head, line, ring};
    ARENA_PUSH(m->arena, m->edges, edge);
}

static const SnWait *wait_of(const SnTrace *trace, uint32_t thread)
{
    for (uint32_t w = 0; w < trace->wait_count; w++)
        if (trace->waits[w].thread == thread)
            return &trace->waits[w];
    return NULL;
}

static bool is_in_cycle(const SnTrace *trace, uint32_t thread)
{
    if (trace->cycle_count == 0)
        return false;
    for (uint32_t i = 0; i < trace->cycle_start[trace->cycle_count]; i++)
        if (trace->cycle_threads[i] == thread)
            return true;
    return false;
}

/* ------------------------------------------------------------------- rings */

/* The part of `thread` in a wait; NULL when it has none. */
static const SnHolder *find_holder(const SnTrace *trace, const SnWait *wait, uint32_t thread)
{
    for (uint32_t h = 0; h < wait->holder_count; h++)
        if (trace->holders[wait->first_holder + h].thread == thread)
            return &trace->holders[wait->first_holder + h];
    return NULL;
}

/* Nodes and edges of one cycle. In a long one the middle is left out and said so. */
static void add_ring(WaitModel *m, uint32_t cycle)
{
    const SnTrace *trace = m->trace;
    uint32_t start = trace->cycle_start[cycle], count = trace->cycle_start[cycle + 1] - start;
    uint32_t skip_from = count, skip_to = count;
    if (count > MOST_RING_THREADS) {
        skip_from = MOST_RING_THREADS / 2;
        skip_to = count - (MOST_RING_THREADS / 2 - 1);
    }
    WaitRing ring = {.first = m->nodes.count, .cycle = cycle};
    uint32_t number = m->rings.count + 1;
    uint32_t previous = SN_NONE, previous_line = 0;
    WaitEdgeKind previous_kind = EDGE_HOLDS;
    for (uint32_t i = 0; i < count; i++) {
        if (i >= skip_from && i < skip_to) {
            if (i > skip_from)
                continue;
            uint32_t more =
                add_node(m, WAIT_MORE, i, arena_format(m->arena, word(m, WORD_MORE), (unsigned)(skip_to - skip_from)));
            add_edge(m, previous_kind, previous, more, previous_line, number);
            previous = more;
            previous_kind = EDGE_HOLDS;
            previous_line = 0;
            continue;
        }
        uint32_t thread = trace->cycle_threads[start + i], next = trace->cycle_threads[start + (i + 1) % count];
        uint32_t node = add_node(m, WAIT_THREAD, thread, trace->threads[thread].name);
        m->nodes.items[node].is_stuck = true;
        if (previous != SN_NONE)
            add_edge(m, previous_kind, previous, node, previous_line, number);
        const SnWait *wait = wait_of(trace, thread);
        uint32_t line = wait != NULL ? wait->line : 0;
        if (wait != NULL && wait->object < trace->object_count) {
            uint32_t object = add_node(m, WAIT_OBJECT, wait->object, trace->objects[wait->object].name);
            add_edge(m, EDGE_WAITS, node, object, line, number);
            previous = object;
            const SnHolder *holder = find_holder(trace, wait, next);
            previous_kind = holder != NULL && !holder->holds ? EDGE_HELP : EDGE_HOLDS;
            previous_line = holder != NULL && holder->holds ? holder->line : 0;
        } else {
            previous = node;
            previous_kind = wait != NULL && wait->is_for_control ? EDGE_WAITS : EDGE_JOINS;
            previous_line = line;
        }
    }
    add_edge(m, previous_kind, previous, ring.first, previous_line, number);
    ring.count = m->nodes.count - ring.first;
    for (uint32_t n = ring.first; n < m->nodes.count; n++)
        m->nodes.items[n].ring = number;
    ARENA_PUSH(m->arena, m->rings, ring);
}

/* --------------------------------------------------------- beside the rings */

static const char *state_words(const WaitModel *m, uint32_t thread)
{
    const SnTrace *trace = m->trace;
    if (trace->thread_states == NULL)
        return NULL;
    uint8_t state = trace->thread_states[(size_t)trace->step_count * trace->thread_count + thread];
    if (state == SN_THREAD_ENDED)
        return word(m, WORD_ENDED);
    return state == SN_THREAD_READY         ? word(m, WORD_RUNS_ON)
           : state == SN_THREAD_NOT_STARTED ? word(m, WORD_NOT_STARTED)
                                            : NULL;
}

static uint32_t thread_node(WaitModel *m, uint32_t thread)
{
    uint32_t node = find_node(m, WAIT_THREAD, thread);
    if (node != SN_NONE)
        return node;
    node = add_node(m, WAIT_THREAD, thread, m->trace->threads[thread].name);
    m->nodes.items[node].is_stuck = wait_of(m->trace, thread) != NULL;
    if (!m->nodes.items[node].is_stuck) {
        const char *words = state_words(m, thread);
        m->nodes.items[node].words = words != NULL ? label_clean(m->arena, words) : NULL;
    }
    return node;
}

WordId waits_help(SnObjectKind kind)
{
    switch (kind) {
    case SN_MUTEX:
    case SN_RWLOCK: return WORD_HELP_UNLOCK;
    case SN_SEMAPHORE: return WORD_HELP_RELEASE;
    case SN_CONDITION: return WORD_HELP_SIGNAL;
    case SN_BARRIER: return WORD_HELP_ARRIVE;
    case SN_EVENT: return WORD_HELP_SET;
    case SN_QUEUE: return WORD_HELP_SERVE;
    case SN_ONCE: return WORD_HELP_FINISH;
    case SN_WAITGROUP: return WORD_HELP_COUNT;
    case SN_POOL: return WORD_HELP_END;
    case SN_VARIABLE:
    case SN_ATOMIC_VARIABLE: break;
    }
    return WORD_HELP_CHANGE;
}

/* "A could signal it, but is blocked too", "A, B: each could signal it": those of the marked threads that are stuck, or that are not. */
static char *say_helpers(WaitModel *m, const bool *helps, bool are_stuck, const char *help)
{
    const SnTrace *trace = m->trace;
    char *names = NULL;
    uint32_t count = 0;
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        if (!helps[t] || (wait_of(trace, t) != NULL) != are_stuck)
            continue;
        char *name = label_clean(m->arena, trace->threads[t].name);
        names = count++ == 0 ? name : arena_format(m->arena, "%s, %s", names, name);
    }
    if (count == 0)
        return NULL;
    char *words = arena_format(m->arena, word(m, count == 1 ? WORD_WHO_COULD : WORD_EACH_COULD), names, help);
    return are_stuck ? arena_format(m->arena, "%s%s", words, word(m, WORD_BLOCKED_TOO)) : words;
}

/* A plate that says who could provide what is waited for there. */
static void add_plate(WaitModel *m, uint32_t object, uint32_t object_node)
{
    const SnTrace *trace = m->trace;
    const char *help = word(m, waits_help(trace->objects[object].kind));
    bool *helps = ARENA_ARRAY(m->arena, bool, trace->thread_count);
    for (uint32_t w = 0; w < trace->wait_count; w++)
        for (uint32_t h = 0; trace->waits[w].object == object && h < trace->waits[w].holder_count; h++)
            helps[trace->holders[trace->waits[w].first_holder + h].thread] = true;
    char *free = say_helpers(m, helps, false, help), *stuck = say_helpers(m, helps, true, help);
    char *words = free == NULL ? stuck : stuck == NULL ? free : arena_format(m->arena, "%s; %s", free, stuck);
    if (words == NULL)
        words = arena_format(m->arena, word(m, WORD_NOBODY_LEFT), help);
    uint32_t plate = add_node(m, WAIT_PLATE, object, "");
    m->nodes.items[plate].words = words;
    add_edge(m, EDGE_HELP, object_node, plate, 0, 0);
}

/* A waiter that is in no cycle, with what it waits for and who holds that. */
static void add_waiter(WaitModel *m, const SnWait *wait, uint32_t node)
{
    const SnTrace *trace = m->trace;
    if (wait->object >= trace->object_count) {
        if (wait->target < trace->thread_count) {
            add_edge(m, wait->is_for_control ? EDGE_WAITS : EDGE_JOINS, node, thread_node(m, wait->target), wait->line, 0);
        } else { /* await on variables */
            uint32_t plate = add_node(m, WAIT_PLATE, SN_NONE, "");
            m->nodes.items[plate].words = label_clean(m->arena, wait->source);
            add_edge(m, EDGE_WAITS, node, plate, wait->line, 0);
        }
        return;
    }
    uint32_t object = find_node(m, WAIT_OBJECT, wait->object);
    bool is_new = object == SN_NONE;
    if (is_new)
        object = add_node(m, WAIT_OBJECT, wait->object, trace->objects[wait->object].name);
    add_edge(m, EDGE_WAITS, node, object, wait->line, 0);
    if (!is_new)
        return;
    bool is_held = false;
    for (uint32_t h = 0; h < wait->holder_count; h++) {
        const SnHolder *holder = &trace->holders[wait->first_holder + h];
        if (!holder->holds)
            continue;
        is_held = true;
        add_edge(m, EDGE_HOLDS, object, thread_node(m, holder->thread), holder->line, 0);
    }
    if (!is_held)
        add_plate(m, wait->object, object);
}

/* What a thread outside of the cycles owns besides: it explains why the cycle matters to others. */
static void add_possessions(WaitModel *m)
{
    const SnTrace *trace = m->trace;
    for (uint32_t h = 0; h < trace->hold_count; h++) {
        const SnHold *hold = &trace->holds[h];
        uint32_t node = find_node(m, WAIT_THREAD, hold->thread);
        if (hold->to_step != SN_NONE || node == SN_NONE || m->nodes.items[node].ring != 0 ||
            hold->from_step >= trace->step_count || find_node(m, WAIT_OBJECT, hold->object) != SN_NONE)
            continue;
        uint32_t object = add_node(m, WAIT_OBJECT, hold->object, trace->objects[hold->object].name);
        add_edge(m, EDGE_HOLDS, object, node, trace->steps[hold->from_step].line, 0);
    }
}

/* True when the picture has a line to this thread, so that it needs a node of its own. */
static bool is_waited_for(const SnTrace *trace, uint32_t thread)
{
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *wait = &trace->waits[w];
        if (wait->object >= trace->object_count && wait->target == thread)
            return true;
        for (uint32_t h = 0; h < wait->holder_count; h++)
            if (trace->holders[wait->first_holder + h].holds && trace->holders[wait->first_holder + h].thread == thread)
                return true;
    }
    return false;
}

static bool can_crowd(const SnTrace *trace, const SnWait *wait)
{
    return wait->object < trace->object_count && !is_in_cycle(trace, wait->thread) &&
           !is_waited_for(trace, wait->thread);
}

/* One node for all that stand where `first` stands, unless they are few or one before it has made it. */
static bool add_crowd(WaitModel *m, uint32_t first, bool *is_done)
{
    const SnTrace *trace = m->trace;
    const SnWait *wait = &trace->waits[first];
    if (!can_crowd(trace, wait))
        return false;
    uint32_t count = 0, last = first;
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *other = &trace->waits[w];
        if (other->object != wait->object || other->line != wait->line || !can_crowd(trace, other))
            continue;
        count++;
        last = w;
    }
    if (count < LEAST_CROWD)
        return false;
    for (uint32_t w = 0; w < trace->wait_count; w++)
        if (trace->waits[w].object == wait->object && trace->waits[w].line == wait->line &&
            can_crowd(trace, &trace->waits[w]))
            is_done[w] = true;
    uint32_t node = add_node(m, WAIT_CROWD, wait->thread, "");
    m->nodes.items[node].is_stuck = true;
    m->nodes.items[node].words = arena_format(m->arena, word(m, WORD_CROWD), (unsigned)count,
                                              label_clean(m->arena, trace->threads[wait->thread].name),
                                              label_clean(m->arena, trace->threads[trace->waits[last].thread].name));
    add_waiter(m, wait, node);
    return true;
}

WaitModel *waits_build(Sheet *sheet, const SnTrace *trace)
{
    Arena *arena = &sheet->arena;
    WaitModel *m = ARENA_NEW(arena, WaitModel);
    m->trace = trace;
    m->sheet = sheet;
    m->arena = arena;
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        if (trace->cycle_start[c + 1] == trace->cycle_start[c])
            continue;
        if (m->rings.count < MOST_RINGS)
            add_ring(m, c);
        else
            m->hidden_rings++;
    }
    bool *is_done = ARENA_ARRAY(arena, bool, trace->wait_count);
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *wait = &trace->waits[w];
        if (is_in_cycle(trace, wait->thread))
            continue;
        m->outside++;
        if (!is_done[w] && !add_crowd(m, w, is_done))
            add_waiter(m, wait, thread_node(m, wait->thread));
    }
    add_possessions(m);
    return m;
}
