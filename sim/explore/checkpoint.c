#include "explore/checkpoint.h"

#include <errno.h>
#include <time.h>

#include "explore/store.h"

enum { REST = 20 }; /* times as long as the last one took to be written */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Status checkpoint_open(Checkpoint *checkpoint, const char *path, CheckpointFound *found)
{
    *found = (CheckpointFound){0};
    Record *record;
    Status status = record_open(path, CHECKPOINT_MAGIC, &record, &found->is_ours);
    if (status != STATUS_OK)
        return status;
    uint64_t phase = 0;
    found->is_whole = RECORD_GET(record, found->identity) && record_get_number(record, &phase) &&
                      phase >= CHECKPOINT_COUNTED && phase <= CHECKPOINT_ALL;
    checkpoint->past = record;
    checkpoint->is_behind = true;
    checkpoint->past_phase = (CheckpointPhase)phase;
    checkpoint->past_place = record_place(record);
    return found->is_whole && memcmp(&found->identity, &checkpoint->identity, sizeof found->identity) == 0
               ? STATUS_OK
               : STATUS_INVALID;
}

void checkpoint_forget_past(Checkpoint *checkpoint)
{
    record_free(checkpoint->past);
    checkpoint->past = NULL;
    checkpoint->is_behind = false;
}

void checkpoint_close(Checkpoint *checkpoint)
{
    checkpoint_forget_past(checkpoint);
}

bool checkpoint_is_due(Checkpoint *checkpoint, double seconds)
{
    if (checkpoint == NULL || checkpoint->path == NULL || checkpoint->is_behind)
        return false;
    if (checkpoint->due == 0)
        checkpoint->due = seconds + checkpoint->every_seconds;
    return seconds >= checkpoint->due;
}

static void note_time(Checkpoint *checkpoint, double begin)
{
    double end = now(), rest = (end - begin) * REST;
    checkpoint->due = end + (rest > checkpoint->every_seconds ? rest : checkpoint->every_seconds);
}

Record *checkpoint_begin(Checkpoint *checkpoint)
{
    Record *record;
    checkpoint->due = now();
    errno = 0;
    Status status = record_create(checkpoint->path, CHECKPOINT_MAGIC, &record);
    if (status != STATUS_OK) {
        checkpoint->error = status == STATUS_NO_MEMORY ? ENOMEM : errno;
        note_time(checkpoint, checkpoint->due);
        return NULL;
    }
    RECORD_PUT(record, checkpoint->identity);
    record_put_number(record, checkpoint->phase);
    return record;
}

void checkpoint_end(Checkpoint *checkpoint, Record *record)
{
    checkpoint->error = record_commit(record) == STATUS_OK ? 0 : errno;
    checkpoint->written += checkpoint->error == 0;
    record_free(record);
    note_time(checkpoint, checkpoint->due);
}

/* ----------------------------------------------------------------- full search */

void checkpoint_save_graph(Checkpoint *checkpoint, const Graph *graph)
{
    if (checkpoint->path == NULL || checkpoint->is_behind || graph->expanded_count == 0)
        return;
    Record *record = checkpoint_begin(checkpoint);
    if (record == NULL)
        return;
    record_put_number(record, graph->expanded_count);
    StateId next = 1; /* ids are given in order of the edges */
    for (EdgeId e = 0; e < graph->edge_count; e++) {
        StateId to = graph->edge_to[e];
        record_put_number(record, next - to);
        next += to == next;
    }
    checkpoint_end(checkpoint, record);
}

Status checkpoint_recall_begin(Checkpoint *checkpoint)
{
    if (!record_return(checkpoint->past, checkpoint->past_place) ||
        !record_get_number(checkpoint->past, &checkpoint->past_expanded) || checkpoint->past_expanded == 0)
        return STATUS_INVALID;
    checkpoint->is_behind = true;
    return STATUS_OK;
}

Status checkpoint_recall(Checkpoint *checkpoint, Store *store, const Expansion *lane, uint32_t words, StateId *ids)
{
    for (uint32_t i = 0; i < lane->count; i++) {
        uint64_t back, count = store_count(store);
        if (!record_get_number(checkpoint->past, &back) || back > count)
            return STATUS_INVALID;
        ids[i] = (StateId)(count - back);
        const Word *state = lane->states + (size_t)i * words;
        if (back > 0) {
            const Word *known = store_get(store, ids[i]);
            Word difference = 0; /* what is written down is not believed */
            for (uint32_t w = 0; w < words; w++)
                difference |= state[w] ^ known[w];
            if (difference != 0)
                return STATUS_INVALID;
            continue;
        }
        Status status = store_append(store, state);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status checkpoint_recall_end(Checkpoint *checkpoint, Store *store)
{
    if (record_left(checkpoint->past) != 0)
        return STATUS_INVALID;
    checkpoint->is_behind = false;
    return store_index(store);
}
