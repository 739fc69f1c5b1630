import { MINOR_UNITS, USUAL_MINOR_UNIT } from './bindings'
import { current, isRightToLeft } from './locale.svelte'

/** A decimal number as text. `Intl` formats it exactly, where a `number` would be rounded. */
type Decimal = `${number}`

const minorUnit = (currency: string) => MINOR_UNITS[currency] ?? USUAL_MINOR_UNIT

/** Minor units in units of the currency: `4800e-2` for 4,800 cents. */
const decimal = (minor: number, currency: string) => `${minor}e-${minorUnit(currency).digits}` as Decimal

/** Formats numbers, money and times for one locale and time zone. Dates and numbers may have locales of their own. */
export function formats(locale: string, timeZone?: string, dates = locale, numbers = locale) {
    const number = new Intl.NumberFormat(numbers)
    const compact = new Intl.NumberFormat(locale, {
        notation: 'compact',
        maximumSignificantDigits: 4,
        useGrouping: 'always',
    })
    const signed = new Intl.NumberFormat(numbers, { signDisplay: 'exceptZero' })
    const relative = new Intl.RelativeTimeFormat(locale)
    const time = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short', timeZone } as const
    const dayMonth = { day: 'numeric', month: 'short', timeZone } as const
    const isoDay = new Intl.DateTimeFormat('en', {
        calendar: 'gregory',
        numberingSystem: 'latn',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        timeZone,
    })

    /** `2026-11-24`. No locale writes a date like this in every web view, so it is put together from its parts. */
    function dayKey(at: string | number): string {
        const parts = new Map(isoDay.formatToParts(new Date(at)).map(({ type, value }) => [type, value]))
        return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
    }

    /** In text from right to left, the sign of a currency such as `US$` would be torn apart. */
    const apart = isRightToLeft(numbers)
        ? (text: string) => `\u2066${text.replaceAll('\u200f', '')}\u2069`
        : (text: string) => text

    /** Money in units of the currency. `Intl` decides on style only: its digits are not those that Stripe counts. */
    function money(amount: number | Decimal, currency: string, options: Intl.NumberFormatOptions = {}) {
        const { digits, step } = minorUnit(currency)
        const text = new Intl.NumberFormat(numbers, {
            style: 'currency',
            currency,
            minimumFractionDigits: digits,
            maximumFractionDigits: digits,
            trailingZeroDisplay: step < 10 ** digits ? 'auto' : 'stripIfInteger',
            ...options,
        }).format(amount)
        return apart(text.replace('-', '−'))
    }

    return {
        /** Tokens in full: `34,120`. */
        tokens: (tokens: number) => number.format(tokens),

        /** A change of tokens: `+15,000`, `−900`. */
        change: (tokens: number) => signed.format(tokens).replace('-', '−'),

        /** Tokens in short: in full below a billion, `9,007T` above. */
        tokensShort: (tokens: number) => (tokens < 1e9 ? number : compact).format(tokens),

        /** An amount of minor units: `$48.00`. */
        money: (minor: number, currency: string) => money(decimal(minor, currency), currency),

        /** A list price: `$9`, but `$9.50`. */
        price: (minor: number, currency: string) =>
            money(decimal(minor, currency), currency, { trailingZeroDisplay: 'stripIfInteger' }),

        /** The price of 1,000 tokens: `$1.80`; with three significant digits if it is below one minor unit. */
        pricePerThousand(minor: number, tokens: number, currency: string) {
            const perThousand = (minor * 1000) / tokens
            const amount = perThousand / 10 ** minorUnit(currency).digits
            return money(amount, currency, perThousand < 1 ? { maximumSignificantDigits: 3 } : {})
        },

        /** A moment with its time zone: `5 Dec, 09:14 CET`. */
        moment: (at: string) => new Intl.DateTimeFormat(dates, { ...dayMonth, ...time }).format(new Date(at)),

        /** A time of day with its zone: `01:00 CET`. */
        timeOfDay: (at: string) => new Intl.DateTimeFormat(dates, time).format(new Date(at)),

        /** A day, with the year unless it is the current year: `2 Nov`, `2 Nov 2025`. */
        day(at: string, now: number) {
            const year = new Intl.DateTimeFormat(dates, { year: 'numeric', timeZone })
            const sameYear = year.format(new Date(at)) === year.format(now)
            return new Intl.DateTimeFormat(dates, {
                ...dayMonth,
                ...(sameYear ? {} : { year: 'numeric' }),
            }).format(new Date(at))
        },

        /** A moment within the last or next hours as a time of day, any other as a day. */
        dayOrTime(at: string, now: number): string {
            return dayKey(at) === dayKey(now) ? this.timeOfDay(at) : this.day(at, now)
        },

        /** A rough number of tokens: two significant digits. */
        about: (tokens: number) =>
            new Intl.NumberFormat(numbers, { maximumSignificantDigits: 2 }).format(tokens),

        /** A date without a time, such as the service's `2026-11-24`: `24 Nov`. */
        date: (date: string) =>
            new Intl.DateTimeFormat(dates, { ...dayMonth, timeZone: 'UTC' }).format(new Date(date)),

        /** A time of day without its zone: `09:14`. */
        clock: (at: string) =>
            new Intl.DateTimeFormat(dates, { timeStyle: 'short', timeZone }).format(new Date(at)),

        /** The day in the user's time zone, as the service writes days: `2026-11-24`. */
        dayKey,

        /** How long ago: `12 minutes ago`; `null` below a minute and for a moment in the future. */
        ago(at: string, now: number): string | null {
            const minutes = Math.floor((now - Date.parse(at)) / 60_000)
            if (minutes < 1) return null
            if (minutes < 60) return relative.format(-minutes, 'minute')
            if (minutes < 60 * 24) return relative.format(-Math.floor(minutes / 60), 'hour')
            return relative.format(-Math.floor(minutes / 60 / 24), 'day')
        },

        /** Elapsed time: `0:42`, `12:05`, `1:02:03`. */
        elapsed(since: string, now: number): string {
            const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
            const two = (n: number) => String(n).padStart(2, '0')
            const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
            return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
        },
    }
}

type Formats = ReturnType<typeof formats>

const known = new Map<string, Formats>()

/** The formats of the current locales and time zone. */
export const format = new Proxy({} as Formats, {
    get(_, name) {
        const { locale, formats: own } = current
        const key = [locale, own.time_zone, own.dates, own.numbers].join(' ')
        if (!known.has(key)) {
            const [zone, dates, numbers] = [own.time_zone, own.dates, own.numbers].map(
                (of) => of ?? undefined,
            )
            known.set(key, formats(locale, zone, dates, numbers))
        }
        return known.get(key)![name as keyof Formats]
    },
})
