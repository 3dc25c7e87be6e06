/* The command line: what is accepted, and what is said about the rest. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parser belongs to the program, not to the library. */
#include "cli/options.c" /* NOLINT(bugprone-suspicious-include) */

const Command commands[] = {{0}};

static Options options;
static char said[1024];

/* Parses the words up to NULL; keeps the message in `said`. */
static bool parse(const char *const *words)
{
    char *argv[32] = {"snarl"};
    int argc = 1;
    for (; *words != NULL; words++)
        argv[argc++] = (char *)*words;
    FILE *errors = tmpfile();
    ck_assert_ptr_nonnull(errors);
    options_free(&options);
    bool good = options_parse(&options, argc, argv, errors);
    const Command command = {.name = "explore", .bit = FOR_EXPLORE};
    good = good && options_check(&options, &command, errors);
    rewind(errors);
    said[fread(said, 1, sizeof said - 1, errors)] = '\0';
    fclose(errors);
    return good;
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define CHECK_REFUSED(message, ...)                                                                                    \
    do {                                                                                                               \
        ck_assert(!PARSE(__VA_ARGS__));                                                                                \
        ck_assert_str_eq(said, "snarl: " message "\n");                                                                \
    } while (0)

START_TEST(spellings)
{
    ck_assert(PARSE("explore", "--max-states=10", "a.snarl", "--max-time", "2m", "-qv", "-DN=3", "-D", "M=-4",
                    "--define", "K=true"));
    ck_assert_uint_eq(options.max_states, 10);
    ck_assert_double_eq(options.max_time, 120);
    ck_assert(options.quiet && options.verbose && !options.json);
    ck_assert_uint_eq(options.define_count, 3);
    ck_assert_str_eq(options.define_list[1].name, "M");
    ck_assert_int_eq(options.define_list[1].value, -4);
    ck_assert_int_eq(options.define_list[2].value, 1);
    ck_assert_uint_eq(options.operand_count, 2);
    ck_assert_str_eq(options.operands[1], "a.snarl");
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(operands)
{
    ck_assert(PARSE("--json", "explore", "-", "--", "-q"));
    ck_assert_uint_eq(options.operand_count, 3);
    ck_assert_str_eq(options.operands[1], "-");
    ck_assert_str_eq(options.operands[2], "-q");
    ck_assert(!options.quiet);
}
END_TEST

START_TEST(a_later_define_replaces)
{
    ck_assert(PARSE("explore", "-DN=3", "-DNN=1", "-DN=5"));
    ck_assert_uint_eq(options.define_count, 2);
    ck_assert_int_eq(options.define_list[0].value, 5);
}
END_TEST

START_TEST(numbers)
{
    int64_t integer;
    size_t bytes;
    double seconds;
    ck_assert(options_read_integer("-9223372036854775808", &integer) && integer == INT64_MIN);
    ck_assert(options_read_integer("0x1F", &integer) && integer == 31);
    ck_assert(!options_read_integer("9223372036854775808", &integer));
    ck_assert(!options_read_integer("", &integer));
    ck_assert(!options_read_integer("0x", &integer));
    ck_assert(!options_read_integer(" 1", &integer));
    ck_assert(!options_read_integer("1 ", &integer));
    ck_assert(options_read_size("512M", &bytes) && bytes == (size_t)512 << 20);
    ck_assert(options_read_size("2G", &bytes) && bytes == (size_t)2 << 30);
    ck_assert(options_read_size("2GiB", &bytes) && bytes == (size_t)2 << 30);
    ck_assert(options_read_size("1.5k", &bytes) && bytes == 1536);
    ck_assert(options_read_size("100", &bytes) && bytes == 100);
    ck_assert(!options_read_size("0", &bytes));
    ck_assert(!options_read_size("-1M", &bytes));
    ck_assert(!options_read_size("M", &bytes));
    ck_assert(!options_read_size("1Mx", &bytes));
    ck_assert(!options_read_size("99999999999T", &bytes));
    ck_assert(options_read_time("10s", &seconds));
    ck_assert_double_eq(seconds, 10);
    ck_assert(options_read_time("1h", &seconds));
    ck_assert_double_eq(seconds, 3600);
    ck_assert(options_read_time("250ms", &seconds));
    ck_assert_double_eq(seconds, 0.25);
    ck_assert(options_read_time("0.5", &seconds));
    ck_assert(!options_read_time("0", &seconds));
    ck_assert(!options_read_time("5 s", &seconds));
    ck_assert(!options_read_time("1e3", &seconds));
    ck_assert(!options_read_time("nan", &seconds));
}
END_TEST

START_TEST(refusals)
{
    CHECK_REFUSED("unknown option --jsn; did you mean --json?", "explore", "--jsn");
    CHECK_REFUSED("unknown option --max-staets; did you mean --max-states?", "explore", "--max-staets=3");
    CHECK_REFUSED("unknown option --zzzzzzzz", "explore", "--zzzzzzzz");
    CHECK_REFUSED("unknown option -z", "explore", "-qz");
    CHECK_REFUSED("--json takes no value", "explore", "--json=1");
    CHECK_REFUSED("--max-states wants N", "explore", "--max-states");
    CHECK_REFUSED("--max-states wants a whole number from 1, not `0`", "explore", "--max-states", "0");
    CHECK_REFUSED("--max-states wants a whole number from 1, not `-1`", "explore", "--max-states", "-1");
    CHECK_REFUSED("--max-states wants a whole number from 1, not `99999999999999999999`", "explore", "--max-states",
                  "99999999999999999999");
    CHECK_REFUSED("--color is one of auto|always|never, not `red`", "explore", "--color=red");
    CHECK_REFUSED("-D wants NAME=VALUE with a whole number, not `N`", "explore", "-D", "N");
    CHECK_REFUSED("-D wants NAME=VALUE with a whole number, not `=3`", "explore", "-D=3");
    CHECK_REFUSED("--seed is for --search random, pct and uniform", "explore", "--seed", "3");
    CHECK_REFUSED("--runs is for --search random, pct and uniform", "explore", "--runs", "3");
    CHECK_REFUSED("--depth is for --search pct", "explore", "--search", "random", "--depth", "3");
    CHECK_REFUSED("--preemptions bounds the exhaustive search; leave out --search pct", "explore", "--search", "pct",
                  "--preemptions", "3");
}
END_TEST

START_TEST(what_is_to_come)
{
    ck_assert(PARSE("explore", "--jobs", "4", "--search", "exhaustive", "--reduce", "none"));
    ck_assert(PARSE("explore", "--reduce", "classes"));
    ck_assert(PARSE("explore", "--search", "pct", "--depth", "2", "--runs", "100", "--seed", "0"));
    ck_assert(PARSE("explore", "--preemptions", "0"));
}
END_TEST

START_TEST(nearest_words)
{
    static const char *const words[] = {"explore", "run", "outcomes", "test"};
    ck_assert_str_eq(options_nearest("exlpore", words, 4), "explore");
    ck_assert_str_eq(options_nearest("rnu", words, 4), "run");
    ck_assert_str_eq(options_nearest("outcome", words, 4), "outcomes");
    ck_assert_ptr_null(options_nearest("xyz", words, 4));
    ck_assert_ptr_null(options_nearest("a-word-that-is-longer-than-anything-that-we-know-of", words, 4));
}
END_TEST

START_TEST(the_table_holds_together)
{
    char word[32];
    for (size_t i = 0; i < OPTION_COUNT_OF; i++) {
        const OptionSpec *spec = &option_specs[i];
        ck_assert_ptr_nonnull(spec->help);
        ck_assert_int_eq(spec->argument == NULL, spec->kind == OPTION_FLAG);
        for (size_t j = 0; j < i; j++) {
            ck_assert(strcmp(spec->name, option_specs[j].name) != 0 || (spec->commands & option_specs[j].commands) == 0);
            ck_assert(spec->letter == 0 || spec->letter != option_specs[j].letter);
        }
    }
    ck_assert(options_word("a|bc|d", 1, word, sizeof word));
    ck_assert_str_eq(word, "bc");
    ck_assert(!options_word("a|bc|d", 3, word, sizeof word));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *all = tcase_create("all");
    tcase_add_test(all, spellings);
    tcase_add_test(all, operands);
    tcase_add_test(all, a_later_define_replaces);
    tcase_add_test(all, numbers);
    tcase_add_test(all, refusals);
    tcase_add_test(all, what_is_to_come);
    tcase_add_test(all, nearest_words);
    tcase_add_test(all, the_table_holds_together);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    options_free(&options);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
