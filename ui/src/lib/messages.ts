import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle'
import { isRightToLeft, PSEUDO, current } from './locale.svelte'

const files = import.meta.glob<string>('../messages/*.ftl', { query: '?raw', import: 'default', eager: true })

const texts = new Map(
    Object.entries(files).map(([path, text]) => [path.replace(/^.*\/(.*)\.ftl$/, '$1'), text]),
)

const bundles = new Map<string, FluentBundle>()

function bundle(locale: string): FluentBundle {
    let bundle = bundles.get(locale)
    if (!bundle) {
        // Only right-to-left text needs marks around the inserted values.
        const useIsolating = isRightToLeft(locale)
        const transform = locale === PSEUDO ? reversed : undefined
        bundle = new FluentBundle(locale, { useIsolating, transform })
        const { language } = new Intl.Locale(locale)
        bundle.addResource(new FluentResource(texts.get(language) ?? texts.get('en')!))
        bundles.set(locale, bundle)
    }
    return bundle
}

/** The text with marks that make it run from right to left. */
function reversed(text: string): string {
    return text.trim() ? `\u202e${text}\u202c` : text
}

/** The text of a message. A missing message throws during development, and shows as its id in the app. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
    const messages = bundle(current.locale)
    const pattern = messages.getMessage(id)?.value
    if (!pattern && import.meta.env.DEV) throw new Error(`there is no message “${id}”`)
    return pattern ? messages.formatPattern(pattern, args) : id
}
