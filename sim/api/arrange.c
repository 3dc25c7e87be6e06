#include "api/arrange.h"

#include "base/memory.h"

/* The next in lexicographic order; false, and back to the first, behind the last. */
static bool next_order(uint32_t *roles, uint32_t count)
{
    uint32_t i = count - 1;
    while (i > 0 && roles[i - 1] >= roles[i])
        i--;
    bool is_last = i == 0;
    if (!is_last) {
        uint32_t k = count - 1;
        while (roles[k] <= roles[i - 1])
            k--;
        uint32_t role = roles[k];
        roles[k] = roles[i - 1];
        roles[i - 1] = role;
    }
    for (uint32_t low = i, high = count - 1; low < high; low++, high--) {
        uint32_t role = roles[low];
        roles[low] = roles[high];
        roles[high] = role;
    }
    return !is_last;
}

static void sort(uint32_t *roles, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t k = i; k > 0 && roles[k - 1] > roles[k]; k--) {
            uint32_t role = roles[k];
            roles[k] = roles[k - 1];
            roles[k - 1] = role;
        }
}

/* The threads of a family that had a role, in order, go to those that have it now, in order. */
static void place(const uint32_t *before, const uint32_t *after, ThreadId first, uint32_t count, ThreadId *to)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t rank = 0, at = 0;
        for (uint32_t k = 0; k < i; k++)
            rank += before[first + k] == before[first + i];
        while (after[first + at] != before[first + i] || rank-- > 0)
            at++;
        to[first + i] = first + at;
    }
}

bool arrange_all(const Symmetry *symmetry, uint32_t thread_count, const uint32_t *roles, uint32_t most,
                 bool (*found)(void *context, const ThreadId *to), void *context)
{
    uint32_t families = symmetry == NULL ? 0 : symmetry_family_count(symmetry), count;
    uint32_t *now = mem_alloc(thread_count + 1, sizeof *now);
    ThreadId *to = mem_alloc(thread_count + 1, sizeof *to);
    bool is_all = now != NULL && to != NULL;
    for (ThreadId t = 0; is_all && t < thread_count; t++) {
        now[t] = roles[t];
        to[t] = t;
    }
    for (uint32_t f = 0; is_all && f < families; f++) {
        ThreadId first = symmetry_family(symmetry, f, &count);
        sort(now + first, count);
    }
    for (bool has_more = is_all; has_more && is_all;) {
        for (uint32_t f = 0; f < families; f++) {
            ThreadId first = symmetry_family(symmetry, f, &count);
            place(roles, now, first, count, to);
        }
        is_all = most-- > 0 && found(context, to);
        has_more = false;
        for (uint32_t f = 0; f < families && !has_more; f++) { /* like the digits of a number */
            ThreadId first = symmetry_family(symmetry, f, &count);
            has_more = next_order(now + first, count);
        }
    }
    mem_free(now);
    mem_free(to);
    return is_all;
}
