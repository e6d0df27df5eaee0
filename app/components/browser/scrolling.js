// Boxes that scroll sideways: the keyboard must reach what it is to scroll.
export default function () {
  for (const box of document.querySelectorAll("[class*=st-key-wide_], [class*=st-key-numbers_]")) {
    Object.assign(box, { tabIndex: 0, role: "region", ariaLabel: "Figures and numbers, scrolls sideways" })
  }
}
