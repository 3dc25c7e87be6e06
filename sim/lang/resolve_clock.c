/* resolve_clock.c: durations and the lines about the virtual clock. */
#include <inttypes.h>

#include "lang/fold.h"
#include "lang/resolver.h"

/* The value of an expression if it is a constant. */
static bool constant_value(Resolver *resolver, const Expr *expr, int64_t *value)
{
    bool was_quiet = resolver->diagnostics->is_quiet;
    resolver->diagnostics->is_quiet = true;
    bool is_constant = fold_expression(resolver->diagnostics, expr, "", value);
    resolver->diagnostics->is_quiet = was_quiet;
    return is_constant;
}

void resolve_duration(Resolver *resolver, Expr *expr)
{
    int64_t number, ns;
    resolve_expression(resolver, expr->a);
    if (expr->a->is_invalid || !constant_value(resolver, expr->a, &number))
        return;
    if (number < 0)
        diag_error(resolver->diagnostics, expr->span, "the duration is negative");
    else if (__builtin_mul_overflow(number, expr->value, &ns))
        diag_error(resolver->diagnostics, expr->span, "the duration does not fit 64 bits of nanoseconds");
    else
        return;
    resolve_make_invalid(expr);
}

void resolve_timed(Resolver *resolver, Operation *operation, OperationContext context)
{
    if (context != OPERATION_ALONE)
        diag_error(resolver->diagnostics, operation->span, "'%s' takes time and cannot stand in '%s'",
                   operation_word(operation->kind), context == OPERATION_IN_TRY ? "try" : "select");
    resolve_expression(resolver, operation->a);
}

int64_t resolve_constant_duration(Resolver *resolver, Expr *expr, const char *what, int64_t otherwise)
{
    int64_t ns;
    return !expr->is_invalid && resolve_constant(resolver, expr, what, &ns) ? ns : otherwise;
}

static void resolve_cores(Resolver *resolver)
{
    Scenario *scenario = resolver->scenario;
    int64_t cores;
    if (resolve_constant(resolver, scenario->cores_expr, "the number of cores", &cores)) {
        if (cores < 1)
            diag_error(resolver->diagnostics, scenario->cores_expr->span,
                       "the number of cores is %" PRId64 ", it must be at least 1", cores);
        else
            scenario->cores = cores > UINT32_MAX ? UINT32_MAX : (uint32_t)cores;
    }
    if (scenario->quantum_expr == NULL)
        return;
    scenario->quantum_ns = resolve_constant_duration(resolver, scenario->quantum_expr, "the quantum", 1);
    if (scenario->quantum_ns < 1)
        diag_error(resolver->diagnostics, scenario->quantum_expr->span, "a quantum of no time");
}

static void resolve_takes(Resolver *resolver)
{
    Scenario *scenario = resolver->scenario;
    bool is_range = scenario->takes_high != scenario->takes_low;
    const char *what = "the time that the scenario takes";
    scenario->takes_least_ns = scenario->takes_most_ns = resolve_constant_duration(resolver, scenario->takes_low, what, 0);
    if (is_range)
        scenario->takes_most_ns =
            resolve_constant_duration(resolver, scenario->takes_high, what, scenario->takes_least_ns);
    if (scenario->takes_most_ns < scenario->takes_least_ns)
        diag_error(resolver->diagnostics, scenario->takes_high->span, "the range ends before it begins");
    if (scenario->has_clock)
        return;
    diag_error(resolver->diagnostics, scenario->takes_span, "without a clock the scenario takes no certain time");
    diag_hint(resolver->diagnostics, "write 'clock virtual'");
}

void resolve_clock(Resolver *resolver)
{
    Scenario *scenario = resolver->scenario;
    if (scenario->cores_expr != NULL)
        resolve_cores(resolver);
    if (scenario->takes_low != NULL)
        resolve_takes(resolver);
    if (scenario->cores_expr == NULL || scenario->has_clock)
        return;
    diag_warning(resolver->diagnostics, scenario->cores_span, "without a clock 'cores' changes nothing");
    diag_hint(resolver->diagnostics, "write 'clock virtual'");
}
