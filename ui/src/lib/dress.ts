import type { View } from './bindings'
import { isRightToLeft, speaking } from './locale.svelte'

const SCHEMES = { system: '', light: 'light', dark: 'dark' } as const

/** Fits the page around the panel to a view: language, direction, light or dark. */
export function dress({ locale, settings }: View): void {
    speaking.locale = locale
    const page = document.documentElement
    page.lang = locale
    page.dir = isRightToLeft(locale) ? 'rtl' : 'ltr'
    page.style.colorScheme = SCHEMES[settings.appearance]
}
