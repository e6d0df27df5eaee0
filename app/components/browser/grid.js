// The heatmap of rows × keys as a table, its labels real text; the row of a written word appears when it is written.

function startGrid(parts, own) {
  const box = make(parts.figure, "div", "grid")
  const cellOf = (event) => {
    const cell = event.target.closest("td")
    return cell && { row: cell.parentElement.rowIndex - 1, col: cell.cellIndex - 1 }
  }
  const headOf = (event) => {
    const head = event.target.closest("th")
    if (!head) return null
    const row = head.parentElement.rowIndex - 1, col = head.cellIndex - 1
    return row >= 0 ? { row } : col >= 0 ? { col } : null
  }
  const over = (event) => setHover(parts, cellOf(event) ?? headOf(event))
  box.addEventListener("pointerover", over)
  box.addEventListener("focusin", over)
  box.addEventListener("pointerleave", () => setHover(parts, null))
  box.addEventListener("focusout", () => setHover(parts, null))
  box.addEventListener("click", (event) => {
    const cell = cellOf(event), head = headOf(event)
    if (cell) pinGrid(own, cell)
    else if (head) hold(parts, head)
  })
  box.addEventListener("keydown", (event) => {
    const cell = cellOf(event)
    if (!cell) return
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      return pinGrid(own, cell)
    }
    const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -cell.col], End: [0, own.columns] }[event.key] ?? []
    if (down === undefined) return
    event.preventDefault()
    const row = Math.max(0, Math.min(cell.row + down, own.step - 1)), col = Math.max(0, Math.min(cell.col + right, own.columns - 1))
    const next = tdOf(own, row, col)
    for (const other of box.querySelectorAll("td[tabindex='0']")) other.tabIndex = -1
    next.tabIndex = 0
    next.focus()
  })
  new ResizeObserver(() => turnHeads(own)).observe(parts.figure)
  return box
}

const tdOf = (own, row, col) => own.grid.querySelector("tbody").rows[row].cells[col + 1]

function pinGrid({ header, columns }, { row, col }) {
  if (!header.cells.length) return
  const [query, key] = header.cells[row * columns + col]
  window.dispatchEvent(new CustomEvent("attention-pin", { detail: { row: query, key, side: header.side } }))
}

function fillGrid(own) {
  const { header, grid } = own
  grid.replaceChildren()
  const table = make(grid, "table")
  table.setAttribute("role", "grid")
  table.setAttribute("aria-label", `Weights: rows are ${header.names[0]}s, columns ${header.names[1]}s`)
  const head = make(make(table, "thead"), "tr")
  make(head, "th", "", "query ↓ key →").scope = "col"
  for (const label of header.labels) {
    const own = make(head, "th")
    Object.assign(own, { scope: "col", title: label })
    make(own, "span", "", label).dir = "auto"
  }
  const body = make(table, "tbody")
  header.rows.forEach((label, row) => {
    const line = make(body, "tr")
    Object.assign(make(line, "th", "", label), { scope: "row", title: label, dir: "auto" })
    header.labels.forEach((key, col) => {
      const cell = make(line, "td"), at = row * own.columns + col
      tint(cell, own, own.weights[at])
      cell.tabIndex = at ? -1 : 0
      cell.dataset.weight = own.weights[at]
      cell.setAttribute("aria-label", `${label}, ${key}: weight ${header.weightTexts[at]}, energy ${header.energyTexts[at]}, rank ${rankAt(own, row, col)} of ${own.columns}`)
    })
  })
  turnHeads(own)
  markCell(own)
}

// Labels of columns stand upright only where they have no room side by side.
function turnHeads({ grid }) {
  grid.classList.remove("upright")
  grid.classList.toggle("upright", grid.scrollWidth > grid.clientWidth + 1)
  grid.style.scrollPaddingTop = `${grid.querySelector("thead")?.offsetHeight ?? 0}px`
}

function markCell({ header, grid, columns }) {
  const pinned = window.attentionPinned
  const at = pinned ? header.cells.findIndex(([query, key]) => query === pinned.row && key === pinned.key) : -1
  ;[...grid.querySelectorAll("td")].forEach((cell, n) => cell.classList.toggle("pinned", n === at))
}

function showGrid({ grid, step }, rows, columns) {
  const table = grid.firstChild
  ;[...table.tHead.rows[0].cells].slice(1).forEach((head, col) => head.classList.toggle("lit", columns.includes(col)))
  ;[...table.tBodies[0].rows].forEach((line, row) => {
    line.classList.toggle("later", row >= step)
    line.classList.toggle("lit", rows.includes(row))
  })
}
