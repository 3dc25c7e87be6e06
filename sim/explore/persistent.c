#include "explore/persistent.h"

static ThreadSet bit_of(ThreadId thread)
{
    return UINT64_C(1) << thread;
}

void crowd_read(Crowd *crowd, const Uses *uses, const Machine *machine, const Word *state, const Expansion *expansion)
{
    const Program *program = machine_program(machine);
    crowd->enabled = crowd->alive = 0;
    for (uint32_t i = 0; i < expansion->count; i++)
        crowd->enabled |= bit_of(expansion->steps[i].thread);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        uint32_t point = machine_point(machine, state, t);
        if (point == 0 || point > program->threads[t].point_count)
            continue;
        crowd->alive |= bit_of(t);
        crowd->points[t] = point;
        crowd->kinds[t] = uses_kind(uses, machine, state, t, point);
    }
}

/* Everyone outside `set` whose future conflicts with the step of `thread`, or may make it possible. */
static ThreadSet others(const Uses *uses, const Crowd *crowd, ThreadSet set, ThreadId thread,
                        bool (*is_one)(const Uses *, StepKind, ThreadId, uint32_t))
{
    ThreadSet found = 0;
    for (ThreadSet left = crowd->alive & ~set; left != 0; left &= left - 1) {
        ThreadId other = (ThreadId)__builtin_ctzll(left);
        if (is_one(uses, crowd->kinds[thread], other, crowd->points[other]))
            found |= bit_of(other);
    }
    return found;
}

static bool waits_for_somebody(const Program *program, const Crowd *crowd, ThreadId thread)
{
    switch (program->code[program->threads[thread].points[crowd->points[thread]].instr].op) {
    case OP_LOCK:
    case OP_RDLOCK:
    case OP_WRLOCK:
    case OP_CONDITION_WAKE:
    case OP_ONCE_ENTER:
    case OP_JOIN:
    case OP_JOIN_HANDLE: return true;
    default: return false;
    }
}

/* Those without one of whom, at least, the thread waits for ever. */
static ThreadSet helpers(const Uses *uses, const Machine *machine, const Word *state, const Crowd *crowd,
                         ThreadSet set, ThreadId thread)
{
    if (waits_for_somebody(machine_program(machine), crowd, thread)) {
        WaitInfo wait;
        machine_wait(machine, state, thread, false, &wait);
        ThreadSet holders = 0;
        for (uint32_t i = 0; i < wait.holder_count; i++)
            holders |= bit_of(wait.holders[i]);
        /* it waits for all of them: any one will do, and one that has ended is one that helps nobody */
        if ((wait.kind == WAIT_OWNED || wait.kind == WAIT_JOIN) && holders != 0) {
            if ((holders & ~crowd->alive) != 0)
                return wait.kind == WAIT_OWNED ? 0 : crowd->alive & ~set;
            return (holders & set) != 0 ? 0 : holders & -holders;
        }
    }
    return others(uses, crowd, set | bit_of(thread), thread, uses_may_enable);
}

ThreadSet persistent_find(const Uses *uses, const Machine *machine, const Word *state, const Crowd *crowd)
{
    ThreadSet best = crowd->enabled, reaches[USES_THREADS_MAX], known = 0;
    int least = __builtin_popcountll(best);
    for (ThreadSet start = crowd->enabled; start != 0 && least > 1; start &= start - 1) {
        ThreadSet set = start & -start;
        for (ThreadSet left = set; left != 0;) {
            ThreadId thread = (ThreadId)__builtin_ctzll(left);
            bool is_enabled = (crowd->enabled & bit_of(thread)) != 0;
            ThreadSet more;
            if ((known & bit_of(thread)) == 0 && is_enabled) {
                reaches[thread] = others(uses, crowd, bit_of(thread), thread, uses_meet);
                known |= bit_of(thread);
            }
            if (is_enabled)
                more = reaches[thread];
            else
                more = helpers(uses, machine, state, crowd, set, thread);
            left = (left & (left - 1)) | (more & ~set);
            set |= more;
            if (__builtin_popcountll(set & crowd->enabled) >= least)
                break;
        }
        int count = __builtin_popcountll(set & crowd->enabled);
        if (count < least) {
            least = count;
            best = set & crowd->enabled;
        }
    }
    return best;
}
