/* Pairs of threads that take the same two locks in opposite order. */
#ifndef PAIRS
#define PAIRS 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define LOCK(i) d_step { !m[i] -> m[i] = 1 }
bit m[2 * PAIRS];

active [2 * PAIRS] proctype worker()
{
    byte round;
    do
    :: d_step { !m[_pid] -> m[_pid] = 1 };
       LOCK(_pid ^ 1);
       m[_pid ^ 1] = 0;
       if
       :: d_step { round + 1 < ROUNDS -> m[_pid] = 0; round++ }
       :: d_step { round + 1 == ROUNDS -> m[_pid] = 0; round = 0 }; break
       fi
    od;
end:
    false
}
