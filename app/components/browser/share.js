export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".share")
  const parts = (root.parts ??= open(root))
  if (parts.field.value !== data.link) {
    parts.field.value = data.link
    parts.told.textContent = ""
  }
  parts.notes.replaceChildren(...data.notes.map((note) => Object.assign(document.createElement("p"), { textContent: note })))
}

function open(root) {
  const parts = {}
  const add = (parent, tag, className) => Object.assign(parent.appendChild(document.createElement(tag)), { className })
  const row = add(root, "div", "row")
  parts.field = Object.assign(add(row, "input", "link"), { readOnly: true, ariaLabel: "Link to this view", spellcheck: false })
  parts.copy = Object.assign(add(row, "button", "copy"), { type: "button", textContent: "Copy link" })
  parts.told = Object.assign(add(root, "p", "told"), { role: "status" })
  parts.notes = add(root, "div", "notes")
  parts.copy.addEventListener("click", () => copy(parts))
  return parts
}

// Browsers lend the clipboard to pages that came over HTTPS or from this very machine; elsewhere the link is selected instead.
async function copy({ field, told }) {
  try {
    await navigator.clipboard.writeText(field.value)
    told.textContent = "Copied."
  } catch {
    field.focus()
    field.select()
    told.textContent = `The link is selected: press ${/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl+"}C to copy it.`
  }
}
