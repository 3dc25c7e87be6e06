/* reach.c: who could still let a waiting thread go on: threads whose remaining code holds an operation that helps.
 *
 * Method  a walk over the control flow from where the thread stands, both ways at every branch. It may name a thread
 *         that would take another branch in fact ("could"), never misses one that would help. */
#include "trace/telling.h"

/* What is waited for: an operation, and the elements of objects that it looks at. */
typedef struct Want {
    uint16_t op;
    ObjectId first;
    uint32_t count;
} Want;
typedef ArenaVec(Want) Wants;

/* The instruction that keeps a thread at a region: its first one that may block. */
static uint32_t skip_region(const Program *program, uint32_t instr)
{
    if (program->code[instr].op != OP_REGION)
        return instr;
    uint32_t end = (uint32_t)program->code[instr].b;
    for (uint32_t i = instr + 1; i < end; i++)
        if ((program_op_flags[program->code[i].op] & OPF_BLOCKS) != 0)
            return i;
    return instr;
}

static void collect_wants(Telling *telling, uint32_t instr, ObjectId object, Wants *wants)
{
    const Program *program = telling->program;
    instr = skip_region(program, instr);
    const Instr *code = &program->code[instr];
    if (code->op == OP_AWAIT) {
        for (uint32_t i = instr + 1; i < (uint32_t)code->b; i++) {
            const Instr *read = &program->code[i];
            if (read->op != OP_LOAD && read->op != OP_LENGTH && read->op != OP_CLOSED)
                continue;
            Want want = {.op = read->op == OP_LOAD ? OP_AWAIT : read->op};
            want.first = telling_operand(telling, read->b, read->c, &want.count);
            ARENA_PUSH(telling->arena, *wants, want);
        }
        return;
    }
    if (code->op == OP_SELECT) {
        for (Operand arm = 0; arm < code->a; arm++)
            collect_wants(telling, (uint32_t)program->lists[code->b + arm], NO_ID, wants);
        return;
    }
    Want want = {.op = code->op, .first = object, .count = 1};
    if (object == NO_ID && (program_op_flags[code->op] & OPF_OBJECT) != 0)
        want.first = telling_operand(telling, code->b, code->c, &want.count);
    if (want.first != NO_ID)
        ARENA_PUSH(telling->arena, *wants, want);
}

static bool helps(const Telling *telling, const Instr *instr, const Want *want)
{
    uint16_t waiting = want->op;
    if (waiting == OP_LENGTH || waiting == OP_CLOSED) { /* in an await: any change of the queue may help */
        if (instr->op != OP_PUT && instr->op != OP_GET && !telling_helps(OP_GET, instr->op))
            return false;
    } else if (!telling_helps(waiting, instr->op)) {
        return false;
    }
    if (instr->op == OP_WAITGROUP_ADD && instr->a < 0 && telling->program->constants[~instr->a] >= 0)
        return false;
    uint32_t count;
    ObjectId first = telling_operand(telling, instr->b, instr->c, &count);
    if (instr->op == OP_PUBLISH || instr->op == OP_TOPIC_CLOSE)
        count = (uint32_t)instr->d;
    return first < want->first + want->count && want->first < first + count;
}

static bool helps_any(const Telling *telling, const Instr *instr, const Wants *wants)
{
    if ((program_op_flags[instr->op] & OPF_OBJECT) == 0)
        return false;
    for (uint32_t i = 0; i < wants->count; i++)
        if (helps(telling, instr, &wants->items[i]))
            return true;
    return false;
}

typedef struct Reach {
    bool *seen;      /* by instruction */
    uint32_t *stack; /* at most one entry an instruction */
    uint32_t depth;
} Reach;

static void reach_push(Reach *reach, uint32_t instr)
{
    if (reach->seen[instr])
        return;
    reach->seen[instr] = true;
    reach->stack[reach->depth++] = instr;
}

static void push_successors(const Program *program, Reach *reach, uint32_t at)
{
    const Instr *instr = &program->code[at];
    uint32_t flags = program_op_flags[instr->op];
    if ((flags & OPF_JUMPS) != 0)
        reach_push(reach, (uint32_t)instr->b);
    if (instr->op == OP_ONCE_ENTER)
        reach_push(reach, (uint32_t)instr->d);
    if (instr->op == OP_SELECT) {
        for (Operand arm = 0; arm < instr->a; arm++)
            reach_push(reach, (uint32_t)program->lists[instr->b + arm]);
        if (instr->c != NO_OPERAND)
            reach_push(reach, (uint32_t)instr->c);
        return;
    }
    if (instr->op == OP_SPAWN) /* what the new thread will do counts, too */
        reach_push(reach, program->threads[program->functions[instr->b].first_slot].entry);
    if ((flags & OPF_ENDS) == 0 && at + 1 < program->code_count)
        reach_push(reach, at + 1);
}

/* Does any instruction that control can reach from `start` help? */
static bool reaches_help(Telling *telling, uint32_t start, const Wants *wants)
{
    const Program *program = telling->program;
    Reach reach = {ARENA_ARRAY(telling->arena, bool, program->code_count),
                   ARENA_ARRAY(telling->arena, uint32_t, program->code_count), 0};
    reach_push(&reach, start);
    while (reach.depth > 0) {
        uint32_t at = reach.stack[--reach.depth];
        if (helps_any(telling, &program->code[at], wants))
            return true;
        push_successors(program, &reach, at);
    }
    return false;
}

void reach_helpers(Telling *telling, ThreadId thread, uint32_t instr, ObjectId object, bool *marks)
{
    Wants wants = {0};
    collect_wants(telling, instr, object, &wants);
    const Word *state = telling_last(telling)->state;
    for (ThreadId t = 0; t < telling->program->thread_count; t++) {
        const ThreadCode *code = &telling->program->threads[t];
        uint32_t point = machine_point(telling->machine, state, t);
        marks[t] = false;
        if (t != thread && machine_is_born(telling->machine, state, t) && point >= 1 && point <= code->point_count)
            marks[t] = reaches_help(telling, code->points[point].instr, &wants);
    }
}

bool reach_ever_helps(Telling *telling, ThreadId thread, uint32_t instr, ObjectId object)
{
    Wants wants = {0};
    collect_wants(telling, instr, object, &wants);
    return reaches_help(telling, telling->program->threads[thread].entry, &wants);
}
