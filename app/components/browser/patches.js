// What a class token, or the patches that are pinned, look at in a picture: weights over the picture, patch by patch.

function showPatches(own) {
  if (!own.listens) {
    own.listens = true
    const listen = () => (own.root.isConnected ? takePatches(own) : window.removeEventListener("attention-picture", listen))
    window.addEventListener("attention-picture", listen)
    own.opacity = 0.75
    const label = put(own.bar, "label", "", "Opacity"), slider = put(label, "input")
    Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.05, value: own.opacity })
    slider.addEventListener("input", () => { own.opacity = Number(slider.value); drawPatches(own) })
    own.peak = put(own.bar, "button", "", "Arithmetic of the peak")
    own.peak.type = "button"
    own.peak.addEventListener("click", () => openCell(own, { row: shownRows(own).at(-1), col: firstPatch(own) + peakOf(own) }))
    own.ofPicture = [label, own.peak]
    listenToPatches(own)
  }
  own.zooms.forEach((button) => { button.hidden = true })
  own.plane.setAttribute("aria-roledescription", "picture in patches")
  for (const other of own.ofPicture) other.hidden = false
  own.peak.hidden = !own.header.opens
  own.clear.textContent = own.clear.ariaLabel = own.header.rows[0] === own.header.classToken ? "From the class token" : "Clear pins"
  own.plane.setAttribute("aria-label", `${own.header.title}. Arrow keys move from patch to patch, Enter pins one.`)
  takePatches(own)
}

async function takePatches(own) {
  const name = own.header.picture
  const bitmap = await window.attentionPictures?.get(name)
  if (!bitmap || own.header.picture !== name) return
  own.bitmap = bitmap
  drawPatches(own)
}

const firstPatch = ({ header }) => header.rows.length - header.grid[0] * header.grid[1]
const patchesOf = (own, sums) => sums.subarray(firstPatch(own))
const peakOf = (own) => { const patches = patchesOf(own, summed(own, "row", shownRows(own))); return patches.indexOf(Math.max(...patches)) }
const shownRows = (own) => (own.pins.row.size ? [...own.pins.row] : [0])

function drawPatches(own) {
  const { bitmap, canvas, plane, header } = own, ratio = window.devicePixelRatio || 1
  if (!bitmap || !plane.clientWidth) return
  const shape = bitmap.width / bitmap.height, room = Math.min(plane.clientWidth, Math.max(280, 0.6 * window.innerHeight) * shape)
  canvas.style.width = `${room}px`
  const width = Math.round(room * ratio), height = Math.round((room / shape) * ratio)
  Object.assign(canvas, { width, height })
  const pen = canvas.getContext("2d"), first = firstPatch(own), rows = shownRows(own)
  pen.drawImage(bitmap, 0, 0, width, height)
  const sums = summed(own, "row", rows), patches = patchesOf(own, sums)
  const top = header.scaling === "all" ? header.top * rows.length : Math.max(...patches)
  const several = rows.length > 1 ? `${rows.length} × ` : ""
  fillLegend(own.legend, header.gradient, header.scaling === "all" ? `${told(top)}, ${several}the largest weight of all heads` : `${told(top)}, the largest of these patches`)
  drawHeat(pen, patches, own.boxes, { palette: header.overlay, top }, own.opacity, width, height)
  for (const row of own.pins.row) if (row >= first) outline(pen, edges(own.boxes, row - first, width, height), header.accent, 2.5 * ratio)
  if (own.hover?.patch !== undefined) outline(pen, edges(own.boxes, own.hover.patch, width, height), "#ffffff", 2 * ratio)
  own.root.dataset.peak = patches.indexOf(Math.max(...patches))
  own.root.dataset.rows = rows.join(",")
  own.root.dataset.weights = JSON.stringify([...patches])
}

function listenToPatches(own) {
  const { plane } = own, isPicture = () => own.header.picture && own.bitmap
  const count = () => own.header.grid[0] * own.header.grid[1]
  const at = ({ clientX, clientY }) => {
    const box = own.canvas.getBoundingClientRect(), [down, across] = own.header.grid
    const col = Math.floor(((clientX - box.left) / box.width) * across), row = Math.floor(((clientY - box.top) / box.height) * down)
    return row >= 0 && col >= 0 && row < down && col < across ? row * across + col : undefined
  }
  const go = (patch) => { own.hover = patch === undefined ? null : { patch }; drawPatches(own); tellPatches(own) }
  const pin = () => own.hover && togglePin(own, "row", own.hover.patch + firstPatch(own))
  plane.addEventListener("pointermove", (event) => isPicture() && go(at(event)))
  plane.addEventListener("pointerleave", () => isPicture() && go())
  plane.addEventListener("click", (event) => { if (isPicture()) { go(at(event)); pin() } })
  plane.addEventListener("keydown", (event) => {
    if (!isPicture()) return
    const across = own.header.grid[1], step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key]
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pin() }
    if (!step) return
    event.preventDefault()
    const next = (own.hover?.patch ?? -step) + step
    if (next >= 0 && next < count()) go(next)
  })
}

function tellPatches(own) {
  const { header, readout, hover } = own, rows = shownRows(own), sums = summed(own, "row", rows), first = firstPatch(own)
  readout.replaceChildren()
  const line = (bold, text) => { const place = put(readout, "span"); put(place, "b", "", bold); place.append(text) }
  const names = rows.slice(0, 4).map((row) => header.rows[row]).join(" + ") + (rows.length > 4 ? " + …" : "")
  if (hover?.patch !== undefined) line(`${names} → ${header.columns[first + hover.patch]}`, ` weight ${told(sums[first + hover.patch])}`)
  else {
    const inside = sums.subarray(first), peak = inside.indexOf(Math.max(...inside)), apart = sums.subarray(0, first).reduce((sum, own) => sum + own, 0)
    line(names, `${rows.length > 1 ? ` (sum of ${rows.length})` : ""} looks most at ${header.columns[first + peak]}, ${told(inside[peak])}; ${told(apart)} stays on the class token`)
  }
  line("", "Press a patch to see what it looks at; press more to sum them.")
}
