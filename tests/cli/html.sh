# html: one page, where it goes, what is refused, and what is left behind when it fails.
. "$(dirname "$0")/lib.sh"

"$snarl" new race >race.snarl
"$snarl" html race.snarl >out 2>err
if grep -q 'built without Graphviz' err; then
    exit 77
fi
expect 0 html race.snarl
contains out '<!DOCTYPE html>' "default-src 'none'" 'id="data"' '</html>'
expect 0 html race.snarl -o page.html --theme dark --lang ru
empty out
contains page.html '<html lang="ru" data-theme="dark">' 'Находки'
expect 0 html race.snarl --finding 1 -o other.html
cp other.html before.html
expect 2 html race.snarl --finding 99 -o other.html
contains err 'there is no finding 99'
expect 2 html
expect 2 html race.snarl --format svg
expect 4 html no_such.snarl -o none.html
expect 4 html race.snarl -o no/such/page.html
contains err 'cannot write'
mkdir folder
expect 4 html race.snarl -o folder
if [ -c /dev/full ]; then
    expect 4 html race.snarl -o /dev/full
    "$snarl" html race.snarl >/dev/full 2>err
    [ $? -eq 4 ] || { echo "FAILED: a full device is no error"; failures=$((failures + 1)); }
fi
cmp -s other.html before.html || { echo "FAILED: a failure changed the page"; failures=$((failures + 1)); }
expect 0 html race.snarl --seconds 200ms
contains out '"stress":{"runs":' '"runs":'
# what was not explored is said on the page
expect 3 html race.snarl --max-states 2
contains out 'stopped at 2 states (--max-states)' '"map":null'
ls | grep -v -E '^(race\.snarl|page\.html|other\.html|before\.html|folder|out|err|left)$' >left
empty left
finish
