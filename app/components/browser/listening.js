// The sound of an input, which `source.js` keeps: played from any moment, with a line over the signals that runs along.

const BEFORE_CELL = 0.25, CELL_SECONDS = 0.8 // of a cell: how long before it the sound starts, and how long it is then heard

function startListening(parts, own) {
  const bar = make(parts.figure, "div", "listening")
  bar.setAttribute("role", "group")
  bar.setAttribute("aria-label", "Listen to the recording")
  const ear = { bar, parts, own, line: make(own.timeline.field, "i", "cursor") }
  const button = (act) => {
    const made = make(bar, "button")
    made.type = "button"
    made.addEventListener("click", act)
    return made
  }
  ear.all = button(() => (ear.node ? stopListening(ear) : listen(ear, 0)))
  ear.cell = button(() => hearCell(ear, shownRow(own), peakOf(own, shownRow(own))))
  window.addEventListener("attention-sound", () => bar.isConnected && tellListening(ear))
  return ear
}

const soundOf = ({ own }) => own.header?.signals?.sound && window.attentionSounds?.get(own.header.signals.sound)

function peakOf(own, row) {
  const weights = rowArrays(own, row)[0]
  return weights.indexOf(Math.max(...weights))
}

function hearCell(ear, row, col) {
  const start = ear.own.spans[2 * col]
  listen(ear, Math.max(0, start - BEFORE_CELL), CELL_SECONDS)
}

function listen(ear, from, seconds) {
  const sound = soundOf(ear)
  if (!sound) return
  stopListening(ear)
  const context = (window.attentionEar ??= new AudioContext())
  context.resume()
  const buffer = context.createBuffer(1, sound.samples.length, Math.round(sound.samples.length / sound.seconds))
  buffer.copyToChannel(sound.samples, 0)
  const node = (ear.node = context.createBufferSource())
  node.buffer = buffer
  node.connect(context.destination)
  node.onended = () => ear.node === node && stopListening(ear)
  node.start(0, from, seconds)
  Object.assign(ear, { from, began: context.currentTime, sound: ear.own.header.signals.sound })
  ear.parts.root.dataset.listening = from.toFixed(2)
  const follow = () => {
    if (ear.node !== node) return
    if (!ear.bar.isConnected || ear.own.header.signals?.sound !== ear.sound) return stopListening(ear)
    ear.line.style.transform = `translateX(${layout(ear.own).x(Math.min(from + context.currentTime - ear.began, sound.seconds))}px)`
    requestAnimationFrame(follow)
  }
  tellListening(ear)
  follow()
}

function stopListening(ear) {
  const { node } = ear
  ear.node = null
  node?.stop()
  delete ear.parts.root.dataset.listening
  tellListening(ear)
}

function tellListening(ear) {
  const { own } = ear, sound = soundOf(ear), row = own.rows ? shownRow(own) : 0
  ear.bar.hidden = !sound
  ear.line.hidden = !ear.node
  if (!sound) return
  setText(ear.all, ear.node ? "Stop" : "Listen")
  const at = own.spans[2 * peakOf(own, row)]
  setText(ear.cell, `Hear where “${own.header.rows[row]}” looks most: ${at.toFixed(2)} s`)
}
