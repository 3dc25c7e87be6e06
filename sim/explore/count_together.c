/* count_together.c: counter_together, ends and findings in the same passes. */
#include "base/memory.h"
#include "explore/counter.h"
#include "explore/fraction.h"

#ifdef SNARL_SMALL_TABLES
enum { ENDS_ROOM = 64, FEW_STEPS = 1 };
#else
enum { ENDS_ROOM = 1 << 20, /* residues */ FEW_STEPS = 100000 /* not worth sharing out */ };
#endif
/* Whoever works at a half cannot do anything else meanwhile: not for seconds. */
#define MANY_STEPS UINT64_C(50000000)

typedef struct Residues {
    uint64_t primes;
    uint64_t *ends, *happens;
} Residues;

static void residues_free(Residues *residues)
{
    mem_free(residues->ends);
    mem_free(residues->happens);
}

/* What is to be summed up, of paths or of probabilities. */
typedef struct Half {
    Exact *exact;
    Pass pass;
    SumKind kind;
    Together together;
    Residues residues;
    Status status;
} Half;

static Status half_begin(Counter *counter, Exact *exact, SumKind kind, uint64_t primes, const uint32_t *group_of, uint32_t n,
                         const Crossings *crossings, Half *half)
{
    *half = (Half){.exact = exact, .pass = counter_pass(counter, 0, true, true), .kind = kind, .residues = {.primes = primes}};
    half->pass.marked_edges = NULL;
    half->residues.ends = mem_alloc((size_t)n + 1, primes * sizeof *half->residues.ends);
    half->residues.happens = mem_alloc(CROSSINGS_MAX, primes * sizeof *half->residues.happens);
    half->together = (Together){group_of, n, half->residues.ends, crossings->which ? crossings : NULL, half->residues.happens};
    return half->residues.ends && half->residues.happens ? STATUS_OK : STATUS_NO_MEMORY;
}

static void sum_up(void *halves, uint64_t item)
{
    Half *half = (Half *)halves + item;
    half->status = exact_together(half->exact, &half->pass, half->kind, half->residues.primes, &half->together);
}

/* Both halves at the same time: the second gets an engine of its own. False: not to be done so. */
static bool sum_up_side_by_side(Counter *counter, Half halves[2])
{
    const uint64_t steps = counter->graph->edge_count;
    Exact engine = counter->exact;
    Work works[2] = {counter->work, counter->work};
    engine.values = engine.factor = NULL;
    if (!counter->team || !counter->asks_anywhere || steps < FEW_STEPS || steps > MANY_STEPS || !exact_scratch(&engine)) {
        exact_rest(&engine);
        return false;
    }
    Exact *own = halves[1].exact;
    halves[1].exact = &engine;
    for (int i = 0; i < 2; i++) {
        halves[i].exact->work = halves[i].pass.work = &works[i];
        halves[i].pass.team = NULL;
    }
    const TeamJob job = {.work = sum_up, .context = halves, .count = 2};
    team_run(counter->team, &job);
    exact_rest(&engine);
    halves[1].exact = own;
    own->work = &counter->work;
    counter->work.was_stopped |= works[0].was_stopped || works[1].was_stopped;
    return true;
}

/* A whole number of interleavings, and one that is the probability times D. */
static Status set_count(Counter *counter, const Residues *paths, uint64_t *path, const Residues *means, uint64_t *mean, Count *out)
{
    mpz_t number;
    mpz_init(number);
    *out = (Count){0};
    primes_join(&counter->exact.primes, path, paths->primes, number);
    Status status = count_set_interleavings(out, integer_text(number));
    primes_join(&counter->exact.primes, mean, means->primes, number);
    if (!status)
        status = count_set_fraction(out, number, counter->exact.denominator);
    if (!status && !work_goes_on(&counter->work, paths->primes * paths->primes + means->primes * means->primes))
        status = STATUS_INTERRUPTED;
    mpz_clear(number);
    return status;
}

static Status set_counts(Counter *counter, const Residues *paths, const Residues *means, uint32_t n, Count *ends, uint64_t which,
                         Count *happens, bool *is_counted)
{
    Status status = STATUS_OK;
    for (uint32_t g = 0; g < n && !status; g++)
        status = set_count(counter, paths, paths->ends + g * paths->primes, means, means->ends + g * means->primes, &ends[g]);
    for (uint32_t f = 0; f < CROSSINGS_MAX && !status; f++)
        if (which >> f & 1) {
            status = set_count(counter, paths, paths->happens + f * paths->primes, means, means->happens + f * means->primes, &happens[f]);
            is_counted[f] = true;
        }
    return status;
}

/* At most CROSSINGS_MAX findings. */
static Status count_some(Counter *counter, const uint32_t *group_of, uint32_t n, Count *ends, const Marks *findings, uint32_t count,
                         Count *happens, bool *is_counted)
{
    Exact *exact = &counter->exact;
    Crossings crossings = {0};
    Half halves[2] = {{0}};
    uint64_t *scratch = exact_scratch(exact), mean_primes = primes_needed(mpz_sizeinbase(exact->denominator, 2));
    Status status = scratch ? crossings_find(counter->graph, &counter->order, findings, count, &counter->work, scratch, &crossings)
                            : STATUS_NO_MEMORY;
    if (!status && (n > 0 || crossings.which != 0)) {
        status = half_begin(counter, exact, SUM_MODULO, counter->primes, group_of, n, &crossings, &halves[0]);
        if (!status)
            status = half_begin(counter, exact, SUM_MEAN, mean_primes, group_of, n, &crossings, &halves[1]);
        if (!status && !sum_up_side_by_side(counter, halves))
            for (uint64_t item = 0; item < 2 && !halves[0].status; item++)
                sum_up(halves, item);
        if (!status)
            status = halves[0].status ? halves[0].status : halves[1].status;
        if (!status)
            status = set_counts(counter, &halves[0].residues, &halves[1].residues, n, ends, crossings.which, happens, is_counted);
    }
    residues_free(&halves[0].residues);
    residues_free(&halves[1].residues);
    crossings_free(&crossings);
    return status;
}

static void forget(Count *counts, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        count_clear(&counts[i]);
}

Status counter_together(Counter *counter, const uint32_t *group_of, uint32_t n, Count *ends, bool *has_ends, const Marks *findings,
                        uint32_t count, Count *happens, bool *is_counted)
{
    bool is_too_long = false;
    *has_ends = false;
    for (uint32_t g = 0; g < n; g++)
        ends[g] = (Count){0};
    for (uint32_t f = 0; f < count; f++) {
        happens[f] = (Count){0};
        is_counted[f] = false;
    }
    if (counter->is_cyclic || counter->has_dropped)
        return STATUS_OK;
    Status status = counter_know_total(counter);
    if (!status)
        status = exact_denominator(&counter->exact, 1, &is_too_long);
    if (status || is_too_long)
        return status;
    uint32_t groups = n;
    if (n > 0) {
        uint64_t primes = primes_needed(mpz_sizeinbase(counter->exact.denominator, 2));
        status = exact_denominator(&counter->exact, n, &is_too_long);
        if (is_too_long || n > ENDS_ROOM / (primes + counter->primes) || counter_is_everything(counter, group_of, n))
            groups = 0;
    }
    for (uint32_t first = 0; !status && (groups > 0 || first < count); first += CROSSINGS_MAX) {
        uint32_t some = count - first < CROSSINGS_MAX ? count - first : CROSSINGS_MAX;
        status = count_some(counter, group_of, groups, ends, findings + first, some, happens + first, is_counted + first);
        *has_ends |= groups > 0;
        groups = 0;
    }
    if (status) {
        forget(ends, n);
        forget(happens, count);
    }
    return status;
}
