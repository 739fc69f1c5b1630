/** The locale of words and figures; the shell says which, and everything on screen follows. */
class Speaking {
    locale = $state(navigator.language)
}

export const speaking = new Speaking()

/** English, marked and written from right to left: what every layout has to stand. */
export const PSEUDO = 'ar-XB'

/** Written from right to left: the scripts of these languages, and of the pseudo-locale. */
const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur']

export function isRightToLeft(locale: string): boolean {
    return RIGHT_TO_LEFT.includes(new Intl.Locale(locale).language)
}
