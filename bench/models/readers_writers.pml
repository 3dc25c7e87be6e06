/* Readers and writers with a reader-writer lock. */
#ifndef READERS
#define READERS 3
#endif
#ifndef WRITERS
#define WRITERS 3
#endif
#ifndef ROUNDS
#define ROUNDS 3
#endif
byte readers, value;
bit writing;

active [READERS] proctype reader()
{
    byte round, seen;
    do
    :: d_step { !writing -> readers++ };
       d_step { seen = value; seen = 0 };
       if
       :: d_step { round + 1 < ROUNDS -> readers--; round++ }
       :: d_step { round + 1 == ROUNDS -> readers--; round = 0 }; break
       fi
    od;
end:
    false
}

active [WRITERS] proctype writer()
{
    byte round;
    do
    :: d_step { !writing && readers == 0 -> writing = 1 };
       value = _pid - READERS + 1;
       if
       :: d_step { round + 1 < ROUNDS -> writing = 0; round++ }
       :: d_step { round + 1 == ROUNDS -> writing = 0; round = 0 }; break
       fi
    od;
end:
    false
}
