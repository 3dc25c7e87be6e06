#!/usr/bin/python3
"""The page of `snarl html` in headless Chromium: keys, deep links, choosing the next thread, themes, print, hostile text,
no request, no message on the console. Usage: page.py --snarl PROGRAM. Exits with 77 where Chromium or selenium is missing."""
import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("page: python3-selenium is not installed")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

HOSTILE = r"""// </script><script>document.title="pwned"</script><img src=x onerror="document.title='pwned'"> < \back &amp; "q" 'q'
// <!-- <script> is open
shared Счётчик_попаданий_на_главную_страницу = 0
thread Читатель { print "</script><b>&\"\\N ${1+1} `x`"
    Счётчик_попаданий_на_главную_страницу += 1
}
thread B {
    Счётчик_попаданий_на_главную_страницу += 1
    assert Счётчик_попаданий_на_главную_страницу == 1, "</script><img src=x onerror=\"document.title='pwned'\"></title>"
}
"""

# four threads, each with more than seven steps, in one line of dependence: the finding has at least 30 steps
LONG = """shared a = 0
mutex m
thread T[4] {
    local i = 0
    while (i < 3) { lock m
        a = a + 1
        unlock m
        i = i + 1
    }
}
thread last { join T[0]
    join T[1]
    join T[2]
    join T[3]
    assert a == 0, "they have all counted"
}
"""


# four threads, each with seven steps, many outcomes: as many executions on the page as fit
MANY = """shared total = 0, seen[2]
mutex m
thread a_worker_with_a_name[4] {
    repeat 2 {
        local t = total
        total = t + 1
    }
    with m { seen[self % 2] = self }
}
finally total == 8
"""


class Failure(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(w) for w in what))


def equal(got, wanted, what):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


class Page:
    """A browser, and the pages that it is shown."""

    def __init__(self, snarl, folder):
        self.snarl, self.folder = snarl, folder
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1456,950"):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={folder}/profile")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.binary_location = shutil.which("chromium")
        self.browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.opened = set()

    def make(self, scenario, name, *arguments):
        path = os.path.join(self.folder, name + ".html")
        subprocess.run([self.snarl, "html", scenario, "-o", path, *arguments], check=True)
        return path

    def lesson(self, name, *arguments):
        return self.make(os.path.join(ROOT, "scenarios", name + ".snarl"), os.path.basename(name) + "-".join(arguments).replace("=", "_"), *arguments)

    def open(self, path, link=""):
        self.browser.get("about:blank")
        self.opened.add("file://" + path)
        self.browser.get("file://" + path + link)

    def keys(self, *keys):
        for key in keys:
            ActionChains(self.browser).send_keys(getattr(Keys, key, key) if len(key) > 1 else key).perform()

    def js(self, script):
        return self.browser.execute_script("return " + script)

    def wait(self, condition, what):
        end = time.monotonic() + 20
        while not self.js(condition):
            check(time.monotonic() < end, what)
            time.sleep(0.05)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.js(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent).join(' ')")

    def at(self):
        return self.js("page.at")

    def link(self):
        return self.js("location.hash")

    def quiet(self):
        """No message on the console, and nothing was asked of anybody."""
        messages = [m["message"] for m in self.browser.get_log("browser")]
        check(not messages, "console:", messages)
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"].split("#")[0]
                check(url.startswith(("data:", "about:", "chrome:")) or url in self.opened, "a request:", url)

    def close(self):
        self.browser.quit()


# ------------------------------------------------------------------------ the tests


def test_keys(page):
    page.open(page.lesson("races/lost_update"), "#finding=3&step=0")
    equal(page.at(), 0, "the link's step")
    page.keys("ARROW_RIGHT", "ARROW_RIGHT")
    equal(page.at(), 2, "two steps on")
    equal(page.text(".steps li.now .who"), "B", "who stepped")
    equal(page.text(".code li.current code").strip(), "local t = counter", "the marked line")
    page.keys("ARROW_LEFT")
    equal(page.at(), 1, "one back")
    page.keys("END")
    equal(page.at(), 4, "the end")
    check("lost update" in page.text(".nowbox"), "the end tells of the lost update:", page.text(".nowbox"))
    page.keys("ARROW_RIGHT")
    equal(page.at(), 4, "there is nothing behind the end")
    page.keys("HOME")
    equal(page.at(), 0, "the start")
    page.keys("e")
    equal(page.at(), 4, "the error")
    page.keys("PAGE_UP")
    equal(page.at(), 2, "the context switch before")
    page.keys("PAGE_DOWN")
    equal(page.at(), 4, "the context switch after")
    page.keys("HOME", "g")
    check(page.js("document.querySelector('svg.lanes').classList.contains('ghost')"), "the ghost")
    check("step=0" in page.link() and "finding=3" in page.link(), "the link follows:", page.link())
    page.keys("]")
    equal(page.js("page.run.origin.index"), 4, "the next finding")
    page.keys("[")
    equal(page.js("page.run.origin.index"), 3, "the finding before")
    for key, view in (("s", "space"), ("w", "waits"), ("l", "schedule")):
        page.keys(key)
        equal([v.get_attribute("id") for v in page.find(".view") if v.is_displayed()], ["view-" + view], "the view of " + key)
    page.keys("?")
    check(page.find("dialog.help")[0].is_displayed(), "help opens")
    page.keys("ESCAPE")
    check(not page.find("dialog.help")[0].is_displayed(), "help closes")
    page.keys("HOME", "SPACE")
    page.wait("page.at > 0", "it plays")
    page.keys("SPACE")


def test_links(page):
    path = page.lesson("races/lost_update")
    page.open(path, "#outcome=2&step=3&view=space&theme=dark")
    equal((page.at(), page.js("page.run.origin.kind"), page.js("page.view")), (3, "outcome", "space"), "a link to an outcome")
    equal(page.js("getComputedStyle(document.body).backgroundColor"), "rgb(21, 25, 30)", "a link to the dark theme")
    page.open(path, "#schedule=B%20A*2%20B&step=3")
    equal(page.js("page.run.steps.map((s) => threadName(s.thread)).join(' ')"), "B A A B", "a link to a schedule")
    equal(page.at(), 3, "and its step")
    page.browser.execute_script("location.hash = '#finding=1&step=1'")
    page.wait("page.at === 1 && page.run.origin.index === 1", "a link on the page itself")
    page.open(path, "#finding=99&step=7&schedule=nobody")
    check(page.js("page.run !== null"), "a wrong link shows something")


def test_driving(page):
    """The counts that the page tells are those of the library, and add up."""
    scenario = os.path.join(ROOT, "scenarios/races/lost_update.snarl")
    told = json.loads(subprocess.run([page.snarl, "explore", "--json", scenario], capture_output=True).stdout)
    page.open(page.lesson("races/lost_update"), "#finding=3&step=0")
    check(f"Interleavings from here: {told['interleavings']}" in page.text(".ahead"), page.text(".ahead"))
    check("4 of 6 lose an update" in page.text(".ahead"), "four of six:", page.text(".ahead"))
    leads = page.text(".card .lead")
    equal(leads.count("2 of 3 lose an update"), 2, "each of the two first steps: " + leads)
    page.keys("2")
    equal(page.link().split("&")[0], "#schedule=B", "a run of one's own")
    check("2 of 3 lose an update" in page.text(".ahead"), page.text(".ahead"))
    page.find('.card[data-thread="1"] .move')[0].click()
    check("none of them lose an update" in page.text(".ahead"), "B B is safe:", page.text(".ahead"))
    page.keys("ARROW_LEFT", "1")
    check("2 of 2 lose an update" in page.text(".ahead") and "no good end" in page.text(".ahead"), "B A is lost:", page.text(".ahead"))
    page.keys("1")
    page.keys("ARROW_RIGHT")  # only one step is left
    equal(page.at(), 4, "the run has ended")
    check("counter = 1" in page.text(".badge"), "its end is told:", page.text(".badge"))
    check("happened at step 4" in page.text(".ahead"), page.text(".ahead"))
    equal(len(page.find(".card .move")), 0, "nobody can step at the end")
    # every state: what lies ahead of it is the sum of what lies ahead of its steps
    for lesson in ("deadlocks/ab_ba", "classics/philosophers"):
        page.open(page.lesson(lesson))
        wrong = page.js("""D.map.map((p, s) => place(s)).filter((p) => p.moves.length > 0 &&
            (BigInt(p.ahead.all) !== p.moves.map((m) => BigInt(place(m.to).ahead.all)).reduce((a, b) => a + b) ||
             D.kinds.some((k, i) => p.findings.length === 0 && p.moves.every((m) => m.findings.length === 0) &&
               BigInt(text(p.ahead.kinds[i])) !== p.moves.map((m) => BigInt(text(place(m.to).ahead.kinds[i]))).reduce((a, b) => a + b))))
            .map((p) => p.state)""")
        equal(wrong, [], lesson + ": states whose counts do not add up")


def test_deadlock(page):
    page.open(page.lesson("deadlocks/ab_ba"), "#finding=1&view=waits")
    check("T1 → b → T2 → a → T1" in page.text(".view.waits .sentence"), page.text(".view.waits .sentence"))
    equal(len(page.find(".view.waits .node.bad")), 4, "two threads and two locks in the ring")
    equal(len(page.find(".view.waits .edge.bad")), 4, "their edges")
    page.keys("s")
    equal(len(page.find(".view.space .state")), page.js("D.map.length"), "all states are drawn")
    equal(len(page.find(".view.space .state.deadlock")), 1, "one of them is the deadlock")
    page.find('.view.space .state[data-state="1"]')[0].click()
    equal(page.js("page.run.places[page.at].state"), 1, "a click goes to a state")
    good = page.js("D.map.findIndex((p) => p[4] === 0)")
    page.browser.execute_script(f"goToState({good})")
    equal(page.js("page.run.end"), 0, "and to one that the run does not pass")
    page.keys("l")
    equal(len(page.find(".lanes .waiting")), 0, "nobody waits at the good end")
    check("✓" in page.text(".badge"), page.text(".badge"))


def test_themes(page):
    def background():
        return page.js("getComputedStyle(document.body).backgroundColor")

    def prefers(scheme):
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    light, dark = "rgb(255, 255, 255)", "rgb(21, 25, 30)"
    page.open(page.lesson("deadlocks/ab_ba"))
    prefers("dark")
    equal(background(), dark, "the reader's system is dark")
    prefers("light")
    equal(background(), light, "the reader's system is light")
    page.keys("d")
    equal(background(), dark, "the key d")
    check("theme=dark" in page.link(), page.link())
    page.open(page.lesson("deadlocks/ab_ba", "--theme=dark"))
    equal(background(), dark, "--theme dark")
    page.keys("d")
    equal(background(), light, "the key d again")
    prefers("")


def test_print(page):
    page.open(page.lesson("races/lost_update"), "#finding=3&step=1&theme=dark")
    hidden = "[...document.querySelectorAll('.lanes .row')].filter((r) => getComputedStyle(r).visibility === 'hidden').length"
    check(page.js(hidden) > 0, "what comes later is hidden on the screen")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    equal(page.js(hidden), 0, "all steps are on paper")
    equal(page.js("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)", "paper is white")
    check(not page.find("footer.bar")[0].is_displayed(), "no buttons on paper")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    pdf = base64.b64decode(page.browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    check(1 <= pages <= 4, "pages on paper:", pages)


def test_hostile(page):
    scenario = os.path.join(page.folder, "<b>\"evil'&.snarl")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(HOSTILE)
    for language in ("en", "ru"):
        page.open(page.make(scenario, "hostile-" + language, "--lang", language))
        page.keys("HOME", "ARROW_RIGHT", "w", "s", "l", "END")
        check("pwned" not in page.js("document.title"), "the title was changed")
        equal(page.js("document.querySelectorAll('script').length"), 2, "scripts")
        equal(page.js("document.querySelectorAll('img, iframe, object, b b').length"), 0, "elements that came from the scenario")
        equal(page.js("D.source"), HOSTILE, "the source as it is")
        check(page.text(".code li:first-child code") == HOSTILE.split("\n")[0], "the first line as it is")
        check("<b>\"evil'&.snarl" in page.text(".file"), "the name as it is:", page.text(".file"))
        equal(page.js("document.documentElement.lang"), language, "the language")
    check("Находки" in page.text(".lists h2"), page.text(".lists h2"))
    missing = page.js("Object.keys(D.words).filter((k) => !/[а-яё]/i.test(D.words[k]) && /[a-z]{3}/.test(D.words[k]))")
    equal(missing, [], "words that are not translated")


def test_large(page):
    """No state space on the page: the runs can be followed all the same."""
    scenario = os.path.join(page.folder, "long.snarl")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(LONG)
    path = page.make(scenario, "long")
    page.open(path)
    equal(page.js("D.map"), None, "the state space is left out")
    steps, threads = page.js("page.run.steps.length"), page.js("D.threads.length")
    check(steps >= 30 and threads >= 4, "steps, threads:", steps, threads)
    check(os.path.getsize(path) < 150000, "the size:", os.path.getsize(path))
    page.keys("HOME", *["ARROW_RIGHT"] * 5)
    equal(page.at(), 5, "five steps on")
    check("too large" in page.text(".ahead"), page.text(".ahead"))
    equal(len(page.find(".card .move.scripted")), 1, "only the run's own step can be taken")
    page.find(".card .move.scripted")[0].click()
    equal(page.at(), 6, "it was taken")
    page.keys("END", "w")
    page.open(page.lesson("classics/philosophers", "-DN=6"), "#view=waits")
    equal(len(page.find(".view.waits .node.bad")), 12, "six philosophers, six forks")


def test_many(page):
    """Many executions stay within the size, and come back from their short form; who stands at a line hides no statement."""
    scenario = os.path.join(page.folder, "many.snarl")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(MANY)
    path = page.make(scenario, "many")
    check(os.path.getsize(path) < 150000, "the size:", os.path.getsize(path))
    page.open(path, "#outcome=1")
    check(page.js("page.run.steps.length") >= 28 and page.js("D.runs.length") > 20, "steps:", page.js("page.run.steps.length"))
    whole = page.js("""page.run.places.every((p) => p.values.length === D.objects.length && p.values.every((v) => typeof v === "string")
        && p.stands.length === 4 && Array.isArray(p.owners) && Array.isArray(p.cycles))""")
    check(whole, "places from their short form")
    total = page.js("page.run.places.map((p) => p.values[0])")
    check(total[0] == "0" and len(set(total)) > 2 and any(a == b for a, b in zip(total, total[1:])), "values:", total)
    check(page.js("page.run.localValues.every((row) => row.length === page.run.locals.length)"), "locals from their short form")
    page.keys("HOME")
    chips = page.js("""[...document.querySelectorAll('.code .chip')].map((c) => [c.textContent, c.title])""")
    equal([c[0] for c in chips], ["1", "2", "3", "4"], "numbers, where four names would hide the statement")
    check("a_worker_with_a_name[0]" in chips[0][1], chips[0])
    page.open(page.lesson("races/lost_update"), "#schedule=A")
    equal(page.js("[...document.querySelectorAll('.code .chip')].map((c) => c.textContent)"), ["B", "A"], "names where there is room")


def test_access(page):
    """For readers who hear the page, or have no mouse, or no scripts."""
    page.open(page.lesson("conditions/lost_wakeup"))
    nameless = page.js("""[...document.querySelectorAll('button, input, svg[role=img], [role=tabpanel], nav, aside > section')].filter((e) =>
        !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.textContent.trim())).length""")
    equal(nameless, 0, "elements without a name")
    equal(page.js("document.querySelectorAll('[aria-live=polite]').length"), 1, "one place that is read out")
    equal(page.js("document.querySelectorAll('[role=tab][aria-selected=true]').length"), 1, "one tab is selected")
    page.browser.execute_script("document.activeElement.blur()")
    seen = []
    for _ in range(40):
        page.keys("TAB")
        seen.append(page.js("(document.activeElement.closest('a.skip, nav, main, aside, footer') || document.body).className"))
    order = [area for i, area in enumerate(seen) if i == 0 or seen[i - 1] != area]
    equal(order[:4], ["skip", "left", "stage", "right"], "the order of the focus")
    path = page.lesson("races/lost_update")
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.open(path)
    check(page.find("#static")[0].is_displayed() and len(page.find("#static tbody tr")) == 4, "without scripts a table of the steps")
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    page.browser.set_window_rect(0, 0, 520, 900)
    page.open(path)
    check(page.js("document.documentElement.scrollWidth <= innerWidth + 1"), "a narrow window needs no scrolling sideways")
    page.keys("HOME", "ARROW_RIGHT")
    equal(page.at(), 1, "keys in a narrow window")
    page.browser.set_window_rect(0, 0, 1456, 950)


def test_same_bytes(page):
    first, second = (open(page.lesson("classics/smokers"), "rb").read() for _ in range(2))
    check(first == second, "two pages of one scenario differ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--snarl", required=True)
    parser.add_argument("--only", help="name of one test")
    arguments = parser.parse_args()
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("page: chromium or chromedriver is not installed")
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        page = Page(os.path.abspath(arguments.snarl), folder)
        try:
            for name, test in list(globals().items()):
                if not name.startswith("test_") or (arguments.only and name != "test_" + arguments.only):
                    continue
                begin = time.monotonic()
                try:
                    test(page)
                    page.quiet()
                    print(f"ok {name} ({time.monotonic() - begin:.1f} s)")
                except (Failure, subprocess.CalledProcessError) as failure:
                    failures += 1
                    print(f"FAILED {name}: {failure}")
        finally:
            page.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
