// What the words and the picture share: the title, the outcome, the scale, the read-out and the notes around a figure.
// Every text is set as textContent: what a visitor typed never becomes markup.

function make(parent, tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  parent.append(element)
  return element
}

function openStage(parentElement) {
  const root = parentElement.querySelector(".stage")
  if (root.parts) return root.parts
  const top = make(root, "div", "top")
  const parts = { root, title: make(top, "h1"), outcome: make(top, "p", "outcome"), stale: make(root, "p", "stale") }
  parts.figure = make(root, "div", "figure")
  const under = make(root, "div", "under")
  parts.readout = make(under, "p", "readout")
  parts.legend = make(under, "div", "legend")
  parts.notes = make(root, "div", "notes")
  const details = make(root, "details")
  make(details, "summary", "", "What am I looking at?")
  parts.explanation = make(details, "p")
  root.parts = parts
  return parts
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

function fillStage(parts, data) {
  const { root } = parts
  setText(parts.title, data.title)
  parts.outcome.replaceChildren()
  make(parts.outcome, "strong", "", data.outcome.label)
  if (data.outcome.text) {
    make(parts.outcome, "span", "share", data.outcome.text)
    make(make(parts.outcome, "span", "meter"), "i").style.width = `${100 * data.outcome.share}%`
  }
  setText(parts.stale, data.stale)
  root.classList.toggle("is-stale", data.stale !== "")
  parts.legend.replaceChildren()
  make(parts.legend, "span", "", "0")
  make(parts.legend, "span", "bar").style.background = `linear-gradient(to right, ${data.gradient.join(",")})`
  make(parts.legend, "span", "", data.largest)
  make(parts.legend, "span", "", data.extent)
  parts.notes.replaceChildren(...data.notes.map((note) => Object.assign(document.createElement("p"), { textContent: note })))
  setText(parts.explanation, data.explanation)
}

// Last of all, so that whoever waits for these finds the figure drawn.
function signStage(parts, data, weights, energies) {
  const { dataset } = parts.root
  dataset.weights = JSON.stringify([...weights])
  dataset.energies = JSON.stringify([...energies])
  dataset.peak = data.peak
  dataset.parameters = data.parameters
  dataset.stale = String(data.stale !== "")
  dataset.run = data.run
  dataset.score = data.score
  window.dispatchEvent(new CustomEvent("attention-score", { detail: data.score }))
}

// Pressing a word or place pins it: the inspector hears of it, and tells which cell is pinned.
function pinCell({ header }, index) {
  const key = header.positions[index]
  if (key !== undefined) window.dispatchEvent(new CustomEvent("attention-pin", { detail: { row: header.query, key, side: header.side } }))
}

function pinnedPlace({ header }) {
  const cell = window.attentionPinned
  return cell?.row === header.query && header.positions.length ? (header.places[cell.key] ?? -1) : -1
}

function followPins(parts, mark, focus) {
  const on = (name, act) => {
    const own = (event) => (parts.root.isConnected ? act(event) : window.removeEventListener(name, own))
    window.addEventListener(name, own)
  }
  on("attention-pinned", () => requestAnimationFrame(mark)) // the inspector is drawn first
  on("attention-return", ({ detail }) => detail === parts.header.side && focus())
}

function readOut(parts, label, weight, energy, rank, count) {
  parts.readout.replaceChildren()
  make(parts.readout, "b", "", label)
  parts.readout.append(` weight ${weight} · energy ${energy} · rank ${rank} of ${count}`)
}
