import { isUnderWay } from './account'
import type { BalanceView, Bucket, View } from './bindings'

/**
 * How a layer is drawn: `solid` tokens can be spent, `locked` ones cannot be spent now (locked or frozen), and `pending`
 * ones are being paid for.
 */
export type LayerKind = 'solid' | 'locked' | 'pending'

/** What a well shows. */
export type WellContent = Pick<BalanceView, 'balance' | 'full'> & {
    /** Tokens that are being paid for. */
    pending?: number
    /** What was used today. */
    today?: number
    /** What will be left at the next reset at the present pace. */
    left?: number | null
}

/** One layer of the well, in CSS pixels from the bottom. Every edge is on a whole device pixel. */
export type Layer = { bucket: Bucket; kind: LayerKind; bottom: number; height: number }

export type Drawing = {
    /** From top to bottom, in spend order. */
    layers: Layer[]
    /** The height of the surface. */
    surface: number
    /** The height of the band above the surface that shows the use of today. */
    today: number
    /** Where the surface will be at the next reset. */
    pace: number | null
}

/** Below this height, a well has thin walls, gaps and layers. `crates/desktop/src/well.rs` draws the tray icon alike. */
const SMALL = 40

/**
 * Draws a well whose inside is `height` CSS pixels high. Each layer starts on a whole device pixel, with a gap to the layer
 * below. A layer that is not empty has a minimum height.
 */
export function draw(content: WellContent, height: number, density: number): Drawing {
    const { balance, full, pending = 0, today = 0, left = null } = content
    const inside = Math.round(height * density)
    const gap = Math.round((height < SMALL ? 1 : 2) * density)
    const thinnest = Math.round((height < SMALL ? 2 : 4) * density)
    const { locked } = balance.top_up
    const usable = (bucket: Bucket) => balance[bucket].available - (bucket === 'top_up' ? locked : 0)
    const amounts = [
        ...balance.spend_order.map((bucket) => ({ bucket, kind: 'solid' as const, tokens: usable(bucket) })),
        // Where they will lie: what was bought last is spent last (rules 1 and 2).
        { bucket: 'top_up' as const, kind: 'pending' as const, tokens: pending },
        { bucket: 'top_up' as const, kind: 'locked' as const, tokens: locked },
    ].filter(({ tokens }) => tokens > 0)

    const sum = amounts.reduce((sum, { tokens }) => sum + tokens, 0)
    const capacity = Math.max(full + pending, sum, 1)
    const sizes = stack(amounts.map(({ tokens }) => tokens / capacity).reverse(), { inside, gap, thinnest })

    let edge = 0
    const layers = amounts.reverse().map(({ bucket, kind }, i) => {
        const bottom = edge + (i ? gap : 0)
        edge += sizes[i]!
        return { bucket, kind, bottom: bottom / density, height: (edge - bottom) / density }
    })
    const surface = edge
    const of = (tokens: number) => Math.round((tokens / capacity) * inside)
    return {
        layers: layers.reverse(),
        surface: surface / density,
        today: Math.min(inside - surface, of(today)) / density,
        pace: left !== null && !pending && of(left) < surface ? of(left) / density : null,
    }
}

/**
 * The heights of layers with these shares of the well, from bottom to top, in device pixels. A gap counts to the layer above.
 * What thin layers have too much is taken from the others, so that the surface stays where it is.
 */
function stack(
    shares: number[],
    { inside, gap, thinnest }: { inside: number; gap: number; thinnest: number },
): number[] {
    const least = shares.map((_, i) => thinnest + (i ? gap : 0))
    let share = 0
    let edge = 0
    const sizes = shares.map((part, i) => {
        const from = edge
        edge = Math.round((share += part) * inside)
        return Math.max(edge - from, least[i]!)
    })
    const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0)
    const high = Math.min(inside, Math.max(edge, sum(least)))
    for (let over = sum(sizes) - high; over > 0; over--) {
        const spare = sizes.map((size, i) => size - least[i]!)
        sizes[spare.indexOf(Math.max(...spare))]! -= 1
    }
    return sizes
}

/** What the well of a view shows, with the tokens of a purchase under way. */
export function contentOf(view: View, pending = pendingOf(view)): WellContent | null {
    if (!view.balance) return null
    const { balance, full } = view.balance
    // During a purchase, the mark would be where it belonged before.
    const left = view.purchase ? null : view.pages.forecast?.at_reset
    const today = view.pages.usage.items.at(-1)
    return {
        balance,
        full,
        pending,
        today: today ? today.rollover + today.fast + today.top_up : 0,
        left: left ? left.plan + left.top_up + balance.top_up.locked : null,
    }
}

/** The tokens that are being paid for. */
export function pendingOf({ purchase }: View): number {
    return purchase && isUnderWay(purchase) ? purchase.tokens : 0
}
