/* parse.h: what the files of the parser share: the place in the row of tokens, reports, recovery.
 *
 * Shape   recursive descent. parser.c has the state and recovery, the files parse_*.c one part of
 *         the grammar each.
 * Errors  after a report the parser `panics`: it reports nothing more until the end of the statement, where it begins
 *         afresh. Faults from which it can go on at once (a missing bracket) are reported without panic.
 *         Names in text that was skipped are remembered, so that their later uses are not reported as unknown. */
#ifndef LANG_PARSE_H
#define LANG_PARSE_H

#include "lang/ast.h"
#include "lang/lexer.h"
#include "lang/parser.h"

typedef struct Parser {
    Arena *arena, *scratch;
    const Source *source;
    DiagList *diagnostics;
    TokenList tokens;
    uint32_t at;
    bool panics;
    uint32_t panic_brackets; /* how many were open when it began to panic */
    uint32_t depth;     /* of blocks and brackets, against NESTING_MAX */
    uint32_t deepest;   /* the greatest depth in this function so far */
    bool is_too_deep;   /* that has been reported */
    uint32_t statement; /* the token at which the statement or declaration began */
    uint32_t fresh;     /* the token at which a statement began: a value may begin a line there */
    uint32_t brackets;  /* open ones; newlines do not count inside */
    bool closes_blocks; /* a `}` was found missing: leave all blocks up to the top level */
    const Token *suspect; /* the `{` of a block whose `}` is indented less than its head: probably one is missing in it */
    bool declares_receive; /* the file has a variable named `receive`: behind `=` the word is a name */
    bool is_loose;      /* among statements outside of any thread, which are reported once for a row of them */
    Parsed *parsed;
} Parser;

/* ------------------------------------------------------------------ tokens */

const Token *parser_peek(const Parser *parser);                   /* the current token */
const Token *parser_peek_at(const Parser *parser, uint32_t ahead); /* TOKEN_END beyond the end */
const Token *parser_previous(const Parser *parser);
const Token *parser_advance(Parser *parser); /* the token that was current; stays at TOKEN_END */
bool parser_at(const Parser *parser, TokenKind kind);
bool parser_accept(Parser *parser, TokenKind kind);
/* As parser_at for a name with a meaning at one place only, such as `writers`. */
bool parser_at_word(const Parser *parser, const char *word);
/* True where a statement may end: newline (outside of brackets), `;`, `}`, end of file. */
bool parser_at_end_of_statement(const Parser *parser);
/* The kind of the current token when it goes on with the expression; TOKEN_END when it begins a new line. */
TokenKind parser_continuation(const Parser *parser);
/* From the first byte of `from` to the end of the previous token. */
Span parser_span_from(const Parser *parser, Span from);
/* Just behind the previous token: where something is missing. */
Span parser_span_behind(const Parser *parser);

/* ----------------------------------------------------------------- reports */

/* Reports and panics; false, and no report, when it panics already. */
bool parser_error(Parser *parser, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Reports without panic; false, and no report, when it panics. */
bool parser_note_error(Parser *parser, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void parser_hint(Parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Panics without a report: for what the lexer has reported. */
void parser_panic(Parser *parser);
/* The current token for a message: "'x'", "the end of the line". */
const char *parser_found(Parser *parser);
/* "expected WHAT, found ..." at the current token, with panic. */
bool parser_error_expected(Parser *parser, const char *what);
/* At a word that other languages have for an operator: reports it, with panic. */
bool parser_error_foreign_operator(Parser *parser);
/* Takes a token of this kind or reports its absence. */
bool parser_expect(Parser *parser, TokenKind kind, const char *where);
/* Takes a closing bracket; its absence is reported without panic. `open` is the token that opened it. */
void parser_close(Parser *parser, TokenKind kind, const Token *open);
/* The same with the count of open brackets, inside of which newlines do not count. */
const Token *parser_open_bracket(Parser *parser);
void parser_close_bracket(Parser *parser, TokenKind kind, const Token *open);
/* Takes a name or reports; NULL then. */
const Token *parser_expect_name(Parser *parser, const char *what);

/* ---------------------------------------------------------------- recovery */

/* The end of a statement, or a report; after a panic skips to there and ends the panic. */
void parser_end_statement(Parser *parser, const char *after);
/* Skips to the end of the line or to a brace. */
void parser_skip_statement(Parser *parser);
/* At `{`: skips to behind its `}`. */
void parser_skip_braces(Parser *parser);
/* Skips the rest of the line and the block that begins on it. */
void parser_skip_construct(Parser *parser);
/* Enters a level of nesting; false with a report when there are too many. Each success needs one parser_leave. */
bool parser_enter(Parser *parser);
void parser_leave(Parser *parser);

/* ----------------------------------------------------------------- grammar */

/* The word begins a statement, declaration or property wherever it stands. */
bool parse_begins_statement(TokenKind kind);
Expr *parse_new_expression(Parser *parser, ExprKind kind, Span span);
/* A placeholder for what was reported. */
Expr *parse_invalid(Parser *parser, Span span);
Expr *parse_expression(Parser *parser);
/* ( e ) of if, while, await; a missing pair is reported and the expression parsed all the same. */
Expr *parse_condition(Parser *parser, const char *word);
/* At an `=` where a comparison was meant. */
void parse_report_assign(Parser *parser);
/* What may stand on the right of `=`: an expression, or `get q` as an EXPR_GET. */
Expr *parse_right_side(Parser *parser);
/* The arguments of a call; at `(`. */
void parse_arguments(Parser *parser, ExprList *arguments);
/* A value that begins with a keyword. */
Expr *parse_keyword_value(Parser *parser);
/* NAME or NAME[index]; the object of an operation or a target. */
Expr *parse_place(Parser *parser, const char *what);
/* The height of `expr` from its children; reports an expression that is too long. */
void parse_finish_expression(Parser *parser, Expr *expr);

/* A number and a unit of time, as an EXPR_DURATION. */
Expr *parse_duration(Parser *parser);
/* True at sleep, io and compute where they begin an operation. */
bool parse_at_timed(const Parser *parser);
Operation *parse_timed_operation(Parser *parser);
/* At the top level: clock, cores, runtime, takes. False: none begins here. */
bool parse_clock_line(Parser *parser);

/* True where a synchronisation operation begins, with `x = get q` included where `allows_targets`. */
bool parse_at_operation(const Parser *parser);
bool parse_at_targets(const Parser *parser);
/* True where `get q` or `receive` begins, to give its value to what stands on the left. */
bool parse_at_get(Parser *parser);
/* Reports targets that `get` and `receive` have no value for. */
void parse_check_targets(Parser *parser, const Operation *operation);
/* One operation as it stands in `try` and `when`, targets of `get` included. */
Operation *parse_operation(Parser *parser);
/* The operation as a plain statement. */
Operation *parse_operation_statement(Parser *parser);

/* { ... }; `head` names what the block belongs to, for messages. */
Stmt *parse_block(Parser *parser, const char *head);
void parse_statement(Parser *parser, StmtList *into);
/* A statement with a block, or NULL when none begins here. */
Stmt *parse_compound(Parser *parser);
Stmt *parse_new_statement(Parser *parser, StmtKind kind, Span span);
Symbol *parse_new_local(Parser *parser, const Token *name);
bool parse_on_this_line(const Parser *parser, TokenKind kind);
/* At the top level: one declaration, property or (misplaced) statement. */
void parse_top_level(Parser *parser);
/* True at the beginning of a declaration that belongs to the top level. */
bool parse_at_declaration(const Parser *parser);
void parse_declaration(Parser *parser);
bool parse_at_property(const Parser *parser);
void parse_property(Parser *parser, bool is_misplaced); /* misplaced: inside a thread or function, which was reported */
/* { e, e, ... }, perhaps over several lines. */
void parse_braced_values(Parser *parser, ExprList *values);
/* A word of another language at the beginning of a statement: reports, skips, true. */
bool parse_foreign_statement(Parser *parser);
/* Where a statement, declaration or operation may begin: a word of MODEL_WORDS with what must follow it becomes its keyword. */
void parse_model_word(Parser *parser);
/* The file has a constant, variable or parameter named `receive`. */
bool parse_declares_receive(const Parser *parser);
/* parse_domain.c. The word stands where it begins something: another word follows on its line. */
bool parse_at_domain_word(const Parser *parser, const char *word);
bool parse_at_domain_declaration(const Parser *parser);
void parse_domain_declaration(Parser *parser);
/* gather, map, shutdown; `with_result`: only what may stand on a right side. */
bool parse_at_domain_operation(const Parser *parser, bool with_result);
Operation *parse_domain_operation(Parser *parser); /* NULL: none is there */
/* await f(1): at the word, before a call. */
bool parse_at_await_call(const Parser *parser);
Expr *parse_await_call(Parser *parser);
/* What follows `await`, unless it is a call: a condition in parentheses, an operation, a handle. */
Operation *parse_await_operand(Parser *parser);
/* task f(1), submit p, f(1) as a value. */
bool parse_at_start(const Parser *parser);
Expr *parse_start(Parser *parser);
/* A statement that begins with a word of a model; false: none does. */
bool parse_at_domain_statement(const Parser *parser);
bool parse_domain_statement(Parser *parser, StmtList *into);
/* Behind `for r in`; false: not there. */
bool parse_as_completed(Parser *parser, Stmt *statement);

void parse_thread(Parser *parser);
Symbol *parse_function(Parser *parser);
void parse_pools(Parser *parser);
bool parse_is_assignment(TokenKind kind); /* = += ... ++ -- */

#endif
