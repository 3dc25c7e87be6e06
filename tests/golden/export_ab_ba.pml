 *
 *   spin -a MODEL && gcc -O1 -DNOREDUCE -DSAFETY -o pan pan.c && ./pan -E -m1000000
 *
 * It prints a line for each end: END stop all-ended final value... ; all-ended 0 with stop 0 is a deadlock. */
#define ASSERTION 1
#define INVARIANT 2
#define MISUSE 3
#define RUNTIME_ERROR 4
#define ASSUME 5
#define BEYOND 6 /* 32 bits */
#define ADD_BAD(a, b) (((b) > 0 && (a) > 2147483647 - (b)) || ((b) < 0 && (a) < -2147483647 - (b)))
#define SUBTRACT_BAD(a, b) (((b) < 0 && (a) > 2147483647 + (b)) || ((b) > 0 && (a) < -2147483647 + (b)))
#define MULTIPLY_BAD(a, b) ((a) > 46340 || (a) < -46340 || (b) > 46340 || (b) < -46340)

byte stop;
int pc[3];
hidden int scratch;
hidden byte all_ended, final;
hidden int told[1];
int x3_0_a[1];
int x3_1_b[1];
int r0[1]; /* of thread 0 */
int r1[1]; /* of thread 1 */

active proctype thread0()
{
    do
    /* lock, line 9 */
    :: d_step { pc[0] == 1 && stop == 0 && x3_0_a[0] == 0 -> x3_0_a[0] = 1; pc[0] = 2 }
    /* lock, line 10 */
    :: d_step { pc[0] == 2 && stop == 0 && x3_1_b[0] == 0 -> x3_1_b[0] = 1; pc[0] = 3 }
    /* unlock, line 11 */
    :: d_step { pc[0] == 3 && stop == 0 -> if :: (x3_1_b[0] != 1) -> stop = MISUSE :: else -> x3_1_b[0] = 0; pc[0] = 4 fi }
    /* unlock, line 12 */
    :: d_step { pc[0] == 4 && stop == 0 -> if :: (x3_0_a[0] != 1) -> stop = MISUSE :: else -> x3_0_a[0] = 0; pc[0] = 0 fi }
    :: false -> skip
    od
}

active proctype thread1()
{
    do
    /* lock, line 16 */
    :: d_step { pc[1] == 1 && stop == 0 && x3_1_b[0] == 0 -> x3_1_b[0] = 2; pc[1] = 2 }
    /* lock, line 17 */
    :: d_step { pc[1] == 2 && stop == 0 && x3_0_a[0] == 0 -> x3_0_a[0] = 2; pc[1] = 3 }
    /* unlock, line 18 */
    :: d_step { pc[1] == 3 && stop == 0 -> if :: (x3_0_a[0] != 2) -> stop = MISUSE :: else -> x3_0_a[0] = 0; pc[1] = 4 fi }
    /* unlock, line 19 */
    :: d_step { pc[1] == 4 && stop == 0 -> if :: (x3_1_b[0] != 2) -> stop = MISUSE :: else -> x3_1_b[0] = 0; pc[1] = 0 fi }
    :: false -> skip
    od
}

/* What is done ahead of all steps. */
init
{
    d_step { if :: stop == 0 -> pc[0] = 1 :: else fi; if :: stop == 0 -> pc[1] = 1 :: else fi; skip };
    false
}

/* Tells each end: how it ended, whether `finally` holds, the outcome's values. */
active proctype teller()
{
    d_step { timeout -> all_ended = 1 && pc[0] == 0 && pc[1] == 0; final = 1;
        c_code { printf("END %d %d %d", (int)now.stop, (int)all_ended, (int)final); { int k; for (k = 0; k < 0; k++) printf(" %d", told[k]); } printf("\n"); } };
    false
}
