/* parse_clock.c: durations, operations that take time, and the lines about the virtual clock. */
#include <inttypes.h>
#include <string.h>

#include "lang/parse.h"

/* --------------------------------------------------------------- durations */

static const struct {
    const char *word;
    int64_t ns;
} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", INT64_C(1000000000)}, {"min", INT64_C(60000000000)}};

enum { UNIT_COUNT = sizeof units / sizeof *units };

/* The number of the unit that stands here; UNIT_COUNT: none does. */
static uint32_t unit_here(const Parser *parser)
{
    const Token *token = parser_peek(parser);
    if ((token->kind != TOKEN_NAME && token->kind != KEYWORD_MIN) || (token->after_newline && parser->brackets == 0))
        return UNIT_COUNT;
    for (uint32_t u = 0; u < UNIT_COUNT; u++)
        if (strcmp(units[u].word, token->text) == 0)
            return u;
    return UNIT_COUNT;
}

static Expr *new_duration(Parser *parser, Expr *number, uint32_t unit)
{
    Expr *duration = parse_new_expression(parser, EXPR_DURATION, number->span);
    duration->a = number;
    duration->value = units[unit].ns;
    duration->name = units[unit].word;
    duration->span = parser_span_from(parser, number->span);
    parse_finish_expression(parser, duration);
    return duration;
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : greatest_divisor(b, a % b);
}

/* 0.25 s is kept as 250 ms: in the greatest unit that makes it whole. False: finer than a nanosecond, or too much. */
static bool to_whole(const char *text, uint32_t *unit, int64_t *number)
{
    int64_t value = 0, scale = 1;
    bool is_behind_point = false;
    for (; *text != '\0'; text++) {
        if (*text == '_')
            continue;
        if (*text == '.') {
            is_behind_point = true;
            continue;
        }
        if (__builtin_mul_overflow(value, (int64_t)10, &value) || __builtin_add_overflow(value, *text - '0', &value) ||
            (is_behind_point && __builtin_mul_overflow(scale, (int64_t)10, &scale)))
            return false;
    }
    int64_t common = greatest_divisor(units[*unit].ns, scale), ns;
    if (value % (scale / common) != 0 ||
        __builtin_mul_overflow(value / (scale / common), units[*unit].ns / common, &ns))
        return false;
    while (*unit > 0 && ns % units[*unit].ns != 0)
        --*unit;
    *number = ns / units[*unit].ns;
    return true;
}

static Expr *parse_decimal_duration(Parser *parser)
{
    const Token *number = parser_advance(parser);
    uint32_t unit = unit_here(parser);
    Expr *whole = parse_new_expression(parser, EXPR_INTEGER, number->span);
    if (unit == UNIT_COUNT) {
        if (parser_error_expected(parser, arena_format(parser->arena, "a unit of time behind '%s'", number->text)))
            parser_hint(parser, "write '%s s', or ms, us, ns, min", number->text);
        return parse_invalid(parser, number->span);
    }
    if (!to_whole(number->text, &unit, &whole->value)) {
        if (parser_note_error(parser, number->span, "'%s %s' is no whole number of nanoseconds within 64 bits",
                              number->text, units[unit].word))
            parser_hint(parser, "the clock counts nanoseconds");
        whole->value = 0;
    }
    parser_advance(parser);
    return new_duration(parser, whole, unit);
}

Expr *parse_duration(Parser *parser)
{
    if (parser_at(parser, TOKEN_DECIMAL) && !(parser_peek(parser)->after_newline && parser->brackets == 0))
        return parse_decimal_duration(parser);
    Expr *number = parse_expression(parser);
    uint32_t unit = unit_here(parser);
    if (unit < UNIT_COUNT) {
        parser_advance(parser);
        return new_duration(parser, number, unit);
    }
    if (parser->panics)
        return number;
    uint32_t length = number->span.length > 40 ? 40 : number->span.length;
    const char *text = parser->source->text + number->span.offset;
    if (parser_error_expected(parser, "a unit of time: ns, us, ms, s or min"))
        parser_hint(parser, "write '%.*s ms'", (int)length, text);
    return parse_invalid(parser, number->span);
}

/* -------------------------------------------------------------- operations */

static OperationKind timed_kind(const Parser *parser)
{
    static const OperationKind kinds[] = {OPERATION_SLEEP, OPERATION_IO, OPERATION_COMPUTE};
    const Token *token = parser_peek(parser);
    for (uint32_t k = 0; token->kind == TOKEN_NAME && k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(token->text, operation_word(kinds[k])) == 0)
            return kinds[k];
    return OPERATION_KIND_COUNT;
}

bool parse_at_timed(const Parser *parser)
{
    const Token *next = parser_peek_at(parser, 1);
    if (timed_kind(parser) == OPERATION_KIND_COUNT)
        return false;
    return next->after_newline || !(parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET ||
                                    next->kind == TOKEN_COMMA || next->kind == TOKEN_DOT);
}

Operation *parse_timed_operation(Parser *parser)
{
    Operation *operation = ARENA_NEW(parser->arena, Operation);
    operation->kind = timed_kind(parser);
    const Token *word = parser_advance(parser);
    operation->span = word->span;
    if (parser_at_end_of_statement(parser)) {
        if (parser_error_expected(parser, arena_format(parser->arena, "a duration after '%s'", word->text)))
            parser_hint(parser, "write '%s 100 ms'", word->text);
        operation->a = parse_invalid(parser, word->span);
    } else {
        operation->a = parse_duration(parser);
    }
    operation->span = parser_span_from(parser, word->span);
    return operation;
}

/* ------------------------------------------------------ lines about the clock */

/* Reports a second line of its kind. */
static void note_line(Parser *parser, const Token *word, Span *first)
{
    if (first->line == 0)
        *first = word->span;
    else if (parser_note_error(parser, word->span, "a second '%s'", word->text))
        parser_hint(parser, "the first is in line %u", first->line);
}

/* The word that a line must go on with. */
static bool expect_word(Parser *parser, const Token *before, const char *word)
{
    if (parser_at_word(parser, word) && !parser_peek(parser)->after_newline) {
        parser_advance(parser);
        return true;
    }
    parser_error_expected(parser, arena_format(parser->arena, "'%s' after '%s'", word, before->text));
    return false;
}

static void parse_cores(Parser *parser, Scenario *scenario)
{
    scenario->cores_expr = parse_expression(parser);
    if (parser->panics || !parser_at_word(parser, "quantum") || parser_peek(parser)->after_newline)
        return;
    parser_advance(parser);
    scenario->quantum_expr = parse_duration(parser);
}

static void parse_takes(Parser *parser, Scenario *scenario)
{
    scenario->takes_low = scenario->takes_high = parse_duration(parser);
    if (parser->panics || !parser_at(parser, TOKEN_RANGE))
        return;
    parser_advance(parser);
    scenario->takes_high = parse_duration(parser);
}

bool parse_clock_line(Parser *parser)
{
    static const char *const words[] = {"clock", "cores", "runtime", "takes"};
    Scenario *scenario = parser->parsed->scenario;
    const Token *word = parser_peek(parser), *next = parser_peek_at(parser, 1);
    uint32_t w = 0;
    while (w < 4 && !parser_at_word(parser, words[w]))
        w++;
    bool is_name = !next->after_newline && (parse_is_assignment(next->kind) || next->kind == TOKEN_LEFT_BRACKET ||
                                            next->kind == TOKEN_COMMA || next->kind == TOKEN_DOT);
    if (w == 4 || is_name)
        return false;
    parser_advance(parser);
    switch (w) {
    case 0:
        note_line(parser, word, &scenario->clock_span);
        scenario->has_clock = true;
        expect_word(parser, word, "virtual");
        break;
    case 1:
        note_line(parser, word, &scenario->cores_span);
        parse_cores(parser, scenario);
        break;
    case 2:
        note_line(parser, word, &scenario->gil_span);
        scenario->has_gil = true;
        expect_word(parser, word, "gil");
        break;
    default:
        note_line(parser, word, &scenario->takes_span);
        parse_takes(parser, scenario);
        break;
    }
    parser_end_statement(parser, arena_format(parser->arena, "'%s'", word->text));
    return true;
}
