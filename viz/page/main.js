// The page: what is looked at, keys, deep links, themes, printing.

const page = { run: null, at: 0, view: "schedule", ghost: false, own: null, playing: null, drawing: null };
const parts = {};

function build() {
  const button = (name, sign, key, act) => el("button", { type: "button", id: `b-${name}`, "aria-label": word(name), title: `${word(name)} (${key})`, "aria-keyshortcuts": key, onclick: act }, sign);
  parts.title = el("h1");
  parts.verdict = el("p", { class: "badge" });
  parts.lists = el("div", { class: "lists" });
  parts.code = sourceList();
  parts.tabs = ["schedule", "waits", "space"].map((view) => el("button", { type: "button", role: "tab", id: `tab-${view}`, "aria-controls": `view-${view}`, onclick: () => look(view), disabled: view === "space" && !D.map, title: view === "space" && !D.map ? word("too_large", D.states) : null }, word(`tab_${view}`)));
  for (const view of ["schedule", "waits", "space"]) parts[view] = el("div", { id: `view-${view}`, class: `view ${view}`, role: "tabpanel", tabindex: "0", "aria-labelledby": `tab-${view}` });
  parts.next = el("div", { class: "next", role: "group", "aria-label": word("next_step") });
  parts.nextHead = el("h2", null, word("next_step"));
  parts.now = el("section", { class: "nowbox", "aria-live": "polite", "aria-atomic": "true", "aria-label": word("now") });
  for (const name of ["ahead", "variables", "locks", "threads", "small"]) parts[name] = el("div", { class: name });
  parts.notes = el("div", { class: "notes" });
  parts.steps = el("ol", { class: "steps" });
  parts.slider = el("input", { type: "range", min: "0", step: "1", "aria-label": word("step"), oninput: () => go(Number(parts.slider.value)) });
  parts.ticks = el("div", { class: "ticks", "aria-hidden": "true" });
  parts.place = el("output", { class: "place" });
  parts.play = button("play", word("play"), "Space", play);
  parts.help = el("dialog", { class: "help" }, el("h2", null, word("keys")), el("dl", null, KEYS.map(([keys, name]) => [el("dt", null, keys.map((k) => el("kbd", null, k))), el("dd", null, word(name))])),
    el("form", { method: "dialog" }, el("button", { type: "submit" }, word("close"))));
  const section = (name, body, isOpen) => el("details", { class: `panel p-${name}`, open: isOpen }, el("summary", null, word(name)), body);
  parts.panels = {
    ahead: section("ahead", parts.ahead, true), variables: section("variables", parts.variables, true), locks: section("locks", parts.locks, true),
    threads: section("threads", parts.threads, true), small: section("waits_now", parts.small, true), steps: section("steps", parts.steps, true),
  };
  document.body.classList.add("live");
  document.getElementById("app").append(
    el("a", { class: "skip", href: "#view-schedule" }, word("skip")),
    el("header", { class: "top" }, el("div", { class: "titles" }, parts.title, parts.verdict), el("p", { class: "file" }, el("span", { class: "mono" }, D.file), el("br"), figures())),
    el("nav", { class: "left", "aria-label": word("choose") }, parts.lists, el("h2", null, word("source")), parts.code),
    el("main", { class: "stage" }, el("div", { class: "tabs", role: "tablist" }, parts.tabs), parts.schedule, parts.waits, parts.space, el("div", { class: "choose" }, parts.nextHead, parts.next)),
    el("aside", { class: "right" }, parts.now, parts.notes, Object.values(parts.panels)),
    el("footer", { class: "bar" }, button("first", "|◀", "Home", () => go(0)), button("back", "◀", "ArrowLeft", () => go(page.at - 1)), parts.play,
      button("forward", "▶", "ArrowRight", forward), button("last", "▶|", "End", () => go(page.run.steps.length)),
      el("div", { class: "slide" }, parts.slider, parts.ticks), parts.place,
      button("ghost", word("ghost_short"), "g", ghost), button("dark", word("dark_short"), "d", dark), button("help", "?", "?", () => parts.help.showModal())),
    parts.help);
  refill(parts.lists, choiceLists(choose));
}

const KEYS = [[["←", "→"], "key_step"], [["Home", "End"], "key_ends"], [["Space"], "play"], [["PgUp", "PgDn"], "key_switch"], [["e"], "key_error"], [["1", "…", "9"], "key_thread"], [["[", "]"], "key_finding"],
  [["s", "w", "l"], "key_view"], [["g"], "ghost"], [["d"], "dark"], [["?"], "help"]];

function figures() {
  const parts = [word(D.complete ? "states" : "states_so_far", count(String(D.states)))];
  if (D.interleavings >= 0) parts.push(word("interleavings", count(text(D.interleavings))));
  return [parts.join(" · "), D.stopped >= 0 ? el("div", { class: "stopped" }, `… ${text(D.stopped)}`) : null];
}

// ------------------------------------------------------------------ what is looked at

const loaded = new Map();

function choose(kind, index, at) {
  if (kind === "own") {
    if (!page.own) return;
    page.run = page.own;
  } else {
    const item = (kind === "finding" ? D.findings : D.outcomes)[index - 1];
    if (!item || item.run < 0) return;
    const key = `${kind} ${index}`;
    if (!loaded.has(key)) loaded.set(key, loadRun(item.run, { kind, index }));
    page.run = loaded.get(key);
  }
  stop();
  page.at = Math.min(Math.max(0, at === undefined ? page.run.steps.length : at), page.run.steps.length);
  draw();
}

// One interleaving, where nothing was found and no outcome has a run.
function chooseFirst(at) {
  if (D.first >= 0) choose("finding", D.first + 1, at);
  else if (D.outcomes.length > 0) choose("outcome", 1, at);
  else { page.run = loadRun(0, { kind: "run", index: 1 }); page.at = page.run.steps.length; draw(); }
}

function go(at) {
  page.at = Math.min(Math.max(0, at), page.run.steps.length);
  update();
}

// On the run's way; at the end of the student's own run where only one step is possible, that one.
function forward() {
  const moves = page.run.places[page.at].moves;
  if (page.at < page.run.steps.length) go(page.at + 1);
  else if (moves.length === 1) take(moves[0]);
}

// A chosen step: along the run if it is the same, else a run of one's own.
function take(move) {
  const next = page.run.steps[page.at];
  if (move === null || (next && next.thread === move.step.thread && next.choice === move.step.choice)) { go(page.at + 1); return; }
  page.own = branch(page.run, page.at, move);
  page.run = page.own;
  page.at++;
  draw();
}

function takeThread(t) {
  const moves = page.run.places[page.at].moves.filter((m) => m.step.thread === t);
  const next = page.run.steps[page.at];
  if (!D.map && next && next.thread === t) go(page.at + 1);
  else if (moves.length > 0) take(moves.find((m) => next && m.step.choice === next.choice && next.thread === t) || moves[0]);
}

// To a state of the state space: on the run if it lies there, else the shortest way from here, else from the start.
function goToState(state) {
  const known = page.run.places.findIndex((p) => p.state === state);
  if (known >= 0) { go(known); return; }
  let moves = wayTo(page.run.places[page.at].state, state), from = page.at;
  if (moves === null) { moves = wayTo(0, state); from = 0; }
  if (moves === null) return;
  for (const move of moves) {
    page.own = branch(page.run, from, move);
    page.run = page.own;
    from++;
  }
  page.at = from;
  draw();
}

function look(view) {
  if (view === "space" && !D.map) return;
  page.view = view;
  update();
}

// -------------------------------------------------------------------------- drawing

function draw(paper) {
  const width = paper || parts.schedule.clientWidth - 4;
  page.drawing = drawLanes(page.run, Math.max(320, width));
  refill(parts.schedule, laneHeads(page.drawing), page.drawing.root);
  page.drawing.root.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row && row.dataset.row) go(Number(row.dataset.row));
  });
  parts.slider.max = String(page.run.steps.length);
  refill(parts.ticks, page.run.steps.map((s, i) => (isSwitch(page.run, i) ? el("i", { style: `left:${((i + 1) / Math.max(1, page.run.steps.length)) * 100}%` }) : null)));
  parts.title.textContent = page.run.title;
  parts.verdict.className = `badge ${page.run.isBad ? "bad" : page.run.end === RUNNING ? "open" : "good"}`;
  parts.verdict.textContent = `${page.run.isBad ? "✗" : page.run.end === RUNNING ? "…" : "✓"} ${page.run.verdict}`;
  document.title = `${page.run.title} – ${D.file}`;
  for (const item of parts.lists.querySelectorAll(".choice")) {
    const isChosen = item.dataset.kind === page.run.origin.kind && Number(item.dataset.index) === page.run.origin.index;
    item.classList.toggle("chosen", isChosen);
    item.setAttribute("aria-pressed", String(isChosen));
    if (isChosen) keepInView(parts.lists, item);
  }
  refill(parts.steps, stepsPanel(page.run, page.at, go));
  update();
}

function update() {
  const { run, at } = page, p = run.places[at];
  showSteps(page.drawing.root, at, page.ghost);
  refill(parts.now, nowPanel(run, at));
  parts.now.classList.toggle("bad", run.notes.some((n) => n.offender && n.at === at - 1) || (at === run.steps.length && run.isBad));
  const told = run.notes.map((n, k) => ({ n, k })).filter(({ n }) => n.at < at - 1);
  refill(parts.notes, told.map(({ n, k }) => el("p", { class: "note" }, el("span", { class: "badge-number" }, String(k + 1)), n.text)));
  refill(parts.ahead, aheadPanel(run, at));
  for (const [name, body] of [["variables", variablesPanel(run, at)], ["locks", locksPanel(run, at)], ["threads", threadsPanel(run, at)]]) {
    refill(parts[name], body);
    parts.panels[name].hidden = body === null;
  }
  const helpers = at === run.steps.length ? run.helpers : [];
  const anyWait = p.stands.some((s) => s && s.state === BLOCKED && (s.object >= 0 || s.target >= 0));
  parts.panels.small.hidden = !anyWait || page.view === "waits";
  if (anyWait) refill(parts.small, drawWaits(p, helpers, 320, 210), el("p", { class: `sentence${p.cycles.length || p.end === 1 ? " bad" : ""}` }, waitsSentence(p)));
  const isOver = p.end !== RUNNING && p.stands.length > 4; // the table of threads says why nobody goes on
  refill(parts.next, isOver ? null : nextCards(run, at, take));
  parts.nextHead.textContent = p.end === RUNNING ? word("next_step") : word("the_end");
  layCards();
  for (const [k, view] of ["schedule", "waits", "space"].entries()) {
    parts[view].hidden = page.view !== view;
    parts.tabs[k].setAttribute("aria-selected", String(page.view === view));
  }
  if (page.view === "waits") refill(parts.waits, drawWaits(p, helpers, Math.max(420, parts.waits.clientWidth - 8), Math.max(300, parts.waits.clientHeight - 70)), el("p", { class: `sentence${p.cycles.length || p.end === 1 ? " bad" : ""}` }, waitsSentence(p)), el("p", { class: "legend" }, word("waits_legend")));
  if (page.view === "space") {
    refill(parts.space, drawSpace(run, at, goToState, parts.space.clientWidth - 8, parts.space.clientHeight - 64), el("p", { class: "legend" }, spaceLegend()));
    const here = parts.space.querySelector(".state.now");
    if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  for (const [i, item] of [...parts.steps.children].entries()) {
    item.classList.toggle("now", i + 1 === at);
    item.classList.toggle("future", i + 1 > at);
    if (i + 1 === at) { item.firstChild.setAttribute("aria-current", "step"); keepInView(parts.steps, item); } else item.firstChild.removeAttribute("aria-current");
  }
  markSource(parts.code, run, at);
  parts.slider.value = String(at);
  parts.slider.setAttribute("aria-valuetext", word("step_of", at, run.steps.length));
  parts.place.textContent = word("step_of", at, run.steps.length);
  const row = page.drawing.root.querySelector(".row.now");
  if (row && page.view === "schedule") keepRowInView(row);
  link();
}

// The cards stand under their lanes, as long as these are wide enough.
function layCards() {
  const { g } = page.drawing, isAligned = page.view === "schedule" && g.lane >= 150 && g.width <= parts.schedule.clientWidth + 4;
  parts.next.classList.toggle("aligned", isAligned);
  for (const card of parts.next.children) {
    const t = Number(card.dataset.thread);
    card.style.gridColumn = isAligned ? String(g.threads.indexOf(t) + 1) : "";
    if (isAligned && !g.threads.includes(t)) card.style.gridColumn = "auto";
  }
  parts.next.style.gridTemplateColumns = isAligned ? `repeat(${g.threads.length}, ${g.lane - 4}px)` : "";
  parts.next.style.marginLeft = isAligned ? `${g.left}px` : "";
}


function keepRowInView(row) {
  const view = parts.schedule, box = row.getBoundingClientRect(), outer = view.getBoundingClientRect();
  if (box.height === 0) return;
  if (box.bottom > outer.bottom - 8) view.scrollTop += box.bottom - outer.bottom + 60;
  else if (box.top < outer.top + 44) view.scrollTop -= outer.top + 44 - box.top + 60;
}

// ----------------------------------------------------------------- play, ghost, theme

function stop() {
  if (page.playing) clearInterval(page.playing);
  page.playing = null;
  parts.play.textContent = word("play");
  parts.play.setAttribute("aria-pressed", "false");
}

function play() {
  if (page.playing) { stop(); return; }
  if (page.at === page.run.steps.length) go(0);
  page.playing = setInterval(() => { if (page.at < page.run.steps.length) go(page.at + 1); else stop(); }, 1200);
  parts.play.textContent = word("pause");
  parts.play.setAttribute("aria-pressed", "true");
}

function ghost() {
  page.ghost = !page.ghost;
  document.getElementById("b-ghost").setAttribute("aria-pressed", String(page.ghost));
  showSteps(page.drawing.root, page.at, page.ghost);
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function dark() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  link();
}

// ------------------------------------------------------------------------ deep links

// #finding=2&step=5, #outcome=1&step=3, #schedule=A%20B%20A&step=2, with &view=space and &theme=dark.
function link() {
  const { origin } = page.run, hash = new URLSearchParams();
  if (origin.kind === "own") hash.set("schedule", schedule(page.run, page.run.steps.length));
  else if (origin.kind !== "run") hash.set(origin.kind, origin.index);
  hash.set("step", page.at);
  if (page.view !== "schedule") hash.set("view", page.view);
  if (document.documentElement.dataset.theme) hash.set("theme", document.documentElement.dataset.theme);
  const wanted = `#${hash.toString().replace(/\+/g, "%20")}`;
  if (location.hash !== wanted) history.replaceState(null, "", wanted);
}

// A schedule of names, as the command line has it; null where a step of it is not possible.
function playSchedule(line) {
  let run = { ...branchless(), places: [place(0)] }, at = 0;
  for (const part of line.split(/\s+/).filter((s) => s)) {
    const found = /^(.*?)(?::(\d+))?(?:\*(\d+))?$/.exec(part);
    const t = D.threads.findIndex((x, k) => threadName(k) === found[1]);
    for (let i = 0; i < Number(found[3] || 1); i++) {
      const move = run.places[at].moves.find((m) => m.step.thread === t && m.step.choice === Number(found[2] || 1));
      if (!move) return at > 0 ? run : null;
      run = branch(run, at, move);
      at++;
    }
  }
  return at > 0 ? run : null;
}

const branchless = () => ({ origin: { kind: "own" }, title: "", verdict: "", isBad: false, loop: -1, end: RUNNING, steps: [], notes: [], locals: [], localValues: [], output: [], helpers: [], times: [] });

function follow() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const at = hash.has("step") ? Number(hash.get("step")) || 0 : undefined;
  if (["light", "dark"].includes(hash.get("theme"))) document.documentElement.dataset.theme = hash.get("theme");
  if (["schedule", "waits", "space"].includes(hash.get("view")) && (hash.get("view") !== "space" || D.map)) page.view = hash.get("view");
  page.run = null;
  if (hash.has("schedule") && D.map) {
    const own = playSchedule(hash.get("schedule"));
    if (own) { page.own = own; choose("own", 0, at); }
  } else for (const kind of ["finding", "outcome"]) if (hash.has(kind)) choose(kind, Number(hash.get(kind)), at);
  if (!page.run) chooseFirst(at);
}

// ------------------------------------------------------------------------------ keys

function nextSwitch(direction) {
  const { run, at } = page;
  for (let i = at + direction; i > 0 && i <= run.steps.length; i += direction) if (isSwitch(run, i - 1)) return i;
  return direction > 0 ? run.steps.length : 0;
}

function neighbour(direction) {
  const all = [...parts.lists.querySelectorAll(".choice:not(:disabled)")], at = all.findIndex((b) => b.classList.contains("chosen"));
  const next = all[(at + direction + all.length) % all.length];
  if (next) choose(next.dataset.kind, Number(next.dataset.index));
}

const ACTIONS = {
  ArrowLeft: () => go(page.at - 1), ArrowRight: forward, Home: () => go(0), End: () => go(page.run.steps.length), " ": play, PageUp: () => go(nextSwitch(-1)), PageDown: () => go(nextSwitch(1)),
  e: () => go(errorStep(page.run)), d: dark, g: ghost, s: () => look("space"), w: () => look("waits"), l: () => look("schedule"), "[": () => neighbour(-1), "]": () => neighbour(1), "?": () => parts.help.showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || parts.help.open) return;
  const isControl = event.target.closest("button, summary, a");
  if (isControl && [" ", "Enter"].includes(event.key)) return;
  if (event.target.closest(".code, .view") && ["PageUp", "PageDown"].includes(event.key) && event.shiftKey) return;
  const act = /^[1-9]$/.test(event.key) ? () => takeThread(Number(event.key) - 1) : ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.key !== " ") stop();
  act();
}

build();
follow();
addEventListener("keydown", onKey);
addEventListener("hashchange", follow);
let resizing = 0;
addEventListener("resize", () => { cancelAnimationFrame(resizing); resizing = requestAnimationFrame(() => draw()); });
const PAPER = 1020; // width of the page of page.css
addEventListener("beforeprint", () => {
  for (const panel of document.querySelectorAll("details")) panel.open = true;
  draw(PAPER);
});
addEventListener("afterprint", () => draw());
