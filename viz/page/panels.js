// What stands beside the drawing: now, what lies ahead, variables, locks, threads, the source, and the list to choose from.

function nowPanel(run, at) {
  if (at === 0)
    return [el("p", { class: "what" }, word("before_first")), el("p", { class: "effect" }, word("step_count", run.steps.length))];
  const s = run.steps[at - 1];
  const told = run.notes.map((n, k) => ({ n, k })).filter(({ n }) => n.at === at - 1);
  const found = happened(run, at).filter((h) => h.at === at);
  const isEnd = at === run.steps.length && (run.origin.kind !== "own" || run.end !== RUNNING);
  const shown = run.origin.kind === "finding" ? D.findings[run.origin.index - 1].kind : null;
  return [
    el("p", { class: "what" }, `${word("step_of", at, run.steps.length)} · `, el("b", null, threadName(s.thread)), `, ${word("line")} ${s.line}`,
      run.times.length > 0 ? ` · ${run.times[at - 1]}` : "", isSwitch(run, at - 1) ? ` · ${word("switch")}` : ""),
    el("p", { class: "source mono" }, s.source),
    el("p", { class: "effect" }, s.effect + (s.choices > 1 ? ` (${word("choice_of", s.choice, s.choices)})` : "")),
    told.map(({ n, k }) => el("p", { class: n.offender ? "note bad" : "note" }, el("span", { class: "badge-number" }, String(k + 1)), n.text)),
    isEnd && run.verdict && !told.some(({ n }) => n.offender) ? el("p", { class: `verdict ${run.isBad ? "bad" : "good"}` }, `${run.isBad ? "✗" : "✓"} ${run.verdict}`) : null,
    told.length === 0 ? found.filter((h) => !isEnd || D.findings[h.finding].kind !== shown).map((h) => el("p", { class: "note bad" }, `✗ ${kindWords(D.findings[h.finding].kind)}`)) : null,
  ];
}

const kindOf = (set, kind) => D.words[`${set}_${kind.replace(/-/g, "_")}`] || kind.replace(/-/g, " ");
const kindWords = (kind) => kindOf("kind", kind);
const kindVerb = (kind) => kindOf("verb", kind);

// "14 of 20 lose an update", "none of them deadlock", "can still livelock"
function amongAll(part, all, kind) {
  if (part === "0") return word("ahead_none", kindVerb(kind));
  return part === "infinite" ? word("ahead_can", kindVerb(kind)) : word("ahead_some", count(part), count(all), kindVerb(kind));
}

// One kind of what can go wrong, with a bar; from the counts of the library.
function aheadRow(ahead, k, done) {
  const kind = D.kinds[k], part = ahead.kinds[k] < 0 ? null : text(ahead.kinds[k]), chance = ahead.kindChance[k];
  if (done) return el("li", { class: "bad" }, el("span", { class: "what" }, `✗ ${kindWords(kind)}: ${word("happened_at", done.at)}`));
  if (part === null) return null;
  const value = share(part, ahead.all);
  const shown = value === null && chance >= 0 ? chance / 1e6 : value;
  return el("li", { class: part === "0" ? "none" : "bad" },
    el("span", { class: "what" }, amongAll(part, ahead.all, kind)), part === "0" || shown === null ? null : bar(shown, "bad"), chance >= 0 && part !== "0" ? el("span", { class: "chance" }, word("by_lot", percent(chance / 1e6))) : null);
}

function aheadPanel(run, at) {
  const p = run.places[at];
  if (!p.ahead) return [el("p", { class: "empty" }, word("too_large", D.states))];
  const done = happened(run, at);
  const rows = D.kinds.map((kind, k) => aheadRow(p.ahead, k, done.find((h) => D.findings[h.finding].kind === kind)));
  const outcomes = D.outcomes.map((o, k) => ({ o, n: p.ahead.outcomes[k] === undefined ? "0" : text(p.ahead.outcomes[k]), chance: p.ahead.outcomeChance[k] }))
    .filter(({ n }) => n !== "0");
  return [
    el("p", { class: "total" }, p.end === RUNNING ? word("ahead_total", count(p.ahead.all)) : word("the_end")),
    p.endsWell ? null : el("p", { class: "doom" }, `✗ ${p.end === RUNNING ? word("no_good_end") : word("bad_end")}`),
    el("ul", { class: "bars" }, rows),
    outcomes.length > 0 ? el("ul", { class: "bars outcomes" }, outcomes.slice(0, 8).map(({ o, n, chance }) => {
      const value = share(n, p.ahead.all);
      return el("li", { class: isBadOutcome(o) ? "bad" : "good" },
        el("span", { class: "what mono" }, `${isBadOutcome(o) ? "✗" : "✓"} ${o.end === 0 ? outcomeText(o) : endText(o)}`),
        bar(value === null ? (chance < 0 ? null : chance / 1e6) : value, isBadOutcome(o) ? "bad" : "good"),
        el("span", { class: "chance" }, `${count(n)}${chance >= 0 ? ` · ${percent(chance / 1e6)}` : ""}`));
    }), outcomes.length > 8 ? el("li", { class: "none" }, word("more", outcomes.length - 8)) : null) : null,
  ];
}

function table(kind, heads, rows) {
  return el("table", { class: kind }, el("thead", null, el("tr", null, heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", null, rows));
}

function lastWriter(run, at, object) {
  for (let i = at; i-- > 0;)
    if (isWritten(run, i + 1, object)) return `${threadName(run.steps[i].thread)}, ${word("step")} ${i + 1}`;
  return "";
}

function variablesPanel(run, at) {
  const p = run.places[at];
  const rows = watched.map((o) => {
    const isChanged = isWritten(run, at, o);
    return el("tr", { class: isChanged ? `changed ${paint(o)}` : null }, el("th", { scope: "row", class: `mono t-${paint(o)}` }, objectName(o)), el("td", { class: "mono" }, p.values[o]), el("td", null, lastWriter(run, at, o)));
  });
  return rows.length === 0 ? null : table("variables", [word("variable"), word("value"), word("last_writer")], rows);
}

function locksPanel(run, at) {
  const p = run.places[at];
  const locks = D.objects.map((o, k) => k).filter((k) => paints.has(k) && ![0, 1, 4, 8, 10].includes(objectKind(k)));
  const rows = locks.map((o) => {
    const owners = p.owners.filter(([t, k]) => k === o).map(([t]) => threadName(t));
    const waiting = p.stands.map((s, t) => (s && s.state === BLOCKED && s.object === o ? threadName(t) : null)).filter((t) => t);
    const state = owners.length > 0 ? owners.join(", ") : isOwnable(o) ? word("free") : p.values[o] || "";
    return el("tr", { class: waiting.length > 0 ? "asked" : null }, el("th", { scope: "row", class: `mono t-${paint(o)}` }, objectName(o)), el("td", { class: owners.length ? "strong" : null }, state), el("td", null, waiting.join(", ")));
  });
  return rows.length === 0 ? null : table("locks", [word("lock"), word("held_by"), word("waiting")], rows);
}

function localsOf(run, at, t) {
  if (run.localValues.length === 0) return run.places[at].stands[t].locals;
  return run.locals.map(([name, thread], k) => (thread === t && run.localValues[at][k] >= 0 && text(run.localValues[at][k]) !== "" ? `${text(name)} = ${text(run.localValues[at][k])}` : null)).filter((s) => s).join(", ");
}

function threadsPanel(run, at) {
  const p = run.places[at];
  const hasLocals = p.stands.some((s, t) => localsOf(run, at, t) !== "");
  const rows = p.stands.map((s, t) => {
    if (!s) return null;
    const isNow = at > 0 && run.steps[at - 1].thread === t;
    const state = isStopped(run, at, t) ? word("stopped") : s.state === ENDED ? word("ended") : s.state === BLOCKED ? word("blocked") : s.state === READY ? word("ready") : word("not_started");
    return el("tr", { class: `${isNow ? "current" : ""}${s.state === BLOCKED ? " asked" : ""}` }, el("th", { scope: "row", title: threadName(t) }, (isNow ? "▶ " : "") + shorten(threadName(t), 13)), el("td", null, state),
      el("td", { class: "mono" }, s.line ? `${s.source} :${s.line}` : "", s.why ? el("div", { class: "why" }, s.why) : null), hasLocals ? el("td", { class: "mono" }, localsOf(run, at, t)) : null);
  });
  return table("threads", [word("thread"), word("state"), word("next"), hasLocals ? word("locals") : null].filter((h) => h), rows);
}

function stepsPanel(run, at, go) {
  return run.steps.map((s, i) => el("li", { class: `${i + 1 === at ? "now" : ""}${i + 1 > at ? " future" : ""}${isSwitch(run, i) ? " switch" : ""}${run.notes.some((n) => n.offender && n.at === i) ? " bad" : ""}` },
    el("button", { type: "button", tabindex: "-1", onclick: () => go(i + 1), "aria-current": i + 1 === at ? "step" : null },
      el("span", { class: "n" }, String(i + 1)), el("span", { class: "who" }, threadName(s.thread)), el("span", { class: "mono src" }, s.source), el("span", { class: "mono eff" }, s.effect))));
}

// -------------------------------------------------------------------- source

function sourceList() {
  while (sourceLines.length > 1 && sourceLines[sourceLines.length - 1] === "") sourceLines.pop();
  return el("ol", { class: "code", tabindex: "0", "aria-label": word("source") }, sourceLines.map((line, k) =>
    el("li", { "data-line": k + 1, class: /^\s*\/\//.test(line) ? "comment" : null }, el("code", null, line || " "), el("span", { class: "at" }))));
}

// Who stands at a line: names, or only their numbers on the cards where names would hide the statement.
function sourceChips(at, onlyNumbers) {
  const most = onlyNumbers ? 6 : 3, shown = at.slice(0, at.length > most ? most - 1 : most);
  return [
    at.length > most ? el("span", { class: "chip", title: at.map(({ k }) => threadName(k)).join(", ") }, `+${at.length - shown.length}`) : null,
    shown.map(({ k, isBlocked }) => {
      const state = isBlocked ? word("blocked") : word("next"), name = threadName(k);
      return el("span", { class: `chip${isBlocked ? " blocked" : ""}`, title: onlyNumbers ? `${name}: ${state}` : state, "aria-label": onlyNumbers ? name : null, role: onlyNumbers ? "img" : null },
        onlyNumbers ? String(k + 1) : shorten(name, at.length > 1 ? 7 : 12));
    }),
  ];
}

// The statement, that is; a remark behind it may be hidden.
function hidesSource(line) {
  const text = document.createRange(), content = line.firstChild.firstChild;
  text.setStart(content, 0);
  text.setEnd(content, content.data.replace(/\s*(\/\/.*)?$/, "").length);
  return text.getBoundingClientRect().right > line.lastChild.getBoundingClientRect().left;
}

// The line of the last step is marked, and where each thread stands.
function markSource(list, run, at) {
  const p = run.places[at], s = at > 0 ? run.steps[at - 1] : null;
  const chips = new Map();
  p.stands.forEach((t, k) => t && t.line > 0 && chips.set(t.line, [...(chips.get(t.line) || []), { k, isBlocked: t.state === BLOCKED }]));
  let current = null;
  for (const line of list.children) {
    const number = Number(line.dataset.line), here = s !== null && s.line === number, at = chips.get(number) || [];
    line.classList.toggle("current", here);
    if (here) { line.setAttribute("aria-current", "true"); current = line; } else line.removeAttribute("aria-current");
    refill(line.lastChild, sourceChips(at, false));
    if (at.length > 0 && hidesSource(line)) refill(line.lastChild, sourceChips(at, true));
  }
  const first = current || [...list.children].find((line) => line.querySelector(".chip"));
  if (first) keepInView(list, first);
}

// ----------------------------------------------------------- what to choose from

function amount(item) {
  const parts = [];
  if (item.count >= 0) {
    const n = text(item.count), whole = D.interleavings < 0 ? null : text(D.interleavings);
    parts.push(whole && n !== "infinite" && whole !== "infinite" ? word("of", count(n), count(whole)) : count(n));
  }
  if (item.chance >= 0) parts.push(percent(item.chance / 1e6));
  return parts.join(" · ");
}

// How often free runs on real threads ended so.
function realRuns(item) {
  if (!D.stress || item.runs === undefined) return null;
  const part = D.stress.runs > 0 ? item.runs / D.stress.runs : 0;
  return el("span", { class: "amount" }, bar(part, "real"), word("real_runs", count(String(item.runs)), count(String(D.stress.runs)), percent(part)));
}

function choiceItem(kind, k, item, isBad, title, detail, choose) {
  const value = item.chance >= 0 ? item.chance / 1e6 : null;
  return el("li", null, el("button", { type: "button", class: `choice ${isBad ? "bad" : "good"}`, "data-kind": kind, "data-index": k, onclick: () => choose(kind, k), disabled: item.run < 0 },
    el("span", { class: "title" }, `${isBad ? "✗" : "✓"} ${title}`), detail ? el("span", { class: "detail" }, detail) : null,
    item.chance >= 0 || item.count >= 0 ? el("span", { class: "amount" }, value === null ? null : bar(value, isBad ? "bad" : "good"), amount(item)) : null, realRuns(item)));
}

function choiceLists(choose) {
  const findings = D.findings.map((f, k) => choiceItem("finding", k + 1, f, true, `${kindWords(f.kind)}${f.objects >= 0 ? `: ${text(f.objects)}` : ""}`, text(f.message), choose));
  const outcomes = D.outcomes.map((o, k) => choiceItem("outcome", k + 1, o, isBadOutcome(o), outcomeText(o), o.end === 0 ? (o.serial === 2 ? word("not_serial") : null) : endText(o) === outcomeText(o) ? null : word(`end_${END_NAMES[o.end]}`), choose));
  return [
    findings.length > 0 ? [el("h2", null, word("findings", findings.length)), el("ul", { class: "choices" }, findings)] : null,
    outcomes.length > 0 ? [el("h2", null, word("outcomes", D.outcomeCount)), D.stress && D.stress.strangers > 0 ? el("p", { class: "doom" }, `✗ ${word("strangers", count(String(D.stress.strangers)))}`) : null, el("ul", { class: "choices" }, outcomes), D.outcomeCount > outcomes.length ? el("p", { class: "empty" }, word("more", D.outcomeCount - outcomes.length)) : null] : null,
  ];
}

// ------------------------------------------------------------------ next step

// The share of the interleavings where these can be counted, else the probability.
function leadBar(part, ahead, k) {
  const value = share(part, ahead.all), chance = ahead.kindChance[k];
  return value === null && chance < 0 ? null : bar(value === null ? chance / 1e6 : value, "bad");
}

// One card a thread, under its lane: what it would do, and where that leads.
function nextCards(run, at, choose) {
  const p = run.places[at], scripted = at < run.steps.length ? run.steps[at] : null;
  const main = mainKind(run);
  return D.threads.map((t, k) => {
    const s = p.stands[k];
    if (!s || s.state === 0) return null;
    const moves = p.moves.filter((m) => m.step.thread === k);
    const head = el("span", { class: "who" }, el("kbd", null, String(k + 1)), " ", threadName(k));
    if (moves.length === 0) {
      const isNext = !D.map && scripted && scripted.thread === k;
      const state = isStopped(run, at, k) ? word("stopped") : s.state === ENDED ? word("ended") : s.state === BLOCKED ? `✗ ${s.why || word("blocked")}` : p.end !== RUNNING && at === run.steps.length ? word("stopped") : word("ready");
      return el("div", { class: `card idle${s.state === BLOCKED ? " blocked" : ""}`, "data-thread": k },
        isNext ? el("button", { type: "button", class: "move scripted", onclick: () => choose(null) }, head, el("span", { class: "src mono" }, s.source)) : [head, s.source ? el("span", { class: "src mono" }, s.source) : null, el("span", { class: "why" }, state)]);
    }
    return el("div", { class: "card", "data-thread": k }, moves.map((m, i) => {
      const isNext = scripted && scripted.thread === k && scripted.choice === m.step.choice;
      const to = place(m.to), part = main >= 0 && to.ahead.kinds[main] >= 0 ? text(to.ahead.kinds[main]) : null;
      const shows = m.findings.concat(to.findings.filter((f) => !p.findings.includes(f)));
      const hint = shows.length > 0 ? `✗ ${kindWords(D.findings[shows[0]].kind)}` : !to.endsWell && p.endsWell ? `✗ ${word("no_way_back")}` : null;
      return el("button", { type: "button", class: `move${isNext ? " scripted" : ""}${hint ? " risky" : ""}`, "data-choice": m.step.choice, onclick: () => choose(m) },
        i === 0 ? head : null,
        el("span", { class: "src mono" }, m.step.source), el("span", { class: "eff mono" }, m.step.effect),
        part !== null ? el("span", { class: "lead" }, leadBar(part, to.ahead, main), amongAll(part, to.ahead.all, D.kinds[main])) : null,
        hint ? el("span", { class: "hint" }, hint) : null);
    }));
  }).filter((card) => card);
}

// The kind whose share the cards tell: that of the finding looked at, else the most telling one.
function mainKind(run) {
  const wanted = run.origin.kind === "finding" ? D.findings[run.origin.index - 1] : D.findings[D.first];
  return wanted ? D.kinds.indexOf(wanted.kind) : -1;
}
