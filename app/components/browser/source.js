// Hands pictures and sounds to the figures of the page, which use them again and again: each travels once, not with every set of weights.
const KEPT = 4

export default function ({ data }) {
  const { header, arrays: [samples], rest } = unpack(data)
  const kept = samples ? (window.attentionSounds ??= new Map()) : (window.attentionPictures ??= new Map())
  if (kept.has(header.name)) return
  kept.set(header.name, samples ? { samples, seconds: header.seconds } : createImageBitmap(new Blob([rest], { type: "image/jpeg" })))
  if (kept.size > KEPT) kept.delete(kept.keys().next().value)
  window.dispatchEvent(new CustomEvent(samples ? "attention-sound" : "attention-picture"))
}
