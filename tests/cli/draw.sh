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
contains err 'nothing to draw'
expect 2 draw timeline race.snarl
expect 3 draw outcomes race.snarl --max-states 1
contains err 'no execution came to an end before the limit'
expect 0 draw order race.snarl
contains out 'To draw it: neato -n2' 'no order: data race'
expect 0 draw states deadlock.snarl
contains out 'To draw it: dot -Tsvg' 'label=DL'
expect 3 draw states deadlock.snarl --max-states 5
contains err 'more than the 5' '--path'
expect 0 draw states deadlock.snarl --max-states 100 --path
expect 2 draw waits deadlock.snarl --path
expect 2 draw waits deadlock.snarl --beamer
expect 2 draw frames race.snarl
contains err 'name one with -o'
expect 0 draw frames race.snarl -o frames.pdf --beamer
contains out 'includegraphics<1>[page=1,'
expect 0 draw frames race.snarl -o film.svg --beamer
contains out '{film-02.svg}'
[ -s film-01.svg ] || { echo "FAILED: no film-01.svg"; failures=$((failures + 1)); }
expect 4 draw frames race.snarl -o no/such/film.svg
expect 0 draw outcomes race.snarl -o outcomes.svg
expect 0 draw outcomes race.snarl --seconds 0.2
contains out 'runs of real threads'
expect 2 draw outcomes race.snarl --schedule A
# many outcomes take several pages, each of which can be drawn
cat >many.snarl <<'END'
shared x[4]
thread A { x[choose(0..4)] = choose(1..10) }
END
expect 0 draw outcomes many.snarl -o first.dot
contains err 'the outcomes take' 'this is the first'
expect 0 draw outcomes many.snarl --page 2 --lang ru
contains out 'стр. 2 из'
cmp -s out first.dot && { echo "FAILED: the second page is the first"; failures=$((failures + 1)); }
expect 2 draw outcomes many.snarl --page 99
contains err 'there is no page 99; the outcomes take'
expect 2 draw schedule race.snarl --seconds 1
expect 0 draw schedule race.snarl --lang ru --size page
contains out 'начало'
expect 0 draw --all album race.snarl --format dot
contains album/index.html '01-data-race-order.dot' '01-data-race-frames.pdf' 'all-outcomes.dot'
[ "$(grep -c 'lost-update-order' album/index.html)" -eq 1 ] || { echo "FAILED: --all: no order of the lost update"; failures=$((failures + 1)); }
head -c 4 album/01-data-race-frames.pdf | grep -q '%PDF' || { echo "FAILED: --all: the frames are no PDF"; failures=$((failures + 1)); }
expect 2 draw --all album schedule race.snarl
expect 2 draw --all album race.snarl -o x.svg
expect 4 draw --all no/such/album race.snarl
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
# a limit before anything was found
expect 3 draw schedule --max-states 2 ../scenarios/deadlocks/ab_ba.snarl
contains err 'not all explored'
expect 3 html --max-memory 1k ../scenarios/deadlocks/ab_ba.snarl
contains err 'too little to begin'
finish
