// All heads of a stack at once: a small heatmap each, in rows of layers or sorted by habit. Pressing one shows it large.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".heads")
  const own = (root.own ??= startHeads(root))
  const { header, rest } = unpack(data)
  own.choose = (name) => setTriggerValue("head", name)
  const isNew = own.header?.digest !== header.digest
  Object.assign(own, { header, maps: rest, palette: header.palette.map(colourPoint) })
  if (isNew) fillHeads(own)
  markHeads(own, header.chosen)
  tellHead(own, header.chosen)
  fillLegend(own.legend, header.gradient, header.scale)
  Object.assign(root.dataset, { run: header.digest, chosen: header.chosen })
}

function startHeads(root) {
  const own = { root, order: "layers", habit: null }
  const bar = put(root, "div", "bar")
  own.orders = [["layers", "By layer"], ["habit", "By habit"]].map(([order, text]) => {
    const button = put(bar, "button", "", text)
    button.type = "button"
    button.addEventListener("click", () => { own.order = order; fillHeads(own); markHeads(own, own.chosen) })
    return [order, button]
  })
  own.habits = put(root, "div", "bar")
  own.habits.setAttribute("role", "group")
  own.habits.setAttribute("aria-label", "Heads by habit")
  own.sheet = put(root, "div", "sheet")
  own.sheet.setAttribute("role", "group")
  own.readout = put(root, "p", "readout")
  own.legend = put(root, "div", "legend")
  const at = (event) => event.target.closest(".small")?.dataset.name
  const over = (event) => at(event) && tellHead(own, at(event))
  own.sheet.addEventListener("pointerover", over)
  own.sheet.addEventListener("focusin", over)
  own.sheet.addEventListener("pointerleave", () => tellHead(own, own.chosen))
  own.sheet.addEventListener("click", (event) => at(event) && pickHead(own, at(event)))
  own.sheet.addEventListener("keydown", (event) => moveHead(own, event))
  return own
}

function pickHead(own, name) {
  markHeads(own, name) // at once, before the large one is there
  tellHead(own, name)
  own.choose(name)
}

const smalls = (own) => [...own.sheet.querySelectorAll(".small")]

function moveHead(own, event) {
  const all = smalls(own), now = all.indexOf(event.target.closest(".small"))
  if (now < 0) return
  const across = own.order === "layers" ? own.header.heads + 1 : Math.max(1, all.filter((each) => each.offsetTop === all[now].offsetTop).length)
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key]
  if (!step) return
  event.preventDefault()
  const next = all[Math.max(0, Math.min(all.length - 1, now + step))]
  all.forEach((each) => { each.tabIndex = each === next ? 0 : -1 })
  next.focus()
}

function fillHeads(own) {
  const { header, sheet } = own
  if (!header.habits.length) Object.assign(own, { order: "layers", habit: null })
  for (const [order, button] of own.orders) {
    button.setAttribute("aria-pressed", String(own.order === order))
    button.parentElement.hidden = !header.habits.length
  }
  fillHabits(own)
  sheet.setAttribute("aria-label", `${header.maps.length} heatmaps, arrow keys move among them, Enter shows one large`)
  sheet.style.setProperty("--shape", Math.max(0.6, Math.min(header.width / header.height, 1.7)))
  sheet.replaceChildren()
  if (own.order === "layers") fillLayers(own)
  else fillGroups(own)
}

function fillLayers(own) {
  const { header } = own, place = put(own.sheet, "div", "layers")
  place.style.gridTemplateColumns = `1.6em repeat(${header.heads + 1}, minmax(26px, 1fr))`
  put(place, "span", "", "")
  for (let head = 1; head <= header.heads; head++) put(place, "span", "", String(head))
  put(place, "span", "", header.summary)
  for (let layer = 0; layer < header.layers; layer++) {
    put(place, "span", "", String(layer + 1))
    for (let head = 0; head < header.heads; head++) addSmall(own, place, layer * header.heads + head)
    addSmall(own, place, header.layers * header.heads + layer)
  }
  const totals = put(place, "div", "totals"), first = header.layers * (header.heads + 1)
  totals.style.setProperty("--part", `calc((100% - 1.6em) / ${header.heads + 1} - 3px)`)
  for (const [n, [name]] of [...header.maps.entries()].slice(first).reverse()) {
    put(totals, "span", "", name.includes(".") ? "all layers" : name)
    addSmall(own, totals, n)
  }
}

function fillGroups(own) {
  const { header } = own
  for (const name of [...header.names, header.unsure]) {
    const members = header.habits.map(([habit, strength], n) => ({ habit, strength, n })).filter(({ habit }) => habit === name)
    if (!members.length) continue
    members.sort((one, other) => other.strength - one.strength)
    const group = put(own.sheet, "div", "group")
    put(group, "h3", "", `${name} (${members.length})`)
    const place = put(group, "div")
    for (const { n } of members) addSmall(own, place, n)
  }
}

function addSmall(own, place, n) {
  const { header, maps, palette } = own, [name, title] = header.maps[n]
  const button = put(place, "button", "small"), canvas = put(button, "canvas")
  button.type = "button"
  button.dataset.name = name
  button.tabIndex = -1
  const [habit, strength] = header.habits[n] ?? []
  button.setAttribute("aria-label", habit ? `${title}: ${habit} ${strength.toFixed(2)}` : title)
  button.dataset.habit = habit ?? ""
  put(button, "span", "", name.split(".").map((part) => Number(part) + 1 || part).join("·"))
  const { width, height } = header, size = width * height
  Object.assign(canvas, { width, height })
  const pen = canvas.getContext("2d"), picture = pen.createImageData(width, height), points = new Uint32Array(picture.data.buffer)
  const from = n * size
  for (let place = 0; place < size; place++) points[place] = palette[maps[from + place]]
  pen.putImageData(picture, 0, 0)
}

function fillHabits(own) {
  const { header, habits } = own
  habits.hidden = !header.habits.length
  habits.replaceChildren()
  for (const name of [...header.names, header.unsure]) {
    const count = header.habits.filter(([habit]) => habit === name).length
    const button = put(habits, "button", "", `${name} ${count}`)
    button.type = "button"
    button.title = header.meanings[name]
    button.setAttribute("aria-disabled", String(!count))
    button.addEventListener("click", () => {
      if (!count && own.habit !== name) return
      own.habit = own.habit === name ? null : name
      markHabits(own)
    })
    button.dataset.habit = name
  }
  markHabits(own)
}

function markHabits(own) {
  for (const button of own.habits.children) button.setAttribute("aria-pressed", String(button.dataset.habit === own.habit))
  for (const small of smalls(own)) small.classList.toggle("other", own.habit !== null && small.dataset.habit !== own.habit)
}

function markHeads(own, chosen) {
  own.chosen = chosen
  const all = smalls(own), at = Math.max(0, all.findIndex((each) => each.dataset.name === chosen))
  all.forEach((each, n) => {
    each.setAttribute("aria-pressed", String(each.dataset.name === chosen))
    each.tabIndex = n === at ? 0 : -1
  })
  markHabits(own)
}

function tellHead(own, name) {
  const { header, readout } = own, n = header.maps.findIndex(([own]) => own === name)
  if (n < 0) return
  readout.replaceChildren()
  put(readout, "b", "", header.maps[n][1])
  const [habit, strength] = header.habits[n] ?? []
  if (habit) readout.append(habit === header.unsure ? `: ${header.unsure}. Its strongest habit reaches ${strength.toFixed(2)}, below ${header.sure}.` : `: ${habit}, ${strength.toFixed(2)} of 1. ${header.meanings[habit]}`)
  else readout.append(header.explained[name] ? `. ${header.explained[name]}` : "")
}
