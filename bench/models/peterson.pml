/* Peterson's lock, two threads that take it for ever. Each read of the condition is a step. */
bit flag[2], turn;
byte inside;

active [2] proctype worker()
{
    byte seen;
    do
    :: flag[_pid] = 1;
       turn = 1 - _pid;
       do
       :: d_step { flag[1 - _pid] == 0 -> skip }; break
       :: d_step { flag[1 - _pid] == 1 -> skip };
          if
          :: d_step { turn == 1 - _pid -> skip }
          :: d_step { turn != 1 - _pid -> skip }; break
          fi
       od;
       inside = _pid + 1;
       d_step { seen = inside; seen = 0 };
       flag[_pid] = 0
    od
}
