// The page itself: links open the part that they lead to, sliders move the field of squares, tables are sorted.
// Every number and every sentence was written beforehand; nothing is computed here.

// Open whatever encloses the target of the address, which may carry a view of the browser of completions.
function reveal() {
  const target = document.getElementById(location.hash.slice(1).split("?")[0]);
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  return target;
}

window.addEventListener("hashchange", () => reveal()?.scrollIntoView({ block: "nearest" }));
reveal();

// A link to completions says which: a filter, or one problem.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-show], a[data-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !("DecompressionStream" in window)) return;
  event.preventDefault();
  const { show, open } = link.dataset;
  location.hash = `${link.hash.slice(1)}?${open ? `open=${open}` : `show=${show}`}`;
});

for (const hero of document.querySelectorAll(".hero[data-answers]")) field(hero);
for (const table of document.querySelectorAll("table.sortable")) sortable(table);

function field(hero) {
  const drawn = [...hero.querySelectorAll("svg.squares")].map(squaresOf);
  for (const { svg, at } of drawn) {
    svg.classList.add("clickable");
    svg.addEventListener("click", (event) => {
      const place = at(event);
      if (place !== null) location.hash = `${hero.dataset.answers}?open=${place + 1}`;
    });
  }
  const box = hero.querySelector(".sliders");
  if (!box) return;
  box.hidden = false;
  const line = { reach: hero.querySelector(".strip .reach"), at: hero.querySelector(".strip .at") };
  const said = box.querySelector(".said");
  const sliders = [...box.querySelectorAll("input")];
  const whole = { low: line.reach.getAttribute("x1"), value: line.at.getAttribute("cx"), high: line.reach.getAttribute("x2") };
  for (const slider of sliders) {
    const steps = JSON.parse(slider.dataset.steps);
    const output = slider.nextElementSibling;
    const show = (moved) => {
      const [name, low, value, high, n, words] = steps[slider.value];
      output.value = name;
      slider.setAttribute("aria-valuetext", words);
      if (!moved) return;
      // One question at a time: the others go back to the run as it was.
      for (const other of sliders) {
        if (other === slider || other.value === other.max) continue;
        other.value = other.max;
        other.dispatchEvent(new Event("back"));
      }
      const all = slider.value === slider.max;
      place(line, all ? whole : { low: `${low}%`, value: `${value}%`, high: `${high}%` });
      said.textContent = words;
      for (const { keep } of drawn) keep(n < 0 || all ? Infinity : n);
    };
    slider.addEventListener("input", () => show(true));
    slider.addEventListener("back", () => show(false));
    show(false);
  }
}

function place({ reach, at }, { low, value, high }) {
  reach.setAttribute("x1", low);
  reach.setAttribute("x2", high);
  at.setAttribute("cx", value);
}

// The squares of one picture: which problem lies under the pointer, and a way to let those fall away that come later.
function squaresOf(svg) {
  const side = Number(svg.dataset.side);
  const squares = [...svg.querySelectorAll("path")].flatMap((path) => {
    const steps = path.dataset.places.split(" ");
    let place = 0;
    return path.getAttribute("d").match(/M[^M]*/g).map((d, i) => {
      const [x, y] = d.match(/-?[\d.]+/g).map(Number);
      place += Number(steps[i]);
      return { path, d, x, y, place };
    });
  });
  const gone = document.createElementNS("http://www.w3.org/2000/svg", "path");
  gone.setAttribute("class", "gone");
  gone.setAttribute("stroke-width", 0.86 * side);
  svg.append(gone);
  return { svg, at, keep };

  function at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const inside = ({ x, y }) => Math.max(Math.abs(point.x - x), Math.abs(point.y - y)) <= side / 2;
    return squares.find(inside)?.place ?? null;
  }

  function keep(n) {
    for (const path of new Set(squares.map((square) => square.path))) {
      const kept = squares.filter((square) => square.path === path && square.place < n);
      path.setAttribute("d", kept.map((square) => square.d).join(""));
    }
    gone.setAttribute("d", squares.filter((square) => square.place >= n).map((square) => square.d).join(""));
  }
}

// Headings become buttons that sort; the base keeps its place.
function sortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") !== "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.sort;
      const compare = (a, b) => Number(value(a)) - Number(value(b)) || value(a).localeCompare(value(b));
      const rows = [...body.rows].filter((row) => !row.classList.contains("base"));
      body.append(...rows.sort((a, b) => (down ? compare(b, a) : compare(a, b))));
    });
  });
}
