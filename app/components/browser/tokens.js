// Rows and columns as tokens to press: pinned ones are summed, and colour what they look at, or what looks at them.

function startTokens(own, title, side) {
  const line = put(own.root, "div", "line")
  put(line, "span", "", title)
  const list = put(line, "ol")
  list.dir = "auto"
  list.setAttribute("aria-label", side === "row" ? "Queries: press to pin what they look at" : "Keys: press to pin who looks at them")
  const at = (event) => [...list.children].indexOf(event.target.closest("li"))
  const over = (event) => at(event) >= 0 && hover(own, { [side]: at(event) })
  list.addEventListener("pointerover", over)
  list.addEventListener("focusin", over)
  for (const name of ["pointerleave", "focusout"]) list.addEventListener(name, () => hover(own, null))
  list.addEventListener("click", (event) => {
    const n = at(event)
    if (n < 0) return
    togglePin(own, side, n)
  })
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key], n = at(event)
    if (!step || n < 0) return
    event.preventDefault()
    const next = list.children[Math.max(0, Math.min(list.children.length - 1, n + step))].firstChild
    ;[...list.children].forEach((item) => { item.firstChild.tabIndex = item.firstChild === next ? 0 : -1 })
    next.focus()
  })
  return { line, list }
}

function fillTokens(own) {
  const { header } = own
  for (const [side, labels, special] of [["row", header.rows, header.rowSpecial], ["col", header.columns, header.columnSpecial]]) {
    const { list } = own.lines[side]
    list.replaceChildren()
    if (header.picture) continue
    labels.forEach((label, n) => {
      const button = put(put(list, "li"), "button", special[n] ? "special" : "", label)
      Object.assign(button, { type: "button", tabIndex: n ? -1 : 0 })
    })
  }
}

function togglePin(own, side, n) {
  const pins = own.pins[side]
  if (!pins.delete(n)) pins.add(n)
  pinsChanged(own)
}

function pinsChanged(own) {
  showPins(own)
  if (own.header.picture) {
    drawPatches(own)
    own.choose([...own.pins.row])
  } else drawMap(own)
}

// (S,) what rows look at together, or (T,) how much columns are looked at together.
function summed(own, side, chosen) {
  const { rows, columns } = own
  return side === "row"
    ? Float32Array.from({ length: columns }, (_, col) => chosen.reduce((sum, row) => sum + weightOf(own, row, col), 0))
    : Float32Array.from({ length: rows }, (_, row) => chosen.reduce((sum, col) => sum + weightOf(own, row, col), 0))
}

// What colours the other line: what the pointer is on, else what is pinned.
const litPins = (own, side) => (own.hover?.[side] === undefined ? [...own.pins[side]] : [own.hover[side]])

function showPins(own) {
  const { header } = own, has = own.pins.row.size + own.pins.col.size > 0
  own.clear.setAttribute("aria-disabled", String(!has))
  if (header.picture) return tellPatches(own)
  for (const [side, other] of [["row", "col"], ["col", "row"]]) {
    const lit = litPins(own, side), key = [header.run, side, ...lit, "pinned", ...own.pins[other]].join()
    if (own.lines[other].shown === key) continue // the pointer went on within a row: a thousand tokens stay as they are
    own.lines[other].shown = key
    const sums = lit.length ? summed(own, side, lit) : null, top = sums ? Math.max(...sums) : 0
    const items = own.lines[other].list.children
    for (let n = 0; n < items.length; n++) {
      const button = items[n].firstChild, share = sums && top ? sums[n] / top : 0, at = Math.round(share * (header.grounds.length - 1))
      button.style.background = header.grounds[at]
      button.style.color = header.inks[at]
      button.setAttribute("aria-pressed", String(own.pins[other].has(n)))
      if (sums) { button.dataset.weight = sums[n]; button.title = told(sums[n]) } else { delete button.dataset.weight; button.title = "" }
    }
  }
  tellMap(own)
}

const quoted = (labels, chosen) => chosen.map((n) => `“${labels[n].trim() || labels[n]}”`).join(" + ")

function most(sums, labels, count = 3) {
  const order = [...sums.keys()].sort((one, other) => sums[other] - sums[one]).slice(0, count)
  return order.filter((n) => sums[n] > 0).map((n) => `“${labels[n].trim() || labels[n]}” ${told(sums[n])}`).join(", ")
}

function tellMap(own) {
  const { header, readout, hover } = own
  readout.replaceChildren()
  const line = (bold, text) => { const place = put(readout, "span"); put(place, "b", "", bold); place.append(text) }
  if (hover?.row !== undefined && hover.col !== undefined) {
    const weight = weightOf(own, hover.row, hover.col)
    let above = 0
    for (let col = 0; col < own.columns; col++) above += weightOf(own, hover.row, col) > weight
    line(`${quoted(header.rows, [hover.row])} → ${quoted(header.columns, [hover.col])}`, ` weight ${told(weight)} · rank ${above + 1} of ${own.columns}`)
    if (header.opens) line("", "Press for its arithmetic.")
    return
  }
  for (const [side, labels, others, verb] of [["row", header.rows, header.columns, "looks most at"], ["col", header.columns, header.rows, "is looked at most by"]]) {
    const lit = litPins(own, side)
    if (!lit.length) continue
    const several = lit.length > 1 ? ` (sum of ${lit.length})` : ""
    line(quoted(labels, lit.slice(0, 6)) + (lit.length > 6 ? " + …" : ""), `${several} ${verb} ${most(summed(own, side, lit), others)}`)
  }
  if (!readout.children.length) line("", `Press queries or keys to pin them: several are summed.${header.opens ? " Press a cell for its arithmetic." : ""}`)
  if (own.pooled) line("", own.pooled)
}
