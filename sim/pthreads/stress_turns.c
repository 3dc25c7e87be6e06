/* stress_turns.c: who may step when nobody forces an order: anybody (FREE), or one at a time, whoever comes (STEPWISE). */
#include <sched.h>

#include "pthreads/stress_rig.h"

void stress_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

static void pause_up_to(Worker *worker, uint64_t most)
{
    for (uint64_t n = rng_below(&worker->rng, most); n > 0; n--)
        stress_relax();
}

void stress_stir(StressRig *stress, Worker *worker)
{
    switch (atomic_load_explicit(&stress->profile, memory_order_relaxed)) {
    case STRESS_PAUSES: pause_up_to(worker, 64); break;
    case STRESS_YIELDS:
        if (rng_below(&worker->rng, 4) == 0)
            sched_yield();
        break;
    default: break;
    }
}

/* Half of the starts are late by up to 2,000 pauses: so that one thread may also be through before another begins. */
void stress_start_late(StressRig *stress, Worker *worker)
{
    int profile = atomic_load_explicit(&stress->profile, memory_order_relaxed);
    uint64_t drawn = rng_below(&worker->rng, 24);
    if (profile == STRESS_YIELDS && drawn < 8)
        for (; drawn > 4; drawn--)
            sched_yield();
    else if (profile != STRESS_PLAIN && drawn < 12)
        pause_up_to(worker, UINT64_C(1) << drawn);
}

/* ------------------------------------------------------------------- FREE */

static Took free_before(void *context, Worker *worker)
{
    StressRig *stress = context;
    if (atomic_load_explicit(&worker->rig->is_over, memory_order_relaxed))
        return TOOK_QUIT;
    stress_stir(stress, worker);
    return TOOK_NEXT;
}

static Took free_blocked(void *context, Worker *worker)
{
    (void)context, (void)worker;
    return TOOK_QUIT; /* never: calls block by themselves */
}

static void free_after(void *context, Worker *worker, Took took)
{
    (void)context;
    if (took == TOOK_STOPPED) /* the simulation knows of none: the run is counted as it stands */
        atomic_store(&worker->rig->is_over, true);
}

static void free_let_go(void *context, Worker *worker, Worker *other)
{
    (void)context, (void)worker, (void)other;
}

static bool free_born(void *context, Worker *worker, Worker *child)
{
    StressRig *stress = context;
    (void)worker;
    atomic_fetch_add(&stress->alive, 1);
    atomic_fetch_add(&stress->present, 1);
    sem_post(&child->gate);
    return true;
}

const RigTurns stress_free_turns = {.before = free_before, .blocked = free_blocked, .after = free_after, .let_go = free_let_go, .born = free_born};

/* --------------------------------------------------------------- STEPWISE */

/* Whoever waits may have something to do now. */
static void ring(StressRig *stress)
{
    Rig *rig = stress->rig;
    for (ThreadId t = 0; stress->waiting > 0 && t < rig->program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        if (!worker->is_waiting)
            continue;
        worker->is_waiting = false;
        stress->waiting--;
        sem_post(&worker->gate);
    }
}

void stress_close_stepwise(StressRig *stress)
{
    stress_count(stress);
    atomic_store(&stress->is_closed, true);
    atomic_store(&stress->rig->is_over, true);
    ring(stress);
}

static bool can_wake_unasked(const Rig *rig)
{
    for (ThreadId t = 0; rig->program->spurious && t < rig->program->thread_count; t++)
        if (atomic_load(&rig->workers[t].life) == LIFE_ALIVE && worker_instr(&rig->workers[t])->op == OP_CONDITION_SLEEP)
            return true;
    return false;
}

/* Nobody is under way and nobody will be: the end, unless a spurious wake-up is left. */
static void look_for_end(StressRig *stress)
{
    Rig *rig = stress->rig;
    if (stress->waiting < atomic_load(&stress->alive) || atomic_load(&rig->is_over))
        return;
    if (!rig->insists && can_wake_unasked(rig)) {
        rig->insists = true;
        ring(stress);
    } else {
        stress_close_stepwise(stress);
    }
}

static Took stepwise_before(void *context, Worker *worker)
{
    StressRig *stress = context;
    Rig *rig = worker->rig;
    stress_stir(stress, worker);
    pthread_mutex_lock(&rig->steps);
    if (!atomic_load(&rig->is_over) && atomic_load(&worker->life) == LIFE_ALIVE)
        return TOOK_NEXT; /* with the lock */
    pthread_mutex_unlock(&rig->steps); /* over, or another's step brought it to its end */
    return TOOK_QUIT;
}

static Took stepwise_blocked(void *context, Worker *worker)
{
    StressRig *stress = context;
    Rig *rig = worker->rig;
    worker->is_waiting = true;
    stress->waiting++;
    look_for_end(stress);
    pthread_mutex_unlock(&rig->steps);
    while (sem_wait(&worker->gate) != 0)
        continue;
    return TOOK_BLOCKED;
}

static void stepwise_after(void *context, Worker *worker, Took took)
{
    StressRig *stress = context;
    Rig *rig = worker->rig;
    rig->insists = false;
    if (took == TOOK_ENDED)
        atomic_fetch_sub(&stress->alive, 1);
    if (!rig->stop.is_stopped)
        rig_check_always(rig);
    if (rig->stop.is_stopped && !atomic_load(&rig->is_over))
        stress_close_stepwise(stress);
    ring(stress);
    look_for_end(stress);
    pthread_mutex_unlock(&rig->steps);
}

/* On behalf of the other, who waits, or is on its way to the lock that we hold. */
static void go_on_for(StressRig *stress, Worker *other)
{
    other->local_operations = other->accesses = 0;
    if (worker_settle(other, worker_run(other)) == TOOK_ENDED)
        atomic_fetch_sub(&stress->alive, 1);
}

static void stepwise_let_go(void *context, Worker *worker, Worker *other)
{
    (void)worker;
    go_on_for(context, other);
}

static bool stepwise_born(void *context, Worker *worker, Worker *child)
{
    StressRig *stress = context;
    (void)worker;
    atomic_fetch_add(&stress->alive, 1);
    atomic_fetch_add(&stress->present, 1);
    go_on_for(stress, child);
    sem_post(&child->gate);
    return true;
}

const RigTurns stress_stepwise_turns = {
    .before = stepwise_before, .blocked = stepwise_blocked, .after = stepwise_after, .let_go = stepwise_let_go, .born = stepwise_born};
