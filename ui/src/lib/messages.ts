import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle'
import { isRightToLeft, PSEUDO, speaking } from './locale.svelte'

const files = import.meta.glob<string>('../messages/*.ftl', { query: '?raw', import: 'default', eager: true })

const texts = new Map(
    Object.entries(files).map(([path, text]) => [path.replace(/^.*\/(.*)\.ftl$/, '$1'), text]),
)

const bundles = new Map<string, FluentBundle>()

function bundle(locale: string): FluentBundle {
    let bundle = bundles.get(locale)
    if (!bundle) {
        // Only text from right to left needs marks around the figures that are put in.
        const useIsolating = isRightToLeft(locale)
        const transform = locale === PSEUDO ? turnedAround : undefined
        bundle = new FluentBundle(locale, { useIsolating, transform })
        const { language } = new Intl.Locale(locale)
        bundle.addResource(new FluentResource(texts.get(language) ?? texts.get('en')!))
        bundles.set(locale, bundle)
    }
    return bundle
}

/** Written from right to left, letter by letter. */
function turnedAround(text: string): string {
    return text.trim() ? `\u202e${text}\u202c` : text
}

/** The text of a message. A missing one is a bug: it fails while developing, and shows as its id in the app. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
    const messages = bundle(speaking.locale)
    const pattern = messages.getMessage(id)?.value
    if (!pattern && import.meta.env.DEV) throw new Error(`there is no message “${id}”`)
    return pattern ? messages.formatPattern(pattern, args) : id
}
