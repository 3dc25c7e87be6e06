# fmt: layout anew, comments kept, and stable.
. "$(dirname "$0")/lib.sh"

cat >messy.snarl <<'END'


//first
const N=3;shared  a [ 3 ]={1,2,3} ,x=- 1 // trailing
/* block
   comment */
mutex	m
thread   w [N]{
local t=a[ self ]   +1   // at its column


  if(t==2&&!(x<0)){x=- -t
    with m{ a[0]++ } // inside
        // before the brace
    }else  { skip;skip }
  for i in 0 .. N{ x=max( i ,
x ) }
  print "a  b",x;// end
}
finally x>=0&&a[0]!=- 1
expect  data   race
END
cat >neat.snarl <<'END'
// first
END
cat >wanted.snarl <<'END'
//first
const N = 3; shared a[3] = {1, 2, 3}, x = -1 // trailing
/* block
   comment */
mutex m
thread w[N] {
    local t = a[self] + 1 // at its column

    if (t == 2 && !(x < 0)) { x = - -t
        with m { a[0]++ } // inside
        // before the brace
    } else { skip; skip }
    for i in 0..N { x = max(i,
            x) }
    print "a  b", x; // end
}
finally x >= 0 && a[0] != -1
expect data race
END
cp messy.snarl work.snarl
expect 1 fmt --check work.snarl
contains out 'work.snarl'
expect 0 fmt work.snarl
contains out 'formatted work.snarl'
diff -u wanted.snarl work.snarl || { echo "FAILED: the layout"; failures=$((failures + 1)); }
expect 0 fmt --check work.snarl neat.snarl
"$snarl" fmt - <messy.snarl >out || failures=$((failures + 1))
cmp -s out wanted.snarl || { echo "FAILED: standard input"; failures=$((failures + 1)); }

# What cannot be read stays as it is.
printf 'shared x = "\n' >broken.snarl
cp broken.snarl before
expect 2 fmt broken.snarl
contains err 'broken.snarl:1:12: error: '
cmp -s broken.snarl before || failures=$((failures + 1))
expect 4 fmt no_such.snarl

# The lessons are formatted.
find ../scenarios/ -name '*.snarl' -exec "$snarl" fmt --check {} + || { echo "FAILED: snarl fmt these"; failures=$((failures + 1)); }
finish
