/* workers.c: which worker of its pool took each task. The machine keeps no numbers of workers, since they are alike; here the lowest that is free
 * takes the next task. */
#include "trace/telling.h"

static bool starts(const Telling *telling, uint32_t s)
{
    return telling->program->code[telling->steps.items[s].instr].op == OP_POOL_START;
}

uint32_t telling_worker(Telling *telling, ThreadId thread)
{
    const Program *program = telling->program;
    uint32_t domain = program->threads[thread].domain;
    if (domain == NO_ID || program->domains[domain].kind != DOMAIN_POOL || telling->has_no_past)
        return NO_ID;
    uint32_t places = program->domains[domain].places, count = program->thread_count < places ? program->thread_count : places;
    ThreadId *busy = ARENA_ARRAY(telling->arena, ThreadId, count); /* who is with each worker; NO_ID */
    for (uint32_t k = 0; k < count; k++)
        busy[k] = NO_ID;
    for (uint32_t s = 0; s < telling->steps.count; s++) {
        ThreadId taken = telling->steps.items[s].thread;
        if (!starts(telling, s) || program->threads[taken].domain != domain)
            continue;
        uint32_t k = 0;
        while (k + 1 < count && busy[k] != NO_ID && !machine_is_ended(telling->machine, telling->states.items[s].state, busy[k]))
            k++;
        busy[k] = taken;
        if (taken == thread)
            return k;
    }
    return NO_ID;
}
