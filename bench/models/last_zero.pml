/* Writers that each read their neighbour's element, and a reader that looks for the last zero. */
#ifndef WRITERS
#define WRITERS 11
#endif
byte array[WRITERS + 1];

active [WRITERS] proctype writer()
{
    byte left;
    left = array[_pid];
    d_step { array[_pid + 1] = left + 1; left = 0 };
end:
    false
}

active proctype reader()
{
    byte i = WRITERS;
    do
    :: d_step { array[i] != 0 -> i-- }
    :: d_step { array[i] == 0 -> i = 0 }; break
    od;
end:
    false
}
