/* c_operation.c: synchronisation operations, as statements, under `try`, and as arms of `select`. */
#include "export/writer.h"

typedef enum How { HOW_WAIT, HOW_TRY, HOW_LOOK } How;

static const char *const how_words[] = {[HOW_WAIT] = "WAIT", [HOW_TRY] = "TRY", [HOW_LOOK] = "LOOK"};

static bool is_rendezvous(const Operation *operation)
{
    return (operation->kind == OPERATION_PUT || operation->kind == OPERATION_GET) && operation->object->symbol->capacity == 0;
}

/* --------------------------------------------------------------- operands */

/* What is evaluated ahead of the step. */
typedef struct Operands {
    const char *object, *with_object, *a;
    const char *item, *ok;     /* addresses that a get fills, or "NULL" */
    const char *item_name, *ok_name; /* temporaries that are stored by a step of their own; NULL: none */
} Operands;

/* Where a get puts its item: a local at once, anything else by way of a temporary. */
static const char *target_address(Writer *w, const Expr *target, const char *stem, const char **name)
{
    *name = NULL;
    if (target->symbol->kind == SYMBOL_LOCAL && target->index == NULL)
        return arena_format(w->arena, "&%s", write_place(w, target));
    *name = writer_new_name(w, stem);
    write_line(w, "int64_t %s = 0;", *name);
    return arena_format(w->arena, "&%s", *name);
}

static const char *fixed(Writer *w, const char *code)
{
    const char *name = writer_new_name(w, "operand");
    write_line(w, "const int64_t %s = %s;", name, code);
    return name;
}

/* `keeps`: the values must outlive other operands (the arms of a select). */
static Operands write_operands(Writer *w, const Operation *operation, bool keeps)
{
    Operands out = {.item = "NULL", .ok = "NULL"};
    if (operation->kind == OPERATION_AWAIT)
        return out;
    if (operation->object != NULL && operation->kind != OPERATION_JOIN) {
        bool has_later = keeps || (operation->a != NULL && expression_has_steps(operation->a));
        out.object = has_later && operation->object->index != NULL ? arena_format(w->arena, "&%s", write_stable_place(w, operation->object))
                                                                  : write_object(w, operation->object);
    }
    if (operation->with_object != NULL)
        out.with_object = keeps ? arena_format(w->arena, "&%s", write_stable_place(w, operation->with_object)) : write_object(w, operation->with_object);
    if (operation->a != NULL) {
        out.a = write_number(w, operation->a);
        if (keeps && operation->a->kind != EXPR_INTEGER)
            out.a = fixed(w, out.a);
    }
    if (operation->kind == OPERATION_JOIN && operation->object != NULL && operation->object->index != NULL) {
        const char *index = write_number(w, operation->object->index);
        out.a = arena_format(w->arena, "at(%s, %u)", index, operation->object->symbol->length);
        if (keeps)
            out.a = fixed(w, out.a);
    }
    if (operation->targets.count > 0)
        out.item = target_address(w, operation->targets.items[0], "item", &out.item_name);
    if (operation->targets.count > 1)
        out.ok = target_address(w, operation->targets.items[1], "there", &out.ok_name);
    return out;
}

static void write_target(Writer *w, const Expr *target, const char *name)
{
    if (name == NULL)
        return;
    const char *to = write_place(w, target);
    if (target->symbol->kind == SYMBOL_VARIABLE)
        write_step(w, "%s = %s;", to, name);
    else
        write_line(w, "%s = %s;", to, name);
}

static void write_targets(Writer *w, const Operation *operation, const Operands *operands)
{
    if (operation->targets.count > 0)
        write_target(w, operation->targets.items[0], operands->item_name);
    if (operation->targets.count > 1)
        write_target(w, operation->targets.items[1], operands->ok_name);
}

/* Threads are declared in order, so that a family has neighbouring places in the table. */
static uint32_t first_thread(const Writer *w, const Symbol *symbol)
{
    uint32_t first = 0;
    for (uint32_t t = 0; w->scenario->threads.items[t] != symbol; t++)
        first += w->scenario->threads.items[t]->length;
    return first;
}

static const char *join_code(Writer *w, const Operation *operation, const Operands *operands, const char *how)
{
    if (operation->object == NULL)
        return arena_format(w->arena, "join_handle(%s, %s)", operands->a, how);
    const Symbol *symbol = operation->object->symbol;
    uint32_t first = first_thread(w, symbol);
    if (operation->object->index != NULL)
        return arena_format(w->arena, "join_range(%u + %s, 1, %s)", first, operands->a, how);
    return arena_format(w->arena, "join_range(%u, %u, %s)", first, symbol->length, how);
}

/* ------------------------------------------------------------- operations */

/* The call that does the operation; `step` is what says whether this thread has the turn (for a rendezvous). NULL: refused. */
static const char *operation_code(Writer *w, const Operation *operation, const Operands *o, How how, const char *has_turn)
{
    const char *word = how_words[how];
    bool waits = how == HOW_WAIT;
    switch (operation->kind) {
    case OPERATION_LOCK: return waits ? arena_format(w->arena, "lock(%s)", o->object) : arena_format(w->arena, "take_mutex(%s, %s)", o->object, word);
    case OPERATION_UNLOCK:
        return arena_format(w->arena, "%s(%s)", operation->object->symbol->kind == SYMBOL_RWLOCK ? "rwunlock" : "unlock", o->object);
    case OPERATION_RDLOCK: return waits ? arena_format(w->arena, "rdlock(%s)", o->object) : arena_format(w->arena, "take_to_read(%s, %s)", o->object, word);
    case OPERATION_WRLOCK: return waits ? arena_format(w->arena, "wrlock(%s)", o->object) : arena_format(w->arena, "take_to_write(%s, %s)", o->object, word);
    case OPERATION_ACQUIRE: return waits ? arena_format(w->arena, "acquire(%s)", o->object) : arena_format(w->arena, "take_semaphore(%s, %s)", o->object, word);
    case OPERATION_RELEASE: return arena_format(w->arena, "release(%s, %s)", o->object, o->a == NULL ? "1" : o->a);
    case OPERATION_WAIT_CONDITION: return arena_format(w->arena, "fall_asleep(%s, %s)", o->object, o->with_object);
    case OPERATION_SIGNAL: return arena_format(w->arena, "wake_one(%s)", o->object);
    case OPERATION_BROADCAST: return arena_format(w->arena, "wake_all(%s)", o->object);
    case OPERATION_WAIT_BARRIER: return arena_format(w->arena, "arrive(%s)", o->object);
    case OPERATION_SET: return arena_format(w->arena, "change_event(%s, true)", o->object);
    case OPERATION_CLEAR: return arena_format(w->arena, "change_event(%s, false)", o->object);
    case OPERATION_WAIT_EVENT: return arena_format(w->arena, "wait_event(%s, %s)", o->object, word);
    case OPERATION_ADD: return arena_format(w->arena, "add_to_group(%s, %s)", o->object, o->a);
    case OPERATION_DONE: return arena_format(w->arena, "add_to_group(%s, -1)", o->object);
    case OPERATION_WAIT_WAITGROUP: return arena_format(w->arena, "wait_group(%s, %s)", o->object, word);
    case OPERATION_PUT: return arena_format(w->arena, "%s(%s, %s, %s)", is_rendezvous(operation) ? "send" : "put", o->object, o->a, word);
    case OPERATION_GET:
        if (is_rendezvous(operation))
            return arena_format(w->arena, "receive(%s, %s, %s, %s, %s)", o->object, o->item, o->ok, word, has_turn);
        return arena_format(w->arena, "get(%s, %s, %s, %s)", o->object, o->item, o->ok, word);
    case OPERATION_CLOSE: return arena_format(w->arena, "close_queue(%s)", o->object);
    case OPERATION_JOIN: return join_code(w, operation, o, word);
    case OPERATION_DESTROY:
        if (operation->object->symbol->kind == SYMBOL_MUTEX)
            return arena_format(w->arena, "destroy_mutex(%s)", o->object);
        if (operation->object->symbol->kind == SYMBOL_CONDITION)
            return arena_format(w->arena, "destroy_condition(%s)", o->object);
        write_refusal(w, operation->span, "`destroy` of anything but a mutex or a condition");
        return "";
    case OPERATION_AWAIT: return "";
    case OPERATION_SEND:
    case OPERATION_RECEIVE:
    case OPERATION_PUBLISH:
    case OPERATION_ACK:
    case OPERATION_SLEEP:
    case OPERATION_IO:
    case OPERATION_COMPUTE:
    case OPERATION_AWAIT_TASK:
    case OPERATION_GATHER:
    case OPERATION_MAP:
    case OPERATION_SHUTDOWN:
    case OPERATION_KIND_COUNT: break;
    }
    write_refusal(w, operation->span, "this operation");
    return "";
}

/* Whether the call gives a bool that says if it was done. */
static bool gives_result(OperationKind kind)
{
    switch (kind) {
    case OPERATION_LOCK:
    case OPERATION_RDLOCK:
    case OPERATION_WRLOCK:
    case OPERATION_ACQUIRE:
    case OPERATION_WAIT_EVENT:
    case OPERATION_WAIT_WAITGROUP:
    case OPERATION_PUT:
    case OPERATION_GET:
    case OPERATION_JOIN:
    case OPERATION_AWAIT: return true;
    default: return false;
    }
}

/* A thread that stands at a queue without room says so ahead of its step. */
static void write_offer(Writer *w, const Operation *operation, const Operands *o, bool tries, uint32_t arm)
{
    if (is_rendezvous(operation) && !w->is_inside)
        write_line(w, "offer(%s, %s, %s, %u);", o->object, operation->kind == OPERATION_PUT ? "true" : "false", tries ? "true" : "false", arm);
}

void write_operation(Writer *w, const Operation *operation)
{
    if (operation->kind == OPERATION_AWAIT) {
        write_await(w, operation->a);
        return;
    }
    Operands o = write_operands(w, operation, false);
    if (operation->kind == OPERATION_WRLOCK && operation->object->symbol->writers_first && !w->is_inside) {
        write_step(w, "announce(%s);", o.object);
        write_step(w, "wrlock_announced(%s);", o.object);
        return;
    }
    write_offer(w, operation, &o, false, 0);
    bool is_receive = is_rendezvous(operation) && operation->kind == OPERATION_GET && !w->is_inside;
    const char *code = operation_code(w, operation, &o, HOW_WAIT, is_receive ? arena_format(w->arena, "step(%u)", w->line) : "true");
    if (is_receive)
        write_line(w, "%s;", code);
    else
        write_step(w, "%s;", code);
    write_targets(w, operation, &o);
}

/* All reads of the condition in one go, into a bool; inside a loop that waits. */
static const char *condition_at_once(Writer *w, const Expr *expr)
{
    bool was_inside = w->is_inside, counted = w->counts_accesses;
    w->is_inside = true;
    w->counts_accesses = false;
    const char *name = writer_new_name(w, "holds"), *code = write_condition(w, expr);
    write_line(w, "const bool %s = %s;", name, code);
    w->is_inside = was_inside;
    w->counts_accesses = counted;
    return name;
}

const char *write_try(Writer *w, const Operation *operation)
{
    const char *name = writer_new_name(w, "done");
    if (operation->kind == OPERATION_AWAIT) {
        write_step(w, "%s", "");
        if (writer_takes_turns(w))
            write_line(w, "atomic_order();");
        const char *holds = condition_at_once(w, operation->a);
        if (writer_takes_turns(w))
            write_line(w, "atomic_order();");
        return arena_format(w->arena, "truth(%s)", holds);
    }
    Operands o = write_operands(w, operation, false);
    write_offer(w, operation, &o, true, 0);
    bool is_receive = is_rendezvous(operation) && operation->kind == OPERATION_GET && !w->is_inside;
    const char *code = operation_code(w, operation, &o, HOW_TRY, is_receive ? arena_format(w->arena, "step(%u)", w->line) : "true");
    if (is_receive) {
        write_line(w, "const int64_t %s = %s;", name, code);
    } else if (gives_result(operation->kind)) {
        write_step(w, "const int64_t %s = %s;", name, code);
    } else {
        write_step(w, "%s;", code);
        write_line(w, "const int64_t %s = 1;", name);
    }
    if (o.item_name != NULL || o.ok_name != NULL) {
        write_open(w, "if (%s) {", name);
        write_targets(w, operation, &o);
        write_close(w, "");
    }
    return name;
}

/* ------------------------------------------------------------------ await */

void write_await(Writer *w, const Expr *expr)
{
    write_step(w, "%s", "");
    if (!writer_takes_turns(w)) { /* one variable at most: a loop that reads it is the same */
        bool was_inside = w->is_inside;
        w->is_inside = true;
        write_open(w, "for (;;) {");
        const char *holds = write_condition(w, expr);
        write_line(w, "if (%s)", holds);
        w->indent++;
        write_line(w, "break;");
        w->indent--;
        write_line(w, "wait_a_little();");
        write_close(w, "");
        w->is_inside = was_inside;
        return;
    }
    write_open(w, "for (;;) {");
    write_line(w, "atomic_order();");
    const char *holds = condition_at_once(w, expr);
    write_line(w, "atomic_order();");
    write_line(w, "if (%s)", holds);
    w->indent++;
    write_line(w, "break;");
    w->indent--;
    write_line(w, "blocked(\"a condition\");");
    write_close(w, "");
}

/* ----------------------------------------------------------------- select */

/* How many results an arm has now. */
static const char *arm_results(Writer *w, const Operation *operation, const Operands *o)
{
    if (operation->kind == OPERATION_AWAIT)
        return condition_at_once(w, operation->a);
    if (is_rendezvous(operation) && operation->kind == OPERATION_PUT)
        return arena_format(w->arena, "receivers(%s)", o->object);
    if (is_rendezvous(operation))
        return arena_format(w->arena, "is_closed_now(%s)", o->object);
    if (operation->kind == OPERATION_SIGNAL)
        return arena_format(w->arena, "greatest(peek((%s)->asleep), 1)", o->object);
    return gives_result(operation->kind) ? operation_code(w, operation, o, HOW_LOOK, "true") : "1";
}

static void write_arm(Writer *w, const Operation *operation, const Operands *o, const char *has_turn, const char *within)
{
    if (operation->kind == OPERATION_AWAIT)
        return;
    if (is_rendezvous(operation) && operation->kind == OPERATION_PUT)
        write_line(w, "send_to(%s, %s, %s);", o->object, o->a, within);
    else if (operation->kind == OPERATION_SIGNAL)
        write_line(w, "wake_number(%s, %s);", o->object, within);
    else
        write_line(w, "%s;", operation_code(w, operation, o, HOW_WAIT, has_turn));
    write_targets(w, operation, o);
}

void write_select(Writer *w, const Stmt *s)
{
    uint32_t n = s->arms.count;
    Operands *operands = ARENA_ARRAY(w->arena, Operands, n + 1);
    const char *has_turn = "true", *within = writer_new_name(w, "within"), *arm = writer_new_name(w, "arm");
    bool meets = false;
    write_open(w, "{");
    for (uint32_t i = 0; i < n; i++) {
        operands[i] = write_operands(w, s->arms.items[i].operation, true);
        meets = meets || is_rendezvous(s->arms.items[i].operation);
    }
    for (uint32_t i = 0; i < n; i++)
        write_offer(w, s->arms.items[i].operation, &operands[i], false, i);
    write_line(w, "int64_t %s = -1, %s = 0;", arm, within);
    write_line(w, "(void)%s;", within);
    if (meets && !w->is_inside) {
        has_turn = writer_new_name(w, "has_turn");
        write_line(w, "bool %s = step(%u);", has_turn, w->line);
    } else if (!w->is_inside) {
        write_line(w, "step(%u);", w->line);
    }
    write_open(w, "for (;;) {");
    if (meets && !w->is_inside) {
        write_open(w, "if (!%s) {", has_turn);
        write_line(w, "%s = arm_taken();", arm);
        write_line(w, "break;");
        write_close(w, "");
    }
    const char *results = "", *coming = "0";
    for (uint32_t i = 0; i < n; i++) {
        const Operation *operation = s->arms.items[i].operation;
        results = arena_format(w->arena, "%s%s%s", results, i == 0 ? "" : ", ", arm_results(w, operation, &operands[i]));
        if (is_rendezvous(operation) && operation->kind == OPERATION_GET)
            coming = arena_format(w->arena, "%s + senders(%s)", coming, operands[i].object);
    }
    const char *list = writer_new_name(w, "results");
    write_line(w, "const int64_t %s[] = {%s};", list, n == 0 ? "0" : results);
    write_line(w, "%s = pick(%s, %u, &%s);", arm, list, n, within);
    if (s->otherwise != NULL)
        write_line(w, "if (%s >= 0 || %s == 0)", arm, coming);
    else
        write_line(w, "if (%s >= 0)", arm);
    w->indent++;
    write_line(w, "break;");
    w->indent--;
    if (meets && !w->is_inside)
        write_line(w, "%s = blocked(\"select\");", has_turn);
    else
        write_line(w, "blocked(\"select\");");
    write_close(w, "");
    if (meets && !w->is_inside)
        write_line(w, "withdraw();");
    if (w->is_inside && w->counts_accesses)
        write_line(w, "inside(%u);", w->line);
    for (uint32_t i = 0; i < n; i++) {
        write_note(w, &s->arms.items[i].span);
        write_open(w, "%sif (%s == %u) {", i == 0 ? "" : "} else ", arm, i);
        w->line = s->arms.items[i].span.line;
        write_arm(w, s->arms.items[i].operation, &operands[i], has_turn, within);
        write_statement(w, s->arms.items[i].body);
        w->indent--;
    }
    if (s->otherwise != NULL) {
        write_open(w, n == 0 ? "{" : "} else {");
        write_statement(w, s->otherwise);
        w->indent--;
    }
    if (n > 0 || s->otherwise != NULL)
        write_line(w, "}");
    write_close(w, "");
}
