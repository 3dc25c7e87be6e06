#include "explore/crew.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "explore/store.h"

enum { RING = 16, MOST_HANDS = 255 };

typedef enum ChunkState { CHUNK_FREE, CHUNK_TAKEN, CHUNK_READY, CHUNK_ENTERED } ChunkState;

/* What a thread expands into, and tells the monitor from. */
typedef struct Hand {
    Expansion lane, told;
} Hand;

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
    Hand caller;
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

static bool ensure(void **items, uint32_t *room, uint32_t count, size_t size)
{
    if (count <= *room)
        return true;
    void *larger = mem_resize(*items, (size_t)count * 2, size);
    if (larger == NULL)
        return false;
    *items = larger;
    *room = count * 2;
    return true;
}

/* Room for so many steps in all. */
static bool ensure_steps(Chunk *chunk, uint32_t steps, uint32_t words)
{
    if (steps > chunk->room) {
        uint32_t room = steps * 2;
        uint16_t *threads = mem_resize(chunk->threads, room, sizeof *threads);
        if (threads == NULL)
            return false;
        chunk->threads = threads;
        chunk->room = room;
    }
    if ((size_t)steps * words > chunk->room_words) {
        size_t room = (size_t)chunk->room * words;
        Word *states = mem_resize(chunk->states, room, sizeof *states);
        if (states == NULL)
            return false;
        chunk->states = states;
        chunk->room_words = room;
    }
    return true;
}

static bool is_rare(const Expansion *lane)
{
    for (uint32_t i = 0; i < lane->count; i++) {
        const StepInfo *step = &lane->steps[i];
        if (step->issue_count > 0 || step->stops || step->progresses || step->choices != 1 || step->elapsed_ns != 0)
            return true;
    }
    return lane->issue_count > 0;
}

static bool keep_rare(Chunk *chunk, uint32_t number, const Expansion *lane)
{
    if (!ensure((void **)&chunk->rare, &chunk->rare_room, chunk->rare_count + lane->count, sizeof *chunk->rare) ||
        !ensure((void **)&chunk->issues, &chunk->issue_room, chunk->issue_count + lane->issue_count, sizeof *chunk->issues))
        return false;
    if (lane->count > 0)
        memcpy(chunk->rare + chunk->rare_count, lane->steps, lane->count * sizeof *lane->steps);
    if (lane->issue_count > 0)
        memcpy(chunk->issues + chunk->issue_count, lane->issues, lane->issue_count * sizeof *lane->issues);
    chunk->first_rare[number] = chunk->rare_count;
    chunk->first_issue[number] = chunk->issue_count;
    chunk->issue_counts[number] = lane->issue_count;
    chunk->rare_count += lane->count;
    chunk->issue_count += lane->issue_count;
    return true;
}

static bool keep(Chunk *chunk, uint32_t number, const Expansion *lane, uint32_t words)
{
    uint32_t first = chunk->first_step[number];
    if (!ensure_steps(chunk, first + lane->count, words))
        return false;
    Word *states = chunk->states + (size_t)first * words;
    for (size_t w = 0; w < (size_t)lane->count * words; w++)
        states[w] = lane->states[w];
    for (uint32_t i = 0; i < lane->count; i++)
        chunk->threads[first + i] = (uint16_t)lane->steps[i].thread;
    chunk->first_step[number + 1] = first + lane->count;
    chunk->first_rare[number] = NOT_RARE;
    return !is_rare(lane) || keep_rare(chunk, number, lane);
}

/* Not under the lock. */
static void expand(Crew *crew, Chunk *chunk, Hand *hand)
{
    uint32_t wanted = chunk->lane_count, words = machine_words(crew->machine);
    chunk->status = STATUS_OK;
    chunk->first_step[0] = chunk->rare_count = chunk->issue_count = 0;
    for (uint32_t i = 0; i < wanted; i++) {
        Status status = machine_expand(crew->machine, store_get(crew->store, chunk->first + i), &hand->lane);
        if (status == STATUS_OK && !keep(chunk, i, &hand->lane, words))
            status = STATUS_NO_MEMORY;
        if (status != STATUS_OK) {
            chunk->status = status;
            chunk->lane_count = i;
            return;
        }
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

/* The expansion of a lane as the monitor wants it; `told` lends its memory. */
static bool make_told(const Chunk *chunk, uint32_t number, uint32_t words, Expansion *told, Expansion *view)
{
    uint32_t first = chunk->first_step[number], count = chunk->first_step[number + 1] - first;
    *view = (Expansion){.states = chunk->states + (size_t)first * words, .count = count};
    if (chunk->first_rare[number] != NOT_RARE) {
        view->steps = chunk->rare + chunk->first_rare[number];
        view->issues = chunk->issues + chunk->first_issue[number];
        view->issue_count = chunk->issue_counts[number];
        return true;
    }
    if (!ensure((void **)&told->steps, &told->room, count, sizeof *told->steps))
        return false;
    for (uint32_t i = 0; i < count; i++)
        told->steps[i] = (StepInfo){.thread = chunk->threads[first + i], .choice = 1, .choices = 1};
    view->steps = told->steps;
    return true;
}

/* Not under the lock; nobody else is telling. Nothing once it failed: nobody takes a chunk then. */
static Status tell(Crew *crew, const Chunk *chunk, Hand *hand)
{
    uint32_t words = machine_words(crew->machine);
    for (uint32_t i = 0; i < chunk->entered_count; i++) {
        Expansion view;
        const MonitorEvent event = {.machine = crew->machine,
                                    .state = store_get(crew->store, chunk->first + i),
                                    .state_id = chunk->first + i,
                                    .first_edge = chunk->first_edges[i],
                                    .expansion = &view};
        Status status = make_told(chunk, i, words, &hand->told, &view) ? crew->monitor.state(crew->monitor.context, &event)
                                                                        : STATUS_NO_MEMORY;
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

static void free_hand(Hand *hand)
{
    expansion_free(&hand->lane);
    expansion_free(&hand->told);
}

/* One piece of work for whoever is free, if there is any. Under the lock. */
static bool lend_a_hand(Crew *crew, Hand *hand)
{
    Chunk *entered = take_entered(crew), *chunk = entered != NULL ? NULL : take(crew);
    if (entered == NULL && chunk == NULL)
        return false;
    crew->busy++;
    pthread_mutex_unlock(&crew->lock);
    Status status = STATUS_OK;
    if (entered != NULL)
        status = tell(crew, entered, hand);
    else
        expand(crew, chunk, hand);
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
    Hand hand = {0};
    pthread_mutex_lock(&crew->lock);
    while (!crew->is_over)
        if (!lend_a_hand(crew, &hand))
            pthread_cond_wait(&crew->work, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    free_hand(&hand);
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
    free_hand(&crew->caller);
    for (uint32_t c = 0; c < RING; c++) {
        mem_free(crew->chunks[c].states);
        mem_free(crew->chunks[c].threads);
        mem_free(crew->chunks[c].rare);
        mem_free(crew->chunks[c].issues);
    }
    pthread_cond_destroy(&crew->work);
    pthread_cond_destroy(&crew->news);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew);
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
        if (lend_a_hand(crew, &crew->caller))
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
        if (!lend_a_hand(crew, &crew->caller))
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
