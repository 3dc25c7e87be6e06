// Elements, words and numbers. Text of the scenario is only ever set as text, never as markup.
"use strict";

const D = JSON.parse(document.getElementById("data").textContent);

// fill(element, {attribute: value}, children...): a value of null leaves the attribute out; on* are listeners.
function fill(element, attributes, ...children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3))
    if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, ...children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, ...children);

function refill(element, ...children) {
  element.replaceChildren();
  return fill(element, null, ...children);
}

// A fixed word in the page's language; {0}, {1} ... stand for the values.
function word(name, ...values) {
  return D.words[name].replace(/\{(\d)\}/g, (all, k) => values[k]);
}

const text = (k) => (k < 0 ? "" : D.strings[k]);

// "1234567" as "1,234,567", very long ones as "1.23 × 10^45".
function count(digits) {
  if (digits === "infinite") return "∞";
  if (digits.length > 15) {
    const power = String(digits.length - 1).replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
    return `${digits[0]}.${digits.slice(1, 3)} × 10${power}`;
  }
  return digits.replace(/\B(?=(\d{3})+$)/g, D.lang === "ru" ? "\u00a0" : ",");
}

// A long name keeps its end, where its number is.
function shorten(name, most) {
  const letters = [...name];
  return letters.length <= most ? name : letters.slice(0, most - 5).join("") + "…" + letters.slice(-4).join("");
}

// Scrolls a list, and nothing around it.
function keepInView(list, item) {
  const outer = list.getBoundingClientRect(), box = item.getBoundingClientRect();
  if (box.top < outer.top || box.bottom > outer.bottom) list.scrollTop += box.top - outer.top - (outer.height - box.height) / 2;
}

// The share of two decimal numbers of any length, or null where it cannot be told.
function share(part, whole) {
  if (!/^\d+$/.test(part) || !/^\d+$/.test(whole) || whole === "0") return part === "0" ? 0 : null;
  return Number((BigInt(part) * 1000000n) / BigInt(whole)) / 1000000;
}

function percent(value) {
  if (value <= 0) return "0 %";
  if (value < 0.001) return "< 0.1 %";
  if (value > 0.999 && value < 1) return "> 99.9 %";
  return `${(value * 100).toFixed(value * 100 === Math.round(value * 100) ? 0 : 1)} %`;
}

// A bar for a share between 0 and 1; null draws it hatched: not known.
function bar(value, kind) {
  const width = value === null ? 100 : Math.max(value * 100, value > 0 ? 1.5 : 0);
  return el("span", { class: `meter ${kind}${value === null ? " unknown" : ""}`, "aria-hidden": "true" },
    el("span", { style: `width:${width}%` }));
}
