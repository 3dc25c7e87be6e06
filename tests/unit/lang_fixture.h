/* lang_fixture.h: loads a scenario text for the tests of sim/lang, and lets go of everything afterwards. */
#ifndef TESTS_UNIT_LANG_FIXTURE_H
#define TESTS_UNIT_LANG_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/lang.h"
#include "lang/print.h"

typedef struct Loaded {
    Arena arena;
    Source source;
    DiagList diagnostics;
    Scenario *scenario;
    Status status;
    size_t blocks_before; /* that were not freed when it began */
    char *messages; /* as diag_print writes them; "" without any */
} Loaded;

static inline void loaded_begin_bytes(Loaded *loaded, const char *text, size_t length, Define *defines, uint32_t define_count)
{
    *loaded = (Loaded){.source = {.name = "t", .text = text, .length = length}, .blocks_before = mem_live_blocks()};
    jmp_buf escape;
    loaded->arena.escape = &escape;
    if (setjmp(escape) != 0)
        abort();
    loaded->status = lang_load(&loaded->arena, &loaded->source, defines, define_count, &loaded->diagnostics, &loaded->scenario);
    Text messages = {0};
    diag_print(&loaded->diagnostics, &messages);
    loaded->messages = text_take(&messages);
}

static inline void loaded_begin(Loaded *loaded, const char *text)
{
    loaded_begin_bytes(loaded, text, strlen(text), NULL, 0);
}

static inline void loaded_end(Loaded *loaded)
{
    mem_free(loaded->messages);
    arena_free(&loaded->arena);
    ck_assert_uint_eq(mem_live_blocks(), loaded->blocks_before);
}

/* The text loads without error or warning. */
static inline void loaded_begin_fine(Loaded *loaded, const char *text)
{
    loaded_begin(loaded, text);
    ck_assert_str_eq(loaded->messages, "");
    ck_assert_int_eq(loaded->status, STATUS_OK);
}

/* A row "line:column: severity: message [hint]" for each diagnostic, in order of place. */
static inline void check_reports(const char *text, const char *wanted)
{
    Loaded loaded;
    loaded_begin(&loaded, text);
    Text found = {0};
    const char *at = loaded.messages;
    bool is_first = true;
    while (*at != '\0') {
        const char *end = strchr(at, '\n');
        size_t length = (size_t)(end - at);
        if (strncmp(at, "t:", 2) == 0) {
            text_add(&found, is_first ? "" : "\n");
            text_add_bytes(&found, at + 2, length - 2);
            is_first = false;
        } else if (strncmp(at, "    hint: ", 10) == 0) {
            text_add(&found, " [");
            text_add_bytes(&found, at + 10, length - 10);
            text_add(&found, "]");
        }
        at = end + 1;
    }
    ck_assert_str_eq(found.bytes == NULL ? "" : found.bytes, wanted);
    text_free(&found);
    loaded_end(&loaded);
}

static inline const Symbol *loaded_symbol(const Loaded *loaded, const char *name)
{
    for (uint32_t i = 0; i < loaded->scenario->symbols.count; i++)
        if (strcmp(loaded->scenario->symbols.items[i]->name, name) == 0)
            return loaded->scenario->symbols.items[i];
    ck_abort_msg("no symbol '%s'", name);
    return NULL;
}

/* Runs a suite of one case in this process, so that sanitizers see everything. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (failed == 0 && mem_live_blocks() != 0) {
        fprintf(stderr, "%zu blocks were not freed\n", mem_live_blocks());
        failed = 1;
    }
    return failed == 0 ? 0 : 1;
}

#endif
