import { createSubscriber } from 'svelte/reactivity'

/** The present, read anew every `interval` milliseconds while something on screen shows it, and at rest otherwise. */
class Clock {
    readonly #subscribe: () => void

    constructor(interval: number) {
        this.#subscribe = createSubscriber((update) => {
            const timer = setInterval(update, interval)
            return () => clearInterval(timer)
        })
    }

    /** Milliseconds since 1970. */
    get now(): number {
        this.#subscribe()
        return Date.now()
    }
}

/** For stopwatches. */
export const seconds = new Clock(1000)

/** For ages and dates. */
export const minutes = new Clock(15_000)
