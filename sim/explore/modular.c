#include "explore/modular.h"

#include <assert.h>

#include "base/memory.h"

static_assert(sizeof(unsigned long) == 8, "residues go to GMP as unsigned long");

uint64_t mod_power(uint64_t base, uint64_t exponent, uint64_t gap)
{
    uint64_t result = 1;
    for (base = mod_canonical(base, gap); exponent; exponent >>= 1) {
        if (exponent & 1)
            result = mod_multiply(result, base, gap);
        base = mod_multiply(base, base, gap);
    }
    return result;
}

/* By Fermat: some 120 products, so that inverses are kept wherever there are many. */
uint64_t mod_inverse(uint64_t a, uint64_t gap)
{
    return mod_power(a, mod_prime(gap) - 2, gap);
}

/* With p = k d + r: 1/d = -k / r, and r < d is in the table already. */
void mod_inverses(uint64_t gap, uint64_t max, uint64_t *table, uint64_t stride)
{
    uint64_t p = mod_prime(gap);
    table[0] = 0;
    if (max > 0)
        table[stride] = 1;
    for (uint64_t d = 2; d <= max; d++)
        table[d * stride] = p - mod_multiply(p / d, table[(p % d) * stride], gap);
}

static bool mod_is_prime(uint64_t gap)
{
    static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    uint64_t n = mod_prime(gap), odd = n - 1;
    int twos = 0;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (n % bases[i] == 0)
            return false;
    for (; odd % 2 == 0; odd /= 2)
        twos++;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        uint64_t x = mod_power(bases[i], odd, gap);
        int k = 0;
        if (x == 1)
            continue;
        for (; k < twos && x != n - 1; k++)
            x = mod_multiply(x, x, gap);
        if (k == twos)
            return false;
    }
    return true;
}

static Status primes_make_room(Primes *primes)
{
#ifdef SNARL_SMALL_TABLES
    uint64_t room = primes->room ? 2 * primes->room : 2;
#else
    uint64_t room = primes->room ? 2 * primes->room : 16;
#endif
    uint64_t *gaps = mem_resize(primes->gaps, room, sizeof *gaps);
    if (!gaps)
        return STATUS_NO_MEMORY;
    primes->gaps = gaps;
    uint64_t *inverses = mem_resize(primes->inverses, room, sizeof *inverses);
    if (!inverses)
        return STATUS_NO_MEMORY;
    primes->inverses = inverses;
    primes->room = room;
    return STATUS_OK;
}

Status primes_reserve(Primes *primes, uint64_t count)
{
    while (primes->count < count) {
        if (primes->count == primes->room) {
            Status status = primes_make_room(primes);
            if (status)
                return status;
        }
        uint64_t gap = primes->tried ? primes->tried + 2 : 1;
        while (!mod_is_prime(gap))
            gap += 2;
        if (gap >> MOD_GAP_BITS)
            return STATUS_LIMIT;
        uint64_t product = 1;
        for (uint64_t i = 0; i < primes->count;
             i++) /* the greater prime, modulo the lesser, is the difference of the gaps */
            product = mod_multiply(product, gap - primes->gaps[i], gap);
        primes->gaps[primes->count] = gap;
        primes->inverses[primes->count++] = mod_inverse(product, gap);
        primes->tried = gap;
    }
    return STATUS_OK;
}

void primes_reject_last(Primes *primes)
{
    assert(primes->count > 0);
    primes->count--;
}

void primes_free(Primes *primes)
{
    mem_free(primes->gaps);
    mem_free(primes->inverses);
    *primes = (Primes){0};
}

/* 61 count >= bits + 1: the one bit makes good for the primes' being less than 2^61, by a factor above 1 - 2^-33 each.
 */
uint64_t primes_needed(uint64_t bits)
{
    return bits / MOD_BITS + 1;
}

/* number = d0 + d1 p0 + d2 p0 p1 + ...: each digit follows from its residue and the digits below. */
void primes_join(const Primes *primes, uint64_t *residues, uint64_t count, mpz_t number)
{
    uint64_t *digits = residues;
    mpz_set_ui(number, 0);
    for (uint64_t k = 1; k < count; k++) {
        uint64_t gap = primes->gaps[k], below = 0;
        for (uint64_t i = k; i-- > 0;)
            below = mod_multiply(below, gap - primes->gaps[i], gap) + digits[i];
        digits[k] = mod_multiply(mod_subtract(residues[k], mod_canonical(below, gap), gap), primes->inverses[k], gap);
    }
    for (uint64_t k = count; k-- > 0;) {
        mpz_mul_ui(number, number, mod_prime(primes->gaps[k]));
        mpz_add_ui(number, number, digits[k]);
    }
}

void primes_product(const Primes *primes, uint64_t count, mpz_t product)
{
    mpz_set_ui(product, 1);
    for (uint64_t i = 0; i < count; i++)
        mpz_mul_ui(product, product, mod_prime(primes->gaps[i]));
}
