/**
 * The little that moves on the status page: the search, the copy buttons, "/" to search, and a fresh look every minute when a loop serves
 * the page. Without it everything is still there to read.
 */
export const SCRIPT = `
(() => {
  const find = document.getElementById('find')
  const rows = () => [...document.querySelectorAll('tr[data-find]')]
  const search = () => {
    const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let shown = 0
    for (const row of rows()) {
      row.hidden = !words.every((word) => row.dataset.find.includes(word))
      if (!row.hidden) shown += 1
    }
    document.getElementById('shown').value = words.length === 0 ? '' : shown + ' of ' + rows().length
  }
  find.addEventListener('input', search)
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== find) {
      event.preventDefault()
      find.focus()
    }
    if (event.key === 'Escape' && document.activeElement === find) {
      find.value = ''
      search()
    }
  })
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-copy]') : null
    if (!button) return
    try {
      await navigator.clipboard.writeText(button.dataset.copy)
      button.textContent = 'Copied'
    } catch {
      const range = document.createRange()
      range.selectNodeContents(button.previousElementSibling)
      getSelection().removeAllRanges()
      getSelection().addRange(range)
    }
    setTimeout(() => (button.textContent = 'Copy'), 2000)
  })
  const refresh = Number(document.body.dataset.refresh)
  const again = async () => {
    try {
      const answer = await fetch(location.pathname)
      if (!answer.ok) return
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      for (const id of ['head', 'needs', 'days', 'rows'])
        document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes)
      search()
    } catch {
      document.body.dataset.stale = 'yes'
    }
  }
  if (refresh > 0) setInterval(() => document.hidden || again(), refresh * 1000)
})()
`
