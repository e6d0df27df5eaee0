// Vectors as strips of coloured cells: one a component, from the top left, wrapped like text, 0 without colour.

const PER_LINE = 256

function drawStrip(canvas, values, bound, palette) {
  const columns = Math.min(values.length, PER_LINE), lines = Math.ceil(values.length / PER_LINE)
  Object.assign(canvas, { width: columns, height: lines })
  canvas.style.height = `${lines === 1 ? 18 : 7 * lines}px`
  const pen = canvas.getContext("2d"), picture = pen.createImageData(columns, lines)
  const points = new Uint32Array(picture.data.buffer)
  values.forEach((value, n) => {
    const share = bound ? Math.max(-1, Math.min(1, value / bound)) : 0
    points[n] = palette[Math.round(((share + 1) / 2) * (palette.length - 1))]
  })
  pen.putImageData(picture, 0, 0)
}

// "#rrggbb" as the number that a canvas holds: alpha, blue, green, red.
function colourPoint(hex) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16))
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}

function put(parent, tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  parent.append(element)
  return element
}

// A row for each strip; those that are single numbers show it instead.
function fillStrips(place, strips, arrays, palette) {
  place.replaceChildren()
  for (const strip of strips) {
    const row = put(place, "div", "strip")
    const title = put(row, "p", "title")
    put(title, "b", "", strip.name)
    put(title, "span", "", strip.meaning)
    if (!strip.size) {
      put(row, "p", "number", strip.text)
      continue
    }
    const canvas = put(row, "canvas")
    canvas.setAttribute("role", "img")
    canvas.setAttribute("aria-label", `${strip.name}, ${strip.size} components from −${strip.scale.slice(1)} to ${strip.scale.slice(1)}`)
    drawStrip(canvas, arrays.shift(), strip.bound, palette)
    const named = put(row, "ul")
    for (const [index, value] of strip.named) {
      const item = put(named, "li")
      put(item, "span", "", String(index))
      put(item, "b", "", value)
    }
    put(title, "span", "scale", `${strip.size} numbers, ${strip.scale}`)
  }
}

function fillTable(table, { columns, rows, rest }) {
  table.replaceChildren()
  const head = put(put(table, "thead"), "tr")
  put(head, "th", "", "key").scope = "col"
  for (const { name, meaning } of columns) Object.assign(put(head, "th", "", name), { scope: "col", title: meaning })
  const body = put(table, "tbody")
  rows.forEach(({ name, cells }, n) => {
    const kind = n === 0 ? "this" : n === rows.length - 1 ? "all" : rest && n === rows.length - 2 ? "rest" : "other"
    const row = put(body, "tr", kind)
    Object.assign(put(row, "th", "", name), { scope: "row", dir: "auto" })
    for (const text of cells) put(row, "td", "", text)
  })
}
