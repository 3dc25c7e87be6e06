/* lower_clock.c: operations that take time on the virtual clock.
 *
 *   sleep, io       timer; sleep            the timer is armed on the way to the point, the step is done when it has run off
 *   compute         timer; compute          as long as cores are not limited
 *                   core-take; compute      cores N, runtime gil: take a core, give it back when the work is done
 *   with a quantum  again: core-take a slice; compute; jump to again while there is work left */
#include "program/lowering.h"

void lower_timed(Lowering *l, Instr step, Operand duration, Span part) {
    const Program *program = l->program;
    if (l->region_depth > 0) {
        Instr error = lowering_instr(OP_ERROR);
        error.b = (Operand)lowering_text(l, "takes time inside an atomic block");
        lowering_emit(l, error, part);
        return;
    }
    bool is_limited = program->has_clock && step.op == OP_COMPUTE && (program->cores > 0 || program->has_gil);
    if (!is_limited) {
        if (program->has_clock) lowering_local(l, OP_TIMER, duration, NO_OPERAND, NO_OPERAND, part);
        lowering_emit(l, step, part);
        return;
    }
    Instr take = lowering_instr(OP_CORE_TAKE);
    take.b = duration;
    take.flags = step.flags & INSTR_HANDS_OVER;
    if (program->quantum_ns > 0) {
        take.a = take.b = lowering_register(l);
        lowering_local(l, OP_MOVE, take.a, duration, NO_OPERAND, part);
    }
    uint32_t again = lowering_emit(l, take, part);
    lowering_emit(l, step, part);
    if (program->quantum_ns == 0) return;
    Instr jump = lowering_instr(OP_JUMP_NONZERO);
    jump.a = take.a;
    jump.b = (Operand)again;
    lowering_emit(l, jump, part);
}
