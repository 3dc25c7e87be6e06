#include "explore/walk_exact.h"

#include "base/memory.h"
#include "explore/fraction.h"
#include "explore/modular.h"

enum {
    STATES_MAX = 64, /* of one component */
    PRIMES_MAX = 8   /* seven hold any fraction of two times 60 digits, and one to check it */
};
/* The sum of the cubes of the sizes; a third of it are products, for each prime. */
#define CUBES_MAX UINT64_C(30000000)

bool walk_exact_is_cheap(const Walk *walk)
{
    uint64_t cubes = 0;
    for (uint64_t end = walk->order->count, begin; end > 0; end = begin) {
        begin = order_begin(walk->order, end);
        uint64_t size = end - begin;
        if (walk_is_plain(walk, begin, end))
            continue;
        if (size > STATES_MAX)
            return false;
        cubes += size * size * size;
    }
    return cubes <= CUBES_MAX;
}

/* One prime's work. */
typedef struct Solver {
    const Walk *walk;
    uint64_t gap;
    const uint64_t *inverse; /* by degree */
    uint64_t *flow;          /* by state: what came in from earlier components */
    uint64_t *out;           /* by slot */
    uint64_t *matrix;        /* STATES_MAX rows of STATES_MAX + 1 */
    bool is_unlucky;         /* the prime divides a determinant */
} Solver;

static void flow_into(Solver *solver, uint32_t slot, uint64_t amount)
{
    if (slot != WALK_NOWHERE)
        solver->out[slot] = mod_add(solver->out[slot], amount, solver->gap);
}

/* Hands on what passes through a state; steps within its component are left out, they are in the system. */
static void hand_on(Solver *solver, StateId s, uint64_t amount)
{
    const Walk *walk = solver->walk;
    const Graph *graph = walk->graph;
    EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
    uint64_t share = mod_multiply(amount, solver->inverse[last - first], solver->gap);
    for (EdgeId e = first; e < last; e++) {
        StateId to = graph->edge_to[e];
        uint32_t slot;
        if (walk_ends_with(walk, s, e, &slot))
            flow_into(solver, slot, share);
        else if (!walk->order->component_of || walk->order->component_of[to] != walk->order->component_of[s])
            solver->flow[to] = mod_add(solver->flow[to], share, solver->gap);
    }
}

/* One state with steps to itself: what comes leaves by its other steps. */
static void leave_loop(Solver *solver, StateId s)
{
    const Graph *graph = solver->walk->graph;
    uint64_t others = 0, degree = graph->first_edge[s + 1] - graph->first_edge[s];
    uint32_t slot;
    for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
        others += graph->edge_to[e] != s || walk_ends_with(solver->walk, s, e, &slot);
    hand_on(solver, s,
            mod_multiply(mod_multiply(solver->flow[s], degree, solver->gap), solver->inverse[others], solver->gap));
}

/* In place; the solution replaces the last column. */
static bool eliminate(uint64_t *matrix, uint64_t n, uint64_t gap)
{
    uint64_t width = n + 1;
    for (uint64_t k = 0; k < n; k++) {
        uint64_t pivot = k;
        while (pivot < n && matrix[pivot * width + k] == 0)
            pivot++;
        if (pivot == n)
            return false;
        for (uint64_t j = k; j < width && pivot != k; j++) {
            uint64_t other = matrix[pivot * width + j];
            matrix[pivot * width + j] = matrix[k * width + j];
            matrix[k * width + j] = other;
        }
        uint64_t scale = mod_inverse(matrix[k * width + k], gap);
        for (uint64_t j = k; j < width; j++)
            matrix[k * width + j] = mod_multiply(matrix[k * width + j], scale, gap);
        for (uint64_t i = k + 1; i < n; i++) {
            uint64_t factor = matrix[i * width + k];
            for (uint64_t j = k; j < width && factor; j++)
                matrix[i * width + j] =
                    mod_subtract(matrix[i * width + j], mod_multiply(matrix[k * width + j], factor, gap), gap);
        }
    }
    for (uint64_t k = n; k-- > 0;)
        for (uint64_t i = 0; i < k; i++)
            matrix[i * width + n] = mod_subtract(matrix[i * width + n],
                                                 mod_multiply(matrix[i * width + k], matrix[k * width + n], gap), gap);
    return true;
}

/* x = inflow + x Q, where x counts the expected visits and Q holds the steps within the component. Marked states take
 * no part: what comes to them has ended. */
static bool solve_component(Solver *solver, uint64_t begin, uint64_t end)
{
    const Walk *walk = solver->walk;
    const Graph *graph = walk->graph;
    StateId states[STATES_MAX];
    uint64_t n = 0, *matrix = solver->matrix;
    for (uint64_t place = begin; place < end; place++) {
        StateId s = order_state(walk->order, place);
        if (!(walk->flags[s] & STATE_MARKED))
            states[n++] = s;
    }
    uint64_t width = n + 1;
    for (uint64_t i = 0; i < n * width; i++)
        matrix[i] = 0;
    for (uint64_t column = 0; column < n; column++) {
        StateId s = states[column];
        EdgeId first = graph->first_edge[s], last = graph->first_edge[s + 1];
        matrix[column * width + column] = mod_add(matrix[column * width + column], 1, solver->gap);
        matrix[column * width + n] = solver->flow[s];
        for (EdgeId e = first; e < last; e++) {
            uint32_t slot;
            uint64_t row = 0;
            if (walk_ends_with(walk, s, e, &slot))
                continue;
            while (row < n && states[row] != graph->edge_to[e])
                row++;
            if (row < n)
                matrix[row * width + column] =
                    mod_subtract(matrix[row * width + column], solver->inverse[last - first], solver->gap);
        }
    }
    if (!eliminate(matrix, n, solver->gap))
        return false;
    for (uint64_t i = 0; i < n; i++)
        hand_on(solver, states[i], matrix[i * width + n]);
    return true;
}

static Status solve_all(Solver *solver)
{
    const Walk *walk = solver->walk;
    uint32_t slot;
    solver->is_unlucky = false;
    for (uint64_t s = 0; s < walk->graph->state_count; s++)
        solver->flow[s] = 0;
    solver->flow[0] = 1;
    if (walk_ends_at_once(walk, &slot)) {
        flow_into(solver, slot, 1);
        return STATUS_OK;
    }
    for (uint64_t end = walk->order->count, begin; end > 0; end = begin) {
        begin = order_begin(walk->order, end);
        StateId s = order_state(walk->order, begin);
        bool is_plain = walk_is_plain(walk, begin, end);
        if (is_plain && solver->flow[s]) {
            hand_on(solver, s, solver->flow[s]);
        } else if (!is_plain && walk_is_trap(walk, begin, end)) {
            for (uint64_t place = begin; place < end; place++)
                flow_into(solver, walk->never_slot, solver->flow[order_state(walk->order, place)]);
        } else if (!is_plain && end - begin == 1) {
            leave_loop(solver, s);
        } else if (!is_plain && !solve_component(solver, begin, end)) {
            solver->is_unlucky = true;
            return STATUS_OK;
        }
        if (!work_goes_on(walk->work, 4 + (is_plain ? 0 : (end - begin) * (end - begin) * (end - begin))))
            return STATUS_INTERRUPTED;
    }
    return STATUS_OK;
}

/* The fraction from all primes but the last, if it holds modulo the last. */
static bool guess(const Primes *primes, const uint64_t *residues, uint64_t count, mpz_t numerator, mpz_t denominator)
{
    uint64_t digits[PRIMES_MAX], gap = primes->gaps[count - 1];
    mpz_t residue, modulus;
    mpz_inits(residue, modulus, NULL);
    for (uint64_t k = 0; k < count; k++)
        digits[k] = residues[k];
    primes_join(primes, digits, count - 1, residue);
    primes_product(primes, count - 1, modulus);
    bool answer = fraction_guess(residue, modulus, numerator, denominator) && fraction_is_short(denominator) &&
                  mod_multiply(residues[count - 1], mpz_fdiv_ui(denominator, mod_prime(gap)), gap) ==
                      mpz_fdiv_ui(numerator, mod_prime(gap)) &&
                  mpz_cmp(numerator, denominator) <= 0;
    mpz_clears(residue, modulus, NULL);
    return answer;
}

/* Tries all slots that have no fraction yet; *left counts those that have none then. */
static Status guess_all(const Walk *walk, const Primes *primes, const uint64_t *residues, WalkResult *results,
                        uint64_t *left)
{
    Status status = STATUS_OK;
    mpz_t numerator, denominator;
    mpz_inits(numerator, denominator, NULL);
    *left = 0;
    for (uint32_t slot = 0; slot < walk->slots && !status; slot++) {
        if (results[slot].exact)
            continue;
        if (!guess(primes, residues + (uint64_t)slot * PRIMES_MAX, primes->count, numerator, denominator)) {
            ++*left;
        } else {
            results[slot].probability = fraction_round(numerator, denominator);
            results[slot].exact = fraction_text(numerator, denominator);
            if (!results[slot].exact)
                status = STATUS_NO_MEMORY;
        }
        if (!work_goes_on(walk->work, 10000)) /* a guess takes some ten microseconds */
            status = STATUS_INTERRUPTED;
    }
    mpz_clears(numerator, denominator, NULL);
    return status;
}

Status walk_exact(const Walk *walk, WalkResult *results)
{
    const Graph *graph = walk->graph;
    uint64_t max_degree = 0, left = walk->slots;
    Primes primes = {0};
    for (uint64_t s = 0; s < graph->state_count; s++)
        if (graph->first_edge[s + 1] - graph->first_edge[s] > max_degree)
            max_degree = graph->first_edge[s + 1] - graph->first_edge[s];
    uint64_t *inverse = mem_alloc(max_degree + 1, sizeof *inverse);
    uint64_t *residues = mem_alloc(walk->slots, PRIMES_MAX * sizeof *residues);
    Solver solver = {.walk = walk, .inverse = inverse};
    solver.flow = mem_alloc(graph->state_count, sizeof *solver.flow);
    solver.out = mem_alloc(walk->slots, sizeof *solver.out);
    solver.matrix = mem_alloc(STATES_MAX, (STATES_MAX + 1) * sizeof *solver.matrix);
    Status status = inverse && residues && solver.flow && solver.out && solver.matrix ? STATUS_OK : STATUS_NO_MEMORY;

    while (!status && left > 0 && primes.count < PRIMES_MAX) {
        status = primes_reserve(&primes, primes.count + 1);
        if (status)
            break;
        solver.gap = primes.gaps[primes.count - 1];
        mod_inverses(solver.gap, max_degree, inverse, 1);
        for (uint32_t slot = 0; slot < walk->slots; slot++)
            solver.out[slot] = 0;
        status = solve_all(&solver);
        if (!status && solver.is_unlucky) {
            primes_reject_last(&primes);
            continue;
        }
        for (uint32_t slot = 0; slot < walk->slots; slot++)
            residues[(uint64_t)slot * PRIMES_MAX + primes.count - 1] = solver.out[slot];
        bool shall_guess = primes.count == 2 || primes.count == 3 || primes.count == 5 || primes.count == PRIMES_MAX;
        if (!status && shall_guess)
            status = guess_all(walk, &primes, residues, results, &left);
    }
    primes_free(&primes);
    mem_free(inverse);
    mem_free(residues);
    mem_free(solver.flow);
    mem_free(solver.out);
    mem_free(solver.matrix);
    return status;
}
