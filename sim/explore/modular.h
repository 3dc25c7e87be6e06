/* modular.h: arithmetic modulo primes just below 2^61, and numbers of any size from their residues.
 *
 * Shape   a prime is written as its gap: p = 2^61 - gap, gap < 2^28. Since 2^61 = gap (mod p), the high bits of a
 *         product come down by a multiplication with the small gap: no division anywhere. Residues are `canonical` in 0
 *         .. p-1, or `lazy` below 2^61 + 7 gap, so that seven lazy residues can be added in 64 bits before they are
 *         folded.
 * Owner   primes_free; the mpz_t of a result is the caller's.
 * Errors  STATUS_NO_MEMORY, and STATUS_LIMIT after some six million primes.
 * Source  mixed-radix Chinese remaindering: H. L. Garner, "The residue number system", IRE Trans. Electronic Computers
 *         8, 1959. Primality below 2^64 by twelve bases: J. Sorenson, J. Webster, "Strong pseudoprimes to twelve prime
 *         bases", Math. Comp. 86, 2017. */
#ifndef EXPLORE_MODULAR_H
#define EXPLORE_MODULAR_H

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

__extension__ typedef unsigned __int128 WideNumber;

enum { MOD_BITS = 61, MOD_GAP_BITS = 28 };
#define MOD_MASK ((UINT64_C(1) << MOD_BITS) - 1)

static inline uint64_t mod_prime(uint64_t gap)
{
    return (UINT64_C(1) << MOD_BITS) - gap;
}
/* Any 64 bits to a lazy residue. */
static inline uint64_t mod_fold(uint64_t x, uint64_t gap)
{
    return (x & MOD_MASK) + (x >> MOD_BITS) * gap;
}
/* Any 64 bits to a canonical residue. */
static inline uint64_t mod_canonical(uint64_t x, uint64_t gap)
{
    x = mod_fold(x, gap);
    return x >= mod_prime(gap) ? x - mod_prime(gap) : x;
}
/* Canonical summands, canonical sum. */
static inline uint64_t mod_add(uint64_t a, uint64_t b, uint64_t gap)
{
    a += b;
    return a >= mod_prime(gap) ? a - mod_prime(gap) : a;
}
static inline uint64_t mod_subtract(uint64_t a, uint64_t b, uint64_t gap)
{
    return a >= b ? a - b : a + mod_prime(gap) - b;
}
/* `a` may be any 64 bits, `b` below 2^61; the product is canonical. The comments bound what is left above the fold: gap
 * < 2^28. */
static inline uint64_t mod_multiply(uint64_t a, uint64_t b, uint64_t gap)
{
    WideNumber x = (WideNumber)a * b;                                        /* < 2^125 */
    x = (x & MOD_MASK) + (WideNumber)(uint64_t)(x >> MOD_BITS) * gap;        /* < 2^61 + 2^92 */
    uint64_t r = ((uint64_t)x & MOD_MASK) + (uint64_t)(x >> MOD_BITS) * gap; /* < 2^61 + 2^60 < 2p */
    return r >= mod_prime(gap) ? r - mod_prime(gap) : r;
}
uint64_t mod_power(uint64_t base, uint64_t exponent, uint64_t gap);
/* Of a residue that is not 0. */
uint64_t mod_inverse(uint64_t a, uint64_t gap);
/* table[d * stride] = 1/d for d = 1 .. max; 0 for d = 0. */
void mod_inverses(uint64_t gap, uint64_t max, uint64_t *table, uint64_t stride);

/* Primes, greatest first. */
typedef struct Primes {
    uint64_t *gaps;     /* ascending */
    uint64_t *inverses; /* of the product of all primes before it, modulo the prime: what Garner's method divides by */
    uint64_t count, room;
    uint64_t tried; /* greatest gap looked at */
} Primes;

/* At least `count` primes. */
Status primes_reserve(Primes *primes, uint64_t count);
/* Takes the last prime out; it will not come again. */
void primes_reject_last(Primes *primes);
void primes_free(Primes *primes);
/* How many primes determine a number below 2^bits. */
uint64_t primes_needed(uint64_t bits);
/* The number below the product of the first `count` primes with these canonical residues, which are overwritten. */
void primes_join(const Primes *primes, uint64_t *residues, uint64_t count, mpz_t number);
void primes_product(const Primes *primes, uint64_t count, mpz_t product);

#endif
