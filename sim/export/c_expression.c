/* c_expression.c: expressions. What is a step of its own becomes a statement ahead of the expression. */
#include <inttypes.h>
#include <string.h>

#include "export/writer.h"

/* ------------------------------------------------------------- questions */

/* Any expression below, the place of a cas and the operands of an operation included, that `is` says yes to. */
static bool any_below(const Expr *expr, bool (*is)(const Expr *))
{
    if (expr == NULL)
        return false;
    if (is(expr) || any_below(expr->index, is) || any_below(expr->a, is) || any_below(expr->b, is) || any_below(expr->c, is) ||
        any_below(expr->place, is) || any_below(expr->object, is))
        return true;
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        if (any_below(expr->arguments.items[i], is))
            return true;
    const Operation *operation = expr->operation;
    return operation != NULL &&
           (any_below(operation->object, is) || any_below(operation->with_object, is) || any_below(operation->a, is));
}

static bool is_effect(const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_CHOOSE:
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE:
    case EXPR_TRY:
    case EXPR_SPAWN:
    case EXPR_CALL:
    case EXPR_GET: return true;
    default: return false;
    }
}

static bool is_step(const Expr *expr)
{
    return is_effect(expr) || expr->kind == EXPR_LENGTH || expr->kind == EXPR_CLOSED ||
           (expr->kind == EXPR_NAME && expr->symbol->kind == SYMBOL_VARIABLE);
}

static bool is_try(const Expr *expr)
{
    return expr->kind == EXPR_TRY;
}

bool expression_has_steps(const Expr *expr)
{
    return any_below(expr, is_step);
}

bool expression_changes_locals(const Expr *expr)
{
    return any_below(expr, is_try);
}

/* ---------------------------------------------------------------- pieces */

static const char *format_integer(Arena *arena, int64_t value)
{
    if (value == INT64_MIN)
        return "INT64_MIN";
    if (value > INT32_MAX || value < -INT32_MAX)
        return arena_format(arena, "INT64_C(%" PRId64 ")", value);
    return arena_format(arena, "%" PRId64, value);
}

/* A name, a number or a call: nothing binds into it. */
static bool is_primary(const char *code)
{
    if (strchr(code, ' ') == NULL)
        return code[0] != '-' && code[0] != '~' && code[0] != '!';
    if (strcspn(code, "(") > strcspn(code, " "))
        return false;
    int depth = 0; /* one pair of parentheses that ends where the text ends */
    for (const char *at = code; *at != '\0'; at++) {
        if (*at == '(' || *at == '[')
            depth++;
        if ((*at == ')' || *at == ']') && --depth == 0)
            return at[1] == '\0';
        if (depth == 0 && *at == ' ')
            return false;
    }
    return false;
}

static const char *in_parentheses(Writer *w, const char *code)
{
    return is_primary(code) ? code : arena_format(w->arena, "(%s)", code);
}

static bool is_condition(const Expr *expr)
{
    if (expr->kind == EXPR_UNARY)
        return expr->unary == UNARY_NOT || (expr->unary == UNARY_PLUS && is_condition(expr->a));
    return expr->kind == EXPR_BINARY && expr->binary <= BINARY_GREATER_EQUAL && expr->binary != BINARY_BIT_OR &&
           expr->binary != BINARY_BIT_XOR && expr->binary != BINARY_BIT_AND;
}

/* The value in a constant of its own, in front of what comes next. */
static const char *fix(Writer *w, const char *code)
{
    const char *name = writer_new_name(w, "value");
    write_line(w, "const int64_t %s = %s;", name, code);
    return name;
}

/* The value of an operand that must still hold after `next` was evaluated. */
static const char *number_ahead_of(Writer *w, const Expr *expr, const Expr *next)
{
    const char *code = write_number(w, expr);
    return next != NULL && expression_changes_locals(next) && expr->kind != EXPR_INTEGER ? fix(w, code) : code;
}

/* ----------------------------------------------------------------- places */

static const char *index_code(Writer *w, const Expr *name, bool is_stable)
{
    const Expr *index = name->index;
    if (index->kind == EXPR_INTEGER && index->value >= 0 && index->value < name->symbol->length)
        return format_integer(w->arena, index->value);
    const char *code = write_number(w, index);
    code = arena_format(w->arena, "at(%s, %u)", code, name->symbol->length);
    return is_stable || expression_has_steps(index) ? fix(w, code) : code;
}

static const char *place(Writer *w, const Expr *name, bool is_stable)
{
    const char *code = writer_name(w, name->symbol);
    if (name->symbol->kind == SYMBOL_LOCAL && writer_is_member(w, name->symbol))
        code = arena_format(w->arena, "%s[me->number]", code);
    if (name->index == NULL)
        return code;
    return arena_format(w->arena, "%s[%s]", code, index_code(w, name, is_stable));
}

const char *write_place(Writer *w, const Expr *name)
{
    return place(w, name, false);
}

const char *write_stable_place(Writer *w, const Expr *name)
{
    return place(w, name, true);
}

const char *write_object(Writer *w, const Expr *name)
{
    return arena_format(w->arena, "&%s", place(w, name, false));
}

/* ------------------------------------------------------------------ steps */

/* A step that gives a value: into a constant ahead of the expression. */
static const char *step_value(Writer *w, const char *stem, const char *code)
{
    const char *name = writer_new_name(w, stem);
    write_step(w, "const int64_t %s = %s;", name, code);
    return name;
}

static const char *read_variable(Writer *w, const Expr *expr)
{
    return step_value(w, "read", write_place(w, expr));
}

static const char *update_code(Writer *w, const Expr *expr)
{
    const char *plain = expr->place->symbol->is_atomic ? "" : "_plain";
    const char *x = write_object(w, expr->place);
    if (expression_has_steps(expr->a) && expr->place->index != NULL)
        x = arena_format(w->arena, "&%s[%s]", writer_name(w, expr->place->symbol), fix(w, index_code(w, expr->place, false)));
    const char *a = number_ahead_of(w, expr->a, expr->b);
    switch (expr->kind) {
    case EXPR_CAS: return arena_format(w->arena, "cas%s(%s, %s, %s)", plain, x, a, write_number(w, expr->b));
    case EXPR_FETCH_ADD: return arena_format(w->arena, "fetch_add%s(%s, %s)", plain, x, a);
    default: return arena_format(w->arena, "exchange%s(%s, %s)", plain, x, a);
    }
}

static const char *choose(Writer *w, const Expr *expr)
{
    if (expr->is_range) {
        const char *low = number_ahead_of(w, expr->a, expr->b), *high = write_number(w, expr->b);
        if (!expr->is_closed)
            high = arena_format(w->arena, "subtract(%s, 1)", high);
        return step_value(w, "chosen", arena_format(w->arena, "choose_between(%s, %s)", low, high));
    }
    const char *values = "";
    for (uint32_t i = 0; i < expr->arguments.count; i++) {
        const Expr *next = i + 1 < expr->arguments.count ? expr->arguments.items[i + 1] : NULL;
        values = arena_format(w->arena, "%s%s%s", values, i == 0 ? "" : ", ", number_ahead_of(w, expr->arguments.items[i], next));
    }
    const char *name = writer_new_name(w, "values");
    write_line(w, "const int64_t %s[] = {%s};", name, values);
    return step_value(w, "chosen", arena_format(w->arena, "%s[choice(%u)]", name, expr->arguments.count));
}

static const char *spawned(Writer *w, const Expr *expr)
{
    const char *values = "";
    uint32_t n = expr->arguments.count;
    for (uint32_t i = 0; i < n; i++) {
        const Expr *next = i + 1 < n ? expr->arguments.items[i + 1] : NULL;
        values = arena_format(w->arena, "%s%s%s", values, i == 0 ? "" : ", ", number_ahead_of(w, expr->arguments.items[i], next));
    }
    const char *arguments = n == 0 ? "NULL" : arena_format(w->arena, "(const int64_t[]){%s}", values);
    return step_value(w, "handle", arena_format(w->arena, "spawn(&spawned_%s, %u, %s)", writer_name(w, expr->symbol), n, arguments));
}

/* ------------------------------------------------------------- operators */

/* The right side of && and || only where the left one does not decide, as a statement when it makes steps. */
static const char *truth_with_steps(Writer *w, const Expr *expr)
{
    const char *name = writer_new_name(w, "holds"), *left = write_condition(w, expr->a);
    write_line(w, "bool %s = %s;", name, left);
    write_open(w, "if (%s%s) {", expr->binary == BINARY_AND ? "" : "!", name);
    const char *right = write_condition(w, expr->b);
    write_line(w, "%s = %s;", name, right);
    write_close(w, "");
    return name;
}

static const char *binary(Writer *w, const Expr *expr)
{
    static const char *const calls[] = {
        [BINARY_SHIFT_LEFT] = "shift_left", [BINARY_SHIFT_RIGHT] = "shift_right", [BINARY_ADD] = "add",
        [BINARY_SUBTRACT] = "subtract",     [BINARY_MULTIPLY] = "multiply",       [BINARY_DIVIDE] = "divide",
        [BINARY_REMAINDER] = "remainder_of"};
    static const char *const spellings[] = {
#define X(name, spelling, precedence) [name] = spelling,
        BINARY_OPS(X)
#undef X
    };
    if (expr->binary == BINARY_AND || expr->binary == BINARY_OR) {
        if (expression_has_steps(expr->b))
            return truth_with_steps(w, expr);
        const char *a = write_condition(w, expr->a), *b = write_condition(w, expr->b);
        return arena_format(w->arena, "%s %s %s", in_parentheses(w, a), spellings[expr->binary], in_parentheses(w, b));
    }
    const char *a = number_ahead_of(w, expr->a, expr->b), *b = write_number(w, expr->b);
    if (expr->binary >= BINARY_SHIFT_LEFT)
        return arena_format(w->arena, "%s(%s, %s)", calls[expr->binary], a, b);
    if (strcmp(a, b) == 0) /* compilers warn of comparisons with oneself */
        a = arena_format(w->arena, "same_value(%s)", a);
    return arena_format(w->arena, "%s %s %s", in_parentheses(w, a), spellings[expr->binary], in_parentheses(w, b));
}

static const char *conditional(Writer *w, const Expr *expr)
{
    const char *condition = write_condition(w, expr->a);
    if (!expression_has_steps(expr->b) && !expression_has_steps(expr->c)) {
        const char *b = write_number(w, expr->b), *c = write_number(w, expr->c);
        return arena_format(w->arena, "%s ? %s : %s", in_parentheses(w, condition), in_parentheses(w, b), in_parentheses(w, c));
    }
    const char *name = writer_new_name(w, "value");
    write_line(w, "int64_t %s;", name);
    write_open(w, "if (%s) {", condition);
    const char *b = write_number(w, expr->b);
    write_line(w, "%s = %s;", name, b);
    w->indent--;
    write_open(w, "} else {");
    const char *c = write_number(w, expr->c);
    write_line(w, "%s = %s;", name, c);
    write_close(w, "");
    return name;
}

static const char *unary(Writer *w, const Expr *expr)
{
    switch (expr->unary) {
    case UNARY_NOT: return arena_format(w->arena, "!%s", in_parentheses(w, write_condition(w, expr->a)));
    case UNARY_NEGATE: return arena_format(w->arena, "negate(%s)", write_number(w, expr->a));
    case UNARY_COMPLEMENT: return arena_format(w->arena, "~%s", in_parentheses(w, write_number(w, expr->a)));
    case UNARY_PLUS: break;
    }
    return write_expression(w, expr->a);
}

static const char *min_max(Writer *w, const Expr *expr)
{
    const char *call = expr->kind == EXPR_MIN ? "least" : "greatest", *best = NULL;
    for (uint32_t i = 0; i < expr->arguments.count; i++) {
        const Expr *next = i + 1 < expr->arguments.count ? expr->arguments.items[i + 1] : NULL;
        const char *code = number_ahead_of(w, expr->arguments.items[i], next);
        best = best == NULL ? code : arena_format(w->arena, "%s(%s, %s)", call, best, code);
        if (next != NULL && expression_changes_locals(next) && i > 0)
            best = fix(w, best);
    }
    return best;
}

const char *write_expression(Writer *w, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_INTEGER: return format_integer(w->arena, expr->value);
    case EXPR_NAME:
        if (expr->symbol->kind == SYMBOL_CONST)
            return format_integer(w->arena, expr->symbol->value);
        return expr->symbol->kind == SYMBOL_VARIABLE ? read_variable(w, expr) : write_place(w, expr);
    case EXPR_SELF: return "me->number";
    case EXPR_UNARY: return unary(w, expr);
    case EXPR_BINARY: return binary(w, expr);
    case EXPR_CONDITIONAL: return conditional(w, expr);
    case EXPR_MIN:
    case EXPR_MAX: return min_max(w, expr);
    case EXPR_ABS: return arena_format(w->arena, "absolute(%s)", write_number(w, expr->arguments.items[0]));
    case EXPR_CHOOSE: return choose(w, expr);
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE: return step_value(w, expr->kind == EXPR_CAS ? "done" : "old", update_code(w, expr));
    case EXPR_LENGTH: return step_value(w, "length", arena_format(w->arena, "length_of(%s)", write_object(w, expr->object)));
    case EXPR_CLOSED: return step_value(w, "closed", arena_format(w->arena, "is_closed_now(%s)", write_object(w, expr->object)));
    case EXPR_TRY: return write_try(w, expr->operation);
    case EXPR_SPAWN: return spawned(w, expr);
    case EXPR_CALL:
    case EXPR_GET: /* whole right sides: statements write them */
    case EXPR_DURATION:
    case EXPR_MEMBER: break; /* in properties only */
    }
    write_refusal(w, expr->span, "this expression");
    return "0";
}

const char *write_number(Writer *w, const Expr *expr)
{
    const char *code = write_expression(w, expr);
    return is_condition(expr) ? arena_format(w->arena, "truth(%s)", code) : code;
}

const char *write_condition(Writer *w, const Expr *expr)
{
    if (expr->kind == EXPR_INTEGER)
        return expr->value != 0 ? "true" : "false";
    const char *code = write_expression(w, expr);
    return is_condition(expr) ? code : arena_format(w->arena, "%s != 0", in_parentheses(w, code));
}

/* ------------------------------------------------------------- properties */

static const char *property(Writer *w, const Expr *expr);

static const char *property_list(Writer *w, const char *call, const ExprList *list)
{
    const char *best = NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        const char *code = property(w, list->items[i]);
        best = best == NULL ? code : arena_format(w->arena, "%s(%s, %s)", call, best, code);
    }
    return best;
}

static const char *property_truth(Writer *w, const Expr *expr)
{
    const char *code = property(w, expr);
    return is_condition(expr) ? arena_format(w->arena, "(%s)", code) : arena_format(w->arena, "(%s != 0)", code);
}

static const char *property_value(Writer *w, const Expr *expr)
{
    const char *code = property(w, expr);
    return is_condition(expr) ? arena_format(w->arena, "truth(%s)", code) : in_parentheses(w, code);
}

static const char *property_index(Writer *w, const Expr *expr)
{
    if (expr->index == NULL)
        return "";
    if (expr->index->kind == EXPR_INTEGER && expr->index->value >= 0 && expr->index->value < expr->symbol->length)
        return arena_format(w->arena, "[%" PRId64 "]", expr->index->value);
    return arena_format(w->arena, "[at(%s, %u)]", property_value(w, expr->index), expr->symbol->length);
}

static const char *property_binary(Writer *w, const Expr *expr)
{
    static const char *const spellings[] = {
#define X(name, spelling, precedence) [name] = spelling,
        BINARY_OPS(X)
#undef X
    };
    static const char *const calls[] = {
        [BINARY_SHIFT_LEFT] = "shift_left", [BINARY_SHIFT_RIGHT] = "shift_right", [BINARY_ADD] = "add",
        [BINARY_SUBTRACT] = "subtract",     [BINARY_MULTIPLY] = "multiply",       [BINARY_DIVIDE] = "divide",
        [BINARY_REMAINDER] = "remainder_of"};
    if (expr->binary == BINARY_AND || expr->binary == BINARY_OR)
        return arena_format(w->arena, "%s %s %s", property_truth(w, expr->a), spellings[expr->binary], property_truth(w, expr->b));
    const char *a = property_value(w, expr->a), *b = property_value(w, expr->b);
    if (expr->binary >= BINARY_SHIFT_LEFT)
        return arena_format(w->arena, "%s(%s, %s)", calls[expr->binary], a, b);
    if (strcmp(a, b) == 0)
        a = arena_format(w->arena, "same_value(%s)", a);
    return arena_format(w->arena, "%s %s %s", a, spellings[expr->binary], b);
}

static const char *property(Writer *w, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_INTEGER: return format_integer(w->arena, expr->value);
    case EXPR_NAME:
        if (expr->symbol->kind == SYMBOL_CONST)
            return format_integer(w->arena, expr->symbol->value);
        return arena_format(w->arena, "%s%s", writer_name(w, expr->symbol), property_index(w, expr));
    case EXPR_MEMBER: /* the local of a thread lives in an array by instance */
        return arena_format(w->arena, "%s[%u]%s", writer_name(w, expr->symbol), expr->instance_value, property_index(w, expr));
    case EXPR_SELF: return "0";
    case EXPR_UNARY:
        if (expr->unary == UNARY_NOT)
            return arena_format(w->arena, "!%s", property_truth(w, expr->a));
        if (expr->unary == UNARY_NEGATE)
            return arena_format(w->arena, "negate(%s)", property_value(w, expr->a));
        return expr->unary == UNARY_PLUS ? property(w, expr->a) : arena_format(w->arena, "~%s", property_value(w, expr->a));
    case EXPR_BINARY: return property_binary(w, expr);
    case EXPR_CONDITIONAL:
        return arena_format(w->arena, "%s ? %s : %s", property_truth(w, expr->a), property_value(w, expr->b), property_value(w, expr->c));
    case EXPR_MIN: return property_list(w, "least", &expr->arguments);
    case EXPR_MAX: return property_list(w, "greatest", &expr->arguments);
    case EXPR_ABS: return arena_format(w->arena, "absolute(%s)", property_value(w, expr->arguments.items[0]));
    case EXPR_LENGTH: return arena_format(w->arena, "%s%s.count", writer_name(w, expr->object->symbol), property_index(w, expr->object));
    case EXPR_CLOSED: return arena_format(w->arena, "%s%s.is_closed", writer_name(w, expr->object->symbol), property_index(w, expr->object));
    default: break; /* resolve keeps it out of properties */
    }
    write_refusal(w, expr->span, "this expression");
    return "0";
}

const char *write_property(Writer *w, const Expr *expr)
{
    return property_truth(w, expr);
}

const char *write_property_value(Writer *w, const Expr *expr)
{
    return property_value(w, expr);
}
