#include "detect/livelock.h"

#include <string.h>

#include "base/memory.h"
#include "program/flow.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_STEPS = 2 };
#else
enum { FIRST_STEPS = 256 };
#endif

/* -------------------------------------------------------------------- steps that get on */

static bool keep_number(uint64_t **numbers, uint64_t count, uint64_t *room, uint64_t number)
{
    if (count == *room) {
        uint64_t more = *room == 0 ? FIRST_STEPS : *room * 2;
        uint64_t *larger = mem_resize(*numbers, more, sizeof *larger);
        if (larger == NULL)
            return false;
        *numbers = larger;
        *room = more;
    }
    (*numbers)[count] = number;
    return true;
}

bool progress_add(ProgressLog *log, uint64_t edge, uint64_t threads)
{
    if (!keep_number(&log->edges, log->count, &log->edge_room, edge) ||
        !keep_number(&log->threads, log->count, &log->thread_room, threads))
        return false;
    log->count++;
    return true;
}

Status progress_state(ProgressLog *log, const MonitorEvent *event)
{
    if (event->is_start_report || !machine_program(event->machine)->has_progress)
        return STATUS_OK;
    for (uint32_t i = 0; i < event->expansion->count; i++) {
        const StepInfo *step = &event->expansion->steps[i];
        if (!step->progresses)
            continue;
        if (!progress_add(log, event->first_edge + i, step->progressed))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void progress_restart(ProgressLog *log)
{
    log->count = 0;
}

void progress_free(ProgressLog *log)
{
    mem_free(log->edges);
    mem_free(log->threads);
    memset(log, 0, sizeof *log);
}

uint64_t progress_on(const ProgressLog *log, uint64_t edge)
{
    uint64_t low = 0, high = log->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (log->edges[middle] < edge)
            low = middle + 1;
        else
            high = middle;
    }
    return low < log->count && log->edges[low] == edge ? log->threads[low] : 0;
}

/* ------------------------------------------------------------------------------ judging */

bool livelock_is_fair(const LoopFacts *facts)
{
    for (ThreadId t = 0; t < facts->thread_count; t++)
        if (facts->enabled_in[t] == facts->state_count && facts->steps[t] == 0)
            return false;
    return true;
}

bool livelock_starves(const LoopFacts *facts, ThreadId thread)
{
    return livelock_is_fair(facts) && (facts->progressed & ~step_thread_bit(thread)) != 0;
}

static bool waits_for_stuck(const WaitInfo *wait, const bool *stuck)
{
    if (!wait_is_for_all(wait->kind))
        return false;
    for (uint32_t i = 0; i < wait->holder_count; i++)
        if (stuck[wait->holders[i]])
            return true;
    return false;
}

Status livelock_deprived(DeadlockDetector *deadlock, const Machine *machine, const Word *state,
                         const ThreadId *threads, uint32_t thread_count, bool *deprived)
{
    const Program *program = machine_program(machine);
    const BlockedSet *sets;
    uint32_t set_count;
    Status status = deadlock_scan(deadlock, machine, state, threads, thread_count, &sets, &set_count);
    bool *stuck = mem_alloc(program->thread_count, sizeof *stuck);
    if (status == STATUS_OK && stuck == NULL)
        status = STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < set_count && status == STATUS_OK; i++)
        for (uint32_t k = 0; k < sets[i].count; k++)
            stuck[sets[i].threads[k]] = true;
    bool changes = status == STATUS_OK && set_count > 0;
    while (changes) {
        changes = false;
        for (ThreadId t = 0, next = 0; t < program->thread_count; t++) {
            bool is_enabled = next < thread_count && threads[next] == t;
            next += is_enabled;
            if (stuck[t] || is_enabled || !machine_is_born(machine, state, t) || machine_is_ended(machine, state, t))
                continue;
            WaitInfo wait;
            machine_wait(machine, state, t, false, &wait);
            if (waits_for_stuck(&wait, stuck))
                stuck[t] = changes = true;
        }
    }
    for (ThreadId t = 0; t < program->thread_count && status == STATUS_OK; t++)
        deprived[t] = !program->threads[t].is_daemon && !stuck[t] && machine_is_born(machine, state, t) &&
                      !machine_is_ended(machine, state, t) && !machine_is_cancelled(machine, state, t);
    mem_free(stuck);
    return status;
}

/* ------------------------------------------------------------------------------ the code */

Status livelock_ways_on(const Program *program, ThreadId thread, bool *ahead)
{
    const ThreadCode *code = &program->threads[thread];
    bool *leads = mem_alloc(code->instr_count, sizeof *leads);
    uint32_t *next = mem_alloc((size_t)flow_max_successors(program, code) + 2, sizeof *next);
    Status status = leads == NULL || next == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    bool changes = status == STATUS_OK;
    while (changes) {
        changes = false;
        for (uint32_t i = code->instr_count; i-- > 0;) {
            uint32_t address = code->first_instr + i;
            uint16_t op = program->code[address].op;
            if (leads[i])
                continue;
            leads[i] = op == OP_PROGRESS || op == OP_END;
            uint32_t count = flow_successors(program, address, next);
            for (uint32_t k = 0; k < count; k++)
                leads[i] = leads[i] || leads[next[k] - code->first_instr];
            changes = changes || leads[i];
        }
    }
    for (uint32_t p = 0; p <= code->point_count && status == STATUS_OK; p++)
        ahead[p] = p == 0 || leads[code->points[p].instr - code->first_instr];
    mem_free(leads);
    mem_free(next);
    return status;
}

bool livelock_is_straight(const Program *program)
{
    for (uint32_t t = 0; t < program->thread_count; t++) {
        const ThreadCode *code = &program->threads[t];
        for (uint32_t i = code->first_instr; i < code->first_instr + code->instr_count; i++) {
            const Instr *instr = &program->code[i];
            if ((program_op_flags[instr->op] & OPF_JUMPS) != 0 && (uint32_t)instr->b <= i)
                return false;
        }
    }
    return true;
}
