/* generate.c: `generate --seed N [--profile P] [--size small|medium]` prints a random scenario. */
#include "generate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t roll(Generator *generator, uint32_t count)
{
    generator->dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = generator->dice;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ x >> 31) % count);
}

bool once_in(Generator *generator, uint32_t count)
{
    return roll(generator, count) == 0;
}

const char *pick(Generator *generator, const NameList *list)
{
    return list->names[roll(generator, list->count)];
}

void name_add(NameList *list, const char *format, ...)
{
    if (list->count == MAX_NAMES)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(list->names[list->count++], NAME_SIZE, format, args);
    va_end(args);
}

/* --------------------------------------------------------------- declarations */

static void declare_variables(Generator *g)
{
    static const char *const names[] = {"x", "y", "z"};
    uint32_t count = 1 + roll(g, 3);
    for (uint32_t i = 0; i < count; i++) {
        bool is_atomic = once_in(g, 4);
        text_format(&g->out, "%s %s = %u\n", is_atomic ? "atomic" : is_mapped(g) ? "mapped" : "shared", names[i],
                    roll(g, 3) == 0 ? roll(g, 4) : 0);
        name_add(&g->scalars, "%s", names[i]);
        if (is_atomic)
            name_add(&g->atomics, "%s", names[i]);
    }
    if (once_in(g, 3)) {
        strcpy(g->array, "a");
        g->array_length = 2 + roll(g, 2);
        text_format(&g->out, "%s a[%u]%s\n", once_in(g, 5) ? "atomic" : is_mapped(g) ? "mapped" : "shared", g->array_length,
                    once_in(g, 2)          ? ""
                    : g->array_length == 2 ? " = {1, 2}"
                                           : " = {1, 2, 3}");
    }
}

static void declare_mutexes(Generator *g)
{
    uint32_t count = roll(g, 3) + (g->with_objects ? 0 : roll(g, 2));
    static const char *const names[] = {"m", "n", "l"};
    for (uint32_t i = 0; i < count; i++) {
        bool is_recursive = once_in(g, 5);
        text_format(&g->out, "%smutex %s\n", is_recursive ? "recursive " : "", names[i]);
        name_add(&g->objects[is_recursive ? HAS_RECURSIVE : HAS_MUTEX], "%s", names[i]);
    }
    if (once_in(g, 6)) {
        strcpy(g->mutex_array, "fork");
        text_add(&g->out, "mutex fork[2]\n");
    }
    if (once_in(g, g->with_objects ? 4 : 3)) {
        uint32_t initial = roll(g, 3);
        text_format(&g->out, "semaphore s = %u", initial);
        if (once_in(g, 3))
            text_format(&g->out, " max %u", initial + roll(g, 2) + (initial == 0));
        text_add(&g->out, "\n");
        name_add(&g->objects[HAS_SEMAPHORE], "s");
    }
}

static void declare_object(Generator *g, ObjectFamily family)
{
    NameList *list = &g->objects[family];
    switch (family) {
    case HAS_RWLOCK:
        text_format(&g->out, "rwlock rw%s\n", once_in(g, 2) ? " writers first" : "");
        name_add(list, "rw");
        return;
    case HAS_CONDITION:
        text_add(&g->out, "condition c\n");
        name_add(list, "c");
        if (g->objects[HAS_MUTEX].count == 0) {
            text_add(&g->out, "mutex mc\n");
            name_add(&g->objects[HAS_MUTEX], "mc");
        }
        return;
    case HAS_BARRIER:
        text_format(&g->out, "barrier b = %u\n", 2 + (uint32_t)once_in(g, 4));
        name_add(list, "b");
        return;
    case HAS_EVENT:
        text_add(&g->out, "event e\n");
        name_add(list, "e");
        return;
    case HAS_QUEUE:
        if (once_in(g, 3)) {
            text_add(&g->out, "queue r[0]\n");
            strcpy(g->rendezvous, "r");
            name_add(list, "r");
        }
        if (g->rendezvous[0] == '\0' || once_in(g, 3)) {
            static const char *const forms[] = {"queue q[1]\n", "queue q[2]\n", "queue q[1] = {7}\n",
                                                "queue q[2] = {8}\n"};
            text_add(&g->out, forms[roll(g, 4)]);
            name_add(list, "q");
        }
        return;
    case HAS_ONCE:
        text_add(&g->out, "once o\n");
        name_add(list, "o");
        return;
    case HAS_WAITGROUP:
        text_format(&g->out, "waitgroup g = %u\n", roll(g, 3));
        name_add(list, "g");
        return;
    default: return;
    }
}

static void declare_objects(Generator *g)
{
    declare_mutexes(g);
    if (!g->with_objects)
        return;
    uint32_t kinds = 1 + roll(g, 2);
    bool is_declared[HAS_FAMILY_COUNT] = {false};
    for (uint32_t i = 0; i < kinds; i++) {
        ObjectFamily family = HAS_RWLOCK + roll(g, HAS_FAMILY_COUNT - HAS_RWLOCK);
        if (!is_declared[family])
            declare_object(g, family);
        is_declared[family] = true;
    }
}

/* -------------------------------------------------------------------- bodies */

void write_body(Generator *g, Body *body, int budget)
{
    body->generator = g;
    body->budget = budget;
    text_add(&g->out, " {\n");
    body->depth = 1;
    body_statements(body);
    body->depth = 0;
    text_add(&g->out, "}\n");
}

static void write_functions(Generator *g)
{
    static const char *const names[] = {"f", "h"};
    uint32_t count = once_in(g, 3) ? 1 + roll(g, 2) : 0;
    for (uint32_t i = 0; i < count; i++) {
        Function *function = &g->functions[i];
        snprintf(function->name, NAME_SIZE, "%s", names[i]);
        function->parameters = roll(g, 3);
        text_format(&g->out, "fn %s(%s)", function->name,
                    function->parameters == 0   ? ""
                    : function->parameters == 1 ? "u"
                                                : "u, v");
        Body body = {.in_function = true};
        if (function->parameters > 0)
            name_add(&body.locals, "u");
        if (function->parameters > 1)
            name_add(&body.locals, "v");
        function->cost = 1 + (int)roll(g, 3);
        write_body(g, &body, function->cost);
        g->function_count++; /* only now: no recursion */
    }
    if (g->with_memory ? once_in(g, 2) : g->with_objects && once_in(g, 5)) {
        strcpy(g->spawned, "k");
        text_add(&g->out, "fn k(u)");
        Body body = {.in_function = true};
        name_add(&body.locals, "u");
        write_body(g, &body, 1 + (int)roll(g, 2));
    }
}

/* Steps of each thread, so that the number of interleavings stays in reach. */
static int thread_budget(Generator *g, uint32_t threads)
{
    if (g->with_messages)
        return 3 + (int)roll(g, 2) - (g->has_topic && g->actor_count > 0);
    int base = threads <= 2 ? 6 : threads == 3 ? 3 : 2;
    int extra = threads <= 2 ? 5 : 3;
    base += g->with_objects && threads <= 3; /* these wait for each other more */
    return base + (int)roll(g, (uint32_t)extra) + (g->is_medium ? threads <= 2 ? 5 : 2 : 0);
}

static void write_threads(Generator *g)
{
    uint32_t form = roll(g, 8);
    bool has_family = form < 2;
    g->thread_count = g->with_messages ? 2 : 2 + (uint32_t)once_in(g, 2) + (uint32_t)once_in(g, 8);
    if (g->spawned[0] != '\0')
        g->thread_count = 2;
    if (has_family) {
        name_add(&g->threads, "w");
        text_format(&g->out, "%s w[%u]", thread_word(g), g->thread_count);
        Body body = {.in_family = true, .thread = "w"};
        write_body(g, &body, thread_budget(g, g->thread_count));
        return;
    }
    static const char *const names[] = {"A", "B", "C", "D"};
    for (uint32_t i = 0; i < g->thread_count; i++)
        name_add(&g->threads, "%s", names[i]);
    for (uint32_t i = 0; i < g->thread_count; i++) {
        bool are_alike = i + 1 < g->thread_count && once_in(g, 6);
        text_format(&g->out, "%s%s %s", i > 0 && once_in(g, 12) ? "daemon " : "", thread_word(g), names[i]);
        if (are_alike)
            text_format(&g->out, ", %s", names[++i]);
        Body body = {.thread = names[i]};
        write_body(g, &body, thread_budget(g, g->thread_count + (g->spawned[0] != '\0')));
    }
}

/* ----------------------------------------------------------------- properties */

static const char *property_term(Generator *g)
{
    if (g->members.count > 0 && once_in(g, 4))
        return pick(g, &g->members);
    if (g->array[0] != '\0' && once_in(g, 4))
        return once_in(g, 2) ? "a[0]" : "a[1]";
    return pick(g, &g->scalars);
}

static void write_properties(Generator *g)
{
    static const char *const relations[] = {"==", "!=", "<", "<=", ">="};
    if (once_in(g, 6))
        text_format(&g->out, "always %s <= %u\n", property_term(g), 1 + roll(g, 5));
    if (once_in(g, 14))
        text_format(&g->out, "always %s >= 0 && %s < 9\n", property_term(g), property_term(g));
    if (once_in(g, 3))
        text_format(&g->out, "finally %s %s %u\n", property_term(g), relations[roll(g, 5)], roll(g, 4));
    if (g->with_extras && g->objects[HAS_QUEUE].count > 0 && once_in(g, 3))
        text_format(&g->out, "finally len(%s) == %u || closed(%s)\n", pick(g, &g->objects[HAS_QUEUE]), roll(g, 2),
                    pick(g, &g->objects[HAS_QUEUE]));
    if (once_in(g, 10))
        text_format(&g->out, "finally %s %s %s\n", property_term(g), relations[roll(g, 5)], property_term(g));
    if (once_in(g, 4)) {
        text_format(&g->out, "outcome %s", g->scalars.names[0]);
        if (g->members.count > 0 && once_in(g, 2))
            text_format(&g->out, ", %s", g->members.names[0]);
        if (g->array[0] != '\0' && once_in(g, 2))
            text_add(&g->out, once_in(g, 2) ? ", a" : ", a[1]");
        text_add(&g->out, once_in(g, 2) ? ", output\n" : "\n");
    }
}

/* ----------------------------------------------------------------------- main */

static const char *const profiles[] = {"core",   "objects",  "all",        "models",
                                       "memory", "messages", "coroutines", "pools"};
enum { CORE, OBJECTS, ALL, MODELS, MEMORY, MESSAGES, COROUTINES, POOLS, PROFILE_COUNT };
/* What the dice of a profile begin with: changing it changes every seed that is told anywhere. */
static const uint64_t first_dice[] = {[CORE] = 1,   [OBJECTS] = 2,  [ALL] = 3,        [MODELS] = 4,
                                      [MEMORY] = 5, [MESSAGES] = 6, [COROUTINES] = 7, [POOLS] = 8};

static void usage(void)
{
    fputs("usage: generate --seed N | --seeds A..B --into FOLDER [--profile "
          "core|objects|all|models|memory|messages|coroutines|pools] [--size small|medium]\n",
          stderr);
    exit(2);
}

/* The scenario into g->out. */
static void write_scenario(Generator *g, uint64_t seed, uint32_t profile, const char *size)
{
    *g = (Generator){.dice = seed * UINT64_C(0x100000001b3) + first_dice[profile]};
    g->with_models = profile == MODELS;
    g->with_memory = profile == MEMORY;
    g->with_messages = profile == MESSAGES;
    g->with_coroutines = profile == COROUTINES;
    g->with_pools = profile == POOLS;
    g->with_extras = profile == ALL;
    switch (profile) {
    case CORE: case COROUTINES: case POOLS: break;
    case OBJECTS: g->with_objects = true; break;
    case MESSAGES: g->with_objects = once_in(g, 5); break;
    default: g->with_objects = once_in(g, 2); break;
    }
    g->is_medium = strcmp(size, "medium") == 0;
    text_format(&g->out, "// generate --seed %llu --profile %s --size %s\n", (unsigned long long)seed,
                profiles[profile], size);
    if (g->with_coroutines && once_in(g, 3))
        text_add(&g->out, "clock virtual\n");
    if (g->with_models || (g->with_memory && once_in(g, 5)))
        declare_models(g);
    declare_variables(g);
    if (!g->with_coroutines && !g->with_pools)
        declare_objects(g);
    if (g->with_messages)
        declare_messages(g);
    if (g->with_coroutines) {
        write_coroutines(g);
    } else if (g->with_pools) {
        write_pools(g);
    } else {
        write_functions(g);
        write_threads(g);
    }
    write_receivers(g);
    write_properties(g);
}

/* FOLDER/PROFILE-SIZE-SEED.snarl */
static bool write_file(const Generator *g, const char *folder, const char *profile, const char *size, uint64_t seed)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s-%llu.snarl", folder, profile, size, (unsigned long long)seed);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(g->out.bytes, file) == EOF || fclose(file) != 0) {
        perror(path);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static Generator g;
    uint64_t first = 0, last = 0;
    uint32_t profile = 0;
    const char *size = "small", *folder = NULL, *name = profiles[CORE];
    for (int i = 1; i < argc; i++) {
        if (i + 1 == argc)
            usage();
        if (strcmp(argv[i], "--seed") == 0) {
            first = last = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0) {
            char *end;
            first = strtoull(argv[++i], &end, 10);
            if (strncmp(end, "..", 2) != 0)
                usage();
            last = strtoull(end + 2, NULL, 10);
        } else if (strcmp(argv[i], "--into") == 0) {
            folder = argv[++i];
        } else if (strcmp(argv[i], "--profile") == 0) {
            name = argv[++i];
        } else if (strcmp(argv[i], "--size") == 0) {
            size = argv[++i];
        } else {
            usage();
        }
    }
    while (profile < PROFILE_COUNT && strcmp(profiles[profile], name) != 0)
        profile++;
    if (profile == PROFILE_COUNT || (strcmp(size, "small") != 0 && strcmp(size, "medium") != 0) ||
        (folder == NULL && first != last))
        usage();
    for (uint64_t seed = first; seed <= last; seed++) {
        write_scenario(&g, seed, profile, size);
        bool is_written = folder == NULL ? fputs(g.out.bytes, stdout) != EOF : write_file(&g, folder, name, size, seed);
        text_free(&g.out);
        if (!is_written)
            return 4;
    }
    return 0;
}
