/* Durations, operations that take time, and the lines about the virtual clock. */
#include "lang_fixture.h"

static const Operation *operation_of(const Loaded *loaded, const char *thread, uint32_t at)
{
    const Symbol *owner = loaded_symbol(loaded, thread);
    ck_assert_uint_lt(at, owner->body->statements.count);
    const Stmt *statement = owner->body->statements.items[at];
    ck_assert_int_eq(statement->kind, STMT_OPERATION);
    return statement->operation;
}

static void check_duration(const Operation *operation, OperationKind kind, int64_t number, const char *unit, int64_t unit_ns)
{
    ck_assert_int_eq(operation->kind, kind);
    ck_assert_int_eq(operation->a->kind, EXPR_DURATION);
    ck_assert_int_eq(operation->a->a->kind, EXPR_INTEGER);
    ck_assert_int_eq(operation->a->a->value, number);
    ck_assert_str_eq(operation->a->name, unit);
    ck_assert_int_eq(operation->a->value, unit_ns);
}

START_TEST(durations)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "const N = 3\nthread A {\n sleep 100 ms\n io 0.25 s; compute N us\n sleep 1.5 min\n sleep 0.000005 ms\n"
                               " sleep 2.0 s\n compute 1_0.5us; io 20ms\n io 7 ns\n}\n");
    check_duration(operation_of(&loaded, "A", 0), OPERATION_SLEEP, 100, "ms", 1000000);
    check_duration(operation_of(&loaded, "A", 1), OPERATION_IO, 250, "ms", 1000000);
    check_duration(operation_of(&loaded, "A", 2), OPERATION_COMPUTE, 3, "us", 1000);
    check_duration(operation_of(&loaded, "A", 3), OPERATION_SLEEP, 90, "s", 1000000000);
    check_duration(operation_of(&loaded, "A", 4), OPERATION_SLEEP, 5, "ns", 1);
    check_duration(operation_of(&loaded, "A", 6), OPERATION_COMPUTE, 10500, "ns", 1);
    check_duration(operation_of(&loaded, "A", 7), OPERATION_IO, 20, "ms", 1000000);
    loaded_end(&loaded);
    check_reports("thread A { sleep 0.0000005 ms }", "1:18: error: '0.0000005 ms' is no whole number of nanoseconds within 64 bits [the clock counts nanoseconds]");
}
END_TEST

START_TEST(lines)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "const N = 2\nclock virtual\ncores N * 2 quantum 5 ms\nruntime gil\ntakes 300 ms..0.6 s\nthread A { compute 1 s }");
    ck_assert(loaded.scenario->has_clock && loaded.scenario->has_gil);
    ck_assert_uint_eq(loaded.scenario->cores, 4);
    ck_assert_int_eq(loaded.scenario->quantum_ns, 5000000);
    ck_assert_int_eq(loaded.scenario->takes_least_ns, 300000000);
    ck_assert_int_eq(loaded.scenario->takes_most_ns, 600000000);
    loaded_end(&loaded);
    loaded_begin_fine(&loaded, "clock virtual\ntakes 2 s\nthread A { sleep 2 s }");
    ck_assert_int_eq(loaded.scenario->takes_least_ns, 2000000000);
    ck_assert_int_eq(loaded.scenario->takes_most_ns, 2000000000);
    ck_assert_uint_eq(loaded.scenario->cores, 0);
    loaded_end(&loaded);
    loaded_begin_fine(&loaded, "thread A { sleep 2 s }");
    ck_assert(!loaded.scenario->has_clock && !loaded.scenario->has_gil);
    loaded_end(&loaded);
}
END_TEST

/* Elsewhere they are ordinary names. */
START_TEST(names)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "shared clock, sleep, io, s, ms = 2, takes[2], cores\nthread A {\n clock = sleep\n sleep = io\n io += 1\n takes[0] = cores\n"
                               " sleep ms s\n}");
    ck_assert_int_eq(operation_of(&loaded, "A", 4)->kind, OPERATION_SLEEP);
    loaded_end(&loaded);
}
END_TEST

START_TEST(errors)
{
    check_reports("thread A { sleep 5 }", "1:20: error: expected a unit of time: ns, us, ms, s or min, found '}' [write '5 ms']");
    check_reports("thread A { sleep 0.5 }", "1:22: error: expected a unit of time behind '0.5', found '}' [write '0.5 s', or ms, us, ns, min]");
    check_reports("thread A { sleep }", "1:18: error: expected a duration after 'sleep', found '}' [write 'sleep 100 ms']");
    check_reports("thread A { sleep 5 parsecs }", "1:20: error: expected a unit of time: ns, us, ms, s or min, found 'parsecs' [write '5 ms']");
    check_reports("thread A { sleep 100msx }", "1:18: error: '100msx' is no number [numbers look like 42, 1_000, 0x2A, 0b101010 or 0o52]\n"
                                               "1:25: error: expected a unit of time: ns, us, ms, s or min, found '}' [write '100msx ms']");
    check_reports("thread A { sleep -1 s }", "1:18: error: the duration is negative");
    check_reports("thread A { sleep 9999999999 s }", "1:18: error: the duration does not fit 64 bits of nanoseconds");
    check_reports("shared x\nthread A { x = 1.5 }", "2:16: error: numbers are whole, '1.5' is not [count in a smaller unit, as 1500 ms instead of 1.5 s]");
    check_reports("thread A { local x = try sleep 1 s }", "1:26: error: 'sleep' takes time and cannot stand in 'try'");
    check_reports("thread A { select { when io 1 s { } } }", "1:26: error: 'io' takes time and cannot stand in 'select'");
    check_reports("clock real\nthread A { skip }", "1:7: error: expected 'virtual' after 'clock', found 'real'");
    check_reports("runtime\nthread A { skip }", "1:8: error: expected 'gil' after 'runtime', found the end of the line");
    check_reports("clock virtual\nclock virtual\nthread A { skip }", "2:1: error: a second 'clock' [the first is in line 1]");
    check_reports("clock virtual\ncores 0\nthread A { skip }", "2:7: error: the number of cores is 0, it must be at least 1");
    check_reports("clock virtual\ncores 2 quantum 0 ms\nthread A { skip }", "2:17: error: a quantum of no time");
    check_reports("clock virtual\ncores 2 quantum 5\nthread A { skip }", "2:18: error: expected a unit of time: ns, us, ms, s or min, found the end of the line [write '5 ms']");
    check_reports("cores 2\nthread A { skip }", "1:1: warning: without a clock 'cores' changes nothing [write 'clock virtual']");
    check_reports("takes 2 s\nthread A { skip }", "1:1: error: without a clock the scenario takes no certain time [write 'clock virtual']");
    check_reports("clock virtual\ntakes 2 s..1 s\nthread A { skip }", "2:12: error: the range ends before it begins");
    check_reports("shared x\nclock virtual\ntakes x s\nthread A { x = 1 }", "3:7: error: the time that the scenario takes must be a constant, 'x' is a variable [declare 'x' with 'const']");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {durations, lines, names, errors};
    return run_tests("lang clock", tests, sizeof tests / sizeof *tests);
}
