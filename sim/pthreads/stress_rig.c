/* stress_rig.c: the child of a stress run: its workers, the counting of each run, and the look at those that are stuck. */
#define _GNU_SOURCE
#include "pthreads/stress_rig.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pthreads/child.h"
#include "pthreads/watch.h"

enum { STACK_BYTES = 512 << 10, SPINS = 2000, LOOK_US = 300, SLICE_MS = 100, RUN_MS = 200, QUIET_MS = 500 };

double stress_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void rest_us(long us)
{
    struct timespec time = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&time, NULL);
}

/* --------------------------------------------------------------- counting */

static const char *column_text(StressRig *stress, const OutcomeColumn *column)
{
    Text *text = &stress->value;
    text->length = 0;
    if (column->is_array)
        text_add_char(text, '[');
    for (uint32_t i = 0; i < column->count; i++) {
        int64_t value = 0;
        if (!rig_property(stress->rig, &stress->program->outcome_values[column->first + i], &value))
            value = 0;
        text_format(text, "%s%lld", i == 0 ? "" : ", ", (long long)value);
    }
    if (column->is_array)
        text_add_char(text, ']');
    return text->bytes;
}

static SnEnd end_of(const Rig *rig)
{
    if (!rig->stop.is_stopped)
        return rig_all_ended(rig) ? SN_END_OK : SN_END_DEADLOCK;
    if (rig->stop.is_assume)
        return SN_END_ASSUME;
    switch (rig->stop.kind) {
    case FINDING_ASSERTION: return SN_END_ASSERTION;
    case FINDING_INVARIANT: return SN_END_INVARIANT;
    case FINDING_RUNTIME_ERROR: return SN_END_RUNTIME_ERROR;
    default: return SN_END_MISUSE;
    }
}

static void make_key(StressRig *stress, SnEnd end)
{
    const Program *program = stress->program;
    Rig *rig = stress->rig;
    stress->key.length = 0;
    for (uint32_t c = 0; c < program->outcome_count; c++) {
        const char *text = column_text(stress, &program->outcome[c]);
        if (stress->value.failed) {
            stress->key.failed = true;
            return;
        }
        stress_key(&text, 1, NULL, 0, SN_END_RUNNING, false, &stress->key);
    }
    bool final = end == SN_END_OK && rig_finally_holds(rig);
    uint32_t prints = program->outcome_has_output ? rig->output_count : 0;
    stress_key(NULL, 0, (const char *const *)rig->output, prints, end, final, &stress->key);
}

static void count_stranger(StressRig *stress)
{
    StressBoard *board = stress->board;
    uint32_t count = atomic_load(&board->stranger_count), at = 0;
    atomic_fetch_add(&board->strangers, 1);
    while (at < count && strncmp(board->stranger_keys[at], stress->key.bytes, STRESS_TEXT - 1) != 0)
        at++;
    if (at == STRESS_STRANGERS)
        return;
    if (at == count) {
        snprintf(board->stranger_keys[at], STRESS_TEXT, "%s", stress->key.bytes);
        atomic_store(&board->stranger_count, count + 1);
    }
    atomic_fetch_add(&board->stranger_runs[at], 1);
}

/* The simulated outcome with the key at hand; NO_ID: none. */
static uint32_t find_key(const StressRig *stress)
{
    uint32_t low = 0, high = stress->key_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(stress->keys[stress->order[middle]], stress->key.bytes);
        if (order == 0)
            return stress->order[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NO_ID;
}

void stress_count(StressRig *stress)
{
    StressBoard *board = stress->board;
    SnEnd end = end_of(stress->rig);
    if (end == SN_END_ASSUME)
        atomic_fetch_add(&board->dropped, 1);
    make_key(stress, end);
    if (stress->key.failed) {
        rig_fail(stress->rig, "out of memory");
        return;
    }
    uint32_t key = find_key(stress);
    if (key == NO_ID) {
        count_stranger(stress);
    } else {
        if (atomic_load_explicit(&board->counts[key].runs, memory_order_relaxed) == 0) {
            board->counts[key].first_seconds = stress_now() - stress->started;
            atomic_fetch_add(&board->seen, 1);
        }
        atomic_fetch_add(&board->counts[key].runs, 1);
    }
    uint64_t runs = atomic_fetch_add(&board->runs, 1) + 1;
    if (stress->options->runs > 0 && runs >= stress->options->runs)
        atomic_store(&stress->is_done, true);
}

/* ---------------------------------------------------------------- workers */

static uint32_t start_declared(StressRig *stress)
{
    Rig *rig = stress->rig;
    uint32_t alive = stress->program->declared_count;
    for (ThreadId t = 0; rig->mode == RIG_STEPWISE && t < stress->program->declared_count && !rig->stop.is_stopped; t++) {
        Worker *worker = &rig->workers[t];
        alive -= worker_settle(worker, worker_run(worker)) == TOOK_ENDED;
    }
    if (rig->mode == RIG_STEPWISE && !rig->stop.is_stopped)
        rig_check_always(rig);
    return alive;
}

void stress_next_run(StressRig *stress)
{
    rig_reset(stress->rig);
    stress->waiting = 0;
    atomic_store(&stress->present, stress->program->declared_count);
    atomic_store(&stress->is_closed, false);
    atomic_store(&stress->alive, start_declared(stress));
    if (stress->rig->mode == RIG_STEPWISE && (stress->rig->stop.is_stopped || atomic_load(&stress->alive) == 0))
        stress_close_stepwise(stress);
    atomic_fetch_add(&stress->generation, 1);
}

/* A spinning wait that gives way when it takes long: more threads than processors. */
static void wait_while(_Atomic uint64_t *number, uint64_t value)
{
    for (uint32_t spins = 0; atomic_load_explicit(number, memory_order_acquire) == value; spins++)
        if (spins < SPINS)
            stress_relax();
        else
            sched_yield();
}

/* A thread's part in the run is over. */
static void come_home(StressRig *stress, Worker *worker)
{
    Rig *rig = worker->rig;
    bool counts = rig->mode == RIG_FREE && atomic_fetch_sub(&stress->alive, 1) == 1;
    if (counts) {
        if (!atomic_load(&rig->is_over) || rig->stop.is_stopped)
            stress_count(stress);
        else
            atomic_fetch_add(&stress->board->cut, 1);
        atomic_store(&stress->is_closed, true);
    }
    /* What an ended thread still owns stays taken until the run is over. */
    for (uint32_t spins = 0; worker->owned > 0 && !atomic_load(&stress->is_closed); spins++)
        if (spins < SPINS)
            stress_relax();
        else
            rest_us(LOOK_US);
    worker_put_back(worker);
    if (atomic_fetch_sub(&stress->present, 1) == 1 && !atomic_load(&stress->is_done))
        stress_next_run(stress);
}

static void live_once(StressRig *stress, Worker *worker)
{
    stress_start_late(stress, worker);
    if (worker->rig->mode == RIG_FREE)
        worker_live(worker);
    else
        worker_live_on(worker);
    come_home(stress, worker);
}

static void *work(void *argument)
{
    Worker *worker = argument;
    StressRig *stress = worker->rig->turns.context;
    atomic_store(&worker->task, gettid());
    for (uint64_t generation = 0;; generation++) {
        if (worker->code->is_spawned) {
            while (sem_wait(&worker->gate) != 0) /* to be spawned */
                continue;
        } else {
            wait_while(&stress->generation, generation);
        }
        live_once(stress, worker);
    }
    return NULL;
}

static bool start_workers(StressRig *stress)
{
    Rig *rig = stress->rig;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int error = 0;
    for (ThreadId t = 0; t < rig->program->thread_count && error == 0; t++) {
        rig->workers[t].rng = rng_seed(stress->options->seed + t + atomic_load(&stress->board->replaced) * 1000 + 1);
        error = pthread_create(&rig->workers[t].thread, &attributes, work, &rig->workers[t]);
        rig->workers[t].is_created = error == 0;
    }
    pthread_attr_destroy(&attributes);
    if (error != 0)
        rig_fail(rig, "the system gives no more threads: %s; %u are needed (see `ulimit -u`)", strerror(error), rig->program->thread_count + 1);
    return error == 0;
}

/* --------------------------------------------------------------- stirring */

static void stir_profile(StressRig *stress, double now)
{
    static const int turns[] = {STRESS_PAUSES, STRESS_PLAIN, STRESS_YIELDS};
    int profile = (int)stress->options->profile;
    if (profile == STRESS_MIXED)
        profile = turns[(unsigned)((now - stress->started) * 1000 / SLICE_MS) % 3];
    if (profile == atomic_load(&stress->profile))
        return;
    atomic_store(&stress->profile, profile);
    for (ThreadId t = 0; t < stress->program->thread_count; t++) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)stress->processors[profile == STRESS_YIELDS ? 0 : t % stress->processor_count], &set);
        pthread_setaffinity_np(stress->rig->workers[t].thread, sizeof set, &set);
    }
}

/* ------------------------------------------------------------------ stuck */

/* All threads that have not ended are asleep in one of the scenario's objects; `switches` adds up how often they were not. */
static bool all_asleep(const StressRig *stress, uint64_t *switches, bool *is_blind)
{
    const char *proc = stress->options->proc == NULL ? "/proc" : stress->options->proc;
    uint32_t asleep = 0;
    *switches = 0;
    *is_blind = false;
    for (ThreadId t = 0; t < stress->program->thread_count; t++) {
        const Worker *worker = &stress->rig->workers[t];
        if (atomic_load(&worker->life) != LIFE_ALIVE)
            continue;
        uintptr_t from = atomic_load_explicit(&worker->asleep_in, memory_order_acquire);
        uintptr_t to = atomic_load_explicit(&worker->asleep_end, memory_order_relaxed);
        if (from == 0)
            return false;
        Sight sight = watch_look(proc, 0, atomic_load(&worker->task));
        *is_blind |= !sight.is_seen;
        if (sight.is_seen && !sight.is_asleep)
            return false;
        uintptr_t also = atomic_load_explicit(&worker->asleep_also, memory_order_relaxed);
        bool is_inside = (sight.address >= from && sight.address < to) || (also != 0 && sight.address >= also && sight.address < also + sizeof(RealObject));
        if (sight.has_address && !is_inside)
            return false;
        *switches += sight.switches;
        asleep++;
    }
    return asleep > 0;
}

/* A deadlock: seen twice, with nobody awake in between. */
static bool is_stuck(StressRig *stress, uint64_t generation)
{
    uint64_t first, second;
    bool is_blind;
    if (stress->rig->mode != RIG_FREE || atomic_load(&stress->alive) == 0 || !all_asleep(stress, &first, &is_blind))
        return false;
    rest_us(is_blind ? QUIET_MS * 1000 : LOOK_US / 2);
    bool is_same = all_asleep(stress, &second, &is_blind) && first == second && atomic_load(&stress->generation) == generation;
    if (is_same && is_blind)
        atomic_store(&stress->board->was_weak, true);
    return is_same;
}

/* ------------------------------------------------------------- the process */

static int watch(StressRig *stress)
{
    uint64_t generation = 0;
    double since = stress_now();
    bool was_cut = false;
    for (;;) {
        rest_us(LOOK_US);
        double now = stress_now();
        if (stress->rig->failed) {
            snprintf(stress->board->trouble, sizeof stress->board->trouble, "%s", stress->rig->trouble);
            return STRESS_TROUBLE;
        }
        if (atomic_load(&stress->is_done))
            return STRESS_DONE;
        stir_profile(stress, now);
        if (atomic_load(&stress->generation) != generation) {
            generation = atomic_load(&stress->generation);
            since = now;
            was_cut = false;
            continue;
        }
        if (!was_cut && is_stuck(stress, generation)) {
            stress_count(stress);
            return atomic_load(&stress->is_done) ? STRESS_DONE : STRESS_RENEW;
        }
        if (now - since < RUN_MS / 1000.0)
            continue;
        if (was_cut || stress->rig->mode == RIG_STEPWISE) {
            atomic_fetch_add(&stress->board->cut, 1);
            return STRESS_RENEW; /* some of them cannot be told */
        }
        was_cut = true;
        since = now;
        atomic_store(&stress->rig->is_over, true);
    }
}

static int compare_keys(const void *left, const void *right, void *keys)
{
    const char *const *texts = keys;
    return strcmp(texts[*(const uint32_t *)left], texts[*(const uint32_t *)right]);
}

int stress_live(void *context, int to)
{
    StressRig *stress = context;
    const RigTurns *base = stress->options->mode == RIG_FREE ? &stress_free_turns : &stress_stepwise_turns;
    RigTurns turns = *base;
    (void)to;
    turns.context = stress;
    stress->processor_count = child_processors(stress->processors, sizeof stress->processors / sizeof *stress->processors);
    stress->order = mem_alloc((size_t)stress->key_count + 1, sizeof *stress->order);
    Status status = stress->order == NULL ? STATUS_NO_MEMORY : rig_new(stress->program, stress->options->mode, &turns, NULL, &stress->rig);
    if (status != STATUS_OK) {
        snprintf(stress->board->trouble, sizeof stress->board->trouble, "%s", status == STATUS_INVALID ? stress->rig->trouble : "out of memory");
        return STRESS_TROUBLE;
    }
    for (uint32_t k = 0; k < stress->key_count; k++)
        stress->order[k] = k;
    if (stress->key_count > 1)
        qsort_r(stress->order, stress->key_count, sizeof *stress->order, compare_keys, (void *)stress->keys);
    atomic_store(&stress->profile, -1);
    if (!start_workers(stress)) {
        snprintf(stress->board->trouble, sizeof stress->board->trouble, "%s", stress->rig->trouble);
        return STRESS_TROUBLE;
    }
    stir_profile(stress, stress_now());
    stress_next_run(stress);
    return watch(stress);
}
