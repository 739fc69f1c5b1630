import type { View } from './bindings'
import { current, isRightToLeft } from './locale.svelte'

const SCHEMES = { system: '', light: 'light', dark: 'dark' } as const

/** Sets language, formats, direction and colour scheme of the document to those of a view. */
export function applyToDocument({ locale, formats, settings }: View): void {
    current.locale = locale
    current.formats = formats
    const root = document.documentElement
    root.lang = locale
    root.dir = isRightToLeft(locale) ? 'rtl' : 'ltr'
    root.style.colorScheme = SCHEMES[settings.appearance]
}
