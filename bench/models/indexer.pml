/* Flanagan and Godefroid, "Dynamic partial-order reduction for model checking software", POPL 2005, figure 1: threads
 * that put messages into a shared hash table. With THREADS <= 11 and SIZE = 128 there is no collision. */
#ifndef THREADS
#define THREADS 5
#endif
#ifndef SIZE
#define SIZE 32
#endif
#ifndef MESSAGES
#define MESSAGES 4
#endif
#define W (k * 11 + _pid)
byte table[SIZE];

active [THREADS] proctype worker()
{
    byte k = 1, h = (11 + _pid) * 7 % SIZE;
end:
    do
    :: d_step { k <= MESSAGES && table[h] == 0 -> table[h] = W; k++; h = (k <= MESSAGES -> W * 7 % SIZE : 0) }
    :: d_step { k <= MESSAGES && table[h] != 0 -> h = (h + 1) % SIZE }
    od
}
