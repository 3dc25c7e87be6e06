/* ------------------------------------------------------------ the scenario */

static int64_t items_of_jobs[1][1];
static Queue jobs = QUEUE("jobs", 1, items_of_jobs[0], 0);  // 6: jobs
static volatile _Atomic int64_t done_jobs = 0;              // 7: done_jobs
static volatile _Atomic int64_t own_work = 0;               // 7: own_work

static void thread_boss(void)                               // 9: thread boss
{
    step(10); put(&jobs, 1, WAIT);                          // 10: put jobs, 1
}

static void thread_worker(void)                             // 13: thread worker
{
    for (int64_t round1 = 0; round1 < 2; round1++) {        // 14: repeat 2
        {                                                   // 15: select
            int64_t arm3 = -1, within2 = 0;
            (void)within2;
            step(15);
            for (;;) {
                const int64_t results4[] = {get(&jobs, NULL, NULL, LOOK)};
                arm3 = pick(results4, 1, &within2);
                if (arm3 >= 0 || 0 == 0)
                    break;
                blocked("select");
            }
            if (arm3 == 0) {                                // 16: when get jobs
                get(&jobs, NULL, NULL, WAIT);
                step(16); const int64_t read5 = done_jobs;  // 16: done_jobs += 1
                step(16); done_jobs = add(read5, 1);
            } else {
                step(17); const int64_t read6 = own_work;   // 17: own_work += 1
                step(17); own_work = add(read6, 1);
            }
        }
    }
}

UNWATCHED static void values_report(void)
{
    printf("# " "done_jobs" " = %" PRId64 "\n", (int64_t)(done_jobs));
    printf("# " "own_work" " = %" PRId64 "\n", (int64_t)(own_work));
}

UNWATCHED static bool finally_holds(void)
{
    bool all7 = true;
    const bool holds8 = ((add(done_jobs, own_work) == 2) && (add(done_jobs, jobs.count) == 1));
    printf("# finally %s: %s\n", "done_jobs + own_work == 2 && done_jobs + len(jobs) == 1", holds8 ? "holds" : "does not hold");
    all7 = all7 && holds8;
    return all7;
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    start("boss", 0, false, thread_boss);
    start("worker", 0, false, thread_worker);
    finish();
}
