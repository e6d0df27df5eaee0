export default function ({ data, parentElement, setTriggerValue }) {
  const parts = openStage(parentElement)
  const { header, arrays: [weights, energies, ...more] } = unpack(data), boxes = header.signals ? undefined : more[0]
  const writes = Boolean(header.rows)
  parts.header = header
  parts.chooseRow = header.choosing ? (row) => setTriggerValue("row", row) : null
  parts.root.classList.toggle("writing", writes)
  fillStage(parts, header)
  if (writes) drawWriting(parts, header, weights, energies, boxes, more)
  else if (boxes) drawPicture(parts, header, weights, energies, boxes)
  else drawWords(parts, header, weights, energies)
  if (!writes) parts.outcome.style.visibility = ""
  parts.list?.toggleAttribute("hidden", writes || Boolean(boxes))
  parts.view?.box.toggleAttribute("hidden", !boxes)
}
