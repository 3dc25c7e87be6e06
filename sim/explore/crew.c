#include "explore/crew.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "explore/store.h"

enum { RING = 8, MOST_HANDS = 255 };

typedef enum ChunkState { CHUNK_FREE, CHUNK_TAKEN, CHUNK_READY } ChunkState;

struct Crew {
    Machine *machine;
    pthread_mutex_t lock;
    pthread_cond_t work; /* for the hands: there may be a chunk to take */
    pthread_cond_t news; /* for the caller: a chunk is ready, or nobody is busy */
    pthread_t hands[MOST_HANDS];
    uint32_t hand_count;
    uint32_t busy; /* hands that are expanding */
    bool is_over, is_paused;
    const Store *store;
    uint64_t known; /* states that can be read */
    uint64_t next;  /* state from which the next chunk goes on */
    uint64_t due;   /* number of the chunk that the caller wants next */
    uint64_t taken; /* chunks taken so far */
    bool is_lent;   /* the caller has the chunk before `due` */
    void *scratch;  /* the caller's */
    ChunkState states[RING];
    Chunk chunks[RING];
};

/* ------------------------------------------------------------------------ taking */

/* The chunk that is next to be expanded, or NULL. Under the lock. */
static Chunk *take(Crew *crew)
{
    uint64_t oldest = crew->due - crew->is_lent;
    if (crew->is_paused || crew->next >= crew->known || crew->taken - oldest >= RING)
        return NULL;
    uint64_t count = crew->known - crew->next, slot = crew->taken % RING;
    Chunk *chunk = &crew->chunks[slot];
    chunk->first = (StateId)crew->next;
    chunk->lane_count = count < CHUNK_LANES ? (uint32_t)count : CHUNK_LANES;
    crew->next += chunk->lane_count;
    crew->states[slot] = CHUNK_TAKEN;
    crew->taken++;
    return chunk;
}

/* Not under the lock. */
static void expand(Crew *crew, Chunk *chunk, void **scratch)
{
    uint32_t wanted = chunk->lane_count;
    chunk->status = STATUS_OK;
    for (uint32_t i = 0; i < wanted; i++) {
        Expansion *lane = &chunk->lanes[i];
        lane->scratch = *scratch;
        Status status = machine_expand(crew->machine, store_get(crew->store, chunk->first + i), lane);
        *scratch = lane->scratch;
        lane->scratch = NULL;
        if (status != STATUS_OK) {
            chunk->status = status;
            chunk->lane_count = i;
            return;
        }
    }
}

static void free_scratch(void **scratch)
{
    Expansion nothing = {.scratch = *scratch};
    expansion_free(&nothing);
    *scratch = NULL;
}

static void *run(void *context)
{
    Crew *crew = context;
    void *scratch = NULL;
    pthread_mutex_lock(&crew->lock);
    while (!crew->is_over) {
        Chunk *chunk = take(crew);
        if (chunk == NULL) {
            pthread_cond_wait(&crew->work, &crew->lock);
            continue;
        }
        crew->busy++;
        pthread_mutex_unlock(&crew->lock);
        expand(crew, chunk, &scratch);
        pthread_mutex_lock(&crew->lock);
        crew->busy--;
        crew->states[chunk - crew->chunks] = CHUNK_READY;
        pthread_cond_signal(&crew->news);
    }
    pthread_mutex_unlock(&crew->lock);
    free_scratch(&scratch);
    return NULL;
}

/* ---------------------------------------------------------------------- the caller */

Crew *crew_new(Machine *machine, uint32_t hands)
{
    Crew *crew = mem_alloc(1, sizeof *crew);
    if (crew == NULL)
        return NULL;
    crew->machine = machine;
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
    crew->due = crew->taken = 0;
    crew->is_lent = false;
    crew->is_paused = false;
    memset(crew->states, CHUNK_FREE, sizeof crew->states);
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
}

void crew_tell(Crew *crew, uint64_t known)
{
    pthread_mutex_lock(&crew->lock);
    crew->known = known;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
}

const Chunk *crew_next(Crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_lent = false;
    uint64_t slot = crew->due % RING;
    while (crew->due == crew->taken || crew->states[slot] != CHUNK_READY) {
        Chunk *chunk = take(crew);
        if (chunk != NULL) { /* lend a hand */
            pthread_mutex_unlock(&crew->lock);
            expand(crew, chunk, &crew->scratch);
            pthread_mutex_lock(&crew->lock);
            crew->states[chunk - crew->chunks] = CHUNK_READY;
        } else if (crew->due == crew->taken) {
            pthread_mutex_unlock(&crew->lock);
            return NULL;
        } else {
            pthread_cond_wait(&crew->news, &crew->lock);
        }
    }
    const Chunk *chunk = &crew->chunks[slot];
    crew->states[slot] = CHUNK_FREE;
    crew->is_lent = true;
    crew->due++;
    pthread_mutex_unlock(&crew->lock);
    return chunk;
}

void crew_end(Crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_paused = true;
    while (crew->busy > 0)
        pthread_cond_wait(&crew->news, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}
