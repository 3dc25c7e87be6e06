/* cancelled.c: a note on the tasks that had not ended when the event loop stopped. */
#include "api/exploration.h"

enum { LISTED_MAX = 4 };

void cancelled_report(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    const Machine *machine = exploration->machine;
    const Program *program = machine_program(machine);
    ThreadId main = NO_ID;
    for (uint32_t d = 0; d < program->domain_count; d++)
        if (program->domains[d].main != NO_ID)
            main = program->domains[d].main;
    if (main == NO_ID)
        return;
    bool *is_cancelled = ARENA_ARRAY(&exploration->owned->arena, bool, program->thread_count);
    for (StateId s = 0; s < graph->expanded_count; s++) {
        const Word *state = graph_state(graph, s);
        if (graph->first_edge[s] != graph->first_edge[s + 1] || machine_end(machine, state) != STATE_OK)
            continue;
        for (ThreadId t = 0; t < program->thread_count; t++)
            is_cancelled[t] = is_cancelled[t] || machine_is_cancelled(machine, state, t);
    }
    Text *text = &exploration->text;
    uint32_t count = 0, told = 0;
    for (ThreadId t = 0; t < program->thread_count; t++)
        count += is_cancelled[t];
    for (ThreadId t = 0; t < program->thread_count && told < LISTED_MAX; t++)
        if (is_cancelled[t])
            text_format(text, "%s%s", told++ == 0 ? "" : ", ", program->threads[t].name);
    if (count > LISTED_MAX)
        text_format(text, " and %u more", count - LISTED_MAX);
    if (count == 0)
        return;
    text_format(text, " may not have ended when %s has, and the event loop stops: `await` or `gather` waits for a task",
                program->threads[main].name);
    exploration_add_note(exploration, exploration_take_text(exploration));
}
