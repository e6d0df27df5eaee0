// What runs in time: a lane of weights for each row, and under them the signals on the same axis, tinted by the lit row's weights.
// A frame in a lane says where the input itself tells that it truly happened.

const LANE = 26, GAP = 4, PANEL = 92, HEAD = 24, FOOT = 26 // pixels: of a lane, between, of a panel, over it, of the axis
const TINT = 0.45, MOST_TICKS = 12
const TICKS = [0.5, 1, 2, 5, 10, 20, 30, 60] // seconds

function startTimeline(parts, own) {
  const field = make(parts.figure, "div", "field timeline"), line = { field, canvas: make(field, "canvas"), at: { row: 0, col: 0 } }
  field.tabIndex = 0
  field.setAttribute("role", "application")
  field.setAttribute("aria-roledescription", "heatmap over signals in time")
  const point = (at) => setHover(parts, (line.at = at))
  field.addEventListener("pointermove", (event) => point(windowAt(own, event)))
  for (const name of ["pointerleave", "blur"]) field.addEventListener(name, () => setHover(parts, null))
  field.addEventListener("focus", () => parts.readout.setAttribute("aria-live", "polite"))
  field.addEventListener("blur", () => parts.readout.removeAttribute("aria-live"))
  field.addEventListener("click", () => pinGrid(own, line.at))
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      return pinGrid(own, line.at)
    }
    const { row, col } = own.hover?.col === undefined ? { row: shownRow(own), col: 0 } : line.at
    const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -col], End: [0, own.columns] }[event.key] ?? []
    if (down === undefined) return
    event.preventDefault()
    const within = (value, count) => Math.max(0, Math.min(value, count - 1))
    point({ row: within(row + down, own.rows), col: within(col + right, own.columns) })
  })
  new ResizeObserver(() => own.header?.signals && drawTimeline(parts, own)).observe(field)
  return line
}

// Where everything lies, in pixels of the page.
function layout({ header, rows, timeline: { field, pen } }) {
  const { panels, seconds } = header.signals, width = field.clientWidth
  const left = Math.ceil(Math.max(...header.rows.map((label) => pen.measureText(label).width))) + 10
  const lanes = rows * (LANE + GAP), bottom = lanes + panels.length * (HEAD + PANEL)
  const x = (time) => left + ((width - left - 1) * time) / seconds
  return { width, left, lanes, bottom, height: bottom + FOOT, x, lane: (row) => row * (LANE + GAP), panel: (n) => lanes + n * (HEAD + PANEL) + HEAD }
}

function windowAt(own, event) {
  const { canvas } = own.timeline, { left, top } = canvas.getBoundingClientRect(), place = layout(own)
  const time = ((event.clientX - left - place.left) / (place.width - place.left - 1)) * own.header.signals.seconds
  const found = own.spans.findLastIndex((start, n) => n % 2 === 0 && start <= time), row = Math.floor((event.clientY - top) / (LANE + GAP))
  return { row: row < own.rows ? Math.max(row, 0) : shownRow({ ...own, hover: null }), col: Math.max(found, 0) / 2 }
}

function drawTimeline(parts, own) {
  const { header, timeline } = own, { field, canvas } = timeline, ratio = window.devicePixelRatio || 1
  const pen = (timeline.pen ??= canvas.getContext("2d"))
  const font = `14px ${getComputedStyle(parts.root).fontFamily}`
  pen.font = font
  const place = layout(own)
  if (place.width < 50) return
  field.setAttribute("aria-label", `${header.title} Arrow keys move from ${header.names[1]} to ${header.names[1]}, Enter shows the arithmetic there.`)
  Object.assign(canvas, { width: Math.round(place.width * ratio), height: Math.round(place.height * ratio) })
  canvas.style.height = `${place.height}px`
  pen.scale(ratio, ratio)
  Object.assign(pen, { font, textBaseline: "middle", lineJoin: "round" })
  const row = shownRow(own)
  for (let n = 0; n < own.rows; n++) drawLane(pen, own, place, n, litRows(own).includes(n))
  let at = 0
  header.signals.panels.forEach((panel, n) => {
    drawPanel(pen, own, place, panel, own.panels.slice(at, (at += panel.names.length)), place.panel(n), row)
  })
  drawSeconds(pen, header, place)
  markWindows(pen, own, place)
}

const ground = ({ header }, weight) => header.grounds[header.top ? Math.round(Math.min(weight / header.top, 1) * (header.grounds.length - 1)) : 0]

// Its edges lie on whole pixels of the screen: neighbours neither overlap nor part.
function windowBox({ spans }, place, col, top, height) {
  const ratio = window.devicePixelRatio || 1, edge = (time) => Math.round(place.x(time) * ratio) / ratio
  return [edge(spans[2 * col]), top, edge(spans[2 * col + 1]) - edge(spans[2 * col]), height]
}

function drawLane(pen, own, place, row, isLit) {
  const { header, columns } = own, { ink, line } = header.colours, top = place.lane(row)
  Object.assign(pen, { fillStyle: isLit ? header.colours.accent : ink, textAlign: "right" })
  pen.fillText(header.rows[row], place.left - 8, top + LANE / 2, place.left - 8)
  for (let col = 0; col < columns; col++) {
    pen.fillStyle = ground(own, weightAt(own, row, col))
    pen.fillRect(...windowBox(own, place, col, top, LANE))
  }
  Object.assign(pen, { strokeStyle: line, lineWidth: 1 })
  pen.strokeRect(place.left, top + 0.5, place.width - place.left - 1, LANE - 1)
  Object.assign(pen, { strokeStyle: ink, lineWidth: 2 })
  for (const { label, start, end } of header.signals.spans) {
    const [from, to] = [start, end].map((time) => place.x(Math.min(time, header.signals.seconds)))
    if (label === header.rows[row]) pen.strokeRect(from + 1, top + 1, to - from - 2, LANE - 2)
  }
}

function drawPanel(pen, own, place, { title, unit, names }, signals, top, row) {
  const { ink, muted, line, accent } = own.header.colours, colours = [ink, accent, muted]
  Object.assign(pen, { fillStyle: ink, textAlign: "left" })
  pen.fillText(`${title}, ${unit}`, place.left, top - HEAD / 2)
  let x = place.left + pen.measureText(`${title}, ${unit}`).width + 16
  names.forEach((name, n) => {
    pen.fillStyle = colours[n % 3]
    pen.fillRect(x, top - HEAD / 2 - 1, 14, 2)
    pen.fillText(name, x + 18, top - HEAD / 2)
    x += 40
  })
  pen.globalAlpha = TINT
  for (let col = 0; col < own.columns; col++) {
    pen.fillStyle = ground(own, weightAt(own, row, col))
    pen.fillRect(...windowBox(own, place, col, top, PANEL))
  }
  pen.globalAlpha = 1
  const highest = Math.max(...signals.flatMap((own) => [...own])), lowest = Math.min(...signals.flatMap((own) => [...own]))
  const y = (value) => top + 4 + (PANEL - 8) * (highest > lowest ? (highest - value) / (highest - lowest) : 0.5)
  Object.assign(pen, { strokeStyle: line, lineWidth: 1, textAlign: "right", fillStyle: muted })
  pen.strokeRect(place.left, top + 0.5, place.width - place.left - 1, PANEL - 1)
  for (const [value, at] of [[highest, top + 8], [lowest, top + PANEL - 8]]) pen.fillText(value.toPrecision(2).replace("-", "−"), place.left - 8, at)
  signals.forEach((values, n) => {
    Object.assign(pen, { strokeStyle: colours[n % 3], lineWidth: 1.25 })
    pen.beginPath()
    values.forEach((value, sample) => pen.lineTo(place.x(((sample + 0.5) / values.length) * own.header.signals.seconds), y(value)))
    pen.stroke()
  })
}

function drawSeconds(pen, { signals: { seconds }, colours }, place) {
  const step = TICKS.find((own) => seconds / own <= Math.min(MOST_TICKS, (place.width - place.left) / 36)) ?? TICKS.at(-1)
  Object.assign(pen, { fillStyle: colours.muted, textAlign: "center" })
  for (let time = 0; time <= seconds; time += step) {
    pen.fillRect(place.x(time), place.bottom, 1, 5)
    const isLast = time + step > seconds
    pen.textAlign = time ? (isLast ? "right" : "center") : "left"
    pen.fillText(isLast ? `${time} s` : `${time}`, isLast ? Math.min(place.x(time) + 6, place.width) : place.x(time), place.bottom + 15)
  }
}

// The window that is pointed at, over everything; the pinned cell, in its lane.
function markWindows(pen, own, place) {
  const pinned = window.attentionPinned, { ink, accent, background } = own.header.colours
  if (own.hover?.col !== undefined) {
    Object.assign(pen, { strokeStyle: ink, lineWidth: 1 })
    pen.strokeRect(...windowBox(own, place, own.hover.col, 0.5, place.bottom - 1))
    if (own.hover.row !== undefined) {
      pen.lineWidth = 3
      pen.strokeRect(...windowBox(own, place, own.hover.col, place.lane(own.hover.row) + 1, LANE - 2))
    }
  }
  const at = pinned ? own.header.cells.findIndex(([query, key]) => query === pinned.row && key === pinned.key) : -1
  if (at < 0) return
  for (const [colour, width] of [[background, 6], [accent, 3]]) {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width })
    pen.strokeRect(...windowBox(own, place, at % own.columns, place.lane(Math.floor(at / own.columns)) + 1, LANE - 2))
  }
}
