// Text as a reader sees it: hidden characters by their names, matches of the search marked, everything as text.

const MARKS = 200; // matches marked in one text

// `sought` returns the pattern of the search, null where there is none.
function writer(hidden, sought) {
  return { visible, plain, write };

  function visible(text) {
    return text.replace(hidden, names);
  }

  function plain(parent, text) {
    let at = 0;
    for (const match of text.matchAll(hidden)) {
      parent.append(text.slice(at, match.index));
      parent.append(make("span", { class: "hidden-character" }, names(match[0])));
      at = match.index + match[0].length;
    }
    parent.append(text.slice(at));
    return parent;
  }

  function write(parent, text) {
    let at = 0;
    let left = MARKS;
    const pattern = sought();
    for (const match of pattern ? text.matchAll(pattern) : []) {
      if (left-- === 0) break;
      plain(parent, text.slice(at, match.index));
      parent.append(plain(make("mark"), match[0]));
      at = match.index + match[0].length;
    }
    return plain(parent, text.slice(at));
  }
}
