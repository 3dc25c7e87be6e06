/* oracle_operands.c: operations with their operands before and their targets behind. */
#include "oracle_here.h"

/* The operand that belongs to a slot; NULL: none. */
static const Expr *operand_of(const Operation *operation, uint32_t slot)
{
    const Expr *place = NULL;
    switch (slot) {
    case SLOT_OBJECT: place = operation->object; break;
    case SLOT_WITH: place = operation->with_object; break;
    case SLOT_A: return operation->kind == OPERATION_AWAIT ? NULL : operation->a;
    case SLOT_TARGET: place = operation->targets.count > 0 ? operation->targets.items[0] : NULL; break;
    case SLOT_TARGET_OK: place = operation->targets.count > 1 ? operation->targets.items[1] : NULL; break;
    default: break;
    }
    return place == NULL ? NULL : place->index;
}

static const Expr *place_of(const Operation *operation, uint32_t slot)
{
    switch (slot) {
    case SLOT_OBJECT: return operation->object;
    case SLOT_WITH: return operation->with_object;
    case SLOT_TARGET: return operation->targets.count > 0 ? operation->targets.items[0] : NULL;
    case SLOT_TARGET_OK: return operation->targets.count > 1 ? operation->targets.items[1] : NULL;
    default: return NULL;
    }
}

/* Order: indices of the targets, of the object, of the second object, the value. v[0].n: base of the slots. */
void operands_advance(const Here *here, const Operation *operation)
{
    static const uint32_t order[] = {SLOT_TARGET, SLOT_TARGET_OK, SLOT_OBJECT, SLOT_WITH, SLOT_A};
    Frame *frame = here_top(here);
    uint32_t slots = (uint32_t)frame->v[0].n;
    if (frame->v[1].n != 0) { /* a value has come */
        uint32_t slot = order[frame->stage];
        here->thread->values[slots + slot] = here->thread->result;
        frame->v[1].n = 0;
        const Expr *place = place_of(operation, slot);
        if (place != NULL && !here_check_index(here, place, place->symbol, here->thread->result.n))
            return;
        frame->stage++;
    }
    while (frame->stage < 5) {
        const Expr *operand = operand_of(operation, order[frame->stage]);
        if (operand != NULL) {
            frame->v[1].n = 1;
            here_push_expr(here, operand);
            return;
        }
        frame->stage++;
    }
    Value *object = &here->thread->values[slots + SLOT_OBJECT];
    if (operation->kind == OPERATION_RECEIVE) {
        if (here->thread->symbol->mailbox == NULL)
            die(EXIT_UNSUPPORTED, "line %u: receive without a mailbox", operation->span.line);
        *object = value_of(model_mailbox(here->model, here->thread->symbol, here->thread->instance));
    } else if (operation->object != NULL && operation->kind != OPERATION_JOIN &&
               operation->object->symbol->kind != SYMBOL_POOL) {
        bool is_whole = operation->kind == OPERATION_PUBLISH || operation->kind == OPERATION_CLOSE;
        uint32_t thread = is_whole ? NO_THREAD : here->number;
        *object = value_of(messages_queue(here->model, here->run->state, thread, operation->object->symbol,
                                          (uint32_t)object->n));
    }
    if (operation->with_object != NULL) {
        Value *with = &here->thread->values[slots + SLOT_WITH];
        *with = value_of((int64_t)model_object(here->model, operation->with_object->symbol, (uint32_t)with->n));
    }
    thread_pop(here->thread);
}

/* Assigns the item and ok of a get; v[0].n: base of the slots. */
void targets_advance(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    if (operation->kind == OPERATION_GATHER || operation->kind == OPERATION_MAP) {
        gather_targets(here, operation);
        return;
    }
    while (frame->stage < operation->targets.count) {
        const Expr *target = operation->targets.items[frame->stage];
        if (target->symbol->kind == SYMBOL_VARIABLE) {
            frame->v[1] = value_of(frame->stage);
            frame->stage = STAGE_STORE;
            return;
        }
        const Value *slots = here->thread->values + frame->v[0].n;
        *here_local(here, target->symbol, slots[SLOT_TARGET + frame->stage].n) = slots[SLOT_ITEM + frame->stage];
        frame->stage++;
    }
    thread_pop(here->thread);
}

void targets_step(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    uint32_t which = (uint32_t)frame->v[1].n;
    const Expr *target = operation->targets.items[which];
    const Value *slots = here->thread->values + frame->v[0].n;
    uint32_t element = here_element(here, target, slots[SLOT_TARGET + which].n);
    frame->stage = which + 1;
    frame->v[1] = value_of(0);
    run_write(here->run, here->number, element, slots[SLOT_ITEM + which], target->span.line);
}

void operating_advance(const Here *here, const Operation *operation)
{
    Frame *frame = here_top(here);
    uint32_t base = frame->base;
    if (operation->kind == OPERATION_GATHER && frame->stage < STAGE_DONE) {
        gather_advance(here, operation);
        return;
    }
    if (operation->kind == OPERATION_MAP && frame->stage < STAGE_DONE) {
        map_advance(here, operation);
        return;
    }
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        thread_reserve(here->thread, SLOT_COUNT);
        here_push_slots(here, FRAME_OPERANDS, operation, base);
        return;
    case 1:
        if (models_is_timed(operation))
            models_arrive(here->run, here->number, operation, here->thread->values[base + SLOT_A].n);
        frame->stage = STAGE_STEP;
        return;
    case STAGE_DONE:
        frame->stage = STAGE_DONE + 1;
        here_push_slots(here, FRAME_TARGETS, operation, base);
        return;
    case STAGE_TRY_FAILED: here_leave_with(here, value_of(0)); return;
    default: /* STAGE_DONE + 1 */
        here_leave_with(here, frame->is_try ? value_of(1) : value_of(here->thread->values[base + SLOT_OBJECT].n));
        return;
    }
}

void operating_step(const Here *here, const Operation *operation, uint32_t line)
{
    Frame *frame = here_top(here);
    uint32_t slots = frame->base;
    Mode mode = frame->is_try ? MODE_TRY : MODE_PLAIN;
    if (operation_enabled(here->run, here->number, operation, slots, mode)) {
        if (run_is_over(here->run))
            return;
        frame->stage = STAGE_DONE;
        operation_execute(here->run, here->number, operation, slots, mode, line);
    } else if (frame->is_try && !operation_sender_ready(here->run, here->number, operation, slots, mode)) {
        frame->stage = STAGE_TRY_FAILED;
        here->thread->region_accesses++;
    } else if (!run_is_over(here->run)) {
        if (!frame->is_try) /* which waits for nobody: the sender that is ready makes the joint step */
            operation_explain(here->run, here->number, operation, slots, true);
        run_block(here->run, here->number, line);
    }
}

/* The second halves of wait and wrlock. */
void operating_step_again(const Here *here, const Operation *operation, uint32_t line)
{
    Frame *frame = here_top(here);
    uint32_t slots = frame->base;
    Value *values = here->thread->values + slots;
    if (frame->stage == STAGE_COMPUTING) {
        models_give_core(here->run, here->number, line);
        return;
    }
    if (frame->stage == STAGE_ANNOUNCED) {
        uint32_t object = (uint32_t)values[SLOT_OBJECT].n;
        if (here->run->state->objects[object].destroyed) {
            run_misuse(here->run, object, line);
        } else if (operation_enabled(here->run, here->number, operation, slots, MODE_ARM)) {
            frame->stage = STAGE_DONE;
            operation_execute(here->run, here->number, operation, slots, MODE_ARM, line);
            here->run->state->objects[object].announced &= ~(UINT64_C(1) << here->number);
        } else {
            operation_explain(here->run, here->number, operation, slots, true);
            run_block(here->run, here->number, line);
        }
        return;
    }
    uint32_t object = (uint32_t)values[SLOT_WITH].n;
    bool may_wake = frame->stage == STAGE_WOKEN || (frame->stage == STAGE_ASLEEP && here->model->spurious);
    if (may_wake && here->run->state->objects[object].destroyed) {
        run_misuse(here->run, object, line);
    } else if (may_wake && operation_can_retake(here->run, object)) {
        frame->stage = STAGE_DONE;
        operation_retake(here->run, here->number, object, frame->v[0].n, line);
    } else {
        const ObjectState *mutex = &here->run->state->objects[object];
        if (frame->stage == STAGE_WOKEN && mutex->owner >= 0)
            here->run->waits_for |= UINT64_C(1) << mutex->owner;
        run_block(here->run, here->number, line);
    }
}

void interpret_receive(Run *run, uint32_t number, uint32_t arm, int64_t item)
{
    Here here = here_of(run, number);
    Frame *frame = here_top(&here);
    if (frame->kind == FRAME_OPERATION) {
        here.thread->values[frame->base + SLOT_ITEM] = value_of(item);
        here.thread->values[frame->base + SLOT_OK] = value_of(1);
        frame->stage = STAGE_DONE;
    } else {
        Value *slots = here.thread->values + frame->base + arm * SLOT_COUNT;
        slots[SLOT_ITEM] = value_of(item);
        slots[SLOT_OK] = value_of(1);
        frame->v[0] = value_of(arm);
        frame->stage = STAGE_DONE;
    }
    here.thread->statement_open = run->model->statement_granularity;
}
