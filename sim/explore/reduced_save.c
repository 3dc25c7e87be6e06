/* reduced_save.c: the reduced search in a file.
 *
 * In the file, behind the reductions that were asked for: the machine, what was learned of steps, numbers, then the
 * kept states and what is known of each, the way with what is pending on it, and the news. Nothing of the visitor is
 * there: another one becomes the same from the news. */
#include "explore/reduced_parts.h"

#include "base/memory.h"
#include "explore/checkpoint.h"
#include "explore/store.h"
#include "machine/snapshot.h"

/* Of one piece of news; behind it the state, the names, the schedule. */
typedef struct NewsHead {
    uint32_t is_start_report, step_count;
} NewsHead;

typedef struct Numbers {
    uint64_t steps, passed, states, edges, news_bytes, most_steps;
    uint32_t max_depth, frame_count, pending_count, trail_count, restarts, has_reopened;
} Numbers;

static size_t bytes_of_news(const Search *s, uint32_t step_count)
{
    return sizeof(NewsHead) + s->words * sizeof(Word) + s->threads * sizeof(ThreadId) +
           (size_t)step_count * sizeof(ScheduleStep);
}

Status reduced_note_news(Search *s, bool is_start_report)
{
    size_t bytes = bytes_of_news(s, s->trail_count);
    if (!stretch_ensure(&s->news, s->news_bytes + bytes))
        return budget_refused(&s->budget, &s->result->limit);
    const NewsHead head = {is_start_report, s->trail_count};
    char *to = (char *)s->news.base + s->news_bytes;
    memcpy(to, &head, sizeof head);
    to += sizeof head;
    memcpy(to, s->state, s->words * sizeof(Word));
    to += s->words * sizeof(Word);
    memcpy(to, s->name, s->threads * sizeof(ThreadId));
    to += s->threads * sizeof(ThreadId);
    memcpy(to, s->trail.base, s->trail_count * sizeof(ScheduleStep));
    s->news_bytes += bytes;
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------- saving */

void reduced_save(Search *s)
{
    Checkpoint *checkpoint = s->options->checkpoint;
    const Mark *mark = &s->mark;
    if (checkpoint == NULL || checkpoint->path == NULL || checkpoint->is_behind || mark->states == 0)
        return;
    Record *record = checkpoint_begin(checkpoint);
    if (record == NULL)
        return;
    const Frame *frames = s->frames.base;
    Numbers numbers = {.steps = mark->steps,
                       .passed = mark->passed,
                       .states = mark->states,
                       .edges = mark->edges,
                       .news_bytes = mark->news_bytes,
                       .most_steps = s->most_steps,
                       .max_depth = mark->max_depth,
                       .frame_count = mark->frames,
                       .pending_count = mark->pending,
                       .trail_count = mark->frames == 0 ? 0 : frames[mark->frames - 1].trail,
                       .restarts = s->restarts,
                       .has_reopened = s->has_reopened};
    record_put_number(record, s->wanted);
    machine_save(s->machine, record);
    uses_save(s->uses, record);
    RECORD_PUT(record, numbers);
    record_put(record, store_get(s->store, 0), numbers.states * s->words * sizeof(Word));
    if ((s->reductions & REDUCE_SLEEP) != 0)
        record_put(record, s->sleeps.base, numbers.states * sizeof(ThreadSet));
    record_put(record, s->edges.memory.base, numbers.edges * EDGE_BYTES);
    for (uint32_t f = 0; f < numbers.frame_count; f++) {
        Frame frame = frames[f];
        if (f + 1 == numbers.frame_count)
            frame.next = mark->next;
        RECORD_PUT(record, frame);
    }
    record_put(record, s->names.base, (size_t)numbers.frame_count * s->threads * sizeof(ThreadId));
    record_put(record, s->pending.base, numbers.pending_count * sizeof(Pending));
    record_put(record, s->states.base, (size_t)numbers.pending_count * s->words * sizeof(Word));
    record_put(record, s->trail.base, numbers.trail_count * sizeof(ScheduleStep));
    record_put(record, s->news.base, numbers.news_bytes);
    checkpoint_end(checkpoint, record);
}

/* ------------------------------------------------------------------------- restoring */

uint32_t reduced_past(Checkpoint *checkpoint)
{
    uint64_t wanted = 0;
    if (checkpoint->past == NULL || checkpoint->past_phase != CHECKPOINT_REDUCED ||
        !record_return(checkpoint->past, checkpoint->past_place) ||
        !record_get_number(checkpoint->past, &wanted) || wanted > REDUCE_ALL)
        return 0;
    return (uint32_t)wanted;
}

/* `count` items of a stretch; `size` bytes each, of which there must be so many in the file. */
static Status get_all(Search *s, Stretch *stretch, uint64_t count, size_t size)
{
    Record *record = s->options->checkpoint->past;
    if (count > record_left(record) / size)
        return STATUS_INVALID;
    if (count > 0 && !stretch_ensure(stretch, (size_t)count * size))
        return budget_refused(&s->budget, &s->result->limit);
    return count == 0 || record_get(record, stretch->base, (size_t)count * size) ? STATUS_OK : STATUS_INVALID;
}

static Status get_states(Search *s, uint64_t count)
{
    Record *record = s->options->checkpoint->past;
    Status status = STATUS_OK;
    for (uint64_t i = 0; i < count && status == STATUS_OK; i++)
        status = record_get(record, s->state, s->words * sizeof(Word)) ? store_append(s->store, s->state)
                                                                       : STATUS_INVALID;
    if (status == STATUS_OK)
        status = store_index(s->store);
    if (status == STATUS_LIMIT)
        s->result->limit = s->budget.was_hit ? GRAPH_MAX_MEMORY : GRAPH_MAX_STATES;
    return status;
}

static Status get_arrays(Search *s, const Numbers *numbers)
{
    Status status = get_states(s, numbers->states);
    if (status == STATUS_OK && (s->reductions & REDUCE_SLEEP) != 0)
        status = get_all(s, &s->sleeps, numbers->states, sizeof(ThreadSet));
    if (status == STATUS_OK)
        status = get_all(s, &s->edges.memory, numbers->edges, EDGE_BYTES);
    if (status == STATUS_OK)
        status = get_all(s, &s->frames, numbers->frame_count, sizeof(Frame));
    if (status == STATUS_OK)
        status = get_all(s, &s->names, (uint64_t)numbers->frame_count * s->threads, sizeof(ThreadId));
    if (status == STATUS_OK)
        status = get_all(s, &s->pending, numbers->pending_count, sizeof(Pending));
    if (status == STATUS_OK)
        status = get_all(s, &s->states, (uint64_t)numbers->pending_count * s->words, sizeof(Word));
    if (status == STATUS_OK)
        status = get_all(s, &s->trail, numbers->trail_count, sizeof(ScheduleStep));
    if (status == STATUS_OK)
        status = get_all(s, &s->news, numbers->news_bytes, 1);
    if (status == STATUS_OK && record_left(s->options->checkpoint->past) != 0)
        status = STATUS_INVALID;
    return status;
}

/* All that indexes something stays inside of it. */
static bool is_consistent(const Search *s, const Numbers *numbers)
{
    const Frame *frames = s->frames.base;
    uint32_t first = 0, trail = 0;
    for (uint32_t f = 0; f < numbers->frame_count; f++) {
        if (frames[f].id >= numbers->states || frames[f].first != first || frames[f].next > frames[f].count ||
            frames[f].count > numbers->pending_count - first || frames[f].trail < trail)
            return false;
        first += frames[f].count;
        trail = frames[f].trail;
    }
    const Pending *pending = s->pending.base;
    for (uint32_t p = 0; p < numbers->pending_count; p++)
        if (pending[p].thread >= s->threads)
            return false;
    return first == numbers->pending_count && trail == numbers->trail_count;
}

static Status tell_news(Search *s, const char *at, const NewsHead *head)
{
    memcpy(s->state, at, s->words * sizeof(Word));
    at += s->words * sizeof(Word);
    memcpy(s->name, at, s->threads * sizeof(ThreadId));
    at += s->threads * sizeof(ThreadId);
    Word *start = head->is_start_report ? mem_alloc(s->words, sizeof *start) : NULL;
    if (head->is_start_report && start == NULL)
        return STATUS_NO_MEMORY;
    Status status = head->is_start_report ? machine_start(s->machine, start, &s->expansion)
                                          : machine_expand(s->machine, s->state, &s->expansion);
    mem_free(start);
    if (status != STATUS_OK)
        return status == STATUS_RELAYOUT ? STATUS_INVALID : status;
    const MonitorEvent event = {.machine = s->machine,
                                .state = s->state,
                                .expansion = &s->expansion,
                                .is_start_report = head->is_start_report};
    bool is_news = false;
    status = s->visitor->state(s->visitor->context, &event, &is_news);
    if (status == STATUS_OK && !is_news)
        status = STATUS_INVALID;
    ScheduleStep *steps = mem_alloc((size_t)head->step_count + 1, sizeof *steps);
    if (steps == NULL)
        return STATUS_NO_MEMORY;
    memcpy(steps, at, head->step_count * sizeof *steps);
    if (status == STATUS_OK)
        status = s->visitor->schedule(s->visitor->context, steps, head->step_count, s->name);
    mem_free(steps);
    return status;
}

static Status tell_all_news(Search *s, size_t bytes)
{
    const char *news = s->news.base;
    Status status = STATUS_OK;
    for (size_t at = 0; at < bytes && status == STATUS_OK;) {
        NewsHead head;
        if (bytes - at < sizeof head)
            return STATUS_INVALID;
        memcpy(&head, news + at, sizeof head);
        size_t all = bytes_of_news(s, head.step_count);
        if (bytes - at < all)
            return STATUS_INVALID;
        status = tell_news(s, news + at + sizeof head, &head);
        at += all;
    }
    return status;
}

static Status restore(Search *s, uint32_t wanted)
{
    Checkpoint *checkpoint = s->options->checkpoint;
    Record *record = checkpoint->past;
    Numbers numbers;
    if (reduced_past(checkpoint) != wanted)
        return STATUS_INVALID;
    Status status = machine_restore(s->machine, record);
    if (status == STATUS_OK)
        status = reduced_prepare(s, wanted);
    if (status == STATUS_OK && s->result->is_unfit)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = uses_restore(s->uses, record);
    if (status == STATUS_OK && (!RECORD_GET(record, numbers) || numbers.states == 0))
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = get_arrays(s, &numbers);
    if (status != STATUS_OK)
        return status;
    if (!is_consistent(s, &numbers))
        return STATUS_INVALID;
    if (!stretch_ensure(&s->is_open, (size_t)numbers.states) ||
        !stretch_ensure(&s->sleeps, (size_t)numbers.states * sizeof(ThreadSet)))
        return budget_refused(&s->budget, &s->result->limit);
    s->frame_count = numbers.frame_count;
    s->pending_count = numbers.pending_count;
    s->trail_count = numbers.trail_count;
    s->edges.count = numbers.edges;
    s->news_bytes = (size_t)numbers.news_bytes;
    s->most_steps = numbers.most_steps;
    s->restarts = numbers.restarts != 0;
    s->has_reopened = numbers.has_reopened != 0;
    s->result->states = numbers.states;
    s->result->steps = numbers.steps;
    s->result->passed = numbers.passed;
    s->result->max_depth = numbers.max_depth;
    for (uint32_t f = 0; f < s->frame_count; f++)
        ((uint8_t *)s->is_open.base)[((const Frame *)s->frames.base)[f].id] = 1;
    return tell_all_news(s, s->news_bytes);
}

Status reduced_restore(Search *s, uint32_t wanted)
{
    Status status = restore(s, wanted);
    if (status == STATUS_OK)
        checkpoint_forget_past(s->options->checkpoint);
    return status;
}
