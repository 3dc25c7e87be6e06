/* Producers and consumers with a ring of slots, two semaphores and a lock. */
#ifndef PRODUCERS
#define PRODUCERS 3
#endif
#ifndef CONSUMERS
#define CONSUMERS 3
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ITEMS
#define ITEMS 3
#endif
byte slot[CAPACITY], head, tail, vacant = CAPACITY, filled;
bit m;

active [PRODUCERS] proctype producer()
{
    byte round, at;
    do
    :: d_step { vacant > 0 -> vacant-- };
       d_step { !m -> m = 1 };
       at = head;
       slot[at] = _pid + 1;
       d_step { head = (at + 1) % CAPACITY; at = 0 };
       m = 0;
       if
       :: d_step { round + 1 < ITEMS -> filled++; round++ }
       :: d_step { round + 1 == ITEMS -> filled++; round = 0 }; break
       fi
    od;
end:
    false
}

active [CONSUMERS] proctype consumer()
{
    byte round, at, item;
    do
    :: d_step { filled > 0 -> filled-- };
       d_step { !m -> m = 1 };
       at = tail;
       d_step { item = slot[at]; item = 0 };
       d_step { tail = (at + 1) % CAPACITY; at = 0 };
       m = 0;
       if
       :: d_step { round + 1 < ITEMS -> vacant++; round++ }
       :: d_step { round + 1 == ITEMS -> vacant++; round = 0 }; break
       fi
    od;
end:
    false
}
