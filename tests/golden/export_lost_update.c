/* ------------------------------------------------------------ the scenario */

static volatile int64_t counter = 0;                        // 8: counter

static void thread_A(void)                                  // 10: thread A
{
    step(11); int64_t t = counter;                          // 11: local t = counter
    step(12); counter = add(t, 1);                          // 12: counter = t + 1
}

UNWATCHED static void values_report(void)
{
    printf("# " "counter" " = %" PRId64 "\n", (int64_t)(counter));
}

UNWATCHED static bool finally_holds(void)
{
    bool all1 = true;
    const bool holds2 = (counter == 2);
    printf("# finally %s: %s\n", "counter == 2", holds2 ? "holds" : "does not hold");
    all1 = all1 && holds2;
    return all1;
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    start("A", 0, false, thread_A);
    start("B", 0, false, thread_A);
    finish();
}
