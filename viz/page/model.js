// What the page is about. A run is a list of steps with the places between them; a place is a state of the whole program. Places
// come from the embedded state space where there is one, else from the run itself. Nothing is simulated here.

const READY = 1, BLOCKED = 2, ENDED = 3;
const RUNNING = 7;
const WRITE = 1, UPDATE = 2; // actions
const KIND = { variable: 0, atomic: 1, mutex: 2, rwlock: 3, semaphore: 4, condition: 5, barrier: 6, event: 7, queue: 8, once: 9, waitgroup: 10 };

const threadName = (t) => text(D.threads[t][0]);
const objectName = (o) => text(D.objects[o][0]);
const objectKind = (o) => D.objects[o][1];
const isOwnable = (o) => [KIND.mutex, KIND.rwlock, KIND.once].includes(objectKind(o));

function step(k) {
  const [thread, choice, choices, line, source, effect, action, object, partner] = D.steps[k];
  return { key: k, thread, choice, choices, line, source: text(source), effect: text(effect), action, object, partner };
}

const sourceLines = D.source.split("\n");

// Where the statement is not known, the line has to do.
function stand(k) {
  const [state, line, source, locals, object, target, why] = D.stands[k];
  return { state, line, source: text(source) || (line > 0 ? sourceLines[line - 1].trim() : ""), locals: text(locals), object, target, why: text(why) };
}

const places = new Map(); // of the state space, by state

function place(state) {
  if (!places.has(state)) places.set(state, decodePlace(D.map[state], state));
  return places.get(state);
}

function decodePlace(p, state) {
  const [values, stands, owners, cycles = [], end = RUNNING, isBad = 0, endsWell = 1, outcome = -1, findings, moves, ahead] = p;
  return {
    state, values: values.map(text), stands: stands.map(stand), owners, cycles, end, isBad: isBad === 1, endsWell: endsWell !== 0,
    outcome, findings: findings || [],
    moves: (moves || []).map(([to, k, found]) => ({ to, step: step(k), findings: found || [] })),
    ahead: ahead && { all: text(ahead[0]), kinds: ahead[1], kindChance: ahead[2], outcomes: ahead[3], outcomeChance: ahead[4] },
  };
}

// In a run a 0 stands for what is the same as one step before: of a list, and of each place's parts.
function filled(list) {
  const all = [];
  for (const item of list) all.push(item === 0 ? all[all.length - 1] : item);
  return all;
}

function filledPlaces(list) {
  const all = [];
  for (const place of list) all.push(place.map((part, k) => (part === 0 ? all[all.length - 1][k] : part)));
  return all;
}

// A run of the data as steps and places, with what happened on the way.
function loadRun(k, origin) {
  const r = D.runs[k];
  const run = {
    origin, title: text(r.title), verdict: text(r.verdict), isBad: r.bad === 1, loop: r.loop, end: r.end, endMessage: text(r.message),
    steps: r.steps.map(step), places: [], notes: r.notes.map(([at, from, stale, offender, k]) => ({ at, from, stale: stale === 1, offender: offender === 1, text: text(k) })),
    locals: r.locals, localValues: filled(r.localValues), output: r.output.map(text), helpers: r.helpers, times: r.times.map(text),
  };
  if (D.map) {
    run.places.push(place(0));
    for (const s of run.steps) run.places.push(place(findMove(run.places[run.places.length - 1], s.thread, s.choice).to));
  } else {
    run.places = filledPlaces(r.places).map((p) => decodePlace(p, -1));
    run.places[run.places.length - 1].end = r.end;
  }
  return run;
}

function findMove(at, thread, choice) {
  return at.moves.find((m) => m.step.thread === thread && m.step.choice === choice);
}

// The steps up to `at`, and another one: the student's own run.
function branch(run, at, move) {
  const own = {
    origin: { kind: "own" }, title: "", verdict: "", isBad: false, loop: -1, end: RUNNING, endMessage: "",
    steps: run.steps.slice(0, at), places: run.places.slice(0, at + 1), notes: [], locals: [], localValues: [], output: [], helpers: [], times: [],
  };
  own.steps.push(move.step);
  own.places.push(place(move.to));
  describe(own);
  return own;
}

// What a run that was chosen by hand shows so far.
function describe(run) {
  const last = run.places[run.places.length - 1];
  run.end = last.end;
  const shown = [...new Set(happened(run, run.steps.length).map((h) => kindWords(D.findings[h.finding].kind)))];
  run.isBad = last.end === RUNNING ? !last.endsWell : last.isBad || shown.length > 0;
  run.title = word("own_title");
  if (last.end !== RUNNING) run.verdict = [last.outcome >= 0 ? endText(D.outcomes[last.outcome]) : word(`end_${END_NAMES[last.end]}`), ...shown.filter((k) => k !== word("kind_deadlock"))].join("; ");
  else if (!last.endsWell) run.verdict = word("no_good_end");
  else run.verdict = word("own_open");
}

const END_NAMES = ["ok", "deadlock", "assertion", "invariant", "misuse", "error", "assume", "running"];

// A loop never happens at a step: it is there as long as one stays in it.
const isLoop = (kind) => kind === "livelock" || kind === "starvation";

// The findings that happened in the first `upto` steps: [{finding, at}], each once. Needs the state space.
function happened(run, upto) {
  const seen = new Map();
  const see = (list, at) => list.forEach((f) => seen.has(f) || isLoop(D.findings[f].kind) || seen.set(f, at));
  if (!D.map) return [];
  see(run.places[0].findings, 0);
  for (let i = 0; i < upto; i++) {
    const move = findMove(run.places[i], run.steps[i].thread, run.steps[i].choice);
    see(move.findings, i + 1);
    see(run.places[i + 1].findings, i + 1);
  }
  return [...seen].map(([finding, at]) => ({ finding, at }));
}

// The step that led to places[at] changed the object, or wrote what was there before.
function isWritten(run, at, o) {
  const s = at > 0 ? run.steps[at - 1] : null;
  return s !== null && (run.places[at - 1].values[o] !== run.places[at].values[o] || (s.object === o && (s.action === WRITE || s.action === UPDATE)));
}

const isSwitch = (run, i) => i > 0 && run.steps[i].thread !== run.steps[i - 1].thread;

// The thread whose step an error stopped looks as if it had ended.
const isStopped = (run, at, t) => at > 0 && run.places[at].end >= 2 && run.places[at].end <= 5 && run.steps[at - 1].thread === t;

// The step with the error: the last offending note, else the last step of a bad run.
function errorStep(run) {
  const offenders = run.notes.filter((n) => n.offender).map((n) => n.at + 1);
  return offenders.length > 0 ? Math.max(...offenders) : run.steps.length;
}

function outcomeText(outcome) {
  const values = D.outcomeNames.map((name, k) => `${text(name)} = ${text(outcome.values[k])}`);
  if (outcome.output.length > 0) values.push(`${word("prints")} ${outcome.output.map(text).join(" | ")}`);
  return values.join(", ") || word(`end_${END_NAMES[outcome.end]}`);
}

// With how it ended.
function endText(outcome) {
  const values = outcomeText(outcome), end = word(`end_${END_NAMES[outcome.end]}`);
  return values === end ? end : `${end}: ${values}`;
}

const isBadOutcome = (outcome) => outcome.end !== 0 && outcome.end !== 6 ? true : outcome.final === 0;

// The schedule as the command line takes it: "A B*3 A:2".
function schedule(run, upto) {
  const parts = [];
  for (const s of run.steps.slice(0, upto)) {
    const name = threadName(s.thread) + (s.choices > 1 ? `:${s.choice}` : "");
    const last = parts[parts.length - 1];
    if (last && last.name === name) last.times++;
    else parts.push({ name, times: 1 });
  }
  return parts.map((p) => (p.times > 1 ? `${p.name}*${p.times}` : p.name)).join(" ");
}

// Objects that some run or move touches get a colour, in their order.
const paints = (() => {
  const touched = new Set(D.steps.map((s) => s[7]).filter((o) => o >= 0));
  const map = new Map();
  D.objects.forEach((o, k) => touched.has(k) && map.set(k, map.size % 7));
  return map;
})();
const paint = (o) => (paints.has(o) ? `o${paints.get(o)}` : "local");

// Variables, counters and queues: what a reader follows.
const watched = D.objects.map((o, k) => k).filter((k) => paints.has(k) && [0, 1, 4, 8, 10].includes(objectKind(k)));

// Of these, the ones that ever change have a column in the schedule; its width is that of the longest value.
const columns = (() => {
  const all = D.map || D.runs.flatMap((r) => r.places), seen = watched.map(() => new Set());
  for (const [values] of all) watched.forEach((o, w) => values !== 0 && seen[w].add(values[o]));
  return watched.map((o, w) => {
    const value = Math.max(...[...seen[w]].map((k) => [...text(k)].length)), name = Math.min(9, [...objectName(o)].length);
    return { object: o, changes: seen[w].size > 1, width: Math.min(110, Math.max(48, value * 8 + 22, name * 8 + 10)) };
  }).filter((c) => c.changes);
})();
