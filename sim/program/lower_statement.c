#include "program/lowering.h"

#include <assert.h>

/* ---------------------------------------------------------- regions */

typedef struct Region {
    uint32_t address;
    bool is_open;
    bool was_atomic, was_first;
} Region;

/* Everything up to region_close becomes one step. Inside another region it is part of that one. */
static Region region_open(Lowering *l, bool atomic, bool first) {
    Region region = {0, false, l->region_atomic, l->region_first};
    if (l->region_depth == 0) {
        Instr instr = lowering_instr(OP_REGION);
        instr.a = atomic ? 1 : 0;
        region.address = lowering_emit(l, instr, l->statement);
        region.is_open = true;
        l->region_first = first;
    }
    l->region_depth++;
    l->region_atomic = l->region_atomic || atomic;
    return region;
}

static void region_close(Lowering *l, const Region *region) {
    l->region_depth--;
    l->region_atomic = region->was_atomic;
    if (!region->is_open) return;
    l->region_first = region->was_first;
    uint32_t end = lowering_local(l, OP_REGION_END, NO_OPERAND, NO_OPERAND, NO_OPERAND, l->statement);
    l->code.items[region->address].b = (Operand)end;
}

/* With --granularity statement the accesses between the two calls are one step: those that are made, on the way that is taken. Without any the
 * statement is local work, and local work ahead of the first belongs to the step before. */
static Region statement_open(Lowering *l) {
    Region region = {0};
    if (!l->options->statement_granularity || l->region_depth > 0) return region;
    region.is_open = true;
    region.was_first = l->region_first;
    l->statement_region = ++l->statement_count;
    l->region_depth = 1;
    l->region_first = true;
    return region;
}

/* The end of the statement on one of its ways; code that only another way reaches may follow. */
static void statement_end(Lowering *l, const Region *region) {
    if (region->is_open) lowering_local(l, OP_REGION_END, NO_OPERAND, NO_OPERAND, NO_OPERAND, l->statement);
}

static void statement_suspend(Lowering *l, const Region *region) {
    if (!region->is_open) return;
    l->region_depth = 0;
    l->region_first = region->was_first;
    l->statement_region = 0;
}

static void statement_close(Lowering *l, const Region *region) {
    statement_end(l, region);
    statement_suspend(l, region);
}

/* The same as a branch that leaves the statement when the condition is false: that way ends it, too. */
static void condition_close(Lowering *l, const Region *region, PatchList *leave) {
    if (!region->is_open) return;
    statement_end(l, region);
    PatchList go_on = {0};
    lowering_jump(l, OP_JUMP, NO_OPERAND, &go_on, l->statement);
    lowering_patch(l, leave, lowering_here(l));
    statement_end(l, region);
    lowering_jump(l, OP_JUMP, NO_OPERAND, leave, l->statement);
    lowering_patch(l, &go_on, lowering_here(l));
    statement_suspend(l, region);
}

/* -------------------------------------------------------- assignment */

static void assign_local(Lowering *l, const Expr *target, const Expr *value) {
    const Symbol *symbol = target->symbol;
    int32_t base = lowering_reg_of(l, symbol);
    if (!target->index) {
        lower_into(l, value, base);
        return;
    }
    Operand index = lower_stable(l, lower_expression(l, target->index));
    int64_t constant;
    if (lowering_is_constant(l, index, &constant) && constant >= 0 && constant < symbol->length) {
        lower_into(l, value, base + (int32_t)constant);
        return;
    }
    Instr check = lowering_instr(OP_CHECK_INDEX);
    check.a = index;
    check.b = (Operand)symbol->length;
    lowering_emit(l, check, target->index->span);
    Operand result = lower_expression(l, value);
    Instr set = lowering_instr(OP_ARRAY_SET);
    set.a = result;
    set.b = base;
    set.c = index;
    set.d = (Operand)symbol->length;
    lowering_emit(l, set, target->span);
}

/* `place op= value` as the read, the operation, and (by the caller) the write. */
static void lower_assign(Lowering *l, const Stmt *s) {
    const Expr *target = s->target;
    Expr *value = s->expr;
    Expr sum;
    if (target->symbol->kind == SYMBOL_LOCAL) {
        if (s->is_compound) {
            Expr element = *target, fixed = {.kind = EXPR_NAME};
            Symbol index_symbol = {.kind = SYMBOL_LOCAL, .length = 1};
            if (target->index) { /* the index is evaluated once */
                int32_t reg = lowering_register(l);
                lower_into(l, target->index, reg);
                lowering_bind(l, &index_symbol, reg);
                fixed.span = target->index->span;
                fixed.symbol = &index_symbol;
                element.index = &fixed;
            }
            sum = (Expr){.kind = EXPR_BINARY, .binary = s->assign, .a = &element, .b = value, .span = s->span};
            assign_local(l, &element, &sum);
            if (target->index) l->bindings.count--;
            return;
        }
        assign_local(l, target, value);
        return;
    }
    Region region = value->kind == EXPR_CALL ? statement_open(l) : (Region){0};
    Place place = lower_place(l, target);
    if (place.index != NO_OPERAND) place.index = lower_stable(l, place.index);
    /* cppcheck-suppress autoVariables ; NULL again at the end of this function */
    if (region.is_open) l->call_region = &region;
    Operand result;
    if (s->is_compound) {
        int32_t old = lowering_register(l);
        Instr load = lowering_instr(OP_LOAD);
        load.a = old;
        load.b = (Operand)place.object;
        load.c = place.index;
        lowering_emit(l, load, target->span);
        Symbol old_symbol = {.kind = SYMBOL_LOCAL, .length = 1};
        lowering_bind(l, &old_symbol, old);
        Expr old_name = {.kind = EXPR_NAME, .symbol = &old_symbol, .span = target->span};
        sum = (Expr){.kind = EXPR_BINARY, .binary = s->assign, .a = &old_name, .b = value, .span = s->span};
        result = lower_expression(l, &sum);
        l->bindings.count--;
    } else {
        result = lower_expression(l, value);
    }
    l->call_region = NULL;
    lower_store(l, place, result, s->span);
}

static void declare_local(Lowering *l, const Symbol *symbol) {
    int32_t reg = l->next_register;
    l->next_register += (int32_t)symbol->length;
    lowering_bind(l, symbol, reg);
    Local local = {.name = symbol->name, .symbol = symbol, .reg = reg, .length = symbol->length,
                   .is_outermost = symbol->is_outermost && l->call->symbol == NULL};
    ARENA_PUSH(l->arena, l->locals, local);
}

static void lower_local_declaration(Lowering *l, const Stmt *s) {
    const Symbol *symbol = s->symbol;
    if (!symbol->is_array) {
        /* The right side still sees an outer name; the register is not bound yet. */
        int32_t reg = l->next_register++;
        if (s->expr)
            lower_into(l, s->expr, reg);
        else
            lowering_local(l, OP_MOVE, reg, lowering_constant(l, 0), NO_OPERAND, s->span);
        lowering_bind(l, symbol, reg);
        Local local = {.name = symbol->name, .symbol = symbol, .reg = reg, .length = 1,
                       .is_outermost = symbol->is_outermost && l->call->symbol == NULL};
        ARENA_PUSH(l->arena, l->locals, local);
        return;
    }
    declare_local(l, symbol);
    int32_t base = lowering_reg_of(l, symbol);
    if (!s->has_braces && s->values.count > 0) { /* one value for all elements */
        Operand value = lower_expression(l, s->values.items[0]);
        for (uint32_t i = 0; i < symbol->length; i++) lowering_local(l, OP_MOVE, base + (int32_t)i, value, NO_OPERAND, s->span);
        return;
    }
    for (uint32_t i = 0; i < symbol->length; i++) {
        if (i < s->values.count)
            lower_into(l, s->values.items[i], base + (int32_t)i);
        else
            lowering_local(l, OP_MOVE, base + (int32_t)i, lowering_constant(l, 0), NO_OPERAND, s->span);
    }
}

/* ------------------------------------------------------------- loops */

static void lower_loop_body(Lowering *l, Loop *loop, const Stmt *body) {
    loop->cleanup_depth = l->cleanups.count;
    Loop *outer = l->loop;
    l->loop = loop;
    lower_statement(l, body);
    l->loop = outer;
}

static void jump_back(Lowering *l, uint32_t to, Span span) {
    Instr jump = lowering_instr(OP_JUMP);
    jump.b = (Operand)to;
    lowering_emit(l, jump, span);
}

static void lower_while(Lowering *l, const Stmt *s) {
    Loop loop = {0};
    uint32_t head = lowering_here(l);
    if (s->kind == STMT_WHILE) {
        Region region = statement_open(l);
        PatchList leave = {0};
        lower_branch(l, s->expr, false, &leave);
        condition_close(l, &region, &leave);
        for (uint32_t i = 0; i < leave.count; i++) ARENA_PUSH(l->arena, loop.breaks, leave.items[i]);
    }
    lower_loop_body(l, &loop, s->body);
    lowering_patch(l, &loop.continues, lowering_here(l));
    jump_back(l, head, s->span);
    lowering_patch(l, &loop.breaks, lowering_here(l));
}

/* Whether a statement assigns to a local. */
static bool assigns(const Stmt *s, const Symbol *symbol) {
    if (!s) return false;
    if (s->target && s->target->symbol == symbol) return true;
    for (uint32_t i = 0; s->operation && i < s->operation->targets.count; i++)
        if (s->operation->targets.items[i]->symbol == symbol) return true;
    for (uint32_t i = 0; i < s->statements.count; i++)
        if (assigns(s->statements.items[i], symbol)) return true;
    for (uint32_t i = 0; i < s->arms.count; i++) {
        const SelectArm *arm = &s->arms.items[i];
        for (uint32_t k = 0; k < arm->operation->targets.count; k++)
            if (arm->operation->targets.items[k]->symbol == symbol) return true;
        if (assigns(arm->body, symbol)) return true;
    }
    return assigns(s->body, symbol) || assigns(s->otherwise, symbol);
}

/* The values are fixed when the loop begins: a body that assigns to the loop variable changes its own copy only. */
static void lower_for(Lowering *l, const Stmt *s) {
    Loop loop = {0};
    declare_local(l, s->symbol);
    int32_t visible = lowering_reg_of(l, s->symbol);
    int32_t i = assigns(s->body, s->symbol) ? lowering_register(l) : visible;
    Region region = statement_open(l);
    lower_into(l, s->low, i);
    Operand high = lower_stable(l, lower_expression(l, s->high));
    statement_close(l, &region);
    int32_t test = lowering_register(l);
    uint32_t head = lowering_here(l);
    lowering_local(l, s->is_closed ? OP_LESS_EQUAL : OP_LESS, test, i, high, s->span);
    lowering_jump(l, OP_JUMP_ZERO, test, &loop.breaks, s->span);
    lowering_local(l, OP_MOVE, visible, i, NO_OPERAND, s->span);
    lower_loop_body(l, &loop, s->body);
    lowering_patch(l, &loop.continues, lowering_here(l));
    if (s->is_closed) { /* the last value may be the greatest integer: leave before counting past it */
        lowering_local(l, OP_EQUAL, test, i, high, s->span);
        lowering_jump(l, OP_JUMP_NONZERO, test, &loop.breaks, s->span);
    }
    lowering_local(l, OP_ADD, i, i, lowering_constant(l, 1), s->span);
    jump_back(l, head, s->span);
    lowering_patch(l, &loop.breaks, lowering_here(l));
}

static void lower_repeat(Lowering *l, const Stmt *s) {
    Loop loop = {0};
    int32_t left = lowering_register(l), test = lowering_register(l);
    Region region = statement_open(l);
    lower_into(l, s->expr, left);
    statement_close(l, &region);
    uint32_t head = lowering_here(l);
    lowering_local(l, OP_LESS, test, lowering_constant(l, 0), left, s->span);
    lowering_jump(l, OP_JUMP_ZERO, test, &loop.breaks, s->span);
    lowering_local(l, OP_SUBTRACT, left, left, lowering_constant(l, 1), s->span);
    lower_loop_body(l, &loop, s->body);
    lowering_patch(l, &loop.continues, lowering_here(l));
    jump_back(l, head, s->span);
    lowering_patch(l, &loop.breaks, lowering_here(l));
}

static void lower_as_completed_loop(Lowering *l, const Stmt *s) {
    Loop loop = {0};
    declare_local(l, s->symbol);
    LoopBody body = {&loop, lowering_reg_of(l, s->symbol), lower_loop_body};
    lower_as_completed(l, s, &body);
}

/* -------------------------------------------------- blocks with a way out */

/* with p { ... }: no step at the beginning; at each way out the pool is shut down. */
static void lower_with_pool(Lowering *l, const Stmt *s) {
    Place place = lower_place(l, s->operation->object);
    Cleanup cleanup = {.op = OP_POOL_CLOSE, .a = NO_OPERAND, .b = (Operand)place.object, .c = NO_OPERAND, .site = lowering_site(l, s->span)};
    uint32_t depth = l->cleanups.count;
    lowering_push_cleanup(l, cleanup);
    lower_statement(l, s->body);
    lowering_leave(l, depth);
    l->cleanups.count = depth;
}

static void lower_with(Lowering *l, const Stmt *s) {
    if (s->operation->kind == OPERATION_SHUTDOWN) {
        lower_with_pool(l, s);
        return;
    }
    LoweredOperation operation;
    Region region = statement_open(l);
    lower_operation_operands(l, s->operation, &operation);
    if (operation.place.index != NO_OPERAND) operation.place.index = lower_stable(l, operation.place.index);
    lower_operation_emit(l, &operation, 0, NO_OPERAND);
    statement_close(l, &region);
    bool is_mutex = s->operation->kind == OPERATION_LOCK;
    Cleanup cleanup = {.op = is_mutex ? OP_UNLOCK : OP_RELEASE, .a = is_mutex ? NO_OPERAND : lowering_constant(l, 1),
                       .b = (Operand)operation.place.object, .c = operation.place.index, .site = lowering_site(l, s->span)};
    uint32_t depth = l->cleanups.count;
    lowering_push_cleanup(l, cleanup);
    lower_statement(l, s->body);
    lowering_leave(l, depth);
    l->cleanups.count = depth;
}

static void lower_once(Lowering *l, const Stmt *s) {
    Region region = statement_open(l);
    Place place = lower_place(l, s->expr);
    if (place.index != NO_OPERAND) place.index = lower_stable(l, place.index);
    Instr enter = lowering_instr(OP_ONCE_ENTER);
    enter.b = (Operand)place.object;
    enter.c = place.index;
    uint32_t address = lowering_emit(l, enter, s->span);
    statement_close(l, &region);
    Cleanup cleanup = {.op = OP_ONCE_LEAVE, .a = NO_OPERAND, .b = (Operand)place.object, .c = place.index, .site = lowering_site(l, s->span)};
    uint32_t depth = l->cleanups.count;
    lowering_push_cleanup(l, cleanup);
    lower_statement(l, s->body);
    lowering_leave(l, depth);
    l->cleanups.count = depth;
    l->code.items[address].d = (Operand)lowering_here(l);
    statement_end(l, &region);
}

static void lower_serial(Lowering *l, const Stmt *s) {
    for (uint32_t i = 0; i < l->cleanups.count; i++)
        if (l->cleanups.items[i].op == OP_SERIAL_END) { /* inside another: that one counts */
            lower_statement(l, s->body);
            return;
        }
    lowering_local(l, OP_SERIAL_BEGIN, NO_OPERAND, NO_OPERAND, NO_OPERAND, s->span);
    Cleanup cleanup = {.op = OP_SERIAL_END, .a = NO_OPERAND, .b = NO_OPERAND, .c = NO_OPERAND, .site = lowering_site(l, s->span)};
    uint32_t depth = l->cleanups.count;
    lowering_push_cleanup(l, cleanup);
    lower_statement(l, s->body);
    lowering_leave(l, depth);
    l->cleanups.count = depth;
}

static bool is_compound_statement(const Stmt *s) {
    return s->kind == STMT_BLOCK || s->body || s->kind == STMT_SELECT || (s->expr && s->expr->kind == EXPR_CALL);
}

/* `atomic { }`: being blocked in its first statement (of a compound one: at its first access) disables it; `atomic when (e) { }`: e decides, and nothing later may block. */
static void lower_atomic(Lowering *l, const Stmt *s) {
    Region region = region_open(l, true, true);
    if (s->expr) {
        Operation guard = {.kind = OPERATION_AWAIT, .span = s->span, .a = s->expr};
        LoweredOperation lowered;
        lower_operation_operands(l, &guard, &lowered);
        lower_operation_emit(l, &lowered, 0, NO_OPERAND);
        if (region.is_open) l->region_first = false;
    }
    const StmtList *list = &s->body->statements;
    for (uint32_t i = 0; i < list->count; i++) {
        bool decides = region.is_open && i == 0 && !s->expr;
        bool is_compound = is_compound_statement(list->items[i]);
        if (region.is_open) {
            l->region_first = decides && !is_compound;
            l->region_first_access = decides && is_compound;
        }
        lower_statement(l, list->items[i]);
    }
    if (region.is_open) l->region_first = l->region_first_access = false;
    l->statement = s->span;
    region_close(l, &region);
}

static void lower_select(Lowering *l, const Stmt *s) {
    uint32_t n = s->arms.count;
    LoweredOperation *operations = ARENA_ARRAY(l->arena, LoweredOperation, n + 1);
    Region region = statement_open(l);
    for (uint32_t i = 0; i < n; i++) lower_operation_operands(l, s->arms.items[i].operation, &operations[i]);
    Instr select = lowering_instr(OP_SELECT);
    select.a = (Operand)n;
    select.b = (Operand)l->lists.count;
    uint32_t address = lowering_emit(l, select, s->span);
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->lists, 0);
    uint32_t first = (uint32_t)l->code.items[address].b;
    PatchList done = {0};
    /* In statement granularity the step ends with the operation and its targets; the bodies are statements of their own. */
    uint32_t depth = l->region_depth, number = l->statement_region;
    bool was_first = l->region_first;
    for (uint32_t i = 0; i < n; i++) {
        l->region_depth = depth;
        l->statement_region = number;
        l->region_first = was_first;
        l->lists.items[first + i] = (Operand)lowering_here(l);
        l->statement = s->arms.items[i].span;
        lower_operation_emit(l, &operations[i], INSTR_ARM, NO_OPERAND);
        lower_operation_targets(l, &operations[i]);
        statement_close(l, &region);
        lower_statement(l, s->arms.items[i].body);
        lowering_jump(l, OP_JUMP, NO_OPERAND, &done, s->span);
    }
    if (s->otherwise) {
        l->code.items[address].c = (Operand)lowering_here(l);
        statement_close(l, &region);
        lower_statement(l, s->otherwise);
    }
    lowering_patch(l, &done, lowering_here(l));
    statement_suspend(l, &region);
}

/* ------------------------------------------------------------- calls */

void lower_call(Lowering *l, const Expr *call, Operand result) {
    const Symbol *function = call->symbol;
    uint32_t n = function->parameters.count;
    int32_t *registers = ARENA_ARRAY(l->arena, int32_t, n + 1);
    /* The arguments are one step, with the index of the target if there is one; the statements of the function are steps of their own. */
    Region region = l->call_region ? *l->call_region : statement_open(l);
    l->call_region = NULL;
    for (uint32_t i = 0; i < n; i++) {
        registers[i] = lowering_register(l);
        lower_into(l, call->arguments.items[i], registers[i]);
    }
    statement_close(l, &region);
    Call inner = {.symbol = function, .result = lowering_register(l), .cleanup_depth = l->cleanups.count};
    Call *outer_call = l->call;
    Loop *outer_loop = l->loop;
    Span statement = l->statement;
    uint32_t bindings = l->bindings.count;
    for (uint32_t i = 0; i < n; i++) {
        lowering_bind(l, function->parameters.items[i], registers[i]);
        Local local = {.name = function->parameters.items[i]->name, .symbol = function->parameters.items[i], .reg = registers[i], .length = 1};
        ARENA_PUSH(l->arena, l->locals, local);
    }
    l->call = &inner;
    l->loop = NULL;
    lowering_local(l, OP_MOVE, inner.result, lowering_constant(l, 0), NO_OPERAND, call->span);
    lower_statement(l, function->body);
    lowering_patch(l, &inner.returns, lowering_here(l));
    l->call = outer_call;
    l->loop = outer_loop;
    l->statement = statement;
    l->bindings.count = bindings;
    if (result != NO_OPERAND) lowering_local(l, OP_MOVE, result, inner.result, NO_OPERAND, call->span);
}

static void lower_return(Lowering *l, const Stmt *s) {
    Region region = {0};
    if (!s->expr || s->expr->kind != EXPR_CALL) region = statement_open(l);
    Operand value = NO_OPERAND;
    if (s->expr && l->call->symbol)
        lower_into(l, s->expr, l->call->result);
    else if (s->expr && l->thread->result >= 0)
        lower_into(l, s->expr, value = l->thread->result);
    else if (s->expr)
        (void)lower_expression(l, s->expr); /* a spawned function has nobody to return to, but its reads are steps */
    statement_close(l, &region);
    lowering_leave(l, l->call->cleanup_depth);
    if (!l->call->symbol) /* the thread ends here */
        lowering_end_instance(l, value, s->span);
    else
        lowering_jump(l, OP_JUMP, NO_OPERAND, &l->call->returns, s->span);
}

/* -------------------------------------------------------- statements */

static void lower_block(Lowering *l, const Stmt *s) {
    uint32_t bindings = l->bindings.count;
    for (uint32_t i = 0; i < s->statements.count; i++) lower_statement(l, s->statements.items[i]);
    l->bindings.count = bindings;
}

static void lower_print(Lowering *l, const Stmt *s) {
    uint32_t n = s->items.count;
    PrintPart *parts = ARENA_ARRAY(l->arena, PrintPart, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        parts[i].text = s->items.items[i].text;
        if (parts[i].text) continue;
        parts[i].value = lower_expression(l, s->items.items[i].expr);
        if (parts[i].value >= 0 && i + 1 < n) parts[i].value = lower_stable(l, parts[i].value);
    }
    Instr print = lowering_instr(OP_PRINT);
    print.a = (Operand)l->parts.count;
    print.b = (Operand)n;
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->parts, parts[i]);
    lowering_emit(l, print, s->span);
}

static void lower_operation_statement(Lowering *l, const Stmt *s) {
    OperationKind kind = s->operation->kind;
    /* These stay two steps in statement granularity. */
    bool is_two = lowering_is_timed(kind) || kind == OPERATION_WAIT_CONDITION || kind == OPERATION_WAIT_BARRIER || kind == OPERATION_GATHER ||
                  kind == OPERATION_MAP || kind == OPERATION_SHUTDOWN ||
                  (kind == OPERATION_WRLOCK && s->operation->object->symbol->writers_first);
    if (kind != OPERATION_GATHER && kind != OPERATION_MAP)
        for (uint32_t i = 0; i < s->declares.count; i++) declare_local(l, s->declares.items[i]);
    Region region = {0};
    if (!is_two) region = statement_open(l);
    LoweredOperation operation;
    lower_operation_operands(l, s->operation, &operation);
    lower_operation_emit(l, &operation, 0, NO_OPERAND);
    if (kind == OPERATION_GATHER || kind == OPERATION_MAP)
        for (uint32_t i = 0; i < s->declares.count; i++) declare_local(l, s->declares.items[i]);
    lower_operation_targets(l, &operation);
    statement_close(l, &region);
}

static void lower_simple(Lowering *l, const Stmt *s) {
    /* A call is lowered outside a region: the statements of the function are steps of their own. */
    bool is_call = s->expr && s->expr->kind == EXPR_CALL;
    Region region = {0};
    if (!is_call) region = statement_open(l);
    switch (s->kind) {
    case STMT_LOCAL: lower_local_declaration(l, s); break;
    case STMT_ASSIGN: lower_assign(l, s); break;
    case STMT_EXPR:
        if (s->expr->kind == EXPR_CALL && s->expr->symbol->is_coroutine && !s->expr->is_awaited)
            lower_never_awaited(l, s->expr);
        else if (s->expr->kind == EXPR_CALL)
            lower_call(l, s->expr, NO_OPERAND);
        else if (s->expr->kind == EXPR_SPAWN)
            lower_spawn(l, s->expr, NO_OPERAND);
        else
            (void)lower_expression(l, s->expr);
        break;
    case STMT_ASSERT: case STMT_ASSUME: {
        Operand value = lower_expression(l, s->expr);
        Instr check = lowering_instr(s->kind == STMT_ASSERT ? OP_ASSERT : OP_ASSUME);
        check.a = value;
        bool has_text = s->text && s->text[0] != '\0';
        if (s->kind == STMT_ASSERT)
            check.b = (Operand)lowering_text(l, has_text ? s->text : program_text(l->arena, l->scenario->source, &s->expr->span));
        lowering_emit(l, check, s->expr->span);
        break;
    }
    case STMT_PRINT: lower_print(l, s); break;
    default: break;
    }
    statement_close(l, &region);
}

static void lower_if(Lowering *l, const Stmt *s) {
    PatchList otherwise = {0}, done = {0};
    Region region = statement_open(l);
    lower_branch(l, s->expr, false, &otherwise);
    condition_close(l, &region, &otherwise);
    lower_statement(l, s->body);
    if (s->otherwise) {
        lowering_jump(l, OP_JUMP, NO_OPERAND, &done, s->span);
        lowering_patch(l, &otherwise, lowering_here(l));
        lower_statement(l, s->otherwise);
    } else {
        lowering_patch(l, &otherwise, lowering_here(l));
    }
    lowering_patch(l, &done, lowering_here(l));
}

static void lower_nullary(Lowering *l, const Stmt *s, Opcode op) {
    lowering_emit(l, lowering_instr(op), s->span);
}

void lower_statement(Lowering *l, const Stmt *s) {
    Span outer = l->statement;
    if (s->kind != STMT_BLOCK) l->statement = s->span;
    uint32_t bindings = l->bindings.count;
    switch (s->kind) {
    case STMT_BLOCK: lower_block(l, s); break;
    case STMT_LOCAL: case STMT_ASSIGN: case STMT_EXPR: case STMT_ASSERT: case STMT_ASSUME: case STMT_PRINT: lower_simple(l, s); break;
    case STMT_IF: lower_if(l, s); break;
    case STMT_WHILE: case STMT_LOOP: lower_while(l, s); break;
    case STMT_FOR: lower_for(l, s); break;
    case STMT_AS_COMPLETED: lower_as_completed_loop(l, s); break;
    case STMT_REPEAT: lower_repeat(l, s); break;
    case STMT_BREAK: case STMT_CONTINUE:
        lowering_leave(l, l->loop->cleanup_depth);
        lowering_jump(l, OP_JUMP, NO_OPERAND, s->kind == STMT_BREAK ? &l->loop->breaks : &l->loop->continues, s->span);
        break;
    case STMT_RETURN: lower_return(l, s); break;
    case STMT_EXIT:
        lowering_leave(l, 0);
        lowering_end_instance(l, NO_OPERAND, s->span);
        break;
    case STMT_SKIP: lower_nullary(l, s, OP_SKIP); break;
    case STMT_YIELD: {
        Instr yield = lowering_instr(OP_YIELD);
        if (lowering_hands_over(l, true)) yield.flags = INSTR_HANDS_OVER;
        lowering_emit(l, yield, s->span);
        break;
    }
    case STMT_FENCE: lower_nullary(l, s, OP_FENCE); break;
    case STMT_PROGRESS: lower_nullary(l, s, OP_PROGRESS); break;
    case STMT_ATOMIC: lower_atomic(l, s); break;
    case STMT_AWAIT: {
        Operation guard = {.kind = OPERATION_AWAIT, .span = s->span, .a = s->expr};
        LoweredOperation lowered;
        lower_operation_operands(l, &guard, &lowered);
        lower_operation_emit(l, &lowered, 0, NO_OPERAND);
        break;
    }
    case STMT_OPERATION: lower_operation_statement(l, s); break;
    case STMT_WITH: lower_with(l, s); break;
    case STMT_DO_ONCE: lower_once(l, s); break;
    case STMT_SELECT: lower_select(l, s); break;
    case STMT_SERIAL: lower_serial(l, s); break;
    }
    /* Locals of a declaration stay visible to the statements after it; a loop variable does not. */
    if (s->kind == STMT_FOR || s->kind == STMT_AS_COMPLETED) l->bindings.count = bindings;
    if (s->kind != STMT_BLOCK) l->statement = outer;
}
