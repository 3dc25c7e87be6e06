/* Lowering: objects, threads, properties, outcome; and the emitter that the other lower_*.c files use. */
#include <assert.h>
#include <string.h>

#include "program/lowering.h"

/* ------------------------------------------------------------ emitter */

Instr lowering_instr(Opcode op) {
    return (Instr){.op = (uint16_t)op, .a = NO_OPERAND, .b = NO_OPERAND, .c = NO_OPERAND, .d = NO_OPERAND, .e = NO_OPERAND,
                   .result = NO_OPERAND, .token = -1};
}

uint32_t lowering_here(const Lowering *l) { return l->code.count; }

uint32_t lowering_site(Lowering *l, Span part) {
    if (l->sites.count > 0) {
        const Site *last = &l->sites.items[l->sites.count - 1];
        if (last->statement.offset == l->statement.offset && last->statement.length == l->statement.length &&
            last->part.offset == part.offset && last->part.length == part.length)
            return l->sites.count - 1;
    }
    Site site = {l->statement, part};
    ARENA_PUSH(l->arena, l->sites, site);
    return l->sites.count - 1;
}

uint32_t lowering_emit(Lowering *l, Instr instr, Span part) {
    instr.site = lowering_site(l, part);
    bool is_local = program_op_flags[instr.op] & OPF_LOCAL;
    if (!is_local) {
        if (l->statement_region && l->region_depth == 1 && instr.op != OP_REGION && !(instr.flags & INSTR_ARM)) {
            Instr region = lowering_instr(OP_REGION);
            region.a = 0;
            region.b = (Operand)l->statement_region;
            region.site = lowering_site(l, l->statement);
            region.flags = INSTR_STEP | (instr.flags & INSTR_HANDS_OVER);
            ARENA_PUSH(l->arena, l->code, region);
            instr.site = lowering_site(l, part);
        }
        if (l->region_depth == 0 && !l->is_property && !(instr.flags & INSTR_ARM)) instr.flags |= INSTR_STEP;
        if (l->region_atomic) instr.flags |= INSTR_ATOMIC;
        if (l->region_depth > 0 && l->region_first) instr.flags |= INSTR_FIRST;
        if (l->region_depth > 0 && l->region_first_access) instr.flags |= l->is_operand && instr.op == OP_LOAD ? INSTR_FIRST_ACCESS | INSTR_OPERAND : INSTR_FIRST_ACCESS;
    }
    ARENA_PUSH(l->arena, l->code, instr);
    return l->code.count - 1;
}

bool lowering_is_constant(const Lowering *l, Operand operand, int64_t *value) {
    if (operand == NO_OPERAND || operand >= 0) return false;
    *value = l->constants.items[~operand];
    return true;
}

/* The value of a local operation on constants; false when it has none (that is a runtime error, left to the machine). */
static bool fold(Opcode op, int64_t a, int64_t b, int64_t *value) {
    switch (op) {
    case OP_NEGATE: return !__builtin_sub_overflow(0, a, value);
    case OP_NOT: *value = !a; return true;
    case OP_COMPLEMENT: *value = ~a; return true;
    case OP_ADD: return !__builtin_add_overflow(a, b, value);
    case OP_SUBTRACT: return !__builtin_sub_overflow(a, b, value);
    case OP_MULTIPLY: return !__builtin_mul_overflow(a, b, value);
    case OP_DIVIDE: case OP_REMAINDER:
        if (b == 0 || b == -1) return false;
        *value = op == OP_DIVIDE ? a / b : a % b;
        return true;
    case OP_EQUAL: *value = a == b; return true;
    case OP_NOT_EQUAL: *value = a != b; return true;
    case OP_LESS: *value = a < b; return true;
    case OP_LESS_EQUAL: *value = a <= b; return true;
    case OP_MIN: *value = a < b ? a : b; return true;
    case OP_MAX: *value = a > b ? a : b; return true;
    case OP_BIT_AND: *value = a & b; return true;
    case OP_BIT_OR: *value = a | b; return true;
    case OP_BIT_XOR: *value = a ^ b; return true;
    default: return false;
    }
}

uint32_t lowering_local(Lowering *l, Opcode op, Operand a, Operand b, Operand c, Span part) {
    Instr instr = lowering_instr(op);
    instr.a = a;
    instr.b = b;
    instr.c = c;
    int64_t x, y = 0, value;
    uint32_t flags = program_op_flags[op];
    if ((flags & OPF_DEF_A) && (flags & OPF_USE_B) && lowering_is_constant(l, b, &x) &&
        (!(flags & OPF_USE_C) || lowering_is_constant(l, c, &y)) && fold(op, x, y, &value)) {
        instr.op = OP_MOVE;
        instr.b = lowering_constant(l, value);
        instr.c = NO_OPERAND;
    }
    if (instr.op == OP_MOVE && instr.a == instr.b) return l->code.count;
    return lowering_emit(l, instr, part);
}

uint32_t lowering_jump(Lowering *l, Opcode op, Operand condition, PatchList *list, Span part) {
    Instr jump = lowering_instr(op);
    if (op != OP_JUMP) jump.a = condition;
    uint32_t address = lowering_emit(l, jump, part);
    ARENA_PUSH(l->arena, *list, address);
    return address;
}

void lowering_patch(Lowering *l, PatchList *list, uint32_t address) {
    for (uint32_t i = 0; i < list->count; i++) l->code.items[list->items[i]].b = (Operand)address;
    list->count = 0;
}

Operand lowering_constant(Lowering *l, int64_t value) {
    for (uint32_t i = l->constants.count; i-- > 0 && l->constants.count - i < 64;)
        if (l->constants.items[i] == value) return ~(Operand)i;
    ARENA_PUSH(l->arena, l->constants, value);
    return ~(Operand)(l->constants.count - 1);
}

int32_t lowering_register(Lowering *l) { return l->next_register++; }

void lowering_bind(Lowering *l, const Symbol *symbol, int32_t reg) {
    Binding binding = {symbol, reg};
    ARENA_PUSH(l->arena, l->bindings, binding);
}

int32_t lowering_reg_of(const Lowering *l, const Symbol *symbol) {
    for (uint32_t i = l->bindings.count; i-- > 0;)
        if (l->bindings.items[i].symbol == symbol) return l->bindings.items[i].reg;
    assert(!"a local that resolve did not bind");
    return 0;
}

uint32_t lowering_text(Lowering *l, const char *text) {
    ARENA_PUSH(l->arena, l->texts, text);
    return l->texts.count - 1;
}

ObjectId lowering_object(const Lowering *l, const Symbol *symbol) {
    for (uint32_t i = 0; i < l->scenario->symbols.count; i++) {
        if (l->scenario->symbols.items[i] != symbol) continue;
        if (l->thread && l->thread->is_process && l->own_base[i] != NO_ID) return l->thread->own_variables + l->own_base[i];
        return l->object_base[i];
    }
    assert(!"an object that is not declared at top level");
    return 0;
}

void lowering_error(Lowering *l, Span span, const char *message, const char *hint) {
    l->failed = true;
    if (!l->diagnostics || (l->thread && l->thread->instance > 0)) return;
    for (uint32_t i = 0; i < l->diagnostics->all.count; i++)
        if (l->diagnostics->all.items[i].span.offset == span.offset && l->diagnostics->all.items[i].severity == SEVERITY_ERROR) return;
    diag_error(l->diagnostics, span, "%s", message);
    if (hint) diag_hint(l->diagnostics, "%s", hint);
}

bool lowering_subscribes(Lowering *l, const Symbol *topic, Span span) {
    if (l->thread && l->thread->symbol->topic == topic) return true;
    const char *who = l->thread ? arena_format(l->arena, "'%s' is no subscriber of '%s'", l->thread->symbol->name, topic->name)
                                : arena_format(l->arena, "the topic '%s' has a queue for each subscriber", topic->name);
    lowering_error(l, span, who, arena_format(l->arena, "a 'subscriber thread S of %s { ... }' has a queue of it", topic->name));
    return false;
}

void lowering_push_cleanup(Lowering *l, Cleanup cleanup) {
    cleanup.region_depth = l->region_depth;
    cleanup.region_atomic = l->region_atomic;
    cleanup.region_first = l->region_first;
    cleanup.region_first_access = l->region_first_access;
    ARENA_PUSH(l->arena, l->cleanups, cleanup);
}

void lowering_leave(Lowering *l, uint32_t depth) {
    Span statement = l->statement;
    uint32_t region_depth = l->region_depth;
    bool atomic = l->region_atomic, first = l->region_first, first_access = l->region_first_access;
    for (uint32_t i = l->cleanups.count; i-- > depth;) {
        const Cleanup *cleanup = &l->cleanups.items[i];
        Instr instr = lowering_instr(cleanup->op);
        instr.a = cleanup->a;
        instr.b = cleanup->b;
        instr.c = cleanup->c;
        l->statement = l->sites.items[cleanup->site].statement;
        l->region_depth = cleanup->region_depth;
        l->region_atomic = cleanup->region_atomic;
        l->region_first = cleanup->region_first;
        l->region_first_access = cleanup->region_first_access;
        if (cleanup->op == OP_POOL_CLOSE)
            lower_shutdown(l, cleanup->b, 0, l->sites.items[cleanup->site].part);
        else
            lowering_emit(l, instr, l->sites.items[cleanup->site].part);
    }
    l->statement = statement;
    l->region_depth = region_depth;
    l->region_atomic = atomic;
    l->region_first = first;
    l->region_first_access = first_access;
}

/* ------------------------------------------------------------ objects */

static bool is_object(SymbolKind kind) {
    return kind == SYMBOL_VARIABLE || (kind >= SYMBOL_MUTEX && kind <= SYMBOL_POOL);
}

static const char *object_name(Lowering *l, const char *owner, const Symbol *symbol, uint32_t element) {
    const char *name = symbol->is_array ? arena_format(l->arena, "%s[%u]", symbol->name, element) : symbol->name;
    return owner ? arena_format(l->arena, "%s.%s", owner, name) : name;
}

static void add_object(Lowering *l, const Symbol *symbol, uint32_t element, const char *name, ThreadId owner) {
    l->program->objects[l->program->object_count++] = (Object){symbol, element, name, symbol->kind, owner};
}

/* A queue for each subscriber, in order of declaration. */
static void add_topic(Lowering *l, const Symbol *topic) {
    for (ThreadId t = 0; t < l->program->declared_count; t++) {
        const ThreadCode *thread = &l->program->threads[t];
        if (thread->symbol->topic == topic)
            add_object(l, topic, thread->symbol->first_subscriber + thread->instance, object_name(l, thread->name, topic, 0), t);
    }
}

static void add_mailboxes(Lowering *l, const Symbol *actor) {
    for (ThreadId t = 0; t < l->program->declared_count; t++)
        if (l->program->threads[t].symbol == actor)
            add_object(l, actor->mailbox, l->program->threads[t].instance, arena_format(l->arena, "%s.mailbox", l->program->threads[t].name), t);
}

static void add_objects(Lowering *l, bool variables) {
    const SymbolList *symbols = &l->scenario->symbols;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        if (symbol->mailbox && !variables) {
            l->object_base[i] = l->program->object_count;
            add_mailboxes(l, symbol);
        }
        if (!is_object(symbol->kind) || (symbol->kind == SYMBOL_VARIABLE) != variables) continue;
        l->object_base[i] = l->program->object_count;
        if (symbol->is_topic)
            add_topic(l, symbol);
        else
            for (uint32_t k = 0; k < symbol->length; k++) add_object(l, symbol, k, object_name(l, NULL, symbol, k), NO_ID);
    }
}

/* The variables of a process, in the order of the symbols. */
static void add_own_variables(Lowering *l, ThreadId owner) {
    const SymbolList *symbols = &l->scenario->symbols;
    ThreadCode *thread = &l->program->threads[owner];
    thread->own_variables = l->program->object_count;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        l->own_base[i] = NO_ID;
        if (symbol->kind != SYMBOL_VARIABLE || symbol->is_mapped) continue;
        l->own_base[i] = l->program->object_count - thread->own_variables;
        for (uint32_t k = 0; k < symbol->length; k++) add_object(l, symbol, k, object_name(l, thread->name, symbol, k), owner);
    }
}

static void lower_objects(Lowering *l) {
    const SymbolList *symbols = &l->scenario->symbols;
    Program *program = l->program;
    size_t total = 0, variables = 0, processes = 0;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        if (is_object(symbol->kind) || symbol->mailbox) total += symbol->length;
        if (symbol->kind == SYMBOL_VARIABLE) variables += symbol->length;
    }
    for (ThreadId t = 0; t < program->thread_count; t++) processes += program->threads[t].is_process;
    l->object_base = ARENA_ARRAY(l->arena, ObjectId, symbols->count + 1);
    l->own_base = ARENA_ARRAY(l->arena, ObjectId, symbols->count + 1);
    program->objects = ARENA_ARRAY(l->arena, Object, total + variables * processes + 1);
    add_objects(l, true);
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_process) add_own_variables(l, t);
    program->variable_count = program->object_count;
    add_objects(l, false);
}

/* ------------------------------------------------------------ threads */

static const char *instance_name(Lowering *l, const Symbol *symbol, uint32_t instance, bool indexed) {
    return indexed ? arena_format(l->arena, "%s[%u]", symbol->name, instance) : symbol->name;
}

static void declare_threads(Lowering *l) {
    const Scenario *scenario = l->scenario;
    Program *program = l->program;
    uint32_t count = 0;
    for (uint32_t i = 0; i < scenario->threads.count; i++) count += scenario->threads.items[i]->length;
    program->declared_count = count;
    lowering_domains(l);
    count = lowering_functions(l, count);
    program->threads = ARENA_ARRAY(l->arena, ThreadCode, count + 1);
    for (uint32_t i = 0; i < scenario->threads.count; i++) {
        const Symbol *symbol = scenario->threads.items[i];
        for (uint32_t k = 0; k < symbol->length; k++) {
            ThreadCode *thread = &program->threads[program->thread_count++];
            thread->name = instance_name(l, symbol, k, symbol->is_family || symbol->is_array);
            thread->symbol = symbol;
            thread->instance = k;
            thread->is_daemon = symbol->is_daemon;
            thread->is_process = symbol->is_process;
            thread->domain = lowering_domain_of(program, symbol);
            thread->result = -1;
        }
    }
    for (uint32_t f = 0; f < program->function_count; f++) {
        const Function *function = &program->functions[f];
        for (uint32_t k = 0; k < function->slot_count; k++) {
            ThreadCode *thread = &program->threads[program->thread_count++];
            uint32_t others = lowering_instances_before(program, f);
            thread->name = instance_name(l, function->symbol, others + k, lowering_is_numbered(program, f));
            thread->symbol = function->symbol;
            thread->instance = others + k;
            thread->is_spawned = true;
            thread->is_process = function->domain == NO_ID ? function->symbol->is_process_spawned : lowering_domain_is_process(program, function->domain);
            thread->function = f;
            thread->domain = function->domain;
            thread->result = -1;
        }
    }
}

static void number_points(Lowering *l, ThreadCode *thread) {
    uint32_t count = 0;
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++)
        if (l->code.items[i].flags & INSTR_STEP) l->code.items[i].point = ++count;
    thread->point_count = count;
    thread->points = ARENA_ARRAY(l->arena, Point, count + 1);
    thread->points[0].instr = NO_ID;
    for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++)
        if (l->code.items[i].flags & INSTR_STEP) thread->points[l->code.items[i].point].instr = i;
    if (thread->is_spawned) thread->unborn_point = count + 1;
}

static void lower_thread(Lowering *l, ThreadCode *thread) {
    const Symbol *symbol = thread->symbol;
    l->thread = thread;
    l->self = thread->instance;
    l->next_register = 0;
    l->locals.items = NULL;
    l->locals.count = l->locals.room = 0;
    l->bindings.count = l->cleanups.count = 0;
    l->loop = NULL;
    Call body = {0};
    l->call = &body;
    thread->first_instr = thread->entry = lowering_here(l);
    for (uint32_t i = 0; i < symbol->parameters.count; i++) {
        const Symbol *parameter = symbol->parameters.items[i];
        int32_t reg = lowering_register(l);
        lowering_bind(l, parameter, reg);
        Local local = {.name = parameter->name, .symbol = parameter, .reg = reg, .length = 1, .is_outermost = true};
        ARENA_PUSH(l->arena, l->locals, local);
    }
    thread->parameter_count = symbol->parameters.count;
    l->statement = symbol->span;
    lowering_begin_instance(l);
    lower_statement(l, symbol->body);
    lowering_patch(l, &body.returns, lowering_here(l));
    const StmtList *statements = &symbol->body->statements;
    l->statement = statements->count > 0 ? statements->items[statements->count - 1]->span : symbol->span;
    lowering_end_instance(l, NO_OPERAND, l->statement);
    thread->instr_count = lowering_here(l) - thread->first_instr;
    thread->register_count = (uint32_t)l->next_register;
    thread->locals = l->locals.items;
    thread->local_count = l->locals.count;
    lowering_finish_instance(l);
    number_points(l, thread);
}

/* --------------------------------------------------------- properties */

static Property lower_property(Lowering *l, const Expr *expr, const char *text) {
    l->next_register = 0;
    l->self = 0;
    l->bindings.count = 0;
    l->statement = expr->span;
    Property property = {.expr = expr, .first_instr = lowering_here(l), .text = text, .line = expr->span.line};
    property.value = lower_expression(l, expr);
    property.end_instr = lowering_here(l);
    if ((uint32_t)l->next_register > l->program->property_registers) l->program->property_registers = (uint32_t)l->next_register;
    return property;
}

static const char *expr_text(Lowering *l, const Expr *expr) {
    return program_text(l->arena, l->scenario->source, &expr->span);
}

static void lower_property_list(Lowering *l, const ExprList *list, Property **out, uint32_t *count) {
    *out = ARENA_ARRAY(l->arena, Property, list->count + 1);
    *count = list->count;
    for (uint32_t i = 0; i < list->count; i++) (*out)[i] = lower_property(l, list->items[i], expr_text(l, list->items[i]));
}

typedef struct OutcomeBuild {
    ArenaVec(OutcomeColumn) columns;
    ArenaVec(Property) values;
} OutcomeBuild;

/* One column: a whole array becomes one value for each element. */
static void add_outcome(Lowering *l, OutcomeBuild *build, Expr *expr, const char *text) {
    OutcomeColumn column = {.text = text, .first = build->values.count, .count = 1};
    const Symbol *symbol = expr->symbol;
    if ((expr->kind == EXPR_NAME || expr->kind == EXPR_MEMBER) && symbol && symbol->is_array && !expr->index) {
        column.is_array = true;
        column.count = symbol->length;
        for (uint32_t i = 0; i < symbol->length; i++) {
            Expr *element = ARENA_NEW(l->arena, Expr), *index = ARENA_NEW(l->arena, Expr);
            *element = *expr;
            *index = (Expr){.kind = EXPR_INTEGER, .value = i, .span = expr->span};
            element->index = index;
            Property property = lower_property(l, element, text);
            ARENA_PUSH(l->arena, build->values, property);
        }
    } else {
        Property property = lower_property(l, expr, text);
        ARENA_PUSH(l->arena, build->values, property);
    }
    ARENA_PUSH(l->arena, build->columns, column);
}

static void lower_outcome(Lowering *l) {
    const Scenario *scenario = l->scenario;
    OutcomeBuild build = {0};
    l->program->outcome_has_output = !scenario->has_outcome;
    if (scenario->has_outcome) {
        for (uint32_t i = 0; i < scenario->outcome.count; i++) {
            const OutcomeItem *item = &scenario->outcome.items[i];
            if (!item->expr)
                l->program->outcome_has_output = true;
            else
                add_outcome(l, &build, item->expr, item->text);
        }
    } else {
        for (uint32_t i = 0; i < scenario->symbols.count; i++) {
            Symbol *symbol = scenario->symbols.items[i];
            if (symbol->kind != SYMBOL_VARIABLE) continue;
            Expr *expr = ARENA_NEW(l->arena, Expr);
            *expr = (Expr){.kind = EXPR_NAME, .symbol = symbol, .span = symbol->span};
            add_outcome(l, &build, expr, symbol->name);
        }
    }
    l->program->outcome = build.columns.items;
    l->program->outcome_count = build.columns.count;
    l->program->outcome_values = build.values.items;
    l->program->outcome_value_count = build.values.count;
}

Status program_lower(Arena *arena, const Scenario *scenario, const LowerOptions *options, DiagList *diagnostics, Program **out) {
    static const LowerOptions DEFAULTS = {0};
    *out = NULL;
    jmp_buf escape;
    jmp_buf *outer = arena->escape;
    if (setjmp(escape)) {
        arena->escape = outer;
        return STATUS_NO_MEMORY;
    }
    /* cppcheck-suppress autoVariables ; every way out puts `outer` back */
    arena->escape = &escape;
    Lowering *l = ARENA_NEW(arena, Lowering);
    Program *program = ARENA_NEW(arena, Program);
    *l = (Lowering){.arena = arena, .diagnostics = diagnostics, .scenario = scenario, .options = options ? options : &DEFAULTS, .program = program};
    program->scenario = scenario;
    program->options = *l->options;
    program->options.spawn_slots = NULL;
    program->spurious = l->options->spurious;
    program->has_clock = scenario->has_clock;
    program->has_gil = scenario->has_gil;
    if (scenario->has_clock) {
        program->cores = l->options->cores ? l->options->cores : scenario->cores;
        program->quantum_ns = scenario->quantum_ns;
    }
    declare_threads(l);
    lower_objects(l);
    lowering_place_domains(l);
    for (uint32_t t = 0; t < program->thread_count; t++) lower_thread(l, &program->threads[t]);
    uint32_t thread_code = lowering_here(l);

    l->is_property = true;
    l->region_depth = 1;
    l->thread = NULL;
    lower_property_list(l, &scenario->always, &program->always, &program->always_count);
    lower_property_list(l, &scenario->finally, &program->finally, &program->finally_count);
    lower_property_list(l, &scenario->eventually, &program->eventually, &program->eventually_count);
    lower_outcome(l);

    program->code = l->code.items;
    program->code_count = l->code.count;
    program->constants = l->constants.items;
    program->constant_count = l->constants.count;
    program->lists = l->lists.items;
    program->list_count = l->lists.count;
    program->parts = l->parts.items;
    program->part_count = l->parts.count;
    program->texts = l->texts.items;
    program->text_count = l->texts.count;
    program->sites = l->sites.items;
    program->site_count = l->sites.count;
    for (uint32_t i = 0; i < thread_code; i++) {
        if (program->code[i].op == OP_ASSUME) program->has_assume = true;
        if (program->code[i].op == OP_PRINT) program->has_print = true;
        if (program->code[i].op == OP_PROGRESS) program->has_progress = true;
    }
    for (uint32_t t = 0; t < program->thread_count; t++) {
        program_find_tokens(arena, program, &program->threads[t]);
        program_mark_serial(arena, program, &program->threads[t]);
    }
    arena->escape = outer;
    if (l->failed) return STATUS_INVALID;
    *out = program;
    return STATUS_OK;
}
