export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".inspector")
  const { header, arrays } = unpack(data)
  const parts = root.parts ?? start(root)
  root.act = (act) => setTriggerValue("act", act)
  root.header = header
  root.asked = false
  const isPinned = header.row !== undefined, isOpen = isPinned && !header.hint
  parts.hint.textContent = header.hint ?? ""
  parts.hint.hidden = isOpen
  parts.bar.hidden = !isPinned
  for (const button of parts.steps) button.hidden = !isOpen
  for (const button of parts.rows) button.hidden = !isOpen || header.rows === 1
  parts.body.hidden = !isOpen
  if (isOpen) fill(root, parts, header, [...arrays])
  window.attentionPinned = isPinned ? { row: header.row, key: header.key } : null
  window.dispatchEvent(new CustomEvent("attention-pinned"))
  sign(root, header, isOpen)
  requestAnimationFrame(reachFormula)
  if (isPinned && root.opening) requestAnimationFrame(bringIntoView)
  root.opening = root.opening && !isPinned
  if (root.later) send(root, root.later)
}

function sign({ dataset }, header, isOpen) {
  for (const name of ["energy", "weight", "row", "key"]) {
    if (isOpen) dataset[name] = header[name]
    else delete dataset[name]
  }
  dataset.side = header.side
  dataset.run = header.run
}

function start(root) {
  const bar = put(root, "div", "bar")
  const parts = (root.parts = { bar, hint: put(root, "p", "hint"), body: put(root, "div", "body") })
  const button = (text, act) => {
    const own = put(bar, "button", "", text)
    own.type = "button"
    own.addEventListener("click", act)
    return own
  }
  parts.steps = [button("‹ Previous key", () => step(root, 0, -1)), button("Next key ›", () => step(root, 0, 1))]
  parts.rows = [button("‹ Previous query", () => step(root, -1, 0)), button("Next query ›", () => step(root, 1, 0))]
  button("Close", () => close(root)).classList.add("close")
  parts.masked = put(parts.body, "p", "masked")
  parts.strips = put(parts.body, "div", "strips")
  put(parts.body, "h3", "", "From the energies to the weight")
  const moves = put(parts.body, "div", "moves")
  parts.energy = slider(root, moves, "This energy", { step: "any" }, "energy")
  parts.temperature = slider(root, moves, "Temperature", { min: 0, step: 1 }, "temperature")
  parts.reset = put(moves, "button", "", "Reset")
  parts.reset.type = "button"
  parts.reset.addEventListener("click", () => { root.later = null; root.act({ kind: "reset" }) })
  parts.change = put(moves, "output", "change")
  parts.held = put(parts.body, "p", "hint")
  const box = put(parts.body, "div", "scroll")
  Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: "The row as a table, scrolls sideways" })
  parts.table = put(box, "table")
  put(parts.body, "h3", "", "Its part of the context vector")
  parts.share = put(parts.body, "div", "strips")
  listen(root)
  return parts
}

function slider(root, place, name, range, kind) {
  const label = put(place, "label")
  put(label, "span", "", name)
  const input = put(label, "input")
  Object.assign(input, { type: "range", ...range })
  const text = put(label, "b")
  input.addEventListener("input", () => {
    root.touched = { ...root.touched, [kind]: Number(input.value) }
    text.textContent = kind === "energy" ? Number(input.value).toFixed(2).replace("-", "−") : String(root.header.temperatures[input.value])
    send(root, { kind: "move", energy: root.touched.energy ?? null, temperature: root.touched.temperature ?? null })
  })
  return { input, text }
}

// One question at a time: what is moved meanwhile is asked when the answer is there.
function send(root, act) {
  root.later = root.asked ? act : null
  if (root.asked) return
  root.asked = true
  clearTimeout(root.patience)
  root.patience = setTimeout(() => { root.asked = false; if (root.later) send(root, root.later) }, 2000)
  root.act(act)
}

function fill(root, parts, header, arrays) {
  const way = `${header.row} ${header.key} ${JSON.stringify(header.strips)}`
  const palette = header.palette.map(colourPoint)
  const steps = arrays.splice(0, header.strips.filter((strip) => strip.size).length)
  if (root.way !== way) fillStrips(parts.strips, header.strips, steps, palette)
  root.way = way
  fillStrips(parts.share, header.parts, arrays, palette)
  fillTable(parts.table, header.table)
  parts.masked.textContent = header.masked
  parts.masked.hidden = !header.masked
  parts.held.textContent = header.held
  parts.change.textContent = header.change
  parts.reset.disabled = !header.moved
  if (!header.moved) root.touched = {}
  if (root.later) return // the sliders are being moved
  Object.assign(parts.energy.input, { min: header.slider.low, max: header.slider.high, value: header.slider.value })
  parts.energy.input.setAttribute("aria-valuetext", header.slider.text)
  parts.energy.text.textContent = header.slider.text
  const texts = header.temperatures.map(String)
  Object.assign(parts.temperature.input, { max: texts.length - 1, value: header.temperature })
  parts.temperature.input.setAttribute("aria-valuetext", texts[header.temperature])
  parts.temperature.text.textContent = texts[header.temperature]
}

function pin(root, row, key, side) {
  root.opening ||= root.header.row === undefined
  root.later = null
  root.act({ kind: "pin", row, key, side })
}

function choose(root, line, place) {
  root.opening = true
  root.later = null
  root.act({ kind: "choose", line, place })
}

function step(root, rows, keys) {
  const { row, key, header } = { ...root.header, header: root.header }
  const turn = (place, by, count) => (place + by + count) % count
  pin(root, turn(row, rows, header.rows), turn(key, keys, header.keys))
}

function close(root) {
  window.dispatchEvent(new CustomEvent("attention-return", { detail: root.header.side }))
  root.act({ kind: "close" })
}

// A press on a word or place arrives as an event; Plotly's heatmaps tell of theirs once asked to.
function listen(root) {
  const on = (target, name, act) => {
    const own = (event) => (root.isConnected ? act(event) : target.removeEventListener(name, own))
    target.addEventListener(name, own)
  }
  on(window, "attention-pin", ({ detail }) => pin(root, detail.row, detail.key, detail.side))
  on(window, "keydown", (event) => {
    if (event.key !== "Escape" || root.header.row === undefined || event.defaultPrevented) return
    if (event.composedPath()[0].matches?.("input:not([type=range]), textarea, [role=combobox], [role=option]")) return
    close(root)
  })
  on(document, "pointerover", ({ target }) => {
    const plot = target.closest?.(".js-plotly-plot")
    const near = plot?.closest(".st-key-wide_tokens, .st-key-places"), far = plot?.closest(".st-key-wide_every, .st-key-wide_difference")
    if (!(near || far) || !plot.on || (plot.tells?.root === root && plot.tells.events === plot._ev)) return
    plot.tells = { root, events: plot._ev }
    plot.on("plotly_click", ({ points: [{ x, y }] }) => {
      if (!root.isConnected) return
      const { columns, query } = root.header
      root.opening = Boolean(far) // it stands below the inspector
      if (columns) pin(root, query, y * columns + x)
      else if (far) choose(root, y, x)
      else pin(root, y, x)
    })
  })
}

// It scrolls where the page is narrow: the keyboard must reach it.
function reachFormula() {
  const box = document.querySelector(".st-key-cell .katex-display")
  if (box) Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: "The formula with this cell's numbers, scrolls sideways" })
}

// Opened beyond the window's edge it would go unseen; what was pressed above it stays in view.
function bringIntoView() {
  const box = document.querySelector(".st-key-cell"), main = document.querySelector("[data-testid=stMain]")
  const { top } = box?.getBoundingClientRect() ?? { top: 0 }, below = Math.max(top - 0.45 * window.innerHeight, Math.min(top - 60, 0))
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches
  if (below) main?.scrollBy({ top: below, behavior: still ? "auto" : "smooth" })
}
