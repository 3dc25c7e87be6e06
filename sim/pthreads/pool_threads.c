#define _GNU_SOURCE
#include "pthreads/pool_threads.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 512 << 10 };

struct Crew;

typedef struct PoolThread {
    struct Crew *crew;
    pthread_t thread;
    bool is_made;
} PoolThread;

typedef struct Crew { /* of one pool */
    PoolThreads *all;
    sem_t has_task;
    pthread_mutex_t mutex;
    Worker *task;     /* on its way to a thread; NULL when has_task says that it is over */
    PoolThread *threads;
    uint32_t places, made;
    _Atomic int idle; /* threads without a task; below 0: a task is given to one that is about to be done with another */
} Crew;

struct PoolThreads {
    Rig *rig;
    void (*live)(Worker *task);
    Crew *crews; /* by domain; without places where that is no pool */
    uint32_t crew_count;
};

PoolThreads *pool_threads_new(Rig *rig, void (*live)(Worker *task))
{
    const Program *program = rig->program;
    PoolThreads *threads = mem_alloc(1, sizeof *threads);
    if (threads == NULL)
        return NULL;
    *threads = (PoolThreads){.rig = rig, .live = live, .crews = mem_alloc((size_t)program->domain_count + 1, sizeof *threads->crews)};
    for (uint32_t d = 0; threads->crews != NULL && d < program->domain_count; d++) {
        Crew *crew = &threads->crews[d];
        *crew = (Crew){.all = threads, .places = program->domains[d].kind == DOMAIN_POOL ? program->domains[d].places : 0};
        if (crew->places > program->thread_count)
            crew->places = program->thread_count; /* there are no more tasks */
        sem_init(&crew->has_task, 0, 0);
        pthread_mutex_init(&crew->mutex, NULL);
        threads->crew_count++;
        crew->threads = mem_alloc((size_t)crew->places + 1, sizeof *crew->threads);
        if (crew->threads == NULL)
            break;
    }
    if (threads->crews != NULL && threads->crew_count == program->domain_count && (threads->crew_count == 0 || threads->crews[threads->crew_count - 1].threads != NULL))
        return threads;
    pool_threads_free(threads);
    return NULL;
}

void pool_threads_free(PoolThreads *threads)
{
    if (threads == NULL)
        return;
    for (uint32_t d = 0; d < threads->crew_count; d++) {
        sem_destroy(&threads->crews[d].has_task); /* NOLINT(clang-analyzer-core.NonNullParamChecker): where there are none the count is 0 */
        pthread_mutex_destroy(&threads->crews[d].mutex);
        mem_free(threads->crews[d].threads);
    }
    mem_free(threads->crews);
    mem_free(threads);
}

bool pool_threads_serve(const Worker *task)
{
    const Program *program = task->rig->program;
    return task->rig->shared == NULL && task->code->domain != NO_ID && program->domains[task->code->domain].kind == DOMAIN_POOL;
}

/* A thread's life. Locks that a task ended with stay taken until all is over, for only this thread may give them back. */
static void *serve(void *argument)
{
    PoolThread *self = argument;
    Crew *crew = self->crew;
    Worker *owning = NULL;
    for (;;) {
        while (sem_wait(&crew->has_task) != 0)
            continue;
        pthread_mutex_lock(&crew->mutex);
        Worker *task = crew->task;
        crew->task = NULL;
        pthread_mutex_unlock(&crew->mutex);
        if (task == NULL)
            break;
        atomic_store(&task->task, gettid());
        crew->all->live(task);
        if (task->owned > 0) {
            task->also_owning = owning;
            owning = task;
        }
        atomic_fetch_add(&crew->idle, 1);
    }
    for (; owning != NULL; owning = owning->also_owning)
        worker_put_back(owning);
    return NULL;
}

static bool make(Crew *crew)
{
    PoolThread *thread = &crew->threads[crew->made];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    *thread = (PoolThread){.crew = crew};
    errno = pthread_create(&thread->thread, &attributes, serve, thread);
    pthread_attr_destroy(&attributes);
    if (errno != 0)
        return false;
    thread->is_made = true;
    crew->made++;
    atomic_fetch_add(&crew->idle, 1);
    return true;
}

bool pool_threads_give(PoolThreads *threads, Worker *task)
{
    Crew *crew = &threads->crews[task->code->domain];
    if (atomic_load(&crew->idle) <= 0 && crew->made < crew->places && !make(crew))
        return false;
    atomic_fetch_sub(&crew->idle, 1);
    pthread_mutex_lock(&crew->mutex);
    crew->task = task;
    pthread_mutex_unlock(&crew->mutex);
    task->has_pool_thread = true;
    sem_post(&crew->has_task);
    return true;
}

void pool_threads_end(PoolThreads *threads)
{
    for (uint32_t d = 0; d < threads->crew_count; d++)
        for (uint32_t k = 0; k < threads->crews[d].made; k++)
            sem_post(&threads->crews[d].has_task);
}

bool pool_threads_have_left(PoolThreads *threads)
{
    bool all = true;
    for (uint32_t d = 0; d < threads->crew_count; d++)
        for (uint32_t k = 0; k < threads->crews[d].made; k++) {
            PoolThread *thread = &threads->crews[d].threads[k];
            struct timespec soon;
            clock_gettime(CLOCK_REALTIME, &soon);
            soon.tv_nsec += 1000000;
            if (soon.tv_nsec >= 1000000000) {
                soon.tv_sec++;
                soon.tv_nsec -= 1000000000;
            }
            if (thread->is_made && pthread_timedjoin_np(thread->thread, NULL, &soon) == 0)
                thread->is_made = false;
            all &= !thread->is_made;
        }
    return all;
}
