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

/* The step whose signal came too early for a thread that sleeps on a condition; NO_ID. */
uint32_t waits_unheard(const Telling *telling, const Wait *wait);
/* "B signalled c at step 2, before A's wait at step 5: a signal is not kept", into scratch; false: there was none. */
bool waits_say_unheard(Telling *telling, const Wait *wait);
/* cycles.c: trace->cycle_*. */
void cycles_tell(Telling *telling);

#endif
