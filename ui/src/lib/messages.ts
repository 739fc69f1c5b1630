import {
    FluentBundle,
    FluentNumber,
    FluentResource,
    type FluentValue,
    type FluentVariable,
} from '@fluent/bundle'
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
        bundle = new FluentBundle(locale, { useIsolating, transform, functions: { NUMBER } })
        const { language } = new Intl.Locale(locale)
        bundle.addResource(new FluentResource(texts.get(language) ?? texts.get('en')!))
        bundles.set(locale, bundle)
    }
    return bundle
}

const HEBREW = 'אבגדהוזחטיכלמנסעפצקרשת'

/** The text in letters that run from right to left, so that everything within it has to find its place as in a real text. */
function reversed(text: string): string {
    return text.replace(
        /[a-z]/gi,
        (letter) => HEBREW[(letter.toLowerCase().charCodeAt(0) - 97) % HEBREW.length]!,
    )
}

/** Writes a number as it is given. Fluent's own function would write it in the bundle's locale. */
const NUMBER = ([number]: FluentValue[]): FluentValue => number!

/** A number that is written in the locale of numbers, while its plural form is that of the text. */
class Written extends FluentNumber {
    override toString(): string {
        return new Intl.NumberFormat(current.formats.numbers ?? current.locale).format(this.value)
    }
}

/** The numbers of a message in the locale of numbers, if it is not that of the texts. */
function written(args?: Record<string, FluentVariable>): Record<string, FluentVariable> | undefined {
    if (!args || !current.formats.numbers) return args
    const write = (value: FluentVariable) => (typeof value === 'number' ? new Written(value) : value)
    return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, write(value)]))
}

/** The text of a message. A missing message throws during development, and shows as its id in the app. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
    const messages = bundle(current.locale)
    const pattern = messages.getMessage(id)?.value
    if (!pattern && import.meta.env.DEV) throw new Error(`there is no message “${id}”`)
    return pattern ? messages.formatPattern(pattern, written(args)) : id
}
