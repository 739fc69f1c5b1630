import { createSubscriber } from 'svelte/reactivity'

/** The current time. It updates every `interval` milliseconds while something on screen shows it. */
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

/** For elapsed times. */
export const seconds = new Clock(1000)

/** For ages and dates: updates every 15 seconds. */
export const minutes = new Clock(15_000)
