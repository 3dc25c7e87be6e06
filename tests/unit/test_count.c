/* Counts and probabilities against closed forms, against the enumeration of all paths of small random graphs, and, with
 * cycles, against a judge that counts walks by length and solves one linear system in fractions. */
#include <check.h>
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count_graphs.h"
#include "explore/count.h"
#include "explore/fraction.h"
#include "explore/modular.h"
#include "explore/pass.h"

static uint64_t random_state;

static uint64_t random_bits(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint32_t random_below(uint32_t n)
{
    return (uint32_t)(random_bits() % n);
}

static Counter *begin(const Graph *graph, const uint8_t *is_dropped)
{
    Counter *counter;
    ck_assert_int_eq(counter_new(graph, is_dropped, NULL, NULL, &counter), STATUS_OK);
    return counter;
}

static void end(Counter *counter, Graph *graph)
{
    counter_free(counter);
    graph_end(graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* A NULL text: any. */
static void check_count(Count *count, const char *interleavings, const char *exact)
{
    ck_assert_ptr_nonnull(count->interleavings);
    if (interleavings)
        ck_assert_str_eq(count->interleavings, interleavings);
    if (exact) {
        ck_assert_ptr_nonnull(count->probability_exact);
        ck_assert_str_eq(count->probability_exact, exact);
    }
    count_clear(count);
}

/* ---- modular arithmetic, bounds, fractions ---- */

START_TEST(primes_are_the_greatest_below_2_to_the_61)
{
    Primes primes = {0};
    mpz_t number;
    mpz_init(number);
    ck_assert_int_eq(primes_reserve(&primes, 100), STATUS_OK);
    uint64_t next = 0;
    for (uint64_t gap = 1; next < primes.count; gap++) {
        mpz_set_ui(number, mod_prime(gap));
        bool is_prime = mpz_probab_prime_p(number, 40) != 0;
        ck_assert_int_eq(is_prime, primes.gaps[next] == gap);
        next += is_prime;
    }
    mpz_clear(number);
    primes_free(&primes);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(products_agree_with_gmp)
{
    mpz_t x;
    mpz_init(x);
    for (int i = 0; i < 200000; i++) {
        uint64_t gap = i % 3 == 0 ? 1 : i % 3 == 1 ? (UINT64_C(1) << MOD_GAP_BITS) - 1 : 31;
        uint64_t a = i % 5 == 0 ? UINT64_MAX : random_bits(), b = i % 7 == 0 ? MOD_MASK : random_bits() & MOD_MASK;
        mpz_set_ui(x, a);
        mpz_mul_ui(x, x, b);
        ck_assert_uint_eq(mod_multiply(a, b, gap), mpz_fdiv_ui(x, mod_prime(gap)));
        ck_assert_uint_eq(mod_canonical(a, gap), a % mod_prime(gap));
    }
    mpz_clear(x);
    for (uint64_t a = 1; a < 1000; a++)
        ck_assert_uint_eq(mod_multiply(mod_inverse(a, 31), a, 31), 1);
    uint64_t table[2000];
    mod_inverses(31, 999, table, 2);
    for (uint64_t a = 1; a < 1000; a++)
        ck_assert_uint_eq(mod_multiply(table[2 * a], a, 31), 1);
}
END_TEST

START_TEST(numbers_come_back_from_their_residues)
{
    Primes primes = {0};
    uint64_t residues[40];
    mpz_t number, back;
    mpz_inits(number, back, NULL);
    ck_assert_int_eq(primes_reserve(&primes, 40), STATUS_OK);
    for (uint64_t bits = 1; bits < 39 * 61; bits++) {
        uint64_t count = primes_needed(bits);
        mpz_ui_pow_ui(number, 2, bits);
        mpz_sub_ui(number, number, 1 + (bits > 70 ? random_bits() : 0));
        for (uint64_t k = 0; k < count; k++)
            residues[k] = mpz_fdiv_ui(number, mod_prime(primes.gaps[k]));
        primes_join(&primes, residues, count, back);
        ck_assert_int_eq(mpz_cmp(number, back), 0);
    }
    mpz_clears(number, back, NULL);
    primes_free(&primes);
}
END_TEST

START_TEST(bounds_are_above_and_near)
{
    mpz_t sum, bound;
    mpz_inits(sum, bound, NULL);
    for (int round = 0; round < 200; round++) {
        uint64_t a = BOUND_ONE;
        mpz_set_ui(sum, 1);
        mpz_t old;
        mpz_init_set_ui(old, 1);
        uint64_t b = BOUND_ONE;
        for (int i = 0; i < 300; i++) {
            if (random_below(2)) {
                uint64_t c = a;
                a = b, b = c;
                mpz_swap(sum, old);
            }
            a = bound_add(a, b);
            mpz_add(sum, sum, old);
            mpz_set_ui(bound, a & UINT32_MAX);
            mpz_mul_2exp(bound, bound, a >> 32);
            mpz_fdiv_q_2exp(bound, bound, 31);
            ck_assert_int_ge(mpz_cmp(bound, sum), 0);
            ck_assert_uint_le(bound_bits(a), mpz_sizeinbase(sum, 2) + 1);
        }
        mpz_clear(old);
    }
    mpz_clears(sum, bound, NULL);
}
END_TEST

/* The processor's division of two doubles is rounded correctly, subnormal results too. */
START_TEST(fractions_are_rounded_as_a_division)
{
    mpz_t numerator, denominator;
    mpz_inits(numerator, denominator, NULL);
    for (int i = 0; i < 100000; i++) {
        uint64_t a = (random_bits() >> 11) >> random_below(50), b = ((random_bits() >> 11) >> random_below(50)) | 1;
        int shift = (int)random_below(1200);
        mpz_set_ui(numerator, a);
        mpz_set_ui(denominator, b);
        mpz_mul_2exp(denominator, denominator, (mp_bitcnt_t)shift);
        ck_assert(fraction_round(numerator, denominator) ==
                  ldexp((double)a, -(shift / 2)) / ldexp((double)b, shift - shift / 2));
    }
    mpz_set_ui(numerator, 7);
    mpz_mul_2exp(numerator, numerator, 300);
    mpz_set_ui(denominator, 3);
    ck_assert(fraction_round(numerator, denominator) == ldexp(7, 300) / 3);
    mpz_clears(numerator, denominator, NULL);
}
END_TEST

START_TEST(fractions_are_guessed_from_residues)
{
    mpz_t a, b, modulus, residue, numerator, denominator;
    mpz_inits(a, b, modulus, residue, numerator, denominator, NULL);
    mpz_ui_pow_ui(modulus, 2, 61);
    mpz_sub_ui(modulus, modulus, 1);
    for (int i = 0; i < 20000; i++) {
        mpz_set_ui(a, random_bits() >> (35 + random_below(20)));
        mpz_set_ui(b, 1 + (random_bits() >> (35 + random_below(20))));
        mpz_invert(residue, b, modulus);
        mpz_mul(residue, residue, a);
        mpz_mod(residue, residue, modulus);
        fraction_reduce(a, b);
        ck_assert(fraction_guess(residue, modulus, numerator, denominator));
        ck_assert_int_eq(mpz_cmp(a, numerator), 0);
        ck_assert_int_eq(mpz_cmp(b, denominator), 0);
    }
    mpz_clears(a, b, modulus, residue, numerator, denominator, NULL);
}
END_TEST

START_TEST(only_short_denominators_are_written)
{
    mpz_t x;
    mpz_init(x);
    mpz_ui_pow_ui(x, 10, 60);
    ck_assert(!fraction_is_short(x));
    mpz_sub_ui(x, x, 1);
    ck_assert(fraction_is_short(x));
    mpz_clear(x);
}
END_TEST

/* ---- closed forms ---- */

static void check_lattice(uint32_t threads, uint32_t steps)
{
    Graph graph;
    Count count;
    mpz_t number, factor;
    graph_lattice(&graph, threads, steps);
    Counter *counter = begin(&graph, NULL);
    ck_assert(!counter_is_cyclic(counter));
    ck_assert(counter_never_ends(counter) == 0);
    mpz_inits(number, factor, NULL);
    mpz_set_ui(number, 1);
    for (uint32_t i = 1; i <= threads; i++) {
        mpz_bin_uiui(factor, (unsigned long)i * steps, steps);
        mpz_mul(number, number, factor);
    }
    char *text = integer_text(number);
    ck_assert_int_eq(counter_total(counter, &count), STATUS_OK);
    check_count(&count, text, "1");
    ck_assert_int_eq(counter_dropped(counter, &count), STATUS_OK);
    check_count(&count, "0", "0");
    StateId last = (StateId)graph.state_count - 1, first = 0;
    ck_assert_int_eq(counter_happens(counter, &(Marks){.states = &last, .state_count = 1}, &count), STATUS_OK);
    check_count(&count, text, "1");
    ck_assert_int_eq(counter_happens(counter, &(Marks){.states = &first, .state_count = 1}, &count), STATUS_OK);
    check_count(&count, text, "1");
    ck_assert_int_eq(counter_happens(counter, &(Marks){0}, &count), STATUS_OK);
    check_count(&count, "0", "0");
    mem_free(text);
    mpz_clears(number, factor, NULL);
    end(counter, &graph);
}

START_TEST(threads_that_do_not_meet)
{
    Graph graph;
    Count count;
    for (uint32_t steps = 1; steps <= 30; steps++)
        check_lattice(2, steps);
    for (uint32_t threads = 1; threads <= 7; threads++)
        check_lattice(threads, 2);
    check_lattice(3, 40);
    graph_lattice(&graph, 3, 2);
    Counter *counter = begin(&graph, NULL);
    ck_assert_int_eq(counter_total(counter, &count), STATUS_OK);
    check_count(&count, "90", "1");
    end(counter, &graph);
    graph_lattice(&graph, 2, 20);
    counter = begin(&graph, NULL);
    ck_assert_int_eq(counter_total(counter, &count), STATUS_OK);
    check_count(&count, "137846528820", "1");
    end(counter, &graph);
}
END_TEST

/* A 300-digit number; and the one path along the edge of the lattice, of probability 2^-k. */
START_TEST(numbers_of_any_size)
{
    Graph graph;
    Count count;
    check_lattice(2, 500);
    check_lattice(2, 512); /* from 2^18 states on fewer primes go into a pass */
    graph_lattice(&graph, 2, 500);
    Counter *counter = begin(&graph, NULL);
    StateId corner = 500;
    ck_assert_int_eq(counter_happens(counter, &(Marks){.states = &corner, .state_count = 1}, &count), STATUS_OK);
    ck_assert_ptr_null(count.probability_exact);
    ck_assert(count.probability == ldexp(1, -500));
    check_count(&count, "1", NULL);
    corner = 100;
    EdgeId edge = graph.first_edge[99];
    Count by_edge;
    ck_assert_int_eq(counter_happens(counter, &(Marks){.states = &corner, .state_count = 1}, &count), STATUS_OK);
    ck_assert_int_eq(counter_happens(counter, &(Marks){.edges = &edge, .edge_count = 1}, &by_edge), STATUS_OK);
    ck_assert_str_eq(count.interleavings, by_edge.interleavings);
    ck_assert_str_eq(count.probability_exact, "1/1267650600228229401496703205376");
    ck_assert_str_eq(count.probability_exact, by_edge.probability_exact);
    count_clear(&count);
    count_clear(&by_edge);
    end(counter, &graph);
}
END_TEST

/* A long chain with two parallel steps at each state: 2^n paths, one of them with only first steps. */
START_TEST(a_long_chain)
{
    enum { LENGTH = 20000 };
    Graph graph;
    Count count;
    EdgeId *odd = mem_alloc(LENGTH, sizeof *odd);
    mpz_t number;
    graph_start(&graph, LENGTH + 1, 2 * LENGTH);
    for (uint64_t s = 0; s <= LENGTH; s++) {
        state_add(&graph);
        for (int i = 0; i < 2 && s < LENGTH; i++)
            edge_add(&graph, s + 1);
        if (s < LENGTH)
            odd[s] = 2 * s + 1;
    }
    Counter *counter = begin(&graph, NULL);
    mpz_init(number);
    mpz_ui_pow_ui(number, 2, LENGTH);
    char *text = integer_text(number);
    ck_assert_int_eq(counter_total(counter, &count), STATUS_OK);
    check_count(&count, text, "1");
    mem_free(text);
    mpz_sub_ui(number, number, 1);
    text = integer_text(number);
    ck_assert_int_eq(counter_happens(counter, &(Marks){.edges = odd, .edge_count = LENGTH}, &count), STATUS_OK);
    ck_assert(count.probability == 1);
    ck_assert_ptr_null(count.probability_exact);
    check_count(&count, text, NULL);
    mem_free(text);
    mem_free(odd);
    mpz_clear(number);
    end(counter, &graph);
}
END_TEST

/* At each state of a long chain a walk ends or goes on: few paths, but a denominator of half a million bits, too many
 * for the exact way. */
START_TEST(a_denominator_too_long)
{
    enum { LENGTH = 500000 };
    Graph graph;
    Count counts[3];
    uint32_t *group_of = mem_alloc(2 * LENGTH + 1, sizeof *group_of);
    uint8_t *is_dropped = mem_alloc(2 * LENGTH + 1, 1);
    graph_start(&graph, 2 * LENGTH + 1, 2 * LENGTH);
    for (uint64_t s = 0; s <= 2 * LENGTH; s++) { /* even: the chain, odd: ends */
        state_add(&graph);
        group_of[s] = s % 2 ? (uint32_t)(s / 2 % 2) : s == 2 * LENGTH ? 2 : UINT32_MAX;
        is_dropped[s] = s % 2 == 1 && s / 2 < 3;
        for (uint64_t i = 1; i <= 2 && s % 2 == 0 && s < 2 * LENGTH; i++)
            edge_add(&graph, s + i);
    }
    EdgeId first = 0;
    Counter *counter = begin(&graph, is_dropped);
    ck_assert_int_eq(counter_ends(counter, group_of, 3, counts), STATUS_OK);
    ck_assert_double_eq_tol(counts[0].probability, 2.0 / 3, 1e-15);
    ck_assert_double_eq_tol(counts[1].probability, 1.0 / 3, 1e-15);
    ck_assert(counts[2].probability == 0);
    ck_assert_ptr_null(counts[2].probability_exact);
    check_count(&counts[0], "250000", NULL);
    check_count(&counts[1], "250000", NULL);
    check_count(&counts[2], "1", NULL);
    ck_assert_int_eq(counter_happens(counter, &(Marks){.edges = &first, .edge_count = 1}, counts), STATUS_OK);
    check_count(counts, "0", "1/2");
    ck_assert_int_eq(counter_total(counter, counts), STATUS_OK);
    check_count(counts, "499998", "1/8");
    ck_assert_int_eq(counter_dropped(counter, counts), STATUS_OK);
    check_count(counts, "3", "7/8");
    mem_free(group_of);
    mem_free(is_dropped);
    end(counter, &graph);
}
END_TEST

/* A start with so many steps, each to an end of its own. */
START_TEST(many_groups)
{
    enum { ENDS = 100000 };
    Graph graph;
    graph_start(&graph, ENDS + 1, ENDS);
    uint32_t *group_of = mem_alloc(ENDS + 1, sizeof *group_of);
    Count *counts = mem_alloc(ENDS, sizeof *counts);
    state_add(&graph);
    for (uint64_t i = 0; i < ENDS; i++)
        edge_add(&graph, i + 1);
    group_of[0] = UINT32_MAX;
    for (uint32_t i = 0; i < ENDS; i++) {
        state_add(&graph);
        group_of[i + 1] = i / 3 * 2;
    }
    Counter *counter = begin(&graph, NULL);
    ck_assert_int_eq(counter_ends(counter, group_of, ENDS, counts), STATUS_OK);
    for (uint32_t i = 0; i < ENDS; i++) {
        bool is_used = i % 2 == 0 && i / 2 < ENDS / 3;
        if (i == ENDS / 3 * 2)
            check_count(&counts[i], "1", "1/100000");
        else
            check_count(&counts[i], is_used ? "3" : "0", is_used ? "3/100000" : "0");
    }
    mem_free(group_of);
    mem_free(counts);
    end(counter, &graph);
}
END_TEST

/* ---- random graphs without cycles ---- */

enum { STATES_MAX = 12, EDGES_MAX = 64, GROUPS = 3 };

typedef struct Sample {
    Graph graph;
    uint8_t is_dropped[STATES_MAX];
    uint32_t group_of[STATES_MAX];
    StateId marked_states[STATES_MAX];
    EdgeId marked_edges[EDGES_MAX];
    Marks marks;
    bool state_is_marked[STATES_MAX], edge_is_marked[EDGES_MAX];
} Sample;

/* Every state is reached from an earlier one; `cycles` edges lead anywhere. Without cycles the numbers are shuffled, so
 * that they do not tell the order. */
static void sample_make(Sample *sample, uint32_t n, uint32_t extra, uint32_t cycles)
{
    uint32_t from[EDGES_MAX], to[EDGES_MAX], name[STATES_MAX], edges = 0;
    *sample = (Sample){0};
    for (uint32_t s = 1; s < n; s++) {
        from[edges] = random_below(s);
        to[edges++] = s;
    }
    for (uint32_t i = 0; i < extra && n > 1; i++) {
        uint32_t a = random_below(n), b = random_below(n);
        if (a == b)
            continue;
        from[edges] = a < b ? a : b;
        to[edges++] = a < b ? b : a;
    }
    for (uint32_t i = 0; i < cycles; i++) {
        from[edges] = random_below(n);
        to[edges++] = random_below(n);
    }
    for (uint32_t s = 0; s < n; s++)
        name[s] = s;
    if (random_below(2))
        for (uint32_t s = n - 1; s > 1; s--) {
            uint32_t other = 1 + random_below(s), old = name[s];
            name[s] = name[other];
            name[other] = old;
        }
    graph_start(&sample->graph, n, edges);
    for (uint32_t s = 0; s < n; s++) {
        state_add(&sample->graph);
        for (uint32_t e = 0; e < edges; e++)
            if (name[from[e]] == s)
                edge_add(&sample->graph, name[to[e]]);
    }
    uint32_t many = 1 + random_below(8);
    for (uint32_t s = 0; s < n; s++) {
        sample->is_dropped[s] = random_below(3) == 0;
        sample->group_of[s] = random_below(GROUPS + 1);
        if (sample->group_of[s] == GROUPS)
            sample->group_of[s] = UINT32_MAX;
        sample->state_is_marked[s] = random_below(many + 2) == 0;
        if (sample->state_is_marked[s])
            sample->marked_states[sample->marks.state_count++] = s;
    }
    for (uint32_t e = 0; e < edges; e++) {
        sample->edge_is_marked[e] = random_below(many + 2) == 0;
        if (sample->edge_is_marked[e])
            sample->marked_edges[sample->marks.edge_count++] = e;
    }
    sample->marks.states = sample->marked_states;
    sample->marks.edges = sample->marked_edges;
}

/* What is to be told of a graph. */
typedef struct Truth {
    mpz_t total, dropped, happens, ends[GROUPS];
    mpq_t not_dropped, is_dropped, passes, reaches[GROUPS], never;
    bool is_infinite, dropped_is_infinite, happens_is_infinite, ends_are_infinite[GROUPS];
} Truth;

static void truth_begin(Truth *truth)
{
    *truth = (Truth){0};
    mpz_inits(truth->total, truth->dropped, truth->happens, NULL);
    mpq_inits(truth->not_dropped, truth->is_dropped, truth->passes, truth->never, NULL);
    for (int g = 0; g < GROUPS; g++) {
        mpz_init(truth->ends[g]);
        mpq_init(truth->reaches[g]);
    }
}

static void truth_end(Truth *truth)
{
    mpz_clears(truth->total, truth->dropped, truth->happens, NULL);
    mpq_clears(truth->not_dropped, truth->is_dropped, truth->passes, truth->never, NULL);
    for (int g = 0; g < GROUPS; g++) {
        mpz_clear(truth->ends[g]);
        mpq_clear(truth->reaches[g]);
    }
}

static void check_text(Count *count, const mpz_t number, bool is_infinite, const mpq_t probability)
{
    char *paths = is_infinite ? strdup("infinite") : mpz_get_str(NULL, 10, number),
         *exact = mpq_get_str(NULL, 10, probability);
    ck_assert(count->probability == fraction_round(mpq_numref(probability), mpq_denref(probability)));
    check_count(count, paths, exact);
    free(paths);
    free(exact);
}

static void check_sample(Sample *sample, const Truth *truth)
{
    Count count, ends[GROUPS];
    Counter *counter = begin(&sample->graph, sample->is_dropped);
    ck_assert_int_eq(counter_is_cyclic(counter), truth->is_infinite);
    ck_assert(counter_never_ends(counter) == fraction_round(mpq_numref(truth->never), mpq_denref(truth->never)));
    ck_assert_int_eq(counter_ends(counter, sample->group_of, GROUPS, ends), STATUS_OK);
    for (int g = 0; g < GROUPS; g++)
        check_text(&ends[g], truth->ends[g], truth->ends_are_infinite[g], truth->reaches[g]);
    ck_assert_int_eq(counter_happens(counter, &sample->marks, &count), STATUS_OK);
    check_text(&count, truth->happens, truth->happens_is_infinite, truth->passes);
    ck_assert_int_eq(counter_total(counter, &count), STATUS_OK);
    check_text(&count, truth->total, truth->is_infinite, truth->not_dropped);
    ck_assert_int_eq(counter_dropped(counter, &count), STATUS_OK);
    check_text(&count, truth->dropped, truth->dropped_is_infinite, truth->is_dropped);
    ck_assert_int_eq(counter_happens(counter, &sample->marks, &count), STATUS_OK);
    check_text(&count, truth->happens, truth->happens_is_infinite, truth->passes);
    end(counter, &sample->graph);
}

static void follow_all_paths(const Sample *sample, StateId s, bool happened, const mpq_t probability, Truth *truth)
{
    EdgeId first = sample->graph.first_edge[s], last = sample->graph.first_edge[s + 1];
    happened |= sample->state_is_marked[s];
    if (first < last) {
        mpq_t share;
        mpq_init(share);
        mpq_set_ui(share, 1, (unsigned long)(last - first));
        mpq_mul(share, share, probability);
        for (EdgeId e = first; e < last; e++)
            follow_all_paths(sample, sample->graph.edge_to[e], happened || sample->edge_is_marked[e], share, truth);
        mpq_clear(share);
        return;
    }
    if (happened)
        mpq_add(truth->passes, truth->passes, probability);
    if (sample->is_dropped[s]) {
        mpz_add_ui(truth->dropped, truth->dropped, 1);
        mpq_add(truth->is_dropped, truth->is_dropped, probability);
    } else {
        mpz_add_ui(truth->total, truth->total, 1);
        mpq_add(truth->not_dropped, truth->not_dropped, probability);
        if (happened)
            mpz_add_ui(truth->happens, truth->happens, 1);
    }
    if (sample->group_of[s] != UINT32_MAX) {
        mpz_add_ui(truth->ends[sample->group_of[s]], truth->ends[sample->group_of[s]], 1);
        mpq_add(truth->reaches[sample->group_of[s]], truth->reaches[sample->group_of[s]], probability);
    }
}

START_TEST(random_graphs_without_cycles)
{
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    for (int round = 0; round < 4000; round++) {
        Sample sample;
        Truth truth;
        random_state = (uint64_t)round;
        sample_make(&sample, 1 + random_below(STATES_MAX), random_below(14), 0);
        truth_begin(&truth);
        follow_all_paths(&sample, 0, false, one, &truth);
        check_sample(&sample, &truth);
        truth_end(&truth);
    }
    mpq_clear(one);
}
END_TEST

/* ---- ends and findings together ---- */

enum { FINDINGS = 70 }; /* more than one word of bits */

/* Counts the paths, with their probability, that pass a marked state; *comes_back: one leaves the marks and comes back to them. */
static void follow_marks(const Graph *graph, const bool *is_marked, StateId s, int visits, bool was_marked, double probability,
                         uint64_t *paths, double *chance, bool *comes_back)
{
    EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
    visits += is_marked[s] && !was_marked;
    *comes_back |= visits > 1;
    for (EdgeId e = first; e < last; e++)
        follow_marks(graph, is_marked, graph->edge_to[e], visits, is_marked[s], probability / (double)(last - first), paths, chance,
                     comes_back);
    *paths += first == last && visits > 0;
    *chance += first == last && visits > 0 ? probability : 0;
}

static void check_finding(Counter *counter, const Graph *graph, const Marks *marks, bool is_counted, Count *count)
{
    bool is_marked[STATES_MAX] = {0}, comes_back = false;
    uint64_t paths = 0;
    double chance = 0;
    char text[32];
    Count alone;
    for (uint64_t k = 0; k < marks->state_count; k++)
        is_marked[marks->states[k]] = true;
    follow_marks(graph, is_marked, 0, 0, false, 1, &paths, &chance, &comes_back);
    ck_assert_int_eq(is_counted, marks->state_count > 0 && marks->edge_count == 0 && !comes_back);
    if (!is_counted) {
        ck_assert(!count->interleavings && !count->probability_exact);
        return;
    }
    ck_assert_int_eq(counter_happens(counter, marks, &alone), STATUS_OK);
    snprintf(text, sizeof text, "%llu", (unsigned long long)paths);
    ck_assert(fabs(count->probability - chance) < 1e-12);
    ck_assert(count->probability == alone.probability);
    ck_assert_str_eq(count->probability_exact, alone.probability_exact);
    check_count(count, text, NULL);
    count_clear(&alone);
}

START_TEST(ends_and_findings_together)
{
    uint32_t together = 0, others = 0;
    for (int round = 0; round < 500; round++) {
        Sample sample;
        StateId states[FINDINGS][STATES_MAX];
        Marks marks[FINDINGS];
        Count happens[FINDINGS], ends[GROUPS], alone[GROUPS];
        bool is_counted[FINDINGS], has_ends;
        random_state = (uint64_t)round;
        sample_make(&sample, 2 + random_below(STATES_MAX - 1), random_below(14), 0);
        const uint32_t findings = round % 10 == 0 ? FINDINGS : random_below(4), n = round % 3 == 0 ? 0 : GROUPS;
        for (uint32_t f = 0; f < findings; f++) {
            marks[f] = (Marks){.states = states[f], .edges = sample.marked_edges};
            for (uint32_t s = 0, rarely = 1 + random_below(6); s < sample.graph.state_count; s++)
                if (random_below(rarely) == 0)
                    states[f][marks[f].state_count++] = s;
            if (random_below(8) == 0)
                marks[f].edge_count = sample.marks.edge_count;
        }
        Counter *counter = begin(&sample.graph, NULL);
        ck_assert_int_eq(counter_together(counter, sample.group_of, n, ends, &has_ends, marks, findings, happens, is_counted), STATUS_OK);
        ck_assert_int_eq(has_ends, n > 0);
        ck_assert_int_eq(counter_ends(counter, sample.group_of, GROUPS, alone), STATUS_OK);
        for (uint32_t g = 0; g < GROUPS; g++) {
            if (n > 0)
                check_count(&ends[g], alone[g].interleavings, alone[g].probability_exact);
            count_clear(&alone[g]);
        }
        for (uint32_t f = 0; f < findings; f++) {
            check_finding(counter, &sample.graph, &marks[f], is_counted[f], &happens[f]);
            together += is_counted[f];
            others += !is_counted[f];
        }
        end(counter, &sample.graph);
    }
    ck_assert_uint_gt(together, 500);
    ck_assert_uint_gt(others, 500);
}
END_TEST

/* ---- random graphs with cycles ---- */

/* Walks are counted by length, for each state and whether a mark was passed. One that passes no cycle before the first
 * mark and none after has less than 2n steps, and one to an end without a cycle less than n. */
static void count_walks(const Sample *sample, Truth *truth)
{
    const Graph *graph = &sample->graph;
    uint64_t n = graph->state_count;
    bool is_kept[STATES_MAX], goes_on[STATES_MAX],
        was[STATES_MAX]; /* can reach an end that is not dropped, or a cycle */
    mpz_t now[STATES_MAX][2], next[STATES_MAX][2];
    for (uint64_t s = 0; s < n; s++) {
        goes_on[s] = true;
        is_kept[s] = graph->first_edge[s] == graph->first_edge[s + 1] && !sample->is_dropped[s];
    }
    for (uint64_t length = 0; length <= n; length++) {
        memcpy(was, goes_on, sizeof was);
        for (uint64_t s = 0; s < n; s++) {
            goes_on[s] = false;
            for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
                goes_on[s] |= was[graph->edge_to[e]];
                is_kept[s] |= is_kept[graph->edge_to[e]];
            }
        }
    }
    for (uint64_t s = 0; s < n; s++)
        is_kept[s] |= goes_on[s];
    for (uint64_t s = 0; s < n; s++)
        mpz_inits(now[s][0], now[s][1], next[s][0], next[s][1], NULL);
    mpz_set_ui(now[0][sample->state_is_marked[0]], 1);
    for (uint64_t length = 0; length <= 4 * n + 1; length++) {
        for (uint64_t s = 0; s < n; s++)
            for (int happened = 0; happened < 2; happened++) {
                mpz_srcptr walks = now[s][happened];
                bool is_end = graph->first_edge[s] == graph->first_edge[s + 1];
                if (mpz_sgn(walks) == 0)
                    continue;
                truth->is_infinite |= length > n;
                truth->happens_is_infinite |= happened && length > 2 * n && is_kept[s];
                if (is_end && sample->is_dropped[s]) {
                    mpz_add(truth->dropped, truth->dropped, walks);
                    truth->dropped_is_infinite |= length > n;
                } else if (is_end) {
                    mpz_add(truth->total, truth->total, walks);
                    if (happened)
                        mpz_add(truth->happens, truth->happens, walks);
                }
                if (is_end && sample->group_of[s] != UINT32_MAX) {
                    mpz_add(truth->ends[sample->group_of[s]], truth->ends[sample->group_of[s]], walks);
                    truth->ends_are_infinite[sample->group_of[s]] |= length > n;
                }
                for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++) {
                    StateId to = graph->edge_to[e];
                    int happens = happened || sample->edge_is_marked[e] || sample->state_is_marked[to];
                    mpz_add(next[to][happens], next[to][happens], walks);
                }
            }
        for (uint64_t s = 0; s < n; s++)
            for (int happened = 0; happened < 2; happened++) {
                mpz_swap(now[s][happened], next[s][happened]);
                mpz_set_ui(next[s][happened], 0);
            }
    }
    for (uint64_t s = 0; s < n; s++)
        mpz_clears(now[s][0], now[s][1], next[s][0], next[s][1], NULL);
}

/* The probability from state 0 to come to a goal, an end or, with marks, a marked state or edge: h = 1 at goals, 0
 * where no goal can be reached, and the mean over the edges elsewhere; solved in fractions. */
static void solve_reach(const Sample *sample, const bool *is_goal, bool with_marks, mpq_t result)
{
    const Graph *graph = &sample->graph;
    uint64_t n = graph->state_count;
    bool can[STATES_MAX] = {0};
    mpq_t a[STATES_MAX][STATES_MAX + 1], term;
    mpq_init(term);
    for (uint64_t round = 0; round <= n; round++)
        for (uint64_t s = 0; s < n; s++) {
            can[s] |= is_goal[s] || (with_marks && sample->state_is_marked[s]);
            for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
                can[s] |= can[graph->edge_to[e]] || (with_marks && sample->edge_is_marked[e]);
        }
    for (uint64_t s = 0; s < n; s++) {
        EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
        for (uint64_t j = 0; j <= n; j++)
            mpq_init(a[s][j]);
        mpq_set_ui(a[s][s], 1, 1);
        if (is_goal[s] || (with_marks && sample->state_is_marked[s])) {
            mpq_set_ui(a[s][n], 1, 1);
        } else if (can[s]) {
            for (EdgeId e = first; e < last; e++) {
                mpq_ptr place = a[s][with_marks && sample->edge_is_marked[e] ? n : graph->edge_to[e]];
                mpq_set_si(term, place == a[s][n] ? 1 : -1, (unsigned long)(last - first));
                mpq_add(place, place, term);
            }
        }
    }
    for (uint64_t k = 0; k < n; k++) {
        uint64_t pivot = k;
        while (mpq_sgn(a[pivot][k]) == 0)
            ck_assert_uint_lt(++pivot, n);
        for (uint64_t j = 0; j <= n; j++)
            mpq_swap(a[k][j], a[pivot][j]);
        for (uint64_t j = n + 1; j-- > k;)
            mpq_div(a[k][j], a[k][j], a[k][k]);
        for (uint64_t i = 0; i < n; i++)
            for (uint64_t j = n + 1; i != k && j-- > k;) {
                mpq_mul(term, a[i][k], a[k][j]);
                mpq_sub(a[i][j], a[i][j], term);
            }
    }
    mpq_set(result, a[0][n]);
    mpq_clear(term);
    for (uint64_t s = 0; s < n; s++)
        for (uint64_t j = 0; j <= n; j++)
            mpq_clear(a[s][j]);
}

static void solve_all(const Sample *sample, Truth *truth)
{
    const Graph *graph = &sample->graph;
    bool goal[GROUPS + 3][STATES_MAX] = {{0}};
    for (uint64_t s = 0; s < graph->state_count; s++) {
        if (graph->first_edge[s] != graph->first_edge[s + 1])
            continue;
        if (sample->group_of[s] != UINT32_MAX)
            goal[sample->group_of[s]][s] = true;
        goal[GROUPS][s] = sample->is_dropped[s];
        goal[GROUPS + 1][s] = true;
    }
    for (int g = 0; g < GROUPS; g++)
        solve_reach(sample, goal[g], false, truth->reaches[g]);
    solve_reach(sample, goal[GROUPS], false, truth->is_dropped);
    solve_reach(sample, goal[GROUPS + 1], false, truth->never);
    solve_reach(sample, goal[GROUPS + 2], true, truth->passes);
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    mpq_sub(truth->never, one, truth->never);
    mpq_sub(truth->not_dropped, one, truth->is_dropped);
    mpq_clear(one);
}

START_TEST(random_graphs_with_cycles)
{
    int cyclic = 0, finite = 0;
    for (int round = 0; round < 6000; round++) {
        Sample sample;
        Truth truth;
        random_state = (uint64_t)round + 1000000;
        sample_make(&sample, 1 + random_below(STATES_MAX), random_below(12), 1 + random_below(4));
        truth_begin(&truth);
        count_walks(&sample, &truth);
        solve_all(&sample, &truth);
        cyclic += truth.is_infinite;
        finite += truth.is_infinite && !truth.happens_is_infinite && mpz_sgn(truth.happens) > 0;
        check_sample(&sample, &truth);
        truth_end(&truth);
    }
    ck_assert_int_gt(cyclic, 2000);
    ck_assert_int_gt(finite, 30);
}
END_TEST

/* ---- large components: doubles ---- */

/* Gambler's ruin on 0 .. n: the state in the middle is the start; `up` of `up + 1` steps go up. */
static void ruin(uint32_t n, uint32_t up, double expected, double tolerance)
{
    Graph graph;
    Count counts[2];
    uint32_t start = n / 2, *group_of = mem_alloc(n + 1, sizeof *group_of);
    graph_start(&graph, n + 1, (uint64_t)(n + 1) * (up + 1));
    for (uint32_t s = 0; s <= n; s++) { /* state 0 stands for position `start`, and the other way round */
        uint32_t place = s == 0 ? start : s == start ? 0 : s;
        state_add(&graph);
        group_of[s] = place == n ? 0 : place == 0 ? 1 : UINT32_MAX;
        for (uint32_t i = 0; i < up + 1 && place > 0 && place < n; i++) {
            uint32_t to = i < up ? place + 1 : place - 1;
            edge_add(&graph, to == start ? 0 : to == 0 ? start : to);
        }
    }
    Counter *counter = begin(&graph, NULL);
    ck_assert(counter_is_cyclic(counter));
    ck_assert(counter_never_ends(counter) == 0);
    ck_assert_int_eq(counter_ends(counter, group_of, 2, counts), STATUS_OK);
    ck_assert_str_eq(counts[0].interleavings, "infinite");
    ck_assert_double_eq_tol(counts[0].probability, expected, tolerance);
    ck_assert_double_eq_tol(counts[0].probability + counts[1].probability, 1, 1e-15);
    ck_assert_int_eq(counts[0].probability_exact != NULL, n <= 65);
    count_clear(&counts[0]);
    count_clear(&counts[1]);
    mem_free(group_of);
    end(counter, &graph);
}

START_TEST(ruin_of_a_gambler)
{
    ruin(10, 1, 0.5, 1e-17);
    ruin(65, 1, 32.0 / 65, 1e-17);
    ruin(66, 1, 0.5, 1e-14);
    ruin(201, 1, 100.0 / 201, 1e-13);
    ruin(1000, 1, 0.5, 1e-12);
    ruin(100, 2, 1 / (1 + ldexp(1, -50)), 1e-15);
    ruin(300, 3, 1, 1e-15);
}
END_TEST

/* A hundred heads in a row, or back to the start; then one of three ways out. It takes 2^101 steps on average. */
START_TEST(a_component_that_is_hardly_ever_left)
{
    enum { LENGTH = 100 };
    Graph graph;
    Count counts[2];
    uint32_t group_of[LENGTH + 3];
    graph_start(&graph, LENGTH + 3, 2 * LENGTH + 4);
    for (uint32_t s = 0; s < LENGTH + 3; s++) {
        state_add(&graph);
        group_of[s] = s > LENGTH ? s - LENGTH - 1 : UINT32_MAX;
        if (s < LENGTH) {
            edge_add(&graph, s + 1);
            edge_add(&graph, 0);
        } else if (s == LENGTH) {
            edge_add(&graph, LENGTH + 1);
            edge_add(&graph, LENGTH + 2);
            edge_add(&graph, LENGTH + 2);
        }
    }
    Counter *counter = begin(&graph, NULL);
    ck_assert_int_eq(counter_ends(counter, group_of, 2, counts), STATUS_OK);
    ck_assert_double_eq_tol(counts[0].probability, 1.0 / 3, 1e-15);
    ck_assert_double_eq_tol(counts[1].probability, 2.0 / 3, 1e-15);
    count_clear(&counts[0]);
    count_clear(&counts[1]);
    end(counter, &graph);
}
END_TEST

/* Two halves of a large component, each left to an end of its own, that hardly ever change sides: what is left keeps
 * its shape nearly, not quite. */
START_TEST(two_slow_halves)
{
    enum { HALF = 40, LEAVE = 200, CROSS = 100000 };
    Graph graph;
    Count counts[2];
    uint32_t group_of[2 * HALF + 2];
    graph_start(&graph, 2 * HALF + 2, 2 * HALF + 2 * (LEAVE + CROSS));
    for (uint32_t s = 0; s < 2 * HALF; s++) {
        uint32_t base = s < HALF ? 0 : HALF;
        state_add(&graph);
        group_of[s] = UINT32_MAX;
        edge_add(&graph, base + (s - base + 1) % HALF);
        if (s == 0 || s == HALF) {
            for (int i = 0; i < CROSS - LEAVE - 1; i++)
                edge_add(&graph, base + 1);
            for (int i = 0; i < LEAVE; i++)
                edge_add(&graph, 2 * HALF + (s == HALF));
            edge_add(&graph, HALF - base);
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        state_add(&graph);
        group_of[2 * HALF + i] = i;
    }
    Counter *counter = begin(&graph, NULL);
    ck_assert_int_eq(counter_ends(counter, group_of, 2, counts), STATUS_OK);
    /* each round: 200 ways out, one to the other side: p = (200 + q) / 201, q = p's chance from the other side */
    ck_assert_double_eq_tol(counts[0].probability, 201.0 / 202, 1e-13);
    ck_assert_double_eq_tol(counts[1].probability, 1.0 / 202, 1e-13);
    count_clear(&counts[0]);
    count_clear(&counts[1]);
    end(counter, &graph);
}
END_TEST

/* Random graphs of 100 to 200 states against elimination in long doubles. */
START_TEST(random_large_components)
{
    enum { N = 200 };
    static long double a[N][N + 1];
    for (int round = 0; round < 40; round++) {
        Graph graph;
        Count counts[1];
        uint32_t group_of[N], n = 100 + random_below(100);
        random_state = (uint64_t)round;
        graph_start(&graph, n, (uint64_t)n * 4);
        memset(a, 0, sizeof a);
        for (uint32_t s = 0; s < n; s++) {
            uint32_t degree = s < n - 3 ? 1 + random_below(3) : 0;
            state_add(&graph);
            group_of[s] = s >= n - 3 && s != n - 2 ? 0 : UINT32_MAX;
            a[s][s] = 1;
            a[s][n] = group_of[s] == 0;
            for (uint32_t i = 0; i < degree; i++) {
                uint32_t to = i == 0 ? s + 1 : random_below(n);
                edge_add(&graph, to);
                a[s][to] -= 1.0L / degree;
            }
        }
        for (uint32_t k = n;
             k-- > 0;) { /* from the last: what is left is a walk on the states before, and no pivot is 0 */
            for (uint32_t i = 0; i < k; i++) {
                long double factor = a[i][k] / a[k][k];
                for (uint32_t j = 0; j <= n && factor != 0; j++)
                    a[i][j] -= factor * a[k][j];
            }
        }
        Counter *counter = begin(&graph, NULL);
        ck_assert_int_eq(counter_ends(counter, group_of, 1, counts), STATUS_OK);
        ck_assert_double_eq_tol(counts[0].probability, (double)(a[0][n] / a[0][0]), 1e-13);
        count_clear(&counts[0]);
        end(counter, &graph);
    }
}
END_TEST

/* ---- stopping, failing ---- */

static bool no_more(void *context)
{
    int *questions = context;
    return (*questions)-- > 0;
}

/* All calls on a graph; the first status that is not OK. */
static Status use_all(const Graph *graph, const uint8_t *is_dropped, const uint32_t *group_of, uint32_t n,
                      const Marks *marks, bool (*keep_going)(void *), void *context)
{
    Counter *counter;
    Count count, *ends = calloc(n, sizeof *ends);
    bool has_ends, is_counted;
    Status first = counter_new(graph, is_dropped, keep_going, context, &counter);
    if (first) {
        ck_assert_ptr_null(counter);
        free(ends);
        return first;
    }
    for (int i = 0; i < 5; i++) {
        Status status = i == 0   ? counter_ends(counter, group_of, n, ends)
                        : i == 4 ? counter_together(counter, group_of, n, ends, &has_ends, marks, 1, &count, &is_counted)
                        : i == 1 ? counter_happens(counter, marks, &count)
                        : i == 2 ? counter_total(counter, &count)
                                 : counter_dropped(counter, &count);
        if (status) {
            first = first ? first : status;
            ck_assert(i == 0 || (!count.interleavings && !count.probability_exact));
        }
        for (uint32_t g = 0; g < n && i % 4 == 0; g++)
            count_clear(&ends[g]);
        if (i > 0)
            count_clear(&count);
    }
    counter_free(counter);
    free(ends);
    return first;
}

/* One group of all ends needs no pass of its own; with a second one, empty, it gets it. */
START_TEST(one_group_is_everything)
{
    Graph graph;
    graph_lattice(&graph, 3, 6);
    uint32_t *group_of = mem_alloc(graph.state_count, sizeof *group_of);
    Counter *counter;
    Count one, two[2];
    ck_assert_int_eq(counter_new(&graph, NULL, NULL, NULL, &counter), STATUS_OK);
    ck_assert_int_eq(counter_ends(counter, group_of, 1, &one), STATUS_OK);
    ck_assert_int_eq(counter_ends(counter, group_of, 2, two), STATUS_OK);
    ck_assert_str_eq(one.interleavings, two[0].interleavings);
    ck_assert_str_eq(one.probability_exact, "1");
    ck_assert_str_eq(two[0].probability_exact, "1");
    ck_assert_str_eq(two[1].interleavings, "0");
    count_clear(&one);
    count_clear(&two[0]);
    count_clear(&two[1]);
    counter_free(counter);
    mem_free(group_of);
    graph_end(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

START_TEST(work_can_be_stopped)
{
    Graph graph;
    graph_lattice(&graph, 2, 700);
    uint32_t *group_of = mem_alloc(graph.state_count, sizeof *group_of);
    EdgeId marked[2] = {12345, 678};
    Marks marks = {.edges = marked, .edge_count = 2};
    int asked = 0;
    for (int limit = 0;; limit += 1 + limit / 4) {
        int questions = limit;
        Status status = use_all(&graph, NULL, group_of, 2, &marks, no_more, &questions);
        asked = limit;
        if (status == STATUS_OK)
            break;
        ck_assert_int_eq(status, STATUS_INTERRUPTED);
        ck_assert_int_eq(questions, -1); /* once stopped, it does not ask again */
    }
    ck_assert_int_gt(asked, 50);
    mem_free(group_of);
    graph_end(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

static uint64_t fail_each_allocation(const Graph *graph, const uint8_t *is_dropped, const uint32_t *group_of,
                                     uint32_t n, const Marks *marks)
{
    size_t live = mem_live_blocks();
    for (uint64_t i = 1;; i++) {
        mem_fail_at(i);
        Status status = use_all(graph, is_dropped, group_of, n, marks, NULL, NULL);
        mem_fail_at(0);
        ck_assert_uint_eq(mem_live_blocks(), live);
        if (status == STATUS_OK)
            return i;
        ck_assert_int_eq(status, STATUS_NO_MEMORY);
    }
}

START_TEST(memory_may_fail)
{
#ifdef SNARL_SMALL_TABLES
    enum { ROUNDS = 12 }; /* under slow sanitizers */
#else
    enum { ROUNDS = 60 };
#endif
    for (int round = 0; round < ROUNDS; round++) {
        Sample sample;
        random_state = (uint64_t)round;
        sample_make(&sample, 6 + random_below(6), random_below(12), round % 2 ? 2 : 0);
        ck_assert_uint_gt(
            fail_each_allocation(&sample.graph, sample.is_dropped, sample.group_of, GROUPS, &sample.marks), 5);
        graph_end(&sample.graph);
    }
    Graph graph;
    graph_start(&graph, 102, 202);
    uint32_t group_of[102];
    StateId marked = 50;
    for (uint32_t s = 0; s < 102; s++) {
        state_add(&graph);
        group_of[s] = s < 101 ? UINT32_MAX : 0;
        if (s < 101) {
            edge_add(&graph, s + 1);
            edge_add(&graph, s == 100 ? 0 : s / 2);
        }
    }
    fail_each_allocation(&graph, NULL, group_of, 1, &(Marks){.states = &marked, .state_count = 1});
    graph_end(&graph);
    graph_lattice(&graph, 2, 9);
    fail_each_allocation(&graph, NULL, group_of, 2, &(Marks){.states = &marked, .state_count = 1});
    graph_end(&graph);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("count");
    TCase *numbers = tcase_create("numbers"), *closed = tcase_create("closed forms"), *random = tcase_create("random"),
          *large = tcase_create("large components"), *limits = tcase_create("limits");
    tcase_add_test(numbers, primes_are_the_greatest_below_2_to_the_61);
    tcase_add_test(numbers, products_agree_with_gmp);
    tcase_add_test(numbers, numbers_come_back_from_their_residues);
    tcase_add_test(numbers, bounds_are_above_and_near);
    tcase_add_test(numbers, fractions_are_rounded_as_a_division);
    tcase_add_test(numbers, fractions_are_guessed_from_residues);
    tcase_add_test(numbers, only_short_denominators_are_written);
    tcase_add_test(closed, threads_that_do_not_meet);
    tcase_add_test(closed, numbers_of_any_size);
    tcase_add_test(closed, a_long_chain);
    tcase_add_test(closed, a_denominator_too_long);
    tcase_add_test(closed, many_groups);
    tcase_add_test(random, random_graphs_without_cycles);
    tcase_add_test(random, ends_and_findings_together);
    tcase_add_test(random, random_graphs_with_cycles);
    tcase_add_test(large, ruin_of_a_gambler);
    tcase_add_test(large, a_component_that_is_hardly_ever_left);
    tcase_add_test(large, two_slow_halves);
    tcase_add_test(large, random_large_components);
    tcase_add_test(limits, one_group_is_everything);
    tcase_add_test(limits, work_can_be_stopped);
    tcase_add_test(limits, memory_may_fail);
    TCase *all[] = {numbers, closed, random, large, limits};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        tcase_set_timeout(all[i], 120);
        suite_add_tcase(suite, all[i]);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
