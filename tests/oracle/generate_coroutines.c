/* generate_coroutines.c: random scenarios with an event loop: awaits, tasks, gather, as_completed. */
#include "generate.h"

#include <stdio.h>

static const char *some_coroutine(Body *body)
{
    static const char *const names[] = {"leaf", "inner"};
    return names[roll(body->generator, body->coroutines)];
}

/* What may have to wait; without `await` it may hold up the loop. */
static void waiting(Body *body)
{
    Generator *g = body->generator;
    const char *await = once_in(g, 3) ? "" : "await ";
    char name[NAME_SIZE];
    switch (roll(g, 9)) {
    case 0:
    case 1:
        body_line(body, "%slock m", await);
        body_statements(body);
        if (!once_in(g, 6))
            body_line(body, "unlock m");
        return;
    case 2: body_line(body, "%sget q", await); return;
    case 3:
        body_line(body, "local %s = %sget q", body_new_local(body, name), await);
        name_add(&body->locals, "%s", name);
        return;
    case 4:
    case 5: body_line(body, "%sput q, %u", await, 1 + roll(g, 3)); return;
    case 6: body_line(body, once_in(g, 2) ? "set e" : "%swait e", await); return;
    case 7: body_line(body, "%s%s %u ms", await, once_in(g, 2) ? "sleep" : "io", 1 + roll(g, 2)); return;
    default:
        if (body->in_atomic || body->depth > 2)
            body_line(body, "await (true)");
        else
            body_line(body, "await (%s == %u)", pick(g, &g->scalars), roll(g, 2));
    }
}

static void starting(Body *body)
{
    Generator *g = body->generator;
    char name[NAME_SIZE], other[NAME_SIZE];
    switch (roll(g, 8)) {
    case 0:
    case 1:
        body_line(body, "task %s = %s(%u)", body_new_local(body, name), some_coroutine(body), roll(g, 3));
        if (once_in(g, 2))
            body_statements(body);
        if (once_in(g, 4))
            return;
        body_line(body, once_in(g, 2) ? "await %s" : "x = await %s", name);
        return;
    case 2:
        body_line(body, "gather %s(%u), %s(%u)", some_coroutine(body), roll(g, 3), some_coroutine(body), roll(g, 3));
        return;
    case 3:
        body_line(body, "task %s = %s(%u)", body_new_local(body, name), some_coroutine(body), roll(g, 3));
        body_line(body, "local %s, r%s = gather %s(%u), %s", body_new_local(body, other), other, some_coroutine(body),
                  roll(g, 3), name);
        name_add(&body->locals, "%s", other);
        return;
    case 4:
        body_line(body, "for %s in as_completed(%s(1), %s(2)) { %s }", body_new_local(body, name), some_coroutine(body),
                  some_coroutine(body), once_in(g, 3) ? "break" : "x += 1");
        return;
    case 5: body_line(body, "%s%s(%u)", once_in(g, 3) ? "" : "await ", some_coroutine(body), roll(g, 3)); return;
    default:
        body_line(body, "local %s = await %s(%u)", body_new_local(body, name), some_coroutine(body), roll(g, 3));
        name_add(&body->locals, "%s", name);
    }
}

bool body_coroutine_statement(Body *body)
{
    Generator *g = body->generator;
    if (body->in_atomic)
        return false;
    body->budget -= 2;
    if (body->coroutines > 0 && body->depth == 1 && body->starts > 0 && once_in(g, 2)) {
        body->starts--;
        starting(body);
    } else if (once_in(g, 3)) {
        body_line(body, once_in(g, 2) ? "await (true)" : "yield");
    } else {
        waiting(body);
    }
    return true;
}

void write_coroutines(Generator *g)
{
    text_format(&g->out, "mutex m\nqueue q[1]%s\nevent e\n", once_in(g, 3) ? " = {5}" : "");
    static const char *const heads[] = {"coroutine leaf(u)", "coroutine inner(u)", "coroutine main()"};
    for (uint32_t i = 0; i < 3; i++) {
        text_add(&g->out, heads[i]);
        Body body = {.in_function = true, .in_coroutine = true, .coroutines = i, .starts = i};
        if (i < 2)
            name_add(&body.locals, "u");
        write_body(g, &body, 2 + (int)i + (int)roll(g, 2));
    }
    if (once_in(g, 3)) {
        text_add(&g->out, "thread T");
        Body body = {.thread = "T"};
        name_add(&g->threads, "T");
        write_body(g, &body, 2);
    }
    text_add(&g->out, "run main()\n");
}
