/* generate_messages.c: random scenarios with links that lose, repeat and reorder, actors and topics. */
#include "generate.h"

#include <stdio.h>

void declare_messages(Generator *g)
{
    if (!once_in(g, 4)) {
        g->has_link = true;
        g->has_ack = once_in(g, 3);
        text_format(&g->out, "queue link[%u]%s%s%s%s\n", 1 + roll(g, 2), once_in(g, 2) ? " lossy" : "",
                    once_in(g, 3) ? " reordering" : "", once_in(g, 3) ? " duplicating" : "", g->has_ack ? " ack" : "");
    }
    g->actor_count = once_in(g, 2) ? 1 + (uint32_t)once_in(g, 4) : 0;
    g->has_topic = !g->has_link || once_in(g, 3);
    if (g->has_topic) {
        g->has_topic_ack = once_in(g, 5);
        text_format(&g->out, "topic news[%u]%s%s\n", 1 + roll(g, 2), once_in(g, 4) ? " lossy" : "",
                    g->has_topic_ack ? " ack" : "");
    }
}

static void take(Body *body, const char *operation)
{
    char name[NAME_SIZE], ok[NAME_SIZE];
    Generator *g = body->generator;
    body->budget -= 2;
    switch (roll(g, 6)) {
    case 0: body_line(body, "%s", operation); return;
    case 1: body_line(body, "try %s", operation); return;
    case 2: body_line(body, "%s = %s", pick(g, &g->scalars), operation); return;
    case 3:
        if (operation[0] == 'r') /* receive never fails */
            break;
        body_new_local(body, name);
        body_line(body, "local %s, %s = %s", name, body_new_local(body, ok), operation);
        name_add(&body->locals, "%s", name);
        name_add(&body->locals, "%s", ok);
        return;
    case 4:
        body_line(body, "select { when %s { %s++ }; else { } }", operation, pick(g, &g->scalars));
        return;
    default: break;
    }
    body_line(body, "local %s = %s", body_new_local(body, name), operation);
    name_add(&body->locals, "%s", name);
}

static void give(Body *body, const char *operation)
{
    Generator *g = body->generator;
    body->budget -= 2;
    if (once_in(g, 5))
        body_line(body, "try %s, %u", operation, 1 + roll(g, 3));
    else if (body->locals.count > 0 && once_in(g, 3))
        body_line(body, "%s, %s", operation, pick(g, &body->locals));
    else
        body_line(body, "%s, %u", operation, 1 + roll(g, 3));
}

bool body_message_statement(Body *body)
{
    Generator *g = body->generator;
    char text[2 * NAME_SIZE];
    if (body->in_actor && !once_in(g, 3)) {
        take(body, "receive");
        return true;
    }
    if (body->in_subscriber && !once_in(g, 3)) {
        if (g->has_topic_ack && once_in(g, 3))
            body_line(body, "ack news");
        else if (once_in(g, 5))
            body_line(body, once_in(g, 2) ? "%s = len(news)" : "%s = closed(news)", pick(g, &g->scalars));
        else
            take(body, "get news");
        body->budget--;
        return true;
    }
    if (g->has_link && once_in(g, 2)) {
        uint32_t kind = roll(g, 12);
        if (kind < 5)
            give(body, "put link");
        else if (kind < 9)
            take(body, "get link");
        else if (kind < 11)
            body_line(body, g->has_ack ? "ack link" : "%s = len(link)", g->scalars.names[0]);
        else
            body_line(body, "close link");
        body->budget--;
        return true;
    }
    if (g->actor_count > 0 && once_in(g, 2)) {
        if (g->actor_count == 1)
            snprintf(text, sizeof text, "send R");
        else
            snprintf(text, sizeof text, "send R[%u]", roll(g, 2));
        give(body, text);
        return true;
    }
    if (!g->has_topic)
        return false;
    if (once_in(g, 6))
        body_line(body, "close news");
    else
        give(body, "publish news");
    body->budget--;
    return true;
}

void write_receivers(Generator *g)
{
    if (g->actor_count > 0) {
        text_format(&g->out, g->actor_count == 1 ? "actor R" : "actor R[%u]", g->actor_count);
        Body body = {.in_actor = true, .in_function = true};
        write_body(g, &body, 2 + (int)roll(g, 2));
    }
    if (g->has_topic) {
        uint32_t count = 1 + (uint32_t)once_in(g, 2);
        text_format(&g->out, "subscriber %sthread S%s of news", once_in(g, 5) ? "daemon " : "", count == 1 ? "" : "[2]");
        Body body = {.in_subscriber = true, .in_function = true};
        write_body(g, &body, count == 1 ? 3 : 2);
    }
}
