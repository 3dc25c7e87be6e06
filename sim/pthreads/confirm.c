#include "pthreads/confirm.h"

#include <time.h>

#include "pthreads/watch.h"

enum { ASLEEP_MS = 5000, BETWEEN_MS = 5, QUIET_MS = 500 };

static void rest_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Where it sleeps: as it notes itself; who was woken from a condition sleeps in the mutex by now. */
static bool is_inside(const Rig *rig, const Worker *worker, bool was_woken, uintptr_t address)
{
    uintptr_t from = atomic_load_explicit(&worker->asleep_in, memory_order_acquire), to = atomic_load_explicit(&worker->asleep_end, memory_order_relaxed);
    if (was_woken) {
        (void)rig;
        from = (uintptr_t)worker->park_object;
        to = from + sizeof *worker->park_object;
    }
    return from != 0 && address >= from && address < to;
}

/* Looks until the thread is asleep in its object. */
static Sight see_asleep(const Rig *rig, const Worker *worker, bool was_woken, const char *proc)
{
    Sight sight = {0};
    for (int waited = 0; waited < ASLEEP_MS; waited++) {
        sight = watch_look(proc, worker->process, atomic_load(&worker->task));
        if (!sight.is_seen)
            return sight;
        bool is_noted = atomic_load_explicit(&worker->asleep_in, memory_order_acquire) != 0;
        sight.is_asleep = sight.is_asleep && is_noted && (!sight.has_address || is_inside(rig, worker, was_woken, sight.address));
        if (sight.is_asleep)
            return sight;
        rest_ms(1);
    }
    return sight;
}

/* Sends the thread into its call. */
static bool send(const Rig *rig, Worker *worker, const char *proc)
{
    if (worker->park == PARK_GATE) {
        worker->role = ROLE_BLOCK;
        sem_post(&worker->gate);
        return false;
    }
    if (worker->park != PARK_CONDITION || worker_instr(worker)->op != OP_CONDITION_WAKE)
        return false; /* it is in its call already */
    see_asleep(rig, worker, false, proc); /* so that the signal is not lost: the mutex cannot be had */
    worker->is_woken = true;
    pthread_cond_signal(&worker->wake);
    return true;
}

static void disagree(TurnReport *report, const Course *course, const char *name, const char *what)
{
    if (report->agrees)
        text_format(&report->text, "%s %s, simulated it is blocked", name, what);
    report->agrees = false;
    report->step = course->count;
}

static bool is_writer(const Worker *worker)
{
    return worker_instr(worker)->op == OP_WRLOCK;
}

/* Time, a core and the interpreter lock are the simulator's: a thread that waits for them is in no call. */
static bool is_in_call(const Course *course, ThreadId thread)
{
    const WaitInfo *wait = &course->waits[thread];
    Opcode op = wait->instr == NO_ID ? OP_END : (Opcode)course->program->code[wait->instr].op;
    return course->is_blocked[thread] && wait->kind != WAIT_CONTROL && op != OP_SLEEP && op != OP_IO && op != OP_COMPUTE &&
           op != OP_CORE_TAKE;
}

void confirm_blocked(Rig *rig, const Course *course, const char *proc, TurnReport *report)
{
    const Program *program = rig->program;
    Sight *first = mem_alloc((size_t)program->thread_count + 1, sizeof *first);
    bool *was_woken = mem_alloc((size_t)program->thread_count + 1, sizeof *was_woken);
    report->evidence = EVIDENCE_PLACE;
    /* writers first: those that wait hold readers off */
    for (int pass = 0; first != NULL && was_woken != NULL && pass < 2; pass++)
        for (ThreadId t = 0; t < program->thread_count; t++) {
            Worker *worker = &rig->workers[t];
            if (!is_in_call(course, t) || is_writer(worker) != (pass == 0))
                continue;
            report->is_stuck = true;
            if (report->stuck_count < REPORT_STUCK)
                report->stuck[report->stuck_count++] =
                    (StuckThread){t, course->lines[t], course->waits[t].object, course->waits[t].instr == NO_ID ? OP_END : program->code[course->waits[t].instr].op};
            was_woken[t] = send(rig, worker, proc);
            first[t] = see_asleep(rig, worker, was_woken[t], proc);
            if (!first[t].is_seen)
                report->evidence = EVIDENCE_QUIET;
            else if (!first[t].is_asleep)
                disagree(report, course, worker->code->name, "is not asleep");
            else if (!first[t].has_address && report->evidence > EVIDENCE_ASLEEP)
                report->evidence = EVIDENCE_ASLEEP;
        }
    rest_ms(report->evidence == EVIDENCE_QUIET ? QUIET_MS : BETWEEN_MS);
    for (ThreadId t = 0; first != NULL && was_woken != NULL && t < program->thread_count; t++) {
        if (!is_in_call(course, t))
            continue;
        Worker *worker = &rig->workers[t];
        Sight again = watch_look(proc, worker->process, atomic_load(&worker->task));
        bool is_still_there = atomic_load_explicit(&worker->asleep_in, memory_order_acquire) != 0;
        if (again.is_seen && first[t].is_seen && (!again.is_asleep || again.switches != first[t].switches))
            disagree(report, course, worker->code->name, "moved");
        else if (!is_still_there)
            disagree(report, course, worker->code->name, "went through");
    }
    if (first == NULL || was_woken == NULL)
        report->evidence = EVIDENCE_NONE;
    mem_free(first);
    mem_free(was_woken);
}
