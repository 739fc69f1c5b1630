import type { BalanceView, Bucket } from './bindings'

/** One layer of the well. */
export type Layer = {
    bucket: Bucket
    /** Whether it is hatched, because its tokens cannot be used now. */
    locked: boolean
    /** The distance of its top from the rim, as a share of the well's height. */
    top: number
    /** Its share of the well's height. */
    height: number
}

/** The minimum height of a layer that is not empty, as a share of the well's height. */
const hair = { small: 0.14, large: 0.016 }

/**
 * The layers of the well in spend order, from top to bottom, so that the well drains from the top. A layer that is not
 * empty has a minimum height, which is taken from the thicker layers.
 */
export function layers({ balance, full }: BalanceView, size: keyof typeof hair): Layer[] {
    const thinnest = hair[size]
    const { locked } = balance.top_up
    const usable = (bucket: Bucket) => balance[bucket].available - (bucket === 'top_up' ? locked : 0)
    const amounts = [
        ...balance.spend_order.map((bucket) => ({ bucket, locked: false, tokens: usable(bucket) })),
        { bucket: 'top_up' as const, locked: true, tokens: locked },
    ].filter(({ tokens }) => tokens > 0)

    const sum = amounts.reduce((sum, { tokens }) => sum + tokens, 0)
    const shares = amounts.map(({ tokens }) => Math.max(thinnest, tokens / Math.max(full, sum)))
    const excess = Math.max(0, shares.reduce((a, b) => a + b, 0) - 1)
    const spare = shares.reduce((spare, share) => spare + (share - thinnest), 0)
    const heights = shares.map((share) => share - (excess && (excess * (share - thinnest)) / spare))

    let bottom = 1
    return amounts
        .map(({ bucket, locked }, i) => ({ bucket, locked, height: heights[i]!, top: 0 }))
        .reverse()
        .map((layer) => ({ ...layer, top: (bottom -= layer.height) }))
        .reverse()
}
