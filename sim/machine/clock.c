/* clock.c: the virtual clock. A state holds what is left on each running timer, not the time of day: equal futures are equal states.
 *
 * Between steps time passes by itself, and only where no thread can step and some thread has not ended: so much that the next timer runs off (machine.c).
 * Who computes is not stored: it is who stands at a COMPUTE. */
#include "machine/execute.h"

Effect exec_arm(Exec *x, const Actor *actor, const Instr *instr, int64_t ns) {
    if (ns < 0) return exec_stop(x, actor, instr, FINDING_RUNTIME_ERROR, NO_ID, machine_text(x->machine, "a duration of %lld ns", (long long)ns));
    EXEC_PUT(x, x->machine->threads[actor->thread].timer, ns);
    return EFFECT_NEXT;
}

static bool has_run_off(const Exec *x, ThreadId thread) {
    FieldId timer = x->machine->threads[thread].timer;
    return timer == NO_ID || exec_get(x, timer) == 0;
}

static bool stands_at(const Exec *x, ThreadId thread, Opcode op) {
    const Instr *instr = exec_instr_at(x, thread);
    return instr && instr->op == op;
}

/* Whether a core is free, and no other thread holds the interpreter lock. */
static bool core_is_free(const Exec *x, ThreadId thread) {
    const Program *program = x->program;
    uint32_t busy = 0;
    for (ThreadId t = 0; t < program->thread_count; t++) {
        if (!stands_at(x, t, OP_COMPUTE)) continue;
        if (program->has_gil && program_share_interpreter(program, t, thread)) return false;
        busy++;
    }
    return program->cores == 0 || busy < program->cores;
}

/* Round robin: who has had a slice in this round stands back while somebody waits who has not. */
static bool is_its_turn(const Exec *x, ThreadId thread) {
    FieldId had = x->machine->threads[thread].had_slice;
    if (had == NO_ID || exec_get(x, had) == 0) return true;
    for (ThreadId t = 0; t < x->program->thread_count; t++) {
        FieldId other = x->machine->threads[t].had_slice;
        if (other != NO_ID && exec_get(x, other) == 0 && stands_at(x, t, OP_CORE_TAKE)) return false;
    }
    return true;
}

bool exec_clock_enabled(const Exec *x, const Actor *actor, const Instr *instr) {
    if (instr->op == OP_CORE_TAKE) return core_is_free(x, actor->thread) && is_its_turn(x, actor->thread);
    return has_run_off(x, actor->thread);
}

/* When all who wait have had their slice, a new round begins. */
static Effect note_slice(Exec *x, ThreadId thread, bool has_more) {
    FieldId had = x->machine->threads[thread].had_slice;
    if (had == NO_ID) return EFFECT_NEXT;
    if (exec_get(x, had) == 1)
        for (ThreadId t = 0; t < x->program->thread_count; t++)
            if (x->machine->threads[t].had_slice != NO_ID && stands_at(x, t, OP_CORE_TAKE)) EXEC_PUT(x, x->machine->threads[t].had_slice, 0);
    EXEC_PUT(x, had, has_more);
    return EFFECT_NEXT;
}

static Effect take_core(Exec *x, Actor *actor, const Instr *instr) {
    int64_t work = exec_value(x, actor, instr->b), quantum = x->program->quantum_ns;
    int64_t slice = quantum > 0 && work > quantum ? quantum : work;
    Effect effect = note_slice(x, actor->thread, work > slice);
    if (effect == EFFECT_NEXT) effect = exec_arm(x, actor, instr, slice);
    if (effect == EFFECT_NEXT && instr->a != NO_OPERAND) actor->registers[instr->a] = work - slice;
    return effect;
}

Effect exec_clock(Exec *x, Actor *actor, const Instr *instr) {
    if (!exec_clock_enabled(x, actor, instr)) return EFFECT_BLOCKED;
    Effect effect = instr->op == OP_CORE_TAKE ? take_core(x, actor, instr) : EFFECT_NEXT;
    if (effect != EFFECT_NEXT) return effect;
    exec_log(x, actor, instr, NO_ID, (LoggedAccess){.partner = NO_ID});
    actor->at++;
    return EFFECT_NEXT;
}

int64_t machine_time_left(const Machine *m, const Word *state, ThreadId thread) {
    FieldId timer = m->threads[thread].timer;
    return timer == NO_ID ? 0 : machine_get(m, state, timer);
}

int64_t clock_next(const Machine *m, const Word *state) {
    int64_t least = 0;
    for (ThreadId t = 0; t < m->program->thread_count; t++) {
        int64_t left = machine_time_left(m, state, t);
        if (left > 0 && (least == 0 || left < least)) least = left;
    }
    return least;
}

void clock_pass(const Machine *m, Word *state, int64_t ns) {
    for (ThreadId t = 0; t < m->program->thread_count; t++) {
        if (m->threads[t].timer == NO_ID) continue;
        Field timer = m->fields[m->threads[t].timer];
        int64_t left = field_get(state, timer);
        if (left > 0) field_put(state, timer, left - ns);
    }
}
