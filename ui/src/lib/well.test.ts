import { describe, expect, it } from 'vitest'
import { views } from '../fixtures/views'
import type { BalanceView } from './bindings'
import { layers } from './well'

const all = views(0)
const drawn = (view: BalanceView) =>
    layers(view, 'large').map(({ bucket, locked, height }) => [bucket, locked, Number(height.toFixed(3))])

describe('the well', () => {
    it('has its layers in spend order, the first spent on top', () => {
        expect(drawn(all.entitled.balance!)).toEqual([
            ['rollover', false, 0.03],
            ['fast', false, 0.573],
            ['top_up', false, 0.25],
        ])
    })

    it('follows a catalogue that spends fast tokens before the bank', () => {
        expect(drawn(all['fast-first'].balance!)).toEqual([
            ['fast', false, 0.573],
            ['rollover', false, 0.03],
            ['top_up', false, 0.25],
        ])
    })

    it('has no gaps between its layers or below them', () => {
        const stack = layers(all.entitled.balance!, 'large')
        stack.forEach(({ top, height }, i) => expect(top + height).toBeCloseTo(stack[i + 1]?.top ?? 1))
    })

    it('shows a thin layer for a bucket that is nearly empty, and none for an empty one', () => {
        expect(drawn(all.hair.balance!)).toEqual([
            ['fast', false, 0.016],
            ['top_up', false, 0.016],
        ])
        expect(drawn(all.empty.balance!)).toEqual([])
    })

    it('shows locked and frozen tokens as a layer below those that can be used', () => {
        expect(drawn(all.lapsed.balance!)).toEqual([
            ['fast', false, 0.016],
            ['top_up', true, 0.5],
        ])
        expect(drawn(all.frozen.balance!).slice(-2)).toEqual([
            ['top_up', false, 0.15],
            ['top_up', true, 0.1],
        ])
    })

    it('never overflows, even with thin layers or with more tokens than a full well', () => {
        const { balance } = all.hair.balance!
        const brimful = { ...balance, rollover: { ...balance.rollover, available: 1_000_000 } }
        for (const size of ['small', 'large'] as const) {
            for (const full of [0, 15, 1_000_015]) {
                const [first] = layers({ ...all.hair.balance!, balance: brimful, full }, size)
                expect(first!.top).toBeCloseTo(0)
            }
        }
    })
})
