/* Dining philosophers, a lock for each fork. ORDERED = 1: everybody takes the fork with the lower number first. */
#ifndef N
#define N 7
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef ORDERED
#define ORDERED 0
#endif
#if ORDERED
#define FIRST (_pid == N - 1 -> 0 : _pid)
#define SECOND (_pid == N - 1 -> N - 1 : _pid + 1)
#else
#define FIRST _pid
#define SECOND ((_pid + 1) % N)
#endif
bit fork[N];

active [N] proctype philosopher()
{
    byte round;
    do
    :: d_step { !fork[FIRST] -> fork[FIRST] = 1 };
       d_step { !fork[SECOND] -> fork[SECOND] = 1 };
       fork[SECOND] = 0;
       if
       :: d_step { round + 1 < ROUNDS -> fork[FIRST] = 0; round++ }
       :: d_step { round + 1 == ROUNDS -> fork[FIRST] = 0; round = 0 }; break
       fi
    od;
end:
    false
}
