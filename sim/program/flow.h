/* flow.h: control flow and register flow of step code, for the analyses.
 *
 * Source  the usual iterative data-flow analyses (Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., section 9.2). */
#ifndef PROGRAM_FLOW_H
#define PROGRAM_FLOW_H

#include "program/program.h"

/* Greatest number of successors that any instruction of the thread has. */
uint32_t flow_max_successors(const Program *program, const ThreadCode *thread);
/* Addresses that control may reach next, in the same thread. */
uint32_t flow_successors(const Program *program, uint32_t address, uint32_t *out);

/* Calls back for each register that the instruction reads, and for each that it surely overwrites. */
typedef void FlowVisit(void *context, int32_t reg);
void flow_uses(const Program *program, uint32_t address, FlowVisit *visit, void *context);
void flow_definitions(const Program *program, uint32_t address, FlowVisit *visit, void *context);

/* Registers that must be kept at each point (0 .. point_count) of a thread. */
typedef struct LiveSet {
    uint32_t *registers; /* ascending */
    uint32_t count;
} LiveSet;
/* With keep_locals every register of a named local is kept at every point; pinned ones are kept always. */
LiveSet *flow_liveness(Arena *arena, const Program *program, const ThreadCode *thread, bool keep_locals);

#endif
