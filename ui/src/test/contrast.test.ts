import { describe, expect, it } from 'vitest'
import css from '../tokens.css?raw'

const tokens = new Map(
    [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, light, dark]) => [
        name,
        { light: light!, dark: dark! },
    ]),
)

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
    const [r, g, b] = [1, 3, 5].map((at) => {
        const channel = parseInt(hex.slice(at, at + 2), 16) / 255
        return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
    return (light + 0.05) / (dark + 0.05)
}

const grounds = ['paper', 'sheet', 'card']
const text = [
    ...['ink', 'quiet', 'problem'].flatMap((ink) => grounds.map((ground) => [ink, ground] as const)),
    ...['ink', 'quiet', 'problem'].map((ink) => [ink, 'hollow'] as const),
    ...['ink', 'quiet', 'problem'].map((ink) => [ink, 'strip'] as const),
    ['on-accent', 'accent'],
    ['on-accent', 'accent-pressed'],
] as const
const buckets = ['rollover', 'fast', 'top-up']
const graphics = [
    ...['accent', 'outline', 'wall-color', ...buckets].flatMap((mark) =>
        grounds.map((ground) => [mark, ground] as const),
    ),
    // Layers and marks in the well, where it is empty.
    ...[...buckets, 'wall-color', 'quiet', 'ink'].map((mark) => [mark, 'empty'] as const),
    ...buckets.map((layer) => ['pace', layer] as const),
    // The mark of tokens on their way, in a strip.
    ['top-up', 'strip'],
] as const

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
    const between = (one: string, other: string) =>
        contrast(tokens.get(one)![theme], tokens.get(other)![theme])

    it.each(text)('%s on %s has the contrast of text (AA, 4.5)', (one, other) => {
        expect(between(one, other)).toBeGreaterThanOrEqual(4.5)
    })

    it.each(graphics)('%s on %s has the contrast of graphics (AA, 3)', (one, other) => {
        expect(between(one, other)).toBeGreaterThanOrEqual(3)
    })
})
