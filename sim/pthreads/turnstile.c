#define _GNU_SOURCE
#include "pthreads/turnstile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pthreads/confirm.h"
#include "pthreads/pool_threads.h"
#include "pthreads/processes.h"
#include "pthreads/snapshot.h"

enum { STEP_SECONDS = 10, LEAVE_SECONDS = 2, STACK_BYTES = 512 << 10 };

enum { SENTENCE = 1000 };

typedef struct Turnstile { /* in shared memory, where there are processes */
    Rig *rig;
    Shared *shared;
    PoolThreads *pools;        /* without processes; else NULL */
    const Course *course;
    _Atomic uint32_t position; /* of the step under way */
    sem_t finished;            /* the course is done, or cannot be followed */
    int64_t *row;
    bool is_decided;           /* the first disagreement counts */
    uint32_t decided_at;
    char sentence[SENTENCE];   /* what is different */
    bool is_stuck;             /* as in TurnReport */
} Turnstile;

/* ---------------------------------------------------------- disagreements */

static void say(Turnstile *turnstile, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(Turnstile *turnstile, const char *format, ...)
{
    if (turnstile->is_decided)
        return;
    turnstile->is_decided = true;
    turnstile->decided_at = atomic_load(&turnstile->position);
    va_list args;
    va_start(args, format);
    vsnprintf(turnstile->sentence, sizeof turnstile->sentence, format, args);
    va_end(args);
}

static void compare_stop(Turnstile *turnstile, const CourseStop *wanted)
{
    const RigStop *stop = &turnstile->rig->stop;
    if (wanted->is_stopped && !stop->is_stopped)
        say(turnstile, "goes on, simulated it stops at line %u: %s", wanted->line, wanted->text);
    else if (!wanted->is_stopped && stop->is_stopped)
        say(turnstile, "stops at line %u: %s; simulated it goes on", stop->line, stop->text);
    else if (wanted->is_stopped && (wanted->kind != stop->kind || wanted->is_assume != stop->is_assume || wanted->line != stop->line))
        say(turnstile, "stops at line %u: %s; simulated it stops at line %u: %s", stop->line, stop->text, wanted->line, wanted->text);
}

static void compare(Turnstile *turnstile, const int64_t *wanted, const CourseStop *stop)
{
    const Program *program = turnstile->course->program;
    rig_check_always(turnstile->rig);
    compare_stop(turnstile, stop);
    snapshot_of_rig(turnstile->rig, turnstile->row);
    uint32_t size = stop->is_stopped ? snapshot_objects(program) : snapshot_size(program);
    for (uint32_t i = 0; i < size; i++) {
        if (turnstile->row[i] == wanted[i])
            continue;
        Text text = {0};
        snapshot_explain(program, i, wanted[i], turnstile->row[i], &text);
        say(turnstile, "%s", text.failed || text.bytes == NULL ? "it left something else behind" : text.bytes);
        text_free(&text);
        return;
    }
}

/* ------------------------------------------------------------------ turns */

/* A waiter is let go on under its mutex: either we hold it ourselves, on the way into our own wait, or it is free. */
static bool wake(const Worker *passer, Worker *worker)
{
    bool holds = passer != NULL && passer->park == PARK_CONDITION && passer->park_object == worker->park_object;
    if (!holds && !real_retake(worker->park_object))
        return false;
    worker->is_woken = true;
    pthread_cond_signal(&worker->wake);
    if (!holds)
        pthread_mutex_unlock(&worker->park_object->mutex);
    return true;
}

/* Semaphores order threads of all processes, but ThreadSanitizer sees what those of its own process do only. A turn that
 * came back by way of another process is therefore ordered by an atomic number, too. */
static void post_turn(Turnstile *turnstile, sem_t *semaphore)
{
    atomic_fetch_add(&turnstile->position, 0);
    sem_post(semaphore);
}

static void order_turn(const Worker *worker)
{
    Turnstile *turnstile = worker->rig->turns.context;
    atomic_fetch_add(&turnstile->position, 0);
}

static void no_thread(Worker *worker, int error)
{
    rig_fail(worker->rig, "the system gives no thread for %s: %s; %u are needed (see `ulimit -u`)", worker->code->name, strerror(error),
             worker->rig->program->thread_count);
}

static void pass_turn(Turnstile *turnstile, const Worker *passer)
{
    uint32_t position = atomic_load(&turnstile->position);
    if (turnstile->is_decided || turnstile->rig->failed || turnstile->rig->stop.is_stopped || position == turnstile->course->count) {
        post_turn(turnstile, &turnstile->finished);
        return;
    }
    const CourseStep *step = &turnstile->course->steps[position];
    Worker *worker = &turnstile->rig->workers[step->thread];
    worker->script = step->script;
    worker->script_count = step->script_count;
    worker->script_at = 0;
    worker->choice = step->choice;
    worker->choices = step->choices;
    worker->role = ROLE_STEP;
    if (pool_threads_serve(worker) && !worker->has_pool_thread && !pool_threads_give(turnstile->pools, worker)) {
        no_thread(worker, errno);
        post_turn(turnstile, &turnstile->finished);
        return;
    }
    if (worker->park != PARK_CONDITION) {
        post_turn(turnstile, &worker->gate);
        return;
    }
    order_turn(worker);
    if (!wake(passer, worker)) {
        say(turnstile, "the mutex that it takes again is not free");
        post_turn(turnstile, &turnstile->finished);
    }
}

static void wait_gate(Worker *worker)
{
    while (sem_wait(&worker->gate) != 0)
        continue;
    order_turn(worker);
}

/* Sleeps on the condition until the schedule says so; holds the mutex then. False: it is over, and the mutex is given back. */
static bool wait_condition(Worker *worker)
{
    pthread_mutex_t *mutex = &worker->park_object->mutex;
    worker_may_sleep(worker, &worker->wake, sizeof worker->wake);
    while (!worker->is_woken)
        pthread_cond_wait(&worker->wake, mutex);
    order_turn(worker);
    worker->is_woken = false;
    worker_is_awake(worker);
    if (!atomic_load(&worker->rig->is_over))
        return true;
    pthread_mutex_unlock(mutex);
    return false;
}

static Took before(void *context, Worker *worker)
{
    Turnstile *turnstile = context;
    if (worker->park == PARK_CONDITION)
        return wait_condition(worker) ? TOOK_NEXT : TOOK_QUIT;
    if (worker->park == PARK_BARRIER) {
        worker_may_sleep(worker, worker->park_object, sizeof *worker->park_object);
        pthread_barrier_wait(&worker->park_object->barrier);
        worker_is_awake(worker);
    }
    wait_gate(worker);
    if (atomic_load(&worker->rig->is_over) || worker->role == ROLE_QUIT)
        return TOOK_QUIT;
    if (worker->role == ROLE_BLOCK) {
        worker_block(worker);
        if (!atomic_load(&worker->rig->is_over))
            say(turnstile, "%s went through, simulated it is blocked", worker->code->name);
        return TOOK_QUIT;
    }
    if (worker->role == ROLE_RECEIVE) {
        RealQueue *queue = &worker->rig->objects[worker_object(worker, worker->arm)].queue;
        while (sem_wait(&queue->full) != 0)
            continue;
        int64_t item = queue->slot;
        sem_post(&queue->taken);
        worker_receive(worker, worker->arm, item);
    }
    return TOOK_NEXT;
}

static Took blocked(void *context, Worker *worker)
{
    Turnstile *turnstile = context;
    worker->park = PARK_GATE;
    say(turnstile, "would block, simulated it goes through");
    sem_post(&turnstile->finished);
    return TOOK_QUIT;
}

/* Where the worker will wait for its next turn; told before anybody else moves. */
static void choose_park(Worker *worker, Took took)
{
    const Instr *instr = worker_instr(worker);
    worker->park = PARK_GATE;
    if (took != TOOK_NEXT)
        return;
    if (instr->op == OP_BARRIER_WAIT) {
        worker->park = PARK_BARRIER;
        worker->park_object = &worker->rig->objects[worker_object(worker, instr)];
    } else if (instr->op == OP_CONDITION_SLEEP) {
        worker->park = PARK_CONDITION;
        worker->park_object = &worker->rig->objects[worker_mutex(worker, instr)];
    }
}

static void after(void *context, Worker *worker, Took took)
{
    Turnstile *turnstile = context;
    choose_park(worker, took);
    if (worker->rig->shared != NULL)
        processes_report(worker);
    if (worker->is_let_go) {
        worker->is_let_go = false;
        post_turn(turnstile, &worker->rig->settled);
        return;
    }
    const CourseStep *step = &turnstile->course->steps[atomic_load(&turnstile->position)];
    compare(turnstile, step->row, &step->stop);
    if (!turnstile->is_decided)
        atomic_fetch_add(&turnstile->position, 1);
    pass_turn(turnstile, worker);
}

static void wait_settled(Rig *rig)
{
    while (sem_wait(&rig->settled) != 0)
        continue;
}

static void let_go(void *context, Worker *worker, Worker *other)
{
    other->is_let_go = true;
    if (other->role != ROLE_RECEIVE || other->arm == NULL)
        other->role = ROLE_GO_ON;
    post_turn(context, &other->gate);
    wait_settled(worker->rig);
    order_turn(worker);
    other->role = ROLE_STEP;
    other->arm = NULL;
}

/* ---------------------------------------------------------------- threads */

static void *live(void *argument)
{
    Worker *worker = argument;
    Turnstile *turnstile = worker->rig->turns.context;
    atomic_store(&worker->task, gettid());
    Took took = worker_live(worker);
    if (took == TOOK_QUIT && worker->rig->failed && !atomic_load(&worker->rig->is_over))
        sem_post(&turnstile->finished);
    /* What an ended thread still owns stays taken until all is over; and who forked would take its children along. */
    if (worker->owned > 0 || worker->rig->shared != NULL)
        while (!atomic_load(&worker->rig->is_over))
            wait_gate(worker);
    worker_put_back(worker);
    processes_reap(worker);
    return NULL;
}

static bool start_process(Worker *worker, const Worker *forker)
{
    worker->is_let_go = true;
    if (!processes_start(worker, forker, live)) {
        rig_fail(worker->rig, "the system gives no process for %s: %s (see `ulimit -u`)", worker->code->name, strerror(errno));
        return false;
    }
    worker->is_created = true;
    wait_settled(worker->rig);
    return true;
}

static bool start(Worker *worker, const Worker *starter)
{
    if (worker->rig->shared != NULL && worker->code->is_process)
        return start_process(worker, starter);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    worker->is_let_go = true;
    int error = pthread_create(&worker->thread, &attributes, live, worker);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        no_thread(worker, error);
        return false;
    }
    worker->is_created = true;
    wait_settled(worker->rig);
    return true;
}

/* A task of a pool, in a thread of the pool's. */
static void live_task(Worker *task)
{
    Turnstile *turnstile = task->rig->turns.context;
    if (worker_live_on(task) == TOOK_QUIT && task->rig->failed && !atomic_load(&task->rig->is_over))
        sem_post(&turnstile->finished);
}

/* Until it gets a worker a task has no thread: whoever submits it brings it to where it waits for one. */
static bool born(void *context, Worker *worker, Worker *child)
{
    (void)context;
    if (!pool_threads_serve(child))
        return start(child, worker);
    child->local_operations = child->accesses = 0;
    choose_park(child, worker_settle(child, worker_run(child)));
    return true;
}

static struct timespec after_ms(long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

/* Until the course is done; a step that takes too long is a disagreement. */
static void wait_finished(Turnstile *turnstile)
{
    for (;;) {
        uint32_t seen = atomic_load(&turnstile->position);
        struct timespec until = after_ms(STEP_SECONDS * 1000L);
        int error;
        do
            error = sem_timedwait(&turnstile->finished, &until);
        while (error != 0 && errno == EINTR);
        uint32_t stands = atomic_fetch_add(&turnstile->position, 0); /* ordered behind the last turn, as in order_turn */
        if (error == 0)
            return;
        if (stands != seen)
            continue;
        say(turnstile, "did not finish within %d s", STEP_SECONDS);
        turnstile->is_stuck = true;
        return;
    }
}

/* Sleepers; each mutex comes free as its owner leaves. */
static void wake_sleepers(Rig *rig)
{
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        Worker *sleeper = &rig->workers[t];
        if ((!sleeper->is_created && !sleeper->has_pool_thread) || sleeper->park != PARK_CONDITION || pthread_mutex_trylock(&sleeper->park_object->mutex) != 0)
            continue;
        sleeper->is_woken = true;
        pthread_cond_signal(&sleeper->wake);
        pthread_mutex_unlock(&sleeper->park_object->mutex);
    }
}

/* Its end, for a millisecond. */
static bool has_left(Worker *worker)
{
    if (worker->process == 0) {
        struct timespec soon = after_ms(1);
        return pthread_timedjoin_np(worker->thread, NULL, &soon) == 0;
    }
    if (processes_has_ended(worker))
        return true;
    nanosleep(&(struct timespec){0, 200000}, NULL);
    return false;
}

/* Ends all threads that can be ended. */
static void leave(Turnstile *turnstile)
{
    Rig *rig = turnstile->rig;
    atomic_store(&rig->is_over, true);
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        if ((worker->is_created || worker->has_pool_thread) && worker->park == PARK_BARRIER && atomic_load(&worker->life) == LIFE_ALIVE)
            turnstile->is_stuck = true; /* a barrier lets nobody go */
    }
    if (turnstile->is_stuck)
        return; /* the process ends, and they with it */
    struct timespec give_up = after_ms(LEAVE_SECONDS * 1000L);
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        if (rig->workers[t].is_created || rig->workers[t].has_pool_thread)
            sem_post(&rig->workers[t].gate);
    if (turnstile->pools != NULL)
        pool_threads_end(turnstile->pools);
    for (ThreadId t = 0; t < rig->program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        bool is_ours = worker->is_created && (rig->shared == NULL || !worker->code->is_process || worker->forker == NO_ID); /* others are reaped by their forker */
        while (is_ours) {
            wake_sleepers(rig);
            if (has_left(worker)) {
                worker->is_created = is_ours = false;
            } else if (after_ms(0).tv_sec > give_up.tv_sec) {
                turnstile->is_stuck = true;
                return;
            }
        }
    }
    while (turnstile->pools != NULL && !pool_threads_have_left(turnstile->pools)) {
        wake_sleepers(rig);
        turnstile->is_stuck |= after_ms(0).tv_sec > give_up.tv_sec;
        if (turnstile->is_stuck)
            return;
    }
}

/* ------------------------------------------------------------------- ends */

static void compare_end(Turnstile *turnstile)
{
    const Course *course = turnstile->course;
    Rig *rig = turnstile->rig;
    for (uint32_t i = 0; i < course->program->outcome_value_count; i++) {
        int64_t value = 0;
        if (!rig_property(rig, &course->program->outcome_values[i], &value))
            value = 0;
        if (value != course->values[i])
            say(turnstile, "at the end %s is %lld, simulated %lld", course->program->outcome_values[i].text, (long long)value, (long long)course->values[i]);
    }
    if (course->end == COURSE_OK && rig_finally_holds(rig) != course->final_holds)
        say(turnstile, "at the end `finally` %s, simulated it %s", course->final_holds ? "does not hold" : "holds", course->final_holds ? "does" : "does not");
    if (course->end == COURSE_OK && !course->program->has_domains && !rig_all_ended(rig)) /* an event loop ends with coroutines left over */
        say(turnstile, "not all threads have ended");
    for (uint32_t i = 0; i < course->output_count; i++)
        if (i >= rig->output_count || strcmp(rig->output[i], course->output[i]) != 0) {
            say(turnstile, "prints \"%s\", simulated \"%s\"", i < rig->output_count ? rig->output[i] : "", course->output[i]);
            return;
        }
}

/* The coroutine that `run` starts is there from the beginning. */
static bool start_main(Rig *rig, ThreadId id)
{
    if (id == NO_ID)
        return true;
    Worker *worker = &rig->workers[id];
    const ExprList *arguments = &rig->program->scenario->run->arguments;
    worker->handle = ++rig->handles;
    for (uint32_t k = 0; k < arguments->count; k++)
        worker->registers[k] = arguments->items[k]->value;
    atomic_store(&worker->life, LIFE_ALIVE);
    return start(worker, NULL);
}

static Status run(Turnstile *turnstile, const TurnOptions *options, TurnReport *report)
{
    Rig *rig = turnstile->rig;
    const Course *course = turnstile->course;
    bool starts = true;
    for (ThreadId t = 0; t < course->program->declared_count && starts; t++)
        starts = rig->stop.is_stopped || start(&rig->workers[t], NULL);
    for (uint32_t d = 0; d < course->program->domain_count && starts && !rig->stop.is_stopped; d++)
        starts = start_main(rig, course->program->domains[d].main);
    if (starts) {
        compare(turnstile, course->start, &course->start_stop);
        pass_turn(turnstile, NULL);
        wait_finished(turnstile);
    }
    if (!turnstile->is_decided && !rig->failed) {
        compare_end(turnstile);
        if (!course->program->has_domains && (course->end == COURSE_DEADLOCK || options->shows_blocked)) /* there many wait for control, in no call */
            confirm_blocked(rig, course, options->proc, report);
        turnstile->is_stuck |= report->is_stuck;
    }
    leave(turnstile);
    report->is_stuck = turnstile->is_stuck;
    if (report->is_stuck)
        processes_kill(rig);
    if (report->agrees && turnstile->is_decided) {
        report->agrees = false;
        report->step = turnstile->decided_at;
        text_add(&report->text, turnstile->sentence);
    }
    if (!rig->failed)
        return STATUS_OK;
    text_free(&report->text);
    text_add(&report->text, rig->trouble);
    return STATUS_LIMIT;
}

/* Gates and baton, in memory that all processes see. */
static Turnstile *open_turnstile(const Course *course)
{
    Shared *shared = NULL;
    if (processes_are_real(course->program) && (shared = shared_open()) == NULL)
        return NULL;
    Turnstile *turnstile = shared_alloc(shared, 1, sizeof *turnstile);
    if (turnstile == NULL) {
        shared_close(shared);
        return NULL;
    }
    *turnstile = (Turnstile){.course = course, .shared = shared};
    sem_init(&turnstile->finished, shared != NULL, 0);
    return turnstile;
}

static void close_turnstile(Turnstile *turnstile)
{
    Shared *shared = turnstile->shared;
    pool_threads_free(turnstile->pools);
    rig_free(turnstile->rig);
    mem_free(turnstile->row);
    sem_destroy(&turnstile->finished);
    shared_free(shared, turnstile);
    shared_close(shared);
}

Status turnstile_run(const Course *course, const TurnOptions *options, TurnReport *report)
{
    *report = (TurnReport){.agrees = true};
    Turnstile *turnstile = open_turnstile(course);
    if (turnstile == NULL)
        return STATUS_NO_MEMORY;
    RigTurns turns = {.context = turnstile, .before = before, .blocked = blocked, .after = after, .let_go = let_go, .born = born};
    turnstile->row = mem_alloc(snapshot_size(course->program), sizeof *turnstile->row);
    Status status = turnstile->row == NULL ? STATUS_NO_MEMORY : rig_new(course->program, RIG_GATED, &turns, turnstile->shared, &turnstile->rig);
    if (status == STATUS_OK && turnstile->shared == NULL && (turnstile->pools = pool_threads_new(turnstile->rig, live_task)) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        status = run(turnstile, options, report);
    } else if (status == STATUS_INVALID) {
        text_add(&report->text, turnstile->rig->trouble);
        status = STATUS_LIMIT;
    }
    if (!report->is_stuck) /* else threads still use all of it */
        close_turnstile(turnstile);
    return status;
}
