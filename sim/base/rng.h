/* rng.h: random numbers that are the same on every machine for the same seed.
 *
 * Method  xoshiro256** seeded by splitmix64: Blackman, Vigna, "Scrambled linear pseudorandom number generators",
 *         TOMS 2021. rng_below rejects instead of taking a remainder, so that each value is exactly as likely as the
 *         others. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

typedef struct Rng {
    uint64_t s[4];
} Rng;

static inline Rng rng_seed(uint64_t seed)
{
    Rng rng;
    for (int i = 0; i < 4; i++) { /* never all zero: splitmix64 is a bijection of distinct inputs */
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        rng.s[i] = z ^ (z >> 31);
    }
    return rng;
}

static inline uint64_t rng_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_next(Rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rng_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotate(s[3], 45);
    return result;
}

/* Uniform in 0 .. bound-1; bound > 0. */
static inline uint64_t rng_below(Rng *rng, uint64_t bound)
{
    uint64_t surplus = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound */
    uint64_t drawn;
    do
        drawn = rng_next(rng);
    while (drawn > UINT64_MAX - surplus);
    return drawn % bound; /* NOLINT(clang-analyzer-core.DivideZero): callers give a bound above 0 */
}

#endif
