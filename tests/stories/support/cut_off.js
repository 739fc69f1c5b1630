// Returns the elements on the page whose text is partly invisible.
const layer = document.querySelector('[role=dialog][data-dialog-content]') ?? document.body
const owners = [...layer.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()),
)

const boxesOf = (element) => {
    const boxes = []
    for (let box = element; box && box !== document.body; box = box.parentElement) boxes.push(box)
    return boxes
}

/** Texts for screen readers only are in a box of one pixel. */
const isTiny = (box) => {
    const { width, height } = box.getBoundingClientRect()
    return width <= 1 || height <= 1
}

const clips = (box) => getComputedStyle(box).overflowX !== 'visible'

function isCutOff(element) {
    // Names that people choose may be truncated if their tooltip shows them in full.
    if (element.title || !element.checkVisibility({ visibilityProperty: true })) return false
    const boxes = boxesOf(element).filter((box) => box === element || clips(box))
    if (boxes.some(isTiny)) return false
    const range = document.createRange()
    range.selectNodeContents(element)
    const text = range.getBoundingClientRect()
    if (text.left < -1 || text.right > innerWidth + 1) return true
    return boxes.filter(clips).some((box) => {
        const { left, right } = box.getBoundingClientRect()
        return text.left < left - 1 || text.right > right + 1
    })
}

return owners.filter(isCutOff).map((element) => element.outerHTML.slice(0, 200))
