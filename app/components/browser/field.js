// Weights of places over a picture, and how they arrive: one buffer of a header, float32 arrays, and the rest, such as a JPEG.

function unpack(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  let start = 4 + length
  const arrays = header.sizes.map((size) => {
    const array = new Float32Array(buffer, start, size)
    start += 4 * size
    return array
  })
  return { header, arrays, rest: new Uint8Array(buffer, start) }
}

function edges(boxes, n, width, height) {
  const [x0, y0, x1, y1] = boxes.subarray(4 * n, 4 * n + 4)
  const left = Math.round(x0 * width), top = Math.round(y0 * height)
  return [left, top, Math.round(x1 * width) - left, Math.round(y1 * height) - top]
}

// The lower the weight, the more of the picture shows; weight 0 leaves it as it is.
function drawHeat(pen, weights, boxes, { palette, top }, opacity, width, height) {
  weights.forEach((weight, n) => {
    const share = top ? Math.min(weight / top, 1) : 0
    if (!share) return
    pen.fillStyle = palette[Math.round(share * (palette.length - 1))]
    pen.globalAlpha = opacity * Math.min(1, 0.15 + share * 1.1)
    pen.fillRect(...edges(boxes, n, width, height))
  })
  pen.globalAlpha = 1
}

function outline(pen, [x, y, width, height], colour, line) {
  pen.lineWidth = line + 2
  pen.strokeStyle = "#000000"
  pen.strokeRect(x, y, width, height)
  pen.lineWidth = line
  pen.strokeStyle = colour
  pen.strokeRect(x, y, width, height)
}
