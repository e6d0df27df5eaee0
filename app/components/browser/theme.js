// Opens the page again in the theme that a link asks for: Streamlit reads it from the address once, when it opens. The step of the
// history stays the same. Else tells when the page has taken another theme than it was drawn for, as devices do in the evening.
export default function ({ data, setTriggerValue }) {
  if (data.asked) {
    const { pathname, search } = location
    if (!search.includes("embed_options")) location.replace(`${pathname}${search}&embed_options=${data.asked}_theme`)
    return
  }
  const page = document.querySelector("[data-testid=stApp]")
  const look = () => getComputedStyle(page).colorScheme === data.drawn || setTriggerValue("turned", true)
  const watch = new MutationObserver(look)
  watch.observe(page, { attributeFilter: ["class"] })
  return () => watch.disconnect()
}
