/* The table of findings: identities, growth, marks. */
#include <check.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detect/finding.h"

static uint32_t add(FindingTable *table, FindingKind kind, uint32_t object, uint32_t line)
{
    Finding key = {.kind = kind, .objects = &object, .object_count = 1, .lines = &line, .line_count = 1};
    return finding_row(table, &key);
}

static uint32_t add_deadlock(FindingTable *table, uint32_t first, uint32_t second, uint32_t line, bool is_cycle)
{
    uint32_t threads[2] = {first, second}, blocked[2] = {line, line + 1}, lines[2] = {line, line + 1};
    Finding key = {.kind = FINDING_DEADLOCK,
                   .threads = threads,
                   .thread_count = 2,
                   .blocked_lines = blocked,
                   .lines = lines,
                   .line_count = 2,
                   .is_cycle = is_cycle};
    return finding_row(table, &key);
}

START_TEST(rows_are_told_apart_by_kind_object_and_line)
{
    FindingTable *table = finding_table_new();
    ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, 3, 7), 0);
    ck_assert_uint_eq(add(table, FINDING_DATA_RACE, 3, 7), 1);
    ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, 4, 7), 2);
    ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, 3, 8), 3);
    ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, 3, 7), 0);
    ck_assert_uint_eq(finding_count(table), 4);
    uint32_t line = 9;
    Finding absent = {.kind = FINDING_FINAL, .lines = &line, .line_count = 1};
    ck_assert_uint_eq(finding_find(table, &absent), NO_ID);
    ck_assert_uint_eq(finding_row(table, &absent), 4);
    ck_assert_uint_eq(finding_find(table, &absent), 4);
    finding_table_free(table);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(deadlocks_are_told_apart_by_threads_and_their_lines)
{
    FindingTable *table = finding_table_new();
    ck_assert_uint_eq(add_deadlock(table, 0, 1, 5, true), 0);
    ck_assert_uint_eq(add_deadlock(table, 0, 2, 5, true), 1);
    ck_assert_uint_eq(add_deadlock(table, 0, 1, 6, true), 2);
    ck_assert_uint_eq(add_deadlock(table, 0, 1, 5, false), 0);
    ck_assert(finding_get(table, 0)->is_cycle);
    finding_table_free(table);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(many_rows_keep_their_numbers)
{
    FindingTable *table = finding_table_new();
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 1000; i++)
            ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, i % 37, i), i);
    ck_assert_uint_eq(finding_get(table, 999)->lines[0], 999);
    finding_table_clear(table);
    ck_assert_uint_eq(finding_count(table), 0);
    ck_assert_uint_eq(add(table, FINDING_LOST_UPDATE, 1, 1), 0);
    finding_table_free(table);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static bool is_even(void *context, uint32_t state, uint64_t edge)
{
    (void)context;
    return edge == UINT64_MAX ? state % 2 == 0 : edge % 2 == 0;
}

START_TEST(marks_are_kept_in_order_without_repetition)
{
    FindingTable *table = finding_table_new();
    uint32_t row = add(table, FINDING_MISUSE, 1, 1);
    for (uint32_t i = 0; i < 100; i++)
        for (uint32_t twice = 0; twice < 2; twice++) {
            ck_assert(finding_add_state(table, row, i));
            ck_assert(finding_add_edge(table, row, i, i + 50));
        }
    const Finding *finding = finding_get(table, row);
    ck_assert_uint_eq(finding->state_count, 100);
    ck_assert_uint_eq(finding->edge_count, 100);
    finding_keep_marks(table, row, is_even, NULL);
    ck_assert_uint_eq(finding->state_count, 50);
    ck_assert_uint_eq(finding->edge_count, 50);
    ck_assert_uint_eq(finding->states[49], 98);
    ck_assert_uint_eq(finding->edges[1], 52);
    ck_assert_uint_eq(finding->edge_from[1], 2);
    finding_table_free(table);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(refused_memory_leaves_the_table_whole)
{
    for (uint64_t n = 1;; n++) {
        mem_fail_at(n);
        FindingTable *table = finding_table_new();
        bool is_done = table != NULL;
        for (uint32_t i = 0; i < 40 && is_done; i++) {
            uint32_t row = add(table, FINDING_MISUSE, i, i);
            is_done = row == i && finding_add_state(table, row, i) && finding_add_edge(table, row, i, i);
        }
        mem_fail_at(0);
        if (table != NULL) /* whatever was refused can be asked for again */
            for (uint32_t i = 0; i < 40; i++)
                ck_assert_uint_eq(add(table, FINDING_MISUSE, i, i), i);
        finding_table_free(table);
        ck_assert_uint_eq(mem_live_blocks(), 0);
        if (is_done)
            break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("finding");
    TCase *tests = tcase_create("finding");
    tcase_add_test(tests, rows_are_told_apart_by_kind_object_and_line);
    tcase_add_test(tests, deadlocks_are_told_apart_by_threads_and_their_lines);
    tcase_add_test(tests, many_rows_keep_their_numbers);
    tcase_add_test(tests, marks_are_kept_in_order_without_repetition);
    tcase_add_test(tests, refused_memory_leaves_the_table_whole);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
