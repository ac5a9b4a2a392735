// The text of a completion in pieces: the answer that was read, what runs on behind it, and the words that another
// completion does not have. The place of the answer is found as in reports/marked_text.py.

const WORDS = 600; // a longer text is not compared word by word
const ALIKE = 0.4; // share of the words that two texts have in common, from which on their differences are marked

function answerPlace(text, extracted, end = text.length) {
  if (!extracted) return null;
  const graded = text.slice(0, end);
  const found = [...graded.matchAll(answerPattern(extracted))];
  const boxed = found.filter((match) =>
    /boxed\s*\{[\s$]*$/.test(graded.slice(Math.max(0, match.index - 20), match.index)));
  const chosen = (boxed.length ? boxed : found).at(-1);
  return chosen ? [chosen.index, chosen.index + chosen[0].length] : null;
}

function answerPattern(extracted) {
  const number = /^([-+\u2212]?)(\d+)(?:\.(\d+))?$/.exec(extracted.replaceAll(",", ""));
  const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  if (!number) return new RegExp(escaped(extracted), "g");
  const [, sign, whole, part] = number;
  const digits = Array.from(whole).join(",?");
  const decimals = part ? `\\.${part}0*` : "(?:\\.0+)?";
  return new RegExp(`(?<![\\d.,])${escaped(sign)}${digits}${decimals}(?!\\d)(?![.,]\\d)`, "g");
}

// The places of the words of `text` that are not, in the same order, in `other`; none where the texts are not alike.
function differingWords(text, other) {
  const own = [...text.matchAll(/\S+/g)];
  const theirs = other.match(/\S+/g) ?? [];
  if (!own.length || !theirs.length || own.length > WORDS || theirs.length > WORDS || text === other) return [];
  const [n, m] = [own.length, theirs.length];
  const common = new Uint16Array((n + 1) * (m + 1)); // longest common sequences of what follows both places
  const at = (i, j) => i * (m + 1) + j;
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      common[at(i, j)] = own[i][0] === theirs[j]
        ? common[at(i + 1, j + 1)] + 1
        : Math.max(common[at(i + 1, j)], common[at(i, j + 1)]);
    }
  }
  if (common[0] < ALIKE * Math.max(n, m)) return [];
  const places = [];
  let j = 0;
  own.forEach((word, i) => {
    while (j < m && own[i][0] !== theirs[j] && common[at(i, j + 1)] >= common[at(i + 1, j)]) j++;
    if (j < m && own[i][0] === theirs[j]) j++;
    else places.push([word.index, word.index + word[0].length]);
  });
  return places;
}

// Write the first `upTo` characters of a text; `marks` are [from, to, tag, attributes] and may overlap.
function writePieces(box, text, upTo, marks, write) {
  const stops = new Set([0, upTo]);
  for (const [from, to] of marks) for (const stop of [from, to]) if (stop > 0 && stop < upTo) stops.add(stop);
  const sorted = [...stops].sort((a, b) => a - b);
  for (let i = 0; i + 1 < sorted.length; i++) {
    let parent = box;
    for (const [from, to, tag, attributes] of marks) {
      if (from > sorted[i] || to <= sorted[i]) continue;
      const element = make(tag, from === sorted[i] ? attributes : { class: attributes.class });
      parent.append(element);
      parent = element;
    }
    write(parent, text.slice(sorted[i], sorted[i + 1]));
  }
  return box;
}
