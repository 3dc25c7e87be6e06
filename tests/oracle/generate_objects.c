/* generate_objects.c: random statements about synchronisation objects, right ones and forgetful ones. */
#include <stdio.h>
#include <string.h>

#include "generate.h"

/* A mutex: one of the array, a recursive or a plain one; NULL: none. */
static const char *some_mutex(Body *body, char *buffer)
{
    Generator *g = body->generator;
    if (g->mutex_array[0] != '\0' && once_in(g, 2)) {
        if (body->in_family && once_in(g, 2))
            snprintf(buffer, NAME_SIZE, once_in(g, 2) ? "fork[self %% 2]" : "fork[(self + 1) %% 2]");
        else
            snprintf(buffer, NAME_SIZE, "fork[%u]", roll(g, 2));
        return buffer;
    }
    uint32_t plain = g->objects[HAS_MUTEX].count, recursive = g->objects[HAS_RECURSIVE].count;
    if (plain + recursive == 0)
        return NULL;
    uint32_t number = roll(g, plain + recursive);
    return number < plain ? g->objects[HAS_MUTEX].names[number] : g->objects[HAS_RECURSIVE].names[number - plain];
}

/* Statements between two lines, one step each; now and then the second is forgotten. */
static void bracket(Body *body, const char *take, const char *give, const char *object, uint32_t forgets)
{
    Generator *g = body->generator;
    body_line(body, "%s %s", take, object);
    body->budget -= 2;
    uint32_t locals = body->locals.count;
    body_statements(body);
    body->locals.count = locals + (body->locals.count > locals ? body->locals.count - locals : 0);
    if (!once_in(g, forgets))
        body_line(body, "%s %s", give, object);
}

bool body_lock_statement(Body *body)
{
    Generator *g = body->generator;
    char buffer[NAME_SIZE], copy[NAME_SIZE];
    if (g->objects[HAS_SEMAPHORE].count > 0 && once_in(g, 3)) {
        switch (roll(g, 4)) {
        case 0:
            body_line(body, once_in(g, 3) ? "release s, 2" : "release s");
            body->budget--;
            return true;
        case 1:
            body_line(body, "acquire s");
            body->budget--;
            return true;
        case 2:
            body_indent(body);
            text_add(&g->out, "with s");
            body->budget -= 2;
            body_block(body, body->budget);
            return true;
        default: bracket(body, "acquire", "release", "s", 8); return true;
        }
    }
    const char *mutex = some_mutex(body, buffer);
    if (mutex == NULL)
        return false;
    snprintf(copy, sizeof copy, "%s", mutex);
    switch (roll(g, 12)) {
    case 0:
        body_line(body, "unlock %s", copy);
        body->budget--;
        return true;
    case 1:
        body_line(body, "lock %s", copy);
        body->budget--;
        return true;
    case 2:
        body_indent(body);
        text_format(&g->out, "if (try lock %s)", copy);
        body->budget -= 2;
        body_block(body, 1 + body->budget / 2);
        if (!once_in(g, 6)) {
            g->out.length -= (size_t)body->depth * 4 + 2;
            body->depth++;
            body_line(body, "unlock %s", copy);
            body->depth--;
            body_line(body, "}");
        }
        return true;
    case 3:
    case 4:
    case 5:
    case 6:
        body_indent(body);
        text_format(&g->out, "with %s", copy);
        body->budget -= 2;
        body_block(body, body->budget);
        return true;
    default: bracket(body, "lock", "unlock", copy, 9); return true;
    }
}

static void rwlock(Body *body)
{
    Generator *g = body->generator;
    switch (roll(g, 8)) {
    case 0:
        body_line(body, "unlock rw");
        body->budget--;
        return;
    case 1:
        body_line(body, "if (try %s rw) { unlock rw }", once_in(g, 2) ? "rdlock" : "wrlock");
        body->budget -= 2;
        return;
    case 2:
    case 3:
    case 4: bracket(body, "wrlock", "unlock", "rw", 9); return;
    default: bracket(body, "rdlock", "unlock", "rw", 9); return;
    }
}

static void condition(Body *body)
{
    Generator *g = body->generator;
    const char *mutex =
        g->objects[HAS_MUTEX].count > 0 ? pick(g, &g->objects[HAS_MUTEX]) : pick(g, &g->objects[HAS_RECURSIVE]);
    const char *flag = g->scalars.names[0];
    const char *word = once_in(g, 3) ? "broadcast" : "signal";
    switch (roll(g, 6)) {
    case 0:
        body_line(body, "%s c", word);
        body->budget--;
        return;
    case 1:
        body_line(body, "lock %s", mutex);
        body_line(body, "%s = 1", flag);
        body_line(body, "%s c", word);
        body_line(body, "unlock %s", mutex);
        body->budget -= 4;
        return;
    case 2:
        body_line(body, "%s = 1", flag);
        body_line(body, "%s c", word);
        body->budget -= 2;
        return;
    case 3:
        body_line(body, "lock %s", mutex);
        body_line(body, "wait c with %s", mutex);
        body_line(body, "unlock %s", mutex);
        body->budget -= 4;
        return;
    default:
        body_line(body, "lock %s", mutex);
        body_line(body, "%s (%s == 0) { wait c with %s }", once_in(g, 2) ? "while" : "if", flag, mutex);
        body_line(body, "unlock %s", mutex);
        body->budget -= 5;
        return;
    }
}

static void event(Body *body)
{
    static const char *const forms[] = {"set e", "set e", "wait e", "wait e", "clear e", "if (try wait e) { skip }"};
    body_line(body, "%s", forms[roll(body->generator, 6)]);
    body->budget--;
}

static void select_queues(Body *body)
{
    Generator *g = body->generator;
    const NameList *queues = &g->objects[HAS_QUEUE];
    uint32_t arms = 1 + roll(g, 2);
    body_line(body, "select {");
    body->depth++;
    for (uint32_t i = 0; i < arms; i++) {
        body_indent(body);
        int cost = 0;
        switch (roll(g, 4)) {
        case 0: text_format(&g->out, "when put %s, %u", pick(g, queues), 1 + roll(g, 5)); break;
        case 1:
            text_format(&g->out, "when %s = get %s", pick(g, &g->scalars), pick(g, queues));
            cost++;
            break;
        case 2:
            if (body->locals.count > 0) {
                text_format(&g->out, "when %s = get %s", pick(g, &body->locals), pick(g, queues));
                break;
            }
            text_format(&g->out, "when get %s", pick(g, queues));
            break;
        default:
            if (g->objects[HAS_EVENT].count > 0)
                text_add(&g->out, "when wait e");
            else if (g->objects[HAS_MUTEX].count > 0)
                text_format(&g->out, "when lock %s", pick(g, &g->objects[HAS_MUTEX]));
            else
                text_format(&g->out, "when await (%s > 0)", pick(g, &g->scalars));
        }
        body->budget -= cost;
        if (once_in(g, 3))
            body_block(body, 1);
        else
            text_add(&g->out, " { }\n");
    }
    if (once_in(g, 3)) {
        body_indent(body);
        text_add(&g->out, "else");
        body_block(body, 1);
    }
    body->depth--;
    body_line(body, "}");
    body->budget--;
}

static void queue(Body *body)
{
    Generator *g = body->generator;
    const char *name = pick(g, &g->objects[HAS_QUEUE]);
    char local[NAME_SIZE], other[NAME_SIZE];
    int cost = 1;
    switch (roll(g, 14)) {
    case 0:
    case 1:
    case 2:
    case 3: body_line(body, "put %s, %u", name, 1 + roll(g, 5)); break;
    case 4:
        body_line(body, "put %s, %s", name, pick(g, &g->scalars));
        cost++;
        break;
    case 5:
    case 6:
        body_line(body, "local %s = get %s", body_new_local(body, local), name);
        name_add(&body->locals, "%s", local);
        break;
    case 7:
        body_line(body, "%s = get %s", pick(g, &g->scalars), name);
        cost++;
        break;
    case 8:
        body_new_local(body, local);
        body_new_local(body, other);
        body_line(body, "local %s, %s = get %s", local, other, name);
        name_add(&body->locals, "%s", local);
        name_add(&body->locals, "%s", other);
        break;
    case 9:
        if (once_in(g, 2))
            body_line(body, "close %s", name);
        else
            body_line(body, "get %s", name);
        break;
    case 10:
        body_line(body, "if (try put %s, %u) { skip }", name, roll(g, 4));
        cost++;
        break;
    case 11:
        body_line(body, "if (try %s = get %s) { skip }", pick(g, &g->scalars), name);
        cost += 2;
        break;
    case 12:
        if (once_in(g, 2))
            body_line(body, "%s = len(%s)", pick(g, &g->scalars), name);
        else
            body_line(body, "if (closed(%s)) { skip }", name);
        cost++;
        break;
    default: select_queues(body); return;
    }
    body->budget -= cost;
}

static void once_object(Body *body)
{
    body_indent(body);
    text_add(&body->generator->out, "do o");
    body->budget -= 2;
    body_block(body, body->budget > 2 ? 2 : body->budget);
}

static void waitgroup(Body *body)
{
    static const char *const forms[] = {"wait g", "wait g", "done g", "done g", "add g, 1", "add g, 2"};
    body_line(body, "%s", forms[roll(body->generator, 6)]);
    body->budget--;
}

bool body_spawn(Body *body)
{
    Generator *g = body->generator;
    char name[NAME_SIZE];
    if (g->spawned[0] == '\0' || body->depth > 2 || body->in_function || body->loops > 0)
        return false;
    snprintf(name, sizeof name, "h%u", body->next_local++);
    body_line(body, "local %s = %s %s(%u)", name, spawn_words(g), g->spawned, 1 + roll(g, 3));
    body->budget -= 2;
    if (once_in(g, 2))
        body_statements(body);
    if (!once_in(g, 3)) {
        body_line(body, "join %s", name);
        body->budget--;
    }
    return true;
}

static bool join(Body *body)
{
    Generator *g = body->generator;
    if (body->in_family || body->in_function || g->threads.count == 0)
        return false;
    const char *other = pick(g, &g->threads);
    if (strcmp(other, body->thread) == 0 && !once_in(g, 10))
        return false;
    body_line(body, "join %s", other);
    body->budget--;
    return true;
}

static bool destroy(Body *body)
{
    Generator *g = body->generator;
    ObjectFamily family = roll(g, HAS_FAMILY_COUNT);
    if (g->objects[family].count == 0)
        return false;
    body_line(body, "destroy %s", pick(g, &g->objects[family]));
    body->budget--;
    return true;
}

bool body_object_statement(Body *body)
{
    Generator *g = body->generator;
    for (int attempt = 0; attempt < 6; attempt++) {
        uint32_t kind = roll(g, 30);
        if (kind == 0 && destroy(body))
            return true;
        if (kind == 1 && join(body))
            return true;
        if (kind < 5 && body_spawn(body))
            return true;
        ObjectFamily family = HAS_RWLOCK + roll(g, HAS_FAMILY_COUNT - HAS_RWLOCK);
        if (g->objects[family].count == 0)
            continue;
        switch (family) {
        case HAS_RWLOCK: rwlock(body); return true;
        case HAS_CONDITION: condition(body); return true;
        case HAS_BARRIER:
            body_line(body, "wait b");
            body->budget--;
            return true;
        case HAS_EVENT: event(body); return true;
        case HAS_QUEUE: queue(body); return true;
        case HAS_ONCE:
            if (body->depth > 3)
                continue;
            once_object(body);
            return true;
        case HAS_WAITGROUP: waitgroup(body); return true;
        default: break;
        }
    }
    return false;
}
