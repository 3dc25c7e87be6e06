// The schedule: a lane for each thread, a row for each step. One drawing for the whole run; what comes later is hidden, so nothing
// jumps when stepping.

const CELL = 0.602; // width of a character of the monospaced font, in em

// Sizes are those of the longest run of the page: stepping and choosing never change them.
const longest = Math.max(1, ...D.runs.map((r) => r.steps.length));
const isBig = longest <= 9;

function geometry(run, width) {
  const threads = D.threads.map((t, k) => k).filter((k) => run.places.some((p) => p.stands[k] && p.stands[k].state !== 0));
  const left = 62;
  const minLane = threads.length > 3 ? 150 : 190;
  const shown = columns.slice(0, 8), room = () => width - left - shown.reduce((sum, c) => sum + c.width, 0) - 8;
  while (shown.length > 1 && room() < threads.length * minLane) shown.pop();
  const lane = Math.max(118, room() / Math.max(1, threads.length));
  const values = left + lane * threads.length + 4;
  let x = values;
  const places = shown.map((c) => { x += c.width; return { object: c.object, width: c.width, left: x - c.width }; });
  const isWide = lane >= 270;
  const tall = Math.max(58, Math.min(76, (innerHeight - 420) / longest));
  const row = isBig ? tall : isWide ? 34 : 44, box = isBig ? tall - 12 : isWide ? 26 : 36;
  return {
    threads, columns: places, lane, left, row, box, isWide,
    font: isBig ? (tall > 68 ? 17 : 15) : 12, small: isBig ? (tall > 68 ? 13 : 12) : isWide ? 11.5 : 10.5, twoLines: isBig || !isWide,
    top: 30, width: Math.max(width, x + 4),
    x: (t) => left + lane * threads.indexOf(t),
    y: (i) => 30 + i * row, // top of the row of step i, from 0
  };
}

// Intervals in which a thread owns an object: {thread, object, from, to}; rows, `to` is null when it is never given back.
function holds(run) {
  const open = new Map(), all = [];
  run.places.forEach((p, i) => {
    const now = new Set(p.owners.map(([t, o]) => `${t} ${o}`));
    for (const [key, hold] of open) if (!now.has(key)) { hold.to = i - 1; open.delete(key); }
    for (const [t, o] of p.owners) {
      const key = `${t} ${o}`;
      if (open.has(key)) continue;
      const hold = { thread: t, object: o, from: Math.max(0, i - 1), to: null, slot: 0 };
      const taken = [...open.values()].filter((h) => h.thread === t).map((h) => h.slot);
      while (taken.includes(hold.slot)) hold.slot++;
      open.set(key, hold);
      all.push(hold);
    }
  });
  return all;
}

function cut(string, room, size) {
  const most = Math.floor(room / (size * CELL));
  const letters = [...string];
  return letters.length <= most ? string : letters.slice(0, Math.max(1, most - 1)).join("") + "…";
}

// Text widths are not measured: names of wide characters are cut early enough by the clip of their box.
function label(x, y, size, string, kind, anchor) {
  return svg("text", { x, y, "font-size": size, class: kind, "text-anchor": anchor || null }, string);
}

function boxOf(g, run, i, slots) {
  const t = run.steps[i].thread;
  const left = g.x(t) + 8 + 9 * (slots.get(t) || 0), right = g.x(t) + g.lane - 10 - (g.gutter.get(t) || 0);
  return { left, right, top: g.y(i) + (g.row - g.box) / 2, bottom: g.y(i) + (g.row + g.box) / 2, middle: g.y(i) + g.row / 2 };
}

// Each remark with an arrow takes a track right of the leftmost lane that it touches.
function planNotes(g, run) {
  const tracks = new Map();
  g.gutter = new Map();
  return run.notes.map((note, k) => {
    const plan = { note, number: k + 1, lane: null, track: 0 };
    if (note.from < 0 || note.from === note.at) return plan;
    const a = run.steps[note.from].thread, b = run.steps[note.at].thread;
    plan.lane = g.threads.indexOf(a) < g.threads.indexOf(b) ? a : b;
    const used = tracks.get(plan.lane) || [];
    const [from, to] = [Math.min(note.from, note.at), Math.max(note.from, note.at)];
    while (used.some((u) => u.track === plan.track && from <= u.to && u.from <= to)) plan.track++;
    used.push({ track: plan.track, from, to });
    tracks.set(plan.lane, used);
    g.gutter.set(plan.lane, Math.max(g.gutter.get(plan.lane) || 0, 16 + 14 * (plan.track + 1)));
    return plan;
  });
}

function drawBox(g, run, i, box, isOffender) {
  const s = run.steps[i];
  const room = box.right - box.left - 16;
  const group = svg("g", { class: `box ${paint(s.object)}` });
  if (isOffender)
    group.append(svg("rect", { class: "offender", x: box.left - 3.5, y: box.top - 3.5, width: box.right - box.left + 7, height: g.box + 7, rx: 8 }));
  const out = isOffender ? 6.5 : 3;
  group.append(svg("rect", { class: "now-ring", x: box.left - out, y: box.top - out, width: box.right - box.left + 2 * out, height: g.box + 2 * out, rx: 6 + out }),
    svg("rect", { class: "body", x: box.left, y: box.top, width: box.right - box.left, height: g.box, rx: 6 }),
    svg("title", null, `${threadName(s.thread)}, ${word("line")} ${s.line}: ${s.source} — ${s.effect}`));
  if (g.twoLines) {
    group.append(label(box.left + 8, box.middle - g.box * 0.07, g.font, cut(s.source, room, g.font), "mono"),
      label(box.left + 8, box.middle + g.box * 0.33, g.small, cut(s.effect, room, g.small), "mono effect"));
  } else {
    const source = cut(s.source, room * 0.72, g.font);
    const rest = room - [...source].length * g.font * CELL - 10;
    group.append(label(box.left + 8, box.middle + 4, g.font, source, "mono"));
    if (rest > 40) group.append(label(box.right - 8, box.middle + 4, g.small, cut(s.effect, rest, g.small), "mono effect", "end"));
  }
  return group;
}

function drawPath(g, run, i, boxes) {
  const from = boxes[i - 1], to = boxes[i];
  const a = (from.left + from.right) / 2, b = (to.left + to.right) / 2, y = g.y(i), r = Math.min(6, Math.abs(b - a) / 2), d = b > a ? 1 : -1;
  const path = Math.abs(b - a) < 1
    ? `M${a} ${from.bottom}V${to.top}`
    : `M${a} ${from.bottom}V${y - r}Q${a} ${y} ${a + d * r} ${y}H${b - d * r}Q${b} ${y} ${b} ${y + r}V${to.top}`;
  return svg("path", { class: "path", d: path });
}

function drawNote(g, run, plan, boxes) {
  const { note } = plan;
  const group = svg("g", { class: `note${note.stale ? " stale" : ""}` });
  if (plan.lane === null) return group;
  const from = boxes[note.from], to = boxes[note.at];
  const x = g.x(plan.lane) + g.lane - 10 - (g.gutter.get(plan.lane) || 0) + 16 + 14 * plan.track;
  const fromX = run.steps[note.from].thread === plan.lane ? from.right : from.left;
  const isRight = run.steps[note.at].thread === plan.lane;
  const spread = (plan.track % 2 ? 1 : -1) * Math.min(7, g.box / 4);
  const y = to.middle + spread, toX = isRight ? to.right + 4 : to.left - 4;
  const middle = (from.middle + y) / 2;
  const d = isRight ? -1 : 1;
  group.append(svg("path", { d: `M${fromX} ${from.middle}H${x}V${y}H${toX - d * 8}` }),
    svg("path", { class: "tip", d: `M${toX} ${y}l${-d * 10} -5v10z` }),
    svg("circle", { cx: x, cy: middle, r: 9 }), label(x, middle + 4, 11.5, String(plan.number), "badge", "middle"));
  return group;
}

// Bars are cut row by row, so that they grow with the run.
function drawHolds(g, run, rows, slots, boxes) {
  for (const hold of holds(run)) {
    const x = g.x(hold.thread) + 6 + 9 * (slots.get(hold.thread) - 1 - hold.slot);
    const last = hold.to === null ? run.steps.length - 1 : hold.to;
    for (let i = hold.from; i <= last; i++) {
      const top = i === hold.from && boxes[i] ? boxes[i].top : g.y(i);
      const bottom = i === hold.to ? boxes[i].bottom : g.y(i + 1);
      if (rows[i]) rows[i].prepend(svg("rect", { class: `hold ${paint(hold.object)}`, x, y: top, width: 6, height: bottom - top },
        svg("title", null, `${threadName(hold.thread)} ${word("holds")} ${objectName(hold.object)}`)));
    }
  }
}

function drawValues(g, run, i) {
  const after = run.places[i + 1];
  const y = i < 0 ? g.top - 6 : g.y(i) + g.row / 2 + 4;
  const size = isBig ? 15 : 12;
  return g.columns.map((c) => {
    const isChanged = isWritten(run, i + 1, c.object), x = c.left + c.width / 2;
    return svg("g", { class: `value ${isChanged ? `changed ${paint(c.object)}` : ""}` },
      isChanged ? svg("rect", { class: "body", x: c.left + 4, y: y - size - 1, width: c.width - 8, height: size + 9 }) : null,
      label(x, y, size, cut(after.values[c.object], c.width - 10, size), "mono", "middle"));
  });
}

// The blocked threads after the last step, where the run ends with some.
function drawWaiting(g, run) {
  const last = run.places[run.places.length - 1];
  const group = svg("g", { class: `row f${run.steps.length}`, "data-row": run.steps.length });
  if (last.end !== 1 && last.cycles.length === 0) return null;
  for (const t of g.threads) {
    const s = last.stands[t];
    if (!s || s.state !== BLOCKED) continue;
    const isMember = last.cycles.some((c) => c.includes(t));
    const left = g.x(t) + 8 + 9 * (g.slots.get(t) || 0), right = g.x(t) + g.lane - 10 - (g.gutter.get(t) || 0);
    const top = g.y(run.steps.length) + (g.row - g.box) / 2;
    group.append(svg("g", { class: `waiting${isMember || last.end === 1 ? " bad" : ""}` },
      svg("rect", { class: "body", x: left, y: top, width: right - left, height: g.box, rx: 6 }),
      label(left + 8, top + (g.twoLines ? g.box * 0.43 : g.box / 2 + 4), g.font, cut(`✗ ${s.source}`, right - left - 16, g.font), "mono"),
      g.twoLines ? label(left + 8, top + g.box * 0.83, g.small, cut(s.why, right - left - 16, g.small), "mono effect") : null,
      svg("title", null, `${threadName(t)}: ${s.why}`)));
  }
  return group;
}

function drawLanes(run, width) {
  const g = geometry(run, width);
  const slots = new Map();
  for (const h of holds(run)) slots.set(h.thread, Math.max(slots.get(h.thread) || 0, h.slot + 1));
  g.slots = slots;
  const plans = planNotes(g, run);
  const n = run.steps.length, boxes = run.steps.map((s, i) => boxOf(g, run, i, slots));
  const waiting = drawWaiting(g, run);
  const height = g.y(n + (waiting ? 1 : 0)) + 8;
  const offenders = new Set(run.notes.filter((k) => k.offender).map((k) => k.at));
  const root = svg("svg", { class: "lanes", viewBox: `0 0 ${g.width} ${height}`, width: g.width, height, role: "img", "aria-label": word("schedule_label", n) });
  g.threads.forEach((t, k) => root.append(svg("rect", { class: `band b${k % 2}`, x: g.x(t) + 2, y: 0, width: g.lane - 4, height })));
  root.append(svg("g", { class: "row f0" }, label(g.left - 14, g.top - 6, 11.5, word("start"), "number", "end"), drawValues(g, run, -1)));
  const paths = run.steps.map((s, i) => (i > 0 ? svg("g", { class: `row f${i + 1}`, "data-row": i + 1 }, drawPath(g, run, i, boxes)) : null));
  root.append(...paths.filter((p) => p));
  const rows = run.steps.map((s, i) => {
    const isBad = offenders.has(i);
    return svg("g", { class: `row f${i + 1}${isBad ? " bad" : ""}`, "data-row": i + 1 },
      svg("text", { x: g.left - 14, y: boxes[i].middle + 4, "font-size": isBig ? 14 : 12, class: "number", "text-anchor": "end" },
        isBad ? `✗ ${i + 1}` : String(i + 1)),
      drawBox(g, run, i, boxes[i], isBad), drawValues(g, run, i));
  });
  drawHolds(g, run, rows, slots, boxes);
  root.append(...rows);
  if (waiting) root.append(waiting);
  for (const plan of plans) if (plan.lane !== null)
    root.append(svg("g", { class: `row f${Math.max(plan.note.at, plan.note.from) + 1}`, "data-row": Math.max(plan.note.at, plan.note.from) + 1 }, drawNote(g, run, plan, boxes)));
  if (run.loop >= 0 && run.loop < n) {
    const y1 = boxes[run.loop].middle, y2 = boxes[n - 1].middle;
    root.append(svg("g", { class: `row f${n} loop`, "data-row": n }, svg("path", { d: `M22 ${y2}H8V${y1}H20` }), svg("path", { class: "tip", d: `M28 ${y1}l-9 -5v10z` }),
      svg("title", null, word("loop"))));
  }
  return { root, g };
}

// The heads of the lanes stay in view; they are not part of the drawing.
function laneHeads({ g }) {
  return el("div", { class: "heads", style: `width:${g.width}px` },
    el("span", { class: "head line", style: `left:0;width:${g.left - 10}px` }, word("step_head")),
    g.threads.map((t) => el("span", { class: "head", style: `left:${g.x(t)}px;width:${g.lane}px`, title: threadName(t) }, shorten(threadName(t), Math.floor(g.lane / 9.8)))),
    g.columns.map((c) => el("span", { class: `head column t-${paint(c.object)}`, style: `left:${c.left}px;width:${c.width}px`, title: objectName(c.object) }, shorten(objectName(c.object), Math.floor((c.width - 2) / 7.8)))));
}

// Shows the first `at` steps; with a ghost, what is to come faintly.
function showSteps(root, at, hasGhost) {
  root.classList.toggle("ghost", hasGhost);
  for (const row of root.querySelectorAll(".row")) {
    const number = Number(row.dataset.row || 0);
    row.classList.toggle("future", number > at);
    row.classList.toggle("now", number === at && number > 0);
  }
}
