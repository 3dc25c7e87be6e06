# snarl export c: a golden program, hostile names and texts, what is refused, files that cannot be written.
. "$(dirname "$0")/lib.sh"
root=$here/../..
golden=$root/tests/golden

# The part of the program that comes from the scenario.
scenario_part() { sed -n '/--- the scenario \*\//,$p' "$1"; }
golden_is() {
    if [ -n "${SNARL_UPDATE_GOLDEN:-}" ]; then
        cp "$2" "$golden/$1"
    fi
    diff -u "$golden/$1" "$2" || { echo "FAILED: $last: differs from tests/golden/$1"; failures=$((failures + 1)); }
}
for name in races/lost_update deadlocks/ab_ba conditions/bounded_buffer queues/select_else; do
    expect 0 export c "../scenarios/$name.snarl" -o program.c
    empty out
    scenario_part program.c >part.c
    golden_is "export_$(basename "$name").c" part.c
done
expect 0 export c ../scenarios/races/lost_update.snarl --schedule 'A B B A'
contains out '{"B", 1, 1}, // step 3, line 12' 'Schedule  A B B A' 'lost update on counter; schedule: A B B A' 'outcome 1: counter = 1'
"$snarl" export c ../scenarios/races/lost_update.snarl >twice 2>err
"$snarl" export c ../scenarios/races/lost_update.snarl | cmp - twice || failures=$((failures + 1))

# A scenario is data: nothing in it ends a comment or a string, and no name is anybody else's.
cat >hostile.snarl <<'END'
// */ int main(void) { return 7; } /* \
shared int = 1, printf = 2, main_ = 3, threads = 4, me = 5, t = 6, счётчик = 7, 计 = 8, k[2] = {1, 2}, all1, step1, while_
atomic errno, stdin, EOF, linux, i386, value1, read1
mutex static, fn_f, thread_A
shared pthread_create, thread_count, _Exit, sem_a, s_sem_a, INT64_MAX, size_t
fn exp(auto, x) { print "\"); exit(7); // \\ %s%n%d */ ??/ ??' ", auto, x; return auto + x }
thread struct, volatile {
    local int_ = int, double = printf, read2 = k[1] // */ return; /*
    with static { t = exp(int_, double) }; with fn_f { skip } ; with thread_A { skip } // \
    assert t == 3, "\"); abort(); (\" ??/"
    local pthread_self = pthread_create + thread_count + _Exit + sem_a + s_sem_a + INT64_MAX
    size_t = pthread_self
    linux = read1 + value1 + step1; счётчик += 计; while_ = all1 + main_ + threads + me; errno = stdin + EOF + i386
}
finally int == 1 && k[0] == 1 /* */ && счётчик >= 7
outcome k, output
END
expect 0 export c hostile.snarl --max-states 500 -q -o hostile.c
lacks hostile.c 'return 7; }'
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null 2>&1 || continue
    for standard in c17 gnu17; do
        "$compiler" -std=$standard -O2 -Wall -Wextra -Wpedantic -Werror -pthread hostile.c -o hostile || {
            echo "FAILED: $compiler -std=$standard hostile.c"
            failures=$((failures + 1))
            continue
        }
    done
    timeout 60 ./hostile >ran || failures=$((failures + 1))
    contains ran '"); exit(7); // \ %s%n%d */ ??/ ??' '# end: ok' 'holds'
done

# helgrind sees the two orders of the locks: with the schedule of an execution that ends, in every run.
if command -v gcc >/dev/null 2>&1 && command -v valgrind >/dev/null 2>&1; then
    expect 0 export c ../scenarios/deadlocks/ab_ba.snarl --schedule 'T1 T1 T1 T1 T2 T2 T2 T2' -o ab_ba.c
    gcc -g -O1 -pthread ab_ba.c -o ab_ba || failures=$((failures + 1))
    timeout 60 valgrind --tool=helgrind ./ab_ba >ran 2>helgrind
    contains ran '# end: ok'
    contains helgrind 'violated' 'inside data symbol "a"' 'inside data symbol "b"'
fi

# What cannot be, with its place.
printf 'semaphore s = 1\nthread A { destroy s }\n' >destroy.snarl
expect 2 export c destroy.snarl
contains err 'destroy.snarl:2:12: error: `destroy` of anything but a mutex or a condition cannot be exported to C'
printf 'fn f(x) { skip }\nthread A { spawn f(1) }\nfinally f[0].x == 1\n' >member.snarl
expect 2 export c member.snarl
contains err 'member.snarl:1:6: error: a local of a spawned function that a property names cannot be exported to C'
empty out
expect 2 export c hostile.snarl --max-states 500 --schedule 'struct struct nobody'
contains err 'nobody'
expect 2 export c hostile.snarl --max-states 500 --schedule 'struct' --granularity statement
contains err '--granularity statement'
expect 2 export ada hostile.snarl
contains err 'cannot export to `ada`'
expect 2 export c
contains err 'usage: snarl export'
# A model for SPIN.
expect 0 export promela ../scenarios/deadlocks/ab_ba.snarl -o model.pml
sed 1d model.pml >part.pml # the first line has the file's name
golden_is export_ab_ba.pml part.pml
expect 2 export promela ../scenarios/deadlocks/ab_ba.snarl --schedule T1
contains err 'all interleavings'
printf 'shared x\nthread A { x = 1 }\nthread B { select { when await (x == 1) { skip } } }\n' >select.snarl
expect 2 export promela select.snarl
contains err 'select.snarl:3:12: error: the operation `select` cannot be exported to Promela'
expect 4 export c hostile.snarl --max-states 500 -o nowhere/at/all.c
contains err 'cannot write'
if [ -w /dev/full ]; then
    expect 4 export c hostile.snarl --max-states 500 -o /dev/full
    contains err 'cannot write'
fi
finish
