/* serial.c: which instructions lie inside a `serial` block. */
#include "program/flow.h"
#include "program/lowering.h"

/* Forward over the control flow: every path to a place agrees on it, since blocks are nested as the source is, and what
 * leaves one early passes its end first. */
void program_mark_serial(Arena *arena, Program *program, const ThreadCode *thread)
{
    uint32_t begins = 0;
    for (uint32_t i = 0; i < thread->instr_count; i++)
        begins += program->code[thread->first_instr + i].op == OP_SERIAL_BEGIN;
    if (begins == 0)
        return;
    program->has_serial = true;
    bool *is_seen = ARENA_ARRAY(arena, bool, thread->instr_count);
    uint32_t *work = ARENA_ARRAY(arena, uint32_t, thread->instr_count);
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, flow_max_successors(program, thread) + 2);
    uint32_t pending = 0;
    is_seen[thread->entry - thread->first_instr] = true;
    work[pending++] = thread->entry;
    while (pending > 0) {
        uint32_t address = work[--pending];
        const Instr *instr = &program->code[address];
        bool is_inside = instr->op != OP_SERIAL_END && (instr->op == OP_SERIAL_BEGIN || (instr->flags & INSTR_SERIAL));
        uint32_t count = flow_successors(program, address, next);
        for (uint32_t k = 0; k < count; k++) {
            if (is_seen[next[k] - thread->first_instr])
                continue;
            is_seen[next[k] - thread->first_instr] = true;
            if (is_inside)
                program->code[next[k]].flags |= INSTR_SERIAL;
            work[pending++] = next[k];
        }
    }
}
