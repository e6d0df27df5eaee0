// A contact sheet: the picture once for each row, with what that row looks at, all on one scale.

const MAP_PIXELS = 240

function startMaps(parts, own) {
  const list = make(parts.figure, "ol", "maps")
  const at = (event) => [...list.children].indexOf(event.target.closest("li"))
  const over = (event) => at(event) >= 0 && setHover(parts, { row: at(event) })
  list.addEventListener("pointerover", over)
  list.addEventListener("focusin", over)
  list.addEventListener("pointerleave", () => setHover(parts, null))
  list.addEventListener("focusout", () => setHover(parts, null))
  list.addEventListener("click", (event) => at(event) >= 0 && hold(parts, { row: at(event) }))
  return list
}

function fillMaps(parts, own) {
  const { header, maps } = own
  maps.replaceChildren()
  own.painted = null
  header.rows.forEach((label, row) => {
    const button = make(make(maps, "li"), "button")
    button.type = "button"
    const canvas = make(button, "canvas")
    Object.assign(canvas, { width: 1, height: 1 })
    canvas.setAttribute("aria-hidden", "true")
    make(button, "span", "", label).dir = "auto"
    button.append(" ")
    make(button, "small", "", header.told[row] ?? "")
  })
  paintMaps(parts)
}

// Once the picture is there: it comes before or after its weights.
function paintMaps(parts) {
  const own = parts.writing, bitmap = parts.view?.bitmap
  if (!own?.boxes || !bitmap || parts.view.shown !== own.header.picture || own.painted === own.run) return
  own.painted = own.run
  const width = Math.round(MAP_PIXELS * Math.min(1, bitmap.width / bitmap.height)), height = Math.round((width * bitmap.height) / bitmap.width)
  const small = new OffscreenCanvas(width, height)
  small.getContext("2d").drawImage(bitmap, 0, 0, width, height)
  ;[...own.maps.querySelectorAll("canvas")].forEach((canvas, row) => {
    Object.assign(canvas, { width, height })
    const pen = canvas.getContext("2d")
    pen.drawImage(small, 0, 0)
    drawHeat(pen, rowArrays(own, row)[0], own.boxes, own.header, 0.85, width, height)
  })
}

// The row the large picture shows: what is lit, else what was written last or is chosen.
const shownRow = (own) => {
  const onWord = own.hover?.row === undefined ? null : own.hover // a pointer on a place changes no picture
  return litRows({ ...own, hover: onWord }).at(-1) ?? (own.step < own.rows ? Math.max(own.step - 1, 0) : own.header.chosen)
}

const rowArrays = ({ weights, energies, columns }, row) => [weights, energies].map((all) => all.subarray(row * columns, (row + 1) * columns))

function rowHeader({ header, weights, columns }, row) {
  const part = (all) => all.slice(row * columns, (row + 1) * columns)
  const own = weights.subarray(row * columns, (row + 1) * columns)
  const peak = own.indexOf(Math.max(...own))
  const cells = part(header.cells)
  return {
    ...header, title: `Where “${header.rows[row]}” looks`, weightTexts: part(header.weightTexts), energyTexts: part(header.energyTexts), peak,
    ranks: Array.from(own, (weight) => 1 + own.reduce((count, other) => count + (other > weight), 0)),
    flat: own.every((weight) => weight === own[peak]), query: cells[0]?.[0] ?? 0, positions: cells.map(([, key]) => key),
  }
}

// The large picture with that row's weights; `rowHeader` makes it one row's picture for all that draws, reads and pins there.
function showPicture(parts, own) {
  const row = shownRow(own)
  parts.header = rowHeader(own, row)
  own.mapRow = row
  drawPicture(parts, parts.header, ...rowArrays(own, row), own.boxes)
}

function showMaps(parts, own) {
  const rows = litRows(own), row = shownRow(own)
  const held = own.held.filter((what) => what.row !== undefined)
  ;[...own.maps.children].forEach((item, n) => {
    const is = held.some((what) => what.row === n)
    item.classList.toggle("later", n >= own.step)
    item.classList.toggle("both", is && held.length > 1)
    item.firstChild.classList.toggle("at", n === row && !is)
    item.firstChild.setAttribute("aria-pressed", String(is))
  })
  if (own.mapRow !== row) showPicture(parts, own)
}
