// The list of pages: sorted by a click on a heading, searched, and filtered by tag. Without script it is the newest first.

const box = document.querySelector(".list-controls");
const table = document.querySelector(".pages");
if (!box || !table) return;

const body = table.tBodies[0];
const rows = [...body.rows];
const words = box.dataset;
const search = document.createElement("input");
const status = document.createElement("span");
const chosen = new Set();
const place = new Map(rows.map((row, at) => [row, at])); // the newest first

search.type = "search";
search.setAttribute("aria-label", words.search);
search.placeholder = words.search;
search.addEventListener("input", filter);
status.setAttribute("role", "status");
box.append(search, ...tags(), status);
for (const heading of table.querySelectorAll("th[data-key]")) sortable(heading);

function tagsOf(row) {
  return row.dataset.tags ? row.dataset.tags.split("\n") : [];
}

function tags() {
  const known = [...new Set(rows.flatMap(tagsOf))].sort();
  if (!known.length) return [];
  const set = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = words.tags;
  set.className = "filters";
  set.append(legend, ...known.map((tag) => {
    const label = document.createElement("label");
    const check = document.createElement("input");
    check.type = "checkbox";
    check.addEventListener("change", () => {
      if (check.checked) chosen.add(tag);
      else chosen.delete(tag);
      filter();
    });
    label.append(check, ` ${tag}`);
    return label;
  }));
  return [set];
}

function filter() {
  const wanted = search.value.trim().toLocaleLowerCase();
  for (const row of rows) {
    const own = tagsOf(row);
    row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted) || ![...chosen].every((tag) => own.includes(tag));
  }
  const left = rows.filter((row) => !row.hidden).length;
  status.textContent = left === rows.length ? "" : words.count.replace("{left}", left).replace("{total}", rows.length);
}

// The first click sorts text upwards and numbers downwards, the next the other way; what has no value stays last.
function sortable(heading) {
  const { key } = heading.dataset;
  const numeric = key === "difference" || key === "problems";
  const descending = numeric || key === "written";
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const before = heading.getAttribute("aria-sort");
    const up = before ? before === "descending" : !descending;
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const order = (a, b) => {
      if (key === "written") return up ? place.get(b) - place.get(a) : place.get(a) - place.get(b);
      const [first, second] = [a.dataset[key], b.dataset[key]];
      if (!first || !second) return Number(!first) - Number(!second);
      const way = numeric ? Number(first) - Number(second) : first.localeCompare(second);
      return (up ? way : -way) || place.get(a) - place.get(b);
    };
    rows.sort(order);
    body.append(...rows);
  });
}
