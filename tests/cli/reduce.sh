# Reduced searches: when they begin, what they say, what they keep.
. "$(dirname "$0")/lib.sh"
table=../scenarios/classics/philosophers.snarl
spin=../scenarios/classics/peterson.snarl

# Below the limit everything is counted, beyond it nothing is, and a note says so.
expect 1 explore "$table" -D N=5 --max-counted 1743
contains out '66,468,720 interleavings · 1,743 states'
lacks out 'searched with'
expect 1 explore "$table" -D N=5 --max-counted 1742 --json
contains out '"complete": true' '"reduced": true' '"interleavings": null' 'more than 1,742 states (--max-counted)' \
    'keeps every finding and every outcome'
lacks out 'classes": "'
expect 1 explore "$table" -D N=5 --max-counted 1742
contains out '39 states'
lacks out ' interleavings ·'

# A limit that the user set is one.
expect 3 explore ../scenarios/classics/philosophers_ordered.snarl -D N=5 --max-states 100
contains out 'INCOMPLETE' '--max-states'

# Findings, schedules, outcomes: the same with each of them.
shown() {
    sed -e '/"findings"/,/"notes"/!d' -e '/"notes"/d' -e 's/"interleavings": [^,]*, "probability": [^,]*, "probability_exact": [^,}]*//'
}
"$snarl" explore "$table" --json | shown >whole
for reduction in all persistent sleep merge symmetry; do
    "$snarl" explore "$table" --reduce "$reduction" --json >part
    grep -q '"reduced": true' part || { echo "FAILED: $reduction reduces nothing"; failures=$((failures + 1)); }
    shown <part >shown_part
    cmp whole shown_part || { echo "FAILED: --reduce $reduction: other findings"; failures=$((failures + 1)); }
    [ "$(wc -l <whole)" -gt 5 ] || { echo "FAILED: no findings to compare"; failures=$((failures + 1)); }
done

# Executions without end: all states, as before, and a note where reductions were asked for.
expect 0 explore "$spin" --reduce all
contains out 'infinitely many interleavings' '--reduce: not possible here'
expect 0 explore "$spin" --max-counted 5
contains out 'infinitely many interleavings'
lacks out '--reduce'

# Where the hunt for easier schedules is cut short, that is said.
expect 1 explore "$table" -D N=5 --max-counted 100 --json
contains out '"easiest": false' 'may not be the easiest'

finish
