/* promela_step.c: names, guards, and the text of a step: its access and the local work behind it. */
#include "export/promela_step.h"

#include <inttypes.h>
#include <string.h>

/* NOLINTBEGIN(clang-analyzer-core.NullDereference): what acts on an object has its symbol */

enum { TREE_MAX = 4000 }; /* instructions written out for one thread's step */

void promela_refuse(Model *m, const char *what)
{
    if (!m->is_refused)
        diag_error(m->diagnostics, m->program->sites[m->site].part, "%s cannot be exported to Promela", what);
    m->is_refused = true;
}

void promela_put(Model *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(m->out, format, args);
    va_end(args);
}

/* ----------------------------------------------------------------- names */

const char *promela_symbol(Model *m, const Symbol *symbol)
{
    char *letters = arena_string(m->arena, symbol->name, strlen(symbol->name));
    for (char *c = letters; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            *c = '_';
    return arena_format(m->arena, "x%u_%u_%s", (unsigned)symbol->kind, symbol->index, letters);
}

const char *promela_value(Model *m, uint32_t thread, Operand operand)
{
    if (operand >= 0)
        return arena_format(m->arena, "r%u[%d]", thread, operand);
    int64_t constant = m->program->constants[~operand];
    if (constant > INT32_MAX || constant < -INT32_MAX)
        promela_refuse(m, "a number beyond 32 bits");
    return arena_format(m->arena, constant < 0 ? "(%" PRId64 ")" : "%" PRId64, constant);
}

/* Which element of its symbol's array an instruction acts on. */
static const char *element(Model *m, uint32_t thread, ObjectId object, Operand index)
{
    uint32_t first = m->program->objects[object].element;
    if (index == NO_OPERAND)
        return arena_format(m->arena, "%u", first);
    return arena_format(m->arena, "%u + %s", first, promela_value(m, thread, index));
}

const char *promela_field(Model *m, uint32_t thread, ObjectId object, Operand index, const char *part)
{
    return arena_format(m->arena, "%s%s[%s]", promela_symbol(m, m->program->objects[object].symbol), part, element(m, thread, object, index));
}

/* ----------------------------------------------- what a state may become */

/* Whether a join names the thread itself, which is a misuse. */
static const char *joins_itself(Model *m, uint32_t t, const Instr *instr)
{
    if (instr->d != NO_OPERAND)
        return arena_format(m->arena, "%d + %s == %u", instr->b, promela_value(m, t, instr->d), t);
    return t >= (uint32_t)instr->b && t < (uint32_t)(instr->b + instr->c) ? "true" : "false";
}

const char *promela_guard(Model *m, uint32_t t, const Instr *instr)
{
    const char *x = (program_op_flags[instr->op] & OPF_OBJECT) ? promela_field(m, t, (ObjectId)instr->b, instr->c, "") : "";
    const Symbol *symbol = (program_op_flags[instr->op] & OPF_OBJECT) ? m->program->objects[instr->b].symbol : NULL;
    switch (instr->op) {
    case OP_LOCK:
        return symbol->is_recursive ? arena_format(m->arena, "(%s == 0 || %s == %u)", x, x, t + 1) : arena_format(m->arena, "%s == 0", x);
    case OP_RDLOCK:
        return symbol->writers_first ? arena_format(m->arena, "(%s == 0 && %s == 0)", x, promela_field(m, t, (ObjectId)instr->b, instr->c, "_announced"))
                                     : arena_format(m->arena, "%s == 0", x);
    case OP_WRLOCK: {
        const char *sum = arena_format(m->arena, "%s == 0", x), *at = element(m, t, (ObjectId)instr->b, instr->c);
        for (uint32_t r = 0; r < m->program->thread_count; r++)
            sum = arena_format(m->arena, "%s && %s_in[(%s) * %u + %u] == 0", sum, promela_symbol(m, symbol), at, m->program->thread_count, r);
        return arena_format(m->arena, "(%s)", sum);
    }
    case OP_ACQUIRE:
    case OP_EVENT_WAIT: return arena_format(m->arena, "%s > 0", x);
    case OP_WAITGROUP_WAIT: return arena_format(m->arena, "%s == 0", x);
    case OP_CONDITION_WAKE: return arena_format(m->arena, "%s == 0", promela_field(m, t, (ObjectId)instr->d, instr->e, ""));
    case OP_CONDITION_SLEEP:
    case OP_BARRIER_WAIT: return "false";
    case OP_PUT:
    case OP_GET:
        if (symbol->capacity == 0)
            promela_refuse(m, "a queue without room");
        return instr->op == OP_PUT
                   ? arena_format(m->arena, "(%s < %" PRId64 " || %s)", x, symbol->capacity, promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed"))
                   : arena_format(m->arena, "(%s > 0 || %s)", x, promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed"));
    case OP_ONCE_ENTER: return arena_format(m->arena, "%s < 2", x);
    case OP_JOIN: {
        const char *self = joins_itself(m, t, instr);
        if (instr->d != NO_OPERAND)
            return arena_format(m->arena, "(pc[%d + %s] == 0 || %s)", instr->b, promela_value(m, t, instr->d), self);
        if (strcmp(self, "true") == 0)
            return NULL;
        const char *all = "true";
        for (Operand k = 0; k < instr->c; k++)
            all = arena_format(m->arena, "%s && pc[%d] == 0", all, instr->b + k);
        return arena_format(m->arena, "(%s)", all);
    }
    default: return NULL;
    }
}

/* stop = KIND where `bad`; else what follows, closed by `fi`. */
static void fail_if(Model *m, const char *bad, const char *kind)
{
    promela_put(m, "if :: (%s) -> stop = %s :: else -> ", bad, kind);
}

/* Arrives at a point of a thread, or at its end: what does not matter there becomes 0. */
static void arrive(Model *m, uint32_t t, uint32_t point)
{
    const LiveSet *live = &m->live[t][point];
    promela_put(m, "pc[%u] = %u", t, point);
    for (uint32_t r = 0, l = 0; r < m->program->threads[t].register_count; r++) {
        while (l < live->count && live->registers[l] < r)
            l++;
        if (l == live->count || live->registers[l] != r)
            promela_put(m, "; r%u[%u] = 0", t, r);
    }
}

void promela_each_at(Model *m, uint32_t t, uint32_t op, const Instr *instr, void (*visit)(Model *, uint32_t thread, uint32_t point, const void *), const void *context)
{
    for (uint32_t u = 0; u < m->program->thread_count; u++)
        for (uint32_t p = 1; u != t && p <= m->program->threads[u].point_count; p++) {
            const Instr *other = &m->program->code[m->program->threads[u].points[p].instr];
            if (other->op != op || m->program->objects[other->b].symbol != m->program->objects[instr->b].symbol)
                continue;
            if (other->c != NO_OPERAND || instr->c != NO_OPERAND)
                promela_refuse(m, "a condition or barrier that is chosen by a changing index");
            if (other->b == instr->b)
                visit(m, u, p, context);
        }
}

static void wake(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    promela_put(m, "if :: pc[%u] == %u -> pc[%u] = %u :: else fi; ", u, p, u, m->program->code[m->program->threads[u].points[p].instr + 1].point);
}

void promela_let_go(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    promela_put(m, "if :: pc[%u] == %u -> ", u, p);
    promela_write_from(m, u, m->program->threads[u].points[p].instr + 1, NULL, 0);
    promela_put(m, " :: else fi; ");
}

void promela_count_at(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    promela_put(m, " + (pc[%u] == %u)", u, p);
}

static const char *arithmetic_bad(Model *m, const Instr *instr, const char *b, const char *c)
{
    switch (instr->op) {
    case OP_ADD: return arena_format(m->arena, "ADD_BAD(%s, %s)", b, c);
    case OP_SUBTRACT: return arena_format(m->arena, "SUBTRACT_BAD(%s, %s)", b, c);
    case OP_MULTIPLY: return arena_format(m->arena, "MULTIPLY_BAD(%s, %s)", b, c);
    case OP_NEGATE:
    case OP_ABS: return arena_format(m->arena, "(%s) < -2147483647", b);
    default: return NULL;
    }
}

const char *promela_arithmetic(Model *m, const Instr *instr, const char *b, const char *c)
{
    static const char *const binary[OP_COUNT] = {
        [OP_ADD] = "+", [OP_SUBTRACT] = "-", [OP_MULTIPLY] = "*", [OP_DIVIDE] = "/", [OP_REMAINDER] = "%", [OP_BIT_AND] = "&",
        [OP_BIT_OR] = "|", [OP_BIT_XOR] = "^", [OP_EQUAL] = "==", [OP_NOT_EQUAL] = "!=", [OP_LESS] = "<", [OP_LESS_EQUAL] = "<="};
    switch (instr->op) {
    case OP_MOVE: return b;
    case OP_NEGATE: return arena_format(m->arena, "(0 - %s)", b);
    case OP_NOT: return arena_format(m->arena, "(%s == 0)", b);
    case OP_COMPLEMENT: return arena_format(m->arena, "(~%s)", b);
    case OP_ABS: return arena_format(m->arena, "(%s < 0 -> 0 - %s : %s)", b, b, b);
    case OP_MIN: return arena_format(m->arena, "(%s < %s -> %s : %s)", b, c, b, c);
    case OP_MAX: return arena_format(m->arena, "(%s > %s -> %s : %s)", b, c, b, c);
    case OP_SHIFT_LEFT:
    case OP_SHIFT_RIGHT: promela_refuse(m, "a shift"); return "0";
    default: break;
    }
    if (instr->op >= OP_COUNT || binary[instr->op] == NULL) {
        promela_refuse(m, "this operation");
        return "0";
    }
    return arena_format(m->arena, "(%s %s %s)", b, binary[instr->op], c);
}

uint32_t promela_write_operation(Model *m, uint32_t t, const Instr *instr)
{
    uint32_t flags = program_op_flags[instr->op];
    const char *x = (flags & OPF_OBJECT) ? promela_field(m, t, (ObjectId)instr->b, instr->c, "") : "";
    const Symbol *symbol = (flags & OPF_OBJECT) ? m->program->objects[instr->b].symbol : NULL;
    const char *name = symbol == NULL ? "" : promela_symbol(m, symbol);
    const char *a = instr->a != NO_OPERAND && (flags & (OPF_USE_A | OPF_DEF_A)) ? promela_value(m, t, instr->a) : "";
    switch (instr->op) {
    case OP_LOAD: promela_put(m, "%s = %s; ", a, x); return 0;
    case OP_STORE: promela_put(m, "%s = %s; ", x, a); return 0;
    case OP_CAS:
        promela_put(m, "if :: %s == %s -> %s = %s; %s = 1 :: else -> %s = 0 fi; ", x, promela_value(m, t, instr->d), x, promela_value(m, t, instr->e), a, a);
        return 0;
    case OP_FETCH_ADD:
        fail_if(m, arena_format(m->arena, "ADD_BAD(%s, %s)", x, promela_value(m, t, instr->d)), "BEYOND");
        promela_put(m, "scratch = %s + %s; %s = %s; %s = scratch; scratch = 0; ", x, promela_value(m, t, instr->d), a, x, x);
        return 1;
    case OP_EXCHANGE: promela_put(m, "scratch = %s; %s = %s; %s = scratch; scratch = 0; ", promela_value(m, t, instr->d), a, x, x); return 0;
    case OP_PRINT:
        if (m->program->outcome_has_output)
            promela_refuse(m, "`print`");
        return 0;
    case OP_YIELD:
    case OP_SKIP:
    case OP_FENCE: return 0;
    case OP_LOCK:
        promela_put(m, "%s = %u; ", x, t + 1);
        if (symbol->is_recursive)
            promela_put(m, "%s_depth[%s]++; ", name, element(m, t, (ObjectId)instr->b, instr->c));
        return 0;
    case OP_UNLOCK:
        fail_if(m, arena_format(m->arena, "%s != %u", x, t + 1), "MISUSE");
        if (symbol->is_recursive) {
            const char *depth = arena_format(m->arena, "%s_depth[%s]", name, element(m, t, (ObjectId)instr->b, instr->c));
            promela_put(m, "%s--; if :: %s == 0 -> %s = 0 :: else fi; ", depth, depth, x);
        } else {
            promela_put(m, "%s = 0; ", x);
        }
        return 1;
    case OP_RDLOCK: promela_put(m, "%s_in[(%s) * %u + %u]++; ", name, element(m, t, (ObjectId)instr->b, instr->c), m->program->thread_count, t); return 0;
    case OP_WRLOCK_ANNOUNCE: promela_put(m, "%s_announced[%s]++; ", name, element(m, t, (ObjectId)instr->b, instr->c)); return 0;
    case OP_WRLOCK:
        if (instr->d == 1)
            promela_put(m, "%s_announced[%s]--; ", name, element(m, t, (ObjectId)instr->b, instr->c));
        promela_put(m, "%s = %u; ", x, t + 1);
        return 0;
    case OP_RW_UNLOCK: {
        const char *in = arena_format(m->arena, "%s_in[(%s) * %u + %u]", name, element(m, t, (ObjectId)instr->b, instr->c), m->program->thread_count, t);
        fail_if(m, arena_format(m->arena, "%s != %u && %s == 0", x, t + 1, in), "MISUSE");
        promela_put(m, "if :: %s == %u -> %s = 0 :: else -> %s-- fi; ", x, t + 1, x, in);
        return 1;
    }
    case OP_ACQUIRE: promela_put(m, "%s--; ", x); return 0;
    case OP_RELEASE: {
        const char *above = symbol->maximum >= 0 ? arena_format(m->arena, " || %s + %s > %" PRId64, x, a, symbol->maximum) : "";
        fail_if(m, arena_format(m->arena, "%s < 0%s", a, above), "MISUSE");
        promela_put(m, "%s = %s + %s; ", x, x, a);
        return 1;
    }
    case OP_CONDITION_WAIT: {
        const Symbol *mutex = m->program->objects[instr->d].symbol;
        const char *lock = promela_field(m, t, (ObjectId)instr->d, instr->e, "");
        fail_if(m, arena_format(m->arena, "%s != %u", lock, t + 1), "MISUSE");
        if (mutex->is_recursive) {
            const char *depth = promela_field(m, t, (ObjectId)instr->d, instr->e, "_depth");
            promela_put(m, "%s = %s; %s = 0; ", a, depth, depth);
        } else {
            promela_put(m, "%s = 1; ", a);
        }
        promela_put(m, "%s = 0; ", lock);
        return 1;
    }
    case OP_CONDITION_WAKE:
        promela_put(m, "%s = %u; ", promela_field(m, t, (ObjectId)instr->d, instr->e, ""), t + 1);
        if (m->program->objects[instr->d].symbol->is_recursive)
            promela_put(m, "%s = %s; ", promela_field(m, t, (ObjectId)instr->d, instr->e, "_depth"), a);
        return 0;
    case OP_BROADCAST: promela_each_at(m, t, OP_CONDITION_SLEEP, instr, wake, NULL); return 0;
    case OP_EVENT_SET: promela_put(m, "%s = 1; ", x); return 0;
    case OP_EVENT_CLEAR: promela_put(m, "%s = 0; ", x); return 0;
    case OP_EVENT_WAIT:
    case OP_WAITGROUP_WAIT:
    case OP_AWAIT_END: return 0;
    case OP_JOIN: fail_if(m, joins_itself(m, t, instr), "MISUSE"); return 1;
    case OP_WAITGROUP_ADD:
        fail_if(m, arena_format(m->arena, "%s + %s < 0", x, a), "MISUSE");
        promela_put(m, "%s = %s + %s; ", x, x, a);
        return 1;
    case OP_PUT: {
        const char *item = arena_format(m->arena, "%s_item[(%s) * %" PRId64 " + %s]", name, element(m, t, (ObjectId)instr->b, instr->c), symbol->capacity, x);
        fail_if(m, promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed"), "MISUSE");
        promela_put(m, "%s = %s; %s++; ", item, a, x);
        return 1;
    }
    case OP_GET: {
        const char *at = element(m, t, (ObjectId)instr->b, instr->c);
        const char *ok = instr->d == NO_OPERAND ? "scratch" : promela_value(m, t, instr->d), *to = instr->a == NO_OPERAND ? "scratch" : a;
        promela_put(m, "if :: %s > 0 -> %s = %s_item[(%s) * %" PRId64 "]; ", x, to, name, at, symbol->capacity);
        for (int64_t k = 0; k + 1 < symbol->capacity; k++)
            promela_put(m, "%s_item[(%s) * %" PRId64 " + %" PRId64 "] = %s_item[(%s) * %" PRId64 " + %" PRId64 "]; ", name, at, symbol->capacity, k, name, at,
                symbol->capacity, k + 1);
        promela_put(m, "%s_item[(%s) * %" PRId64 " + %" PRId64 "] = 0; %s--; %s = 1 ", name, at, symbol->capacity, symbol->capacity - 1, x, ok);
        promela_put(m, ":: else -> %s = 0; %s = 0 fi; scratch = 0; ", to, ok);
        return 0;
    }
    case OP_CLOSE:
        fail_if(m, promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed"), "MISUSE");
        promela_put(m, "%s = 1; ", promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed"));
        return 1;
    case OP_LENGTH: promela_put(m, "%s = %s; ", a, x); return 0;
    case OP_CLOSED: promela_put(m, "%s = %s; ", a, promela_field(m, t, (ObjectId)instr->b, instr->c, "_closed")); return 0;
    case OP_ONCE_LEAVE: promela_put(m, "%s = 1; ", x); return 0;
    default: promela_refuse(m, arena_format(m->arena, "the operation `%s`", program_op_names[instr->op])); return 0;
    }
}

/* Local work from `at` on, to the next point, as a tree: what two ways share is written twice. */
void promela_write_from(Model *m, uint32_t t, uint32_t at, const uint32_t *path, uint32_t depth)
{
    const Program *program = m->program;
    uint32_t open = 0;
    uint32_t *seen = ARENA_ARRAY(m->arena, uint32_t, depth + 1);
    if (depth > 0)
        memcpy(seen, path, depth * sizeof *seen);
    for (; !m->is_refused; at++) {
        const Instr *instr = &program->code[at];
        m->site = instr->site;
        if (instr->flags & INSTR_STEP) {
            arrive(m, t, instr->point);
            break;
        }
        if (++m->written > TREE_MAX) {
            promela_refuse(m, "so much local work in one step");
            break;
        }
        uint32_t flags = program_op_flags[instr->op];
        const char *b = (flags & OPF_USE_B) ? promela_value(m, t, instr->b) : "", *c = (flags & OPF_USE_C) && !(flags & OPF_OBJECT) ? promela_value(m, t, instr->c) : "";
        if (instr->op == OP_END) {
            arrive(m, t, 0);
            break;
        }
        if (instr->op == OP_JUMP || instr->op == OP_JUMP_ZERO || instr->op == OP_JUMP_NONZERO) {
            for (uint32_t s = 0; s < depth; s++)
                if (seen[s] == at)
                    promela_refuse(m, "a loop without a step");
            uint32_t *longer = ARENA_ARRAY(m->arena, uint32_t, depth + 1);
            memcpy(longer, seen, depth * sizeof *seen);
            longer[depth++] = at;
            seen = longer;
            if (instr->op == OP_JUMP) {
                at = (uint32_t)instr->b - 1;
                continue;
            }
            promela_put(m, "if :: %s %s 0 -> ", promela_value(m, t, instr->a), instr->op == OP_JUMP_ZERO ? "==" : "!=");
            promela_write_from(m, t, (uint32_t)instr->b, seen, depth);
            promela_put(m, " :: else -> ");
            open++;
            continue;
        }
        switch (instr->op) {
        case OP_CHECK_INDEX:
            fail_if(m, arena_format(m->arena, "%s < 0 || %s >= %d", promela_value(m, t, instr->a), promela_value(m, t, instr->a), instr->b), "RUNTIME_ERROR");
            open++;
            continue;
        case OP_ARRAY_GET: promela_put(m, "%s = r%u[%d + %s]; ", promela_value(m, t, instr->a), t, instr->b, promela_value(m, t, instr->c)); continue;
        case OP_ARRAY_SET: promela_put(m, "r%u[%d + %s] = %s; ", t, instr->b, promela_value(m, t, instr->c), promela_value(m, t, instr->a)); continue;
        case OP_ASSERT:
        case OP_ASSUME:
            fail_if(m, arena_format(m->arena, "%s == 0", promela_value(m, t, instr->a)), instr->op == OP_ASSERT ? "ASSERTION" : "ASSUME");
            open++;
            continue;
        case OP_PROGRESS:
        case OP_SERIAL_BEGIN:
        case OP_SERIAL_END:
        case OP_REGION_END: continue;
        default: break;
        }
        if (flags & OPF_LOCAL) {
            const char *bad = arithmetic_bad(m, instr, b, c);
            if (instr->op == OP_DIVIDE || instr->op == OP_REMAINDER) {
                fail_if(m, arena_format(m->arena, "%s == 0", c), "RUNTIME_ERROR");
                open++;
            } else if (bad != NULL) {
                fail_if(m, bad, "BEYOND");
                open++;
            }
            promela_put(m, "%s = %s; ", promela_value(m, t, instr->a), promela_arithmetic(m, instr, b, c));
            continue;
        }
        const char *guard = promela_guard(m, t, instr); /* inside an atomic block */
        if (guard != NULL && (instr->flags & (INSTR_FIRST | INSTR_FIRST_ACCESS)) && !(instr->flags & INSTR_TRY))
            promela_refuse(m, "an atomic block that begins with an operation that may wait");
        if (guard != NULL || (instr->flags & INSTR_TRY) || instr->op == OP_CONDITION_WAIT || instr->op == OP_BARRIER_ARRIVE || instr->op == OP_SIGNAL)
            promela_refuse(m, "an operation that may wait, in an atomic block");
        open += promela_write_operation(m, t, instr);
    }
    for (; open > 0; open--)
        promela_put(m, " fi");
}

/* NOLINTEND(clang-analyzer-core.NullDereference) */
