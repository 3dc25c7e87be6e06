/* Memory, texts and the layout of diagnostics. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

START_TEST(counters)
{
    char *block = mem_alloc(10, 4);
    ck_assert_ptr_nonnull(block);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(block[i], 0);
    ck_assert_uint_eq(mem_live_blocks(), 1);
    ck_assert_uint_eq(mem_live_bytes(), 40);
    block = mem_resize(block, 100, 1);
    ck_assert_uint_eq(mem_live_bytes(), 100);
    ck_assert_uint_ge(mem_peak_bytes(), 100);
    block = mem_resize(block, 5, 1);
    ck_assert_uint_eq(mem_live_bytes(), 5);
    mem_free(block);
    mem_free(NULL);
    ck_assert_uint_eq(mem_live_blocks() + mem_live_bytes(), 0);
    ck_assert_ptr_null(mem_alloc(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(mem_alloc(SIZE_MAX, 1));
    ck_assert_uint_eq(mem_live_bytes(), 0);
}
END_TEST

START_TEST(refusals)
{
    mem_set_budget(100);
    char *block = mem_alloc(60, 1);
    ck_assert_ptr_nonnull(block);
    ck_assert_ptr_null(mem_alloc(60, 1));
    ck_assert_ptr_null(mem_resize(block, 101, 1));
    block = mem_resize(block, 100, 1);
    ck_assert_ptr_nonnull(block);
    mem_set_budget(0);
    mem_free(block);
    mem_fail_at(2);
    block = mem_alloc(1, 1);
    ck_assert_ptr_nonnull(block);
    ck_assert_ptr_null(mem_alloc(1, 1));
    void *other = mem_alloc(1, 1); /* only once */
    ck_assert_ptr_nonnull(other);
    mem_free(block);
    mem_free(other);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(arenas)
{
    Arena arena = {0};
    jmp_buf escape;
    arena.escape = &escape;
    volatile bool has_escaped = false;
    if (setjmp(escape) == 0) {
        ArenaVec(uint64_t) numbers = {0};
        for (uint64_t i = 0; i < 10000; i++)
            ARENA_PUSH(&arena, numbers, i);
        for (uint64_t i = 0; i < 10000; i++)
            ck_assert_uint_eq(numbers.items[i], i);
        char *text = arena_format(&arena, "%d-%s", 12, "x");
        ck_assert_str_eq(text, "12-x");
        ck_assert_str_eq(arena_string(&arena, "abcd", 3), "abc");
        for (size_t size = 1; size < 100000; size = size * 3 + 1) {
            char *block = arena_alloc(&arena, size, 1);
            ck_assert_uint_eq((uintptr_t)block % _Alignof(max_align_t), 0);
            ck_assert(block[0] == 0 && block[size - 1] == 0);
            memset(block, 1, size);
        }
        ck_assert_str_eq(text, "12-x");
        mem_set_budget(mem_live_bytes() + 1000);
        arena_alloc(&arena, 1, 100000);
        ck_abort_msg("the budget was not kept");
    } else {
        has_escaped = true;
    }
    ck_assert(has_escaped);
    mem_set_budget(0);
    arena_free(&arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(texts)
{
    Text text = {0};
    text_add(&text, "");
    text_add(&text, "ab");
    text_add_char(&text, 'c');
    text_fill(&text, '.', 3);
    text_format(&text, "%d", 42);
    ck_assert_str_eq(text.bytes, "abc...42");
    char *taken = text_take(&text);
    ck_assert_str_eq(taken, "abc...42");
    mem_free(taken);
    taken = text_take(&text); /* nothing was added: an empty string, not NULL */
    ck_assert_str_eq(taken, "");
    mem_free(taken);
    mem_fail_at(1);
    text_add(&text, "lost");
    text_add(&text, "more");
    ck_assert(text.failed);
    ck_assert_ptr_null(text_take(&text));
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(columns)
{
    ck_assert_uint_eq(text_columns("abc", 3), 3);
    ck_assert_uint_eq(text_columns("é", strlen("é")), 1);
    ck_assert_uint_eq(text_columns("e\xCC\x81", 3), 1);
    ck_assert_uint_eq(text_columns("線程", strlen("線程")), 4);
    ck_assert_uint_eq(text_columns("\xff\xff", 2), 2);
    ck_assert_uint_eq(text_prefix("線程", strlen("線程"), 3), 3);
    ck_assert_uint_eq(text_prefix("abc", 3, 10), 3);
}
END_TEST

static void check_diagnostics(Arena *arena)
{
    Source source = {.name = "f", .text = "one\n\ttwo three\r\n", .length = 16};
    DiagList list;
    diag_begin(&list, arena, &source);
    diag_warning(&list, (Span){5, 3, 2, 2}, "later");
    diag_hint(&list, "do %s", "this");
    diag_error(&list, (Span){0, 3, 1, 1}, "first");
    list.is_quiet = true;
    diag_error(&list, (Span){0, 3, 1, 1}, "unheard");
    diag_hint(&list, "unheard");
    list.is_quiet = false;
    ck_assert_uint_eq(list.errors, 1);
    Text text = {0};
    diag_print(&list, &text);
    ck_assert_str_eq(text.bytes, "f:1:1: error: first\n    one\n    ^~~\nf:2:2: warning: later\n    \ttwo three\n    \t^~~\n    hint: do this\n");
    text_free(&text);
    for (int i = 0; i < 2 * DIAG_MAX; i++)
        diag_error(&list, (Span){0, 3, 1, 1}, "again");
    ck_assert_uint_eq(list.all.count, DIAG_MAX);
    diag_print(&list, &text);
    ck_assert_ptr_nonnull(strstr(text.bytes, "f: 102 more not shown\n"));
    text_free(&text);
}

START_TEST(diagnostics)
{
    Arena arena = {0};
    jmp_buf escape;
    arena.escape = &escape;
    if (setjmp(escape) != 0)
        abort();
    check_diagnostics(&arena);
    arena_free(&arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {counters, refusals, arenas, texts, columns, diagnostics};
    Suite *suite = suite_create("base");
    TCase *tcase = tcase_create("base");
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
