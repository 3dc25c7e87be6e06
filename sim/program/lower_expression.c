#include "program/lowering.h"

#include <assert.h>

static const Opcode BINARY_OPCODES[] = {
    [BINARY_BIT_OR] = OP_BIT_OR, [BINARY_BIT_XOR] = OP_BIT_XOR, [BINARY_BIT_AND] = OP_BIT_AND,
    [BINARY_EQUAL] = OP_EQUAL, [BINARY_NOT_EQUAL] = OP_NOT_EQUAL, [BINARY_LESS] = OP_LESS,
    [BINARY_LESS_EQUAL] = OP_LESS_EQUAL, [BINARY_GREATER] = OP_LESS, [BINARY_GREATER_EQUAL] = OP_LESS_EQUAL,
    [BINARY_SHIFT_LEFT] = OP_SHIFT_LEFT, [BINARY_SHIFT_RIGHT] = OP_SHIFT_RIGHT, [BINARY_ADD] = OP_ADD,
    [BINARY_SUBTRACT] = OP_SUBTRACT, [BINARY_MULTIPLY] = OP_MULTIPLY, [BINARY_DIVIDE] = OP_DIVIDE,
    [BINARY_REMAINDER] = OP_REMAINDER};

/* Only a `try` with targets changes a local in the middle of an expression. */
static bool changes_locals(const Expr *expr) {
    if (!expr) return false;
    if (expr->kind == EXPR_TRY) return true;
    if (changes_locals(expr->index) || changes_locals(expr->a) || changes_locals(expr->b) || changes_locals(expr->c)) return true;
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        if (changes_locals(expr->arguments.items[i])) return true;
    return false;
}

Operand lower_stable(Lowering *l, Operand operand) {
    if (operand < 0) return operand;
    int32_t copy = lowering_register(l);
    lowering_local(l, OP_MOVE, copy, operand, NO_OPERAND, l->statement);
    return copy;
}

/* The value of an operand that must still hold after `next` was evaluated. */
static Operand lower_ahead_of(Lowering *l, const Expr *expr, const Expr *next) {
    Operand operand = lower_expression(l, expr);
    return operand >= 0 && changes_locals(next) ? lower_stable(l, operand) : operand;
}

Place lower_place(Lowering *l, const Expr *name) {
    const Symbol *symbol = name->symbol;
    Place place = {lowering_object(l, symbol), NO_OPERAND};
    if (symbol->is_topic && lowering_subscribes(l, symbol, name->span)) {
        place.object += l->thread->symbol->first_subscriber + l->thread->instance;
        return place;
    }
    if (!name->index) return place;
    Operand index = lower_expression(l, name->index);
    int64_t value;
    if (lowering_is_constant(l, index, &value) && value >= 0 && value < symbol->length) {
        place.object += (ObjectId)value;
        return place;
    }
    Instr check = lowering_instr(OP_CHECK_INDEX);
    check.a = index;
    check.b = (Operand)symbol->length;
    check.c = (Operand)place.object;
    lowering_emit(l, check, name->index->span);
    place.index = index;
    return place;
}

void lower_store(Lowering *l, Place place, Operand value, Span part) {
    Instr store = lowering_instr(OP_STORE);
    store.a = value;
    store.b = (Operand)place.object;
    store.c = place.index;
    lowering_emit(l, store, part);
}

static Opcode unary_opcode(UnaryOp op) {
    return op == UNARY_NEGATE ? OP_NEGATE : op == UNARY_NOT ? OP_NOT : op == UNARY_COMPLEMENT ? OP_COMPLEMENT : OP_MOVE;
}

/* && and || as a value, 1 or 0 in `reg`. The value is computed from both operands (not chosen by jumps alone), so that data flow sees them. */
static void lower_truth(Lowering *l, const Expr *expr, int32_t reg) {
    PatchList done = {0};
    bool is_and = expr->binary == BINARY_AND;
    int32_t left = lowering_register(l), result = lowering_register(l);
    lowering_local(l, OP_NOT_EQUAL, left, lower_expression(l, expr->a), lowering_constant(l, 0), expr->a->span);
    lowering_local(l, OP_MOVE, result, left, NO_OPERAND, expr->span);
    lowering_jump(l, is_and ? OP_JUMP_ZERO : OP_JUMP_NONZERO, left, &done, expr->span);
    int32_t right = lowering_register(l);
    lowering_local(l, OP_NOT_EQUAL, right, lower_expression(l, expr->b), lowering_constant(l, 0), expr->b->span);
    lowering_local(l, is_and ? OP_BIT_AND : OP_BIT_OR, result, left, right, expr->span);
    lowering_patch(l, &done, lowering_here(l));
    lowering_local(l, OP_MOVE, reg, result, NO_OPERAND, expr->span);
}

void lower_branch(Lowering *l, const Expr *expr, bool sense, PatchList *list) {
    if (expr->kind == EXPR_UNARY && expr->unary == UNARY_NOT) {
        lower_branch(l, expr->a, !sense, list);
        return;
    }
    if (expr->kind == EXPR_BINARY && (expr->binary == BINARY_AND || expr->binary == BINARY_OR)) {
        /* One operand alone decides when it equals `decides`: false for &&, true for ||. */
        bool decides = expr->binary == BINARY_OR;
        if (decides == sense) {
            lower_branch(l, expr->a, sense, list);
            lower_branch(l, expr->b, sense, list);
        } else {
            PatchList over = {0};
            lower_branch(l, expr->a, decides, &over);
            lower_branch(l, expr->b, sense, list);
            lowering_patch(l, &over, lowering_here(l));
        }
        return;
    }
    Operand value = lower_expression(l, expr);
    int64_t constant;
    if (lowering_is_constant(l, value, &constant)) {
        if ((constant != 0) == sense) lowering_jump(l, OP_JUMP, NO_OPERAND, list, expr->span);
        return;
    }
    lowering_jump(l, sense ? OP_JUMP_NONZERO : OP_JUMP_ZERO, value, list, expr->span);
}

static void lower_binary(Lowering *l, const Expr *expr, int32_t reg) {
    if (expr->binary == BINARY_AND || expr->binary == BINARY_OR) {
        lower_truth(l, expr, reg);
        return;
    }
    Operand a = lower_ahead_of(l, expr->a, expr->b);
    Operand b = lower_expression(l, expr->b);
    bool swapped = expr->binary == BINARY_GREATER || expr->binary == BINARY_GREATER_EQUAL;
    lowering_local(l, BINARY_OPCODES[expr->binary], reg, swapped ? b : a, swapped ? a : b, expr->span);
}

static void lower_read_modify_write(Lowering *l, const Expr *expr, int32_t reg) {
    Instr instr = lowering_instr(expr->kind == EXPR_CAS ? OP_CAS : expr->kind == EXPR_FETCH_ADD ? OP_FETCH_ADD : OP_EXCHANGE);
    Place place = lower_place(l, expr->place);
    instr.a = reg;
    instr.b = (Operand)place.object;
    instr.c = place.index;
    instr.d = lower_ahead_of(l, expr->a, expr->b);
    if (expr->kind == EXPR_CAS) instr.e = lower_expression(l, expr->b);
    lowering_emit(l, instr, expr->span);
}

static void lower_choose(Lowering *l, const Expr *expr, int32_t reg) {
    if (expr->is_range) {
        Instr instr = lowering_instr(OP_CHOOSE_RANGE);
        instr.a = reg;
        instr.b = lower_ahead_of(l, expr->a, expr->b);
        instr.c = lower_expression(l, expr->b);
        if (!expr->is_closed) { /* a half-open range ends one earlier */
            int32_t last = lowering_register(l);
            lowering_local(l, OP_SUBTRACT, last, instr.c, lowering_constant(l, 1), expr->span);
            instr.c = last;
        }
        lowering_emit(l, instr, expr->span);
        return;
    }
    uint32_t n = expr->arguments.count;
    Operand *values = ARENA_ARRAY(l->arena, Operand, n);
    for (uint32_t i = 0; i < n; i++) {
        values[i] = lower_expression(l, expr->arguments.items[i]);
        if (values[i] >= 0 && i + 1 < n) values[i] = lower_stable(l, values[i]);
    }
    Instr instr = lowering_instr(OP_CHOOSE);
    instr.a = reg;
    instr.b = (Operand)l->lists.count;
    instr.c = (Operand)n;
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->lists, values[i]);
    lowering_emit(l, instr, expr->span);
}

static void lower_min_max(Lowering *l, const Expr *expr, int32_t reg) {
    Opcode op = expr->kind == EXPR_MIN ? OP_MIN : OP_MAX;
    Operand best = lower_expression(l, expr->arguments.items[0]);
    if (expr->arguments.count == 1) {
        lowering_local(l, OP_MOVE, reg, best, NO_OPERAND, expr->span);
        return;
    }
    for (uint32_t i = 1; i < expr->arguments.count; i++) {
        if (best >= 0 && changes_locals(expr->arguments.items[i])) best = lower_stable(l, best);
        Operand next = lower_expression(l, expr->arguments.items[i]);
        int32_t into = i + 1 == expr->arguments.count ? reg : lowering_register(l);
        lowering_local(l, op, into, best, next, expr->span);
        best = into;
    }
}

/* Register of a local that is no array, NO_OPERAND otherwise. */
static void lower_name(Lowering *l, const Expr *expr, int32_t reg) {
    if (expr->symbol->kind == SYMBOL_LOCAL) {
        int32_t base = lowering_reg_of(l, expr->symbol);
        if (!expr->index) {
            lowering_local(l, OP_MOVE, reg, base, NO_OPERAND, expr->span);
            return;
        }
        Operand index = lower_expression(l, expr->index);
        int64_t value;
        if (lowering_is_constant(l, index, &value) && value >= 0 && value < expr->symbol->length) {
            lowering_local(l, OP_MOVE, reg, base + (Operand)value, NO_OPERAND, expr->span);
            return;
        }
        Instr check = lowering_instr(OP_CHECK_INDEX);
        check.a = index;
        check.b = (Operand)expr->symbol->length;
        lowering_emit(l, check, expr->index->span);
        Instr get = lowering_instr(OP_ARRAY_GET);
        get.a = reg;
        get.b = base;
        get.c = index;
        get.d = (Operand)expr->symbol->length;
        lowering_emit(l, get, expr->span);
        return;
    }
    Place place = lower_place(l, expr);
    Instr load = lowering_instr(OP_LOAD);
    load.a = reg;
    load.b = (Operand)place.object;
    load.c = place.index;
    lowering_emit(l, load, expr->span);
}

static void lower_member(Lowering *l, const Expr *expr, int32_t reg) {
    const Program *program = l->program;
    for (uint32_t t = 0; t < program->thread_count; t++) {
        const ThreadCode *thread = &program->threads[t];
        if (thread->symbol != expr->thread || thread->instance != expr->instance_value) continue;
        for (uint32_t k = 0; k < thread->local_count; k++) {
            Local *local = &thread->locals[k];
            if (local->symbol != expr->symbol || !local->is_outermost) continue;
            local->is_pinned = true;
            Instr member = lowering_instr(OP_MEMBER);
            member.a = reg;
            member.b = (Operand)t;
            member.c = local->reg;
            if (expr->index) {
                int64_t value = 0;
                Operand index = lower_expression(l, expr->index);
                if (lowering_is_constant(l, index, &value) && value >= 0 && value < (int64_t)local->length) {
                    member.c += (Operand)value;
                } else {
                    Instr check = lowering_instr(OP_CHECK_INDEX);
                    check.a = index;
                    check.b = (Operand)local->length;
                    lowering_emit(l, check, expr->index->span);
                    member.d = index;
                }
            }
            lowering_emit(l, member, expr->span);
            return;
        }
    }
    lowering_local(l, OP_MOVE, reg, lowering_constant(l, 0), NO_OPERAND, expr->span); /* an instance that never comes to be */
}

static void lower_try(Lowering *l, const Expr *expr, int32_t reg) {
    LoweredOperation operation;
    lower_operation_operands(l, expr->operation, &operation);
    lower_operation_emit(l, &operation, INSTR_TRY, reg);
    if (operation.get_value == NO_OPERAND && operation.get_ok == NO_OPERAND) return;
    /* Targets that the operation does not fill itself (shared variables, elements of local arrays) are written only when something came. */
    bool any_left = false;
    for (uint32_t i = 0; i < expr->operation->targets.count; i++) {
        const Expr *target = expr->operation->targets.items[i];
        if (target->symbol->kind != SYMBOL_LOCAL || target->index) any_left = true;
    }
    if (!any_left) return;
    PatchList failed = {0};
    lowering_jump(l, OP_JUMP_ZERO, reg, &failed, expr->span);
    lower_operation_targets(l, &operation);
    lowering_patch(l, &failed, lowering_here(l));
}

void lower_spawn(Lowering *l, const Expr *expr, Operand target) {
    uint32_t n = expr->arguments.count;
    Operand *values = ARENA_ARRAY(l->arena, Operand, n);
    for (uint32_t i = 0; i < n; i++) {
        values[i] = lower_expression(l, expr->arguments.items[i]);
        if (values[i] >= 0 && i + 1 < n) values[i] = lower_stable(l, values[i]);
    }
    if (expr->spawn == SPAWN_THREAD && l->thread->is_process)
        lowering_error(l, expr->span, arena_format(l->arena, "the process '%s' starts a thread; here a process starts processes only", l->thread->symbol->name),
                       arena_format(l->arena, "write 'fork %s(...)' or 'spawn process %s(...)'", expr->name, expr->name));
    Instr spawn = lowering_instr(OP_SPAWN);
    spawn.a = target;
    for (uint32_t f = 0; f < l->program->function_count; f++)
        if (lowering_starts(l, f, expr)) spawn.b = (Operand)f;
    spawn.c = (Operand)l->lists.count;
    spawn.d = (Operand)n;
    spawn.e = (Operand)expr->spawn;
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->lists, values[i]);
    lowering_emit(l, spawn, expr->span);
}

/* Made of constants and `self`: lowering emits nothing for it, unless it has no value. */
static bool is_fixed(const Expr *expr) {
    switch (expr->kind) {
    case EXPR_INTEGER: case EXPR_SELF: return true;
    case EXPR_NAME: return expr->symbol->kind == SYMBOL_CONST;
    case EXPR_UNARY: return is_fixed(expr->a);
    case EXPR_BINARY: return expr->binary != BINARY_AND && expr->binary != BINARY_OR && is_fixed(expr->a) && is_fixed(expr->b);
    default: return false;
    }
}

/* A condition that is the same in every execution. */
static bool is_decided(Lowering *l, const Expr *expr, bool *condition) {
    if (!is_fixed(expr)) return false;
    uint32_t before = lowering_here(l);
    int64_t value = 0;
    bool decided = lowering_is_constant(l, lower_expression(l, expr), &value);
    l->code.count = before;
    *condition = value != 0;
    return decided;
}

void lower_into(Lowering *l, const Expr *expr, int32_t reg) {
    switch (expr->kind) {
    case EXPR_INTEGER: lowering_local(l, OP_MOVE, reg, lowering_constant(l, expr->value), NO_OPERAND, expr->span); return;
    case EXPR_SELF: lowering_local(l, OP_MOVE, reg, lowering_constant(l, l->self), NO_OPERAND, expr->span); return;
    case EXPR_NAME:
        if (expr->symbol->kind == SYMBOL_CONST)
            lowering_local(l, OP_MOVE, reg, lowering_constant(l, expr->symbol->value), NO_OPERAND, expr->span);
        else
            lower_name(l, expr, reg);
        return;
    case EXPR_UNARY: {
        Operand a = lower_expression(l, expr->a);
        lowering_local(l, unary_opcode(expr->unary), reg, a, NO_OPERAND, expr->span);
        return;
    }
    case EXPR_BINARY: lower_binary(l, expr, reg); return;
    case EXPR_CONDITIONAL: {
        bool condition;
        if (is_decided(l, expr->a, &condition)) { /* an index then stays a constant, which the state need not hold */
            lower_into(l, condition ? expr->b : expr->c, reg);
            return;
        }
        PatchList otherwise = {0}, done = {0};
        lower_branch(l, expr->a, false, &otherwise);
        lower_into(l, expr->b, reg);
        lowering_jump(l, OP_JUMP, NO_OPERAND, &done, expr->span);
        lowering_patch(l, &otherwise, lowering_here(l));
        lower_into(l, expr->c, reg);
        lowering_patch(l, &done, lowering_here(l));
        return;
    }
    case EXPR_MIN: case EXPR_MAX: lower_min_max(l, expr, reg); return;
    case EXPR_ABS: {
        Operand a = lower_expression(l, expr->arguments.items[0]);
        lowering_local(l, OP_ABS, reg, a, NO_OPERAND, expr->span);
        return;
    }
    case EXPR_CHOOSE: lower_choose(l, expr, reg); return;
    case EXPR_CAS: case EXPR_FETCH_ADD: case EXPR_EXCHANGE: lower_read_modify_write(l, expr, reg); return;
    case EXPR_LENGTH: case EXPR_CLOSED: {
        Place place = lower_place(l, expr->object);
        Instr instr = lowering_instr(expr->kind == EXPR_LENGTH ? OP_LENGTH : OP_CLOSED);
        instr.a = reg;
        instr.b = (Operand)place.object;
        instr.c = place.index;
        lowering_emit(l, instr, expr->span);
        return;
    }
    case EXPR_TRY: lower_try(l, expr, reg); return;
    case EXPR_SPAWN: lower_spawn(l, expr, reg); return;
    case EXPR_CALL: lower_call(l, expr, reg); return;
    case EXPR_MEMBER: lower_member(l, expr, reg); return;
    case EXPR_DURATION: {
        Operand number = lower_expression(l, expr->a);
        lowering_local(l, OP_MULTIPLY, reg, number, lowering_constant(l, expr->value), expr->span);
        return;
    }
    case EXPR_GET: break;
    }
    assert(!"an expression that resolve does not let through");
}

Operand lower_expression(Lowering *l, const Expr *expr) {
    if (expr->kind == EXPR_INTEGER) return lowering_constant(l, expr->value);
    if (expr->kind == EXPR_SELF) return lowering_constant(l, l->self);
    if (expr->kind == EXPR_NAME && expr->symbol->kind == SYMBOL_CONST) return lowering_constant(l, expr->symbol->value);
    if (expr->kind == EXPR_NAME && expr->symbol->kind == SYMBOL_LOCAL && !expr->index) return lowering_reg_of(l, expr->symbol);
    uint32_t before = lowering_here(l);
    int32_t reg = lowering_register(l);
    lower_into(l, expr, reg);
    /* A single move of a constant is the constant itself. */
    if (lowering_here(l) == before + 1 && l->code.items[before].op == OP_MOVE && l->code.items[before].a == reg && l->code.items[before].b < 0) {
        Operand value = l->code.items[before].b;
        l->code.count = before;
        return value;
    }
    return reg;
}
