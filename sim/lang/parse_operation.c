/* parse_operation.c: synchronisation operations, as statements, under `try` and in the arms of `select`.
 *
 * Which of several operations with the same word is meant (`wait`, `unlock`) depends on the kind of the object, which
 * only resolve knows: the kind set here is provisional. */
#include <inttypes.h>
#include <string.h>

#include "lang/parse.h"

typedef enum OperandForm {
    FORM_NONE,
    FORM_OBJECT,
    FORM_OBJECT_MAYBE_VALUE, /* release s, n */
    FORM_OBJECT_VALUE,       /* put q, e */
    FORM_WAIT,               /* wait c with m */
    FORM_JOIN,
    FORM_AWAIT,
    FORM_ALONE               /* receive */
} OperandForm;

typedef struct OperationRow {
    OperationKind kind;
    OperandForm form;
} OperationRow;

static const OperationRow rows[TOKEN_KIND_COUNT] = {
    [KEYWORD_LOCK] = {OPERATION_LOCK, FORM_OBJECT},
    [KEYWORD_UNLOCK] = {OPERATION_UNLOCK, FORM_OBJECT},
    [KEYWORD_RDLOCK] = {OPERATION_RDLOCK, FORM_OBJECT},
    [KEYWORD_WRLOCK] = {OPERATION_WRLOCK, FORM_OBJECT},
    [KEYWORD_ACQUIRE] = {OPERATION_ACQUIRE, FORM_OBJECT},
    [KEYWORD_RELEASE] = {OPERATION_RELEASE, FORM_OBJECT_MAYBE_VALUE},
    [KEYWORD_WAIT] = {OPERATION_WAIT_BARRIER, FORM_WAIT},
    [KEYWORD_SIGNAL] = {OPERATION_SIGNAL, FORM_OBJECT},
    [KEYWORD_BROADCAST] = {OPERATION_BROADCAST, FORM_OBJECT},
    [KEYWORD_SET] = {OPERATION_SET, FORM_OBJECT},
    [KEYWORD_CLEAR] = {OPERATION_CLEAR, FORM_OBJECT},
    [KEYWORD_ADD] = {OPERATION_ADD, FORM_OBJECT_VALUE},
    [KEYWORD_DONE] = {OPERATION_DONE, FORM_OBJECT},
    [KEYWORD_PUT] = {OPERATION_PUT, FORM_OBJECT_VALUE},
    [KEYWORD_GET] = {OPERATION_GET, FORM_OBJECT},
    [KEYWORD_CLOSE] = {OPERATION_CLOSE, FORM_OBJECT},
    [KEYWORD_JOIN] = {OPERATION_JOIN, FORM_JOIN},
    [KEYWORD_DESTROY] = {OPERATION_DESTROY, FORM_OBJECT},
    [KEYWORD_AWAIT] = {OPERATION_AWAIT, FORM_AWAIT},
    [KEYWORD_SEND] = {OPERATION_SEND, FORM_OBJECT_VALUE},
    [KEYWORD_RECEIVE] = {OPERATION_RECEIVE, FORM_ALONE},
    [KEYWORD_PUBLISH] = {OPERATION_PUBLISH, FORM_OBJECT_VALUE},
    [KEYWORD_ACK] = {OPERATION_ACK, FORM_OBJECT},
};

bool parse_at_targets(const Parser *parser)
{
    uint32_t ahead = 0;
    for (;;) {
        if (parser_peek_at(parser, ahead)->kind != TOKEN_NAME)
            return false;
        ahead++;
        if (parser_peek_at(parser, ahead)->kind == TOKEN_LEFT_BRACKET) {
            uint32_t open = 0;
            do {
                TokenKind kind = parser_peek_at(parser, ahead)->kind;
                if (kind == TOKEN_END || kind == TOKEN_LEFT_BRACE || kind == TOKEN_RIGHT_BRACE ||
                    kind == TOKEN_SEMICOLON)
                    return false;
                open += kind == TOKEN_LEFT_BRACKET;
                open -= kind == TOKEN_RIGHT_BRACKET;
                ahead++;
            } while (open > 0);
        }
        if (parser_peek_at(parser, ahead)->kind != TOKEN_COMMA)
            break;
        ahead++;
    }
    return parser_peek_at(parser, ahead)->kind == TOKEN_ASSIGN;
}

bool parse_at_operation(const Parser *parser)
{
    TokenKind kind = parser_peek(parser)->kind;
    return parse_at_timed(parser) || (token_is_keyword(kind) && token_keyword_class(kind) == KEYWORD_IS_OPERATION);
}

bool parse_at_get(Parser *parser)
{
    TokenKind before = parser_previous(parser)->kind;
    if (before != TOKEN_ASSIGN || !parser_at_word(parser, "receive") || !parser->declares_receive)
        parse_model_word(parser);
    if (parser_at(parser, KEYWORD_RECEIVE))
        return true;
    return parser_at(parser, KEYWORD_GET) && !parser_at_end_of_statement(parser);
}

void parse_check_targets(Parser *parser, const Operation *operation)
{
    if (operation->kind != OPERATION_GET && operation->kind != OPERATION_RECEIVE)
        return; /* resolve counts them */
    uint32_t most = operation->kind == OPERATION_RECEIVE ? 1 : 2;
    if (operation->targets.count <= most || parser->panics)
        return;
    parser_note_error(parser, operation->targets.items[most]->span, "%s",
                      most == 1 ? "'receive' has one result, the message"
                                : "'get' has at most two results: the value, and whether there was one");
}

/* The object in parentheses together with the other operands, as in a call. */
static bool report_call_form(Parser *parser, const Token *word)
{
    const Token *open = parser_peek(parser), *name = parser_peek_at(parser, 1), *comma = parser_peek_at(parser, 2);
    if (open->kind != TOKEN_LEFT_PAREN || open->after_newline || name->kind != TOKEN_NAME || comma->kind != TOKEN_COMMA)
        return false;
    if (parser_error(parser, open->span, "the operands of '%s' stand without parentheses", word->text)) {
        if (word->kind == KEYWORD_WAIT)
            parser_hint(parser, "write 'wait %s with ...'", name->text);
        else
            parser_hint(parser, "write '%s %s, ...'", word->text, name->text);
    }
    return true;
}

/* `get q, x`, `get x, q`, `get q -> x` */
static void report_target_behind(Parser *parser, Operation *get)
{
    const Token *mark = parser_peek(parser), *next = parser_peek_at(parser, 1);
    bool is_arrow = mark->kind == TOKEN_MINUS && next->kind == TOKEN_GREATER;
    bool is_list = mark->kind == TOKEN_COMMA && next->kind == TOKEN_NAME;
    if (parser->panics || mark->after_newline || !(is_arrow || is_list))
        return;
    if (parser_error(parser, mark->span, "the variable stands before 'get'"))
        parser_hint(parser, "write 'x = get q'");
    get->object = parse_invalid(parser, mark->span);
}

static Operation *parse_word_operation(Parser *parser)
{
    if (parse_at_timed(parser))
        return parse_timed_operation(parser);
    const Token *word = parser_advance(parser);
    const OperationRow *row = &rows[word->kind];
    if (row->form == FORM_AWAIT) {
        Operation *awaited = parse_await_operand(parser);
        awaited->span = parser_span_from(parser, word->span);
        return awaited;
    }
    Operation *operation = ARENA_NEW(parser->arena, Operation);
    operation->kind = row->kind;
    operation->span = word->span;
    if (row->form == FORM_JOIN) {
        operation->a = parse_expression(parser);
    } else if (row->form == FORM_ALONE) {
        /* no operands */
    } else if (report_call_form(parser, word)) {
        operation->object = parse_invalid(parser, word->span);
    } else if (parser_peek(parser)->after_newline || parser_at(parser, TOKEN_RIGHT_BRACE) || parser_at(parser, TOKEN_END)) {
        if (parser_error_expected(parser, arena_format(parser->arena, "an object after '%s'", word->text)))
            parser_hint(parser, "name it on the same line, as in '%s a'", word->text);
        operation->object = parse_invalid(parser, word->span);
    } else {
        const Token *first = parser_peek(parser), *second = parser_peek_at(parser, 1), *third = parser_peek_at(parser, 2);
        if (row->form == FORM_OBJECT_VALUE && first->kind == TOKEN_INTEGER && second->kind == TOKEN_COMMA && third->kind == TOKEN_NAME) {
            if (parser_error(parser, first->span, "the object stands before the value"))
                parser_hint(parser, "write '%s %s, %" PRIu64 "'", word->text, third->text, first->value);
            operation->object = parse_invalid(parser, word->span);
        } else {
            operation->object = parse_place(parser, arena_format(parser->arena, "an object after '%s'", word->text));
        }
        if (row->kind == OPERATION_GET)
            report_target_behind(parser, operation);
        else if (row->form == FORM_WAIT && !parser->panics && parse_on_this_line(parser, TOKEN_COMMA) && parser_peek_at(parser, 1)->kind == TOKEN_NAME) {
            if (parser_error(parser, parser_peek(parser)->span, "the mutex stands behind 'with'"))
                parser_hint(parser, "write 'wait %s with %s'", operation->object->name, parser_peek_at(parser, 1)->text);
            operation->object = parse_invalid(parser, word->span);
        }
    }
    bool has_value = !parser->panics && parser_at(parser, TOKEN_COMMA) &&
                     (row->form == FORM_OBJECT_VALUE || row->form == FORM_OBJECT_MAYBE_VALUE);
    if (has_value) {
        parser_advance(parser);
        operation->a = parse_expression(parser);
    } else if (row->form == FORM_OBJECT_VALUE) {
        const char *name = operation->object->name == NULL ? "q" : operation->object->name;
        if (parser_error_expected(parser,
                                  arena_format(parser->arena, "',' and a value after '%s %s'", word->text, name)))
            parser_hint(parser, "write '%s %s, 1'", word->text, name);
        operation->a = parse_invalid(parser, word->span);
    }
    if (row->form == FORM_WAIT && !parser->panics && parser_at(parser, KEYWORD_WITH) &&
        !parser_peek(parser)->after_newline) {
        parser_advance(parser);
        operation->kind = OPERATION_WAIT_CONDITION;
        operation->with_object = parse_place(parser, "a mutex after 'with'");
    }
    operation->span = parser_span_from(parser, operation->span);
    return operation;
}

Operation *parse_operation_statement(Parser *parser)
{
    return parse_word_operation(parser);
}

Operation *parse_operation(Parser *parser)
{
    parse_model_word(parser);
    const Token *first = parser_peek(parser);
    if (parse_at_targets(parser)) {
        ExprList targets = {0};
        do {
            Expr *target = parse_place(parser, "a variable");
            ARENA_PUSH(parser->arena, targets, target);
        } while (!parser->panics && parser_accept(parser, TOKEN_COMMA));
        parser_expect(parser, TOKEN_ASSIGN, "before 'get'");
        if (!parser->panics && (parse_at_get(parser) || parser_at(parser, KEYWORD_AWAIT))) {
            Operation *get = parse_word_operation(parser);
            get->targets = targets;
            get->span = parser_span_from(parser, first->span);
            parse_check_targets(parser, get);
            return get;
        }
        parser_error_expected(parser, "'get', the only operation with a result");
    } else if (parse_at_operation(parser)) {
        return parse_word_operation(parser);
    } else {
        if (parser_error_expected(parser, "an operation, such as 'lock m'") && first->kind == TOKEN_LEFT_BRACE)
            parser_hint(parser, "'try' tells whether an operation was possible, as in 'if (try lock m) { ... }'");
    }
    Operation *operation = ARENA_NEW(parser->arena, Operation);
    operation->kind = OPERATION_AWAIT;
    operation->span = first->span;
    operation->a = parse_invalid(parser, first->span);
    return operation;
}
