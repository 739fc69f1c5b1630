/** Makes the height of an element known to the styles of the document, as this property. */
export function heightAs(property: `--${string}`) {
    return (element: HTMLElement) => {
        const { style } = document.documentElement
        const set = () => style.setProperty(property, `${element.offsetHeight}px`)
        const observer = new ResizeObserver(set)
        observer.observe(element)
        set()
        return () => {
            observer.disconnect()
            style.removeProperty(property)
        }
    }
}
