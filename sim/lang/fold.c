#include "lang/fold.h"

#include <inttypes.h>

typedef struct Folder {
    DiagList *diagnostics;
    const char *what;
} Folder;

static bool fold(Folder *folder, const Expr *expr, int64_t *value);

static bool report_overflow(Folder *folder, const Expr *expr)
{
    diag_error(folder->diagnostics, expr->span, "the value does not fit 64 bits");
    return false;
}

static bool fold_unary(Folder *folder, const Expr *expr, int64_t *value)
{
    int64_t a;
    if (!fold(folder, expr->a, &a))
        return false;
    switch (expr->unary) {
    case UNARY_NEGATE:
        if (a == INT64_MIN)
            return report_overflow(folder, expr);
        *value = -a;
        break;
    case UNARY_NOT: *value = !a; break;
    case UNARY_COMPLEMENT: *value = ~a; break;
    case UNARY_PLUS: *value = a; break;
    }
    return true;
}

static bool fold_division(Folder *folder, const Expr *expr, int64_t a, int64_t b, int64_t *value)
{
    if (b == 0) {
        diag_error(folder->diagnostics, expr->span, "division by zero");
        return false;
    }
    if (a == INT64_MIN && b == -1) {
        if (expr->binary == BINARY_DIVIDE)
            return report_overflow(folder, expr);
        *value = 0;
        return true;
    }
    *value = expr->binary == BINARY_DIVIDE ? a / b : a % b;
    return true;
}

static bool fold_shift(Folder *folder, const Expr *expr, int64_t a, int64_t b, int64_t *value)
{
    if (b < 0 || b > 63) {
        diag_error(folder->diagnostics, expr->span, "a shift by %" PRId64 " is out of range", b);
        diag_hint(folder->diagnostics, "0 to 63 are possible");
        return false;
    }
    if (expr->binary == BINARY_SHIFT_RIGHT) { /* arithmetic, written without what C leaves open */
        *value = a < 0 ? ~(~a >> b) : a >> b;
        return true;
    }
    int64_t shifted = (int64_t)((uint64_t)a << b);
    if ((shifted < 0 ? ~(~shifted >> b) : shifted >> b) != a)
        return report_overflow(folder, expr);
    *value = shifted;
    return true;
}

static bool fold_binary(Folder *folder, const Expr *expr, int64_t *value)
{
    int64_t a, b;
    if (!fold(folder, expr->a, &a))
        return false;
    if ((expr->binary == BINARY_AND && !a) || (expr->binary == BINARY_OR && a)) {
        *value = expr->binary == BINARY_OR;
        return true;
    }
    if (!fold(folder, expr->b, &b))
        return false;
    switch (expr->binary) {
    case BINARY_OR:
    case BINARY_AND: *value = b != 0; break;
    case BINARY_BIT_OR: *value = a | b; break;
    case BINARY_BIT_XOR: *value = a ^ b; break;
    case BINARY_BIT_AND: *value = a & b; break;
    case BINARY_EQUAL: *value = a == b; break;
    case BINARY_NOT_EQUAL: *value = a != b; break;
    case BINARY_LESS: *value = a < b; break;
    case BINARY_LESS_EQUAL: *value = a <= b; break;
    case BINARY_GREATER: *value = a > b; break;
    case BINARY_GREATER_EQUAL: *value = a >= b; break;
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT: return fold_shift(folder, expr, a, b, value);
    case BINARY_ADD: return !__builtin_add_overflow(a, b, value) || report_overflow(folder, expr);
    case BINARY_SUBTRACT: return !__builtin_sub_overflow(a, b, value) || report_overflow(folder, expr);
    case BINARY_MULTIPLY: return !__builtin_mul_overflow(a, b, value) || report_overflow(folder, expr);
    case BINARY_DIVIDE:
    case BINARY_REMAINDER: return fold_division(folder, expr, a, b, value);
    }
    return true;
}

static bool fold_min_max(Folder *folder, const Expr *expr, int64_t *value)
{
    bool is_good = true;
    for (uint32_t i = 0; i < expr->arguments.count; i++) {
        int64_t argument;
        if (!fold(folder, expr->arguments.items[i], &argument))
            is_good = false;
        else if (i == 0 || (expr->kind == EXPR_MIN ? argument < *value : argument > *value))
            *value = argument;
    }
    return is_good && expr->arguments.count > 0;
}

static bool fold(Folder *folder, const Expr *expr, int64_t *value)
{
    *value = 0;
    if (expr->is_invalid)
        return false;
    switch (expr->kind) {
    case EXPR_INTEGER: *value = expr->value; return true;
    case EXPR_UNARY: return fold_unary(folder, expr, value);
    case EXPR_BINARY: return fold_binary(folder, expr, value);
    case EXPR_CONDITIONAL: {
        int64_t condition;
        return fold(folder, expr->a, &condition) && fold(folder, condition ? expr->b : expr->c, value);
    }
    case EXPR_MIN:
    case EXPR_MAX: return fold_min_max(folder, expr, value);
    case EXPR_ABS: {
        int64_t a;
        if (expr->arguments.count != 1 || !fold(folder, expr->arguments.items[0], &a))
            return false;
        if (a == INT64_MIN)
            return report_overflow(folder, expr);
        *value = a < 0 ? -a : a;
        return true;
    }
    case EXPR_DURATION: {
        int64_t number;
        return fold(folder, expr->a, &number) &&
               (!__builtin_mul_overflow(number, expr->value, value) || report_overflow(folder, expr));
    }
    default: diag_error(folder->diagnostics, expr->span, "%s must be a constant", folder->what); return false;
    }
}

bool fold_expression(DiagList *diagnostics, const Expr *expr, const char *what, int64_t *value)
{
    Folder folder = {.diagnostics = diagnostics, .what = what};
    return fold(&folder, expr, value);
}
