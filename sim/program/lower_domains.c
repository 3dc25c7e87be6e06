/* lower_domains.c: execution domains, and the operations of coroutines and pools. */
#include "program/lowering.h"

/* -------------------------------------------------------------- domains */

static void add_domain(Lowering *l, Domain domain) { l->program->domains[l->program->domain_count++] = domain; }

static uint32_t domain_of_kind(const Program *program, DomainKind kind) {
    for (uint32_t d = 0; d < program->domain_count; d++)
        if (program->domains[d].kind == kind) return d;
    return NO_ID;
}

static uint32_t domain_of_pool(const Lowering *l, const Symbol *pool) {
    for (uint32_t d = 0; d < l->program->domain_count; d++) {
        const Domain *domain = &l->program->domains[d];
        if (domain->kind == DOMAIN_POOL && domain->symbol == pool) return d;
    }
    return NO_ID;
}

void lowering_domains(Lowering *l) {
    const SymbolList *symbols = &l->scenario->symbols;
    bool has_loop = l->scenario->run != NULL, has_fibres = false;
    uint32_t pools = 0;
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        has_loop |= symbol->is_coroutine && symbol->is_spawned;
        has_fibres |= symbol->is_fibre;
        pools += symbol->kind == SYMBOL_POOL;
    }
    l->program->domains = ARENA_ARRAY(l->arena, Domain, pools + 3);
    if (has_loop) add_domain(l, (Domain){.kind = DOMAIN_LOOP, .name = "the event loop", .object = NO_ID, .main = NO_ID});
    if (has_fibres) add_domain(l, (Domain){.kind = DOMAIN_FIBRES, .name = "the fibres", .object = NO_ID, .main = NO_ID});
    for (uint32_t i = 0; i < symbols->count; i++) {
        const Symbol *symbol = symbols->items[i];
        if (symbol->kind != SYMBOL_POOL) continue;
        add_domain(l, (Domain){.kind = DOMAIN_POOL, .name = symbol->name, .symbol = symbol, .places = (uint32_t)symbol->places,
                               .object = NO_ID, .main = NO_ID});
    }
    l->program->has_domains = l->program->domain_count > 0;
}

void lowering_place_domains(Lowering *l) {
    for (uint32_t d = 0; d < l->program->domain_count; d++) {
        Domain *domain = &l->program->domains[d];
        if (domain->kind == DOMAIN_POOL) domain->object = lowering_object(l, domain->symbol);
    }
}

static void add_function(Lowering *l, const Symbol *symbol, uint32_t domain, uint32_t *count) {
    Program *program = l->program;
    uint32_t f = program->function_count++;
    uint32_t slots = l->options->spawn_slots ? l->options->spawn_slots[f] : 1;
    program->functions[f] = (Function){symbol, domain, *count, slots};
    *count += slots;
}

uint32_t lowering_functions(Lowering *l, uint32_t count) {
    const SymbolList *functions = &l->scenario->functions;
    Program *program = l->program;
    uint32_t room = 1;
    for (uint32_t i = 0; i < functions->count; i++) room += 2 + functions->items[i]->pools.count;
    program->functions = ARENA_ARRAY(l->arena, Function, room);
    for (uint32_t i = 0; i < functions->count; i++) {
        const Symbol *symbol = functions->items[i];
        if (symbol->is_threaded) add_function(l, symbol, NO_ID, &count);
        if (symbol->is_coroutine && symbol->is_spawned) {
            uint32_t loop = domain_of_kind(program, DOMAIN_LOOP);
            if (l->scenario->run && l->scenario->run->symbol == symbol) program->domains[loop].main = count;
            add_function(l, symbol, loop, &count);
        }
        for (uint32_t k = 0; k < symbol->pools.count; k++) add_function(l, symbol, domain_of_pool(l, symbol->pools.items[k]), &count);
    }
    return count;
}

uint32_t lowering_instances_before(const Program *program, uint32_t function) {
    uint32_t before = 0;
    for (uint32_t f = 0; f < function; f++)
        if (program->functions[f].symbol == program->functions[function].symbol) before += program->functions[f].slot_count;
    return before;
}

bool lowering_is_numbered(const Program *program, uint32_t function) {
    uint32_t instances = 0;
    for (uint32_t f = 0; f < program->function_count; f++)
        if (program->functions[f].symbol == program->functions[function].symbol) instances += program->functions[f].slot_count;
    return instances > 1;
}

bool lowering_domain_is_process(const Program *program, uint32_t domain) {
    return program->domains[domain].symbol && program->domains[domain].symbol->is_process;
}

uint32_t lowering_domain_of(const Program *program, const Symbol *thread) {
    return thread->is_fibre ? domain_of_kind(program, DOMAIN_FIBRES) : NO_ID;
}

bool lowering_hands_over(const Lowering *l, bool is_yield) {
    uint32_t d = l->thread ? l->thread->domain : NO_ID;
    if (d == NO_ID || l->region_depth > (l->statement_region ? 1u : 0u)) return false;
    if (l->program->domains[d].kind == DOMAIN_FIBRES) return is_yield;
    /* A plain function that a coroutine calls cannot hand over. */
    const Symbol *function = l->call->symbol ? l->call->symbol : l->thread->symbol;
    return l->program->domains[d].kind == DOMAIN_LOOP && function->is_coroutine;
}

/* ------------------------------------------------------------ instances */

void lowering_begin_instance(Lowering *l) {
    ThreadCode *thread = l->thread;
    if (thread->domain == NO_ID || !thread->is_spawned) return;
    if (l->scenario->uses_results) thread->result = lowering_register(l);
    const Domain *domain = &l->program->domains[thread->domain];
    if (domain->kind == DOMAIN_LOOP) {
        Instr begin = lowering_instr(OP_TASK_START);
        begin.flags = INSTR_HANDS_OVER;
        lowering_emit(l, begin, thread->symbol->span);
        return;
    }
    Instr start = lowering_instr(OP_POOL_START);
    start.b = (Operand)domain->object;
    bool has_costs = l->program->has_clock && (domain->symbol->start_ns > 0 || domain->symbol->copy_ns > 0);
    if (has_costs) start.a = lowering_register(l);
    lowering_emit(l, start, thread->symbol->span);
    Instr cost = lowering_instr(OP_COMPUTE);
    cost.e = 1;
    if (has_costs) lower_timed(l, cost, start.a, thread->symbol->span);
}

/* Could the loop be held up by what comes first? A task stands at its first step before it has ever been in control. */
static bool may_hold_up(const Lowering *l, uint32_t from, uint32_t end) {
    uint32_t n = end - from;
    bool *seen = ARENA_ARRAY(l->arena, bool, n + 1);
    uint32_t *work = ARENA_ARRAY(l->arena, uint32_t, n + 1);
    uint32_t pending = 0;
    work[pending++] = from;
    while (pending > 0) {
        uint32_t at = work[--pending];
        if (at >= end || seen[at - from]) continue;
        seen[at - from] = true;
        const Instr *instr = &l->code.items[at];
        uint32_t flags = program_op_flags[instr->op];
        if (instr->flags & INSTR_STEP) {
            if ((flags & OPF_BLOCKS) && !(instr->flags & INSTR_HANDS_OVER)) return true;
            continue;
        }
        if (flags & OPF_JUMPS) work[pending++] = (uint32_t)instr->b;
        if (!(flags & OPF_ENDS) && pending < n) work[pending++] = at + 1;
    }
    return false;
}

void lowering_finish_instance(Lowering *l) {
    Instr *first = &l->code.items[l->thread->first_instr];
    if (l->thread->instr_count == 0 || first->op != OP_TASK_START) return;
    if (may_hold_up(l, l->thread->first_instr + 1, l->thread->first_instr + l->thread->instr_count)) return;
    uint32_t site = first->site;
    *first = lowering_instr(OP_JUMP);
    first->b = (Operand)l->thread->first_instr + 1;
    first->site = site;
}

void lowering_end_instance(Lowering *l, Operand value, Span span) {
    Instr end = lowering_instr(OP_END);
    int32_t result = l->thread->result;
    if (result >= 0) {
        if (value != result) lowering_local(l, OP_MOVE, result, value == NO_OPERAND ? lowering_constant(l, 0) : value, NO_OPERAND, span);
        end.a = result;
    }
    lowering_emit(l, end, span);
}

/* ----------------------------------------------------------- operations */

/* The handles of what is awaited, calls started in order; their place in Lowering.lists. */
static Operand lower_handles(Lowering *l, const ExprList *awaited) {
    uint32_t n = awaited->count;
    Operand *handles = ARENA_ARRAY(l->arena, Operand, n + 1);
    for (uint32_t i = 0; i < n; i++) handles[i] = lower_expression(l, awaited->items[i]);
    Operand list = (Operand)l->lists.count;
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->lists, handles[i]);
    return list;
}

static Operand lower_mapped(Lowering *l, const Operation *operation) {
    const Expr *array = operation->arguments.items[0];
    uint32_t n = array->symbol->length;
    Operand *handles = ARENA_ARRAY(l->arena, Operand, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        Expr *element = ARENA_NEW(l->arena, Expr), *index = ARENA_NEW(l->arena, Expr), *submit = ARENA_NEW(l->arena, Expr);
        *index = (Expr){.kind = EXPR_INTEGER, .value = i, .span = array->span};
        *element = *array;
        element->index = index;
        *submit = (Expr){.kind = EXPR_SPAWN, .spawn = SPAWN_SUBMIT, .span = operation->span, .symbol = operation->a->symbol, .object = operation->object};
        ARENA_PUSH(l->arena, submit->arguments, element);
        handles[i] = lower_expression(l, submit);
    }
    Operand list = (Operand)l->lists.count;
    for (uint32_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->lists, handles[i]);
    return list;
}

Operand lower_gathered(Lowering *l, const Operation *operation) {
    return operation->kind == OPERATION_MAP ? lower_mapped(l, operation) : lower_handles(l, &operation->arguments);
}

void lower_shutdown(Lowering *l, Operand object, uint16_t flags, Span span) {
    Instr instr = lowering_instr(OP_POOL_CLOSE);
    instr.b = object;
    lowering_emit(l, instr, span);
    instr.op = OP_POOL_DRAIN;
    instr.flags = flags;
    lowering_emit(l, instr, span);
}

void lower_as_completed(Lowering *l, const Stmt *s, const LoopBody *body) {
    int32_t round = lowering_register(l), more = lowering_register(l), result = body->reg;
    Instr next = lowering_instr(OP_NEXT_COMPLETED);
    next.a = result;
    next.b = lower_handles(l, &s->values);
    next.c = (Operand)s->values.count;
    next.d = round;
    if (lowering_hands_over(l, false)) next.flags = INSTR_HANDS_OVER;
    lowering_local(l, OP_MOVE, round, lowering_constant(l, 0), NO_OPERAND, s->span);
    uint32_t head = lowering_here(l);
    lowering_local(l, OP_LESS, more, round, lowering_constant(l, next.c), s->span);
    lowering_jump(l, OP_JUMP_ZERO, more, &body->loop->breaks, s->span);
    lowering_emit(l, next, s->span);
    lowering_local(l, OP_ADD, round, round, lowering_constant(l, 1), s->span);
    body->lower(l, body->loop, s->body);
    lowering_patch(l, &body->loop->continues, lowering_here(l));
    Instr jump = lowering_instr(OP_JUMP);
    jump.b = (Operand)head;
    lowering_emit(l, jump, s->span);
    lowering_patch(l, &body->loop->breaks, lowering_here(l));
}

void lower_never_awaited(Lowering *l, const Expr *call) {
    for (uint32_t i = 0; i < call->arguments.count; i++) (void)lower_expression(l, call->arguments.items[i]);
    Instr instr = lowering_instr(OP_NEVER_AWAITED);
    instr.b = (Operand)lowering_text(l, arena_format(l->arena, "%s(...) is never awaited, it does not run", call->symbol->name));
    lowering_emit(l, instr, call->span);
}

bool lowering_starts(const Lowering *l, uint32_t function, const Expr *spawn) {
    const Function *row = &l->program->functions[function];
    if (row->symbol != spawn->symbol) return false;
    switch (spawn->spawn) {
    case SPAWN_THREAD: case SPAWN_PROCESS: case SPAWN_FORK: return row->domain == NO_ID;
    case SPAWN_TASK: return row->domain != NO_ID && l->program->domains[row->domain].kind == DOMAIN_LOOP;
    case SPAWN_SUBMIT: return row->domain != NO_ID && l->program->domains[row->domain].symbol == spawn->object->symbol;
    }
    return false;
}

bool program_take_turns(const Program *program, ThreadId a, ThreadId b) {
    uint32_t domain = program->threads[a].domain;
    return domain != NO_ID && domain == program->threads[b].domain && program->domains[domain].kind != DOMAIN_POOL;
}
