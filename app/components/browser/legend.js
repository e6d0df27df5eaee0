// The colour scale of weights with its ends.

function fillLegend(place, gradient, text) {
  place.replaceChildren()
  put(place, "span", "", "0")
  put(place, "span", "scale").style.background = `linear-gradient(to right, ${gradient.join(",")})`
  put(place, "span", "", text)
}
