// The controls of the browser of all completions: search, order, filters, and what each run made of a problem.
// What they ask for is one state: { show, flags, runs, query, order, open }, where `open` is the place of the open
// problem (-1: none), which the controls hand on as it is.

const PAUSE = 150; // milliseconds after the last key before a search
const EXCLUSIVE = ["flipped", "gained", "lost", "same-right", "same-wrong"]; // filters of which one is chosen

// `problems` are those of this part, `everything` those of all parts; `has` and `was` say by what one is found.
function problemControls({ data, answer, problems, everything, parted, orders, visible, has, was }, changed) {
  const { texts } = data;
  let timer = 0;
  const search = make("input", { type: "search", maxlength: "200", autocomplete: "off", spellcheck: "false" });
  const order = make("select", {}, ...orders.map((name) => make("option", { value: name }, texts[name])));
  const runs = answer.runs.map(outcomes);
  const element = fields();
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, PAUSE);
  });
  element.addEventListener("change", changed);
  return { element, search, read, adopt, fresh };

  function fresh(show) {
    return { show, flags: [], runs: answer.runs.map(() => ""), query: "", order: "given", open: -1 };
  }

  function fields() {
    const shows = [["all", texts.all, amount(() => true)], ...offered((tag) => EXCLUSIVE.includes(tag))];
    const flags = offered((tag) => !EXCLUSIVE.includes(tag));
    return make(
      "div", { class: "controls" },
      make("div", { class: "fields" },
        labelled(texts.search, search, "field wide-field"), labelled(texts.order, order, "field")),
      ...(shows.length > 1 ? [pills(texts.show, "radio", shows)] : []),
      ...(flags.length ? [pills(texts.only, "checkbox", flags)] : []),
      ...(runs.some(useful) ? [ofRuns()] : []),
    );
  }

  // Return the state that the controls ask for.
  function read(open) {
    clearTimeout(timer);
    const inputs = [...element.querySelectorAll("input:checked")];
    return {
      show: inputs.find((i) => i.type === "radio")?.value ?? "all",
      flags: inputs.filter((i) => i.type === "checkbox").map((i) => i.value),
      runs: runs.map((select) => select.value),
      query: search.value,
      order: order.value,
      open,
    };
  }

  // Set the controls to `wanted` and return the state they then ask for; what they do not offer stays at its first
  // choice.
  function adopt(wanted) {
    const inputs = [...element.querySelectorAll("input")];
    for (const input of inputs) {
      if (input.type === "radio") input.checked = input.value === wanted.show;
      if (input.type === "checkbox") input.checked = wanted.flags.includes(input.value);
    }
    const radios = inputs.filter((input) => input.type === "radio");
    if (radios.length && !radios.some((input) => input.checked)) radios[0].checked = true;
    runs.forEach((select, run) => choose(select, wanted.runs[run]));
    choose(order, wanted.order);
    search.value = wanted.query;
    return read(wanted.open);
  }

  function choose(select, value) {
    select.value = value;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }

  // The filters that divide the problems; one that holds for all or for none is not offered.
  function offered(wanted) {
    const divides = ([tag]) => new Set(everything.map((p) => has(p, tag))).size > 1;
    return data.filters
      .filter(([tag]) => wanted(tag))
      .filter(divides)
      .map(([tag, title]) => [tag, title, amount((p) => has(p, tag))]);
  }

  // How many problems `holds` leaves here, and in all parts where there are others.
  function amount(holds) {
    const n = count(problems.filter(holds).length);
    return parted ? fill(texts.of, { n, total: count(everything.filter(holds).length) }) : n;
  }

  function outcomes(label, run) {
    const select = make("select", {}, make("option", { value: "" }, texts.any));
    for (const [name, title] of data.states) {
      const holds = (p) => was(p, run, name);
      if (everything.some(holds)) select.append(make("option", { value: name }, `${title} (${amount(holds)})`));
    }
    return select;
  }

  function useful(select) {
    return select.length > 2;
  }

  function ofRuns() {
    const labels = runs.map((select, run) => labelled(answer.runs[run], select, "chosen"));
    const legend = make("legend", {}, texts.outcome);
    return make("fieldset", { class: "filters" }, legend, ...labels.filter((label, run) => useful(runs[run])));
  }

  function labelled(text, control, kind) {
    return make("label", { class: kind }, make("span", { dir: "auto" }, visible(start(text, STEM))), " ", control);
  }

  function pills(legend, type, choices) {
    const boxes = choices.map(([value, title, number]) => {
      const box = make("input", { type, value, name: `${answer.key}-live-${type}` });
      return make("label", {}, box, ` ${title} `, make("span", { class: "amount" }, number));
    });
    return make("fieldset", { class: "filters" }, make("legend", {}, legend), ...boxes);
  }
}
