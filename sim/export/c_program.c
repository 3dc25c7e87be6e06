/* c_program.c: the whole emitted program: comment, runtime, variables and objects, threads, main. */
#include <inttypes.h>
#include <string.h>

#include "export/models.h"
#include "export/walk.h"
#include "export/writer.h"

void writer_name_all(Writer *w); /* c_names.c */

/* ------------------------------------------------------- how threads run */

/* A step that looks at several things at once, or has several results that depend on others: then threads step one at a time. */
static bool wants_turns(const Stmt *s, const Expr *expr, const void *context)
{
    (void)context;
    const Operation *operation = expr != NULL ? expr->operation : s->operation;
    if (expr == NULL && (s->kind == STMT_ATOMIC || s->kind == STMT_SELECT))
        return true;
    if (operation == NULL)
        return false;
    bool tries = expr != NULL && expr->kind == EXPR_TRY;
    const Symbol *symbol = operation->object == NULL ? NULL : operation->object->symbol;
    switch (operation->kind) {
    case OPERATION_PUT:
    case OPERATION_GET: return symbol != NULL && symbol->capacity == 0;
    case OPERATION_RELEASE: return operation->a != NULL || (symbol != NULL && symbol->maximum >= 0);
    case OPERATION_ACQUIRE: return symbol != NULL && symbol->maximum >= 0;
    case OPERATION_RDLOCK:
    case OPERATION_WRLOCK:
    case OPERATION_UNLOCK: return symbol != NULL && symbol->kind == SYMBOL_RWLOCK && symbol->writers_first;
    case OPERATION_WAIT_BARRIER:
    case OPERATION_WAIT_CONDITION:
    case OPERATION_AWAIT: return tries;
    default: return false;
    }
}

/* Reads count one; what changes something, or looks at an object, counts as many. */
static uint32_t count_steps(const Expr *expr)
{
    if (expr == NULL || !expression_has_steps(expr))
        return 0;
    uint32_t count = count_steps(expr->index) + count_steps(expr->a) + count_steps(expr->b) + count_steps(expr->c);
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        count += count_steps(expr->arguments.items[i]);
    if (expr->kind == EXPR_NAME)
        return count + (expr->symbol->kind == SYMBOL_VARIABLE);
    return count > 0 ? count : 2;
}

static bool awaits_several(const Stmt *s, const Expr *expr, const void *context)
{
    (void)expr;
    (void)context;
    return s != NULL && s->kind == STMT_AWAIT && count_steps(s->expr) > 1;
}

static bool is_atomic_block(const Stmt *s, const Expr *expr, const void *context)
{
    (void)expr;
    (void)context;
    return s != NULL && s->kind == STMT_ATOMIC;
}

static bool any_body(const Scenario *scenario, WalkAsk *ask)
{
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        if (walk_any(scenario->symbols.items[i]->body, ask, NULL))
            return true;
    return false;
}

static bool is_daemon(const Scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->threads.count; i++)
        if (scenario->threads.items[i]->is_daemon)
            return true;
    return false;
}

static void choose_variant(Writer *w)
{
    const Scenario *scenario = w->scenario;
    bool takes_turns = scenario->always.count > 0 || any_body(scenario, wants_turns) || any_body(scenario, awaits_several);
    w->variant = w->plan->has_schedule ? RUNTIME_SCHEDULE : takes_turns ? RUNTIME_RANDOM : RUNTIME_FREE;
    w->features = any_body(scenario, is_atomic_block) ? RUNTIME_BLOCKS : 0;
    if (scenario->always.count > 0)
        w->features |= RUNTIME_INVARIANTS;
    if (w->plan->is_spurious)
        w->features |= RUNTIME_SPURIOUS;
    if (is_daemon(scenario))
        w->features |= RUNTIME_DAEMONS;
}

/* ---------------------------------------------------------------- bodies */

static bool has_member(const Writer *w, const Symbol *symbol)
{
    for (uint32_t l = 0; l < symbol->locals.count; l++)
        if (writer_is_member(w, symbol->locals.items[l]))
            return true;
    return false;
}

static void begin_body(Writer *w, const Symbol *symbol)
{
    w->body = symbol;
    w->is_inside = w->counts_accesses = false;
    w->cleanups.count = 0;
    w->loop_cleanups = 0;
    w->numbers = 0;
}

static void write_function(Writer *w, const Symbol *symbol)
{
    uint32_t scope = w->named.count;
    begin_body(w, symbol);
    const char *parameters = "";
    for (uint32_t i = 0; i < symbol->parameters.count; i++) {
        writer_declare(w, symbol->parameters.items[i]);
        parameters = arena_format(w->arena, "%s%sint64_t %s", parameters, i == 0 ? "" : ", ", writer_name(w, symbol->parameters.items[i]));
    }
    write_note(w, &symbol->span);
    write_line(w, "static int64_t fn_%s(%s)", writer_name(w, symbol), symbol->parameters.count == 0 ? "void" : parameters);
    write_open(w, "{");
    for (uint32_t i = 0; i < symbol->parameters.count; i++)
        write_line(w, "(void)%s;", writer_name(w, symbol->parameters.items[i]));
    write_statement(w, symbol->body);
    write_line(w, "return 0;");
    write_close(w, "");
    write_line(w, "%s", "");
    w->named.count = scope;
    if (!symbol->is_spawned)
        return;
    if (symbol->parameters.count > 16)
        write_refusal(w, symbol->span, "a spawned function with more than 16 parameters");
    const char *arguments = "";
    for (uint32_t i = 0; i < symbol->parameters.count; i++)
        arguments = arena_format(w->arena, "%s%sme->arguments[%u]", arguments, i == 0 ? "" : ", ", i);
    write_line(w, "static void thread_%s(void)", writer_name(w, symbol));
    write_open(w, "{");
    write_line(w, "fn_%s(%s);", writer_name(w, symbol), arguments);
    write_close(w, "");
    write_line(w, "%s", "");
}

/* The thread whose function runs the body of this one: names of one declaration share it. */
static const Symbol *body_owner(const Writer *w, uint32_t t)
{
    const SymbolList *threads = &w->scenario->threads;
    while (threads->items[t]->repeats_body && !has_member(w, threads->items[t]) && !has_member(w, threads->items[t - 1]))
        t--;
    return threads->items[t];
}

static void write_thread(Writer *w, const Symbol *symbol)
{
    uint32_t scope = w->named.count;
    begin_body(w, symbol);
    write_note(w, &symbol->span);
    w->note = arena_format(w->arena, "%u: %sthread %s", symbol->span.line, symbol->is_daemon ? "daemon " : "", w->note + strcspn(w->note, " ") + 1);
    write_line(w, "static void thread_%s(void)", writer_name(w, symbol));
    write_open(w, "{");
    write_statement(w, symbol->body);
    write_close(w, "");
    write_line(w, "%s", "");
    w->named.count = scope;
}

static bool calls_function(const Stmt *s, const Expr *expr, const void *context)
{
    return s == NULL && expr->kind == EXPR_CALL && expr->symbol == context;
}

static void write_prototypes(Writer *w)
{
    const Scenario *scenario = w->scenario;
    for (uint32_t i = 0; i < scenario->functions.count; i++) {
        const Symbol *symbol = scenario->functions.items[i];
        bool is_used = symbol->is_spawned;
        for (uint32_t s = 0; s < scenario->symbols.count && !is_used; s++)
            is_used = walk_any(scenario->symbols.items[s]->body, calls_function, symbol);
        const char *parameters = "";
        for (uint32_t p = 0; p < symbol->parameters.count; p++)
            parameters = arena_format(w->arena, "%s%sint64_t", parameters, p == 0 ? "" : ", ");
        write_line(w, "%sstatic int64_t fn_%s(%s);", is_used ? "" : "__attribute__((unused)) ", writer_name(w, symbol),
                   symbol->parameters.count == 0 ? "void" : parameters);
        if (symbol->is_spawned) {
            uint32_t declared = 0;
            for (uint32_t t = 0; t < scenario->threads.count; t++)
                declared += scenario->threads.items[t]->length;
            const char *name = writer_name(w, symbol);
            write_line(w, "static void thread_%s(void);", name);
            write_line(w, "static Spawned spawned_%s = {%s, %u + %u * MAX_THREADS, thread_%s, 0};", name,
                       write_string(w->arena, symbol->name, false), declared, i, name);
        }
    }
    if (scenario->functions.count > 0)
        write_line(w, "%s", "");
}

/* -------------------------------------------------- variables and objects */

static const char *element_name(Writer *w, const Symbol *symbol, uint32_t k)
{
    const char *name = symbol->is_array ? arena_format(w->arena, "%s[%u]", symbol->name, k) : symbol->name;
    return write_string(w->arena, name, false);
}

static const char *integer(Writer *w, int64_t value)
{
    if (value == INT64_MIN)
        return "INT64_MIN";
    if (value > INT32_MAX || value < -INT32_MAX)
        return arena_format(w->arena, "INT64_C(%" PRId64 ")", value);
    return arena_format(w->arena, "%" PRId64, value);
}

static void write_variable(Writer *w, const Symbol *symbol)
{
    const char *type = symbol->is_atomic ? "static volatile _Atomic int64_t" : "static volatile int64_t";
    const char *name = writer_name(w, symbol);
    if (!symbol->is_array) {
        write_line(w, "%s %s = %s;", type, name, integer(w, symbol->initial_count > 0 ? symbol->initial[0] : 0));
        return;
    }
    bool is_zero = true;
    for (uint32_t i = 0; i < symbol->initial_count; i++)
        is_zero = is_zero && symbol->initial[i] == 0;
    if (is_zero) {
        write_line(w, "%s %s[%u];", type, name, symbol->length);
        return;
    }
    const char *note = w->note;
    w->note = NULL;
    text_format(w->out, "%s %s[%u] = {", type, name, symbol->length);
    for (uint32_t i = 0; i < symbol->initial_count; i++)
        text_format(w->out, "%s%s", i == 0 ? "" : ", ", integer(w, symbol->initial[i]));
    w->note = note;
    text_format(w->out, "}; // %s\n", note == NULL ? "" : note);
    w->note = NULL;
}

/* TYPE name = MAKER("name"...); or an array of these. `extra(k)` is what comes behind the name. */
typedef const char *Extra(Writer *w, const Symbol *symbol, uint32_t k);

static void write_objects(Writer *w, const Symbol *symbol, const char *type, const char *open, const char *close, Extra *extra)
{
    const char *name = writer_name(w, symbol);
    if (!symbol->is_array) {
        write_line(w, "static %s %s = %s%s%s%s;", type, name, open, element_name(w, symbol, 0), extra == NULL ? "" : extra(w, symbol, 0), close);
        return;
    }
    write_open(w, "static %s %s[%u] = {", type, name, symbol->length);
    for (uint32_t k = 0; k < symbol->length; k++)
        write_line(w, "%s%s%s%s,", open, element_name(w, symbol, k), extra == NULL ? "" : extra(w, symbol, k), close);
    write_close(w, ";");
}

static const char *semaphore_extra(Writer *w, const Symbol *symbol, uint32_t k)
{
    (void)k;
    return arena_format(w->arena, ", .maximum = %s", integer(w, symbol->maximum));
}

static const char *group_extra(Writer *w, const Symbol *symbol, uint32_t k)
{
    return arena_format(w->arena, ", %s", integer(w, symbol->initial_count > 0 ? symbol->initial[k] : 0));
}

static const char *queue_extra(Writer *w, const Symbol *symbol, uint32_t k)
{
    if (symbol->capacity == 0)
        return ", 0, NULL, 0";
    return arena_format(w->arena, ", %s, items_of_%s[%u], %u", integer(w, symbol->capacity), writer_name(w, symbol), k, symbol->initial_count);
}

static void write_queue(Writer *w, const Symbol *symbol)
{
    if (symbol->capacity > 0) {
        const char *note = w->note, *items = "";
        w->note = NULL;
        for (uint32_t i = 0; i < symbol->initial_count; i++)
            items = arena_format(w->arena, "%s%s%s", items, i == 0 ? "" : ", ", integer(w, symbol->initial[i]));
        if (symbol->initial_count == 0) {
            write_line(w, "static int64_t items_of_%s[%u][%s];", writer_name(w, symbol), symbol->length, integer(w, symbol->capacity));
        } else {
            const char *all = "";
            for (uint32_t k = 0; k < symbol->length; k++)
                all = arena_format(w->arena, "%s%s{%s}", all, k == 0 ? "" : ", ", items);
            write_line(w, "static int64_t items_of_%s[%u][%s] = {%s};", writer_name(w, symbol), symbol->length, integer(w, symbol->capacity), all);
        }
        w->note = note;
    }
    write_objects(w, symbol, "Queue", "QUEUE(", ")", queue_extra);
}

static void write_symbol(Writer *w, const Symbol *symbol, const Text *code)
{
    bool is_thing = symbol->kind == SYMBOL_VARIABLE || (SYMBOL_BIT(symbol->kind) & SYMBOL_BIT_OBJECTS);
    if (!is_thing)
        return;
    write_note(w, &symbol->span);
    if (!runtime_text_has_word(code, writer_name(w, symbol))) {
        w->note = NULL;
        write_line(w, "// %s is not used", write_comment(w->arena, symbol->name, strlen(symbol->name), 80));
        return;
    }
    switch (symbol->kind) {
    case SYMBOL_VARIABLE: write_variable(w, symbol); break;
    case SYMBOL_MUTEX: write_objects(w, symbol, "Mutex", symbol->is_recursive ? "RECURSIVE_MUTEX(" : "MUTEX(", ")", NULL); break;
    case SYMBOL_RWLOCK: write_objects(w, symbol, "RwLock", symbol->writers_first ? "WRITERS_FIRST(" : "RWLOCK(", ")", NULL); break;
    case SYMBOL_SEMAPHORE: write_objects(w, symbol, "Semaphore", "{.name = ", "}", semaphore_extra); break;
    case SYMBOL_CONDITION: write_objects(w, symbol, "Condition", "CONDITION(", ")", NULL); break;
    case SYMBOL_BARRIER: write_objects(w, symbol, "Barrier", "{.name = ", "}", NULL); break;
    case SYMBOL_EVENT: write_objects(w, symbol, "Event", "EVENT(", ")", NULL); break;
    case SYMBOL_QUEUE: write_queue(w, symbol); break;
    case SYMBOL_ONCE: write_objects(w, symbol, "Once", "ONCE(", ")", NULL); break;
    case SYMBOL_WAITGROUP: write_objects(w, symbol, "WaitGroup", "WAITGROUP(", ")", group_extra); break;
    default: break;
    }
    w->note = NULL;
}

static void write_members(Writer *w)
{
    for (uint32_t i = 0; i < w->scenario->symbols.count; i++) {
        const Symbol *symbol = w->scenario->symbols.items[i];
        for (uint32_t l = 0; l < symbol->locals.count; l++) {
            const Symbol *local = symbol->locals.items[l];
            if (!writer_is_member(w, local))
                continue;
            if (symbol->kind == SYMBOL_FUNCTION) {
                write_refusal(w, local->span, "a local of a spawned function that a property names");
                continue;
            }
            const char *name = writer_name(w, local);
            if (local->is_array)
                write_line(w, "static int64_t %s[%u][%u]; // %s.%s", name, symbol->length, local->length, writer_name(w, symbol), local->name);
            else
                write_line(w, "static int64_t %s[%u]; // %s.%s", name, symbol->length, writer_name(w, symbol), local->name);
        }
    }
}

/* -------------------------------------------------------------- the report */

static void write_value(Writer *w, const char *label, const Symbol *symbol, const char *place, bool is_whole_array)
{
    const char *text = write_string(w->arena, label, true);
    if (!is_whole_array) {
        write_line(w, "printf(\"# \" %s \" = %%\" PRId64 \"\\n\", (int64_t)(%s));", text, place);
        return;
    }
    const char *k = writer_new_name(w, "k");
    write_line(w, "printf(\"# \" %s \" = [\");", text);
    write_line(w, "for (int %s = 0; %s < %u; %s++)", k, k, symbol->length, k);
    write_line(w, "    printf(\"%%s%%\" PRId64, %s == 0 ? \"\" : \", \", (int64_t)%s[%s]);", k, place, k);
    write_line(w, "printf(\"]\\n\");");
}

static void write_report(Writer *w)
{
    const Scenario *scenario = w->scenario;
    write_line(w, "UNWATCHED static void values_report(void)");
    write_open(w, "{");
    for (uint32_t i = 0; scenario->has_outcome && i < scenario->outcome.count; i++) {
        const OutcomeItem *item = &scenario->outcome.items[i];
        if (item->expr == NULL)
            continue;
        const Expr *expr = item->expr;
        bool is_array = (expr->kind == EXPR_NAME || expr->kind == EXPR_MEMBER) && expr->symbol->is_array && expr->index == NULL;
        const char *place = NULL;
        if (is_array && expr->kind == EXPR_MEMBER)
            place = arena_format(w->arena, "%s[%u]", writer_name(w, expr->symbol), expr->instance_value);
        else if (is_array)
            place = writer_name(w, expr->symbol);
        else
            place = write_property_value(w, expr);
        write_value(w, item->text, expr->symbol, place, is_array);
    }
    for (uint32_t i = 0; !scenario->has_outcome && i < scenario->symbols.count; i++)
        if (scenario->symbols.items[i]->kind == SYMBOL_VARIABLE) {
            const Symbol *symbol = scenario->symbols.items[i];
            write_value(w, symbol->name, symbol, writer_name(w, symbol), symbol->is_array);
        }
    write_close(w, "");
    write_line(w, "%s", "");
    write_line(w, "UNWATCHED static bool finally_holds(void)");
    write_open(w, "{");
    const char *all = writer_new_name(w, "all");
    write_line(w, "bool %s = true;", all);
    for (uint32_t i = 0; i < scenario->finally.count; i++) {
        const Expr *expr = scenario->finally.items[i];
        const char *source = write_comment(w->arena, scenario->source->text + expr->span.offset, expr->span.length, 200);
        const char *holds = writer_new_name(w, "holds");
        write_line(w, "const bool %s = %s;", holds, write_property(w, expr));
        write_line(w, "printf(\"# finally %%s: %%s\\n\", %s, %s ? \"holds\" : \"does not hold\");", write_string(w->arena, source, false), holds);
        write_line(w, "%s = %s && %s;", all, all, holds);
    }
    write_line(w, "return %s;", all);
    write_close(w, "");
    write_line(w, "%s", "");
    if (scenario->always.count == 0)
        return;
    write_line(w, "UNWATCHED static void invariants_check(void)");
    write_open(w, "{");
    for (uint32_t i = 0; i < scenario->always.count; i++) {
        const Expr *expr = scenario->always.items[i];
        const char *source = write_comment(w->arena, scenario->source->text + expr->span.offset, expr->span.length, 200);
        write_line(w, "if (!%s)", write_property(w, expr));
        write_line(w, "    end(\"invariant\", \"\", %s, %u, 1);", write_string(w->arena, source, false), expr->span.line);
    }
    write_close(w, "");
    write_line(w, "%s", "");
}

/* -------------------------------------------------------------------- main */

static void write_main(Writer *w, const Text *code)
{
    const Scenario *scenario = w->scenario;
    write_line(w, "int main(int argc, char **argv)");
    write_open(w, "{");
    write_line(w, "begin(argc, argv);");
    for (uint32_t i = 0; i < scenario->symbols.count; i++) {
        const Symbol *symbol = scenario->symbols.items[i];
        if ((symbol->kind != SYMBOL_SEMAPHORE && symbol->kind != SYMBOL_BARRIER) || !runtime_text_has_word(code, writer_name(w, symbol)))
            continue;
        for (uint32_t k = 0; k < symbol->length; k++) {
            const char *place = symbol->is_array ? arena_format(w->arena, "&%s[%u]", writer_name(w, symbol), k)
                                                 : arena_format(w->arena, "&%s", writer_name(w, symbol));
            if (symbol->kind == SYMBOL_BARRIER)
                write_line(w, "barrier_begin(%s, %s);", place, integer(w, symbol->parties));
            else
                write_line(w, "semaphore_begin(%s, %s);", place, integer(w, symbol->initial_count > 0 ? symbol->initial[k] : 0));
        }
    }
    for (uint32_t t = 0; t < scenario->threads.count; t++) {
        const Symbol *symbol = scenario->threads.items[t];
        const char *body = writer_name(w, body_owner(w, t));
        for (uint32_t k = 0; k < symbol->length; k++) {
            bool is_indexed = symbol->is_family || symbol->is_array;
            const char *name = is_indexed ? arena_format(w->arena, "%s[%u]", symbol->name, k) : symbol->name;
            write_line(w, "start(%s, %u, %s, thread_%s);", write_string(w->arena, name, false), k, symbol->is_daemon ? "true" : "false", body);
        }
    }
    write_line(w, "finish();");
    write_close(w, "");
}

/* ---------------------------------------------------------------- the file */

/* The last part of a path, without what a shell or a comment could stumble over. */
static const char *base_name(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = arena_string(arena, slash == NULL ? path : slash + 1, strlen(slash == NULL ? path : slash + 1));
    char *ending = strstr(name, ".snarl");
    if (ending != NULL && ending != name)
        *ending = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || (*c == '-' && c != name)))
            *c = '_';
    return *name == '\0' || *name == '.' ? "scenario" : name;
}

static uint32_t count_lines(const Text *text)
{
    uint32_t lines = 0;
    for (size_t i = 0; text->bytes != NULL && i < text->length; i++)
        lines += text->bytes[i] == '\n';
    return lines;
}

/* `behind`: how many lines stand between the comment and the scenario. */
static void write_heading(Writer *w, uint32_t behind, Text *out)
{
    size_t begin = out->length;
    const ExportPlan *plan = w->plan;
    const char *name = base_name(w->arena, plan->file);
    text_format(out, "/* %s.c: made by `snarl export c` from %s.\n *\n", name, write_comment(w->arena, plan->file, strlen(plan->file), 200));
    text_format(out, " * Compile   cc -g -O1 -pthread %s.c -o %s\n", name, name);
    text_format(out, " * Run       ./%s   or again and again: for i in $(seq 100); do ./%s; done\n", name, name);
    text_format(out, " * Races     cc -g -O1 -fsanitize=thread -pthread %s.c -o %s && ./%s\n", name, name, name);
    text_format(out, " *           (where it cannot map its memory: setarch -R ./%s)\n", name);
    text_format(out, " * Locks     valgrind --tool=helgrind ./%s\n *\n", name);
    if (plan->has_schedule) {
        const char *schedule = write_comment(w->arena, plan->schedule, strlen(plan->schedule), 2000);
        text_format(out, " * Schedule  %s\n *           %s\n *\n", schedule,
                    plan->is_whole ? "The execution is over then." : "It stops there.");
    } else if (w->variant == RUNTIME_RANDOM) {
        text_add(out, " * Threads   step one at a time, in random order: a step of this scenario looks at several things at once.\n *\n");
    } else {
        text_add(out, " * Threads   run freely. A number as argument is the seed of `choose`.\n *\n");
    }
    text_add(out, " * Status    0 it ended well, 1 it went wrong, 2 the schedule cannot be followed, 3 it took too long.\n");
    if (plan->expected_count > 0)
        text_add(out, " *\n");
    for (uint32_t i = 0; i < plan->expected_count; i++)
        text_format(out, " * %s %s\n", i == 0 ? "Expect   " : "         ",
                    write_comment(w->arena, plan->expected[i], strlen(plan->expected[i]), 200));
    Text heading = {.bytes = out->bytes == NULL ? NULL : out->bytes + begin, .length = out->length - begin};
    text_format(out, " *\n * The scenario begins at line %u; what stands ahead of it is the same for all scenarios that need it.\n */\n",
                count_lines(&heading) + 3 + behind);
}

static void write_schedule(Writer *w)
{
    const ExportPlan *plan = w->plan;
    write_line(w, "enum { SCHEDULE_LENGTH = %u, SCHEDULE_IS_WHOLE = %d };", plan->turn_count, plan->is_whole);
    write_open(w, "static const Turn schedule[] = {");
    for (uint32_t t = 0; t < plan->turn_count; t++) {
        const ExportTurn *turn = &plan->turns[t];
        write_line(w, "{%s, %u, %u}, // step %u, line %u", write_string(w->arena, turn->thread, false), turn->choice, turn->choices, t + 1,
                   turn->line);
    }
    if (plan->turn_count == 0)
        write_line(w, "{\"\", 1, 1},");
    write_close(w, ";");
    write_line(w, "%s", "");
}

typedef struct Parts {
    Text code, data, turns, runtime, scratch;
} Parts;

static void write_program(Writer *w, Parts *parts, Text *out)
{
    const Scenario *scenario = w->scenario;
    choose_variant(w);
    writer_name_all(w);
    w->out = &parts->code;
    for (uint32_t i = 0; i < scenario->functions.count; i++)
        write_function(w, scenario->functions.items[i]);
    for (uint32_t t = 0; t < scenario->threads.count; t++)
        if (body_owner(w, t) == scenario->threads.items[t])
            write_thread(w, scenario->threads.items[t]);
    write_report(w);
    write_main(w, &parts->code);

    w->out = &parts->data;
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        write_symbol(w, scenario->symbols.items[i], &parts->code);
    write_members(w);
    write_line(w, "%s", "");
    write_prototypes(w);
    text_add_bytes(&parts->data, parts->code.bytes == NULL ? "" : parts->code.bytes, parts->code.length);

    w->out = &parts->turns;
    if (w->plan->has_schedule)
        write_schedule(w);
    runtime_write(w->arena, w->variant, w->features, &parts->data, &parts->turns, &parts->runtime);
    write_heading(w, count_lines(&parts->runtime) + 1, out);
    text_add_bytes(out, parts->runtime.bytes == NULL ? "" : parts->runtime.bytes, parts->runtime.length);
    text_add(out, "/* ------------------------------------------------------------ the scenario */\n\n");
    text_add_bytes(out, parts->data.bytes == NULL ? "" : parts->data.bytes, parts->data.length);
    if (parts->code.failed || parts->data.failed || parts->turns.failed || parts->runtime.failed || parts->scratch.failed)
        out->failed = true;
}

/* The part that may leave by a jump: outside of the function that sets it, so that its contents are defined behind it. */
static bool write_or_escape(Writer *w, Parts *parts, Text *out)
{
    jmp_buf escape;
    jmp_buf *outer = w->arena->escape;
    w->arena->escape = &escape;
    bool is_done = setjmp(escape) == 0;
    if (is_done)
        write_program(w, parts, out);
    w->arena->escape = outer;
    return is_done;
}

bool export_c(Arena *arena, const Scenario *scenario, const ExportPlan *plan, DiagList *diagnostics, Text *out)
{
    Parts parts = {0};
    if (models_refuse(scenario, diagnostics, "C"))
        return false;
    Writer w = {.arena = arena, .scenario = scenario, .plan = plan, .diagnostics = diagnostics, .scratch = &parts.scratch};
    if (!write_or_escape(&w, &parts, out))
        out->failed = true;
    text_free(&parts.code);
    text_free(&parts.data);
    text_free(&parts.turns);
    text_free(&parts.runtime);
    text_free(&parts.scratch);
    return diagnostics->errors == 0;
}
