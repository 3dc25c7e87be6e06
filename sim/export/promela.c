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

#include "export/promela_step.h"

/* ------------------------------------------------- conditions on a state */

/* The value of a register at `stop`, when the code from `at` on is read as an expression. */
static const char *symbolic(Model *m, uint32_t t, uint32_t at, uint32_t stop, Operand result, const char **registers, uint32_t depth)
{
    const Program *program = m->program;
    if (depth > 40) {
        promela_refuse(m, "so large a condition");
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
                    v[o] = operands[o] >= 0 && registers[operands[o]] != NULL ? registers[operands[o]] : promela_value(m, t, operands[o]);
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
            registers[instr->a] = arena_format(m->arena, "%s%s[%u + %s]", promela_symbol(m, object->symbol), instr->op == OP_CLOSED ? "_closed" : "",
                                               object->element, v[2]);
        } else if (instr->op == OP_MEMBER) {
            if (instr->d != NO_OPERAND)
                promela_refuse(m, "a local array with a changing index in a property");
            registers[instr->a] = arena_format(m->arena, "r%d[%d]", instr->b, instr->c);
        } else if (instr->op == OP_CHECK_INDEX || instr->op == OP_DIVIDE || instr->op == OP_REMAINDER || !(flags & OPF_LOCAL) || !(flags & OPF_DEF_A)) {
            promela_refuse(m, "this condition");
        } else {
            registers[instr->a] = promela_arithmetic(m, instr, v[1], v[2]);
        }
    }
    if (result >= 0)
        return registers[result] != NULL ? registers[result] : t == NO_ID ? "0" : promela_value(m, t, result);
    return promela_value(m, 0, result);
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
    promela_put(m, "    :: d_step { pc[%u] == %u && stop == 0%s%s -> ", t, point, guard == NULL ? "" : " && ", guard == NULL ? "" : guard);
    m->written = 0;
}

static void end_option(Model *m)
{
    promela_put(m, "%s }\n", m->program->always_count > 0 ? "; CHECK_ALWAYS" : "");
}

static void close_all(Model *m, uint32_t open)
{
    for (; open > 0; open--)
        promela_put(m, " fi");
}

/* The thread's own operation, with `try`: 1 where it is enabled, else 0. */
static void write_plain(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    const char *guard = promela_guard(m, t, instr);
    uint32_t behind = instr->op == OP_ONCE_ENTER ? (uint32_t)instr->d : at + 1;
    if (instr->flags & INSTR_TRY) {
        if (guard == NULL || instr->op == OP_ONCE_ENTER)
            promela_refuse(m, "`try` of this operation");
        begin_option(m, t, point, guard == NULL ? NULL : arena_format(m->arena, "!(%s)", guard));
        promela_put(m, "%s = 0; ", promela_value(m, t, instr->result));
        promela_write_from(m, t, behind, NULL, 0);
        end_option(m);
    }
    if (instr->op == OP_ONCE_ENTER) {
        const char *x = promela_field(m, t, (ObjectId)instr->b, instr->c, "");
        begin_option(m, t, point, arena_format(m->arena, "%s == 1", x));
        promela_write_from(m, t, (uint32_t)instr->d, NULL, 0);
        end_option(m);
        begin_option(m, t, point, arena_format(m->arena, "%s == 0", x));
        promela_put(m, "%s = %u; ", x, t + 2);
        promela_write_from(m, t, at + 1, NULL, 0);
        end_option(m);
        return;
    }
    begin_option(m, t, point, guard);
    if (instr->flags & INSTR_TRY)
        promela_put(m, "%s = 1; ", promela_value(m, t, instr->result));
    uint32_t open = promela_write_operation(m, t, instr);
    promela_write_from(m, t, at + 1, NULL, 0);
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
    promela_put(m, "pc[%u] = %u; ", u, m->program->code[m->program->threads[u].points[p].instr + 1].point);
    promela_write_from(m, s->thread, s->at + 1, NULL, 0);
    end_option(m);
}

static void write_signal(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    Signal s = {t, point, at};
    promela_each_at(m, t, OP_CONDITION_SLEEP, instr, signal_one, &s);
    promela_put(m, "    :: d_step { pc[%u] == %u && stop == 0 && (0", t, point);
    promela_each_at(m, t, OP_CONDITION_SLEEP, instr, promela_count_at, NULL);
    promela_put(m, ") == 0 -> ");
    promela_write_from(m, t, at + 1, NULL, 0);
    end_option(m);
}

static void write_arrival(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    begin_option(m, t, point, NULL);
    promela_put(m, "if :: (1");
    promela_each_at(m, t, OP_BARRIER_WAIT, instr, promela_count_at, NULL);
    promela_put(m, ") < %" PRId64 " -> ", m->program->objects[instr->b].symbol->parties);
    promela_write_from(m, t, at + 1, NULL, 0);
    promela_put(m, " :: else -> ");
    promela_each_at(m, t, OP_BARRIER_WAIT, instr, promela_let_go, NULL);
    promela_write_from(m, t, at + 2, NULL, 0);
    promela_put(m, " fi");
    end_option(m);
}

static void write_choice(Model *m, uint32_t t, uint32_t point, uint32_t at)
{
    const Instr *instr = &m->program->code[at];
    int64_t low = 0, count = instr->c;
    if (instr->op == OP_CHOOSE_RANGE) {
        if (instr->b >= 0 || instr->c >= 0) {
            promela_refuse(m, "a choice from a changing range");
            return;
        }
        low = m->program->constants[~instr->b];
        count = m->program->constants[~instr->c] - low + 1;
        if (count < 1 || count > 1000) {
            promela_refuse(m, "so large a choice");
            return;
        }
    }
    for (int64_t k = 0; k < count; k++) {
        begin_option(m, t, point, NULL);
        if (instr->op == OP_CHOOSE)
            promela_put(m, "%s = %s; ", promela_value(m, t, instr->a), promela_value(m, t, m->program->lists[instr->b + (Operand)k]));
        else
            promela_put(m, "%s = (%" PRId64 "); ", promela_value(m, t, instr->a), low + k);
        promela_write_from(m, t, at + 1, NULL, 0);
        end_option(m);
    }
}

static void write_step(Model *m, uint32_t t, uint32_t point)
{
    uint32_t at = m->program->threads[t].points[point].instr;
    const Instr *instr = &m->program->code[at];
    m->site = instr->site;
    promela_put(m, "    /* %s, line %u */\n", program_op_names[instr->op], m->program->sites[instr->site].statement.line);
    switch (instr->op) {
    case OP_SIGNAL: write_signal(m, t, point, at); return;
    case OP_BARRIER_ARRIVE: write_arrival(m, t, point, at); return;
    case OP_CHOOSE:
    case OP_CHOOSE_RANGE: write_choice(m, t, point, at); return;
    case OP_CONDITION_SLEEP:
    case OP_BARRIER_WAIT: return; /* others lead on from there */
    case OP_PRINT:
        if (m->program->outcome_has_output)
            promela_refuse(m, "`print`");
        begin_option(m, t, point, NULL);
        promela_write_from(m, t, at + 1, NULL, 0);
        end_option(m);
        return;
    case OP_AWAIT:
        if (instr->flags & INSTR_TRY)
            promela_refuse(m, "`try await`");
        begin_option(m, t, point, arena_format(m->arena, "(%s) != 0", condition(m, t, at + 1, (uint32_t)instr->b, m->program->code[instr->b].a)));
        promela_write_from(m, t, (uint32_t)instr->b + 1, NULL, 0);
        end_option(m);
        return;
    case OP_REGION:
        if (instr->a != 1)
            promela_refuse(m, "--granularity statement");
        if (m->program->code[at + 1].op == OP_AWAIT) {
            const Instr *await = &m->program->code[at + 1];
            begin_option(m, t, point, arena_format(m->arena, "(%s) != 0", condition(m, t, at + 2, (uint32_t)await->b, m->program->code[await->b].a)));
            promela_write_from(m, t, (uint32_t)await->b + 1, NULL, 0);
        } else {
            begin_option(m, t, point, NULL);
            promela_write_from(m, t, at + 1, NULL, 0);
        }
        end_option(m);
        return;
    default: write_plain(m, t, point, at); return;
    }
}

/* ------------------------------------------------------------ declarations */

static void write_symbol(Model *m, const Symbol *symbol)
{
    const char *name = promela_symbol(m, symbol);
    if (!(SYMBOL_BIT(symbol->kind) & (SYMBOL_BIT_OBJECTS | SYMBOL_BIT(SYMBOL_VARIABLE))))
        return;
    promela_put(m, "int %s[%u];\n", name, symbol->length);
    if (symbol->kind == SYMBOL_MUTEX && symbol->is_recursive)
        promela_put(m, "int %s_depth[%u];\n", name, symbol->length);
    if (symbol->kind == SYMBOL_RWLOCK)
        promela_put(m, "int %s_announced[%u];\nint %s_in[%u];\n", name, symbol->length, name, symbol->length * m->program->thread_count);
    if (symbol->kind == SYMBOL_QUEUE)
        promela_put(m, "bool %s_closed[%u];\nint %s_item[%" PRId64 "];\n", name, symbol->length, name, symbol->length * (symbol->capacity < 1 ? 1 : symbol->capacity));
}

static void write_initial(Model *m, const Symbol *symbol)
{
    const char *name = promela_symbol(m, symbol);
    bool counts = symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_SEMAPHORE || symbol->kind == SYMBOL_WAITGROUP;
    for (uint32_t i = 0; i < symbol->initial_count; i++) {
        if (symbol->initial[i] > INT32_MAX || symbol->initial[i] < -INT32_MAX)
            diag_error(m->diagnostics, symbol->span, "a number beyond 32 bits cannot be exported to Promela");
        if (counts && symbol->initial[i] != 0)
            promela_put(m, "%s[%u] = %" PRId64 "; ", name, i, symbol->initial[i]);
        for (uint32_t k = 0; symbol->kind == SYMBOL_QUEUE && k < symbol->length; k++)
            promela_put(m, "%s_item[%" PRId64 "] = %" PRId64 "; %s[%u] = %u; ", name, k * symbol->capacity + i, symbol->initial[i], name, k, symbol->initial_count);
    }
}

static void write_teller(Model *m)
{
    const Program *program = m->program;
    promela_put(m, "/* Tells each end: how it ended, whether `finally` holds, the outcome's values. */\nactive proctype teller()\n{\n    d_step { timeout -> ");
    promela_put(m, "all_ended = 1");
    for (uint32_t t = 0; t < program->thread_count; t++)
        if (!program->threads[t].is_daemon)
            promela_put(m, " && pc[%u] == 0", t);
    promela_put(m, "; final = 1");
    for (uint32_t f = 0; f < program->finally_count; f++)
        promela_put(m, " && (%s) != 0", property(m, &program->finally[f]));
    for (uint32_t o = 0; o < program->outcome_value_count; o++)
        promela_put(m, "; told[%u] = %s", o, property(m, &program->outcome_values[o]));
    promela_put(m, ";\n        c_code { printf(\"END %%d %%d %%d\", (int)now.stop, (int)all_ended, (int)final); ");
    promela_put(m, "{ int k; for (k = 0; k < %u; k++) printf(\" %%d\", told[k]); } printf(\"\\n\"); } };\n    false\n}\n", program->outcome_value_count);
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
    promela_put(&m, "/* Made by `snarl export promela` from %s. One transition of a thread is one step of the simulator.\n *\n", name);
    promela_put(&m, " *   spin -a MODEL && gcc -O1 -DNOREDUCE -DSAFETY -o pan pan.c && ./pan -E -m1000000\n *\n");
    promela_put(&m, " * It prints a line for each end: END stop all-ended final value... ; all-ended 0 with stop 0 is a deadlock. */\n");
    promela_put(&m, "#define ASSERTION 1\n#define INVARIANT 2\n#define MISUSE 3\n#define RUNTIME_ERROR 4\n#define ASSUME 5\n#define BEYOND 6 /* 32 bits */\n");
    promela_put(&m, "#define ADD_BAD(a, b) (((b) > 0 && (a) > 2147483647 - (b)) || ((b) < 0 && (a) < -2147483647 - (b)))\n");
    promela_put(&m, "#define SUBTRACT_BAD(a, b) (((b) < 0 && (a) > 2147483647 + (b)) || ((b) > 0 && (a) < -2147483647 + (b)))\n");
    promela_put(&m, "#define MULTIPLY_BAD(a, b) ((a) > 46340 || (a) < -46340 || (b) > 46340 || (b) < -46340)\n\n");
    promela_put(&m, "byte stop;\nint pc[%u];\nhidden int scratch;\nhidden byte all_ended, final;\nhidden int told[%u];\n", program->thread_count + 1,
        program->outcome_value_count + 1);
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        write_symbol(&m, scenario->symbols.items[i]);
    for (uint32_t t = 0; t < program->thread_count; t++)
        promela_put(&m, "int r%u[%u]; /* of thread %u */\n", t, program->threads[t].register_count + 1, t);
    if (program->always_count > 0) {
        promela_put(&m, "#define CHECK_ALWAYS if :: stop == 0 && !(1");
        for (uint32_t p = 0; p < program->always_count; p++)
            promela_put(&m, " && (%s) != 0", property(&m, &program->always[p]));
        promela_put(&m, ") -> stop = INVARIANT :: else fi\n");
    }
    for (uint32_t t = 0; t < program->thread_count; t++) {
        promela_put(&m, "\nactive proctype thread%u()\n{\n    do\n", t);
        bool has_option = false;
        for (uint32_t p = 1; p <= program->threads[t].point_count; p++, has_option = true)
            write_step(&m, t, p);
        promela_put(&m, "    :: false -> skip\n    od\n}\n");
        (void)has_option;
    }
    promela_put(&m, "\n/* What is done ahead of all steps. */\ninit\n{\n    d_step { ");
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        write_initial(&m, scenario->symbols.items[i]);
    for (uint32_t t = 0; t < program->thread_count; t++) {
        m.written = 0;
        promela_put(&m, "if :: stop == 0 -> ");
        promela_write_from(&m, t, program->threads[t].entry, NULL, 0);
        promela_put(&m, " :: else fi; ");
    }
    promela_put(&m, "%sskip };\n    false\n}\n\n", program->always_count > 0 ? "CHECK_ALWAYS; " : "");
    write_teller(&m);
    return diagnostics->errors == 0;
}
