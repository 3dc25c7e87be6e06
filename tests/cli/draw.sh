# draw: which picture, which format, and what is refused.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
"$snarl" new mutex >mutex.snarl
"$snarl" new deadlock >deadlock.snarl
"$snarl" draw schedule race.snarl >out 2>err
if grep -q 'built without Graphviz' err; then
    exit 77
fi
expect 0 draw schedule race.snarl
contains out 'graph' 'inc[0]'
expect 0 draw waits deadlock.snarl
contains out 'T1' 'T2'
expect 1 draw waits race.snarl
contains err 'no deadlock found'
empty out
expect 0 draw schedule mutex.snarl
contains out 'graph'
expect 0 draw schedule race.snarl --outcome 1
expect 0 draw schedule race.snarl --kind 'data race'
expect 0 draw schedule race.snarl --schedule 'inc[1] inc[0]'
expect 2 draw schedule race.snarl --schedule 'nobody'
expect 2 draw schedule race.snarl --finding 99
expect 2 draw schedule race.snarl --finding 1 --outcome 1
expect 2 draw schedule race.snarl --page 99
expect 2 draw scedule race.snarl
contains err 'did you mean `schedule`?'
expect 2 draw locks race.snarl
expect 2 draw schedule race.snarl -o picture.gif
for format in svg pdf png dot; do
    expect 0 draw schedule race.snarl -o "picture.$format" --theme dark
    empty out
    [ -s "picture.$format" ] || { echo "FAILED: picture.$format"; failures=$((failures + 1)); }
done
expect 0 draw schedule race.snarl --format svg
contains out '<svg'
expect 4 draw schedule race.snarl -o no/such/folder/picture.svg
contains err 'no/such/folder'
finish
