/* ------------------------------------------------------------ the scenario */

static volatile int64_t count = 0;                          // 7: count
static volatile int64_t got = 0;                            // 7: got
static Mutex m = MUTEX("m");                                // 8: m
static Condition not_full = CONDITION("not_full");          // 9: not_full
static Condition not_empty = CONDITION("not_empty");        // 9: not_empty

static void thread_producer(void)                           // 11: thread producer
{
    step(12); lock(&m);                                     // 12: with m
    {
        for (;;) {                                          // 13: while (count == SLOTS)
            step(13); const int64_t read1 = count;
            if (!(read1 == 1))
                break;
            step(13); fall_asleep(&not_full, &m);           // 13: wait not_full with m
        }
        step(14); const int64_t read2 = count;              // 14: count += 1
        step(14); count = add(read2, 1);
        step(15); wake_one(&not_empty);                     // 15: signal not_empty
        step(12); unlock(&m);
    }
}

static void thread_consumer(void)                           // 19: thread consumer
{
    step(20); lock(&m);                                     // 20: with m
    {
        for (;;) {                                          // 21: while (count == 0)
            step(21); const int64_t read1 = count;
            if (!(read1 == 0))
                break;
            step(21); fall_asleep(&not_empty, &m);          // 21: wait not_empty with m
        }
        step(22); const int64_t read2 = count;              // 22: count -= 1
        step(22); count = subtract(read2, 1);
        step(23); const int64_t read3 = got;                // 23: got += 1
        step(23); got = add(read3, 1);
        step(24); wake_one(&not_full);                      // 24: signal not_full
        step(20); unlock(&m);
    }
}

UNWATCHED static void values_report(void)
{
    printf("# " "got" " = %" PRId64 "\n", (int64_t)(got));
}

UNWATCHED static bool finally_holds(void)
{
    bool all4 = true;
    const bool holds5 = ((got == 2) && (count == 0));
    printf("# finally %s: %s\n", "got == ITEMS && count == 0", holds5 ? "holds" : "does not hold");
    all4 = all4 && holds5;
    return all4;
}

UNWATCHED static void invariants_check(void)
{
    if (!((count >= 0) && (count <= 1)))
        end("invariant", "", "count >= 0 && count <= SLOTS", 28, 1);
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    start("producer[0]", 0, false, thread_producer);
    start("producer[1]", 1, false, thread_producer);
    start("consumer[0]", 0, false, thread_consumer);
    start("consumer[1]", 1, false, thread_consumer);
    finish();
}
