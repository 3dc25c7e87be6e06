#include "explore/exact.h"

#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { MANY_STATES = 8, RESIDUES_AT_ONCE = 1, STATES_A_RESIDUE = 4 };
#else
enum { MANY_STATES = 1 << 23, RESIDUES_AT_ONCE = 1 << 20, STATES_A_RESIDUE = 1 };
#endif

void exact_begin(Exact *exact, const Graph *graph, const Order *order, Work *work)
{
    *exact = (Exact){.graph = graph, .order = order, .work = work, .lanes = graph->state_count < MANY_STATES ? 4 : 2};
    mpz_init(exact->denominator);
    for (uint64_t s = 0; s < graph->state_count; s++) {
        uint64_t degree = graph->first_edge[s + 1] - graph->first_edge[s];
        if (degree > exact->max_degree)
            exact->max_degree = degree;
    }
}

void exact_rest(Exact *exact)
{
    mem_free(exact->values);
    mem_free(exact->factor);
    exact->values = exact->factor = NULL;
}

void exact_end(Exact *exact)
{
    exact_rest(exact);
    primes_free(&exact->primes);
    mpz_clear(exact->denominator);
}

static Status make_room(Exact *exact)
{
    if (!exact->values)
        exact->values = mem_alloc(exact->graph->state_count, exact->lanes * sizeof *exact->values);
    if (!exact->factor)
        exact->factor = mem_alloc(exact->max_degree + 1, exact->lanes * sizeof *exact->factor);
    return exact->values && exact->factor ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Of exact_ends: a word a state. */
static uint64_t residues_room(const Exact *exact)
{
    uint64_t room = exact->graph->state_count / STATES_A_RESIDUE;
    return room > RESIDUES_AT_ONCE ? room : RESIDUES_AT_ONCE;
}

static uint32_t lanes_for(const Exact *exact, uint64_t wanted)
{
    return wanted >= 4 && exact->lanes >= 4 ? 4 : wanted >= 2 ? 2 : 1;
}

/* The lanes of one pass: primes first .. first + lanes - 1. */
static Sums sums_of(Exact *exact, SumKind kind, uint64_t first, uint32_t lanes)
{
    Sums sums = {.kind = kind, .lanes = lanes, .gaps = exact->primes.gaps + first, .factor = exact->factor};
    if (kind == SUM_MEAN)
        for (uint32_t lane = 0; lane < lanes; lane++)
            mod_inverses(sums.gaps[lane], exact->max_degree, exact->factor + lane, lanes);
    return sums;
}

Status exact_paths_primes(Exact *exact, const Pass *pass, uint64_t *primes)
{
    uint64_t bound;
    Sums sums = {.kind = SUM_BOUND, .lanes = 1};
    Status status = make_room(exact);
    if (!status)
        status = pass_pull(pass, &sums, exact->values, &bound);
    if (status)
        return status;
    *primes = primes_needed(bound_bits(bound));
    return primes_reserve(&exact->primes, *primes);
}

/* Whole numbers from passes over all primes; with SUM_MEAN they are multiplied by D first. */
static Status join_passes(Exact *exact, const Pass *pass, SumKind kind, uint64_t primes, mpz_t number)
{
    uint64_t *residues = mem_alloc(primes, sizeof *residues);
    Status status = residues ? make_room(exact) : STATUS_NO_MEMORY;
    for (uint64_t k = 0; k < primes && !status;) {
        uint32_t lanes = lanes_for(exact, primes - k);
        Sums sums = sums_of(exact, kind, k, lanes);
        status = pass_pull(pass, &sums, exact->values, residues + k);
        k += lanes;
    }
    for (uint64_t k = 0; k < primes && !status && kind == SUM_MEAN; k++) {
        uint64_t gap = exact->primes.gaps[k];
        residues[k] = mod_multiply(residues[k], mpz_fdiv_ui(exact->denominator, mod_prime(gap)), gap);
    }
    if (!status)
        primes_join(&exact->primes, residues, primes, number);
    mem_free(residues);
    return status;
}

Status exact_paths(Exact *exact, const Pass *pass, uint64_t primes, mpz_t number)
{
    return join_passes(exact, pass, SUM_MODULO, primes, number);
}

Status exact_paths_through(Exact *exact, const Pass *after, const Pass *marks, mpz_t number)
{
    uint64_t ignored, bound, *residues = NULL, primes = 0;
    Sums sums = {.kind = SUM_BOUND, .lanes = 1};
    Status status = make_room(exact);
    uint64_t *before = exact->values + exact->graph->state_count; /* the second lane */
    if (!status)
        status = pass_pull(after, &sums, exact->values, &ignored);
    if (!status)
        status = pass_through_marks(marks, &sums, exact->values, before, &bound);
    if (!status) {
        primes = primes_needed(bound_bits(bound));
        residues = mem_alloc(primes, sizeof *residues);
        status = residues ? primes_reserve(&exact->primes, primes) : STATUS_NO_MEMORY;
    }
    sums.kind = SUM_MODULO;
    for (uint64_t k = 0; k < primes && !status; k++) {
        sums.gaps = exact->primes.gaps + k;
        status = pass_pull(after, &sums, exact->values, &ignored);
        if (!status)
            status = pass_through_marks(marks, &sums, exact->values, before, &residues[k]);
    }
    if (!status)
        primes_join(&exact->primes, residues, primes, number);
    mem_free(residues);
    return status;
}

static bool divides_a_degree(uint64_t q, const bool *occurs, uint64_t max_degree)
{
    for (uint64_t degree = q; degree <= max_degree; degree += q)
        if (occurs[degree])
            return true;
    return false;
}

static bool is_prime(uint64_t q)
{
    for (uint64_t i = 2; i * i <= q; i++)
        if (q % i == 0)
            return false;
    return true;
}

/* Multiplies D by q^e(q) for each of the primes q, one a lane; behind the last there may be zeros. */
static Status add_exponents(Exact *exact, const uint64_t *primes, uint32_t lanes)
{
    uint64_t exponents[PASS_LANES_MAX];
    Sums sums = {.kind = SUM_LONGEST, .lanes = lanes, .factor = exact->factor};
    Pass pass = {.graph = exact->graph, .order = exact->order, .work = exact->work, .team = exact->team, .layers = exact->layers};
    for (uint32_t lane = 0; lane < lanes; lane++)
        for (uint64_t degree = 0; degree <= exact->max_degree; degree++) {
            const uint64_t prime = primes[lane];
            uint64_t exponent = 0;
            for (uint64_t rest = prime > 0 ? degree : 0; rest > 0 && rest % prime == 0; rest /= prime)
                exponent++;
            exact->factor[degree * lanes + lane] = exponent;
        }
    Status status = pass_pull(&pass, &sums, exact->values, exponents);
    if (status)
        return status;
    mpz_t power;
    mpz_init(power);
    for (uint32_t lane = 0; lane < lanes && primes[lane]; lane++) {
        mpz_ui_pow_ui(power, primes[lane], exponents[lane]);
        mpz_mul(exact->denominator, exact->denominator, power);
    }
    mpz_clear(power);
    return STATUS_OK;
}

Status exact_denominator(Exact *exact, uint32_t probabilities, bool *is_too_long)
{
    const Graph *graph = exact->graph;
    Status status = make_room(exact);
    *is_too_long = false;
    if (status)
        return status;
    if (mpz_sgn(exact->denominator) == 0) {
        uint64_t chosen[PASS_LANES_MAX];
        uint32_t count = 0;
        bool *occurs = mem_alloc(exact->max_degree + 1, sizeof *occurs);
        if (!occurs)
            return STATUS_NO_MEMORY;
        for (uint64_t s = 0; s < graph->state_count; s++)
            occurs[graph->first_edge[s + 1] - graph->first_edge[s]] = true;
        mpz_set_ui(exact->denominator, 1);
        for (uint64_t q = 2; q <= exact->max_degree && !status; q++) {
            if (!divides_a_degree(q, occurs, exact->max_degree) || !is_prime(q))
                continue;
            chosen[count++] = q;
            if (count == exact->lanes) {
                status = add_exponents(exact, chosen, count);
                count = 0;
            }
        }
        for (uint32_t i = 0; i < count && !status;) {
            uint32_t lanes = count - i > 2 && exact->lanes >= 4 ? 4 : count - i > 1 ? 2 : 1;
            for (; count - i < lanes; count++)
                chosen[count] = 0; /* no prime */
            status = add_exponents(exact, chosen + i, lanes);
            i += lanes;
        }
        mem_free(occurs);
        if (status) {
            mpz_set_ui(exact->denominator, 0);
            return status;
        }
    }
    uint64_t primes = primes_needed(mpz_sizeinbase(exact->denominator, 2));
    /* Each prime's pass over the graph, as often as the residues do not fit at once; and the joining of residues,
     * quadratic in the primes. */
    double residues = (double)primes * probabilities, rounds = 1 + residues / (double)residues_room(exact);
    *is_too_long =
        (double)primes * (double)(graph->state_count + graph->edge_count) * rounds + residues * (double)primes >
        EXACT_WORK_MAX;
    return *is_too_long ? STATUS_OK : primes_reserve(&exact->primes, primes);
}

Status exact_probability(Exact *exact, const Pass *pass, mpz_t numerator)
{
    return join_passes(exact, pass, SUM_MEAN, primes_needed(mpz_sizeinbase(exact->denominator, 2)), numerator);
}

/* Some groups of a call of exact_ends, at most residues_room() residues: residue k of group g is residues[place[g] +
 * k], for k < place[g+1] - place[g]. */
typedef struct Groups {
    const uint32_t *group_of;
    uint32_t first, end; /* these groups now */
    uint64_t *place;     /* of all groups */
    uint64_t *residues;
} Groups;

/* Adds the values of the ends to the residues of their groups, for primes k .. k + lanes - 1. */
static Status gather_ends(const Exact *exact, Groups *groups, uint64_t k, uint32_t lanes)
{
    const Graph *graph = exact->graph;
    for (uint64_t s = 0; s < graph->state_count; s++) {
        if (graph->first_edge[s] != graph->first_edge[s + 1])
            continue;
        uint32_t g = groups->group_of[s];
        if (g < groups->first || g >= groups->end)
            continue;
        uint64_t *residue = groups->residues + (groups->place[g] - groups->place[groups->first]) + k;
        uint64_t wanted = groups->place[g + 1] - groups->place[g];
        for (uint32_t lane = 0; lane < lanes && k + lane < wanted; lane++)
            residue[lane] = mod_add(residue[lane], exact->values[s * lanes + lane], exact->primes.gaps[k + lane]);
    }
    return work_goes_on(exact->work, graph->state_count) ? STATUS_OK : STATUS_INTERRUPTED;
}

static Status ends_at_once(Exact *exact, const Pass *pass, SumKind kind, Groups *groups, ExactGive give, void *context)
{
    uint64_t primes = 0;
    Status status = STATUS_OK;
    for (uint32_t g = groups->first; g < groups->end; g++)
        if (groups->place[g + 1] - groups->place[g] > primes)
            primes = groups->place[g + 1] - groups->place[g];
    for (uint64_t k = 0; k < primes && !status;) {
        uint32_t lanes = lanes_for(exact, primes - k);
        Sums sums = sums_of(exact, kind, k, lanes);
        status = pass_push(pass, &sums, exact->values);
        if (!status)
            status = gather_ends(exact, groups, k, lanes);
        k += lanes;
    }
    mpz_t number;
    mpz_init(number);
    for (uint32_t g = groups->first; g < groups->end && !status; g++) {
        uint64_t *residues = groups->residues + (groups->place[g] - groups->place[groups->first]);
        uint64_t wanted = groups->place[g + 1] - groups->place[g];
        for (uint64_t k = 0; k < wanted && kind == SUM_MEAN; k++) {
            uint64_t gap = exact->primes.gaps[k];
            residues[k] = mod_multiply(residues[k], mpz_fdiv_ui(exact->denominator, mod_prime(gap)), gap);
        }
        primes_join(&exact->primes, residues, wanted, number);
        status = work_goes_on(exact->work, wanted * wanted) ? give(context, g, number) : STATUS_INTERRUPTED;
    }
    mpz_clear(number);
    return status;
}

/* place[g + 1] = number of primes that group g needs. */
static Status primes_of_groups(Exact *exact, const Pass *pass, SumKind kind, Groups *groups, uint32_t n)
{
    const Graph *graph = exact->graph;
    uint64_t most = 0;
    if (kind == SUM_MEAN) {
        most = primes_needed(mpz_sizeinbase(exact->denominator, 2));
        for (uint32_t g = 0; g < n; g++)
            groups->place[g + 1] = most;
        return STATUS_OK;
    }
    Sums sums = {.kind = SUM_BOUND, .lanes = 1};
    Status status = pass_push(pass, &sums, exact->values);
    if (status)
        return status;
    for (uint64_t s = 0; s < graph->state_count; s++)
        if (graph->first_edge[s] == graph->first_edge[s + 1] && groups->group_of[s] < n)
            groups->place[groups->group_of[s] + 1] =
                bound_add(groups->place[groups->group_of[s] + 1], exact->values[s]);
    for (uint32_t g = 0; g < n; g++) {
        groups->place[g + 1] = primes_needed(bound_bits(groups->place[g + 1]));
        if (groups->place[g + 1] > most)
            most = groups->place[g + 1];
    }
    return primes_reserve(&exact->primes, most);
}

Status exact_ends(Exact *exact, const Pass *pass, SumKind kind, const uint32_t *group_of, uint32_t n, ExactGive give,
                  void *context)
{
    Groups groups = {.group_of = group_of};
    uint64_t room = residues_room(exact);
    groups.place = mem_alloc((size_t)n + 1, sizeof *groups.place);
    Status status = groups.place ? make_room(exact) : STATUS_NO_MEMORY;
    if (!status)
        status = primes_of_groups(exact, pass, kind, &groups, n);
    for (uint32_t g = 0; g < n && !status; g++)
        groups.place[g + 1] += groups.place[g];
    while (!status && groups.first < n) {
        groups.end = groups.first + 1;
        while (groups.end < n && groups.place[groups.end + 1] - groups.place[groups.first] <= room)
            groups.end++;
        groups.residues = mem_alloc(groups.place[groups.end] - groups.place[groups.first], sizeof *groups.residues);
        status = groups.residues ? ends_at_once(exact, pass, kind, &groups, give, context) : STATUS_NO_MEMORY;
        mem_free(groups.residues);
        groups.first = groups.end;
    }
    mem_free(groups.place);
    return status;
}

/* ---- ends and findings together ---- */

uint64_t *exact_scratch(Exact *exact)
{
    return make_room(exact) == STATUS_OK ? exact->values : NULL;
}

/* Primes k .. k + lanes - 1 of `primes`: both kinds of residues, from the values of a push. */
static void take_residues(const Exact *exact, const Together *together, const uint64_t *before, const uint64_t *happens, uint64_t k,
                          uint32_t lanes, uint64_t primes)
{
    const Graph *graph = exact->graph;
    for (uint64_t s = 0; s < graph->state_count && together->groups > 0; s++) {
        if (graph->first_edge[s] != graph->first_edge[s + 1] || together->group_of[s] >= together->groups)
            continue;
        uint64_t *residue = together->ends + together->group_of[s] * primes + k;
        for (uint32_t lane = 0; lane < lanes; lane++)
            residue[lane] = mod_add(residue[lane], before[s * lanes + lane], exact->primes.gaps[k + lane]);
    }
    for (uint32_t f = 0; f < CROSSINGS_MAX && together->crossings; f++)
        if (together->crossings->which >> f & 1)
            memcpy(together->happens + f * primes + k, happens + (size_t)f * lanes, lanes * sizeof *happens);
}

static void times_denominator(const Exact *exact, uint64_t primes, uint64_t *residues)
{
    for (uint64_t k = 0; k < primes; k++)
        residues[k] = mod_multiply(residues[k], mpz_fdiv_ui(exact->denominator, mod_prime(exact->primes.gaps[k])), exact->primes.gaps[k]);
}

Status exact_together(Exact *exact, const Pass *pass, SumKind kind, uint64_t primes, const Together *together)
{
    const bool needs_after = together->crossings && kind == SUM_MODULO;
    Status status = make_room(exact);
    for (uint64_t k = 0; k < primes && !status;) {
        uint64_t happens[CROSSINGS_MAX * PASS_LANES_MAX] = {0}, all[PASS_LANES_MAX];
        uint32_t lanes = lanes_for(exact, primes - k);
        if (needs_after && lanes > exact->lanes / 2)
            lanes = exact->lanes / 2;
        Sums sums = sums_of(exact, kind, k, lanes);
        uint64_t *before = needs_after ? exact->values + exact->graph->state_count * lanes : exact->values;
        if (needs_after)
            status = pass_pull(pass, &sums, exact->values, all);
        if (!status)
            status = together->crossings ? crossings_push(together->crossings, pass, &sums, exact->values, before, happens)
                                         : pass_push(pass, &sums, before);
        if (!status)
            take_residues(exact, together, before, happens, k, lanes, primes);
        if (!status && !work_goes_on(exact->work, exact->graph->state_count))
            status = STATUS_INTERRUPTED;
        k += lanes;
    }
    for (uint64_t g = 0; g < together->groups && !status && kind == SUM_MEAN; g++)
        times_denominator(exact, primes, together->ends + g * primes);
    for (uint64_t f = 0; f < CROSSINGS_MAX && together->crossings && !status && kind == SUM_MEAN; f++)
        if (together->crossings->which >> f & 1)
            times_denominator(exact, primes, together->happens + f * primes);
    return status;
}
