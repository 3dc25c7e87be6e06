/* waits.h: the threads that are blocked in the last state of a trace. Private to sim/trace (waits.c, cycles.c). */
#ifndef TRACE_WAITS_H
#define TRACE_WAITS_H

#include "trace/telling.h"

typedef struct Wait {
    ThreadId thread;
    WaitInfo info;
    uint32_t instr; /* the operation itself, inside the region if there is one */
    uint16_t op;
    SnHolder *holders; /* who owns it, or could help */
    uint32_t holder_count;
} Wait;

struct WaitList {
    Wait *items;
    uint32_t count, room;
};

/* cycles.c: trace->cycle_*. */
void cycles_tell(Telling *telling);

#endif
