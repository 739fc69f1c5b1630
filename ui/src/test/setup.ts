import '@testing-library/jest-dom/vitest'
import { vi } from 'vitest'

// A stand-in for the shell records the commands that the panel sends.
vi.mock('../lib/shell', () => ({
    watchView: vi.fn(),
    hangsAtIcon: () => 'tokenwellHangs' in window,
    send: vi.fn(async () => {}),
    addKey: vi.fn(async () => {}),
}))

// Functions that jsdom lacks.
class Observer {
    observe() {}
    unobserve() {}
    disconnect() {}
}
vi.stubGlobal('ResizeObserver', Observer)
// Motion is reduced, so that figures have their final value at once.
vi.stubGlobal('matchMedia', (query: string) => ({
    matches: query.includes('reduced-motion'),
    addListener() {},
    removeListener() {},
    addEventListener() {},
    removeEventListener() {},
}))
Element.prototype.scrollIntoView = () => {}
// An animation ends at once.
Element.prototype.animate = () => {
    const animation = { cancel() {}, onfinish: null as (() => void) | null }
    queueMicrotask(() => animation.onfinish?.())
    return animation as unknown as Animation
}
