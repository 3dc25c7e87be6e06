/* notes_models.c: remarks on what other memories and unreliable links have to do with a finding. */
#include "trace/telling.h"

enum { NOTES_MAX = 6 };

/* ---------------------------------------------------------------- messages */

static const char *fate_of(Telling *telling, const LoggedAccess *access)
{
    const Instr *instr = &telling->program->code[access->instr];
    const char *queue = telling_object(telling, access->object);
    bool is_sent = (instr->op == OP_PUT || instr->op == OP_PUBLISH) && access->writes && access->partner == NO_ID;
    if (is_sent && access->copies == 0)
        return arena_format(telling->arena, "the message %lld never arrives at %s", (long long)access->after, queue);
    if (is_sent && access->copies == 2)
        return arena_format(telling->arena, "the message %lld arrives at %s twice", (long long)access->after, queue);
    if (instr->op == OP_ACK && access->failed)
        return arena_format(telling->arena, "the link does not know that %lld has arrived, and delivers it again",
                            (long long)access->after);
    return NULL;
}

void notes_messages(Telling *telling)
{
    uint32_t told = 0;
    for (uint32_t s = 0; s < telling->steps.count; s++) {
        const ToldStep *step = &telling->steps.items[s];
        for (uint32_t i = 0; i < step->access_count && told < NOTES_MAX; i++) {
            const char *fate = fate_of(telling, &step->accesses[i]);
            if (fate == NULL)
                continue;
            notes_add(telling, (SnNote){s, SN_NONE, false, false, fate});
            told++;
        }
    }
}

/* --------------------------------------------------------------- processes */

static bool names_symbol(const Expr *expr, const Symbol *symbol)
{
    if (expr == NULL)
        return false;
    if (expr->kind == EXPR_NAME && expr->symbol == symbol)
        return true;
    for (uint32_t i = 0; i < expr->arguments.count; i++)
        if (names_symbol(expr->arguments.items[i], symbol))
            return true;
    return names_symbol(expr->a, symbol) || names_symbol(expr->b, symbol) || names_symbol(expr->c, symbol) ||
           names_symbol(expr->index, symbol);
}

/* The last step that writes the object; NO_ID. */
static uint32_t last_write(const Telling *telling, ObjectId object)
{
    for (uint32_t s = telling->steps.count; s-- > 0;)
        for (uint32_t i = 0; i < telling->steps.items[s].access_count; i++)
            if (telling->steps.items[s].accesses[i].object == object && telling->steps.items[s].accesses[i].writes)
                return s;
    return NO_ID;
}

void notes_own_copies(Telling *telling, const Expr *expr)
{
    const Program *program = telling->program;
    uint32_t told = 0;
    for (ObjectId o = 0; o < program->variable_count && told < NOTES_MAX; o++) {
        const Object *object = &program->objects[o];
        if (object->owner == NO_ID || !names_symbol(expr, object->symbol))
            continue;
        uint32_t s = last_write(telling, o);
        if (s == NO_ID)
            continue;
        notes_add(telling, (SnNote){s, SN_NONE, false, false,
                                    arena_format(telling->arena,
                                                 "%s is %s's own copy: the parent's %s does not change. A 'mapped' variable "
                                                 "or a queue would bring the value back",
                                                 telling_object(telling, o), telling_thread(telling, object->owner),
                                                 object->symbol->name)});
        told++;
    }
}
