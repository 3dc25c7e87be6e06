/* Threads that have nothing in common. */
#ifndef THREADS
#define THREADS 6
#endif
#ifndef STEPS
#define STEPS 8
#endif
byte own[THREADS];
bit m[THREADS];

active [THREADS] proctype worker()
{
    byte i;
    d_step { !m[_pid] -> m[_pid] = 1 };
    do
    :: d_step { i < STEPS -> own[_pid] = i + 1; i++ }
    :: d_step { i == STEPS -> m[_pid] = 0; i = 0 }; break
    od;
end:
    false
}
