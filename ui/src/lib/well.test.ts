import { describe, expect, it } from 'vitest'
import { views } from '../fixtures/views'
import type { BalanceView } from './bindings'
import { layers } from './well'

const all = views(0)
const drawn = (view: BalanceView) =>
    layers(view, 'large').map(({ bucket, locked, height }) => [bucket, locked, Number(height.toFixed(3))])

describe('the well', () => {
    it('stands in spend order, from the first spent on top to the reserve at the bottom', () => {
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

    it('rests on the bottom, each layer on the next', () => {
        const stack = layers(all.entitled.balance!, 'large')
        stack.forEach(({ top, height }, i) => expect(top + height).toBeCloseTo(stack[i + 1]?.top ?? 1))
    })

    it('shows a hair of a layer that is nearly empty, and nothing of an empty one', () => {
        expect(drawn(all.hair.balance!)).toEqual([
            ['fast', false, 0.016],
            ['top_up', false, 0.016],
        ])
        expect(drawn(all.empty.balance!)).toEqual([])
    })

    it('sets locked and frozen tokens apart, below those that can be used', () => {
        expect(drawn(all.lapsed.balance!)).toEqual([
            ['fast', false, 0.016],
            ['top_up', true, 0.5],
        ])
        expect(drawn(all.frozen.balance!).slice(-2)).toEqual([
            ['top_up', false, 0.15],
            ['top_up', true, 0.1],
        ])
    })

    it('never rises over its rim, even where hairs make it taller or the figures outgrow what full was', () => {
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
