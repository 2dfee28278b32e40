/** Marks the visible section in the table of contents. */
export function markVisibleSection(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('.contents a')].map(link => [link.hash.slice(1), link]),
  )
  const headings = [...document.querySelectorAll<HTMLElement>('main :is(h2, h3)')].filter(({id}) =>
    links.has(id),
  )
  if (headings.length === 0) return
  const observer = new IntersectionObserver(mark, {rootMargin: '0px 0px -70% 0px'})
  for (const heading of headings) observer.observe(heading)

  function mark(): void {
    const last = headings.findLast(heading => heading.getBoundingClientRect().top < innerHeight * 0.3)
    for (const [id, link] of links) {
      if (id === last?.id) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
  }
}
