import { cubicIn } from 'svelte/easing'
import { prefersReducedMotion } from 'svelte/motion'
import type { TransitionConfig } from 'svelte/transition'

/** As long as `--leave`, and twice as far as `--shift` (`tokens.css`). */
const LEAVE = 140
const DISTANCE = 16

/** What leaves fades and sinks; with reduced motion it only fades. */
export function leave(_: Element): TransitionConfig {
    const distance = prefersReducedMotion.current ? 0 : DISTANCE
    return {
        duration: LEAVE,
        easing: cubicIn,
        css: (shown, left) => `opacity: ${shown}; transform: translateY(${left * distance}px)`,
    }
}
