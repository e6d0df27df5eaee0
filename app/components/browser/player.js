// Written words one after the other: play, pause, a step either way, from the start, at three paces. Nothing leaves the browser.

const PACES = [["Slow pace", 1600], ["Medium pace", 800], ["Fast pace", 300]]
const STILL = matchMedia("(prefers-reduced-motion: reduce)")

// `go(step)` shows so many words; the player asks `written.step` and `written.rows` where it stands.
function startPlayer(parts, written, go) {
  const bar = make(parts.figure, "div", "player")
  bar.setAttribute("role", "group")
  const button = (text, name, act) => {
    const own = make(bar, "button", "", text)
    own.type = "button"
    if (name) own.setAttribute("aria-label", name)
    own.addEventListener("click", act)
    return own
  }
  const player = { bar, written, go }
  player.play = button("Play", "", () => (player.timer ? pause(player) : play(player)))
  player.play.classList.add("play", "moving")
  player.first = button("↺", "From the start", () => jump(player, 0))
  player.back = button("‹", "", () => jump(player, written.step - 1))
  player.range = make(bar, "input")
  Object.assign(player.range, { type: "range", min: 0, step: 1 })
  player.range.addEventListener("input", () => jump(player, Number(player.range.value)))
  player.next = button("›", "", () => jump(player, written.step + 1))
  player.count = make(bar, "span", "count")
  player.pace = make(bar, "select", "moving")
  player.pace.setAttribute("aria-label", "Pace")
  for (const [name, pause] of PACES) Object.assign(make(player.pace, "option", "", name), { value: pause })
  player.pace.value = PACES[1][1]
  bar.addEventListener("keydown", (event) => {
    if (event.target === player.pace) return
    const to = { ArrowRight: written.step + 1, ArrowUp: written.step + 1, ArrowLeft: written.step - 1, ArrowDown: written.step - 1, Home: 0, End: written.rows }[event.key]
    const toggles = event.key === " " && event.target === player.range && !STILL.matches
    if (to === undefined && !toggles) return
    event.preventDefault()
    if (toggles) player.play.click()
    else jump(player, to)
  })
  return player
}

function play(player) {
  if (player.written.step >= player.written.rows) player.go(0)
  const tick = () => {
    if (!player.bar.isConnected) return pause(player)
    player.go(player.written.step + 1)
    player.timer = setTimeout(tick, Number(player.pace.value))
    if (player.written.step >= player.written.rows) pause(player)
  }
  player.timer = setTimeout(tick, 150)
  tellPlayer(player)
}

function pause(player) {
  clearTimeout(player.timer)
  player.timer = null
  tellPlayer(player)
}

function jump(player, step) {
  pause(player)
  player.go(Math.max(0, Math.min(step, player.written.rows)))
}

// What is written is called words, or digits, or as the task has it.
function namePlayer({ bar, back, range, next }, unit) {
  const names = [[bar, `Write the ${unit}s one by one`], [back, `One ${unit} back`], [range, `${unit.charAt(0).toUpperCase()}${unit.slice(1)}s written`], [next, `One ${unit} on`]]
  for (const [element, name] of names) element.setAttribute("aria-label", name)
}

function tellPlayer(player) {
  const { step, rows, labels } = player.written
  setText(player.play, player.timer ? "Pause" : "Play")
  Object.assign(player.range, { max: rows, value: step })
  player.range.setAttribute("aria-valuetext", step ? `${step} of ${rows}: ${labels[step - 1]}` : `0 of ${rows}`)
  setText(player.count, `${step} of ${rows}`)
  // Not `disabled`, which would take the keyboard away from whoever stands there.
  for (const button of [player.first, player.back]) button.setAttribute("aria-disabled", String(step === 0))
  player.next.setAttribute("aria-disabled", String(step === rows))
}
