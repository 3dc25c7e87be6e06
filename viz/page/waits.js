// Who waits for whom in a state: circles are threads, other shapes objects; solid: is held by, dashed: waits for, dotted: could help.

// {nodes: Map(key -> {key, name, thread, object, isBad}), edges: [{from, to, kind, isBad}]}
function waitsGraph(at, helpers) {
  const nodes = new Map(), edges = [];
  const isStuck = at.end === 1 && at.cycles.length === 0; // nobody waits in a circle, and yet nobody goes on
  const ring = new Set(isStuck ? at.stands.map((s, t) => (s && s.state === BLOCKED ? t : -1)) : at.cycles.flat());
  const thread = (t) => {
    const key = `t${t}`;
    if (!nodes.has(key)) nodes.set(key, { key, name: threadName(t), thread: t, isBad: ring.has(t) });
    return key;
  };
  const object = (o) => {
    const key = `o${o}`;
    if (!nodes.has(key)) nodes.set(key, { key, name: objectName(o), object: o, isBad: false });
    return key;
  };
  at.stands.forEach((s, t) => {
    if (!s || s.state !== BLOCKED) return;
    if (s.target >= 0) edges.push({ from: thread(t), to: thread(s.target), kind: "joins", line: s.line });
    else if (s.object >= 0) edges.push({ from: thread(t), to: object(s.object), kind: "waits", line: s.line });
    else thread(t);
  });
  const asked = new Set([...nodes.values()].filter((n) => n.object >= 0).map((n) => n.object));
  for (const [t, o] of at.owners) if (asked.has(o) || isOwnable(o)) edges.push({ from: object(o), to: thread(t), kind: "holds" });
  for (const [t, list] of helpers || [])
    for (const [helper, holds] of list) {
      const s = at.stands[t], other = at.stands[helper];
      if (!holds && other && other.state === BLOCKED && other.object === s.object) continue; // waits there, too: no line back
      const owned = s.object >= 0 && edges.some((e) => e.from === `o${s.object}` && e.to === `t${helper}`);
      if (!owned && s.object >= 0 && !edges.some((e) => e.from === `o${s.object}` && e.to === `t${helper}` && e.kind === "helps"))
        edges.push({ from: object(s.object), to: thread(helper), kind: holds ? "holds" : "helps" });
    }
  markRing(at, nodes, edges);
  if (isStuck) for (const e of edges) e.isBad = e.kind === "waits" || e.kind === "joins";
  return { nodes, edges };
}

// The edges of the circles that the library found: each member waits for the next.
function markRing(at, nodes, edges) {
  for (const cycle of at.cycles)
    cycle.forEach((t, i) => {
      const next = `t${cycle[(i + 1) % cycle.length]}`;
      const out = edges.find((e) => e.from === `t${t}` && (e.kind === "joins" ? e.to === next : true));
      if (!out) return;
      out.isBad = true;
      if (out.to === next) return;
      nodes.get(out.to).isBad = true;
      const back = edges.find((e) => e.from === out.to && e.to === next);
      if (back) back.isBad = true;
    });
}

// The circles in a row, each a ring clockwise from the top; the others in columns, so that arrows point to the right.
function placeNodes({ nodes, edges }, cycles, width, height) {
  const rings = cycles.map((cycle) => ringOf(cycle, edges));
  const inRing = new Set(rings.flat());
  const rest = [...nodes.keys()].filter((k) => !inRing.has(k));
  const share = rest.length === 0 ? 1 : rings.length === 0 ? 0 : 0.62;
  const at = new Map();
  rings.forEach((ring, r) => {
    const w = (width * share) / rings.length, cx = width - width * share + w * (r + 0.5), cy = height / 2;
    const rx = Math.min(w / 2 - 70, (height / 2 - 52) * 1.7), ry = height / 2 - 52;
    const corners = alongEllipse(rx, ry, ring.length);
    ring.forEach((key, i) => at.set(key, { x: cx + corners[i].x, y: cy + corners[i].y }));
  });
  const depth = new Map();
  const deep = (key, seen) => {
    if (depth.has(key)) return depth.get(key);
    if (seen.has(key)) return 0;
    seen.add(key);
    const d = Math.max(0, ...edges.filter((e) => e.from === key && !inRing.has(e.to)).map((e) => 1 + deep(e.to, seen)));
    depth.set(key, d);
    return d;
  };
  rest.forEach((key) => deep(key, new Set()));
  const most = Math.max(0, ...depth.values()), room = width * (1 - share);
  for (let d = 0; d <= most; d++) {
    const column = rest.filter((key) => depth.get(key) === d);
    column.forEach((key, i) => at.set(key, { x: room - (room * (d + 0.5)) / (most + 1), y: (height * (i + 0.5)) / column.length }));
  }
  return at;
}

// Points at equal distances along an ellipse, clockwise from its top.
function alongEllipse(rx, ry, many) {
  const point = (k) => ({ x: rx * Math.sin(k * Math.PI / 360), y: -ry * Math.cos(k * Math.PI / 360) });
  const far = [0];
  for (let k = 1; k <= 720; k++) far.push(far[k - 1] + Math.hypot(point(k).x - point(k - 1).x, point(k).y - point(k - 1).y));
  return Array.from({ length: many }, (v, i) => point(far.findIndex((d) => d >= (far[720] * i) / many)));
}

// thread, what it waits for, its holder, ...: the nodes of a circle in order.
function ringOf(cycle, edges) {
  return cycle.flatMap((t) => {
    const out = edges.find((e) => e.from === `t${t}` && e.isBad);
    return out && out.to.startsWith("o") ? [`t${t}`, out.to] : [`t${t}`];
  });
}

function nodeShape(node, r) {
  if (node.thread !== undefined) return svg("circle", { r });
  const kind = objectKind(node.object);
  const polygon = (sides, turn) => svg("polygon", { points: Array.from({ length: sides }, (v, i) => {
    const angle = turn + (i * 2 * Math.PI) / sides;
    return `${(r * Math.cos(angle)).toFixed(1)},${(r * Math.sin(angle)).toFixed(1)}`;
  }).join(" ") });
  if (kind === KIND.condition) return polygon(6, 0);
  if (kind === KIND.barrier) return polygon(8, Math.PI / 8);
  if (kind === KIND.event) return polygon(4, 0);
  if (kind === KIND.queue) return svg("path", { d: `M${-r} ${-r * 0.7}v${r * 1.4}a${r} ${r * 0.35} 0 0 0 ${2 * r} 0v${-r * 1.4}a${r} ${r * 0.35} 0 0 0 ${-2 * r} 0a${r} ${r * 0.35} 0 0 0 ${2 * r} 0` });
  return svg("rect", { x: -r * 0.86, y: -r * 0.86, width: r * 1.72, height: r * 1.72, rx: kind === KIND.semaphore ? 8 : 1 });
}

function nodeName(name, r) {
  const shown = shorten(name, Math.max(6, Math.floor((r * 1.8) / (10 * CELL))));
  return label(0, 4.5, Math.max(10, Math.min(15, (r * 1.52) / ([...shown].length * CELL))), shown, "mono bold", "middle");
}

function drawWaits(at, helpers, width, height) {
  const graph = waitsGraph(at, helpers);
  if (graph.edges.length === 0)
    return el("p", { class: "empty" }, word("nobody_waits"));
  const spots = placeNodes(graph, at.cycles, width, height);
  const near = Math.min(...graph.edges.map((e) => Math.hypot(spots.get(e.from).x - spots.get(e.to).x, spots.get(e.from).y - spots.get(e.to).y)));
  const r = Math.max(15, Math.min(40, height / 9, width / 14, near * 0.34));
  const labels = width > 480 && near - 2 * r > 50;
  const root = svg("svg", { class: "waits", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": waitsSentence(at) });
  for (const e of graph.edges) {
    const a = spots.get(e.from), b = spots.get(e.to);
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1, ux = (b.x - a.x) / length, uy = (b.y - a.y) / length;
    const x1 = a.x + ux * (r + 3), y1 = a.y + uy * (r + 3), x2 = b.x - ux * (r + 5), y2 = b.y - uy * (r + 5);
    const kind = e.kind === "holds" ? "holds" : e.kind === "helps" ? "helps" : "waits";
    const words = { holds: word("holds"), helps: word("could_help"), waits: word("waits"), joins: word("joins") }[e.kind];
    // both ways between the same two nodes would lie on each other
    const twin = graph.edges.some((o) => o.from === e.to && o.to === e.from);
    const bend = twin ? 14 : 0, mx = (x1 + x2) / 2 - uy * bend, my = (y1 + y2) / 2 + ux * bend;
    root.append(svg("g", { class: `edge ${kind}${e.isBad ? " bad" : ""}` },
      svg("path", { d: `M${x1} ${y1}Q${mx} ${my} ${x2} ${y2}` }),
      svg("path", { class: "tip", d: "M0 0L-11 -5.5V5.5Z", transform: `translate(${x2 + ux * 3} ${y2 + uy * 3}) rotate(${(Math.atan2(y2 - my, x2 - mx) * 180) / Math.PI})` }),
      labels ? label(mx + uy * 14, my - ux * 14 + 4, 12.5, words + (e.line ? ` :${e.line}` : ""), "edge-label", Math.abs(uy) > 0.12 ? (uy > 0 ? "start" : "end") : "middle") : null));
  }
  for (const node of graph.nodes.values()) {
    const p = spots.get(node.key);
    root.append(svg("g", { class: `node${node.isBad ? " bad" : ""}`, transform: `translate(${p.x} ${p.y})` }, nodeShape(node, r),
      nodeName(node.name, r),
      svg("title", null, node.object >= 0 ? `${node.name}: ${at.values[node.object]}` : node.name)));
  }
  return root;
}

// The circle in words: T1 → b → T2 → a → T1; else who waits.
function waitsSentence(at) {
  if (at.cycles.length > 0) {
    const { edges } = waitsGraph(at, []);
    return at.cycles.map((cycle) => {
      const ring = ringOf(cycle, edges);
      return `${word("cycle")}: ` + [...ring, ring[0]].map((k) => (k[0] === "t" ? threadName(Number(k.slice(1))) : objectName(Number(k.slice(1))))).join(" → ");
    }).join("; ");
  }
  return at.stands.map((s, t) => (s && s.state === BLOCKED ? `${threadName(t)}: ${s.why || word("blocked")}` : null)).filter((s) => s).join("; ");
}
