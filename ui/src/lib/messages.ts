import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle'

const files = import.meta.glob<string>('../messages/*.ftl', { query: '?raw', import: 'default', eager: true })

const texts = new Map(
    Object.entries(files).map(([path, text]) => [path.replace(/^.*\/(.*)\.ftl$/, '$1'), text]),
)

/**
 * The locale for words and figures: the first of the user's languages that there are messages for, with the user's
 * own region, so that an English panel on a German desktop writes `5 Dec, 09:14 CET` and `34.120`.
 */
export function chooseLocale(wanted: readonly string[], available: Iterable<string>): string {
    const languages = new Set(available)
    const locales = wanted.flatMap((tag) => {
        try {
            return [new Intl.Locale(tag)]
        } catch {
            return [] // such as `C` or `en_US.UTF-8`, which some desktops hand down
        }
    })
    const match = locales.find((locale) => languages.has(locale.language))
    if (match) return match.toString()
    const region = locales[0]?.maximize().region
    return region ? `en-${region}` : 'en'
}

export const locale = chooseLocale(navigator.languages, texts.keys())

const bundle = new FluentBundle(locale, { useIsolating: false })
bundle.addResource(new FluentResource(texts.get(new Intl.Locale(locale).language)!))

/** The text of a message. A missing one is a bug: it fails while developing, and shows as its id in the app. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
    const pattern = bundle.getMessage(id)?.value
    if (!pattern && import.meta.env.DEV) throw new Error(`there is no message “${id}”`)
    return pattern ? bundle.formatPattern(pattern, args) : id
}
