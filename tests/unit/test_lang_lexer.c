/* Tokens: places, numbers, names in normal form, texts, newlines. */
#include "lang_fixture.h"

#include "lang/lexer.h"

typedef struct Lexed {
    Arena arena;
    Source source;
    DiagList diagnostics;
    TokenList tokens;
} Lexed;

static void lexed_begin_bytes(Lexed *lexed, const char *text, size_t length)
{
    *lexed = (Lexed){.source = {.name = "t", .text = text, .length = length}};
    static jmp_buf escape;
    if (setjmp(escape) != 0)
        abort();
    lexed->arena.escape = &escape;
    diag_begin(&lexed->diagnostics, &lexed->arena, &lexed->source);
    lexed->tokens = lexer_run(&lexed->arena, &lexed->arena, &lexed->source, &lexed->diagnostics);
}

static void lexed_begin(Lexed *lexed, const char *text)
{
    lexed_begin_bytes(lexed, text, strlen(text));
}

static void lexed_end(Lexed *lexed)
{
    arena_free(&lexed->arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(kinds)
{
    Lexed lexed;
    lexed_begin(&lexed, "thread a[3] { a <<= 1 ..= 0..2 x++ && // rest\n /* more\n */ \"text\" }");
    const TokenKind wanted[] = {KEYWORD_THREAD, TOKEN_NAME, TOKEN_LEFT_BRACKET, TOKEN_INTEGER, TOKEN_RIGHT_BRACKET, TOKEN_LEFT_BRACE,
                                TOKEN_NAME, TOKEN_SHIFT_LEFT_ASSIGN, TOKEN_INTEGER, TOKEN_RANGE_CLOSED, TOKEN_INTEGER, TOKEN_RANGE,
                                TOKEN_INTEGER, TOKEN_NAME, TOKEN_PLUS_PLUS, TOKEN_AND_AND, TOKEN_STRING, TOKEN_RIGHT_BRACE, TOKEN_END};
    ck_assert_uint_eq(lexed.tokens.count, sizeof wanted / sizeof *wanted);
    for (uint32_t i = 0; i < lexed.tokens.count; i++)
        ck_assert_int_eq(lexed.tokens.items[i].kind, wanted[i]);
    ck_assert_uint_eq(lexed.diagnostics.all.count, 0);
    lexed_end(&lexed);
}
END_TEST

START_TEST(places)
{
    Lexed lexed;
    lexed_begin(&lexed, "\xEF\xBB\xBF" "a\r\n  счёт b\n");
    ck_assert_uint_eq(lexed.tokens.count, 4);
    Span a = lexed.tokens.items[0].span, b = lexed.tokens.items[2].span;
    ck_assert_uint_eq(a.offset, 3);
    ck_assert_uint_eq(a.column, 1);
    ck_assert_uint_eq(b.line, 2);
    ck_assert_uint_eq(b.column, 8); /* code points, not bytes */
    ck_assert_uint_eq(b.offset, 17);
    ck_assert(lexed.tokens.items[1].after_newline);
    ck_assert(!lexed.tokens.items[2].after_newline);
    lexed_end(&lexed);
}
END_TEST

START_TEST(numbers)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {{"0", 0}, {"42", 42}, {"1_000", 1000}, {"0x2A", 42}, {"0Xff", 255}, {"0b1010", 10}, {"0o17", 15},
                 {"9223372036854775807", INT64_MAX}, {"9223372036854775808", (uint64_t)INT64_MAX + 1}, {"0x7fff_ffff_ffff_ffff", INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Lexed lexed;
        lexed_begin(&lexed, cases[i].text);
        ck_assert_uint_eq(lexed.diagnostics.all.count, 0);
        ck_assert_int_eq(lexed.tokens.items[0].kind, TOKEN_INTEGER);
        ck_assert_uint_eq(lexed.tokens.items[0].value, cases[i].value);
        ck_assert_uint_eq(lexed.tokens.count, 2);
        lexed_end(&lexed);
    }
    static const char *const bad[] = {"9223372036854775809", "0x", "0b2", "0o8", "12ab", "0x1.5", "007", "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Lexed lexed;
        lexed_begin(&lexed, bad[i]);
        ck_assert_uint_eq(lexed.diagnostics.all.count, 1);
        ck_assert_uint_eq(lexed.tokens.count, 2);
        lexed_end(&lexed);
    }
}
END_TEST

START_TEST(names)
{
    Lexed lexed;
    lexed_begin(&lexed, "\xC3\xA9 e\xCC\x81 _x1 線程 whilex"); /* composed and decomposed e acute */
    ck_assert_uint_eq(lexed.tokens.count, 6);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_int_eq(lexed.tokens.items[i].kind, TOKEN_NAME);
    ck_assert_str_eq(lexed.tokens.items[0].text, lexed.tokens.items[1].text);
    ck_assert_str_eq(lexed.tokens.items[3].text, "線程");
    lexed_end(&lexed);
}
END_TEST

START_TEST(texts)
{
    Lexed lexed;
    lexed_begin(&lexed, "\"a\\n\\t\\\\\\\"b\" \"é\"");
    ck_assert_str_eq(lexed.tokens.items[0].text, "a\n\t\\\"b");
    ck_assert_str_eq(lexed.tokens.items[1].text, "é");
    ck_assert_uint_eq(lexed.diagnostics.all.count, 0);
    lexed_end(&lexed);
}
END_TEST

static void check_one_error(const char *bytes, size_t length, const char *message, uint32_t column)
{
    Lexed lexed;
    lexed_begin_bytes(&lexed, bytes, length);
    ck_assert_uint_eq(lexed.diagnostics.all.count, 1);
    ck_assert_str_eq(lexed.diagnostics.all.items[0].message, message);
    ck_assert_uint_eq(lexed.diagnostics.all.items[0].span.column, column);
    lexed_end(&lexed);
}

START_TEST(bad_bytes)
{
    check_one_error("a \0\0\0 b", 7, "a NUL byte in the source", 3);
    check_one_error("a \xff\xfe b", 6, "the source is not valid UTF-8 here", 3);
    check_one_error("// \xff\xff\xff", 6, "the comment is not valid UTF-8 here", 4);
    check_one_error("\"a\xff\"", 4, "the text is not valid UTF-8 here", 3);
    check_one_error("\"a\0\"", 4, "a NUL byte in a text", 3);
    check_one_error("\"abc\n", 5, "this text does not end on its line", 1);
    check_one_error("\"abc\\", 5, "this text does not end on its line", 1);
    check_one_error("/* abc\n", 7, "this comment never ends", 1);
    check_one_error("\"\\q\"", 4, "unknown escape '\\q' in a text", 2);
    check_one_error("@", 1, "'@' has no meaning here", 1);
    check_one_error("\xEF\xBC\x88", 3, "'（' has no meaning here", 1);
    check_one_error("\xE2\x80\x8B", 3, "the invisible character U+200B has no meaning here", 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {kinds, places, numbers, names, texts, bad_bytes};
    return run_tests("lang lexer", tests, sizeof tests / sizeof *tests);
}
