// Several rows, such as words written one by one: what each of them looks at, and which of them look at a word or place.
// Those that are there at once are not played, and one of them is always lit.
// `hover` is what the pointer or the keyboard is on, `held` what was pressed, both {row} or {col}; at most two are held.

function drawWriting(parts, header, weights, energies, boxes, [spans, ...panels]) {
  const own = parts.writing ?? startWriting(parts)
  const isNew = own.run !== header.run, isTable = !boxes && !header.signals
  Object.assign(own, { header, weights, energies, boxes, spans, panels, isTable, run: header.run, rows: header.rows.length, labels: header.rows })
  own.columns = weights.length / own.rows
  if (isNew) Object.assign(own, { hover: null, told: [], step: own.rows, stepped: false })
  // The page repeats what it was told here, one after the other, and comes with old data once more before that: that is no news.
  const isNews = header.held !== own.given && !own.told.includes(header.held)
  if (isNew || isNews) own.held = header.held === null ? [] : [{ row: header.held }]
  if (header.held === own.told.at(-1)) own.told = []
  own.given = header.held
  const look = `${header.run} ${header.top} ${header.grounds}`
  const isDrawn = own.look === look
  own.look = look
  parts.root.style.setProperty("--edge", header.edge)
  if (isNew) {
    pause(own.player)
    fillLine(own.rowLine, header.rows)
    if (isTable) fillLine(own.keyLine, header.labels)
    for (const [n, { name, list }] of [own.rowLine, own.keyLine].entries()) {
      setText(name, header.lines[n])
      list.setAttribute("aria-label", header.lines[n])
    }
  }
  if (!isDrawn && boxes) fillMaps(parts, own)
  if (!isDrawn && isTable) fillGrid(own)
  own.player.bar.hidden = !header.isWritten
  namePlayer(own.player, header.names[0].split(" ").at(-1))
  parts.root.classList.toggle("at-once", !header.isWritten)
  parts.root.classList.toggle("timed", Boolean(header.signals))
  own.keyLine.box.hidden = own.grid.hidden = !isTable
  own.maps.hidden = !boxes
  own.timeline.field.hidden = !header.signals
  tellListening(own.listening)
  if (boxes) showPicture(parts, own)
  showWriting(parts)
  if (!boxes) signWriting(parts)
}

function signWriting(parts) {
  const { header, weights, energies } = parts.writing
  parts.root.dataset.rows = JSON.stringify(header.rows)
  parts.root.dataset.columns = JSON.stringify(header.labels)
  signStage(parts, header, weights, energies)
}

function startWriting(parts) {
  const own = (parts.writing = { rows: 0, labels: [], step: 0, held: [], hover: null })
  own.player = startPlayer(parts, own, (step) => {
    Object.assign(own, { step, stepped: true, hover: null })
    showWriting(parts)
    keepReachable(own)
    if (!step) return
    keepInView(own.rowLine.list, own.rowLine.list.children[step - 1])
    if (own.isTable) keepInView(own.grid, tdOf(own, step - 1, 0).parentElement)
  })
  own.keyLine = startLine(parts, own, "keys", "col")
  own.rowLine = startLine(parts, own, "rows", "row")
  own.grid = startGrid(parts, own)
  own.maps = startMaps(parts, own)
  own.timeline = startTimeline(parts, own)
  own.listening = startListening(parts, own)
  parts.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !own.held.length || !parts.root.classList.contains("writing")) return
    event.preventDefault() // the inspector stays open
    own.held = []
    tellRow(parts)
    showWriting(parts)
  })
  followPins(
    parts,
    () => own.isTable ? markCell(own) : own.header?.signals && drawTimeline(parts, own),
    () => own.header?.signals ? own.timeline.field.focus() : own.grid.querySelector(".pinned")?.focus(),
  )
  return own
}

// Scrolls the box, and only the box; what stays at its top does not cover the element.
function keepInView(box, element) {
  const outer = box.getBoundingClientRect(), inner = element.getBoundingClientRect()
  const head = box.querySelector("thead")?.offsetHeight ?? 0
  if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 6
  else if (inner.top < outer.top + head) box.scrollTop -= outer.top + head - inner.top
}

// What Tab leads to must be there: a word or cell of a word not yet written is not.
function keepReachable({ rowLine, grid, step }) {
  const words = [...rowLine.list.children].map((item) => item.firstChild), cells = [...grid.querySelectorAll("td")]
  const row = cells.find((cell) => cell.tabIndex === 0)?.parentElement.rowIndex
  if (row > step) cells.forEach((cell, n) => { cell.tabIndex = n ? -1 : 0 })
  if (words.findIndex((word) => word.tabIndex === 0) >= step) words.forEach((word, n) => { word.tabIndex = n ? -1 : 0 })
}

function startLine(parts, own, className, axis) {
  const box = make(parts.figure, "div", `line ${className}`)
  const line = { box, axis, name: make(box, "span"), list: make(box, "ol", "words") }
  const { list } = line
  list.dir = "auto"
  const at = (event) => [...list.children].indexOf(event.target.closest("li"))
  const over = (event) => at(event) >= 0 && setHover(parts, { [axis]: at(event) })
  list.addEventListener("pointerover", over)
  list.addEventListener("focusin", (event) => {
    parts.readout.setAttribute("aria-live", "polite")
    over(event)
  })
  list.addEventListener("pointerleave", () => setHover(parts, null))
  list.addEventListener("focusout", () => {
    parts.readout.removeAttribute("aria-live")
    setHover(parts, null)
  })
  list.addEventListener("click", (event) => at(event) >= 0 && hold(parts, { [axis]: at(event) }))
  list.addEventListener("keydown", (event) => {
    const next = wordReached(list, at(event), event, axis === "row" ? own.step : undefined)
    if (!next) return
    for (const item of list.children) item.firstChild.tabIndex = item.firstChild === next ? 0 : -1
    next.focus()
  })
  return line
}

function fillLine({ list, axis }, labels) {
  list.replaceChildren()
  labels.forEach((label, n) => {
    const item = make(list, "li"), word = make(item, "button", "", label)
    Object.assign(word, { type: "button", tabIndex: n ? -1 : 0, title: label })
    word.dataset[axis] = n
    make(item, "small")
  })
}

function setHover(parts, hover) {
  parts.writing.hover = hover
  showWriting(parts)
}

function hold(parts, what) {
  const own = parts.writing, is = (other) => other.row === what.row && other.col === what.col
  const was = own.held.some(is)
  const alike = own.held.filter((other) => (other.col === undefined) === (what.col === undefined))
  own.held = was ? own.held.filter((other) => !is(other)) : [...alike, what].slice(-2)
  tellRow(parts)
  showWriting(parts)
}

// The page follows the row that was held last; −1 says that none is.
function tellRow(parts) {
  const own = parts.writing, row = own.held.findLast((what) => what.row !== undefined)?.row ?? null
  if (!parts.chooseRow || row === (own.told.length ? own.told.at(-1) : own.given)) return
  own.told.push(row)
  parts.chooseRow(row ?? -1)
}

const litRows = ({ header, hover, held, step, stepped }) => {
  if (hover) return hover.row === undefined ? [] : [hover.row]
  const rows = held.filter(({ row }) => row !== undefined).map(({ row }) => row)
  if (!header.isWritten) return held.length ? rows : [header.chosen]
  return rows.length || !stepped || !step ? rows : [step - 1]
}
const litColumns = ({ hover, held }) => (hover ? [hover] : held).filter(({ col }) => col !== undefined).map(({ col }) => col)
const weightAt = ({ weights, columns }, row, col) => weights[row * columns + col]

function rankAt(own, row, col) {
  const all = own.weights.subarray(row * own.columns, (row + 1) * own.columns)
  return 1 + all.reduce((count, weight) => count + (weight > weightAt(own, row, col)), 0)
}

function tint(element, { header }, weight) {
  const at = header.top ? Math.round(Math.min(weight / header.top, 1) * (header.grounds.length - 1)) : 0
  element.style.background = header.grounds[at]
  element.style.color = header.inks[at]
}

function showWriting(parts) {
  const own = parts.writing, { header } = own, rows = litRows(own), columns = litColumns(own)
  const both = own.hover?.row !== undefined && own.hover?.col !== undefined
  tellPlayer(own.player)
  parts.outcome.style.visibility = own.step < own.rows ? "hidden" : ""
  showLine(own, own.rowLine, both ? [] : columns, (row, col) => [row, col], rows)
  if (own.isTable) showLine(own, own.keyLine, rows, (col, row) => [row, col], columns)
  ;[...own.rowLine.list.children].forEach((item, row) => {
    item.classList.toggle("later", row >= own.step)
    item.classList.toggle("low", header.low[row])
    if (both || !columns.length) setText(item.children[1], header.told[row] ?? "")
  })
  if (own.boxes) showMaps(parts, own)
  else if (own.isTable) showGrid(own, rows, columns)
  else drawTimeline(parts, own)
  tellWriting(parts, own, rows, columns)
}

// The words of one line: tinted by their weight with what is lit on the other, which is marked with a full and a broken line.
function showLine(own, { list, axis }, lit, cell, marked) {
  ;[...list.children].forEach((item, n) => {
    const [word, ...numbers] = item.children
    if (lit.length) tint(word, own, weightAt(own, ...cell(n, lit[0])))
    else word.removeAttribute("style")
    while (item.children.length > Math.max(2, 1 + lit.length)) item.lastChild.remove()
    while (item.children.length < 1 + lit.length) numbers.push(make(item, "small"))
    numbers.slice(0, Math.max(1, lit.length)).forEach((small, place) => {
      small.className = lit.length ? `tint ${lit.length > 1 ? ["first", "second"][place] : ""}` : ""
      if (!lit.length) return (small.removeAttribute("style"), setText(small, ""))
      const [row, col] = cell(n, lit[place])
      tint(small, own, weightAt(own, row, col))
      setText(small, own.header.weightTexts[row * own.columns + col])
    })
    const held = own.held.findIndex((other) => other[axis] === n)
    word.setAttribute("aria-pressed", String(held >= 0))
    word.classList.toggle("second", held === 1)
    word.classList.toggle("current", marked.includes(n) && held < 0)
  })
}

function most(weights, labels, text, quote = "“”") {
  const order = [...weights.keys()].sort((one, other) => weights[other] - weights[one]).slice(0, 3)
  return order.filter((n) => weights[n] > 0).map((n) => `${quote.charAt(0)}${labels[n]}${quote.charAt(1)} ${text(n)}`).join(", ")
}

function tellWriting(parts, own, rows, columns) {
  const { header, hover } = own, { readout } = parts
  readout.replaceChildren()
  if (hover?.row !== undefined && hover.col !== undefined) {
    const at = hover.row * own.columns + hover.col
    make(readout, "b", "", `“${header.rows[hover.row]}” → ${own.isTable ? `“${header.labels[hover.col]}”` : header.labels[hover.col]}`)
    readout.append(` weight ${header.weightTexts[at]} · energy ${header.energyTexts[at]} · rank ${rankAt(own, hover.row, hover.col)} of ${own.columns}`)
    return
  }
  const line = (bold, text) => {
    const place = make(readout, "span", "told")
    place.style.display = "block"
    make(place, "b", "", bold)
    place.append(text)
  }
  const quote = own.isTable ? "“”" : ""
  const isTold = hover || own.held.length || header.isWritten
  for (const row of isTold ? rows : []) {
    const told = header.told[row] ? `, ${header.lead} ${header.told[row]},` : ""
    const text = (col) => header.weightTexts[row * own.columns + col]
    line(`“${header.rows[row]}”`, `${told} looks most at ${most(rowArrays(own, row)[0], header.labels, text, quote)}`)
  }
  if (own.boxes && columns.length) {
    const row = shownRow(own), at = row * own.columns + columns[0]
    line(`“${header.rows[row]}”`, ` there: weight ${header.weightTexts[at]} · energy ${header.energyTexts[at]} · rank ${rankAt(own, row, columns[0])} of ${own.columns}`)
  }
  for (const col of columns) {
    const text = (row) => header.weightTexts[row * own.columns + col]
    const down = Float32Array.from({ length: own.step }, (_, row) => weightAt(own, row, col))
    line(own.boxes ? header.labels[col] : `“${header.labels[col]}”`, ` is looked at most by ${most(down, header.rows, text) || `no ${header.names[0]}`}`)
  }
  if (!isTold || (!rows.length && !columns.length)) readout.append(header.hint)
}
