#include "explore/crew.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "explore/store.h"

enum { RING = 32, MOST_HANDS = 255 };

typedef enum ChunkState { CHUNK_FREE, CHUNK_TAKEN, CHUNK_READY, CHUNK_ENTERED } ChunkState;

struct Crew {
    Machine *machine;
    Monitor monitor; /* `state` is NULL: none */
    pthread_mutex_t lock;
    pthread_cond_t work; /* for the hands: there may be a chunk to expand, or to tell */
    pthread_cond_t news; /* for the caller: a chunk is ready, or told, or nobody is busy */
    pthread_t hands[MOST_HANDS];
    uint32_t hand_count;
    uint32_t busy; /* hands that are expanding or telling */
    bool is_over, is_paused;
    const Store *store;
    uint64_t known; /* states that can be read */
    uint64_t next;  /* state from which the next chunk goes on */
    uint64_t taken; /* chunks taken so far, */
    uint64_t due;   /* handed to the caller, */
    uint64_t told;  /* and told to the monitor */
    bool is_lent;   /* the caller has the chunk before `due` */
    bool is_telling;
    Status monitor_status;
    StateId untold; /* when it failed */
    uint64_t untold_edge;
    void *scratch; /* the caller's */
    ChunkState states[RING];
    Chunk chunks[RING];
};

/* ------------------------------------------------------------------------ taking */

/* The chunk that is next to be expanded, or NULL. Under the lock. */
static Chunk *take(Crew *crew)
{
    if (crew->is_paused || crew->next >= crew->known || crew->taken - crew->told >= RING)
        return NULL;
    uint64_t count = crew->known - crew->next, slot = crew->taken % RING;
    Chunk *chunk = &crew->chunks[slot];
    chunk->first = (StateId)crew->next;
    chunk->lane_count = count < CHUNK_LANES ? (uint32_t)count : CHUNK_LANES;
    chunk->entered_count = 0;
    crew->next += chunk->lane_count;
    crew->states[slot] = CHUNK_TAKEN;
    crew->taken++;
    return chunk;
}

/* Hashes the successors of a lane, whose probes lie behind the first `probes`. */
static bool hash(const Crew *crew, Chunk *chunk, const Expansion *lane, uint32_t probes)
{
    if (probes + lane->count > chunk->probe_room) {
        uint32_t room = (probes + lane->count) * 2;
        Probe *larger = mem_resize(chunk->probes, room, sizeof *larger);
        if (larger == NULL)
            return false;
        chunk->probes = larger;
        chunk->probe_room = room;
    }
    store_hash(crew->store, lane->states, lane->count, chunk->probes + probes);
    return true;
}

/* Not under the lock. */
static void expand(Crew *crew, Chunk *chunk, void **scratch)
{
    uint32_t wanted = chunk->lane_count, probes = 0;
    chunk->status = STATUS_OK;
    for (uint32_t i = 0; i < wanted; i++) {
        Expansion *lane = &chunk->lanes[i];
        lane->scratch = *scratch;
        Status status = machine_expand(crew->machine, store_get(crew->store, chunk->first + i), lane);
        *scratch = lane->scratch;
        lane->scratch = NULL;
        if (status == STATUS_OK && !hash(crew, chunk, lane, probes))
            status = STATUS_NO_MEMORY;
        if (status != STATUS_OK) {
            chunk->status = status;
            chunk->lane_count = i;
            return;
        }
        probes += lane->count;
    }
}

/* ----------------------------------------------------------------------- telling */

/* The chunk that the monitor is to be told next, or NULL. Under the lock. */
static Chunk *take_entered(Crew *crew)
{
    uint64_t slot = crew->told % RING;
    if (crew->is_telling || crew->monitor_status != STATUS_OK || crew->told == crew->due || crew->states[slot] != CHUNK_ENTERED)
        return NULL;
    crew->is_telling = true;
    return &crew->chunks[slot];
}

/* Not under the lock; nobody else is telling. Nothing once it failed: nobody takes a chunk then. */
static Status tell(Crew *crew, const Chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->entered_count; i++) {
        const MonitorEvent event = {.machine = crew->machine,
                                    .state = store_get(crew->store, chunk->first + i),
                                    .state_id = chunk->first + i,
                                    .first_edge = chunk->first_edges[i],
                                    .expansion = &chunk->lanes[i]};
        Status status = crew->monitor.state(crew->monitor.context, &event);
        if (status == STATUS_OK)
            continue;
        crew->untold = event.state_id;
        crew->untold_edge = event.first_edge;
        return status;
    }
    return STATUS_OK;
}

/* Under the lock. */
static void was_told(Crew *crew, Status status)
{
    crew->states[crew->told++ % RING] = CHUNK_FREE;
    crew->is_telling = false;
    crew->monitor_status = status;
}

static void free_scratch(void **scratch)
{
    Expansion nothing = {.scratch = *scratch};
    expansion_free(&nothing);
    *scratch = NULL;
}

/* One piece of work for whoever is free, if there is any. Under the lock. */
static bool lend_a_hand(Crew *crew, void **scratch)
{
    Chunk *entered = take_entered(crew), *chunk = entered != NULL ? NULL : take(crew);
    if (entered == NULL && chunk == NULL)
        return false;
    crew->busy++;
    pthread_mutex_unlock(&crew->lock);
    Status status = STATUS_OK;
    if (entered != NULL)
        status = tell(crew, entered);
    else
        expand(crew, chunk, scratch);
    pthread_mutex_lock(&crew->lock);
    crew->busy--;
    if (entered != NULL) {
        was_told(crew, status);
        pthread_cond_signal(&crew->work); /* the next one, or room for another */
    } else {
        crew->states[chunk - crew->chunks] = CHUNK_READY;
    }
    pthread_cond_signal(&crew->news);
    return true;
}

static void *run(void *context)
{
    Crew *crew = context;
    void *scratch = NULL;
    pthread_mutex_lock(&crew->lock);
    while (!crew->is_over)
        if (!lend_a_hand(crew, &scratch))
            pthread_cond_wait(&crew->work, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    free_scratch(&scratch);
    return NULL;
}

/* ---------------------------------------------------------------------- the caller */

Crew *crew_new(Machine *machine, uint32_t hands, const Monitor *monitor)
{
    Crew *crew = mem_alloc(1, sizeof *crew);
    if (crew == NULL)
        return NULL;
    crew->machine = machine;
    if (monitor != NULL)
        crew->monitor = *monitor;
    crew->is_paused = true;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->work, NULL);
    pthread_cond_init(&crew->news, NULL);
    for (uint32_t i = 0; i < hands && i < MOST_HANDS; i++) {
        if (pthread_create(&crew->hands[i], NULL, run, crew) != 0)
            break;
        crew->hand_count++;
    }
    if (crew->hand_count == 0) {
        crew_free(crew);
        return NULL;
    }
    return crew;
}

void crew_free(Crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->is_over = true;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
    for (uint32_t i = 0; i < crew->hand_count; i++)
        pthread_join(crew->hands[i], NULL);
    crew_forget(crew);
    for (uint32_t c = 0; c < RING; c++)
        mem_free(crew->chunks[c].probes);
    pthread_cond_destroy(&crew->work);
    pthread_cond_destroy(&crew->news);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew);
}

void crew_forget(Crew *crew)
{
    for (uint32_t c = 0; c < RING; c++)
        for (uint32_t i = 0; i < CHUNK_LANES; i++)
            expansion_free(&crew->chunks[c].lanes[i]);
    free_scratch(&crew->scratch);
}

void crew_begin(Crew *crew, const Graph *graph, StateId first, uint64_t known)
{
    pthread_mutex_lock(&crew->lock);
    crew->store = graph->store;
    crew->next = first;
    crew->known = known;
    crew->due = crew->taken = crew->told = 0;
    crew->is_lent = false;
    crew->is_paused = false;
    crew->monitor_status = STATUS_OK;
    memset(crew->states, CHUNK_FREE, sizeof crew->states);
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
}

/* What was lent is entered. Where there is no monitor nobody need be told. Under the lock. */
static void give_back(Crew *crew)
{
    if (!crew->is_lent)
        return;
    crew->is_lent = false;
    crew->states[(crew->due - 1) % RING] = CHUNK_ENTERED;
    if (crew->monitor.state == NULL)
        was_told(crew, STATUS_OK);
}

void crew_tell(Crew *crew, uint64_t known)
{
    pthread_mutex_lock(&crew->lock);
    give_back(crew);
    crew->known = known;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
}

Chunk *crew_next(Crew *crew)
{
    Chunk *chunk = NULL;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        uint64_t slot = crew->due % RING;
        if (crew->monitor_status != STATUS_OK)
            break;
        if (crew->due < crew->taken && crew->states[slot] == CHUNK_READY) {
            chunk = &crew->chunks[slot];
            crew->is_lent = true;
            crew->due++;
            break;
        }
        if (lend_a_hand(crew, &crew->scratch))
            continue;
        if (crew->due == crew->taken && crew->next >= crew->known)
            break;
        pthread_cond_wait(&crew->news, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return chunk;
}

Status crew_end(Crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_paused = true;
    give_back(crew);
    while (crew->busy > 0 || (crew->told < crew->due && crew->monitor_status == STATUS_OK))
        if (!lend_a_hand(crew, &crew->scratch))
            pthread_cond_wait(&crew->news, &crew->lock);
    Status status = crew->monitor_status;
    pthread_mutex_unlock(&crew->lock);
    return status;
}

void crew_told(const Crew *crew, StateId *state, uint64_t *first_edge)
{
    *state = crew->untold;
    *first_edge = crew->untold_edge;
}
