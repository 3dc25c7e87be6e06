/* ------------------------------------------------------------ the scenario */

static Mutex a = MUTEX("a");                                // 6: a
static Mutex b = MUTEX("b");                                // 6: b

static void thread_T1(void)                                 // 8: thread T1
{
    step(9); lock(&a);                                      // 9: lock a
    step(10); lock(&b);                                     // 10: lock b
    step(11); unlock(&b);                                   // 11: unlock b
    step(12); unlock(&a);                                   // 12: unlock a
}

static void thread_T2(void)                                 // 15: thread T2
{
    step(16); lock(&b);                                     // 16: lock b
    step(17); lock(&a);                                     // 17: lock a
    step(18); unlock(&a);                                   // 18: unlock a
    step(19); unlock(&b);                                   // 19: unlock b
}

UNWATCHED static void values_report(void)
{
}

UNWATCHED static bool finally_holds(void)
{
    bool all1 = true;
    return all1;
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    start("T1", 0, false, thread_T1);
    start("T2", 0, false, thread_T2);
    finish();
}
