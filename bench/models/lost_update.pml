/* Threads that count in a shared variable without a lock. */
#ifndef THREADS
#define THREADS 4
#endif
#ifndef ROUNDS
#define ROUNDS 4
#endif
byte counter;

active [THREADS] proctype worker()
{
    byte round, t;
end:
    do
    :: d_step { round < ROUNDS -> t = counter };
       d_step { counter = t + 1; t = 0; round++ }
    od
}
