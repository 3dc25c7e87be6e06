/* operands.c: what values made an expression false. */
#include "trace/telling.h"

typedef struct Operands {
    Telling *telling;
    ThreadId thread; /* NO_ID: none, for properties */
    uint32_t told;
    ArenaVec(const Expr *) names;
} Operands;

static void collect(Operands *operands, const Expr *expr)
{
    if (expr == NULL)
        return;
    if (expr->kind == EXPR_NAME || expr->kind == EXPR_MEMBER || expr->kind == EXPR_LENGTH || expr->kind == EXPR_CLOSED)
        ARENA_PUSH(operands->telling->arena, operands->names, expr);
    collect(operands, expr->index);
    collect(operands, expr->place);
    collect(operands, expr->a);
    collect(operands, expr->b);
    collect(operands, expr->c);
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        collect(operands, expr->arguments.items[i]);
}

static const Local *find_local(const Telling *telling, ThreadId thread, const Symbol *symbol)
{
    const ThreadCode *code = &telling->program->threads[thread];
    for (uint32_t l = code->local_count; l-- > 0;)
        if (code->locals[l].symbol == symbol)
            return &code->locals[l];
    return NULL;
}

static bool index_of(Operands *operands, const Expr *index, int64_t *value);

static bool local_value(Operands *operands, ThreadId thread, const Symbol *symbol, int64_t index, int64_t *value)
{
    const Local *local = thread == NO_ID ? NULL : find_local(operands->telling, thread, symbol);
    if (local == NULL || index < 0 || index >= (int64_t)local->length)
        return false;
    *value = machine_register(operands->telling->machine, telling_last(operands->telling)->state, thread,
                              local->reg + (int32_t)index);
    return true;
}

static ObjectId find_object(const Telling *telling, const Symbol *symbol, int64_t index)
{
    for (ObjectId o = 0; o < telling->program->object_count; o++)
        if (telling->program->objects[o].symbol == symbol && (int64_t)telling->program->objects[o].element == index)
            return o;
    return NO_ID;
}

/* A shared variable as the thread read it last; another thread may have changed it since. */
static int64_t shared_value(const Operands *operands, ObjectId object)
{
    const Telling *telling = operands->telling;
    for (uint32_t s = telling->steps.count; operands->thread != NO_ID && s-- > 0;) {
        const ToldStep *step = &telling->steps.items[s];
        for (uint32_t i = step->access_count; i-- > 0;) {
            const LoggedAccess *access = &step->accesses[i];
            if (access->thread == operands->thread && access->object == object && access->has_value)
                return access->writes ? access->after : access->before;
        }
    }
    return machine_value(telling->machine, telling_last(telling)->state, object);
}

static bool name_value(Operands *operands, const Expr *name, int64_t index, int64_t *value)
{
    const Telling *telling = operands->telling;
    if (name->kind == EXPR_MEMBER) {
        NamedStep step = {.symbol = name->thread, .instance = name->instance_value};
        return local_value(operands, schedule_thread(telling->program, &step), name->symbol, index, value);
    }
    if (name->symbol->kind == SYMBOL_LOCAL)
        return local_value(operands, operands->thread, name->symbol, index, value);
    if (name->symbol->kind != SYMBOL_VARIABLE)
        return false;
    ObjectId object = find_object(telling, name->symbol, index);
    if (object == NO_ID)
        return false;
    *value = shared_value(operands, object);
    return true;
}

/* Index expressions are mostly a constant, `self` or a name; for others nothing is told. */
static bool index_of(Operands *operands, const Expr *index, int64_t *value)
{
    *value = 0;
    if (index == NULL)
        return true;
    if (index->kind == EXPR_INTEGER) {
        *value = index->value;
        return true;
    }
    if (index->kind == EXPR_SELF && operands->thread != NO_ID) {
        *value = operands->telling->program->threads[operands->thread].instance;
        return true;
    }
    return index->kind == EXPR_NAME && index->index == NULL && name_value(operands, index, 0, value);
}

static void print_name(Telling *telling, const Expr *name, int64_t index)
{
    if (name->kind == EXPR_MEMBER) {
        schedule_print_name(telling->program, name->thread, name->instance_value, &telling->scratch);
        text_add_char(&telling->scratch, '.');
    }
    text_add(&telling->scratch, name->symbol->name);
    if (name->index != NULL)
        text_format(&telling->scratch, "[%lld]", (long long)index);
}

static bool is_repeated(const Operands *operands, uint32_t n)
{
    const Expr *name = operands->names.items[n];
    for (uint32_t i = 0; i < n; i++) {
        const Expr *other = operands->names.items[i];
        if (other->kind == name->kind && other->symbol == name->symbol &&
            other->instance_value == name->instance_value && other->index == name->index)
            return true;
    }
    return false;
}

static void tell_queue(Operands *operands, const Expr *expr)
{
    Telling *telling = operands->telling;
    int64_t index;
    const Expr *object = expr->object;
    ObjectId queue = index_of(operands, object->index, &index) ? find_object(telling, object->symbol, index) : NO_ID;
    if (queue == NO_ID)
        return;
    text_format(&telling->scratch, "%s%s = ", operands->told++ == 0 ? "" : ", ", telling_object(telling, queue));
    machine_print_value(telling->machine, telling_last(telling)->state, queue, &telling->scratch);
}

static void tell_name(Operands *operands, const Expr *name)
{
    Telling *telling = operands->telling;
    bool is_whole_array = name->symbol->is_array && name->index == NULL;
    int64_t index, value;
    if (is_whole_array || !index_of(operands, name->index, &index) || !name_value(operands, name, index, &value))
        return;
    text_add(&telling->scratch, operands->told++ == 0 ? "" : ", ");
    print_name(telling, name, index);
    text_format(&telling->scratch, " = %lld", (long long)value);
}

const char *operands_tell(Telling *telling, const Expr *expr, ThreadId thread)
{
    Operands operands = {.telling = telling, .thread = thread};
    collect(&operands, expr);
    for (uint32_t i = 0; i < operands.names.count; i++) {
        const Expr *name = operands.names.items[i];
        if (name->kind == EXPR_LENGTH || name->kind == EXPR_CLOSED)
            tell_queue(&operands, name);
        else if (!is_repeated(&operands, i))
            tell_name(&operands, name);
    }
    return telling_take(telling);
}
