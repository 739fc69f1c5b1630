import { describe, expect, it } from 'vitest'
import { views } from '../fixtures/views'
import { contentOf, draw, type WellContent } from './well'

const all = views(0)
const content = (state: keyof typeof all, more: Partial<WellContent> = {}) => ({
    ...contentOf(all[state])!,
    ...more,
})
const drawn = (well: WellContent, height = 240, density = 1) =>
    draw(well, height, density).layers.map(({ bucket, kind, height }) => [bucket, kind, height])

describe('the well', () => {
    it('has its layers in spend order, the first spent on top, and is empty by what was used', () => {
        // 1,200, 22,920 and 10,000 of 40,000, without the gaps.
        expect(drawn(content('entitled'))).toEqual([
            ['rollover', 'solid', 5],
            ['fast', 'solid', 136],
            ['top_up', 'solid', 60],
        ])
        expect(draw(content('entitled'), 240, 1).surface).toBe(205)
    })

    it('follows a catalogue that spends fast tokens before the bank', () => {
        expect(drawn(content('fast-first')).map(([bucket]) => bucket)).toEqual(['fast', 'rollover', 'top_up'])
    })

    it.each([1, 1.25, 1.5, 2, 3])('has every edge on a whole device pixel at %s×', (density) => {
        for (const height of [16, 88, 184, 237]) {
            const { layers, surface, today, pace } = draw(
                content('entitled', { pending: 15_000 }),
                height,
                density,
            )
            const edges = layers.flatMap(({ bottom, height }) => [bottom, bottom + height])
            for (const edge of [...edges, surface, today, pace ?? 0]) {
                expect(Math.abs(edge * density - Math.round(edge * density))).toBeLessThan(1e-9)
            }
        }
    })

    it('has a gap between two layers', () => {
        const { layers } = draw(content('entitled'), 240, 2)
        layers.slice(1).forEach(({ bottom, height }, i) => {
            expect(layers[i]!.bottom - bottom - height).toBeCloseTo(2)
        })
    })

    it('shows a thin layer for a bucket that is nearly empty, and none for an empty one', () => {
        expect(drawn(content('hair'))).toEqual([
            ['fast', 'solid', 4],
            ['top_up', 'solid', 4],
        ])
        expect(drawn(content('empty'))).toEqual([])
    })

    it.each([16, 88, 237])('has its surface where it belongs at %s px, however thin a layer is', (height) => {
        // 34,120 of 40,000.
        const { surface } = draw(content('entitled'), height, 1)
        expect(surface).toBe(Math.round((34_120 / 40_000) * height))
    })

    it('shows locked and frozen tokens as a layer below those that can be used', () => {
        expect(drawn(content('lapsed')).map(([bucket, kind]) => [bucket, kind])).toEqual([
            ['fast', 'solid'],
            ['top_up', 'locked'],
        ])
        expect(drawn(content('frozen')).slice(-2)).toEqual([
            ['top_up', 'solid', 34],
            ['top_up', 'locked', 24],
        ])
    })

    it('shows tokens that are being paid for where they will lie, below all others, and grows by them', () => {
        const before = draw(content('entitled'), 240, 1)
        const paying = draw(content('waiting'), 240, 1)
        expect(paying.layers.map(({ kind }) => kind)).toEqual(['solid', 'solid', 'solid', 'pending'])
        expect(paying.layers.at(-1)).toMatchObject({ bucket: 'top_up', bottom: 0 })
        expect(paying.surface).toBeGreaterThan(before.surface)
        const frozen = draw(content('frozen', { pending: 15_000 }), 240, 1)
        expect(frozen.layers.slice(-2).map(({ kind }) => kind)).toEqual(['pending', 'locked'])
    })

    it('does not move when a payment arrives: the top-up layer takes the place of the pale one', () => {
        const paying = draw(content('waiting'), 240, 1)
        const paid = draw(content('paid'), 240, 1)
        const top = ({ layers: [first] }: typeof paid) => first!.bottom + first!.height
        expect(Math.abs(top(paying) - top(paid))).toBeLessThanOrEqual(1)
    })

    it('marks the use of today above the surface, and where the surface will be at the reset', () => {
        const { today, pace, surface } = draw(content('entitled', { today: 800, left: 26_440 }), 240, 1)
        expect(today).toBe(5)
        expect(pace).toBe(159)
        expect(pace!).toBeLessThan(surface)
        expect(draw(content('entitled', { today: 90_000 }), 240, 1).today).toBe(240 - surface)
        expect(draw(content('entitled', { left: null }), 240, 1).pace).toBeNull()
    })

    it('never overflows, even with thin layers or with more tokens than a full well', () => {
        const { balance } = all.hair.balance!
        const brimful = { ...balance, rollover: { ...balance.rollover, available: 1_000_000 } }
        for (const height of [12, 16, 240]) {
            for (const full of [0, 15, 1_000_015]) {
                const [first] = draw({ balance: brimful, full }, height, 1).layers
                expect(first!.bottom + first!.height).toBe(height)
            }
        }
    })
})
