export default function ({ data, parentElement }) {
  const long = Object.assign(document.createElement("p"), {
    textContent: "This link is too long for a QR code. Copy it, or pick an example: that makes it short.",
  })
  parentElement.querySelector(".code").replaceChildren(data.rows ? drawing(data.rows) : long)
}

function drawing(rows) {
  const quiet = 4, size = rows.length + 2 * quiet
  const make = (name, attributes) => {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", name)
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value)
    return shape
  }
  const runs = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) =>
    `M${run.index + quiet} ${y + quiet}h${run[0].length}v1h-${run[0].length}z`))
  const picture = make("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "QR code of the link", "shape-rendering": "crispEdges" })
  picture.append(make("rect", { width: size, height: size, fill: "#ffffff" }), make("path", { d: runs.join(""), fill: "#000000" }))
  return picture
}
