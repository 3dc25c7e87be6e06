/* oracle_statement.c: statements but those that wait or make a region. */
#include "oracle_here.h"

static void unwind(const Here *here, Unwind how, uint32_t line)
{
    here->thread->unwind = how;
    here->thread->end_line = line;
}

static bool is_local_place(const Expr *place)
{
    return place->symbol->kind == SYMBOL_LOCAL;
}

static void advance_block(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == stmt->statements.count) {
        here_forget_block(here, stmt);
        here_leave(here);
        return;
    }
    here_push_stmt(here, stmt->statements.items[frame->stage++]);
}

static void advance_local(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    const Symbol *symbol = stmt->symbol;
    if (symbol->is_array) {
        if (frame->stage > 0) {
            uint32_t first = stmt->values.count == 1 ? 0 : frame->stage - 1;
            uint32_t last = stmt->values.count == 1 ? symbol->length : frame->stage;
            for (uint32_t e = first; e < last; e++)
                *here_local(here, symbol, e) = here->thread->result;
        } else {
            for (uint32_t e = 0; e < symbol->length; e++)
                *here_local(here, symbol, e) = value_of(0);
        }
        if (frame->stage == stmt->values.count)
            here_leave(here);
        else
            here_push_expr(here, stmt->values.items[frame->stage++]);
        return;
    }
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (stmt->expr != NULL) {
            here_push_expr(here, stmt->expr);
            return;
        }
    }
    *here_local(here, symbol, 0) = here->thread->result;
    here_leave(here);
}

/* v[0] index, v[1] old value of a compound assignment, v[2] what is written. */
static void advance_assign(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    const Expr *target = stmt->target;
    switch (frame->stage) {
    case 0:
        frame->stage = 1;
        here->thread->result = value_of(0);
        if (target->index != NULL)
            here_push_expr(here, target->index);
        return;
    case 1:
        frame->v[0] = here->thread->result;
        if (!here_check_index(here, target, target->symbol, frame->v[0].n))
            return;
        if (stmt->is_compound && !is_local_place(target)) {
            frame->stage = STAGE_STEP;
            return;
        }
        if (stmt->is_compound) {
            frame->v[1] = *here_local(here, target->symbol, frame->v[0].n);
            frame->v[1].taint = taint_union(frame->v[1].taint, frame->v[0].taint);
        }
        frame->stage = 2;
        return;
    case 2:
        frame->stage = 3;
        here_push_expr(here, stmt->expr);
        return;
    default:
        frame->v[2] = here->thread->result;
        if (stmt->is_compound) {
            frame->v[2].taint = taint_union(frame->v[1].taint, frame->v[2].taint);
            if (!arithmetic_binary(stmt->assign, frame->v[1].n, frame->v[2].n, &frame->v[2].n)) {
                run_error(here->run, stmt->span.line);
                return;
            }
        }
        if (!is_local_place(target)) {
            frame->stage = STAGE_STORE;
            return;
        }
        *here_local(here, target->symbol, frame->v[0].n) = frame->v[2];
        here_leave(here);
    }
}

static void step_assign(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == STAGE_STEP) {
        frame->v[1] = here_read(here, stmt->target, &frame->v[0], false);
        frame->stage = 2;
        return;
    }
    uint32_t element = here_element(here, stmt->target, frame->v[0].n);
    Value value = frame->v[2];
    here_leave(here);
    run_write(here->run, here->number, element, value, stmt->target->span.line);
}

static void advance_if(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, stmt->expr);
        return;
    }
    bool holds = here->thread->result.n != 0;
    here_leave(here);
    if (holds)
        here_push_stmt(here, stmt->body);
    else if (stmt->otherwise != NULL)
        here_push_stmt(here, stmt->otherwise);
}

static void advance_while(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here->thread->statement_open = false;
        here_push_expr(here, stmt->expr);
    } else if (here->thread->result.n != 0) {
        frame->stage = 0;
        here_push_stmt(here, stmt->body);
    } else {
        here_leave(here);
    }
}

/* v[0] the next number, v[1] the bound. Assigning to the loop variable does not change the count. */
static void advance_for(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, stmt->low);
        return;
    }
    if (frame->stage == 1) {
        frame->v[0] = here->thread->result;
        frame->stage = 2;
        here_push_expr(here, stmt->high);
        return;
    }
    if (frame->stage == 2) {
        frame->v[1] = value_of(here->thread->result.n);
        frame->stage = 3;
    }
    bool goes_on = stmt->is_closed ? frame->v[0].n <= frame->v[1].n : frame->v[0].n < frame->v[1].n;
    if (!goes_on || frame->stage == 4) {
        *here_local(here, stmt->symbol, 0) = value_of(0);
        here_leave(here);
        return;
    }
    *here_local(here, stmt->symbol, 0) = frame->v[0];
    if (frame->v[0].n == INT64_MAX)
        frame->stage = 4;
    else
        frame->v[0].n++;
    here_push_stmt(here, stmt->body);
}

static void advance_repeat(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, stmt->expr);
        return;
    }
    if (frame->stage == 1) {
        frame->stage = 2;
        frame->v[0] = value_of(here->thread->result.n);
    }
    if (frame->v[0].n <= 0) {
        here_leave(here);
        return;
    }
    frame->v[0].n--;
    here_push_stmt(here, stmt->body);
}

static void advance_return(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0 && stmt->expr != NULL) {
        frame->stage = 1;
        here_push_expr(here, stmt->expr);
        return;
    }
    here->thread->returned = stmt->expr == NULL ? value_of(0) : here->thread->result;
    unwind(here, UNWIND_RETURN, stmt->span.line);
}

static void advance_check(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage == 0) {
        frame->stage = 1;
        here_push_expr(here, stmt->expr);
        return;
    }
    bool holds = here->thread->result.n != 0;
    here_leave(here);
    if (holds)
        return;
    if (stmt->kind == STMT_ASSERT)
        run_stop(here->run, STOP_ASSERTION, FINDING_ASSERTION, NULL, stmt->span.line);
    else
        run_stop(here->run, STOP_ASSUME, FINDING_ASSERTION, NULL, stmt->span.line);
}

static void advance_print(const Here *here, const Stmt *stmt)
{
    Frame *frame = here_top(here);
    if (frame->stage > 0) {
        Value value = here->thread->result;
        uint32_t place = thread_reserve(here->thread, 1);
        here->thread->values[place] = value_of(value.n);
    }
    if (frame->stage == stmt->items.count) {
        frame->stage = STAGE_STEP;
        return;
    }
    const Expr *expr = stmt->items.items[frame->stage++].expr;
    here->thread->result = value_of(0);
    if (expr != NULL)
        here_push_expr(here, expr);
}

static void step_print(const Here *here, const Stmt *stmt)
{
    Text text = {0};
    for (uint32_t i = 0; i < stmt->items.count; i++) {
        if (stmt->items.items[i].text != NULL)
            text_add(&text, stmt->items.items[i].text);
        else
            text_format(&text, "%lld", (long long)here->thread->values[here_top(here)->base + i].n);
    }
    text_add(&text, "");
    here->run->state->output = output_append(here->run->state->output, text.bytes == NULL ? "" : text.bytes);
    text_free(&text);
    here_leave(here);
}

void statement_advance(const Here *here)
{
    Frame *frame = here_top(here);
    const Stmt *stmt = frame->node;
    if (frame->stage == 0 && stmt->kind != STMT_BLOCK) {
        here->thread->statement_open = false;
        if (here->thread->region_accesses > 0)
            here->thread->is_first = false;
        if (here->thread->frame_count > 2) { /* behind the first statement of an atomic block */
            const Frame *block = frame - 1, *owner = frame - 2;
            const Stmt *region = owner->node;
            if (owner->kind == FRAME_STMT && region->kind == STMT_ATOMIC && block->kind == FRAME_STMT &&
                block->stage > 1)
                here->thread->is_first = false;
        }
    }
    switch (stmt->kind) {
    case STMT_BLOCK: advance_block(here, stmt); return;
    case STMT_LOCAL: advance_local(here, stmt); return;
    case STMT_ASSIGN: advance_assign(here, stmt); return;
    case STMT_EXPR:
        if (frame->stage == 0) {
            frame->stage = 1;
            here_push_expr(here, stmt->expr);
        } else {
            here_leave(here);
        }
        return;
    case STMT_IF: advance_if(here, stmt); return;
    case STMT_WHILE: advance_while(here, stmt); return;
    case STMT_FOR: advance_for(here, stmt); return;
    case STMT_REPEAT: advance_repeat(here, stmt); return;
    case STMT_LOOP: here_push_stmt(here, stmt->body); return;
    case STMT_BREAK: unwind(here, UNWIND_BREAK, 0); return;
    case STMT_CONTINUE: unwind(here, UNWIND_CONTINUE, 0); return;
    case STMT_RETURN: advance_return(here, stmt); return;
    case STMT_EXIT: unwind(here, UNWIND_EXIT, stmt->span.line); return;
    case STMT_ASSERT:
    case STMT_ASSUME: advance_check(here, stmt); return;
    case STMT_PRINT: advance_print(here, stmt); return;
    case STMT_SKIP:
    case STMT_YIELD:
    case STMT_FENCE:
    case STMT_AWAIT: frame->stage = STAGE_STEP; return;
    case STMT_PROGRESS:
        here->run->progresses = true;
        here_leave(here);
        return;
    case STMT_ATOMIC: atomic_advance(here, stmt); return;
    case STMT_OPERATION:
        if (frame->stage == 0) {
            frame->stage = 1;
            thread_push(here->thread, FRAME_OPERATION, stmt->operation);
        } else {
            here_leave(here);
        }
        return;
    case STMT_WITH: with_advance(here, stmt); return;
    case STMT_DO_ONCE: once_advance(here, stmt); return;
    case STMT_SELECT: select_advance(here, stmt); return;
    case STMT_SERIAL:
        here_leave(here);
        here_push_stmt(here, stmt->body);
        return;
    case STMT_AS_COMPLETED: completed_advance(here, stmt); return;
    }
}

void statement_step(const Here *here)
{
    const Stmt *stmt = here_top(here)->node;
    if (here_top(here)->stage == STAGE_ARRIVED) { /* at a barrier, by a select */
        run_block(here->run, here->number, stmt->span.line);
        return;
    }
    switch (stmt->kind) {
    case STMT_ASSIGN: step_assign(here, stmt); return;
    case STMT_PRINT: step_print(here, stmt); break;
    case STMT_ATOMIC: atomic_step(here); return;
    case STMT_AWAIT: await_step(here, stmt); break;
    case STMT_WITH: with_leave(here, stmt); break;
    case STMT_DO_ONCE: once_step(here, stmt); return;
    case STMT_SELECT: select_step(here, stmt); return;
    case STMT_AS_COMPLETED: completed_step(here, stmt); break;
    case STMT_SKIP:
    case STMT_YIELD:
    case STMT_FENCE: here_leave(here); break;
    default: die(EXIT_UNSUPPORTED, "line %u: no step", stmt->span.line);
    }
    here->thread->region_accesses++;
}
