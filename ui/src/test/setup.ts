import '@testing-library/jest-dom/vitest'
import { vi } from 'vitest'

// A stand-in for the shell records the commands that the panel sends.
vi.mock('../lib/shell', () => ({
    watchView: vi.fn(),
    send: vi.fn(async () => {}),
}))

// Functions that jsdom lacks.
class Observer {
    observe() {}
    unobserve() {}
    disconnect() {}
}
vi.stubGlobal('ResizeObserver', Observer)
vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {} }))
Element.prototype.scrollIntoView = () => {}
