// The browser of all completions. It reads the packed data of the page, asks the network for nothing, keeps nothing,
// and writes every text as text. Fixed words, flags and the pattern of hidden characters come with the data.
// Problems of other parts are on other pages: of these it knows by what they are found, and it adapts the links to them.

const PAGE = 50; // rows shown at once, and added by the button
const READ = 14; // characters of an answer in a row
const SEEN = 60; // of these characters, so many are seen on every screen
const AROUND = 60; // characters on each side of a match in a row

const island = document.getElementById("completions");
if (!island || !("DecompressionStream" in window)) return; // the cards stay

unpack(island.textContent).then((data) => {
  const hidden = new RegExp(`${data.hidden}+`, "gu");
  for (const answer of data.answers) browse(data, answer, hidden);
  performance.mark("completions-ready");
});

function browse(data, answer, hidden) {
  const { texts, pool } = data;
  const { visible, plain, write } = writer(hidden, () => pattern);
  const inside = problemWriter(data, answer, plain, write, () => pattern !== null);
  const section = document.getElementById(`${answer.key}-answers`);
  const total = answer.all.length;
  const pages = data.pages.filter(([, first]) => first < total);
  const parted = pages.length > 1;
  const [, begin, end] = pages[data.part];
  const everything = answer.all.map((kind, place) => {
    const [tags, states] = answer.kinds[kind];
    return { place, tags, states };
  });
  const problems = answer.problems.map(prepared);
  const before = section.querySelector(".pager [rel=prev]");
  const after = section.querySelector(".onward [rel=next]");
  const tagNames = data.filters.map(([tag]) => tag);
  const stateNames = data.states.map(([state]) => state);
  const orders = {
    given: () => 0,
    flips: (a, b) => has(b, "flipped") - has(a, "flipped"),
    long: (a, b) => b.longest - a.longest,
    short: (a, b) => a.longest - b.longest,
    question: (a, b) => b.question.length - a.question.length,
  };
  let state; // what the controls ask for, and the place of the open problem (-1: none)
  let chosen = problems; // what the filters leave, in order
  let nRows = 0; // so many of these have a row
  let pattern = null; // of the search

  const status = make("p", { role: "status", class: "count" });
  const list = make("div", { class: `problems runs-${answer.runs.length}` });
  const more = make("button", { type: "button", class: "more-rows" });
  const reset = make("button", { type: "button" }, texts.reset);
  const help = keysDialog(texts, `${answer.key}-keys`);
  const known = { data, answer, problems, everything, parted, orders: Object.keys(orders), visible, has, was };
  const controls = problemControls(known, read);
  const live = make("div", { class: "live" }, ...lead(), controls.element, bar(), list, more, help);

  section.querySelector(".fixed").hidden = true;
  section.querySelector(".fixed").after(live);
  section.tabIndex = -1;
  more.addEventListener("click", () => {
    const first = nRows;
    extend();
    list.children[first]?.querySelector("summary").focus();
  });
  reset.addEventListener("click", () => {
    state = controls.adopt(controls.fresh("all"));
    changed();
    controls.search.focus();
  });
  section.addEventListener("keydown", key);
  window.addEventListener("hashchange", recall);
  // A page opens on what flipped; an address that says nothing of it shows all.
  state = controls.adopt(controls.fresh("flipped"));
  refresh();
  recall();

  function prepared(problem, at) {
    const completions = problem.completions.map(
      ([run, number, text, extracted, outcome, end, tokens, looped, verdicts, ranOn]) => ({
        run, number, text: pool[text], extracted, outcome: answer.outcomes[outcome], end: answer.ends[end],
        tokens, looped, verdicts, ranOn,
      }),
    );
    const lengths = completions.map((c) => (answer.counted ? c.tokens : c.text.length));
    const longest = Math.max(0, ...lengths);
    const [question, solution] = [pool[problem.question], pool[problem.solution]];
    return { ...problem, ...everything[begin + at], question, solution, completions, longest };
  }

  function has(problem, tag) {
    return (problem.tags >> tagNames.indexOf(tag)) & 1;
  }

  function was(problem, run, name) {
    return problem.states.some(([of, bits]) => of === run && (bits >> stateNames.indexOf(name)) & 1);
  }

  function lead() {
    const parts = [parted ? texts.lead_part : texts.lead];
    if (everything.some((p) => has(p, "gained") || has(p, "lost"))) {
      parts.push(fill(texts.base, { base: visible(answer.runs[0]) }));
    }
    if (parted) parts.push(texts.part);
    return [make("p", { class: "lead" }, parts.join(" ")), make("p", { class: "signs" }, texts.signs)];
  }

  function bar() {
    const button = make("button", { type: "button", class: "help" }, `${texts.keys} `, make("kbd", {}, "?"));
    button.addEventListener("click", () => help.showModal());
    return make("div", { class: "bar" }, status, reset, button);
  }

  function read() {
    state = controls.read(state.open);
    changed();
  }

  // The list.
  function changed() {
    refresh();
    remember();
  }

  function refresh() {
    pattern = literal(state.query);
    chosen = problems.filter(fits).sort((a, b) => orders[state.order](a, b) || a.place - b.place);
    if (!chosen.some((p) => p.place === state.open)) state.open = -1;
    list.textContent = "";
    nRows = 0;
    extend(chosen.findIndex((p) => p.place === state.open) + 1);
    const left = everything.filter(passes).length;
    const text = parted ? (pattern ? texts.count_part : texts.count_all) : texts.count;
    const numbers = { left: chosen.length, total: problems.length, left_in_all: left, all: total };
    status.textContent = fill(text, counted(numbers)) + (chosen.length ? "" : `. ${texts.nothing}`);
    reset.hidden = chosen.length === problems.length && left === total && !pattern;
    if (parted) guide(left);
  }

  // Whether the filters leave a problem, of whatever part; the search needs its texts.
  function passes(problem) {
    return (
      (state.show === "all" || has(problem, state.show)) &&
      state.flags.every((tag) => has(problem, tag)) &&
      state.runs.every((name, run) => !name || was(problem, run, name))
    );
  }

  function fits(problem) {
    return passes(problem) && (
      !pattern || finds(problem.id) || finds(problem.question) || problem.completions.some((c) => finds(c.text))
    );
  }

  // Let the links to the other parts keep the view, and say how many problems the filters leave there.
  function guide(leftInAll) {
    const view = address(section.id, { ...state, open: -1 });
    for (const link of section.querySelectorAll(".pager a, .onward a")) link.hash = view;
    section.querySelectorAll(".pager li").forEach((item, at) => {
      const [, first, past] = pages[at];
      const left = everything.slice(first, past).filter(passes).length;
      item.querySelector(".amount").textContent = leftInAll < total ? ` (${count(left)})` : "";
    });
  }

  function finds(text) {
    return text.search(pattern) >= 0;
  }

  // Show one page more, and at least `least` rows.
  function extend(least = 0) {
    const until = Math.min(chosen.length, Math.max(nRows + PAGE, least));
    const rows = chosen.slice(nRows, until).map(row);
    list.append(...rows);
    nRows = until;
    more.hidden = nRows === chosen.length;
    more.textContent = fill(texts.more, { n: count(Math.min(PAGE, chosen.length - nRows)) });
  }

  function row(problem) {
    const marks = problem.marks.map(([run, mark]) => {
      const [sign, words, good] = answer.marks[mark];
      return make(
        "span", { class: `mark run-${run % 4} ${good ? "good" : "bad"}` },
        plain(make("bdi"), start(answer.runs[run], STEM)), " ",
        make("span", { "aria-hidden": "true" }, sign), plain(make("span", { class: "quiet" }), words),
        ...answerOf(problem, run),
      );
    });
    marks.unshift(make(
      "span", { class: "mark" }, make("span", { class: "quiet" }, `${texts.gold} `),
      make("span", { "aria-hidden": "true" }, "= "), plain(make("bdi", { class: "answer" }), start(problem.gold, READ)),
    ));
    if (problem.flip) {
      const text = plain(make("span", { class: "quiet" }), start(problem.flip, 2 * STEM));
      marks.push(make("span", { class: "flip" }, make("span", { "aria-hidden": "true" }, "\u21c4"), text));
    }
    const summary = make(
      "summary", {},
      write(make("span", { class: "stem", dir: "auto" }), start(problem.question || problem.id, STEM)),
      make("span", { class: "marks" }, ...marks), ...hit(problem),
    );
    const element = make("details", { class: "problem" }, summary, make("div", { class: "inside" }));
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      open(element.open ? -1 : problem.place);
      remember();
    });
    if (problem.place === state.open) unfold(element, problem);
    return element;
  }

  // The answer that was read, where the run has one completion of the problem.
  function answerOf(problem, run) {
    const ofRun = problem.completions.filter((c) => c.run === run);
    if (ofRun.length !== 1 || ofRun[0].extracted === null) return [];
    return [" ", plain(make("bdi", { class: "read" }), start(ofRun[0].extracted, READ))];
  }

  // Where the search found something, if the row does not show it.
  function hit(problem) {
    if (!pattern || finds(start(problem.question, SEEN))) return [];
    const named = problem.completions.map((c) => [`${answer.runs[c.run]} ${c.number}`.trim(), c.text]);
    const match = [["", problem.question], ...named].find(([, text]) => finds(text));
    if (!match) return [];
    const [name, text] = match;
    const at = text.search(pattern);
    const from = Math.max(0, at - AROUND);
    const until = at + 2 * AROUND;
    const piece = text.slice(from, until).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
    const line = make("span", { class: "hit", dir: "auto" });
    if (name) line.append(make("bdi", {}, visible(start(name, STEM))), ": ");
    line.append(from ? "\u2026" : "");
    write(line, piece);
    line.append(until < text.length ? "\u2026" : "");
    return [line];
  }

  function open(place) {
    const before = list.querySelector(".problem[open]");
    if (before) {
      before.open = false;
      before.lastElementChild.textContent = "";
    }
    state.open = place;
    const at = chosen.findIndex((p) => p.place === place);
    if (at >= 0) unfold(list.children[at], chosen[at]);
  }

  function unfold(element, problem) {
    element.lastElementChild.append(...inside(problem));
    element.open = true;
  }

  // The keyboard. A key does something only while the focus lies in this part of the page.
  function key(event) {
    const typing = event.target.matches("input[type=search], select");
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const stop = event.target === before || event.target === after;
    const steps = stop || (list.contains(event.target) && event.target.matches("summary"));
    const leaves = event.key === "Enter" || (event.key === "Escape" && !state.query);
    if (leaves && event.target === controls.search) {
      // What was typed may not have been looked for yet, and to look for it makes new rows.
      controls.search.blur();
      read();
      focusRow(0);
    }
    if (typing) return;
    const act = {
      j: () => move(1), k: () => move(-1),
      ArrowDown: steps ? () => move(1) : null, ArrowUp: steps ? () => move(-1) : null,
      "/": () => controls.search.focus(),
      "?": () => help.showModal(),
      Escape: state.open < 0 ? null : close,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function move(step) {
    const active = document.activeElement;
    const focused = [...list.children].indexOf(active.closest(".problem"));
    const opened = chosen.findIndex((p) => p.place === state.open);
    const last = chosen.length - 1;
    const at = active === before ? -1 : active === after ? last + 1 : focused >= 0 ? focused : opened;
    const wanted = at < 0 && active !== before ? 0 : at + step;
    if (wanted < 0 && before) return before.focus();
    if (wanted > last && after) return after.focus();
    const to = Math.min(Math.max(wanted, 0), last);
    if (to < 0) return;
    if (to >= nRows) extend();
    if (opened >= 0) {
      open(chosen[to].place);
      remember();
    }
    focusRow(to);
  }

  function close() {
    const at = chosen.findIndex((p) => p.place === state.open);
    open(-1);
    remember();
    focusRow(at);
  }

  function focusRow(at) {
    const summary = list.children[at]?.querySelector("summary");
    summary?.focus({ preventScroll: true });
    summary?.scrollIntoView({ block: list.children[at].open ? "start" : "nearest", behavior: "instant" });
  }

  // The address. It holds the view, so that a copied address opens it again.
  function remember() {
    history.replaceState(null, "", address(section.id, state));
  }

  function recall() {
    const [id, view] = location.hash.slice(1).split(/\?(.*)/s);
    if (id !== section.id || view === undefined) return;
    const parameters = new URLSearchParams(view);
    const wanted = Number(parameters.get("open") ?? 0) - 1;
    if (elsewhere(wanted, parameters)) return;
    state = controls.adopt({
      show: parameters.get("show") ?? "all",
      flags: (parameters.get("and") ?? "").split(" "),
      runs: answer.runs.map((label, run) => parameters.get(`run${run + 1}`) ?? ""),
      query: parameters.get("search") ?? "",
      order: parameters.get("order") ?? "given",
      open: wanted,
    });
    refresh();
    if (parameters.has("moved")) remember();
    const at = chosen.findIndex((p) => p.place === state.open);
    if (at >= 0) return focusRow(at);
    section.focus({ preventScroll: true });
    section.scrollIntoView({ behavior: "instant" });
  }

  // Go to the part that holds the wanted problem, once: pages of two builds may not agree on where it is.
  function elsewhere(place, parameters) {
    if ((begin <= place && place < end) || parameters.has("moved")) return false;
    const page = pages.find(([, first, past]) => first <= place && place < Math.min(past, total));
    if (!page) return false;
    parameters.set("moved", "1");
    location.replace(`${page[0]}#${section.id}?${parameters}`);
    return true;
  }
}
