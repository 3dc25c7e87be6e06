/* parse_property.c: always, finally, eventually, outcome, expect. */
#include <string.h>

#include "lang/lang.h"
#include "lang/parse.h"
#include "lang/suggest.h"

bool parse_at_property(const Parser *parser)
{
    TokenKind kind = parser_peek(parser)->kind;
    return token_is_keyword(kind) && token_keyword_class(kind) == KEYWORD_IS_PROPERTY;
}

static void parse_formula(Parser *parser, bool is_misplaced, ExprList *into)
{
    const Token *word = parser_advance(parser);
    if (parser_at(parser, TOKEN_LEFT_BRACE)) {
        if (is_misplaced)
            parser_panic(parser);
        else if (parser_error(parser, parser_peek(parser)->span, "'%s' is followed by a condition, not by a block",
                         word->text))
            parser_hint(parser, "write '%s x == 1'", word->text);
    } else {
        Expr *expr = parse_expression(parser);
        if (!parser->panics && parser_at(parser, TOKEN_ASSIGN)) {
            parse_report_assign(parser);
            parser_panic(parser);
        }
        if (!parser->diagnostics->is_quiet)
            ARENA_PUSH(parser->arena, *into, expr);
    }
    parser_end_statement(parser, arena_format(parser->arena, "'%s'", word->text));
}

static void parse_outcome(Parser *parser)
{
    Scenario *scenario = parser->parsed->scenario;
    parser_advance(parser);
    scenario->has_outcome = true;
    do {
        OutcomeItem item = {0};
        if (parser_at(parser, KEYWORD_OUTPUT)) {
            item.text = parser_advance(parser)->text;
        } else {
            item.expr = parse_expression(parser);
        }
        if (!parser->diagnostics->is_quiet)
            ARENA_PUSH(parser->arena, scenario->outcome, item);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    parser_end_statement(parser, "'outcome'");
}

/* ------------------------------------------------------------ expectations */

/* The words up to `on`, `,` or the end of the line, blanks normalised. */
static const char *parse_finding_words(Parser *parser, Span *span)
{
    const char *words = "";
    *span = parser_peek(parser)->span;
    while (!parser_at_end_of_statement(parser) || words[0] == '\0') {
        const Token *token = parser_peek(parser);
        bool is_word = token->kind == TOKEN_NAME || token_is_keyword(token->kind);
        if (words[0] != '\0' && (parser_at_word(parser, "on") || token->kind == TOKEN_COMMA))
            break;
        if (!is_word && !(token->kind == TOKEN_MINUS && words[0] != '\0')) {
            parser_error_expected(parser, words[0] == '\0' ? "'ok' or a kind of finding" : "',' or 'on'");
            return NULL;
        }
        bool joins = token->kind == TOKEN_MINUS || words[0] == '\0' || words[strlen(words) - 1] == '-';
        words = arena_format(parser->arena, "%s%s%s", words, joins ? "" : " ", is_word ? token->text : "-");
        parser_advance(parser);
        if (strlen(words) > 100)
            break;
    }
    *span = parser_span_from(parser, *span);
    return words;
}

/* `data race in x`, `lost update of x`, `deadlock at x`: the object; else NULL. */
static const char *behind_wrong_word(const Parser *parser, const char *words)
{
    const char *blank = strrchr(words, ' ');
    if (blank == NULL || parser_previous(parser)->kind != TOKEN_NAME)
        return NULL;
    static const char *const wrong[] = {" in", " of", " at", " for"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t length = strlen(wrong[i]);
        if ((size_t)(blank - words) > length && memcmp(blank - length, wrong[i], length) == 0)
            return blank + 1;
    }
    return NULL;
}

/* `race`, `update`: the kind of which it is the last word; else NULL. */
static const char *ends_a_kind(const char *words)
{
    for (int kind = 0; kind < FINDING_KIND_COUNT; kind++) {
        const char *whole = lang_finding_words((FindingKind)kind), *last = strrchr(whole, ' ');
        if (last != NULL && strcmp(last + 1, words) == 0)
            return whole;
    }
    return NULL;
}

static FindingKind find_finding(Parser *parser, const char *words, Span span)
{
    Suggestion suggestion;
    suggest_begin(&suggestion, words);
    for (int kind = 0; kind < FINDING_KIND_COUNT; kind++) {
        if (strcmp(lang_finding_words((FindingKind)kind), words) == 0)
            return (FindingKind)kind;
        if (strcmp(lang_finding_hyphenated((FindingKind)kind), words) == 0) {
            if (parser_note_error(parser, span, "'%s' is written with a blank here", words))
                parser_hint(parser, "write '%s'", lang_finding_words((FindingKind)kind));
            return (FindingKind)kind;
        }
        suggest_offer(&suggestion, lang_finding_words((FindingKind)kind), true);
    }
    suggest_offer(&suggestion, "ok", true);
    if (parser_note_error(parser, span, "'%s' is no kind of finding", words)) {
        const char *object = behind_wrong_word(parser, words);
        const char *completed = ends_a_kind(words);
        if (object != NULL)
            parser_hint(parser, "an object follows 'on', as in 'lost update on %s'", object);
        else if (strncmp(words, "no ", 3) == 0 || strcmp(words, "none") == 0 || strcmp(words, "nothing") == 0)
            parser_hint(parser, "what is not named must not be found; where nothing is, write 'expect ok'");
        else if (completed != NULL)
            parser_hint(parser, "write '%s'", completed);
        else if (suggestion.best != NULL)
            parser_hint(parser, "did you mean '%s'?", suggestion.best);
        else
            parser_hint(parser,
                        "known are ok, deadlock, data race, lost update, assertion, invariant, final, lock order, "
                        "misuse, runtime error, livelock, starvation, not serializable");
    }
    return FINDING_KIND_COUNT;
}

static void parse_expectation(Parser *parser, bool *has_ok, bool *has_kind)
{
    Scenario *scenario = parser->parsed->scenario;
    Expectation expectation = {0};
    const char *words = parse_finding_words(parser, &expectation.span);
    if (words == NULL)
        return;
    if (strcmp(words, "ok") == 0) {
        *has_ok = true;
        return;
    }
    *has_kind = true;
    expectation.kind = find_finding(parser, words, expectation.span);
    if (!parser->panics && parser_at_word(parser, "on") && !parser_peek(parser)->after_newline) {
        parser_advance(parser);
        expectation.place = parse_place(parser, "an object after 'on'");
        expectation.span = parser_span_from(parser, expectation.span);
    }
    if (expectation.kind != FINDING_KIND_COUNT && !parser->diagnostics->is_quiet)
        ARENA_PUSH(parser->arena, scenario->expectations, expectation);
}

static void parse_expect(Parser *parser)
{
    Scenario *scenario = parser->parsed->scenario;
    const Token *word = parser_advance(parser);
    if (scenario->has_expect && !parser->diagnostics->is_quiet) {
        if (parser_note_error(parser, word->span, "a second 'expect'"))
            parser_hint(parser, "the first is in line %u; join both lists with ','", scenario->expect_span.line);
    } else {
        scenario->expect_span = word->span;
    }
    scenario->has_expect = true;
    bool has_ok = false, has_kind = false;
    do {
        if (parser_peek(parser)->after_newline && parser_previous(parser)->kind != TOKEN_COMMA) {
            if (parser_error_expected(parser, "'ok' or a kind of finding after 'expect'"))
                parser_hint(parser, "write 'expect ok', or for example 'expect data race, deadlock'");
            break;
        }
        parse_expectation(parser, &has_ok, &has_kind);
    } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
    if (has_ok && has_kind)
        parser_note_error(parser, word->span, "'ok' stands alone: nothing else is found then");
    if (scenario->expect_span.offset == word->span.offset)
        scenario->expects_ok = has_ok;
    parser_end_statement(parser, "'expect'");
}

void parse_property(Parser *parser, bool is_misplaced)
{
    Scenario *scenario = parser->parsed->scenario;
    switch (parser_peek(parser)->kind) {
    case KEYWORD_ALWAYS: parse_formula(parser, is_misplaced, &scenario->always); break;
    case KEYWORD_FINALLY: parse_formula(parser, is_misplaced, &scenario->finally); break;
    case KEYWORD_EVENTUALLY: parse_formula(parser, is_misplaced, &scenario->eventually); break;
    case KEYWORD_OUTCOME: parse_outcome(parser); break;
    default: parse_expect(parser); break;
    }
}
