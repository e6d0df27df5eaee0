const CELL = 18, MAP = 120 // pixels of a cell of a table, of a picture in a sheet
const LABEL = 150 // pixels that a label beside a table has at most

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".compare")
  const { header, arrays, rest } = unpack(data)
  if (!list.pick) follow(list)
  list.pick = (name) => setTriggerValue("pick", name)
  if (list.dataset.run !== header.run) fill(list, header, arrays, rest)
  mark(list, header.chosen)
  // The figures above scroll sideways in boxes of their own; the keyboard must reach what it is to scroll.
  for (const box of document.querySelectorAll("[class*=st-key-wide_]")) {
    Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: "Heatmap, scrolls sideways" })
  }
}

// The main figure tells which score function it shows, so that choosing another one need not draw the cards anew.
function mark(list, chosen) {
  for (const own of list.children) {
    own.classList.toggle("chosen", own.dataset.score === chosen)
    own.querySelector("button").setAttribute("aria-pressed", String(own.dataset.score === chosen))
  }
}

function follow(list) {
  const listen = (event) => (list.isConnected ? mark(list, event.detail) : window.removeEventListener("attention-score", listen))
  window.addEventListener("attention-score", listen)
}

function fill(list, header, arrays, rest) {
  list.replaceChildren()
  const cards = header.items.map((item) => card(list, item, header.shape))
  list.dataset.run = header.run
  list.classList.toggle("rows", !rest.length && !header.several)
  list.classList.toggle("written", header.several)
  if (header.several && !rest.length) cards.forEach(({ place, item }, n) => drawTable(place, item, arrays[n], header))
  if (!rest.length) return
  createImageBitmap(new Blob([rest], { type: "image/jpeg" })).then((bitmap) => {
    const boxes = arrays[0]
    if (header.several) return cards.forEach(({ place, item }, n) => drawSheet(place, item, bitmap, arrays[n + 1], boxes, header))
    cards.forEach(({ place, item }, n) => {
      const canvas = document.createElement("canvas")
      Object.assign(canvas, { width: bitmap.width, height: bitmap.height })
      canvas.setAttribute("role", "img")
      canvas.setAttribute("aria-label", `Weights of ${item.title} over the picture; most on ${item.peak}`)
      const pen = canvas.getContext("2d")
      pen.drawImage(bitmap, 0, 0)
      drawHeat(pen, arrays[n + 1], boxes, header, 0.85, canvas.width, canvas.height)
      place.replaceChildren(canvas)
    })
  })
}

// Rows × keys, a cell each, with its labels: each score function may have rows of its own.
// Keys that are stretches of time have an axis instead of labels, as wide as there is room.
function drawTable(place, item, weights, { palette, top, keys, names, seconds }) {
  const rows = item.rows.length, columns = keys.length, canvas = add(place, "canvas"), pen = canvas.getContext("2d")
  const { color, fontFamily } = getComputedStyle(place), ratio = window.devicePixelRatio || 1, font = `13px ${fontFamily}`
  pen.font = font
  const room = (labels) => Math.min(LABEL, Math.ceil(Math.max(...labels.map((label) => pen.measureText(label).width)))) + 5
  const left = room(item.rows), above = seconds ? 2 : room(keys)
  const wide = seconds ? Math.max(2, (place.clientWidth - left) / columns) : CELL, width = left + columns * wide
  const height = above + rows * CELL + (seconds ? CELL : 0)
  Object.assign(canvas, { width: width * ratio, height: height * ratio })
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` })
  canvas.setAttribute("role", "img")
  canvas.setAttribute("aria-label", `Weights of ${item.title}: ${rows} ${names[0]}s, ${columns} ${names[1]}s; most at ${item.peak}`)
  const scrolls = place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight // then the keyboard must reach it
  if (scrolls) Object.assign(place, { tabIndex: 0, role: "region", ariaLabel: `All weights of ${item.title}, scrolls` })
  pen.scale(ratio, ratio)
  Object.assign(pen, { font, fillStyle: color, textBaseline: "middle", textAlign: "right" })
  item.rows.forEach((label, row) => pen.fillText(fitting(pen, label, left - 5), left - 5, above + (row + 0.5) * CELL))
  pen.textAlign = "left"
  if (seconds) {
    pen.fillText("0", left, height - CELL / 2)
    pen.textAlign = "right"
    pen.fillText(`${seconds.toFixed(1)} s`, width, height - CELL / 2)
  } else keys.forEach((label, column) => {
    pen.save()
    pen.translate(left + (column + 0.5) * CELL, above - 5)
    pen.rotate(-Math.PI / 2)
    pen.fillText(fitting(pen, label, above - 5), 0, 0)
    pen.restore()
  })
  weights.forEach((weight, n) => {
    pen.fillStyle = palette[top ? Math.round(Math.min(weight / top, 1) * (palette.length - 1)) : 0]
    const [from, to] = [n % columns, (n % columns) + 1].map((column) => Math.round((left + column * wide) * ratio) / ratio)
    pen.fillRect(from, above + Math.floor(n / columns) * CELL, to - from - (seconds ? 0 : 1), CELL - 1)
  })
}

// The label, cut where it is wider than so many pixels.
function fitting(pen, label, width) {
  let kept = label
  while (kept && pen.measureText(kept === label ? label : `${kept}…`).width > width) kept = kept.slice(0, -1)
  return kept === label ? label : `${kept}…`
}

// The picture once for each row.
function drawSheet(place, item, bitmap, weights, boxes, header) {
  const keys = boxes.length / 4
  const small = new OffscreenCanvas(MAP, Math.round((MAP * bitmap.height) / bitmap.width))
  small.getContext("2d").drawImage(bitmap, 0, 0, small.width, small.height)
  place.className = "sheet"
  item.rows.forEach((word, row) => {
    const figure = add(place, "figure"), canvas = add(figure, "canvas")
    Object.assign(canvas, { width: small.width, height: small.height })
    canvas.setAttribute("aria-hidden", "true")
    const pen = canvas.getContext("2d")
    pen.drawImage(small, 0, 0)
    drawHeat(pen, weights.subarray(row * keys, (row + 1) * keys), boxes, header, 0.85, canvas.width, canvas.height)
    add(figure, "figcaption", "", word).dir = "auto"
  })
}

function add(parent, tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  parent.append(element)
  return element
}

function card(list, item, shape) {
  const own = add(list, "li")
  own.dataset.score = item.name
  const button = add(own, "button", "", item.title)
  button.type = "button"
  button.addEventListener("click", () => button.getAttribute("aria-pressed") === "true" || list.pick(item.name))
  if (item.said !== undefined) add(own, "p", "said", item.said).dir = "auto"
  const place = add(own, "div")
  if (shape && !item.rows) place.style.aspectRatio = shape
  place.className = "place"
  const facts = add(own, "dl")
  for (const [term, value] of item.facts) {
    const fact = add(facts, "div")
    add(fact, "dt", "", term)
    add(fact, "dd", "", value)
  }
  if (item.measured !== null) {
    const meter = add(own, "div", "meter")
    add(meter, "i").style.width = `${100 * item.measured}%`
    if (item.floor !== null) add(meter, "b").style.left = `${100 * item.floor}%`
  }
  if (item.note) add(own, "p", "", item.note)
  return { place, item }
}
