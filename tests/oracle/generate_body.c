/* generate_body.c: random statements and expressions within a budget of steps. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "generate.h"

void body_indent(Body *body)
{
    text_fill(&body->generator->out, ' ', (size_t)body->depth * 4);
}

void body_line(Body *body, const char *format, ...)
{
    va_list args;
    body_indent(body);
    va_start(args, format);
    text_vformat(&body->generator->out, format, args);
    va_end(args);
    text_add(&body->generator->out, "\n");
}

const char *body_new_local(Body *body, char *name)
{
    snprintf(name, NAME_SIZE, "t%u", body->next_local++);
    if (body->depth == 1 && !body->in_function)
        name_add(&body->generator->members, body->in_family ? "w[1].%s" : "%s.%s",
                 body->in_family ? name : body->thread, name);
    return name;
}

/* ----------------------------------------------------------------- expressions */

static void array_element(Body *body, int *cost)
{
    Generator *g = body->generator;
    if (once_in(g, 12) && body->locals.count > 0)
        text_format(&g->out, "a[%s]", pick(g, &body->locals));
    else if (body->in_family && once_in(g, 3))
        text_format(&g->out, "a[self %% %u]", g->array_length);
    else if (once_in(g, 15)) {
        text_format(&g->out, "a[%s %% %u]", pick(g, &g->scalars), g->array_length);
        ++*cost;
    } else
        text_format(&g->out, "a[%u]", roll(g, g->array_length));
}

void body_variable(Body *body, int *cost)
{
    Generator *g = body->generator;
    ++*cost;
    if (g->array[0] != '\0' && once_in(g, 3))
        array_element(body, cost);
    else
        text_add(&g->out, pick(g, &g->scalars));
}

static void constant(Body *body)
{
    text_format(&body->generator->out, "%u", roll(body->generator, 4));
}

void body_term(Body *body, int *cost)
{
    Generator *g = body->generator;
    uint32_t kind = roll(g, 9);
    if (kind < 4)
        body_variable(body, cost);
    else if (kind < 6 && body->locals.count > 0)
        text_add(&g->out, pick(g, &body->locals));
    else if (kind == 6 && body->in_family)
        text_add(&g->out, "self");
    else
        constant(body);
}

/* A term whose value is not known beforehand. */
static void unknown(Body *body, int *cost)
{
    if (body->locals.count > 0 && once_in(body->generator, 3))
        text_add(&body->generator->out, pick(body->generator, &body->locals));
    else
        body_variable(body, cost);
}

static void update(Body *body, int *cost)
{
    Generator *g = body->generator;
    const NameList *list = g->atomics.count > 0 && !once_in(g, 3) ? &g->atomics : &g->scalars;
    ++*cost;
    switch (roll(g, 3)) {
    case 0: text_format(&g->out, "cas(%s, %u, %u)", pick(g, list), roll(g, 3), 1 + roll(g, 3)); return;
    case 1: text_format(&g->out, "fetch_add(%s, %u)", pick(g, list), 1 + roll(g, 2)); return;
    default: text_format(&g->out, "exchange(%s, %u)", pick(g, list), roll(g, 4)); return;
    }
}

void body_expression(Body *body, int depth, int *cost)
{
    static const char *const operators[] = {"+", "+", "+", "-", "*", "&&", "||", "==", "<", "%", "/", "^", "|", "<<"};
    Generator *g = body->generator;
    uint32_t kind = roll(g, 24);
    if (depth >= 2 || kind < 9) {
        body_term(body, cost);
    } else if (kind < 18) {
        body_term(body, cost);
        const char *operator= operators[roll(g, 12 + (once_in(g, 6) ? 2 : 0))];
        text_format(&g->out, " %s ", operator);
        if (operator[0] == '/' || operator[0] == '%')
            text_format(&g->out, "%u", once_in(g, 12) ? 0 : 1 + roll(g, 3));
        else if (operator[0] == '<' && operator[1] == '<')
            constant(body);
        else if (once_in(g, 3)) {
            text_add(&g->out, "(");
            body_expression(body, depth + 1, cost);
            text_add(&g->out, ")");
        } else
            body_term(body, cost);
    } else if (kind == 18) {
        text_add(&g->out, "(");
        body_term(body, cost);
        text_add(&g->out, " ? ");
        body_term(body, cost);
        text_add(&g->out, " : ");
        body_term(body, cost);
        text_add(&g->out, ")");
    } else if (kind == 19) {
        text_add(&g->out, once_in(g, 2) ? "min(" : "max(");
        body_term(body, cost);
        text_add(&g->out, ", ");
        body_term(body, cost);
        text_add(&g->out, ")");
    } else if (kind == 20) {
        text_add(&g->out, once_in(g, 2) ? "-" : "!");
        body_term(body, cost);
    } else if (kind == 21) {
        ++*cost;
        if (once_in(g, 2))
            text_format(&g->out, "choose(%u, %u)", roll(g, 3), roll(g, 3));
        else
            text_format(&g->out, "choose(0..%u)", 2 + roll(g, 2));
    } else {
        update(body, cost);
    }
}

void body_condition(Body *body, int *cost)
{
    static const char *const relations[] = {"==", "!=", "<", ">", "<="};
    Generator *g = body->generator;
    switch (roll(g, 8)) {
    case 0: unknown(body, cost); return;
    case 1: update(body, cost); return;
    case 2:
        text_add(&g->out, "!");
        unknown(body, cost);
        return;
    case 3:
        body_variable(body, cost);
        text_format(&g->out, " == %u %s ", roll(g, 3), once_in(g, 2) ? "&&" : "||");
        body_term(body, cost);
        return;
    default:
        unknown(body, cost);
        text_format(&g->out, " %s ", relations[roll(g, 5)]);
        if (once_in(g, 3))
            body_term(body, cost);
        else
            constant(body);
    }
}

void body_target(Body *body, int *cost)
{
    Generator *g = body->generator;
    if (body->locals.count > 0 && once_in(g, 3))
        text_add(&g->out, pick(g, &body->locals));
    else
        body_variable(body, cost);
}

/* ------------------------------------------------------------------ statements */

void body_block(Body *body, int budget)
{
    uint32_t locals = body->locals.count;
    int outer = body->budget;
    text_add(&body->generator->out, " {\n");
    body->budget = budget < outer ? budget : outer;
    int given = body->budget;
    body->depth++;
    body_statements(body);
    body->depth--;
    body_line(body, "}");
    body->budget = outer - (given - body->budget);
    body->locals.count = locals;
}

static void assignment(Body *body)
{
    Generator *g = body->generator;
    int cost = 0;
    body_indent(body);
    uint32_t kind = roll(g, 10);
    if (kind < 3 && body->locals.count < MAX_NAMES - 1) {
        char name[NAME_SIZE];
        text_format(&g->out, "local %s = ", body_new_local(body, name));
        body_expression(body, 0, &cost);
        name_add(&body->locals, "%s", name);
    } else if (kind < 5) {
        body_target(body, &cost);
        cost += cost > 0;
        text_add(&g->out, once_in(g, 4) ? " -= " : " += ");
        body_expression(body, 1, &cost);
    } else if (kind == 5) {
        body_target(body, &cost);
        cost += cost > 0;
        text_add(&g->out, once_in(g, 4) ? "--" : "++");
    } else {
        body_target(body, &cost);
        text_add(&g->out, " = ");
        body_expression(body, 0, &cost);
    }
    text_add(&g->out, "\n");
    body->budget -= cost;
}

/* The classic: read into a local, write back. */
static void read_and_write(Body *body)
{
    Generator *g = body->generator;
    char name[NAME_SIZE];
    const char *place = pick(g, &g->scalars);
    body_line(body, "local %s = %s", body_new_local(body, name), place);
    name_add(&body->locals, "%s", name);
    if (once_in(g, 3)) {
        body->budget -= 2;
        body_statements(body);
        body->budget += 2;
    }
    body_line(body, "%s = %s + %u", place, name, 1 + roll(g, 2));
    body->budget -= 2;
}

static void conditional(Body *body)
{
    Generator *g = body->generator;
    int cost = 0;
    body_indent(body);
    text_add(&g->out, "if (");
    body_condition(body, &cost);
    text_add(&g->out, ")");
    body->budget -= cost;
    int before = body->budget;
    body_block(body, body->budget / 2 + 1);
    if (once_in(g, 3)) {
        body->generator->out.length--; /* the newline behind the brace */
        text_add(&g->out, " else");
        int inside = before - body->budget;
        body_block(body, inside > 0 ? inside : 1);
    }
}

static void loop(Body *body)
{
    Generator *g = body->generator;
    int cost = 0, before = body->budget;
    body_indent(body);
    body->loops++;
    switch (roll(g, body->in_atomic ? 3 : 6)) { /* no loop in an atomic block that may never end */
    case 0:
    case 1: text_format(&g->out, "repeat %u", 2 + (uint32_t)once_in(g, 4)); break;
    case 2: {
        char name[NAME_SIZE];
        snprintf(name, NAME_SIZE, "i%u", body->next_local++);
        text_format(&g->out, "for %s in 0..%u", name, 2 + (uint32_t)once_in(g, 4));
        name_add(&body->locals, "%s", name);
        body_block(body, (body->budget + 1) / 2);
        body->locals.count--;
        body->budget -= before - body->budget;
        body->loops--;
        return;
    }
    case 3:
    case 4:
        text_add(&g->out, "while (");
        text_format(&g->out, "%s < %u", pick(g, &g->scalars), 1 + roll(g, 2));
        cost++;
        text_add(&g->out, ")");
        break;
    default:
        text_add(&g->out, "while (");
        body_variable(body, &cost);
        text_format(&g->out, " %s %u)", once_in(g, 2) ? "!=" : "==", roll(g, 3));
        break;
    }
    body->budget -= cost;
    body_block(body, (body->budget + 1) / 2);
    if (once_in(g, 2) && cost > 0) {
        /* what makes most of these loops end */
        body->generator->out.length -= (size_t)body->depth * 4 + 2;
        body->depth++;
        if (once_in(g, 2))
            body_line(body, "%s++", pick(g, &g->scalars));
        else
            body_line(body, "break");
        body->depth--;
        body_line(body, "}");
        body->budget--;
    }
    body->budget -= before - body->budget;
    body->loops--;
}

static void region(Body *body)
{
    Generator *g = body->generator;
    int cost = 0;
    if (once_in(g, 3)) {
        body_line(body, "await (%s %s %u)", pick(g, &g->scalars), once_in(g, 3) ? "==" : "!=", roll(g, 3));
        body->budget--;
        return;
    }
    body_indent(body);
    text_add(&g->out, "atomic");
    if (once_in(g, 3)) {
        text_add(&g->out, " when (");
        text_format(&g->out, "%s %s %u", pick(g, &g->scalars), once_in(g, 3) ? "==" : "<=", roll(g, 3));
        text_add(&g->out, ")");
    }
    (void)cost;
    int outer = body->budget;
    bool was_atomic = body->in_atomic;
    body->in_atomic = true;
    body->budget = 8;
    body_block(body, 2 + (int)roll(g, 3));
    body->in_atomic = was_atomic;
    body->budget = outer - 1;
}

static void call(Body *body)
{
    Generator *g = body->generator;
    const Function *function = &g->functions[roll(g, g->function_count)];
    int cost = 0;
    char name[NAME_SIZE] = "";
    body_indent(body);
    if (once_in(g, 2)) {
        if (once_in(g, 2)) {
            body_target(body, &cost);
            text_add(&g->out, body->budget % 2 == 0 ? " += " : " = ");
        } else {
            text_format(&g->out, "local %s = ", body_new_local(body, name));
        }
    }
    text_format(&g->out, "%s(", function->name);
    for (uint32_t i = 0; i < function->parameters; i++) {
        text_add(&g->out, i == 0 ? "" : ", ");
        body_term(body, &cost);
    }
    text_add(&g->out, ")\n");
    if (name[0] != '\0')
        name_add(&body->locals, "%s", name);
    body->budget -= cost + function->cost;
}

/* Mostly such as hold in some executions only. */
static void checks(Body *body)
{
    static const char *const relations[] = {"<=", "<=", "!=", ">=", "<"};
    Generator *g = body->generator;
    int cost = 0;
    body_indent(body);
    text_add(&g->out, once_in(g, 3) ? "assume " : "assert ");
    unknown(body, &cost);
    text_format(&g->out, " %s ", relations[roll(g, 5)]);
    if (once_in(g, 4))
        body_term(body, &cost);
    else
        text_format(&g->out, "%u", roll(g, 5));
    text_add(&g->out, "\n");
    body->budget -= cost;
}

static void print(Body *body)
{
    Generator *g = body->generator;
    int cost = 1;
    body_indent(body);
    switch (roll(g, 3)) {
    case 0: text_format(&g->out, "print \"%c\"", 'p' + (char)roll(g, 3)); break;
    case 1:
        text_add(&g->out, "print \"v \", ");
        body_term(body, &cost);
        break;
    default:
        text_add(&g->out, "print ");
        body_term(body, &cost);
        break;
    }
    text_add(&g->out, "\n");
    body->budget -= cost;
}

static void local_array(Body *body)
{
    Generator *g = body->generator;
    uint32_t number = body->next_local++;
    int cost = 0;
    body_line(body, "local b%u[2] = {%u, %u}", number, roll(g, 3), roll(g, 3));
    body_indent(body);
    text_format(&g->out, "b%u[%u] = ", number, roll(g, 2));
    body_expression(body, 1, &cost);
    text_add(&g->out, "\n");
    body_indent(body);
    int write = 0;
    body_target(body, &write);
    text_format(&g->out, " = b%u[%u] + b%u[0]\n", number, roll(g, 2), number);
    body->budget -= cost + write;
}

static void leave(Body *body)
{
    Generator *g = body->generator;
    int cost = 0;
    if (body->loops > 0 && !once_in(g, 3)) {
        body_line(body, once_in(g, 3) ? "continue" : "break");
        return;
    }
    if (body->in_function && !body->in_actor && !body->in_subscriber) { /* those are threads: they return no value */
        body_indent(body);
        text_add(&g->out, "return ");
        body_expression(body, 1, &cost);
        text_add(&g->out, "\n");
        body->budget -= cost;
        return;
    }
    body_line(body, "%s", once_in(g, 2) ? "exit" : "return");
}

static void small(Body *body)
{
    static const char *const words[] = {"skip", "yield", "skip", "fence", "progress"};
    body_line(body, "%s", words[roll(body->generator, 5)]);
    body->budget--;
}

static void statement(Body *body)
{
    Generator *g = body->generator;
    uint32_t kind = roll(g, 100);
    if (g->with_extras && once_in(g, 3) && body_extra_statement(body))
        return;
    if (g->with_models && once_in(g, 3) && body_model_statement(body))
        return;
    if (body->in_pool && !once_in(g, 3) && body_pool_statement(body))
        return;
    if (body->in_coroutine && !once_in(g, 3) && body_coroutine_statement(body))
        return;
    if (g->with_messages && !once_in(g, 4) && !(body->in_function && !body->in_actor && !body->in_subscriber) &&
        !(body->in_atomic && !once_in(g, 4)) && body_message_statement(body))
        return;
    if (g->with_memory && once_in(g, 4) && body_spawn(body))
        return;
    if (g->with_objects && kind < 45 && !(body->in_atomic && !once_in(g, 4)) && body_object_statement(body))
        return;
    kind = roll(g, 100);
    bool is_deep = body->depth > 3;
    if (kind < 28)
        assignment(body);
    else if (kind < 38)
        read_and_write(body);
    else if (kind < 56) {
        if (is_deep || (body->in_atomic && !once_in(g, 4)) || !body_lock_statement(body))
            assignment(body);
    } else if (kind < 66 && !is_deep)
        conditional(body);
    else if (kind < 72 && !is_deep && body->budget > 2)
        loop(body);
    else if (kind < 77 && !is_deep)
        region(body);
    else if (kind < 83 && g->function_count > 0)
        call(body);
    else if (kind < 87)
        checks(body);
    else if (kind < 91)
        print(body);
    else if (kind < 93)
        local_array(body);
    else if (kind < 95 && body->depth > 1)
        leave(body);
    else if (kind < 97)
        small(body);
    else
        assignment(body);
}

void body_statements(Body *body)
{
    uint32_t count = 0, most = 1 + roll(body->generator, body->depth == 1 ? 8 : 3);
    do
        statement(body);
    while (body->budget > 0 && ++count < most);
    if (body->in_function && !body->in_actor && !body->in_subscriber && body->depth == 1 && !once_in(body->generator, 4)) {
        int cost = 0;
        body_indent(body);
        text_add(&body->generator->out, "return ");
        body_term(body, &cost);
        text_add(&body->generator->out, "\n");
    }
}
