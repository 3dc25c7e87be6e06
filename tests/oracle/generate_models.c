/* generate_models.c: random scenarios with a virtual clock, limited cores, the interpreter lock, fibres. */
#include "generate.h"

void declare_models(Generator *g)
{
    g->has_clock = !once_in(g, 3);
    if (g->has_clock)
        text_add(&g->out, "clock virtual\n");
    if (once_in(g, 3))
        text_format(&g->out, "cores %u%s\n", 1 + roll(g, 2), once_in(g, 3) ? " quantum 2 ms" : "");
    if (once_in(g, 5))
        text_add(&g->out, "runtime gil\n");
}

const char *thread_word(Generator *g)
{
    if (g->with_memory)
        return process_word(g);
    return g->with_models && once_in(g, 2) ? "fibre" : "thread";
}

bool body_model_statement(Body *body)
{
    static const char *const words[] = {"sleep", "io", "compute", "compute"};
    Generator *g = body->generator;
    if (body->in_atomic)
        return false;
    body->budget -= 2;
    if (once_in(g, 3)) {
        body_line(body, "yield");
        return true;
    }
    const char *word = words[roll(g, 4)];
    if (body->in_family && once_in(g, 3))
        body_line(body, "%s (self + 1) * %u ms", word, 1 + roll(g, 2));
    else
        body_line(body, "%s %u ms", word, 1 + roll(g, 4));
    return true;
}
