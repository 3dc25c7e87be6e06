/* Flanagan and Godefroid, "Dynamic partial-order reduction for model checking software", POPL 2005, figure 2. */
#ifndef THREADS
#define THREADS 6
#endif
#ifndef INODES
#define INODES 32
#endif
#ifndef BLOCKS
#define BLOCKS 26
#endif
#define I (_pid % INODES)
byte inode[INODES];
bit busy[BLOCKS], lock_inode[INODES], lock_block[BLOCKS];

active [THREADS] proctype worker()
{
    byte b;
    d_step { !lock_inode[I] -> lock_inode[I] = 1 };
    if
    :: d_step { inode[I] != 0 -> skip }
    :: d_step { inode[I] == 0 -> b = (I * 2) % BLOCKS };
       do
       :: d_step { !lock_block[b] -> lock_block[b] = 1 };
          if
          :: d_step { !busy[b] -> skip }; break
          :: d_step { busy[b] -> skip }
          fi;
          d_step { lock_block[b] = 0; b = (b + 1) % BLOCKS }
       od;
       busy[b] = 1;
       inode[I] = b + 1;
       d_step { lock_block[b] = 0; b = 0 }
    fi;
    lock_inode[I] = 0;
end:
    false
}
