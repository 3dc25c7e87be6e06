/* promela.c: step code as a Promela model in which one transition is one step of the simulator.
 *
 * Everything that a state holds is global: variables, objects, where each thread stands (pc), its registers. The steps of a thread
 * are the options of one loop, each a d_step: a guard, the access, and the local work behind it up to the next point, which is written
 * out as a tree. Registers that do not matter any more become 0, as in the simulator, so that equal futures are equal states.
 * `init` does the local work ahead of all steps; `teller` prints each end, which `timeout` recognises. Both never end, since the end of a
 * process is a transition of its own. */
#include "export/promela.h"

#include <inttypes.h>
#include <string.h>

#include "program/flow.h"

enum { TREE_MAX = 4000 }; /* instructions written out for one thread's step */

typedef struct Model {
    Arena *arena;
    const Program *program;
    DiagList *diagnostics;
    Text *out;
    LiveSet **live;     /* by thread and point */
    uint32_t written;   /* instructions of the tree under way */
    bool is_refused;    /* reported already */
    uint32_t site;      /* of the instruction being written, for refusals */
} Model;

static void refuse(Model *m, const char *what)
{
    if (!m->is_refused)
        diag_error(m->diagnostics, m->program->sites[m->site].part, "%s cannot be exported to Promela", what);
    m->is_refused = true;
}

static void put(Model *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(Model *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(m->out, format, args);
    va_end(args);
}

/* ----------------------------------------------------------------- names */

/* Of an object's symbol: its letters that every tool takes, and its number, so that no two are alike. */
static const char *symbol_name(Model *m, const Symbol *symbol)
{
    char *letters = arena_string(m->arena, symbol->name, strlen(symbol->name));
    for (char *c = letters; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            *c = '_';
    return arena_format(m->arena, "x%u_%u_%s", (unsigned)symbol->kind, symbol->index, letters);
}

static const char *value(Model *m, uint32_t thread, Operand operand)
{
    if (operand >= 0)
        return arena_format(m->arena, "r%u[%d]", thread, operand);
    int64_t constant = m->program->constants[~operand];
    if (constant > INT32_MAX || constant < -INT32_MAX)
        refuse(m, "a number beyond 32 bits");
    return arena_format(m->arena, constant < 0 ? "(%" PRId64 ")" : "%" PRId64, constant);
}

/* Which element of its symbol's array an instruction acts on. */
static const char *element(Model *m, uint32_t thread, ObjectId object, Operand index)
{
    uint32_t first = m->program->objects[object].element;
    if (index == NO_OPERAND)
        return arena_format(m->arena, "%u", first);
    return arena_format(m->arena, "%u + %s", first, value(m, thread, index));
}

static const char *field(Model *m, uint32_t thread, ObjectId object, Operand index, const char *part)
{
    return arena_format(m->arena, "%s%s[%s]", symbol_name(m, m->program->objects[object].symbol), part, element(m, thread, object, index));
}

/* ----------------------------------------------- what a state may become */

static uint32_t count_readers(const Model *m)
{
    return m->program->thread_count;
}

/* Whether a join names the thread itself, which is a misuse. */
static const char *joins_itself(Model *m, uint32_t t, const Instr *instr)
{
    if (instr->d != NO_OPERAND)
        return arena_format(m->arena, "%d + %s == %u", instr->b, value(m, t, instr->d), t);
    return t >= (uint32_t)instr->b && t < (uint32_t)(instr->b + instr->c) ? "true" : "false";
}

/* Enabled, as a condition on the state; NULL: always. */
static const char *guard_of(Model *m, uint32_t t, const Instr *instr)
{
    const char *x = (program_op_flags[instr->op] & OPF_OBJECT) ? field(m, t, (ObjectId)instr->b, instr->c, "") : "";
    const Symbol *symbol = (program_op_flags[instr->op] & OPF_OBJECT) ? m->program->objects[instr->b].symbol : NULL;
    switch (instr->op) {
    case OP_LOCK:
        return symbol->is_recursive ? arena_format(m->arena, "(%s == 0 || %s == %u)", x, x, t + 1) : arena_format(m->arena, "%s == 0", x);
    case OP_RDLOCK:
        return symbol->writers_first ? arena_format(m->arena, "(%s == 0 && %s == 0)", x, field(m, t, (ObjectId)instr->b, instr->c, "_announced"))
                                     : arena_format(m->arena, "%s == 0", x);
    case OP_WRLOCK: {
        const char *sum = arena_format(m->arena, "%s == 0", x), *at = element(m, t, (ObjectId)instr->b, instr->c);
        for (uint32_t r = 0; r < count_readers(m); r++)
            sum = arena_format(m->arena, "%s && %s_in[(%s) * %u + %u] == 0", sum, symbol_name(m, symbol), at, count_readers(m), r);
        return arena_format(m->arena, "(%s)", sum);
    }
    case OP_ACQUIRE:
    case OP_EVENT_WAIT: return arena_format(m->arena, "%s > 0", x);
    case OP_WAITGROUP_WAIT: return arena_format(m->arena, "%s == 0", x);
    case OP_CONDITION_WAKE: return arena_format(m->arena, "%s == 0", field(m, t, (ObjectId)instr->d, instr->e, ""));
    case OP_CONDITION_SLEEP:
    case OP_BARRIER_WAIT: return "false";
    case OP_PUT:
    case OP_GET:
        if (symbol->capacity == 0)
            refuse(m, "a queue without room");
        return instr->op == OP_PUT
                   ? arena_format(m->arena, "(%s < %" PRId64 " || %s)", x, symbol->capacity, field(m, t, (ObjectId)instr->b, instr->c, "_closed"))
                   : arena_format(m->arena, "(%s > 0 || %s)", x, field(m, t, (ObjectId)instr->b, instr->c, "_closed"));
    case OP_ONCE_ENTER: return arena_format(m->arena, "%s < 2", x);
    case OP_JOIN: {
        const char *self = joins_itself(m, t, instr);
        if (instr->d != NO_OPERAND)
            return arena_format(m->arena, "(pc[%d + %s] == 0 || %s)", instr->b, value(m, t, instr->d), self);
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

static void write_from(Model *m, uint32_t t, uint32_t at, const uint32_t *path, uint32_t depth);

/* stop = KIND where `bad`; else what follows, closed by `fi`. */
static void fail_if(Model *m, const char *bad, const char *kind)
{
    put(m, "if :: (%s) -> stop = %s :: else -> ", bad, kind);
}

/* Arrives at a point of a thread, or at its end: what does not matter there becomes 0. */
static void arrive(Model *m, uint32_t t, uint32_t point)
{
    const LiveSet *live = &m->live[t][point];
    put(m, "pc[%u] = %u", t, point);
    for (uint32_t r = 0, l = 0; r < m->program->threads[t].register_count; r++) {
        while (l < live->count && live->registers[l] < r)
            l++;
        if (l == live->count || live->registers[l] != r)
            put(m, "; r%u[%u] = 0", t, r);
    }
}

/* All threads that may stand at `op` of this object. */
static void each_at(Model *m, uint32_t t, uint32_t op, const Instr *instr, void (*visit)(Model *, uint32_t thread, uint32_t point, const void *), const void *context)
{
    for (uint32_t u = 0; u < m->program->thread_count; u++)
        for (uint32_t p = 1; u != t && p <= m->program->threads[u].point_count; p++) {
            const Instr *other = &m->program->code[m->program->threads[u].points[p].instr];
            if (other->op != op || m->program->objects[other->b].symbol != m->program->objects[instr->b].symbol)
                continue;
            if (other->c != NO_OPERAND || instr->c != NO_OPERAND)
                refuse(m, "a condition or barrier that is chosen by a changing index");
            if (other->b == instr->b)
                visit(m, u, p, context);
        }
}

static void wake(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    put(m, "if :: pc[%u] == %u -> pc[%u] = %u :: else fi; ", u, p, u, m->program->code[m->program->threads[u].points[p].instr + 1].point);
}

static void let_go(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    put(m, "if :: pc[%u] == %u -> ", u, p);
    write_from(m, u, m->program->threads[u].points[p].instr + 1, NULL, 0);
    put(m, " :: else fi; ");
}

static void count_at(Model *m, uint32_t u, uint32_t p, const void *context)
{
    (void)context;
    put(m, " + (pc[%u] == %u)", u, p);
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

static const char *arithmetic(Model *m, const Instr *instr, const char *b, const char *c)
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
    case OP_SHIFT_RIGHT: refuse(m, "a shift"); return "0";
    default: break;
    }
    if (instr->op >= OP_COUNT || binary[instr->op] == NULL) {
        refuse(m, "this operation");
        return "0";
    }
    return arena_format(m->arena, "(%s %s %s)", b, binary[instr->op], c);
}

/* The statement of an operation, and behind it what follows; each opening is closed by the number of `fi`s that it gives back. */
static uint32_t write_operation(Model *m, uint32_t t, const Instr *instr)
{
    uint32_t flags = program_op_flags[instr->op];
    const char *x = (flags & OPF_OBJECT) ? field(m, t, (ObjectId)instr->b, instr->c, "") : "";
    const Symbol *symbol = (flags & OPF_OBJECT) ? m->program->objects[instr->b].symbol : NULL;
    const char *name = symbol == NULL ? "" : symbol_name(m, symbol);
    const char *a = instr->a != NO_OPERAND && (flags & (OPF_USE_A | OPF_DEF_A)) ? value(m, t, instr->a) : "";
    switch (instr->op) {
    case OP_LOAD: put(m, "%s = %s; ", a, x); return 0;
    case OP_STORE: put(m, "%s = %s; ", x, a); return 0;
    case OP_CAS:
        put(m, "if :: %s == %s -> %s = %s; %s = 1 :: else -> %s = 0 fi; ", x, value(m, t, instr->d), x, value(m, t, instr->e), a, a);
        return 0;
    case OP_FETCH_ADD:
        fail_if(m, arena_format(m->arena, "ADD_BAD(%s, %s)", x, value(m, t, instr->d)), "BEYOND");
        put(m, "scratch = %s + %s; %s = %s; %s = scratch; scratch = 0; ", x, value(m, t, instr->d), a, x, x);
        return 1;
    case OP_EXCHANGE: put(m, "scratch = %s; %s = %s; %s = scratch; scratch = 0; ", value(m, t, instr->d), a, x, x); return 0;
    case OP_PRINT:
        if (m->program->outcome_has_output)
            refuse(m, "`print`");
        return 0;
    case OP_YIELD:
    case OP_SKIP:
    case OP_FENCE: return 0;
    case OP_LOCK:
        put(m, "%s = %u; ", x, t + 1);
        if (symbol->is_recursive)
            put(m, "%s_depth[%s]++; ", name, element(m, t, (ObjectId)instr->b, instr->c));
        return 0;
    case OP_UNLOCK:
        fail_if(m, arena_format(m->arena, "%s != %u", x, t + 1), "MISUSE");
        if (symbol->is_recursive) {
            const char *depth = arena_format(m->arena, "%s_depth[%s]", name, element(m, t, (ObjectId)instr->b, instr->c));
            put(m, "%s--; if :: %s == 0 -> %s = 0 :: else fi; ", depth, depth, x);
        } else {
            put(m, "%s = 0; ", x);
        }
        return 1;
    case OP_RDLOCK: put(m, "%s_in[(%s) * %u + %u]++; ", name, element(m, t, (ObjectId)instr->b, instr->c), count_readers(m), t); return 0;
    case OP_WRLOCK_ANNOUNCE: put(m, "%s_announced[%s]++; ", name, element(m, t, (ObjectId)instr->b, instr->c)); return 0;
    case OP_WRLOCK:
        if (instr->d == 1)
            put(m, "%s_announced[%s]--; ", name, element(m, t, (ObjectId)instr->b, instr->c));
        put(m, "%s = %u; ", x, t + 1);
        return 0;
    case OP_RW_UNLOCK: {
        const char *in = arena_format(m->arena, "%s_in[(%s) * %u + %u]", name, element(m, t, (ObjectId)instr->b, instr->c), count_readers(m), t);
        fail_if(m, arena_format(m->arena, "%s != %u && %s == 0", x, t + 1, in), "MISUSE");
        put(m, "if :: %s == %u -> %s = 0 :: else -> %s-- fi; ", x, t + 1, x, in);
        return 1;
    }
    case OP_ACQUIRE: put(m, "%s--; ", x); return 0;
    case OP_RELEASE: {
        const char *above = symbol->maximum >= 0 ? arena_format(m->arena, " || %s + %s > %" PRId64, x, a, symbol->maximum) : "";
        fail_if(m, arena_format(m->arena, "%s < 0%s", a, above), "MISUSE");
        put(m, "%s = %s + %s; ", x, x, a);
        return 1;
    }
    case OP_CONDITION_WAIT: {
        const Symbol *mutex = m->program->objects[instr->d].symbol;
        const char *lock = field(m, t, (ObjectId)instr->d, instr->e, "");
        fail_if(m, arena_format(m->arena, "%s != %u", lock, t + 1), "MISUSE");
        if (mutex->is_recursive) {
            const char *depth = field(m, t, (ObjectId)instr->d, instr->e, "_depth");
            put(m, "%s = %s; %s = 0; ", a, depth, depth);
        } else {
            put(m, "%s = 1; ", a);
        }
        put(m, "%s = 0; ", lock);
        return 1;
    }
    case OP_CONDITION_WAKE:
        put(m, "%s = %u; ", field(m, t, (ObjectId)instr->d, instr->e, ""), t + 1);
        if (m->program->objects[instr->d].symbol->is_recursive)
            put(m, "%s = %s; ", field(m, t, (ObjectId)instr->d, instr->e, "_depth"), a);
        return 0;
    case OP_BROADCAST: each_at(m, t, OP_CONDITION_SLEEP, instr, wake, NULL); return 0;
    case OP_EVENT_SET: put(m, "%s = 1; ", x); return 0;
    case OP_EVENT_CLEAR: put(m, "%s = 0; ", x); return 0;
    case OP_EVENT_WAIT:
    case OP_WAITGROUP_WAIT:
    case OP_AWAIT_END: return 0;
    case OP_JOIN: fail_if(m, joins_itself(m, t, instr), "MISUSE"); return 1;
    case OP_WAITGROUP_ADD:
        fail_if(m, arena_format(m->arena, "%s + %s < 0", x, a), "MISUSE");
        put(m, "%s = %s + %s; ", x, x, a);
        return 1;
    case OP_PUT: {
        const char *item = arena_format(m->arena, "%s_item[(%s) * %" PRId64 " + %s]", name, element(m, t, (ObjectId)instr->b, instr->c), symbol->capacity, x);
        fail_if(m, field(m, t, (ObjectId)instr->b, instr->c, "_closed"), "MISUSE");
        put(m, "%s = %s; %s++; ", item, a, x);
        return 1;
    }
    case OP_GET: {
        const char *at = element(m, t, (ObjectId)instr->b, instr->c);
        const char *ok = instr->d == NO_OPERAND ? "scratch" : value(m, t, instr->d), *to = instr->a == NO_OPERAND ? "scratch" : a;
        put(m, "if :: %s > 0 -> %s = %s_item[(%s) * %" PRId64 "]; ", x, to, name, at, symbol->capacity);
        for (int64_t k = 0; k + 1 < symbol->capacity; k++)
            put(m, "%s_item[(%s) * %" PRId64 " + %" PRId64 "] = %s_item[(%s) * %" PRId64 " + %" PRId64 "]; ", name, at, symbol->capacity, k, name, at,
                symbol->capacity, k + 1);
        put(m, "%s_item[(%s) * %" PRId64 " + %" PRId64 "] = 0; %s--; %s = 1 ", name, at, symbol->capacity, symbol->capacity - 1, x, ok);
        put(m, ":: else -> %s = 0; %s = 0 fi; scratch = 0; ", to, ok);
        return 0;
    }
    case OP_CLOSE:
        fail_if(m, field(m, t, (ObjectId)instr->b, instr->c, "_closed"), "MISUSE");
        put(m, "%s = 1; ", field(m, t, (ObjectId)instr->b, instr->c, "_closed"));
        return 1;
    case OP_LENGTH: put(m, "%s = %s; ", a, x); return 0;
    case OP_CLOSED: put(m, "%s = %s; ", a, field(m, t, (ObjectId)instr->b, instr->c, "_closed")); return 0;
    case OP_ONCE_LEAVE: put(m, "%s = 1; ", x); return 0;
    default: refuse(m, arena_format(m->arena, "the operation `%s`", program_op_names[instr->op])); return 0;
    }
}

/* Local work from `at` on, to the next point, as a tree: what two ways share is written twice. */
static void write_from(Model *m, uint32_t t, uint32_t at, const uint32_t *path, uint32_t depth)
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
            refuse(m, "so much local work in one step");
            break;
        }
        uint32_t flags = program_op_flags[instr->op];
        const char *b = (flags & OPF_USE_B) ? value(m, t, instr->b) : "", *c = (flags & OPF_USE_C) && !(flags & OPF_OBJECT) ? value(m, t, instr->c) : "";
        if (instr->op == OP_END) {
            arrive(m, t, 0);
            break;
        }
        if (instr->op == OP_JUMP || instr->op == OP_JUMP_ZERO || instr->op == OP_JUMP_NONZERO) {
            for (uint32_t s = 0; s < depth; s++)
                if (seen[s] == at)
                    refuse(m, "a loop without a step");
            uint32_t *longer = ARENA_ARRAY(m->arena, uint32_t, depth + 1);
            memcpy(longer, seen, depth * sizeof *seen);
            longer[depth++] = at;
            seen = longer;
            if (instr->op == OP_JUMP) {
                at = (uint32_t)instr->b - 1;
                continue;
            }
            put(m, "if :: %s %s 0 -> ", value(m, t, instr->a), instr->op == OP_JUMP_ZERO ? "==" : "!=");
            write_from(m, t, (uint32_t)instr->b, seen, depth);
            put(m, " :: else -> ");
            open++;
            continue;
        }
        switch (instr->op) {
        case OP_CHECK_INDEX:
            fail_if(m, arena_format(m->arena, "%s < 0 || %s >= %d", value(m, t, instr->a), value(m, t, instr->a), instr->b), "RUNTIME_ERROR");
            open++;
            continue;
        case OP_ARRAY_GET: put(m, "%s = r%u[%d + %s]; ", value(m, t, instr->a), t, instr->b, value(m, t, instr->c)); continue;
        case OP_ARRAY_SET: put(m, "r%u[%d + %s] = %s; ", t, instr->b, value(m, t, instr->c), value(m, t, instr->a)); continue;
        case OP_ASSERT:
        case OP_ASSUME:
            fail_if(m, arena_format(m->arena, "%s == 0", value(m, t, instr->a)), instr->op == OP_ASSERT ? "ASSERTION" : "ASSUME");
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
            put(m, "%s = %s; ", value(m, t, instr->a), arithmetic(m, instr, b, c));
            continue;
        }
        const char *guard = guard_of(m, t, instr); /* inside an atomic block */
        if (guard != NULL && (instr->flags & (INSTR_FIRST | INSTR_FIRST_ACCESS)) && !(instr->flags & INSTR_TRY))
            refuse(m, "an atomic block that begins with an operation that may wait");
        if (guard != NULL || (instr->flags & INSTR_TRY) || instr->op == OP_CONDITION_WAIT || instr->op == OP_BARRIER_ARRIVE || instr->op == OP_SIGNAL)
            refuse(m, "an operation that may wait, in an atomic block");
        open += write_operation(m, t, instr);
    }
    for (; open > 0; open--)
        put(m, " fi");
}

/* ------------------------------------------------- conditions on a state */

/* The value of a register at `stop`, when the code from `at` on is read as an expression. */
static const char *symbolic(Model *m, uint32_t t, uint32_t at, uint32_t stop, Operand result, const char **registers, uint32_t depth)
{
    const Program *program = m->program;
    if (depth > 40) {
        refuse(m, "so large a condition");
        return "0";
    }
    for (; at != stop && !m->is_refused; at++) {
        const Instr *instr = &program->code[at];
        uint32_t flags = program_op_flags[instr->op];
        m->site = instr->site;
        const Operand operands[3] = {instr->a, instr->b, instr->c};
        const char *v[3] = {"0", "0", "0"};
        const uint32_t uses[3] = {OPF_USE_A, OPF_USE_B, OPF_USE_C};
        for (int o = 0; o < 3; o++)
            if ((flags & uses[o]) || (o == 2 && (flags & OPF_OBJECT)))
                if (operands[o] != NO_OPERAND)
                    v[o] = operands[o] >= 0 && registers[operands[o]] != NULL ? registers[operands[o]] : value(m, t, operands[o]);
        if (instr->op == OP_JUMP) {
            at = (uint32_t)instr->b - 1;
        } else if (instr->op == OP_JUMP_ZERO || instr->op == OP_JUMP_NONZERO) {
            uint32_t n = program->property_registers + (t == NO_ID ? 0 : program->threads[t].register_count) + 1;
            const char **copy = ARENA_ARRAY(m->arena, const char *, n);
            memcpy(copy, registers, n * sizeof *copy);
            const char *yes = symbolic(m, t, (uint32_t)instr->b, stop, result, copy, depth + 1);
            const char *no = symbolic(m, t, at + 1, stop, result, registers, depth + 1);
            return arena_format(m->arena, "(%s %s 0 -> %s : %s)", v[0], instr->op == OP_JUMP_ZERO ? "==" : "!=", yes, no);
        } else if (instr->op == OP_LOAD || instr->op == OP_LENGTH || instr->op == OP_CLOSED) {
            const Object *object = &program->objects[instr->b];
            registers[instr->a] = arena_format(m->arena, "%s%s[%u + %s]", symbol_name(m, object->symbol), instr->op == OP_CLOSED ? "_closed" : "",
                                               object->element, v[2]);
        } else if (instr->op == OP_MEMBER) {
            if (instr->d != NO_OPERAND)
                refuse(m, "a local array with a changing index in a property");
            registers[instr->a] = arena_format(m->arena, "r%d[%d]", instr->b, instr->c);
        } else if (instr->op == OP_CHECK_INDEX || instr->op == OP_DIVIDE || instr->op == OP_REMAINDER || !(flags & OPF_LOCAL) || !(flags & OPF_DEF_A)) {
            refuse(m, "this condition");
        } else {
            registers[instr->a] = arithmetic(m, instr, v[1], v[2]);
        }
    }
    if (result >= 0)
        return registers[result] != NULL ? registers[result] : t == NO_ID ? "0" : value(m, t, result);
    return value(m, 0, result);
}

static const char *condition(Model *m, uint32_t t, uint32_t at, uint32_t stop, Operand result)
{
    uint32_t n = m->program->property_registers + (t == NO_ID ? 0 : m->program->threads[t].register_count) + 1;
    return symbolic(m, t, at, stop, result, ARENA_ARRAY(m->arena, const char *, n), 0);
}

static const char *property(Model *m, const Property *p)
{
    return condition(m, NO_ID, p->first_instr, p->end_instr, p->value);
}

/* ------------------------------------------------------------------ steps */

static void begin_option(Model *m, uint32_t t, uint32_t point, const char *guard)
{
    put(m, "    :: d_step { pc[%u] == %u && stop == 0%s%s -> ", t, point, guard == NULL ? "" : " && ", guard == NULL ? "" : guard);
    m->written = 0;
}

static void end_option(Model *m)
{
    put(m, "%s }\n", m->program->always_count > 0 ? "; CHECK_ALWAYS" : "");
}

static void close_all(Model *m, uint32_t open)
{
    for (; open > 0; open--)
        put(m, " fi");
}

/* The thread's own operation, with `try`: 1 where it is enabled, else 0. */
static void write_plain(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    const char *guard = guard_of(m, t, instr);
    uint32_t behind = instr->op == OP_ONCE_ENTER ? (uint32_t)instr->d : at + 1;
    if (instr->flags & INSTR_TRY) {
        if (guard == NULL || instr->op == OP_ONCE_ENTER)
            refuse(m, "`try` of this operation");
        begin_option(m, t, point, guard == NULL ? NULL : arena_format(m->arena, "!(%s)", guard));
        put(m, "%s = 0; ", value(m, t, instr->result));
        write_from(m, t, behind, NULL, 0);
        end_option(m);
    }
    if (instr->op == OP_ONCE_ENTER) {
        const char *x = field(m, t, (ObjectId)instr->b, instr->c, "");
        begin_option(m, t, point, arena_format(m->arena, "%s == 1", x));
        write_from(m, t, (uint32_t)instr->d, NULL, 0);
        end_option(m);
        begin_option(m, t, point, arena_format(m->arena, "%s == 0", x));
        put(m, "%s = %u; ", x, t + 2);
        write_from(m, t, at + 1, NULL, 0);
        end_option(m);
        return;
    }
    begin_option(m, t, point, guard);
    if (instr->flags & INSTR_TRY)
        put(m, "%s = 1; ", value(m, t, instr->result));
    uint32_t open = write_operation(m, t, instr);
    write_from(m, t, at + 1, NULL, 0);
    close_all(m, open);
    end_option(m);
}

typedef struct Signal {
    uint32_t thread, point, at;
} Signal;

static void signal_one(Model *m, uint32_t u, uint32_t p, const void *context)
{
    const Signal *s = context;
    begin_option(m, s->thread, s->point, arena_format(m->arena, "pc[%u] == %u", u, p));
    put(m, "pc[%u] = %u; ", u, m->program->code[m->program->threads[u].points[p].instr + 1].point);
    write_from(m, s->thread, s->at + 1, NULL, 0);
    end_option(m);
}

static void write_signal(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    Signal s = {t, point, at};
    each_at(m, t, OP_CONDITION_SLEEP, instr, signal_one, &s);
    put(m, "    :: d_step { pc[%u] == %u && stop == 0 && (0", t, point);
    each_at(m, t, OP_CONDITION_SLEEP, instr, count_at, NULL);
    put(m, ") == 0 -> ");
    write_from(m, t, at + 1, NULL, 0);
    end_option(m);
}

static void write_arrival(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    begin_option(m, t, point, NULL);
    put(m, "if :: (1");
    each_at(m, t, OP_BARRIER_WAIT, instr, count_at, NULL);
    put(m, ") < %" PRId64 " -> ", m->program->objects[instr->b].symbol->parties);
    write_from(m, t, at + 1, NULL, 0);
    put(m, " :: else -> ");
    each_at(m, t, OP_BARRIER_WAIT, instr, let_go, NULL);
    write_from(m, t, at + 2, NULL, 0);
    put(m, " fi");
    end_option(m);
}

static void write_choice(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    int64_t low = 0, count = instr->c;
    if (instr->op == OP_CHOOSE_RANGE) {
        if (instr->b >= 0 || instr->c >= 0) {
            refuse(m, "a choice from a changing range");
            return;
        }
        low = m->program->constants[~instr->b];
        count = m->program->constants[~instr->c] - low + 1;
        if (count < 1 || count > 1000) {
            refuse(m, "so large a choice");
            return;
        }
    }
    for (int64_t k = 0; k < count; k++) {
        begin_option(m, t, point, NULL);
        if (instr->op == OP_CHOOSE)
            put(m, "%s = %s; ", value(m, t, instr->a), value(m, t, m->program->lists[instr->b + (Operand)k]));
        else
            put(m, "%s = (%" PRId64 "); ", value(m, t, instr->a), low + k);
        write_from(m, t, at + 1, NULL, 0);
        end_option(m);
    }
}

static void write_step(Model *m, uint32_t t, uint32_t point)
{
    uint32_t at = m->program->threads[t].points[point].instr;
    const Instr *instr = &m->program->code[at];
    m->site = instr->site;
    put(m, "    /* %s, line %u */\n", program_op_names[instr->op], m->program->sites[instr->site].statement.line);
    switch (instr->op) {
    case OP_SIGNAL: write_signal(m, t, point, at); return;
    case OP_BARRIER_ARRIVE: write_arrival(m, t, point, at); return;
    case OP_CHOOSE:
    case OP_CHOOSE_RANGE: write_choice(m, t, point, at); return;
    case OP_CONDITION_SLEEP:
    case OP_BARRIER_WAIT: return; /* others lead on from there */
    case OP_PRINT:
        if (m->program->outcome_has_output)
            refuse(m, "`print`");
        begin_option(m, t, point, NULL);
        write_from(m, t, at + 1, NULL, 0);
        end_option(m);
        return;
    case OP_AWAIT:
        if (instr->flags & INSTR_TRY)
            refuse(m, "`try await`");
        begin_option(m, t, point, arena_format(m->arena, "(%s) != 0", condition(m, t, at + 1, (uint32_t)instr->b, m->program->code[instr->b].a)));
        write_from(m, t, (uint32_t)instr->b + 1, NULL, 0);
        end_option(m);
        return;
    case OP_REGION:
        if (instr->a != 1)
            refuse(m, "--granularity statement");
        if (m->program->code[at + 1].op == OP_AWAIT) {
            const Instr *await = &m->program->code[at + 1];
            begin_option(m, t, point, arena_format(m->arena, "(%s) != 0", condition(m, t, at + 2, (uint32_t)await->b, m->program->code[await->b].a)));
            write_from(m, t, (uint32_t)await->b + 1, NULL, 0);
        } else {
            begin_option(m, t, point, NULL);
            write_from(m, t, at + 1, NULL, 0);
        }
        end_option(m);
        return;
    default: write_plain(m, t, point, at); return;
    }
}

/* ------------------------------------------------------------ declarations */

static void write_symbol(Model *m, const Symbol *symbol)
{
    const char *name = symbol_name(m, symbol);
    if (!(SYMBOL_BIT(symbol->kind) & (SYMBOL_BIT_OBJECTS | SYMBOL_BIT(SYMBOL_VARIABLE))))
        return;
    put(m, "int %s[%u];\n", name, symbol->length);
    if (symbol->kind == SYMBOL_MUTEX && symbol->is_recursive)
        put(m, "int %s_depth[%u];\n", name, symbol->length);
    if (symbol->kind == SYMBOL_RWLOCK)
        put(m, "int %s_announced[%u];\nint %s_in[%u];\n", name, symbol->length, name, symbol->length * count_readers(m));
    if (symbol->kind == SYMBOL_QUEUE)
        put(m, "bool %s_closed[%u];\nint %s_item[%" PRId64 "];\n", name, symbol->length, name, symbol->length * (symbol->capacity < 1 ? 1 : symbol->capacity));
}

static void write_initial(Model *m, const Symbol *symbol)
{
    const char *name = symbol_name(m, symbol);
    bool counts = symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_SEMAPHORE || symbol->kind == SYMBOL_WAITGROUP;
    for (uint32_t i = 0; i < symbol->initial_count; i++) {
        if (symbol->initial[i] > INT32_MAX || symbol->initial[i] < -INT32_MAX)
            diag_error(m->diagnostics, symbol->span, "a number beyond 32 bits cannot be exported to Promela");
        if (counts && symbol->initial[i] != 0)
            put(m, "%s[%u] = %" PRId64 "; ", name, i, symbol->initial[i]);
        for (uint32_t k = 0; symbol->kind == SYMBOL_QUEUE && k < symbol->length; k++)
            put(m, "%s_item[%" PRId64 "] = %" PRId64 "; %s[%u] = %u; ", name, k * symbol->capacity + i, symbol->initial[i], name, k, symbol->initial_count);
    }
}

static void write_teller(Model *m)
{
    const Program *program = m->program;
    put(m, "/* Tells each end: how it ended, whether `finally` holds, the outcome's values. */\nactive proctype teller()\n{\n    d_step { timeout -> ");
    put(m, "all_ended = 1");
    for (uint32_t t = 0; t < program->thread_count; t++)
        if (!program->threads[t].is_daemon)
            put(m, " && pc[%u] == 0", t);
    put(m, "; final = 1");
    for (uint32_t f = 0; f < program->finally_count; f++)
        put(m, " && (%s) != 0", property(m, &program->finally[f]));
    for (uint32_t o = 0; o < program->outcome_value_count; o++)
        put(m, "; told[%u] = %s", o, property(m, &program->outcome_values[o]));
    put(m, ";\n        c_code { printf(\"END %%d %%d %%d\", (int)now.stop, (int)all_ended, (int)final); ");
    put(m, "{ int k; for (k = 0; k < %u; k++) printf(\" %%d\", told[k]); } printf(\"\\n\"); } };\n    false\n}\n", program->outcome_value_count);
}

bool export_promela(Arena *arena, const Program *program, const char *file, DiagList *diagnostics, Text *out)
{
    Model m = {.arena = arena, .program = program, .diagnostics = diagnostics, .out = out};
    const Scenario *scenario = program->scenario;
    char *name = arena_string(arena, file, strlen(file));
    for (char *c = name; *c != '\0'; c++)
        if (*c == '*' || *c < 32)
            *c = '_';
    if (program->function_count > 0)
        diag_error(diagnostics, program->functions[0].symbol->span, "a function that is spawned cannot be exported to Promela");
    if (program->spurious || program->options.statement_granularity) {
        diag_error(diagnostics, scenario->threads.count > 0 ? scenario->threads.items[0]->span : (Span){.line = 1, .column = 1},
                   "%s cannot be exported to Promela", program->spurious ? "--spurious" : "--granularity statement");
    }
    for (uint32_t t = 0; t < program->thread_count; t++)
        if (program->threads[t].domain != NO_ID)
            diag_error(diagnostics, program->threads[t].symbol->span, "a thread that is not preemptive cannot be exported to Promela");
    if (diagnostics->errors > 0)
        return false;
    m.live = ARENA_ARRAY(arena, LiveSet *, program->thread_count + 1);
    for (uint32_t t = 0; t < program->thread_count; t++)
        m.live[t] = flow_liveness(arena, program, &program->threads[t], false);
    put(&m, "/* Made by `snarl export promela` from %s. One transition of a thread is one step of the simulator.\n *\n", name);
    put(&m, " *   spin -a MODEL && gcc -O1 -DNOREDUCE -DSAFETY -o pan pan.c && ./pan -E -m1000000\n *\n");
    put(&m, " * It prints a line for each end: END stop all-ended final value... ; all-ended 0 with stop 0 is a deadlock. */\n");
    put(&m, "#define ASSERTION 1\n#define INVARIANT 2\n#define MISUSE 3\n#define RUNTIME_ERROR 4\n#define ASSUME 5\n#define BEYOND 6 /* 32 bits */\n");
    put(&m, "#define ADD_BAD(a, b) (((b) > 0 && (a) > 2147483647 - (b)) || ((b) < 0 && (a) < -2147483647 - (b)))\n");
    put(&m, "#define SUBTRACT_BAD(a, b) (((b) < 0 && (a) > 2147483647 + (b)) || ((b) > 0 && (a) < -2147483647 + (b)))\n");
    put(&m, "#define MULTIPLY_BAD(a, b) ((a) > 46340 || (a) < -46340 || (b) > 46340 || (b) < -46340)\n\n");
    put(&m, "byte stop;\nint pc[%u];\nhidden int scratch;\nhidden byte all_ended, final;\nhidden int told[%u];\n", program->thread_count + 1,
        program->outcome_value_count + 1);
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        write_symbol(&m, scenario->symbols.items[i]);
    for (uint32_t t = 0; t < program->thread_count; t++)
        put(&m, "int r%u[%u]; /* of thread %u */\n", t, program->threads[t].register_count + 1, t);
    if (program->always_count > 0) {
        put(&m, "#define CHECK_ALWAYS if :: stop == 0 && !(1");
        for (uint32_t p = 0; p < program->always_count; p++)
            put(&m, " && (%s) != 0", property(&m, &program->always[p]));
        put(&m, ") -> stop = INVARIANT :: else fi\n");
    }
    for (uint32_t t = 0; t < program->thread_count; t++) {
        put(&m, "\nactive proctype thread%u()\n{\n    do\n", t);
        bool has_option = false;
        for (uint32_t p = 1; p <= program->threads[t].point_count; p++, has_option = true)
            write_step(&m, t, p);
        put(&m, "    :: false -> skip\n    od\n}\n");
        (void)has_option;
    }
    put(&m, "\n/* What is done ahead of all steps. */\ninit\n{\n    d_step { ");
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        write_initial(&m, scenario->symbols.items[i]);
    for (uint32_t t = 0; t < program->thread_count; t++) {
        m.written = 0;
        put(&m, "if :: stop == 0 -> ");
        write_from(&m, t, program->threads[t].entry, NULL, 0);
        put(&m, " :: else fi; ");
    }
    put(&m, "%sskip };\n    false\n}\n\n", program->always_count > 0 ? "CHECK_ALWAYS; " : "");
    write_teller(&m);
    return diagnostics->errors == 0;
}
