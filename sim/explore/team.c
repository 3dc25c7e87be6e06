#include "explore/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/memory.h"

enum { MOST_HANDS = 255, SPINS = 200, POLL_NANOSECONDS = 50000000, POLL_ITEMS = 64 };

struct Team {
    pthread_mutex_t lock;
    pthread_cond_t work; /* a job, or the end */
    pthread_cond_t idle; /* nobody is at the job any more */
    pthread_t hands[MOST_HANDS];
    uint32_t hand_count;
    const TeamJob *job; /* NULL: none */
    uint64_t jobs;      /* brought so far */
    uint32_t busy;      /* threads at the job, but for the one who brought it */
    bool is_over;
    atomic_uint_fast64_t next, done; /* items taken, items done */
    atomic_bool is_stopped;
};

/* False: the job was ended. */
static bool wait_for(Team *team, uint64_t items)
{
    for (uint32_t spins = 0; atomic_load_explicit(&team->done, memory_order_acquire) < items; spins++) {
        if (atomic_load_explicit(&team->is_stopped, memory_order_relaxed))
            return false;
        if (spins >= SPINS)
            sched_yield();
    }
    return true;
}

/* Takes items until there are none. `between` may be NULL. */
static void take_items(Team *team, const TeamJob *job, bool (*between)(void *context), void *context)
{
    for (;;) {
        uint64_t item = atomic_fetch_add_explicit(&team->next, 1, memory_order_relaxed);
        if (item >= job->count || (job->ready_at != NULL && !wait_for(team, job->ready_at(job->context, item))) ||
            atomic_load_explicit(&team->is_stopped, memory_order_relaxed))
            return;
        job->work(job->context, item);
        atomic_fetch_add_explicit(&team->done, 1, memory_order_release);
        if (between != NULL && !between(context))
            atomic_store_explicit(&team->is_stopped, true, memory_order_relaxed);
    }
}

bool team_run(Team *team, const TeamJob *job)
{
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->next, 0);
    atomic_store(&team->done, 0);
    atomic_store(&team->is_stopped, false);
    team->job = job;
    team->jobs++;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    take_items(team, job, job->goes_on, job->context);
    pthread_mutex_lock(&team->lock);
    team->job = NULL;
    while (team->busy > 0)
        pthread_cond_wait(&team->idle, &team->lock);
    pthread_mutex_unlock(&team->lock);
    return !atomic_load(&team->is_stopped);
}

typedef struct Polling {
    void (*poll)(void *context);
    void *context;
    uint32_t items; /* since the last question */
} Polling;

static bool poll_between(void *context)
{
    Polling *polling = context;
    if (++polling->items == POLL_ITEMS) { /* an item takes some ten microseconds */
        polling->items = 0;
        polling->poll(polling->context);
    }
    return true;
}

/* Under the lock. True: there was a job not seen before, and its items are taken. */
static bool help(Team *team, uint64_t *seen, Polling *polling)
{
    const TeamJob *job = team->job;
    if (job == NULL || team->jobs == *seen)
        return false;
    *seen = team->jobs;
    team->busy++;
    pthread_mutex_unlock(&team->lock);
    take_items(team, job, polling == NULL ? NULL : poll_between, polling);
    pthread_mutex_lock(&team->lock);
    if (--team->busy == 0)
        pthread_cond_signal(&team->idle);
    return true;
}

static void *run(void *context)
{
    Team *team = context;
    uint64_t seen = 0;
    pthread_mutex_lock(&team->lock);
    while (!team->is_over)
        if (!help(team, &seen, NULL))
            pthread_cond_wait(&team->work, &team->lock);
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

void team_join(Team *team, const atomic_bool *is_over, void (*poll)(void *context), void *context)
{
    Polling polling = {.poll = poll, .context = context};
    uint64_t seen = 0;
    pthread_mutex_lock(&team->lock);
    while (!atomic_load(is_over)) {
        if (help(team, &seen, &polling))
            continue;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += POLL_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&team->work, &team->lock, &until);
        pthread_mutex_unlock(&team->lock);
        poll(context);
        pthread_mutex_lock(&team->lock);
    }
    pthread_mutex_unlock(&team->lock);
}

void team_wake(Team *team)
{
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
}

Team *team_new(uint32_t hands)
{
    Team *team = mem_alloc(1, sizeof *team);
    if (team == NULL)
        return NULL;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->idle, NULL);
    while (team->hand_count < hands && team->hand_count < MOST_HANDS &&
           pthread_create(&team->hands[team->hand_count], NULL, run, team) == 0)
        team->hand_count++;
    if (hands > 0 && team->hand_count == 0) {
        team_free(team);
        return NULL;
    }
    return team;
}

void team_free(Team *team)
{
    if (team == NULL)
        return;
    pthread_mutex_lock(&team->lock);
    team->is_over = true;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    for (uint32_t i = 0; i < team->hand_count; i++)
        pthread_join(team->hands[i], NULL);
    pthread_cond_destroy(&team->work);
    pthread_cond_destroy(&team->idle);
    pthread_mutex_destroy(&team->lock);
    mem_free(team);
}
