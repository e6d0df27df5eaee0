// What runs in time: a lane of weights for each row, and under them the signals on the same axis, tinted by the lit row's weights.
// A frame in a lane says where the input itself tells that it truly happened.

const LANE = 26, GAP = 4, PANEL = 92, HEAD = 24, FOOT = 26 // pixels: of a lane, between, of a panel, over it, of the axis
const TINT = 0.45, MOST_TICKS = 12, DARK = 1.6 // the larger, the less ink what is weak gets
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
  field.addEventListener("click", (event) => {
    const time = soundOf(own.listening) ? timeUnder(own, event) : null
    if (time === null) pinGrid(own, line.at)
    else listen(own.listening, time)
  })
  field.addEventListener("keydown", (event) => {
    if (event.key === "l" && !event.ctrlKey && !event.metaKey) return hearCell(own.listening, line.at.row, line.at.col)
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      return pinGrid(own, line.at)
    }
    const { row, col } = own.hover?.col === undefined ? { row: shownRow(own), col: 0 } : line.at
    const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -col], End: [0, own.columns] }[event.key] ?? []
    if (down === undefined) return
    event.preventDefault()
    const within = (value, count) => Math.max(0, Math.min(value, count - 1))
    point({ row: within(row + down, own.step), col: within(col + right, own.columns) })
  })
  new ResizeObserver(() => own.header?.signals && drawTimeline(parts, own)).observe(field)
  return line
}

// Where everything lies, in pixels of the page.
function layout({ header, rows, timeline: { field, pen } }) {
  const { panels, seconds } = header.signals, width = field.clientWidth
  const beside = [...header.rows, ...panels.flatMap(({ kind, names }) => (kind === "image" ? names : []))]
  const left = Math.ceil(Math.max(26, ...beside.map((label) => pen.measureText(label).width))) + 10
  const lanes = rows * (LANE + GAP), bottom = lanes + panels.length * (HEAD + PANEL)
  const x = (time) => left + ((width - left - 1) * time) / seconds
  return { width, left, lanes, bottom, height: bottom + FOOT, x, lane: (row) => row * (LANE + GAP), panel: (n) => lanes + n * (HEAD + PANEL) + HEAD }
}

function timeAt(own, event) {
  const place = layout(own), x = event.clientX - own.timeline.canvas.getBoundingClientRect().left
  return ((x - place.left) / (place.width - place.left - 1)) * own.header.signals.seconds
}

const laneAt = ({ timeline: { canvas } }, event) => Math.floor((event.clientY - canvas.getBoundingClientRect().top) / (LANE + GAP))

// The time that is pointed at among the signals, null over the lanes.
const timeUnder = (own, event) => (laneAt(own, event) < own.rows ? null : Math.max(0, timeAt(own, event)))

function windowAt(own, event) {
  const time = timeAt(own, event), found = own.spans.findLastIndex((start, n) => n % 2 === 0 && start <= time), row = laneAt(own, event)
  const last = Math.max(own.step - 1, 0)
  return { row: row < own.rows ? Math.max(0, Math.min(row, last)) : shownRow({ ...own, hover: null }), col: Math.max(found, 0) / 2 }
}

function drawTimeline(parts, own) {
  const { header, timeline } = own, { field, canvas } = timeline, ratio = window.devicePixelRatio || 1
  const pen = (timeline.pen ??= canvas.getContext("2d"))
  const font = `14px ${getComputedStyle(parts.root).fontFamily}`
  pen.font = font
  const place = layout(own)
  if (place.width < 50) return
  field.setAttribute("aria-label", `${header.title} Arrow keys move from ${header.names[1]} to ${header.names[1]}, Enter shows the arithmetic there${header.signals.sound ? ", L plays the sound there" : ""}.`)
  Object.assign(canvas, { width: Math.round(place.width * ratio), height: Math.round(place.height * ratio) })
  canvas.style.height = `${place.height}px`
  pen.scale(ratio, ratio)
  Object.assign(pen, { font, textBaseline: "middle", lineJoin: "round" })
  const row = shownRow(own)
  for (let n = 0; n < own.step; n++) drawLane(pen, own, place, n, litRows(own).includes(n))
  let at = 0
  header.signals.panels.forEach((panel, n) => {
    drawPanel(pen, own, place, panel, own.panels.slice(at, (at += panel.count)), place.panel(n), row)
  })
  drawSeconds(pen, header, place)
  markWindows(pen, own, place)
  tellListening(own.listening)
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

function drawPanel(pen, own, place, panel, signals, top, row) {
  const { ink, muted, line, accent } = own.header.colours, title = panel.unit ? `${panel.title}, ${panel.unit}` : panel.title
  Object.assign(pen, { fillStyle: ink, textAlign: "left" })
  pen.fillText(title, place.left, top - HEAD / 2)
  if (panel.kind === "lines") nameLines(pen, panel.names, [ink, accent, muted], place.left + pen.measureText(title).width + 16, top - HEAD / 2)
  pen.globalAlpha = TINT
  for (let col = 0; col < own.columns; col++) {
    pen.fillStyle = ground(own, weightAt(own, row, col))
    pen.fillRect(...windowBox(own, place, col, top, PANEL))
  }
  pen.globalAlpha = 1
  const highest = Math.max(...signals.map((own) => own.reduce((one, other) => Math.max(one, other))))
  const lowest = Math.min(...signals.map((own) => own.reduce((one, other) => Math.min(one, other))))
  const y = (value) => top + 4 + (PANEL - 8) * (highest > lowest ? (highest - value) / (highest - lowest) : 0.5)
  const x = (sample, count) => place.x(((sample + 0.5) / count) * own.header.signals.seconds)
  if (panel.kind === "image") pen.drawImage(imageOf(own, panel, signals, lowest, highest), place.left, top, place.width - place.left - 1, PANEL)
  if (panel.kind === "swing") drawSwing(pen, signals, x, y, ink)
  if (panel.kind === "lines") signals.forEach((values, n) => drawLine(pen, values, x, y, [ink, accent, muted][n % 3]))
  Object.assign(pen, { strokeStyle: line, lineWidth: 1, textAlign: "right", fillStyle: muted })
  pen.strokeRect(place.left, top + 0.5, place.width - place.left - 1, PANEL - 1)
  if (panel.kind === "swing") return
  const ends = panel.kind === "image" ? [panel.names[1], panel.names[0]] : [highest, lowest].map((value) => value.toPrecision(2).replace("-", "−"))
  for (const [n, text] of ends.entries()) pen.fillText(text, place.left - 8, n ? top + PANEL - 8 : top + 8)
}

function nameLines(pen, names, colours, x, y) {
  names.forEach((name, n) => {
    pen.fillStyle = colours[n % colours.length]
    pen.fillRect(x + 40 * n, y - 1, 14, 2)
    pen.fillText(name, x + 40 * n + 18, y)
  })
}

function drawLine(pen, values, x, y, colour) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: 1.25 })
  pen.beginPath()
  values.forEach((value, sample) => pen.lineTo(x(sample, values.length), y(value)))
  pen.stroke()
}

function drawSwing(pen, [highest, lowest], x, y, colour) {
  pen.fillStyle = colour
  pen.beginPath()
  highest.forEach((value, sample) => pen.lineTo(x(sample, highest.length), y(value) - 0.5))
  for (let sample = lowest.length - 1; sample >= 0; sample--) pen.lineTo(x(sample, lowest.length), y(lowest[sample]) + 0.5)
  pen.fill()
}

// The rows of an image, the first one lowest, in ink: what is strong covers the tint under it. Drawn once for all widths.
function imageOf(own, panel, rows, lowest, highest) {
  const look = `${own.run} ${panel.title} ${own.header.colours.ink}`
  if (own.image?.look === look) return own.image.canvas
  const canvas = new OffscreenCanvas(rows[0].length, rows.length), pen = canvas.getContext("2d")
  pen.fillStyle = own.header.colours.ink
  pen.fillRect(0, 0, 1, 1)
  const ink = pen.getImageData(0, 0, 1, 1).data, pixels = pen.createImageData(canvas.width, canvas.height)
  rows.forEach((values, n) => values.forEach((value, sample) => {
    const at = 4 * ((rows.length - 1 - n) * canvas.width + sample)
    pixels.data.set([ink[0], ink[1], ink[2], 255 * ((value - lowest) / (highest - lowest || 1)) ** DARK], at)
  }))
  pen.putImageData(pixels, 0, 0)
  own.image = { look, canvas }
  return canvas
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
