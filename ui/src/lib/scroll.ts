/** How long the scrollbar stays after the last movement. */
const BAR_STAYS = 900

/**
 * Marks an element that scrolls: `data-below` while something is hidden below its lower edge, `data-scrolling` while it
 * moves. Styles draw a fade and a thin bar from that.
 */
export function scroller(element: HTMLElement): () => void {
    let still: ReturnType<typeof setTimeout> | undefined

    function mark() {
        const hidden = element.scrollHeight - element.clientHeight - element.scrollTop
        element.toggleAttribute('data-below', hidden > 1)
    }

    function onscroll() {
        mark()
        element.toggleAttribute('data-scrolling', true)
        clearTimeout(still)
        still = setTimeout(() => element.toggleAttribute('data-scrolling', false), BAR_STAYS)
    }

    const observer = new ResizeObserver(mark)
    observer.observe(element)
    const changes = new MutationObserver(mark)
    changes.observe(element, { childList: true, subtree: true, characterData: true })
    element.addEventListener('scroll', onscroll, { passive: true })
    mark()
    return () => {
        observer.disconnect()
        changes.disconnect()
        clearTimeout(still)
        element.removeEventListener('scroll', onscroll)
    }
}
