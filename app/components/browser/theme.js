// Streamlit reads the theme from the address once, when it opens: the page is opened again there, in the same step of the history.
export default function ({ data }) {
  const { pathname, search } = location
  if (!search.includes("embed_options")) location.replace(`${pathname}${search}&embed_options=${data.theme}_theme`)
}
