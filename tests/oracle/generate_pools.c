/* generate_pools.c: random scenarios with pools: submit, futures, map, shutdown, tasks that wait for tasks. */
#include "generate.h"

#include <stdio.h>

static const char *some_task(Body *body)
{
    return body->coroutines > 1 && once_in(body->generator, 4) ? "outer" : "work";
}

bool body_pool_statement(Body *body)
{
    Generator *g = body->generator;
    char name[NAME_SIZE];
    if (body->in_atomic || body->starts == 0 || body->loops > 0 || body->depth > 2)
        return false;
    body->starts--;
    body->budget -= 2;
    switch (roll(g, 10)) {
    case 0: body_line(body, "submit p, %s(%u)", some_task(body), roll(g, 3)); return true;
    case 1:
        body_line(body, "shutdown p");
        return true;
    case 2:
        if (g->array[0] != '\0') {
            body_line(body, "map p, work, %s", g->array);
            return true;
        }
        snprintf(name, NAME_SIZE, "l%u", body->next_local++);
        body_line(body, "local %s[2] = {1, 2}", name);
        body_line(body, "local r%s[2] = map p, work, %s", name, name);
        return true;
    case 3:
    case 4:
        body_indent(body);
        text_add(&g->out, "with p");
        body->starts++;
        body_block(body, body->budget + 1);
        return true;
    default:
        body_line(body, "future %s = submit p, %s(%u)", body_new_local(body, name), some_task(body), roll(g, 3));
        if (once_in(g, 2))
            body_statements(body);
        if (once_in(g, 3))
            body_line(body, "await %s", name);
        else
            body_line(body, "local v%s = await %s", name, name);
        return true;
    }
}

void write_pools(Generator *g)
{
    text_format(&g->out, "mutex m\n%spool p[%u]\n", once_in(g, 4) ? "process " : "", 1 + roll(g, 2));
    name_add(&g->objects[HAS_MUTEX], "m");
    static const char *const heads[] = {"fn work(u)", "fn outer(u)", "thread A", "thread B"};
    uint32_t count = once_in(g, 3) ? 4 : 3;
    for (uint32_t i = 0; i < count; i++) {
        text_add(&g->out, heads[i]);
        Body body = {.in_function = i < 2, .in_pool = i > 0, .coroutines = i, .starts = i == 2 ? 2 : 1};
        if (i < 2)
            name_add(&body.locals, "u");
        else
            body.thread = heads[i] + 7;
        write_body(g, &body, i == 0 ? 1 + (int)roll(g, 2) : 3);
    }
}
