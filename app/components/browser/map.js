// One heatmap large, every weight in it: rows are queries, columns keys. Zoomed and read in the browser, no rerun.

const LABELLED = 12 // pixels of a cell from which on its row and column have room for their labels
const MARGIN = 96
const LARGEST = 44, LONGEST = 3 // pixels of a cell, and how much longer than wide, or wider than long, it may be

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map")
  const own = (root.own ??= startMap(root))
  const { header, arrays, rest } = unpack(data)
  const isNew = own.header?.input !== header.input
  own.choose = (rows) => setTriggerValue("rows", rows)
  Object.assign(own, { header, weights: halves(rest), rows: header.rows.length, columns: header.columns.length, boxes: arrays[0] })
  own.tops = header.scaling === "row" ? rowTops(own) : null
  own.palette = header.palette.map(colourPoint)
  root.classList.toggle("pictured", Boolean(header.picture))
  if (isNew) {
    own.pins = { row: new Set(header.pinned), col: new Set() }
    own.window = own.hover = null
    fillTokens(own)
  }
  for (const { list } of Object.values(own.lines)) list.style.setProperty("--edge", header.line)
  own.title.textContent = header.title
  own.notes.replaceChildren(...header.notes.map((note) => Object.assign(document.createElement("p"), { textContent: note })))
  fillLegend(own.legend, header.gradient, header.scale)
  if (header.picture) showPatches(own)
  else showMap(own)
  showPins(own)
  root.dataset.run = header.run
}

// As a heatmap, also after a picture was shown in the same place.
function showMap(own) {
  own.plane.setAttribute("aria-label", `${own.header.title}. Arrow keys move from cell to cell, plus and minus zoom, Enter opens one.`)
  own.plane.setAttribute("aria-roledescription", "heatmap")
  own.clear.textContent = own.clear.ariaLabel = "Clear pins"
  for (const button of own.zooms) button.hidden = false
  for (const other of own.ofPicture ?? []) other.hidden = true
  drawMap(own)
}

function startMap(root) {
  const own = { root, hover: null, pins: { row: new Set(), col: new Set() } }
  own.title = put(root, "h2")
  own.bar = put(root, "div", "bar")
  const button = (text, label, act) => {
    const made = put(own.bar, "button", "", text)
    Object.assign(made, { type: "button", ariaLabel: label })
    made.addEventListener("click", act)
    return made
  }
  own.zooms = [button("−", "Zoom out", () => zoom(own, 2)), button("+", "Zoom in", () => zoom(own, 0.5)), button("Whole", "Show the whole heatmap", () => zoom(own, Infinity))]
  own.clear = button("Clear pins", "Clear pins", () => { own.pins = { row: new Set(), col: new Set() }; pinsChanged(own) })
  own.plane = put(root, "div", "plane")
  own.canvas = put(own.plane, "canvas")
  own.readout = put(root, "p", "readout")
  own.readout.setAttribute("aria-live", "polite")
  own.lines = { row: startTokens(own, "Queries", "row"), col: startTokens(own, "Keys", "col") }
  own.legend = put(root, "div", "legend")
  own.notes = put(root, "div", "note")
  listenToPlane(own)
  new ResizeObserver(() => (own.header?.picture ? drawPatches(own) : drawMap(own))).observe(own.plane)
  return own
}

// Weights arrive as half floats times 2¹⁵: three digits of every one, in half the bytes.
function halves(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = new Float32Array(bytes.byteLength / 2)
  for (let n = 0; n < found.length; n++) {
    const half = view.getUint16(2 * n, true), power = (half >> 10) & 31, part = half & 1023
    found[n] = power ? (1 + part / 1024) * 2 ** (power - 30) : (part / 1024) * 2 ** -29
  }
  return found
}

function rowTops({ weights, rows, columns }) {
  return Float32Array.from({ length: rows }, (_, row) => weights.subarray(row * columns, (row + 1) * columns).reduce((top, own) => Math.max(top, own), 0))
}

const weightOf = ({ weights, columns }, row, col) => weights[row * columns + col]
const shareOf = (own, row, col) => weightOf(own, row, col) / ((own.tops ? own.tops[row] : own.header.top) || 1)
const viewOf = (own) => own.window ?? { top: 0, left: 0, height: own.rows, width: own.columns }

// Three significant digits, as everywhere in the app.
function told(value) {
  if (value > 0 && value < 2e-9) return "< 2·10⁻⁹"
  if (value === 0 || value === 1) return String(value)
  if (value > 0.9995 && value < 1) return "> 0.999"
  if (value >= 0.001) return value.toPrecision(3)
  const [part, power] = value.toExponential(2).split("e-")
  return `${part}·10⁻${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`
}

// How many device pixels a cell takes across and down, and where the first one begins: labels stand where they have room.
function fitted({ plane }, view, ratio) {
  const room = plane.clientWidth, tallest = Math.max(300, Math.min(0.62 * window.innerHeight, 640))
  const fit = (space, count, margin) => Math.min((space - margin) / count, LARGEST)
  const named = { rows: fit(tallest, view.height, MARGIN) >= LABELLED, columns: fit(room, view.width, MARGIN) >= LABELLED }
  const left = named.rows ? MARGIN : 0, top = named.columns ? MARGIN : 0
  const across = fit(room, view.width, left), down = fit(tallest, view.height, top)
  const scale = (one, other) => Math.round(1000 * ratio * Math.min(one, LONGEST * other)) / 1000
  return { named, ratio, left: Math.round(left * ratio), top: Math.round(top * ratio), across: scale(across, down), down: scale(down, across) }
}

function drawMap(own) {
  const { canvas, plane, header } = own, ratio = window.devicePixelRatio || 1
  if (!plane.clientWidth || !header || header.picture) return
  const view = viewOf(own), fit = (own.fit = fitted(own, view, ratio))
  const wide = Math.max(1, Math.round(fit.across * view.width)), high = Math.max(1, Math.round(fit.down * view.height))
  canvas.style.width = ""
  Object.assign(canvas, { width: Math.round(plane.clientWidth * ratio), height: high + fit.top + 2 })
  const pen = canvas.getContext("2d")
  const key = [header.run, view.top, view.left, view.height, view.width, wide, high].join()
  if (own.image?.key !== key) own.image = { key, canvas: painted(own, view, wide, high) }
  pen.drawImage(own.image.canvas, fit.left, fit.top, wide, high)
  pen.strokeStyle = header.line
  pen.strokeRect(fit.left + 0.5, fit.top + 0.5, wide - 1, high - 1)
  labelAxes(own, pen, view)
  markPins(own, pen, view, wide, high)
  const [down, across] = [fit.down, fit.across].map((size) => Math.ceil(1 / size))
  own.pooled = down > 1 || across > 1 ? `Each dot is the largest of up to ${down} × ${across} weights: zoom in for every one.` : ""
  for (const button of [own.zooms[0], own.zooms[2]]) button.setAttribute("aria-disabled", String(!own.window))
}

// The part in view as an image: a dot a cell, or where there is no room for that, a dot for the largest of several.
function painted(own, { top, left, height, width }, wide, high) {
  const across = Math.min(width, wide), down = Math.min(height, high), { palette } = own, last = palette.length - 1
  const made = new OffscreenCanvas(across, down), pen = made.getContext("2d"), picture = pen.createImageData(across, down)
  const points = new Uint32Array(picture.data.buffer), largest = new Float32Array(across * down)
  for (let row = 0; row < height; row++) {
    const to = Math.floor((row * down) / height) * across
    for (let col = 0; col < width; col++) {
      const at = to + Math.floor((col * across) / width), share = shareOf(own, top + row, left + col)
      if (share > largest[at]) largest[at] = share
    }
  }
  largest.forEach((share, n) => { points[n] = palette[Math.round(Math.min(share, 1) * last)] })
  pen.putImageData(picture, 0, 0)
  const scaled = new OffscreenCanvas(wide, high), sharp = scaled.getContext("2d")
  sharp.imageSmoothingEnabled = false
  sharp.drawImage(made, 0, 0, wide, high)
  return scaled
}

function labelAxes(own, pen, { top, left, height, width }) {
  const { header, fit } = own, gap = 6 * fit.ratio, style = getComputedStyle(own.root)
  const sized = (cell) => { pen.font = `${Math.min(15 * fit.ratio, Math.max(11 * fit.ratio, cell - 2))}px ${style.fontFamily}` }
  const cut = (text) => {
    let shown = text
    while (shown.length > 1 && pen.measureText(shown).width > MARGIN * fit.ratio - 2 * gap) shown = `${shown.slice(0, -2)}…`
    return shown
  }
  Object.assign(pen, { fillStyle: style.color, textBaseline: "middle", textAlign: "right" })
  sized(fit.down)
  for (let row = 0; fit.named.rows && row < height; row++) pen.fillText(cut(header.rows[top + row]), fit.left - gap, fit.top + (row + 0.5) * fit.down)
  pen.textAlign = "left"
  sized(fit.across)
  for (let col = 0; fit.named.columns && col < width; col++) {
    pen.save()
    pen.translate(fit.left + (col + 0.5) * fit.across, fit.top - gap)
    pen.rotate(-Math.PI / 2)
    pen.fillText(cut(header.columns[left + col]), 0, 0)
    pen.restore()
  }
}

function markPins(own, pen, { top, left, height, width }, wide, high) {
  const { fit, header } = own, thick = Math.max(2 * fit.ratio, 2)
  pen.strokeStyle = header.accent
  pen.lineWidth = thick
  const box = (x, y, w, h) => pen.strokeRect(fit.left + x, fit.top + y, Math.max(w, thick), Math.max(h, thick))
  for (const row of own.pins.row) if (row >= top && row < top + height) box(0, (row - top) * fit.down, wide, fit.down)
  for (const col of own.pins.col) if (col >= left && col < left + width) box((col - left) * fit.across, 0, fit.across, high)
  const { hover } = own
  if (hover?.row === undefined || hover.col === undefined) return
  pen.strokeStyle = getComputedStyle(own.root).color
  box((hover.col - left) * fit.across, (hover.row - top) * fit.down, fit.across, fit.down)
}

function zoom(own, by) {
  const view = viewOf(own), at = own.hover ?? { row: [...own.pins.row][0], col: [...own.pins.col][0] }
  const part = (size, all) => Math.max(Math.min(8, all), Math.min(all, Math.round(size * by)))
  const height = part(view.height, own.rows), width = part(view.width, own.columns)
  const from = (middle, size, all) => Math.max(0, Math.min(all - size, Math.round(middle - size / 2)))
  const row = at.row ?? view.top + view.height / 2, col = at.col ?? view.left + view.width / 2
  own.window = height === own.rows && width === own.columns ? null : { height, width, top: from(row, height, own.rows), left: from(col, width, own.columns) }
  drawMap(own)
  tellMap(own)
}

function listenToPlane(own) {
  const { plane } = own
  const cellAt = ({ clientX, clientY }) => {
    const box = own.canvas.getBoundingClientRect(), { left, top, across, down, ratio } = own.fit ?? {}, view = viewOf(own)
    const col = Math.floor(((clientX - box.left) * ratio - left) / across), row = Math.floor(((clientY - box.top) * ratio - top) / down)
    return col >= 0 && row >= 0 && col < view.width && row < view.height ? { row: view.top + row, col: view.left + col } : null
  }
  const isMap = () => own.header && !own.header.picture
  plane.tabIndex = 0
  plane.setAttribute("role", "application")
  let drag = null
  plane.addEventListener("pointerdown", (event) => { if (isMap()) drag = { x: event.clientX, y: event.clientY, view: viewOf(own), moved: false } })
  plane.addEventListener("pointermove", (event) => {
    if (!isMap()) return
    if (drag && event.buttons && own.window) {
      const moved = (from, to, cell) => ((from - to) * own.fit.ratio) / cell
      const across = moved(drag.x, event.clientX, own.fit.across), down = moved(drag.y, event.clientY, own.fit.down)
      drag.moved ||= Math.hypot(drag.x - event.clientX, drag.y - event.clientY) > 4
      const keep = (start, size, all) => Math.max(0, Math.min(all - size, Math.round(start)))
      own.window = { ...drag.view, top: keep(drag.view.top + down, drag.view.height, own.rows), left: keep(drag.view.left + across, drag.view.width, own.columns) }
      return drawMap(own)
    }
    hover(own, cellAt(event))
  })
  for (const name of ["pointerleave", "blur"]) plane.addEventListener(name, () => isMap() && hover(own, null))
  plane.addEventListener("click", (event) => {
    const cell = isMap() && !drag?.moved && cellAt(event)
    drag = null
    if (cell) openCell(own, cell)
  })
  plane.addEventListener("keydown", (event) => {
    if (!isMap()) return
    const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key] ?? []
    const act = { "+": () => zoom(own, 0.5), "-": () => zoom(own, 2), 0: () => zoom(own, Infinity), Enter: () => own.hover && openCell(own, own.hover) }[event.key]
    if (down === undefined && !act) return
    event.preventDefault()
    if (act) return act()
    const now = own.hover ?? { row: viewOf(own).top, col: viewOf(own).left }
    const next = { row: Math.max(0, Math.min(own.rows - 1, now.row + down)), col: Math.max(0, Math.min(own.columns - 1, now.col + right)) }
    const view = own.window
    if (view) {
      view.top = Math.max(Math.min(view.top, next.row), next.row - view.height + 1)
      view.left = Math.max(Math.min(view.left, next.col), next.col - view.width + 1)
    }
    hover(own, next)
  })
}

function openCell(own, { row, col }) {
  if (own.header.opens) window.dispatchEvent(new CustomEvent("attention-pin", { detail: { row, key: col, side: "" } }))
}

function hover(own, cell) {
  if (own.hover?.row === cell?.row && own.hover?.col === cell?.col) return
  own.hover = cell
  if (own.header.picture) return
  drawMap(own)
  showPins(own)
}
