// One problem as it stands open: its question, the worked solution, and the completions beside each other.

// `searching` says whether a search marks words: then those that differ are not marked.
function problemWriter(data, answer, plain, write, searching) {
  const { texts } = data;
  return inside;

  function inside(problem) {
    const identity = make("p", { class: "identity" }, make("span", { class: "quiet" }, `${texts.problem} `));
    identity.append(plain(make("code"), problem.id), ` \u00b7 ${texts.gold} `);
    identity.append(plain(make("bdi", { class: "answer" }), problem.gold));
    return [
      identity,
      ...long({ class: "text question" }, problem.question || texts.no_question),
      ...solution(problem),
      ...sideBySide(problem),
    ];
  }

  function solution(problem) {
    if (!problem.solution) return [];
    const words = make("summary", {}, texts.solution);
    return [make("details", { class: "solution" }, words, ...long({ class: "text" }, problem.solution))];
  }

  // Words are compared where each run has one completion: a new one with the base's, the base's with the only other.
  function sideBySide(problem) {
    const all = problem.completions;
    const single = new Set(all.map((c) => c.run)).size === all.length && all.length > 1 && !searching();
    const places = all.map((c, i) => {
      const other = i ? all[0] : all.length === 2 ? all[1] : null;
      return single && other ? differingWords(c.text, other.text) : [];
    });
    const boxes = all.map((c, i) => completion(c, places[i]));
    const legend = places.some((own) => own.length) ? [make("p", { class: "signs" }, texts.differs)] : [];
    return [make("div", { class: "side-by-side" }, ...boxes), ...legend];
  }

  function marksOf(c, words) {
    const place = answerPlace(c.text, c.extracted, c.ranOn ?? c.text.length);
    const ranOn = { class: "ran-on", "data-words": texts.ran_on };
    return [
      ...(c.ranOn === undefined ? [] : [[c.ranOn, c.text.length, "span", ranOn]]),
      ...(place ? [[...place, "mark", { class: "answer-read" }]] : []),
      ...words.map(([from, to]) => [from, to, "span", { class: "differs" }]),
    ];
  }

  function completion(c, differing) {
    const [sign, words, good] = c.outcome;
    const outcome = make("span", { class: `outcome ${good ? "good" : "bad"}` });
    outcome.append(make("span", { "aria-hidden": "true" }, sign), " ");
    const label = plain(make("span", { class: "run", dir: "auto" }), answer.runs[c.run]);
    if (c.number) label.append(` ${c.number}`);
    const extracted = make(c.extracted === null ? "em" : "bdi", { class: "answer" });
    const [end, truncated] = c.end;
    const facts = [
      fact(texts.extracted, plain(extracted, c.extracted ?? texts.none)),
      fact(texts.end, plain(make("span"), end + (c.looped ? `, ${texts.looped}` : "")), truncated ? "truncated" : ""),
      fact(texts.tokens, c.tokens === null ? data.missing : count(c.tokens)),
      ...graders(c),
    ];
    return make(
      "article", { class: `completion run-${c.run % 4}` },
      make("h4", {}, label, " ", plain(outcome, words)), make("dl", { class: "facts" }, ...facts),
      ...long({ class: "text" }, c.text, marksOf(c, differing)),
      ...(truncated ? [make("p", { class: "cut" }, make("span", { "aria-hidden": "true" }, "\u2702"), ` ${texts.cut}`)] : []),
    );
  }

  function fact(term, value, kind = "") {
    return make("div", { class: kind }, make("dt", {}, term), make("dd", {}, value));
  }

  // What each grader says, by outcome; one sentence where all say the same.
  function graders(c) {
    const groups = new Map();
    c.verdicts.forEach((outcome, grader) => {
      if (outcome >= 0) groups.set(outcome, [...(groups.get(outcome) ?? []), answer.graders[grader]]);
    });
    const number = [...groups.values()].flat().length;
    if (number < 2) return [];
    if (groups.size === 1) return [fact(texts.graders, fill(texts.agree, { n: count(number) }))];
    const parts = [...groups].map(([outcome, names]) =>
      plain(make("span", { class: "verdicts" }), `${answer.outcomes[outcome][1]}: ${names.join(", ")}`));
    return [fact(texts.graders, make("span", {}, ...parts), "by-grader")];
  }

  function long(attributes, text, marks = []) {
    const shown = start(text, data.long).length;
    const box = writePieces(make("div", { dir: "auto", ...attributes }), text, shown, marks, write);
    if (text.length <= data.long) return [box];
    const button = make("button", { type: "button" }, fill(texts.rest, { n: count(Array.from(text).length) }));
    button.addEventListener("click", () => {
      button.remove();
      box.textContent = "";
      writePieces(box, text, text.length, marks, write);
      box.tabIndex = -1;
      box.focus({ preventScroll: true });
    });
    return [box, button];
  }
}
