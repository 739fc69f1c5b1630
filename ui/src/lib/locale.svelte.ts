import type { Formats } from './bindings'

/** The locale of texts, and the formats where they differ. The shell sets them, and every text on screen is updated. */
class Current {
    locale = $state(navigator.language)
    formats = $state.raw<Formats>({ dates: null, numbers: null, time_zone: null })
}

export const current = new Current()

/** A pseudo-locale for tests: English text in letters that run from right to left. */
export const PSEUDO = 'ar-XB'

/** The languages that are written from right to left. */
const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur']

export function isRightToLeft(locale: string): boolean {
    return RIGHT_TO_LEFT.includes(new Intl.Locale(locale).language)
}
