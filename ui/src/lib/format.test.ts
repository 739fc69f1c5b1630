import { describe, expect, it } from 'vitest'
import { format, formats } from './format'
import { current } from './locale.svelte'

const british = formats('en-GB', 'Europe/Berlin')
const american = formats('en-US', 'America/New_York')
const german = formats('de-DE', 'Europe/Berlin')

/** Replaces narrow and no-break spaces, which Intl uses in some formats. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('tokens', () => {
    it('are grouped as in the user’s locale', () => {
        expect(american.tokens(34_120)).toBe('34,120')
        expect(german.tokens(34_120)).toBe('34.120')
    })

    it('are exact up to the largest amount that the service sends', () => {
        expect(american.tokens(9_007_199_254_740_991)).toBe('9,007,199,254,740,991')
    })

    it('have a sign if they are a change', () => {
        expect([15_000, -900, 0].map(american.change)).toEqual(['+15,000', '−900', '0'])
    })

    it('are shortened from a billion on', () => {
        expect(american.tokensShort(999_999_999)).toBe('999,999,999')
        expect(american.tokensShort(9_007_199_254_740_991)).toBe('9,007T')
    })
})

describe('money', () => {
    it('has a true minus', () => {
        expect(american.money(-480, 'usd')).toBe('−$4.80')
    })

    it('stays in one piece in text from right to left', () => {
        expect(plain(formats('ar', 'UTC').money(2_400, 'usd'))).toBe('\u206624.00 US$\u2069')
    })

    it('is converted from minor units by the decimals of the currency', () => {
        expect(american.money(4_800, 'usd')).toBe('$48.00')
        expect(plain(german.money(4_800, 'eur'))).toBe('48,00 €')
        expect(american.money(4_800, 'jpy')).toBe('¥4,800')
        expect(plain(american.money(4_800, 'kwd'))).toBe('KWD 4.800')
    })

    // Intl's own digits are 0 for most of these currencies, depending on its version. Stripe counts hundredths in all but JPY and KWD.
    it.each([
        ['COP', 2_000_000, 'COP 20,000.00', 'COP 20,000'],
        ['COP', 2_000_050, 'COP 20,000.50', 'COP 20,000.50'],
        ['HUF', 599_000, 'HUF 5,990.00', 'HUF 5,990'],
        ['HUF', 599_025, 'HUF 5,990.25', 'HUF 5,990.25'],
        ['IDR', 15_000_000, 'IDR 150,000.00', 'IDR 150,000'],
        ['IDR', 15_000_001, 'IDR 150,000.01', 'IDR 150,000.01'],
        ['ISK', 129_000, 'ISK 1,290', 'ISK 1,290'],
        ['UGX', 3_500_000, 'UGX 35,000', 'UGX 35,000'],
        ['JPY', 1_500, '¥1,500', '¥1,500'],
        ['KWD', 2_900, 'KWD 2.900', 'KWD 2.900'],
        ['KWD', 12_000, 'KWD 12.000', 'KWD 12'],
        ['USD', 4_800, '$48.00', '$48'],
        ['USD', 4_805, '$48.05', '$48.05'],
        ['USD', 5, '$0.05', '$0.05'],
        ['USD', 0, '$0.00', '$0'],
    ])('in %s of %d minor units is written as Stripe charges it', (code, minor, total, listed) => {
        expect(plain(american.money(minor, code.toLowerCase()))).toBe(total)
        expect(plain(american.price(minor, code.toLowerCase()))).toBe(listed)
    })

    it.each([
        ['cop', 'COP 90,071,992,547,409.91'],
        ['huf', 'HUF 90,071,992,547,409.91'],
        ['idr', 'IDR 90,071,992,547,409.91'],
        ['isk', 'ISK 90,071,992,547,409.91'],
        ['ugx', 'UGX 90,071,992,547,409.91'],
        ['jpy', '¥9,007,199,254,740,991'],
        ['kwd', 'KWD 9,007,199,254,740.991'],
        ['usd', '$90,071,992,547,409.91'],
    ])('in %s is exact up to the largest amount that the service sends', (currency, written) => {
        expect(plain(american.money(Number.MAX_SAFE_INTEGER, currency))).toBe(written)
    })

    it('keeps the style of the locale', () => {
        expect(plain(german.money(599_000, 'huf'))).toBe('5.990,00 HUF')
        expect(plain(formats('hu-HU').money(599_000, 'huf'))).toBe('5990,00 Ft')
    })

    it('has no empty decimals in a list price', () => {
        expect(american.price(900, 'usd')).toBe('$9')
        expect(american.price(950, 'usd')).toBe('$9.50')
    })

    it('has a price per thousand tokens, even below a cent', () => {
        expect(american.pricePerThousand(900, 5_000, 'usd')).toBe('$1.80')
        expect(american.pricePerThousand(100, 1_500_000, 'usd')).toBe('$0.000667')
        expect(plain(american.pricePerThousand(349_000, 5_000, 'huf'))).toBe('HUF 698.00')
        expect(plain(american.pricePerThousand(129_000, 5_000, 'isk'))).toBe('ISK 258')
        expect(american.pricePerThousand(1_500, 5_000, 'jpy')).toBe('¥300')
    })
})

describe('times', () => {
    it('include the time zone of a reset', () => {
        expect(british.moment('2026-12-05T08:14:00Z')).toBe('5 Dec, 09:14 CET')
        expect(plain(american.moment('2026-12-05T08:14:00Z'))).toBe('Dec 5, 3:14 AM EST')
        expect(british.timeOfDay('2026-12-05T00:00:00Z')).toBe('01:00 CET')
    })

    // Renewals keep their UTC time of day (rule 5), so their local time changes with daylight saving time. The zone shows which one applies.
    it.each([
        ['Europe/Berlin', '2026-03-29T00:59:59Z', '29 Mar, 01:59 CET'],
        ['Europe/Berlin', '2026-03-29T01:00:00Z', '29 Mar, 03:00 CEST'],
        ['Europe/Berlin', '2026-10-25T00:30:00Z', '25 Oct, 02:30 CEST'],
        ['Europe/Berlin', '2026-10-25T01:30:00Z', '25 Oct, 02:30 CET'],
        ['Europe/London', '2026-03-29T01:00:00Z', '29 Mar, 02:00 BST'],
        ['Europe/London', '2026-10-25T01:00:00Z', '25 Oct, 01:00 GMT'],
        ['America/New_York', '2026-03-08T07:00:00Z', '8 Mar, 03:00 GMT-4'],
        ['America/New_York', '2026-11-01T06:00:00Z', '1 Nov, 01:00 GMT-5'],
        ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '5 Apr, 01:30 GMT+10:30'],
        ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', '4 Oct, 02:30 GMT+11'],
        ['Asia/Kathmandu', '2026-12-31T18:15:00Z', '1 Jan, 00:00 GMT+5:45'],
        ['Pacific/Apia', '2026-12-31T12:00:00Z', '1 Jan, 01:00 GMT+13'],
        ['UTC', '2028-02-29T00:00:00Z', '29 Feb, 00:00 UTC'],
    ])('are right in %s at %s', (zone, at, written) => {
        expect(plain(formats('en-GB', zone).moment(at))).toBe(written)
    })

    it('assign an entry to the day in the user’s time zone', () => {
        const at = '2026-11-24T23:30:00Z'
        expect(british.dayKey(at)).toBe('2026-11-25')
        expect(american.dayKey(at)).toBe('2026-11-24')
        expect(american.date('2026-11-24')).toBe('Nov 24')
    })

    it('include the year of a day only if it is another year', () => {
        const now = Date.parse('2026-11-23T00:00:00Z')
        expect(british.day('2026-11-02T10:00:00Z', now)).toBe('2 Nov')
        expect(british.day('2025-11-02T10:00:00Z', now)).toBe('2 Nov 2025')
    })

    it('give an age in whole minutes, hours and days', () => {
        const now = Date.parse('2026-11-23T12:00:00Z')
        expect(british.ago('2026-11-23T11:48:00Z', now)).toBe('12 minutes ago')
        expect(british.ago('2026-11-23T11:59:00Z', now)).toBe('1 minute ago')
        expect(british.ago('2026-11-23T09:01:00Z', now)).toBe('2 hours ago')
        expect(british.ago('2026-11-20T12:00:00Z', now)).toBe('3 days ago')
    })

    it('give no age below a minute, and none for a moment in the future', () => {
        const now = Date.parse('2026-11-23T12:00:00Z')
        expect(british.ago('2026-11-23T11:59:01Z', now)).toBeNull()
        expect(british.ago('2026-11-23T13:00:00Z', now)).toBeNull()
    })

    it('give the elapsed time', () => {
        const since = '2026-11-23T12:00:00Z'
        const after = (seconds: number) => british.elapsed(since, Date.parse(since) + seconds * 1000)
        expect([0, 42, 725, 3_723, -5].map(after)).toEqual(['0:00', '0:42', '12:05', '1:02:03', '0:00'])
    })
})

describe('dates and numbers', () => {
    it('have the locales that the user set for them, and the words stay', () => {
        const mixed = formats('en-US', 'Europe/Berlin', 'en-DE-u-hc-h23', 'de-DE')
        expect(mixed.tokens(34_120)).toBe('34.120')
        expect(plain(mixed.moment('2026-12-05T21:58:00Z'))).toMatch(/^5 Dec, 22:58/)
        expect(mixed.ago('2026-11-23T11:48:00Z', Date.parse('2026-11-23T12:00:00Z'))).toBe('12 minutes ago')
    })

    it('follow the time zone that the shell reports', () => {
        const before = current.formats
        current.formats = { ...before, time_zone: 'UTC' }
        expect(format.clock('2026-12-05T21:58:00Z')).toContain(':58')
        const utc = format.clock('2026-12-05T21:58:00Z')
        current.formats = { ...before, time_zone: 'Asia/Tokyo' }
        expect(format.clock('2026-12-05T21:58:00Z')).not.toBe(utc)
        current.formats = before
    })
})
