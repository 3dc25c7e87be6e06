#include "program/lowering.h"

#include <assert.h>
#include <string.h>

/* Register that a target receives directly, or a fresh one when the target is written by a step of its own (or is an array element). */
static Operand target_register(Lowering *l, const Expr *target) {
    if (target->symbol->kind == SYMBOL_LOCAL && !target->index) return lowering_reg_of(l, target->symbol);
    return lowering_register(l);
}

/* Where a target is written: its index is evaluated ahead of all else, as that of an assignment. */
static Place target_place(Lowering *l, const Expr *target) {
    if (target->symbol->kind != SYMBOL_LOCAL) {
        Place place = lower_place(l, target);
        if (place.index != NO_OPERAND) place.index = lower_stable(l, place.index);
        return place;
    }
    Place place = {NO_ID, NO_OPERAND};
    if (!target->index) return place;
    place.index = lower_stable(l, lower_expression(l, target->index));
    Instr check = lowering_instr(OP_CHECK_INDEX);
    check.a = place.index;
    check.b = (Operand)target->symbol->length;
    lowering_emit(l, check, target->index->span);
    return place;
}

/* publish, and close of a topic: all its queues. */
static bool is_for_topic(const Operation *operation) {
    return operation->object && operation->object->symbol->is_topic && operation->kind != OPERATION_GET && operation->kind != OPERATION_ACK;
}

static Place own_mailbox(Lowering *l, const Operation *operation) {
    Place place = {0, NO_OPERAND};
    const Symbol *symbol = l->thread->symbol;
    if (symbol->mailbox)
        place.object = lowering_object(l, symbol) + l->thread->instance;
    else
        lowering_error(l, operation->span, arena_format(l->arena, "'%s' is no actor and has no mailbox to receive from", symbol->name),
                       arena_format(l->arena, "declare it as 'actor %s { ... }'", symbol->name));
    return place;
}

static void lower_operands(Lowering *l, const Operation *operation, LoweredOperation *out) {
    *out = (LoweredOperation){.operation = operation, .place = {NO_ID, NO_OPERAND}, .with_place = {NO_ID, NO_OPERAND}, .a = NO_OPERAND,
                              .get_value = NO_OPERAND, .get_ok = NO_OPERAND, .depth = NO_OPERAND};
    if (operation->kind == OPERATION_AWAIT) return; /* evaluated in the step itself */
    if (lowering_is_timed(operation->kind)) {
        out->a = lower_expression(l, operation->a);
        return;
    }
    if (operation->kind == OPERATION_JOIN) {
        if (!operation->object) {
            out->a = lower_expression(l, operation->a);
        } else if (operation->object->index) {
            out->a = lower_expression(l, operation->object->index);
            Instr check = lowering_instr(OP_CHECK_INDEX);
            check.a = out->a;
            check.b = (Operand)operation->object->symbol->length;
            lowering_emit(l, check, operation->object->index->span);
        }
        return;
    }
    bool is_gathered = operation->kind == OPERATION_GATHER || operation->kind == OPERATION_MAP;
    for (uint32_t i = 0; i < operation->targets.count && !is_gathered; i++) out->targets[i] = target_place(l, operation->targets.items[i]);
    if (operation->kind == OPERATION_AWAIT_TASK) {
        out->a = lower_expression(l, operation->a);
        if (operation->targets.count > 0) out->get_value = target_register(l, operation->targets.items[0]);
        return;
    }
    if (is_gathered) {
        out->list = lower_gathered(l, operation);
        out->count = (Operand)(operation->kind == OPERATION_MAP ? operation->arguments.items[0]->symbol->length : operation->arguments.count);
        if (operation->targets.count == 0) return;
        out->get_value = l->next_register;
        l->next_register += out->count;
        return;
    }
    if (operation->kind == OPERATION_RECEIVE)
        out->place = own_mailbox(l, operation);
    else if (is_for_topic(operation))
        out->place.object = lowering_object(l, operation->object->symbol);
    else
        out->place = lower_place(l, operation->object);
    if (operation->with_object) out->with_place = lower_place(l, operation->with_object);
    if (operation->a) out->a = lower_expression(l, operation->a);
    if (operation->kind == OPERATION_RELEASE && !operation->a) out->a = lowering_constant(l, 1);
    if (operation->kind == OPERATION_DONE) out->a = lowering_constant(l, -1);
    if (operation->targets.count > 0) out->get_value = target_register(l, operation->targets.items[0]);
    if (operation->targets.count > 1) out->get_ok = target_register(l, operation->targets.items[1]);
}

void lower_operation_operands(Lowering *l, const Operation *operation, LoweredOperation *out) {
    bool was_operand = l->is_operand;
    l->is_operand = true;
    lower_operands(l, operation, out);
    l->is_operand = was_operand;
}

static Opcode operation_opcode(const Operation *operation) {
    switch (operation->kind) {
    case OPERATION_LOCK: return OP_LOCK;
    case OPERATION_UNLOCK: return operation->object->symbol->kind == SYMBOL_RWLOCK ? OP_RW_UNLOCK : OP_UNLOCK;
    case OPERATION_RDLOCK: return OP_RDLOCK;
    case OPERATION_WRLOCK: return OP_WRLOCK;
    case OPERATION_ACQUIRE: return OP_ACQUIRE;
    case OPERATION_RELEASE: return OP_RELEASE;
    case OPERATION_WAIT_CONDITION: return OP_CONDITION_WAIT;
    case OPERATION_SIGNAL: return OP_SIGNAL;
    case OPERATION_BROADCAST: return OP_BROADCAST;
    case OPERATION_WAIT_BARRIER: return OP_BARRIER_ARRIVE;
    case OPERATION_SET: return OP_EVENT_SET;
    case OPERATION_CLEAR: return OP_EVENT_CLEAR;
    case OPERATION_WAIT_EVENT: return OP_EVENT_WAIT;
    case OPERATION_ADD: case OPERATION_DONE: return OP_WAITGROUP_ADD;
    case OPERATION_WAIT_WAITGROUP: return OP_WAITGROUP_WAIT;
    case OPERATION_PUT: return OP_PUT;
    case OPERATION_GET: case OPERATION_RECEIVE: return OP_GET;
    case OPERATION_CLOSE: return is_for_topic(operation) ? OP_TOPIC_CLOSE : OP_CLOSE;
    case OPERATION_SEND: return OP_SEND;
    case OPERATION_PUBLISH: return OP_PUBLISH;
    case OPERATION_ACK: return OP_ACK;
    case OPERATION_DESTROY: return OP_DESTROY;
    case OPERATION_AWAIT: return OP_AWAIT;
    case OPERATION_SLEEP: return OP_SLEEP;
    case OPERATION_IO: return OP_IO;
    case OPERATION_COMPUTE: return OP_COMPUTE;
    case OPERATION_AWAIT_TASK: return OP_AWAIT_HANDLE;
    case OPERATION_GATHER: case OPERATION_MAP: return OP_GATHER;
    case OPERATION_SHUTDOWN: return OP_POOL_DRAIN;
    case OPERATION_JOIN: case OPERATION_KIND_COUNT: break;
    }
    return OP_JOIN;
}

/* AWAIT: the expression is evaluated within the step, all at once. */
static void emit_await(Lowering *l, const Operation *operation, uint16_t flags, Operand result) {
    Instr await = lowering_instr(OP_AWAIT);
    await.flags = flags;
    await.result = result;
    uint32_t address = lowering_emit(l, await, operation->span);
    bool was_atomic = l->region_atomic, was_first = l->region_first;
    l->region_depth++;
    l->region_atomic = true;
    Operand value = lower_expression(l, operation->a);
    l->region_depth--;
    l->region_atomic = was_atomic;
    l->region_first = was_first;
    Instr end = lowering_instr(OP_AWAIT_END);
    end.a = value;
    l->code.items[address].b = (Operand)lowering_emit(l, end, operation->span);
}

static ThreadId first_instance(const Lowering *l, const Symbol *thread) {
    ThreadId first = 0;
    while (l->program->threads[first].symbol != thread) first++;
    return first;
}

static void emit_join(Lowering *l, const LoweredOperation *lowered, uint16_t flags, Operand result) {
    const Operation *operation = lowered->operation;
    Instr join = lowering_instr(operation->object ? OP_JOIN : OP_JOIN_HANDLE);
    join.flags = flags;
    join.result = result;
    if (!operation->object) {
        join.a = lowered->a;
    } else {
        join.b = (Operand)first_instance(l, operation->object->symbol);
        join.c = (Operand)operation->object->symbol->length;
        join.d = lowered->a;
    }
    lowering_emit(l, join, operation->span);
}

void lower_operation_emit(Lowering *l, const LoweredOperation *lowered, uint16_t flags, Operand result) {
    const Operation *operation = lowered->operation;
    bool waits = operation->is_awaited || operation->kind == OPERATION_AWAIT || operation->kind == OPERATION_AWAIT_TASK ||
                 operation->kind == OPERATION_GATHER;
    if (flags == 0 && waits && lowering_hands_over(l, false)) flags = INSTR_HANDS_OVER;
    if (operation->kind == OPERATION_SHUTDOWN) {
        lower_shutdown(l, (Operand)lowered->place.object, flags, operation->span);
        return;
    }
    if (operation->kind == OPERATION_AWAIT) {
        emit_await(l, operation, flags, result);
        return;
    }
    if (operation->kind == OPERATION_JOIN) {
        emit_join(l, lowered, flags, result);
        return;
    }
    Instr instr = lowering_instr(operation_opcode(operation));
    instr.flags = flags;
    if (lowering_is_timed(operation->kind)) {
        lower_timed(l, instr, lowered->a, operation->span);
        return;
    }
    instr.result = result;
    instr.b = (Operand)lowered->place.object;
    instr.c = lowered->place.index;
    instr.a = lowered->a;
    if (instr.op == OP_GET) {
        instr.a = lowered->get_value;
        instr.d = lowered->get_ok;
    } else if (instr.op == OP_AWAIT_HANDLE) {
        instr.a = lowered->get_value;
        instr.b = NO_OPERAND;
        instr.d = lowered->a;
    } else if (instr.op == OP_GATHER) {
        instr.a = lowered->get_value;
        instr.b = lowered->list;
        instr.c = lowered->count;
    }
    if (instr.op == OP_PUBLISH || instr.op == OP_TOPIC_CLOSE) instr.d = (Operand)operation->object->symbol->length;
    if (instr.op == OP_SEND) instr.d = (Operand)first_instance(l, operation->object->symbol);
    bool is_alone = (flags & (INSTR_TRY | INSTR_ARM)) == 0;
    if (instr.op == OP_WRLOCK && operation->object->symbol->writers_first && is_alone && !l->region_depth) {
        Instr announce = lowering_instr(OP_WRLOCK_ANNOUNCE);
        announce.b = instr.b;
        announce.c = instr.c;
        lowering_emit(l, announce, operation->span);
        instr.d = 1;
    }
    if (instr.op == OP_CONDITION_WAIT) {
        instr.a = lowering_register(l);
        instr.d = (Operand)lowered->with_place.object;
        instr.e = lowered->with_place.index;
    }
    lowering_emit(l, instr, operation->span);
    if (instr.op == OP_CONDITION_WAIT || instr.op == OP_BARRIER_ARRIVE) {
        /* What follows the first half is a place to stand at, never a `try` or an arm itself. */
        instr.flags &= INSTR_HANDS_OVER;
        instr.result = NO_OPERAND;
        bool was_first = l->region_first, was_first_access = l->region_first_access;
        l->region_first = l->region_first_access = false;
        uint32_t depth = l->region_depth;
        if (l->statement_region) l->region_depth = 0; /* also where a statement is one step: here it is left, to be gone on with */
        if (instr.op == OP_BARRIER_ARRIVE) {
            instr.op = OP_BARRIER_WAIT;
            lowering_emit(l, instr, operation->span);
        } else {
            instr.op = OP_CONDITION_SLEEP;
            lowering_emit(l, instr, operation->span);
            instr.op = OP_CONDITION_WAKE;
            lowering_emit(l, instr, operation->span);
        }
        l->region_depth = depth;
        l->region_first = was_first;
        l->region_first_access = was_first_access;
    }
}

static void store_target(Lowering *l, const Expr *target, Place place, Operand value) {
    if (value == NO_OPERAND || (target->symbol->kind == SYMBOL_LOCAL && !target->index)) return;
    if (target->symbol->kind != SYMBOL_LOCAL) {
        lower_store(l, place, value, target->span);
        return;
    }
    Instr set = lowering_instr(OP_ARRAY_SET);
    set.a = value;
    set.b = lowering_reg_of(l, target->symbol);
    set.c = place.index;
    set.d = (Operand)target->symbol->length;
    lowering_emit(l, set, target->span);
}

/* The results of gather and map, from register get_value on. */
static void store_results(Lowering *l, const LoweredOperation *operation) {
    const ExprList *targets = &operation->operation->targets;
    for (Operand i = 0; targets->count > 0 && i < operation->count; i++) {
        bool is_array = targets->count == 1 && targets->items[0]->symbol->is_array && !targets->items[0]->index;
        Expr target = *targets->items[is_array ? 0 : i], index = {.kind = EXPR_INTEGER, .value = i, .span = target.span};
        if (is_array) target.index = &index;
        if (target.symbol->kind == SYMBOL_LOCAL && !target.index)
            lowering_local(l, OP_MOVE, lowering_reg_of(l, target.symbol), operation->get_value + i, NO_OPERAND, target.span);
        else
            store_target(l, &target, target_place(l, &target), operation->get_value + i);
    }
}

void lower_operation_targets(Lowering *l, const LoweredOperation *operation) {
    const ExprList *targets = &operation->operation->targets;
    if (operation->operation->kind == OPERATION_GATHER || operation->operation->kind == OPERATION_MAP) {
        store_results(l, operation);
        return;
    }
    if (targets->count > 0) store_target(l, targets->items[0], operation->targets[0], operation->get_value);
    if (targets->count > 1) store_target(l, targets->items[1], operation->targets[1], operation->get_ok);
}
