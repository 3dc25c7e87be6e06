/* generate_memory.c: random scenarios with processes, variables that they share, fork and spawn. */
#include "generate.h"

bool is_mapped(Generator *g)
{
    return g->with_memory && once_in(g, 2);
}

const char *process_word(Generator *g)
{
    return once_in(g, 3) ? "thread" : "process";
}

const char *spawn_words(Generator *g)
{
    return !g->with_memory ? "spawn" : once_in(g, 3) ? "spawn process" : "fork";
}
