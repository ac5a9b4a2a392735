// Tools of the browser of all completions: unpacking, elements, numbers, patterns and addresses.

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const STEM = 200; // characters of a question or a label in a row

// Elements. A string among the children becomes a text node.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function count(number) {
  return number.toLocaleString("en");
}

function counted(numbers) {
  return Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, count(number)]));
}

function nameOf(character) {
  const code = character.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

function names(characters) {
  return Array.from(characters, nameOf).join("");
}

// The start of a text, not ending within a character.
function start(text, length) {
  if (text.length <= length) return text;
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? length - 1 : length);
}

function literal(query) {
  if (!query.trim()) return null;
  const escaped = query.trim().replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(escaped.replace(/\s+/g, "\\s+"), "giu");
}

// What follows the name of the file: a section and how it is looked at. The open problem counts through all parts.
function address(id, { show, flags, runs, query, order, open: place }) {
  const view = new URLSearchParams();
  if (show !== "all") view.set("show", show);
  if (flags.length) view.set("and", flags.join(" "));
  runs.forEach((name, run) => name && view.set(`run${run + 1}`, name));
  if (query) view.set("search", query);
  if (order !== "given") view.set("order", order);
  if (place >= 0) view.set("open", String(place + 1));
  return `#${id}?${view}`;
}

// The list of keys.
function keysDialog(texts, id) {
  const title = make("h4", { id: id }, texts.keys);
  const keys = {
    "j k": texts.key_next, Enter: texts.key_open, "/": texts.key_search, Esc: texts.key_close, "?": texts.key_help,
  };
  const rows = Object.entries(keys).map(([names, text]) => {
    const term = make("dt", {}, ...names.split(" ").flatMap((one) => [make("kbd", {}, one), " "]));
    return make("div", {}, term, make("dd", {}, text));
  });
  const close = make("button", { type: "button" }, texts.close);
  const element = make(
    "dialog", { class: "keys", "aria-labelledby": title.id },
    title, make("p", {}, texts.keys_lead), make("dl", {}, ...rows), make("p", {}, texts.link), close,
  );
  close.addEventListener("click", () => element.close());
  return element;
}
