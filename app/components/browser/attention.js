export default function ({ data, parentElement }) {
  const parts = openStage(parentElement)
  const { header, arrays: [weights, energies, boxes] } = unpack(data)
  parts.header = header
  fillStage(parts, header)
  if (boxes) drawPicture(parts, header, weights, energies, boxes)
  else drawWords(parts, header, weights, energies)
  parts.list?.toggleAttribute("hidden", Boolean(boxes))
  parts.view?.box.toggleAttribute("hidden", !boxes)
}
