/* sampled.c: in how many random runs a finding happened. */
#include "api/exploration.h"

#include <math.h>

/* The marks of all rows, listed by state. */
typedef struct Mark {
    EdgeId edge; /* UINT64_MAX: the state itself */
    uint32_t row;
    uint32_t next; /* of the same state; + 1, 0: none */
} Mark;

typedef struct Tally {
    const Sample *sample;
    const uint8_t *is_dropped;
    Mark *marks;
    uint32_t *first; /* by state: mark + 1; 0: none */
    SnSeen *seen;
    uint64_t *last; /* by row: the run that saw it last, from 1 */
} Tally;

/* What happens in a run that an `assume` drops counts for nothing. */
static bool is_counted(const Tally *tally, uint64_t run)
{
    StateId end = tally->sample->ends[run];
    return tally->is_dropped == NULL || end == SAMPLE_CUT || !tally->is_dropped[end];
}

static void meet(Tally *tally, uint64_t run, StateId state, EdgeId edge)
{
    for (uint32_t m = tally->first[state]; m != 0; m = tally->marks[m - 1].next) {
        const Mark *mark = &tally->marks[m - 1];
        if (mark->edge != edge || tally->last[mark->row] == run + 1 || !is_counted(tally, run))
            continue;
        SnSeen *seen = &tally->seen[mark->row];
        tally->last[mark->row] = run + 1;
        seen->first_run = seen->runs == 0 ? run + 1 : seen->first_run;
        seen->runs++;
    }
}

static void pass_state(void *context, uint64_t run, StateId state)
{
    meet(context, run, state, UINT64_MAX);
}

static void take_step(void *context, uint64_t run, StateId from, EdgeId edge)
{
    meet(context, run, from, edge);
}

static void list_marks(Tally *tally, const Finding *row, uint32_t number, uint32_t *count)
{
    for (uint64_t i = 0; i < row->state_count + row->edge_count; i++) {
        bool is_state = i < row->state_count;
        StateId state = is_state ? row->states[i] : row->edge_from[i - row->state_count];
        tally->marks[*count] =
            (Mark){is_state ? UINT64_MAX : row->edges[i - row->state_count], number, tally->first[state]};
        tally->first[state] = ++*count;
    }
}

Status sampled_count(Exploration *exploration, const Finding *const *rows, uint32_t count, SnSeen *seen)
{
    uint64_t mark_count = 0;
    for (uint32_t r = 0; r < count; r++) {
        mark_count += rows[r]->state_count + rows[r]->edge_count;
        seen[r] = (SnSeen){0};
    }
    if (mark_count >= UINT32_MAX)
        return STATUS_NO_MEMORY;
    Tally tally = {.sample = &exploration->sample,
                   .is_dropped = exploration->is_dropped,
                   .marks = mem_alloc(mark_count, sizeof *tally.marks),
                   .first = mem_alloc(exploration->graph->state_count, sizeof *tally.first),
                   .seen = seen,
                   .last = mem_alloc(count, sizeof *tally.last)};
    Status status = STATUS_NO_MEMORY;
    if (tally.marks != NULL && tally.first != NULL && tally.last != NULL) {
        uint32_t listed = 0;
        for (uint32_t r = 0; r < count; r++)
            list_marks(&tally, rows[r], r, &listed);
        const SampleVisitor visitor = {&tally, pass_state, take_step};
        status = sample_walk(&exploration->sample, exploration->graph, &visitor);
    }
    mem_free(tally.marks);
    mem_free(tally.first);
    mem_free(tally.last);
    for (uint32_t r = 0; r < count; r++)
        sampled_estimate(exploration, &seen[r]);
    return status;
}

/* E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc. 22, 1927:
 * unlike the textbook interval it holds for rare events and for none at all. */
void sampled_estimate(const Exploration *exploration, SnSeen *seen)
{
    seen->estimate = seen->low = seen->high = (double)NAN;
    const Sample *sample = &exploration->sample;
    if (sample->run_count == 0 || sample->options.kind == SAMPLE_PCT)
        return;
    const double z = 1.959963984540054; /* 97.5 % of a normal distribution lie below */
    double n = (double)sample->run_count, p = (double)seen->runs / n;
    double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    seen->estimate = p;
    seen->low = seen->runs == 0 ? 0 : centre - half;
    seen->high = seen->runs == sample->run_count ? 1 : centre + half;
}
