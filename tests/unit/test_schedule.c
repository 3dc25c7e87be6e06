/* Schedules as text: what is accepted, what is refused and how, and that printing and parsing undo each other. */
#include <check.h>
#include <string.h>

#include "api/scenario.h"
#include "base/memory.h"
#include "trace/schedule.h"

static SnScenario *scenario;

static void load(const char *text)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s", message == NULL ? "" : message);
    sn_string_free(message);
}

static void setup(void)
{
    load("fn f() { skip }\nthread A, B { skip }\nthread worker[2] { skip }\nthread сторож { skip }\nthread one[1] { "
         "skip }\n"
         "thread S {\n local t = choose(1, 2, 3)\n spawn f()\n}\n");
}

static void teardown(void)
{
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static void accept(const char *text, const char *printed)
{
    Schedule schedule;
    char *message;
    Text out = {0};
    Status status = schedule_parse(scenario->program, text, &schedule, &message);
    ck_assert_msg(status == STATUS_OK, "%s: %s", text, message == NULL ? "" : message);
    ck_assert_ptr_null(message);
    schedule_print(scenario->program, &schedule, &out);
    ck_assert_str_eq(out.length == 0 ? "" : out.bytes, printed);
    text_free(&out);
    schedule_free(&schedule);
}

static void refuse(const char *text, const char *wanted)
{
    Schedule schedule;
    char *message;
    ck_assert_int_eq(schedule_parse(scenario->program, text, &schedule, &message), STATUS_INVALID);
    ck_assert_str_eq(message, wanted);
    ck_assert_uint_eq(schedule.count, 0);
    mem_free(message);
}

START_TEST(what_is_accepted)
{
    accept("", "");
    accept(" \t\n", "");
    accept("A A B A*3 worker[1]", "A A B A A A worker[1]");
    accept("A\tB\n\nA", "A B A");
    accept("S:1 S:2", "S S:2");
    accept("S:2*3", "S:2 S:2 S:2");
    accept("сторож*2 A", "сторож сторож A");
    accept("one[0]", "one[0]");
    accept("f", "f");
    accept("f[0]", "f");
    accept("f[3]", "f[3]"); /* how many will be spawned shows in the run */
    accept("A*1", "A");
}
END_TEST

START_TEST(what_is_refused)
{
    refuse("C", "schedule: 'C': no thread has this name; there are A, B, worker[0], worker[1], сторож, one[0], ... (8 "
                "threads)");
    refuse("A sorker[1]", "schedule: 'sorker[1]': no thread has this name; did you mean 'worker[1]'?");
    refuse("сторожь", "schedule: 'сторожь': no thread has this name; did you mean 'сторож'?");
    refuse("worker", "schedule: 'worker': 'worker' is a family; name one of worker[0] and worker[1]");
    refuse("one", "schedule: 'one': 'one' is a family; name one of one[0]");
    refuse("worker[2]", "schedule: 'worker[2]': the family 'worker' has 2 members: worker[0] and worker[1]");
    refuse("one[1]", "schedule: 'one[1]': the family 'one' has 1 member: one[0]");
    refuse("A[0]", "schedule: 'A[0]': 'A' is a single thread; write it without an index");
    refuse("worker[", "schedule: 'worker[': a number and ']' must follow '['");
    refuse("worker[x]", "schedule: 'worker[x]': a number and ']' must follow '['");
    refuse("worker[-1]", "schedule: 'worker[-1]': a number and ']' must follow '['");
    refuse("worker[99999999999999999999]",
           "schedule: 'worker[99999999999999999999]': a number and ']' must follow '['");
    refuse("A*0", "schedule: 'A*0': after '*' stands how many steps, from 1 to 1000000");
    refuse("A*", "schedule: 'A*': after '*' stands how many steps, from 1 to 1000000");
    refuse("A*-1", "schedule: 'A*-1': after '*' stands how many steps, from 1 to 1000000");
    refuse("A*18446744073709551617",
           "schedule: 'A*18446744073709551617': after '*' stands how many steps, from 1 to 1000000");
    refuse("B A*1000000", "schedule: 'A*1000000': the schedule has more than 1000000 steps");
    refuse("S:0", "schedule: 'S:0': after ':' stands the number of the result, from 1");
    refuse("S:", "schedule: 'S:': after ':' stands the number of the result, from 1");
    refuse("S*2:1",
           "schedule: 'S*2:1': cannot read it from ':1' on; a step is written as NAME, NAME[1], NAME:2 or NAME*3");
    refuse("worker[1]x",
           "schedule: 'worker[1]x': cannot read it from 'x' on; a step is written as NAME, NAME[1], NAME:2 or NAME*3");
    refuse("*3", "schedule: '*3': no thread has this name; there are A, B, worker[0], worker[1], сторож, one[0], ... "
                 "(8 threads)");
}
END_TEST

START_TEST(long_tokens_are_cut)
{
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    Schedule schedule;
    char *message;
    ck_assert_int_eq(schedule_parse(scenario->program, text, &schedule, &message), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(message, "xxx...': no thread has this name"));
    mem_free(message);
}
END_TEST

START_TEST(functions_spawned_twice_need_an_index)
{
    teardown();
    load("fn f() { skip }\nthread A {\n spawn f()\n spawn f()\n}\n");
    if (scenario->program->functions[0].slot_count > 1)
        refuse("f", "schedule: 'f': 'f' is spawned several times; name one of f[0] and f[1]");
    else
        accept("f", "f");
    accept("f[1] A", "f[1] A");
}
END_TEST

START_TEST(steps_by_id)
{
    ScheduleStep steps[] = {{0, 1, 1}, {5, 1, 1}, {6, 1, 3}, {6, 3, 3}, {2, 1, 0}};
    Text out = {0};
    schedule_print_steps(scenario->program, steps, 5, &out);
    ck_assert_str_eq(out.bytes, "A one[0] S:1 S:3 worker[0]");
    text_free(&out);
    Schedule schedule;
    ck_assert_int_eq(schedule_name(scenario->program, steps, 5, &schedule), STATUS_OK);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(schedule_thread(scenario->program, &schedule.steps[i]), steps[i].thread);
    schedule_free(&schedule);
}
END_TEST

START_TEST(memory_that_ends_is_survived)
{
    static const char *const texts[] = {"A B A*200 worker[1] S:2", "A worker"};
    for (int t = 0; t < 2; t++) {
        size_t before = mem_live_blocks();
        Status status = STATUS_NO_MEMORY;
        for (uint64_t n = 1; status == STATUS_NO_MEMORY; n++) {
            Schedule schedule;
            char *message;
            mem_fail_at(n);
            status = schedule_parse(scenario->program, texts[t], &schedule, &message);
            mem_fail_at(0);
            mem_free(message);
            schedule_free(&schedule);
            ck_assert_uint_eq(mem_live_blocks(), before);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tcase = tcase_create("schedule");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_accepted);
    tcase_add_test(tcase, what_is_refused);
    tcase_add_test(tcase, long_tokens_are_cut);
    tcase_add_test(tcase, functions_spawned_twice_need_an_index);
    tcase_add_test(tcase, steps_by_id);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
