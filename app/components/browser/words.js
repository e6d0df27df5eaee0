function drawWords(parts, data, weights, energies) {
  parts.cells = data.cells
  const list = parts.list ?? startWords(parts)
  while (list.children.length > data.cells.length) list.lastChild.remove()
  while (list.children.length < data.cells.length) make(make(list, "li"), "button").type = "button"
  data.cells.forEach((cell, n) => {
    const word = list.children[n].firstChild
    setText(word, cell.label)
    word.style.background = cell.ground
    word.style.color = cell.ink
    word.dataset.weight = weights[n]
    word.dataset.energy = energies[n]
    word.setAttribute("aria-label", `${cell.label}: weight ${cell.weightText}, energy ${cell.energyText}, rank ${cell.rank} of ${data.cells.length}`)
  })
  list.style.setProperty("--edge", data.edge)
  showWord(parts, data.peak)
  markWord(parts)
  signStage(parts, data, weights, energies)
}

function startWords(parts) {
  const list = (parts.list = make(parts.figure, "ol", "words"))
  list.dir = "auto"
  list.setAttribute("aria-label", "The words of your text, coloured by weight")
  const at = (event) => [...list.children].indexOf(event.target.closest("li"))
  list.addEventListener("pointerover", (event) => at(event) >= 0 && showWord(parts, at(event)))
  list.addEventListener("focusin", (event) => showWord(parts, at(event)))
  list.addEventListener("click", (event) => at(event) >= 0 && pinCell(parts, at(event)))
  followPins(parts, () => markWord(parts), () => list.hidden || list.children[pinnedPlace(parts)]?.firstChild.focus())
  list.addEventListener("keydown", (event) => wordReached(list, at(event), event)?.focus())
  return list
}

// The word among the first so many of a list that a key leads to from the one at that place, if it is a key that leads on.
function wordReached(list, at, event, count = list.children.length) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key]
  const end = { Home: 0, End: count - 1 }[event.key]
  if (step === undefined && end === undefined) return null
  event.preventDefault()
  const turned = getComputedStyle(list).direction === "rtl" && event.key.match(/Left|Right/) ? -1 : 1
  return list.children[end ?? Math.min(Math.max(at + step * turned, 0), count - 1)].firstChild
}

function markWord(parts) {
  const pinned = pinnedPlace(parts)
  ;[...parts.list.children].forEach((item, n) => item.firstChild.setAttribute("aria-pressed", String(n === pinned)))
}

function showWord(parts, index) {
  const cell = parts.cells[index]
  if (!cell) return
  ;[...parts.list.children].forEach((item, n) => {
    item.firstChild.tabIndex = n === index ? 0 : -1
    item.firstChild.classList.toggle("at", n === index)
  })
  readOut(parts, `“${cell.label}”`, cell.weightText, cell.energyText, cell.rank, parts.cells.length)
}
