function drawPicture(parts, header, weights, energies, boxes) {
  const view = parts.view ?? startPicture(parts)
  Object.assign(view, { header, weights, energies, boxes, at: header.peak })
  view.field.setAttribute("aria-label", `${header.title}. Arrow keys move from place to place, Enter shows a place's arithmetic.`)
  tellCell(parts, header.peak)
  if (view.shown === header.picture) return sign(parts)
  takePicture(parts)
}

function sign(parts) {
  const { header, weights, energies } = parts.view
  draw(parts)
  if (!header.rows) return signStage(parts, header, weights, energies)
  paintMaps(parts)
  signWriting(parts)
}

// The picture may come before or after its weights: whichever is last draws.
async function takePicture(parts) {
  const { view } = parts, name = view.header.picture
  const bitmap = await window.attentionPictures?.get(name)
  if (!bitmap || view.header.picture !== name || view.shown === name) return
  Object.assign(view, { bitmap, shown: name })
  sign(parts)
}

function startPicture(parts) {
  const box = make(parts.figure, "div", "view")
  const field = make(box, "div", "field")
  const view = (parts.view = { box, field, canvas: make(field, "canvas"), mode: "heat", opacity: 0.75 })
  field.tabIndex = 0
  field.setAttribute("role", "application")
  field.setAttribute("aria-roledescription", "heatmap over a picture")
  const tools = make(box, "div", "tools")
  const modes = make(tools, "div", "modes")
  modes.setAttribute("role", "group")
  modes.setAttribute("aria-label", "How the weights are shown")
  const buttons = [["heat", "Heatmap"], ["focus", "Focus"]].map(([mode, name]) => {
    const button = make(modes, "button", "", name)
    button.type = "button"
    button.addEventListener("click", () => choose(mode))
    return [mode, button]
  })
  const label = make(tools, "label", "", "Opacity")
  const slider = make(label, "input")
  Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.05, value: view.opacity })
  slider.addEventListener("input", () => { view.opacity = Number(slider.value); draw(parts) })
  const hint = make(tools, "span", "hint", "Blurred where the weight is low: what attention is often said to be like.")
  const choose = (mode) => {
    view.mode = mode
    for (const [own, button] of buttons) button.setAttribute("aria-pressed", String(own === mode))
    label.hidden = label.style.display = mode === "heat" ? "" : "none"
    hint.style.display = mode === "heat" ? "none" : ""
    draw(parts)
  }
  choose("heat")
  field.addEventListener("pointermove", (event) => {
    const { left, top, width, height } = view.canvas.getBoundingClientRect()
    showCell(parts, cellAt(view, (event.clientX - left) / width, (event.clientY - top) / height))
  })
  field.addEventListener("pointerleave", () => showCell(parts, view.header.peak, false))
  field.addEventListener("blur", () => showCell(parts, view.header.peak, false))
  field.addEventListener("focus", () => parts.readout.setAttribute("aria-live", "polite"))
  field.addEventListener("blur", () => parts.readout.removeAttribute("aria-live"))
  field.addEventListener("click", () => pinCell(parts, view.at))
  followPins(parts, () => draw(parts), () => box.hidden || pinnedPlace(parts) < 0 || field.focus())
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      pinCell(parts, view.at)
    }
    const columns = view.header.columns
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    if (!step) return
    event.preventDefault()
    const next = view.at + step
    const wraps = Math.abs(step) === 1 && Math.floor(next / columns) !== Math.floor(view.at / columns)
    if (next >= 0 && next < view.weights.length && !wraps) showCell(parts, next)
  })
  new ResizeObserver(() => draw(parts)).observe(box)
  const listen = () => (box.isConnected ? takePicture(parts) : window.removeEventListener("attention-picture", listen))
  window.addEventListener("attention-picture", listen)
  return view
}

function cellAt({ boxes, at }, x, y) {
  for (let n = 0; n < boxes.length / 4; n++)
    if (x >= boxes[4 * n] && y >= boxes[4 * n + 1] && x < boxes[4 * n + 2] && y < boxes[4 * n + 3]) return n
  return at
}

function showCell(parts, index, isOn = true) {
  tellCell(parts, index)
  draw(parts)
  if (parts.view.header.rows) setHover(parts, isOn ? { col: index } : null)
}

function tellCell(parts, index) {
  const { view } = parts
  const { labels, weightTexts, energyTexts, ranks } = view.header
  view.at = index
  readOut(parts, labels[index], weightTexts[index], energyTexts[index], ranks[index], labels.length)
}

// The picture at the canvas's size, scaled once: scaling is what a redraw would spend its time on.
function scaled(view, width, height) {
  const { bitmap, fit } = view
  if (fit?.bitmap === bitmap && fit.canvas.width === width && fit.canvas.height === height) return fit.canvas
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext("2d").drawImage(bitmap, 0, 0, width, height)
  view.fit = { bitmap, canvas }
  return canvas
}

function draw(parts) {
  const { view } = parts
  const { canvas, bitmap, header, weights, boxes, field } = view
  if (!bitmap || view.shown !== header.picture) return
  const shape = bitmap.width / bitmap.height
  field.style.maxWidth = `${Math.max(120, Math.round(Math.max(header.tallest, 0.55 * window.innerHeight) * shape))}px`
  const ratio = window.devicePixelRatio || 1
  const width = Math.round(field.clientWidth * ratio), height = Math.round((field.clientWidth / shape) * ratio)
  if (!width) return
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const pen = canvas.getContext("2d")
  if (view.mode === "focus") drawFocus(pen, view, width, height)
  else {
    pen.drawImage(scaled(view, width, height), 0, 0)
    drawHeat(pen, weights, boxes, header, view.opacity, width, height)
  }
  if (!header.flat) outline(pen, edges(boxes, header.peak, width, height), header.accent, 3 * ratio)
  const pinned = pinnedPlace(parts)
  if (pinned >= 0) {
    outline(pen, edges(boxes, pinned, width, height), "#ffffff", 5 * ratio)
    outline(pen, edges(boxes, pinned, width, height), header.accent, 2 * ratio)
  }
  if (view.at !== header.peak && view.at !== pinned) outline(pen, edges(boxes, view.at, width, height), "#ffffff", 2 * ratio)
}

function drawFocus(pen, { bitmap, weights, boxes, header }, width, height) {
  const blurred = new OffscreenCanvas(24, Math.max(1, Math.round((24 * height) / width)))
  blurred.getContext("2d").drawImage(bitmap, 0, 0, blurred.width, blurred.height)
  const mask = new OffscreenCanvas(header.columns, weights.length / header.columns)
  const maskPen = mask.getContext("2d")
  weights.forEach((weight, n) => {
    maskPen.fillStyle = `rgba(0,0,0,${header.top ? weight / header.top : 0})`
    maskPen.fillRect(n % header.columns, Math.floor(n / header.columns), 1, 1)
  })
  const sharp = new OffscreenCanvas(width, height), sharpPen = sharp.getContext("2d")
  for (const surface of [pen, sharpPen]) surface.imageSmoothingQuality = "high"
  sharpPen.drawImage(mask, 0, 0, width, height)
  sharpPen.globalCompositeOperation = "source-in"
  sharpPen.drawImage(bitmap, 0, 0, width, height)
  pen.drawImage(blurred, 0, 0, width, height)
  pen.drawImage(sharp, 0, 0)
}
