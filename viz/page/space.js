// The state space: every state in the column of its distance from the start.

let spaceLayout = null;

function layoutSpace() {
  if (spaceLayout) return spaceLayout;
  const n = D.map.length, depth = new Array(n).fill(-1), columns = [], sources = D.map.map(() => []);
  depth[0] = 0;
  const queue = [0];
  for (const s of queue) {
    (columns[depth[s]] = columns[depth[s]] || []).push(s);
    for (const [to] of D.map[s][9] || []) {
      sources[to].push(s);
      if (depth[to] < 0) { depth[to] = depth[s] + 1; queue.push(to); }
    }
  }
  // a few sweeps of the barycentre method (Sugiyama, Tagawa, Toda 1981)
  const rank = new Array(n).fill(0);
  const number = () => columns.forEach((c) => c.forEach((s, i) => { rank[s] = i - (c.length - 1) / 2; }));
  const mean = (list) => list.reduce((sum, s) => sum + rank[s], 0) / list.length;
  number();
  for (let sweep = 0; sweep < 8; sweep++) {
    const down = sweep % 2 === 0;
    for (const column of down ? columns : [...columns].reverse()) {
      const near = new Map(column.map((s) => {
        const list = down ? sources[s].filter((p) => depth[p] === depth[s] - 1) : (D.map[s][9] || []).map((m) => m[0]).filter((t) => depth[t] === depth[s] + 1);
        return [s, list.length ? mean(list) : rank[s]];
      }));
      column.sort((a, b) => near.get(a) - near.get(b) || a - b);
      column.forEach((s, i) => { rank[s] = i - (column.length - 1) / 2; });
    }
  }
  const tallest = Math.max(...columns.map((c) => c.length));
  const dx = 74, dy = 46;
  spaceLayout = { x: (s) => 50 + depth[s] * dx, y: (s) => 40 + ((tallest - 1) / 2 + rank[s]) * dy, width: 100 + (columns.length - 1) * dx, height: 80 + (tallest - 1) * dy };
  return spaceLayout;
}

function stateShape(s) {
  const p = D.map[s], end = p[4], isBad = p[5] === 1, octagon = "M-7 -17H7L17 -7V7L7 17H-7L-17 7V-7Z";
  if (end === 1) return [svg("path", { class: "dead", d: octagon }), label(0, 4.5, 12, "DL", "mark dead-mark", "middle")];
  if (end !== RUNNING && isBad) return [svg("path", { class: "outer", d: octagon }), svg("path", { d: octagon, transform: "scale(.74)" }), label(0, 5, 14, "✗", "mark", "middle")];
  if (end === 6) return [svg("circle", { r: 12 }), label(0, 5, 14, "∅", "mark", "middle")];
  if (end !== RUNNING) return [svg("circle", { class: "outer", r: 16 }), svg("circle", { r: 12 }), label(0, 5, 14, "✓", "mark", "middle")];
  return [svg("circle", { r: 12 }), label(0, 3.5, 10, String(s), "mark", "middle")];
}

function stateWords(s) {
  const p = place(s);
  const values = watched.map((o) => `${objectName(o)} = ${p.values[o]}`).concat(p.owners.map(([t, o]) => `${objectName(o)}: ${threadName(t)}`));
  const threads = p.stands.map((t, k) => (t.state === ENDED ? `${threadName(k)} ${word("ended")}` : t.line ? `${threadName(k)} :${t.line}` : null)).filter((t) => t);
  return `${values.join(", ")}\n${threads.join(", ")}`;
}

function drawSpace(run, at, go, width, height) {
  const g = layoutSpace();
  const scale = Math.max(0.6, Math.min(1.5, width / g.width, height / g.height)); // small ones fill the view, large ones are moved about in it
  const path = run.places.map((p) => p.state), now = path[at];
  const walked = new Set(path.slice(0, at).map((s, i) => `${s} ${path[i + 1]} ${run.steps[i].thread}`));
  const coming = new Set(path.slice(at, -1).map((s, i) => `${s} ${path[at + i + 1]} ${run.steps[at + i].thread}`));
  const root = svg("svg", { class: "space", viewBox: `0 0 ${g.width} ${g.height}`, width: g.width * scale, height: g.height * scale, role: "img", "aria-label": word("space_label", D.map.length) });
  const lines = svg("g"), marks = svg("g");
  D.map.forEach((p, s) => {
    for (const [to, k] of p[9] || []) {
      const t = D.steps[k][0], key = `${s} ${to} ${t}`;
      const x1 = g.x(s), y1 = g.y(s), x2 = g.x(to), y2 = g.y(to), length = Math.hypot(x2 - x1, y2 - y1) || 1;
      const ux = (x2 - x1) / length, uy = (y2 - y1) / length;
      const isBack = x2 <= x1;
      const bend = isBack ? 30 : 0, mx = (x1 + x2) / 2 - uy * bend, my = (y1 + y2) / 2 + ux * bend - (s === to ? 40 : 0);
      const kind = walked.has(key) ? "walked" : coming.has(key) ? "coming" : "";
      lines.append(svg("path", { class: `step ${kind} d${t % 3}`, d: `M${x1 + ux * 13} ${y1 + uy * 13}Q${mx} ${my} ${x2 - ux * 19} ${y2 - uy * 19}` }),
        svg("path", { class: `tip ${kind}`, d: "M0 0L-8 -3.5V3.5Z", transform: `translate(${x2 - ux * 16} ${y2 - uy * 16}) rotate(${(Math.atan2(y2 - my, x2 - mx) * 180) / Math.PI})` }));
      if (kind === "walked") lines.append(label((x1 + x2) / 2, (y1 + y2) / 2 - 6, 10.5, `${shorten(threadName(t), 8)}:${D.steps[k][3]}`, "mono walked-label", "middle"));
    }
    const end = p[4], isDoomed = p[6] === 0 && end === RUNNING;
    const kind = end === 1 ? "deadlock" : end !== RUNNING && p[5] ? "bad" : end !== RUNNING ? "good" : isDoomed ? "doomed" : "";
    marks.append(svg("g", { class: `state ${kind}${path.slice(0, at + 1).includes(s) ? " passed" : ""}${s === now ? " now" : ""}`, transform: `translate(${g.x(s)} ${g.y(s)})`, onclick: () => go(s), "data-state": s },
      s === now ? svg("circle", { class: "here", r: 22 }) : null, stateShape(s), svg("title", null, stateWords(s))));
  });
  root.append(svg("circle", { class: "origin", cx: 14, cy: g.y(0), r: 5 }), svg("path", { class: "step", d: `M18 ${g.y(0)}H${g.x(0) - 16}` }), lines, marks);
  return root;
}

// The shortest way on from the place `from` to a state, as moves; null where there is none.
function wayTo(from, goal) {
  const before = new Map([[from, null]]), queue = [from];
  for (const s of queue) {
    if (s === goal) break;
    for (const move of place(s).moves) if (!before.has(move.to)) { before.set(move.to, { s, move }); queue.push(move.to); }
  }
  if (!before.has(goal)) return null;
  const moves = [];
  for (let link = before.get(goal); link; link = before.get(link.s)) moves.unshift(link.move);
  return moves;
}

function spaceLegend() {
  const doomed = D.map.filter((p) => p[6] === 0).length;
  return [word("legend_state"), word("legend_good"), word("legend_bad"), word("legend_deadlock"), word("legend_doomed"),
    doomed > 0 ? word("doomed_count", doomed, D.map.length) : word("none_doomed")].join(" · ");
}
