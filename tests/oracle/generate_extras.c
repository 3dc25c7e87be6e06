/* generate_extras.c: rarer forms of the language: operands that are shared, ways out of blocks, other operations under
 * try and in select, loops over shared bounds. */
#include <stdio.h>

#include "generate.h"

static const char *scalar(Body *body)
{
    return pick(body->generator, &body->generator->scalars);
}

/* cas and the like with shared operands, of an element with a shared index. */
static void shared_operands(Body *body)
{
    Generator *g = body->generator;
    char name[NAME_SIZE];
    switch (roll(g, 8)) {
    case 0: body_line(body, "cas(%s, %s, %s + 1)", scalar(body), scalar(body), scalar(body)); break;
    case 1: body_line(body, "%s = fetch_add(%s, %s)", scalar(body), scalar(body), scalar(body)); break;
    case 2: body_line(body, "%s = exchange(%s, %s)", scalar(body), scalar(body), scalar(body)); break;
    case 3: body_line(body, "%s = choose(%s, %s + 1)", scalar(body), scalar(body), scalar(body)); break;
    case 4: body_line(body, "print \"v \", %s, \" \", %s", scalar(body), scalar(body)); break;
    case 5: body_line(body, "assert %s <= 3 || %s != %u", scalar(body), scalar(body), roll(g, 3)); break;
    case 6: body_line(body, "%s %s %s", scalar(body), once_in(g, 2) ? "*=" : "^=", scalar(body)); break;
    default:
        if (g->array[0] != '\0') {
            body_line(body, "a[%s %% %u] += %s", scalar(body), g->array_length, scalar(body));
        } else {
            body_line(body, "local %s = cas(%s, %s, 2) ? %s : 0", body_new_local(body, name), scalar(body),
                      scalar(body), scalar(body));
            name_add(&body->locals, "%s", name);
        }
    }
    body->budget -= 3;
}

static void array_forms(Body *body)
{
    Generator *g = body->generator;
    uint32_t length = g->array_length, number = body->next_local;
    int cost = 2;
    switch (roll(g, 7)) {
    case 0: body_line(body, "a[%s] = %s", scalar(body), scalar(body)); break;
    case 1: body_line(body, "a[a[%u] %% %u]++", roll(g, length), length); break;
    case 2: body_line(body, "%s = fetch_add(a[%u], 1)", scalar(body), roll(g, length)); break;
    case 3: body_line(body, "%s = cas(a[%s %% %u], 0, 1)", scalar(body), scalar(body), length); break;
    case 4:
        body->next_local++;
        body_line(body, "for i%u in 0..%u { a[i%u] = a[%u - i%u] }", number, length, number, length - 1, number);
        cost = 4;
        break;
    case 5:
        body->next_local++;
        body_line(body, "local b%u[%u] = {%s, a[0]%s}", number, length, scalar(body), length == 3 ? ", a[2]" : "");
        body_line(body, "%s = b%u[%s %% %u]", scalar(body), number, scalar(body), length);
        cost = 4;
        break;
    default:
        body->next_local++;
        body_line(body, "local b%u[2] = %s", number, scalar(body));
        body_line(body, "b%u[%s %% 2] += 1", number, scalar(body));
        body_line(body, "a[0] = b%u[0] * b%u[1]", number, number);
        cost = 3;
    }
    body->budget -= cost;
}

static void loops(Body *body)
{
    Generator *g = body->generator;
    uint32_t number = body->next_local++;
    int cost = 3;
    switch (roll(g, 6)) {
    case 0:
        body_line(body, "for i%u in 0..=min(%s, 1) { %s = i%u }", number, scalar(body), scalar(body), number);
        break;
    case 1: body_line(body, "repeat min(%s, 2) { %s++ }", scalar(body), scalar(body)); break;
    case 2: body_line(body, "loop { if (%s != %u) { break }; %s++ }", scalar(body), roll(g, 2), scalar(body)); break;
    case 3:
        body_line(body, "repeat 2 { if (%s == %u) { continue }; %s += 1 }", scalar(body), roll(g, 2), scalar(body));
        cost = 4;
        break;
    case 4: body_line(body, "while (%s == 0 && %s < 2) { %s = 1 }", scalar(body), scalar(body), scalar(body)); break;
    default:
        body_line(body, "for i%u in 1..3 { if (i%u == %s) { break } else if (%s) { skip } }", number, number,
                  scalar(body), scalar(body));
    }
    body->budget -= cost;
}

/* Leaving with, do, select and atomic by break, continue, return, exit. */
static bool ways_out(Body *body)
{
    static const char *const plain[] = {"break", "continue"};
    static const char *const strong[] = {"break", "continue", "exit", "return"};
    Generator *g = body->generator;
    const char *way = body->in_function ? plain[roll(g, 2)] : strong[roll(g, 4)];
    const char *mutex = g->objects[HAS_MUTEX].count > 0 ? pick(g, &g->objects[HAS_MUTEX]) : NULL;
    switch (roll(g, 5)) {
    case 0:
        if (mutex == NULL)
            return false;
        body_line(body, "repeat 2 { with %s { if (%s) { %s }; %s++ } }", mutex, scalar(body), way, scalar(body));
        break;
    case 1:
        if (mutex == NULL)
            return false;
        body_line(body, "repeat 2 { with %s { atomic { %s = 1; %s } } }", mutex, scalar(body), way);
        break;
    case 2:
        body_line(body, "repeat 2 { atomic { if (%s == 0) { %s }; %s-- } }", scalar(body), way, scalar(body));
        break;
    case 3:
        if (g->objects[HAS_ONCE].count == 0)
            return false;
        body_line(body, "repeat 2 { do o { if (%s != 1) { %s }; skip } }", scalar(body), way);
        break;
    default:
        if (g->objects[HAS_QUEUE].count == 0)
            return false;
        body_line(body, "repeat 2 { select { when put %s, %s { %s }; when await (%s == 1) { } } }",
                  pick(g, &g->objects[HAS_QUEUE]), scalar(body), way, scalar(body));
    }
    body->budget -= 4;
    return true;
}

/* An operation that may stand under try or in select. */
static bool operation(Body *body, char *text, size_t size)
{
    Generator *g = body->generator;
    for (int attempt = 0; attempt < 8; attempt++) {
        ObjectFamily family = roll(g, HAS_FAMILY_COUNT);
        if (g->objects[family].count == 0)
            continue;
        const char *name = pick(g, &g->objects[family]);
        switch (family) {
        case HAS_MUTEX:
        case HAS_RECURSIVE: snprintf(text, size, "%s %s", once_in(g, 5) ? "unlock" : "lock", name); return true;
        case HAS_SEMAPHORE: snprintf(text, size, "%s %s", once_in(g, 4) ? "release" : "acquire", name); return true;
        case HAS_RWLOCK: snprintf(text, size, "%s %s", once_in(g, 2) ? "rdlock" : "wrlock", name); return true;
        case HAS_CONDITION: snprintf(text, size, "%s %s", once_in(g, 2) ? "signal" : "broadcast", name); return true;
        case HAS_BARRIER: snprintf(text, size, "wait %s", name); return true;
        case HAS_EVENT: snprintf(text, size, "%s %s", once_in(g, 4) ? "set" : "wait", name); return true;
        case HAS_WAITGROUP: snprintf(text, size, "%s %s", once_in(g, 4) ? "done" : "wait", name); return true;
        case HAS_QUEUE:
            if (once_in(g, 2))
                snprintf(text, size, "put %s, %s", name, once_in(g, 2) ? "4" : scalar(body));
            else if (once_in(g, 2))
                snprintf(text, size, "%s = get %s", scalar(body), name);
            else
                snprintf(text, size, "get %s", name);
            return true;
        default: break;
        }
    }
    if (g->threads.count > 1 && !body->in_family && !body->in_function && once_in(g, 2)) {
        snprintf(text, size, "join %s", pick(g, &g->threads));
        return true;
    }
    snprintf(text, size, "await (%s >= %u)", scalar(body), roll(g, 3));
    return true;
}

static void try_and_select(Body *body)
{
    Generator *g = body->generator;
    char first[2 * NAME_SIZE], second[2 * NAME_SIZE], name[NAME_SIZE];
    operation(body, first, sizeof first);
    operation(body, second, sizeof second);
    switch (roll(g, 7)) {
    case 0: body_line(body, "%s = try %s", scalar(body), first); break;
    case 1:
        body_line(body, "local %s = try %s", body_new_local(body, name), first);
        name_add(&body->locals, "%s", name);
        break;
    case 2: body_line(body, "if (%s == 0 && try %s) { %s++ }", scalar(body), first, scalar(body)); break;
    case 3: body_line(body, "select { when %s { }; when %s { %s = 2 } }", first, second, scalar(body)); break;
    case 4:
        body_line(body, "select { when %s { %s += 1 }; when %s { }; else { skip } }", first, scalar(body), second);
        break;
    case 5: body_line(body, "atomic { %s; %s = 1 }", first, scalar(body)); break;
    default: body_line(body, "atomic { if (try %s) { %s += 1 } }", first, scalar(body));
    }
    body->budget -= 2;
}

static bool queues(Body *body)
{
    Generator *g = body->generator;
    if (g->objects[HAS_QUEUE].count == 0)
        return false;
    const char *name = pick(g, &g->objects[HAS_QUEUE]);
    switch (roll(g, 6)) {
    case 0: body_line(body, "%s, %s = get %s", scalar(body), g->scalars.names[0], name); break;
    case 1: body_line(body, "await (len(%s) > 0)", name); break;
    case 2: body_line(body, "put %s, len(%s) + %s", name, name, scalar(body)); break;
    case 3:
        if (g->array[0] == '\0')
            return false;
        body_line(body, "a[%s %% %u] = get %s", scalar(body), g->array_length, name);
        break;
    case 4: body_line(body, "atomic { put %s, %s; %s = 0 }", name, scalar(body), scalar(body)); break;
    default: body_line(body, "repeat 2 { put %s, 1 }", name);
    }
    body->budget -= 3;
    return true;
}

static bool calls(Body *body)
{
    Generator *g = body->generator;
    if (g->spawned[0] == '\0' || body->in_function || body->loops > 0)
        return false;
    uint32_t number = body->next_local++;
    if (once_in(g, 3)) {
        body_line(body, "spawn k(%s)", scalar(body));
    } else {
        body_line(body, "local h%u = spawn k(%s)", number, scalar(body));
        body_line(body, once_in(g, 4) ? "if (try join h%u) { skip }" : "join h%u", number);
    }
    body->budget -= 3;
    return true;
}

bool body_extra_statement(Body *body)
{
    Generator *g = body->generator;
    switch (roll(g, 12)) {
    case 0:
    case 1:
    case 2: shared_operands(body); return true;
    case 3:
    case 4:
        if (g->array[0] == '\0')
            return false;
        array_forms(body);
        return true;
    case 5:
        if (body->in_atomic)
            return false;
        loops(body);
        return true;
    case 6: return ways_out(body);
    case 7:
    case 8:
    case 9: try_and_select(body); return true;
    case 10: return queues(body);
    default: return calls(body);
    }
}
