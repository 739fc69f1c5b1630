import '@testing-library/jest-dom/vitest'
import { vi } from 'vitest'

// The shell is the boundary: the panel runs as it is, and the commands that it sends are recorded.
vi.mock('../lib/shell', () => ({
    watchView: vi.fn(),
    send: vi.fn(async () => {}),
}))

// What jsdom lacks.
class Observer {
    observe() {}
    unobserve() {}
    disconnect() {}
}
vi.stubGlobal('ResizeObserver', Observer)
vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {} }))
Element.prototype.scrollIntoView = () => {}
