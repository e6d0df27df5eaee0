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
  list.classList.toggle("rows", !rest.length)
  if (!rest.length) return
  createImageBitmap(new Blob([rest], { type: "image/jpeg" })).then((bitmap) => {
    const boxes = arrays[0]
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
  const place = add(own, "div")
  if (shape) place.style.aspectRatio = shape
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
