/* counting.c: how often each finding and outcome happens; with several jobs beside the search for schedules. */
#include <gmp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "api/loops.h"

typedef struct Counting {
    Exploration *exploration;
    pthread_t thread;
    bool is_running;          /* nobody has joined it yet */
    bool has_tried_together;
    atomic_bool is_over;      /* nothing more comes */
    atomic_bool is_cut_short; /* whoever waits does not want to any more */
    uint32_t rows;            /* of the table, when it began */
    Status *statuses;         /* by row: of its count; STATUS_INVALID: not counted here */
    Count *counts;
    bool has_ends;
    Status ends;
} Counting;

/* Marks of the row and all dropped ends: what counter_happens then tells is the chance that the finding happens or the
 * execution is dropped, and that less the chance to be dropped is the chance of the finding in an execution that is
 * not. Dropped ends add no interleavings. */
static Status join_dropped(Exploration *exploration, const Finding *row, Marks *marks)
{
    const Graph *graph = exploration->graph;
    uint64_t dropped = exploration->dropped_count;
    StateId *states = mem_resize(exploration->marks, dropped + row->state_count, sizeof *states);
    if (states == NULL)
        return STATUS_NO_MEMORY;
    bool is_new = exploration->marks == NULL;
    exploration->marks = states;
    for (StateId s = 0, n = 0; is_new && s < graph->expanded_count; s++)
        if (exploration->is_dropped[s])
            states[n++] = s;
    if (row->state_count > 0)
        memcpy(states + dropped, row->states, row->state_count * sizeof *states);
    marks->states = states;
    marks->state_count = dropped + row->state_count;
    return STATUS_OK;
}

static Status subtract_dropped(Count *count, const Count *dropped)
{
    count->probability -= dropped->probability;
    if (count->probability_exact == NULL || dropped->probability_exact == NULL) {
        mem_free(count->probability_exact);
        count->probability_exact = NULL;
        return STATUS_OK;
    }
    mpq_t both, less;
    mpq_inits(both, less, NULL);
    mpq_set_str(both, count->probability_exact, 10);
    mpq_set_str(less, dropped->probability_exact, 10);
    mpq_sub(both, both, less);
    mem_free(count->probability_exact);
    count->probability = mpq_get_d(both);
    size_t room = mpz_sizeinbase(mpq_numref(both), 10) + mpz_sizeinbase(mpq_denref(both), 10) + 3; /* sign, bar, end */
    count->probability_exact = mem_alloc(room, 1);
    if (count->probability_exact != NULL)
        mpq_get_str(count->probability_exact, 10, both);
    mpq_clears(both, less, NULL);
    return count->probability_exact == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ------------------------------------------------------------------------ one finding */

static bool is_counted_here(const Finding *row)
{
    return !loops_is(row) && row->eventually == 0;
}

static Status count_row(Exploration *exploration, const Finding *row, Count *out)
{
    Marks marks = {
        .states = row->states, .state_count = row->state_count, .edges = row->edges, .edge_count = row->edge_count};
    bool has_dropped = exploration->dropped_count > 0;
    Status status = has_dropped ? join_dropped(exploration, row, &marks) : STATUS_OK;
    if (status == STATUS_OK)
        status = counter_happens(exploration->counter, &marks, out);
    if (status == STATUS_OK && has_dropped)
        status = subtract_dropped(out, &exploration->dropped);
    if (status != STATUS_OK)
        count_clear(out);
    return status;
}

/* ----------------------------------------------------------------- what can be counted together */

static bool is_asked_for(const Finding *row)
{
    return is_counted_here(row) && (row->state_count > 0 || row->edge_count > 0);
}

/* Those that cannot, and all where there is no memory for it, are left for count_row. */
static Status count_together(Counting *counting)
{
    Exploration *exploration = counting->exploration;
    const FindingTable *table = exploration->detectors.table;
    counting->has_tried_together = true;
    Marks *marks = mem_alloc(counting->rows, sizeof *marks);
    Count *counts = mem_alloc(counting->rows, sizeof *counts);
    bool *is_counted = mem_alloc(counting->rows, sizeof *is_counted);
    uint32_t *row_of = mem_alloc(counting->rows, sizeof *row_of), count = 0;
    Status status = marks && counts && is_counted && row_of ? STATUS_OK : STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < counting->rows && status == STATUS_OK; i++) {
        const Finding *row = finding_get(table, i);
        if (!is_asked_for(row))
            continue;
        row_of[count] = i;
        marks[count++] = (Marks){
            .states = row->states, .state_count = row->state_count, .edges = row->edges, .edge_count = row->edge_count};
    }
    if (status == STATUS_OK)
        status = ends_count_with(exploration, marks, count, counts, is_counted);
    for (uint32_t k = 0; k < count && status == STATUS_OK; k++)
        if (is_counted[k]) {
            counting->counts[row_of[k]] = counts[k];
            counting->statuses[row_of[k]] = STATUS_OK;
        }
    mem_free(marks);
    mem_free(counts);
    mem_free(is_counted);
    mem_free(row_of);
    return status == STATUS_NO_MEMORY ? STATUS_OK : status;
}

/* ------------------------------------------------------------------------- the thread */

static bool is_wanted(void *context)
{
    return !atomic_load_explicit(&((Counting *)context)->is_cut_short, memory_order_relaxed);
}

static void *run(void *context)
{
    Counting *counting = context;
    Exploration *exploration = counting->exploration;
    const FindingTable *table = exploration->detectors.table;
    Status status = count_together(counting);
    for (uint32_t i = 0; i < counting->rows && status == STATUS_OK; i++) {
        const Finding *row = finding_get(table, i);
        if (!is_asked_for(row) || counting->statuses[i] == STATUS_OK)
            continue;
        status = counting->statuses[i] = count_row(exploration, row, &counting->counts[i]);
    }
    counting->ends = status == STATUS_OK ? ends_count(exploration) : status;
    counting->has_ends = true;
    atomic_store(&counting->is_over, true);
    team_wake(exploration->team);
    return NULL;
}

static void poll(void *context)
{
    Counting *counting = context;
    if (!exploration_goes_on(counting->exploration))
        atomic_store(&counting->is_cut_short, true);
}

void counting_end(Exploration *exploration)
{
    Counting *counting = exploration->counting;
    if (counting == NULL || !counting->is_running)
        return;
    team_join(exploration->team, &counting->is_over, poll, counting);
    pthread_join(counting->thread, NULL);
    counting->is_running = false;
    counter_ask(exploration->counter, exploration_goes_on, exploration, false);
}

Status counting_begin(Exploration *exploration)
{
    if (exploration->counter == NULL)
        return STATUS_OK;
    uint32_t rows = finding_count(exploration->detectors.table);
    Counting *counting = mem_alloc(1, sizeof *counting);
    if (counting == NULL)
        return STATUS_NO_MEMORY;
    exploration->counting = counting;
    counting->exploration = exploration;
    counting->rows = rows;
    counting->statuses = mem_alloc(rows, sizeof *counting->statuses);
    counting->counts = mem_alloc(rows, sizeof *counting->counts);
    if (counting->statuses == NULL || counting->counts == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < rows; i++)
        counting->statuses[i] = STATUS_INVALID;
    if (exploration->team == NULL)
        return STATUS_OK;
    counter_ask(exploration->counter, is_wanted, counting, true);
    counting->is_running = pthread_create(&counting->thread, NULL, run, counting) == 0;
    if (!counting->is_running) /* no thread to be had: all of it is counted when it is asked for */
        counter_ask(exploration->counter, exploration_goes_on, exploration, false);
    return STATUS_OK;
}

void counting_free(Exploration *exploration)
{
    Counting *counting = exploration->counting;
    if (counting == NULL)
        return;
    atomic_store(&counting->is_cut_short, true);
    if (counting->is_running)
        pthread_join(counting->thread, NULL);
    for (uint32_t i = 0; counting->counts != NULL && i < counting->rows; i++)
        count_clear(&counting->counts[i]);
    mem_free(counting->counts);
    mem_free(counting->statuses);
    mem_free(counting);
    exploration->counting = NULL;
}

Status counting_finding(Exploration *exploration, const Finding *row, Count *out)
{
    Counting *counting = exploration->counting;
    if (counting == NULL)
        return count_row(exploration, row, out);
    if (!counting->has_tried_together) {
        Status status = count_together(counting);
        if (status != STATUS_OK)
            return status;
    }
    const FindingTable *table = exploration->detectors.table;
    uint32_t number = 0;
    while (finding_get(table, number) != row)
        number++;
    Status status = number < counting->rows ? counting->statuses[number] : STATUS_INVALID;
    if (status == STATUS_INVALID)
        return count_row(exploration, row, out);
    *out = counting->counts[number];
    counting->counts[number] = (Count){0};
    return status;
}

Status counting_ends(Exploration *exploration)
{
    Counting *counting = exploration->counting;
    if (counting != NULL && counting->has_ends)
        return counting->ends;
    if (counting != NULL && !counting->has_tried_together) {
        Status status = count_together(counting);
        if (status != STATUS_OK)
            return status;
    }
    return ends_count(exploration);
}
