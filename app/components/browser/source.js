// Hands pictures to the figures of the page, which draw them again and again: each travels once, not with every set of weights.
const PICTURES_KEPT = 4

export default function ({ data }) {
  const { header, rest } = unpack(data)
  const pictures = (window.attentionPictures ??= new Map())
  if (pictures.has(header.name)) return
  pictures.set(header.name, createImageBitmap(new Blob([rest], { type: "image/jpeg" })))
  if (pictures.size > PICTURES_KEPT) pictures.delete(pictures.keys().next().value)
  window.dispatchEvent(new CustomEvent("attention-picture"))
}
