/* c_statement.c: statements, functions, and the ways out of blocks. */
#include <inttypes.h>
#include <string.h>

#include "export/walk.h"
#include "export/writer.h"

/* NOLINTBEGIN(clang-analyzer-core.NullDereference): the resolver lets no statement through that lacks the parts of its kind */

/* ------------------------------------------------------------- ways out */

/* Everything between here and the block that has `depth` cleanups around it, innermost first. */
static void write_leaving(Writer *w, uint32_t depth)
{
    bool was_inside = w->is_inside;
    uint32_t line = w->line;
    for (uint32_t c = w->cleanups.count; c-- > depth;) {
        const Cleanup *cleanup = &w->cleanups.items[c];
        w->is_inside = cleanup->was_inside;
        w->line = cleanup->line;
        if (cleanup->code == NULL)
            write_line(w, "atomic_end();");
        else
            write_step(w, "%s;", cleanup->code);
    }
    w->is_inside = was_inside;
    w->line = line;
}

static void push_cleanup(Writer *w, const char *code, uint32_t line)
{
    Cleanup cleanup = {code, line, w->is_inside};
    ARENA_PUSH(w->arena, w->cleanups, cleanup);
}

/* The body, and behind it what the newest cleanup says. */
static void write_body_and_leave(Writer *w, const Stmt *body)
{
    uint32_t depth = w->cleanups.count - 1;
    write_statement(w, body);
    write_leaving(w, depth);
    w->cleanups.count = depth;
}

static void write_return(Writer *w, const char *value)
{
    write_leaving(w, 0);
    if (w->body->kind == SYMBOL_THREAD)
        write_line(w, "return;");
    else
        write_line(w, "return %s;", value);
}

static void write_exit(Writer *w)
{
    if (w->body->kind == SYMBOL_FUNCTION)
        write_line(w, "me->is_leaving = true; // the callers end, too");
    write_return(w, "0");
}

/* ------------------------------------------------------------ functions */

static bool is_exit(const Stmt *s, const Expr *expr, const void *context)
{
    const Scenario *scenario = context;
    if (s != NULL)
        return s->kind == STMT_EXIT;
    return expr->kind == EXPR_CALL && body_may_exit(scenario, expr->symbol);
}

bool body_may_exit(const Scenario *scenario, const Symbol *function)
{
    return walk_any(function->body, is_exit, scenario);
}

void write_call(Writer *w, const Expr *call, const char *target)
{
    const char *values = "";
    for (uint32_t i = 0; i < call->arguments.count; i++) {
        const char *code = write_number(w, call->arguments.items[i]);
        values = arena_format(w->arena, "%s%s%s", values, i == 0 ? "" : ", ", code);
    }
    write_line(w, "%sfn_%s(%s);", target, writer_name(w, call->symbol), values);
    if (!body_may_exit(w->scenario, call->symbol))
        return;
    write_open(w, "if (me->is_leaving) {");
    write_return(w, "0");
    write_close(w, "");
}

/* ----------------------------------------------------------- assignments */

static void write_assignment(Writer *w, const Stmt *s)
{
    const Expr *target = s->target;
    bool is_variable = target->symbol->kind == SYMBOL_VARIABLE, is_call = s->expr->kind == EXPR_CALL;
    bool reads_later = expression_has_steps(s->expr) || is_call || s->is_compound;
    const char *to = reads_later && target->index != NULL ? write_stable_place(w, target) : write_place(w, target);
    const char *old = to;
    if (s->is_compound && is_variable) {
        old = writer_new_name(w, "read");
        write_step(w, "const int64_t %s = %s;", old, to);
    } else if (s->is_compound && (expression_changes_locals(s->expr) || is_call)) {
        old = writer_new_name(w, "value");
        write_line(w, "const int64_t %s = %s;", old, to);
    }
    const char *value;
    if (is_call) {
        value = writer_new_name(w, "result");
        write_call(w, s->expr, arena_format(w->arena, "const int64_t %s = ", value));
    } else if (!is_variable && !s->is_compound && s->expr->kind == EXPR_NAME && s->expr->symbol->kind == SYMBOL_VARIABLE) {
        const char *from = write_place(w, s->expr); /* the most common of all: one read into a local */
        write_step(w, "%s = %s;", to, from);
        return;
    } else {
        value = write_number(w, s->expr);
    }
    if (s->is_compound) {
        static const char *const forms[] = {
            [BINARY_BIT_OR] = "%s | %s",           [BINARY_BIT_XOR] = "%s ^ %s",          [BINARY_BIT_AND] = "%s & %s",
            [BINARY_SHIFT_LEFT] = "shift_left(%s, %s)", [BINARY_SHIFT_RIGHT] = "shift_right(%s, %s)", [BINARY_ADD] = "add(%s, %s)",
            [BINARY_SUBTRACT] = "subtract(%s, %s)", [BINARY_MULTIPLY] = "multiply(%s, %s)", [BINARY_DIVIDE] = "divide(%s, %s)",
            [BINARY_REMAINDER] = "remainder_of(%s, %s)"};
        if (s->assign < BINARY_SHIFT_LEFT && strchr(value, ' ') != NULL)
            value = arena_format(w->arena, "(%s)", value);
        const char *form = forms[s->assign], *mark = form;
        const char *parts[2] = {old, value};
        const char *sum = "";
        for (int p = 0; *mark != '\0'; mark++) { /* the form is no literal */
            if (*mark == '%') {
                sum = arena_format(w->arena, "%s%s", sum, parts[p++]);
                mark++;
            } else {
                sum = arena_format(w->arena, "%s%c", sum, *mark);
            }
        }
        value = sum;
    }
    if (is_variable)
        write_step(w, "%s = %s;", to, value);
    else
        write_line(w, "%s = %s;", to, value);
}

static bool reads_symbol(const Stmt *s, const Expr *expr, const void *context)
{
    if (s != NULL)
        return s->kind == STMT_ASSIGN && s->is_compound && s->target->symbol == context;
    return expr->kind == EXPR_NAME && expr->symbol == context;
}

static bool is_pinned(const Symbol *symbol)
{
    return symbol->owner != NULL && symbol->owner->kind == SYMBOL_THREAD && symbol->is_outermost;
}

/* Compilers warn of locals that are never read. */
static void write_use(Writer *w, const Symbol *symbol)
{
    if (!walk_any(w->body->body, reads_symbol, symbol))
        write_line(w, "(void)%s;", writer_name(w, symbol));
}

static void write_local(Writer *w, const Stmt *s)
{
    const Symbol *symbol = s->symbol;
    bool is_kept = is_pinned(symbol) && writer_is_member(w, symbol);
    const char *value = "0", *call = NULL;
    if (s->expr != NULL && s->expr->kind == EXPR_CALL) {
        value = writer_new_name(w, "result");
        call = value;
        write_call(w, s->expr, arena_format(w->arena, "const int64_t %s = ", value));
    }
    bool is_read = s->expr != NULL && s->expr->kind == EXPR_NAME && s->expr->symbol->kind == SYMBOL_VARIABLE;
    if (is_read)
        value = write_place(w, s->expr);
    else if (s->expr != NULL && call == NULL)
        value = write_number(w, s->expr);
    if (!symbol->is_array) {
        writer_declare(w, symbol);
        const char *type = is_kept ? "" : "int64_t ";
        const char *name = is_kept ? arena_format(w->arena, "%s[me->number]", writer_name(w, symbol)) : writer_name(w, symbol);
        if (is_read)
            write_step(w, "%s%s = %s;", type, name, value);
        else
            write_line(w, "%s%s = %s;", type, name, value);
        if (!is_kept)
            write_use(w, symbol);
        return;
    }
    const char **values = ARENA_ARRAY(w->arena, const char *, s->values.count + 1);
    for (uint32_t i = 0; i < s->values.count; i++) {
        values[i] = write_number(w, s->values.items[i]);
        if (s->values.items[i]->kind != EXPR_INTEGER) {
            const char *name = writer_new_name(w, "value");
            write_line(w, "const int64_t %s = %s;", name, values[i]);
            values[i] = name;
        }
    }
    writer_declare(w, symbol);
    const char *name = is_kept ? arena_format(w->arena, "%s[me->number]", writer_name(w, symbol)) : writer_name(w, symbol);
    if (!is_kept)
        write_line(w, "int64_t %s[%u] = {0};", name, symbol->length);
    bool is_zero = s->values.count == 0 || (!s->has_braces && s->values.items[0]->kind == EXPR_INTEGER && s->values.items[0]->value == 0);
    if (is_kept || !is_zero) {
        const char *at = writer_new_name(w, "i");
        if (!s->has_braces) {
            write_line(w, "for (int64_t %s = 0; %s < %u; %s++)", at, at, symbol->length, at);
            write_line(w, "    %s[%s] = %s;", name, at, s->values.count == 0 ? "0" : values[0]);
        } else {
            for (uint32_t i = 0; i < s->values.count && i < symbol->length; i++)
                write_line(w, "%s[%u] = %s;", name, i, values[i]);
            for (uint32_t i = s->values.count; is_kept && i < symbol->length; i++)
                write_line(w, "%s[%u] = 0;", name, i);
        }
    }
    if (!is_kept)
        write_use(w, symbol);
}

/* -------------------------------------------------------------- control */

static void write_block(Writer *w, const Stmt *block)
{
    uint32_t scope = w->named.count;
    for (uint32_t i = 0; i < block->statements.count; i++)
        write_statement(w, block->statements.items[i]);
    w->named.count = scope;
}

static void write_if(Writer *w, const Stmt *s)
{
    const char *condition = write_condition(w, s->expr);
    write_open(w, "if (%s) {", condition);
    write_statement(w, s->body);
    const Stmt *otherwise = s->otherwise;
    if (otherwise != NULL) {
        w->indent--;
        if (otherwise->kind == STMT_IF && !expression_has_steps(otherwise->expr)) {
            write_note(w, &otherwise->span);
            const char *next = write_condition(w, otherwise->expr);
            const Stmt *chain = otherwise;
            write_open(w, "} else if (%s) {", next);
            write_statement(w, chain->body);
            if (chain->otherwise != NULL) {
                w->indent--;
                write_open(w, "} else {");
                write_statement(w, chain->otherwise);
            }
        } else {
            write_open(w, "} else {");
            write_statement(w, otherwise);
        }
    }
    write_close(w, "");
}

static void write_loop_body(Writer *w, const Stmt *body)
{
    uint32_t outer = w->loop_cleanups;
    w->loop_cleanups = w->cleanups.count;
    write_statement(w, body);
    w->loop_cleanups = outer;
}

static void write_while(Writer *w, const Stmt *s)
{
    if (!expression_has_steps(s->expr)) {
        const char *condition = write_condition(w, s->expr);
        write_open(w, "while (%s) {", condition);
    } else {
        write_open(w, "for (;;) {");
        const char *condition = write_condition(w, s->expr);
        write_line(w, "if (!(%s))", condition);
        w->indent++;
        write_line(w, "break;");
        w->indent--;
    }
    write_loop_body(w, s->body);
    write_close(w, "");
}

static bool assigns_symbol(const Stmt *s, const Expr *expr, const void *context)
{
    if (s == NULL) {
        const Operation *operation = expr->operation;
        for (uint32_t i = 0; operation != NULL && i < operation->targets.count; i++)
            if (operation->targets.items[i]->symbol == context)
                return true;
        return false;
    }
    if (s->target != NULL && s->target->symbol == context)
        return true;
    for (uint32_t i = 0; s->operation != NULL && i < s->operation->targets.count; i++)
        if (s->operation->targets.items[i]->symbol == context)
            return true;
    for (uint32_t a = 0; a < s->arms.count; a++)
        for (uint32_t i = 0; i < s->arms.items[a].operation->targets.count; i++)
            if (s->arms.items[a].operation->targets.items[i]->symbol == context)
                return true;
    return false;
}

static bool is_number(const char *code)
{
    return (code[0] >= '0' && code[0] <= '9') || code[0] == '-';
}

static const char *bound(Writer *w, const Expr *expr)
{
    const char *code = write_number(w, expr);
    if (is_number(code))
        return code;
    const char *name = writer_new_name(w, "bound");
    write_line(w, "const int64_t %s = %s;", name, code);
    return name;
}

static void write_for(Writer *w, const Stmt *s)
{
    const char *low = bound(w, s->low), *high = bound(w, s->high);
    uint32_t scope = w->named.count;
    writer_declare(w, s->symbol);
    const char *name = writer_name(w, s->symbol);
    bool is_copied = walk_any(s->body, assigns_symbol, s->symbol);
    const char *counter = is_copied ? writer_new_name(w, "count") : name;
    if (!s->is_closed) {
        write_open(w, "for (int64_t %s = %s; %s < %s; %s++) {", counter, low, counter, high, counter);
    } else if (is_number(high)) {
        write_open(w, "for (int64_t %s = %s; %s <= %s; %s++) {", counter, low, counter, high, counter);
    } else { /* the last value may be the greatest integer */
        const char *more = writer_new_name(w, "more");
        write_open(w, "for (int64_t %s = %s, %s = %s <= %s; %s; %s = %s < %s, %s += %s) {", counter, low, more, counter, high, more, more,
                   counter, high, counter, more);
    }
    if (is_copied) {
        write_line(w, "int64_t %s = %s;", name, counter);
        write_use(w, s->symbol);
    }
    write_loop_body(w, s->body);
    write_close(w, "");
    w->named.count = scope;
}

static void write_repeat(Writer *w, const Stmt *s)
{
    const char *count = bound(w, s->expr), *round = writer_new_name(w, "round");
    write_open(w, "for (int64_t %s = 0; %s < %s; %s++) {", round, round, count, round);
    write_loop_body(w, s->body);
    write_close(w, "");
}

static void write_with(Writer *w, const Stmt *s)
{
    const Expr *object = s->operation->object;
    const char *address = object->index == NULL ? write_object(w, object) : arena_format(w->arena, "&%s", write_stable_place(w, object));
    bool is_mutex = s->operation->kind == OPERATION_LOCK;
    write_step(w, "%s(%s);", is_mutex ? "lock" : "acquire", address);
    write_open(w, "{");
    push_cleanup(w, is_mutex ? arena_format(w->arena, "unlock(%s)", address) : arena_format(w->arena, "release(%s, 1)", address), s->span.line);
    write_body_and_leave(w, s->body);
    write_close(w, "");
}

static void write_once(Writer *w, const Stmt *s)
{
    const char *address = s->expr->index == NULL ? write_object(w, s->expr) : arena_format(w->arena, "&%s", write_stable_place(w, s->expr));
    const char *first = writer_new_name(w, "is_first");
    write_step(w, "const bool %s = once_enter(%s);", first, address);
    write_open(w, "if (%s) {", first);
    push_cleanup(w, arena_format(w->arena, "once_leave(%s)", address), s->span.line);
    write_body_and_leave(w, s->body);
    write_close(w, "");
}

/* Being blocked disables the step in the first statement (of a compound one: at its first access); behind that it is an error. */
static void write_atomic(Writer *w, const Stmt *s)
{
    if (w->is_inside) { /* part of the outer block */
        if (s->expr != NULL)
            write_await(w, s->expr);
        write_statement(w, s->body);
        return;
    }
    write_step(w, "%s", "");
    write_open(w, "{");
    write_line(w, "atomic_begin();");
    push_cleanup(w, NULL, s->span.line);
    w->is_inside = true;
    if (s->expr != NULL) {
        write_await(w, s->expr);
        write_line(w, "inside(%u);", s->span.line);
    }
    uint32_t scope = w->named.count, depth = w->cleanups.count - 1;
    const StmtList *list = &s->body->statements;
    for (uint32_t i = 0; i < list->count; i++) {
        const Stmt *each = list->items[i];
        bool is_compound = each->kind == STMT_BLOCK || each->body != NULL || each->kind == STMT_SELECT || (each->expr != NULL && each->expr->kind == EXPR_CALL);
        if (i > 0 && s->expr == NULL)
            write_line(w, "inside(%u);", each->span.line);
        w->counts_accesses = i == 0 && is_compound;
        write_statement(w, each);
    }
    w->named.count = scope;
    w->counts_accesses = false;
    write_leaving(w, depth);
    w->cleanups.count = depth;
    w->is_inside = false;
    write_close(w, "");
}

static void write_print(Writer *w, const Stmt *s)
{
    const char *format = "", *values = "";
    for (uint32_t i = 0; i < s->items.count; i++) {
        const PrintItem *item = &s->items.items[i];
        if (item->text != NULL) {
            const char *string = write_string(w->arena, item->text, true);
            format = arena_format(w->arena, "%s%s ", format, string);
            continue;
        }
        const char *code = write_number(w, item->expr), *name = writer_new_name(w, "printed");
        write_line(w, "const int64_t %s = %s;", name, code);
        format = arena_format(w->arena, "%s\"%%\" PRId64 ", format);
        values = arena_format(w->arena, "%s, %s", values, name);
    }
    write_step(w, "printf(%s\"\\n\"%s);", format, values);
}

static void write_assert(Writer *w, const Stmt *s)
{
    const char *condition = write_condition(w, s->expr);
    if (s->kind == STMT_ASSUME) {
        write_line(w, "assume(%s, %u);", condition, s->span.line);
        return;
    }
    const char *source = w->scenario->source->text + s->expr->span.offset;
    const char *text = s->text != NULL ? s->text : write_comment(w->arena, source, s->expr->span.length, 200);
    write_line(w, "check(%s, %u, %s);", condition, s->span.line, write_string(w->arena, text, false));
}

static void write_effect(Writer *w, const Expr *expr)
{
    if (expr->kind == EXPR_CALL) {
        write_call(w, expr, "");
        return;
    }
    const char *value = write_expression(w, expr);
    if (value[0] != '\0')
        write_line(w, "(void)(%s);", value);
}

void write_statement(Writer *w, const Stmt *s)
{
    if (s->kind != STMT_BLOCK) {
        w->line = s->span.line;
        write_note(w, &s->span);
    }
    switch (s->kind) {
    case STMT_BLOCK: write_block(w, s); break;
    case STMT_LOCAL: write_local(w, s); break;
    case STMT_ASSIGN: write_assignment(w, s); break;
    case STMT_EXPR: write_effect(w, s->expr); break;
    case STMT_IF: write_if(w, s); break;
    case STMT_WHILE: write_while(w, s); break;
    case STMT_FOR: write_for(w, s); break;
    case STMT_REPEAT: write_repeat(w, s); break;
    case STMT_LOOP:
        write_open(w, "for (;;) {");
        write_loop_body(w, s->body);
        write_close(w, "");
        break;
    case STMT_BREAK:
    case STMT_CONTINUE:
        write_leaving(w, w->loop_cleanups);
        write_line(w, s->kind == STMT_BREAK ? "break;" : "continue;");
        break;
    case STMT_RETURN: {
        const char *value = "0";
        if (s->expr != NULL) {
            value = write_number(w, s->expr);
            if (w->cleanups.count > 0 && w->body->kind == SYMBOL_FUNCTION) {
                const char *name = writer_new_name(w, "result");
                write_line(w, "const int64_t %s = %s;", name, value);
                value = name;
            }
        }
        write_return(w, value);
        break;
    }
    case STMT_EXIT: write_exit(w); break;
    case STMT_ASSERT:
    case STMT_ASSUME: write_assert(w, s); break;
    case STMT_PRINT: write_print(w, s); break;
    case STMT_SKIP: write_step(w, "%s", ""); break;
    case STMT_YIELD: write_step(w, "sched_yield();"); break;
    case STMT_FENCE: write_step(w, "hardware_fence();"); break;
    case STMT_PROGRESS: write_line(w, ";"); break;
    case STMT_ATOMIC: write_atomic(w, s); break;
    case STMT_AWAIT: write_await(w, s->expr); break;
    case STMT_OPERATION:
        for (uint32_t i = 0; i < s->declares.count; i++) {
            writer_declare(w, s->declares.items[i]);
            bool is_kept = is_pinned(s->declares.items[i]) && writer_is_member(w, s->declares.items[i]);
            if (!is_kept)
                write_line(w, "int64_t %s = 0;", writer_name(w, s->declares.items[i]));
        }
        write_operation(w, s->operation);
        break;
    case STMT_WITH: write_with(w, s); break;
    case STMT_DO_ONCE: write_once(w, s); break;
    case STMT_SELECT: write_select(w, s); break;
    case STMT_AS_COMPLETED: write_refusal(w, s->span, "`as_completed`"); break;
    case STMT_SERIAL:
        write_open(w, "{");
        write_statement(w, s->body);
        write_close(w, "");
        break;
    }
    w->note = NULL;
}

/* NOLINTEND(clang-analyzer-core.NullDereference) */
