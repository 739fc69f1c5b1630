import { describe, expect, it } from 'vitest'
import { formats } from './format'

const british = formats('en-GB', 'Europe/Berlin')
const american = formats('en-US', 'America/New_York')
const german = formats('de-DE', 'Europe/Berlin')

/** Intl writes some spaces as narrow or no-break ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('tokens', () => {
    it('are grouped the way the user writes numbers', () => {
        expect(american.tokens(34_120)).toBe('34,120')
        expect(german.tokens(34_120)).toBe('34.120')
    })

    it('are exact up to the largest figure that the service sends', () => {
        expect(american.tokens(9_007_199_254_740_991)).toBe('9,007,199,254,740,991')
    })

    it('are cut short only where there is little room and from a billion on', () => {
        expect(american.tokensShort(999_999_999)).toBe('999,999,999')
        expect(american.tokensShort(9_007_199_254_740_991)).toBe('9,007T')
    })
})

describe('money', () => {
    it('counts minor units by the decimals of the currency', () => {
        expect(american.money(4_800, 'usd')).toBe('$48.00')
        expect(plain(german.money(4_800, 'eur'))).toBe('48,00 €')
        expect(american.money(4_800, 'jpy')).toBe('¥4,800')
        expect(plain(american.money(4_800, 'kwd'))).toBe('KWD 4.800')
    })

    it('leaves empty decimals off a list price', () => {
        expect(american.price(900, 'usd')).toBe('$9')
        expect(american.price(950, 'usd')).toBe('$9.50')
    })

    it('says what a thousand tokens cost, also where that is less than a cent', () => {
        expect(american.pricePerThousand(900, 5_000, 'usd')).toBe('$1.80')
        expect(american.pricePerThousand(100, 1_500_000, 'usd')).toBe('$0.000667')
    })
})

describe('times', () => {
    it('name the zone in which a reset is', () => {
        expect(british.moment('2026-12-05T08:14:00Z')).toBe('5 Dec, 09:14 CET')
        expect(plain(american.moment('2026-12-05T08:14:00Z'))).toBe('Dec 5, 3:14 AM EST')
        expect(british.timeOfDay('2026-12-05T00:00:00Z')).toBe('01:00 CET')
    })

    it('name the year of a day only where it is another one', () => {
        const now = Date.parse('2026-11-23T00:00:00Z')
        expect(british.day('2026-11-02T10:00:00Z', now)).toBe('2 Nov')
        expect(british.day('2025-11-02T10:00:00Z', now)).toBe('2 Nov 2025')
    })

    it('tell an age in whole minutes, hours and days', () => {
        const now = Date.parse('2026-11-23T12:00:00Z')
        expect(british.ago('2026-11-23T11:48:00Z', now)).toBe('12 minutes ago')
        expect(british.ago('2026-11-23T11:59:00Z', now)).toBe('1 minute ago')
        expect(british.ago('2026-11-23T09:01:00Z', now)).toBe('2 hours ago')
        expect(british.ago('2026-11-20T12:00:00Z', now)).toBe('3 days ago')
    })

    it('tell no age below a minute, nor of a moment that the clock has not reached', () => {
        const now = Date.parse('2026-11-23T12:00:00Z')
        expect(british.ago('2026-11-23T11:59:01Z', now)).toBeNull()
        expect(british.ago('2026-11-23T13:00:00Z', now)).toBeNull()
    })

    it('run like a stopwatch', () => {
        const since = '2026-11-23T12:00:00Z'
        const after = (seconds: number) => british.elapsed(since, Date.parse(since) + seconds * 1000)
        expect([0, 42, 725, 3_723, -5].map(after)).toEqual(['0:00', '0:42', '12:05', '1:02:03', '0:00'])
    })
})
