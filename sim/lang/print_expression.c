/* print_expression.c: expressions and operations, with the parentheses that were written or are needed. */
#include <inttypes.h>

#include "lang/print.h"

static const struct {
    const char *spelling;
    int precedence;
} binary_ops[] = {
#define X(name, spelling, precedence) [name] = {spelling, precedence},
    BINARY_OPS(X)
#undef X
};

enum { PRECEDENCE_CONDITIONAL = 0, PRECEDENCE_UNARY = 11, PRECEDENCE_PRIMARY = 12 };

static void print_at(Text *out, const Expr *expr, int least);

/* ------------------------------------------------------------- expressions */

void print_list(Text *out, const ExprList *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            text_add(out, ", ");
        print_expression(out, list->items[i]);
    }
}

void print_index(Text *out, const Expr *index)
{
    if (index == NULL)
        return;
    text_add_char(out, '[');
    print_expression(out, index);
    text_add_char(out, ']');
}

void print_name(Text *out, const Expr *expr)
{
    text_add(out, expr->name == NULL ? "?" : expr->name);
    print_index(out, expr->index);
}

static void print_call(Text *out, const char *word, const ExprList *arguments)
{
    text_format(out, "%s(", word);
    print_list(out, arguments);
    text_add_char(out, ')');
}

static void print_targets(Text *out, const ExprList *targets)
{
    if (targets->count == 0)
        return;
    print_list(out, targets);
    text_add(out, " = ");
}

void print_awaitables(Text *out, const ExprList *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const Expr *expr = list->items[i];
        text_add(out, i == 0 ? "" : ", ");
        if (expr->kind == EXPR_SPAWN)
            print_call(out, expr->name, &expr->arguments);
        else
            print_expression(out, expr);
    }
}

void print_operation(Text *out, const Operation *operation)
{
    print_targets(out, &operation->targets);
    text_add(out, operation->is_awaited ? "await " : "");
    text_add(out, operation_word(operation->kind));
    if (operation->kind == OPERATION_GATHER) {
        text_add_char(out, ' ');
        print_awaitables(out, &operation->arguments);
        return;
    }
    if (operation->kind == OPERATION_MAP) {
        text_add_char(out, ' ');
        print_name(out, operation->object);
        text_format(out, ", %s, ", operation->a->name);
        print_name(out, operation->arguments.items[0]);
        return;
    }
    if (operation->kind == OPERATION_AWAIT) {
        text_add(out, " (");
        print_expression(out, operation->a);
        text_add_char(out, ')');
        return;
    }
    if (operation->kind == OPERATION_RECEIVE)
        return;
    text_add_char(out, ' ');
    if (operation->object != NULL)
        print_name(out, operation->object);
    if (operation->a != NULL) {
        if (operation->object != NULL)
            text_add(out, ", ");
        print_expression(out, operation->a);
    }
    if (operation->with_object != NULL) {
        text_add(out, " with ");
        print_name(out, operation->with_object);
    }
}

static int precedence_of(const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONDITIONAL: return PRECEDENCE_CONDITIONAL;
    case EXPR_BINARY: return binary_ops[expr->binary].precedence;
    case EXPR_UNARY: return PRECEDENCE_UNARY;
    case EXPR_INTEGER: return expr->value < 0 && expr->name == NULL ? PRECEDENCE_UNARY : PRECEDENCE_PRIMARY;
    default: return PRECEDENCE_PRIMARY;
    }
}

/* `- -x`: two signs must not become one `--`. */
static bool begins_with_sign(const Expr *expr, char sign)
{
    if (expr->is_parenthesised)
        return false;
    if (expr->kind == EXPR_INTEGER)
        return sign == '-' && expr->value < 0 && expr->name == NULL;
    return expr->kind == EXPR_UNARY &&
           ((sign == '-' && expr->unary == UNARY_NEGATE) || (sign == '+' && expr->unary == UNARY_PLUS));
}

static void print_unary(Text *out, const Expr *expr)
{
    char sign = "-!~+"[expr->unary];
    text_add_char(out, sign);
    if (begins_with_sign(expr->a, sign))
        text_add_char(out, ' ');
    print_at(out, expr->a, PRECEDENCE_UNARY);
}

/* The value of `put q, e` and the like reaches as far right as it can. */
static bool is_open_to_the_right(const Expr *expr)
{
    return expr->kind == EXPR_TRY && expr->operation->a != NULL && !expr->is_parenthesised;
}

static void print_left(Text *out, const Expr *expr, int least)
{
    if (!is_open_to_the_right(expr)) {
        print_at(out, expr, least);
        return;
    }
    text_add_char(out, '(');
    print_at(out, expr, 0);
    text_add_char(out, ')');
}

static void print_bare(Text *out, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_INTEGER:
        if (expr->name != NULL)
            text_add(out, expr->name);
        else
            text_format(out, "%" PRId64, expr->value);
        break;
    case EXPR_NAME: print_name(out, expr); break;
    case EXPR_SELF: text_add(out, "self"); break;
    case EXPR_UNARY: print_unary(out, expr); break;
    case EXPR_BINARY: {
        int precedence = binary_ops[expr->binary].precedence;
        print_left(out, expr->a, precedence);
        text_format(out, " %s ", binary_ops[expr->binary].spelling);
        print_at(out, expr->b, precedence + 1);
        break;
    }
    case EXPR_CONDITIONAL:
        print_left(out, expr->a, 1);
        text_add(out, " ? ");
        print_at(out, expr->b, 0);
        text_add(out, " : ");
        print_at(out, expr->c, 0);
        break;
    case EXPR_MIN: print_call(out, "min", &expr->arguments); break;
    case EXPR_MAX: print_call(out, "max", &expr->arguments); break;
    case EXPR_ABS: print_call(out, "abs", &expr->arguments); break;
    case EXPR_CHOOSE:
        if (!expr->is_range) {
            print_call(out, "choose", &expr->arguments);
            break;
        }
        text_add(out, "choose(");
        print_expression(out, expr->a);
        text_add(out, expr->is_closed ? "..=" : "..");
        print_expression(out, expr->b);
        text_add_char(out, ')');
        break;
    case EXPR_CAS:
    case EXPR_FETCH_ADD:
    case EXPR_EXCHANGE:
        text_add(out, expr->kind == EXPR_CAS ? "cas(" : expr->kind == EXPR_FETCH_ADD ? "fetch_add(" : "exchange(");
        print_name(out, expr->place);
        text_add(out, ", ");
        print_expression(out, expr->a);
        if (expr->b != NULL) {
            text_add(out, ", ");
            print_expression(out, expr->b);
        }
        text_add_char(out, ')');
        break;
    case EXPR_LENGTH:
    case EXPR_CLOSED:
        text_add(out, expr->kind == EXPR_LENGTH ? "len(" : "closed(");
        print_name(out, expr->object);
        text_add_char(out, ')');
        break;
    case EXPR_TRY:
        text_add(out, "try ");
        print_operation(out, expr->operation);
        break;
    case EXPR_SPAWN:
        if (expr->spawn == SPAWN_SUBMIT) {
            text_add(out, "submit ");
            print_name(out, expr->object);
            text_add(out, ", ");
        } else {
            text_add(out, expr->spawn == SPAWN_FORK      ? "fork "
                          : expr->spawn == SPAWN_PROCESS ? "spawn process "
                          : expr->spawn == SPAWN_TASK    ? "task "
                                                         : "spawn ");
        }
        print_call(out, expr->name, &expr->arguments);
        break;
    case EXPR_CALL:
        text_add(out, expr->is_awaited ? "await " : "");
        print_call(out, expr->name, &expr->arguments);
        break;
    case EXPR_GET: print_operation(out, expr->operation); break;
    case EXPR_DURATION:
        print_at(out, expr->a, 0);
        text_format(out, " %s", expr->name);
        break;
    case EXPR_MEMBER:
        text_add(out, expr->thread_name);
        print_index(out, expr->instance);
        text_add_char(out, '.');
        print_name(out, expr);
        break;
    }
}

static void print_at(Text *out, const Expr *expr, int least)
{
    bool needs_parentheses = expr->is_parenthesised || precedence_of(expr) < least;
    if (needs_parentheses)
        text_add_char(out, '(');
    print_bare(out, expr);
    if (needs_parentheses)
        text_add_char(out, ')');
}

void print_expression(Text *out, const Expr *expr)
{
    print_at(out, expr, 0);
}
