import { afterEach, describe, expect, it } from 'vitest'
import { current } from './locale.svelte'
import { t } from './messages'

const messages = import.meta.glob<string>('../messages/*.ftl', {
    query: '?raw',
    import: 'default',
    eager: true,
})
const sources = import.meta.glob<string>(['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
})

/** The messages of a file, each with the names of its variables. */
function variables(text: string): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>()
    let id = ''
    for (const line of text.split('\n').filter((line) => !line.startsWith('#'))) {
        id = /^([\w-]+) =/.exec(line)?.[1] ?? id
        const names = [...line.matchAll(/\$([\w-]+)/g)].map(([, name]) => name!)
        if (id) found.set(id, new Set([...(found.get(id) ?? []), ...names]))
    }
    return found
}

describe('the message file', () => {
    const code = Object.values(sources).join('\n')

    it.each(Object.entries(messages))(
        '%s has each text once: of two, the second would not be shown',
        (_, text) => {
            const defined = [...text.matchAll(/^([\w-]+) =/gm)].map(([, id]) => id!)
            expect(defined.filter((id, place) => defined.indexOf(id) !== place)).toEqual([])
        },
    )

    it.each(Object.entries(messages))('%s has every text that the panel uses, and no other', (_, text) => {
        const defined = [...text.matchAll(/^([\w-]+) =/gm)].map(([, id]) => id!)
        const used = [...code.matchAll(/\bt\(\s*'([\w-]+)'/g)].map(([, id]) => id!)
        // The beginnings of message ids that end with a value.
        const composed = [...code.matchAll(/`([\w-]+-)\$\{/g)].map(([, prefix]) => prefix!)

        expect(used.filter((id) => !defined.includes(id))).toEqual([])
        expect(
            defined.filter(
                (id) => !code.includes(`'${id}'`) && !composed.some((prefix) => id.startsWith(prefix)),
            ),
        ).toEqual([])
    })
})

describe('every language', () => {
    const english = variables(messages['../messages/en.ftl']!)

    it.each(Object.entries(messages))('%s has the same texts with the same variables', (_, text) => {
        expect(english.get('cheaper-one')).toEqual(new Set(['tokens', 'less']))
        expect(variables(text)).toEqual(english)
    })

    const before = current.locale
    const formats = current.formats
    afterEach(() => {
        current.locale = before
        current.formats = formats
    })

    it('is used as soon as the shell sets it', () => {
        current.locale = 'de-DE'
        expect(t('pack-tokens', { tokens: 34_120 })).toBe('34.120 Token')
        current.locale = 'en-GB'
        expect(t('pack-tokens', { tokens: 34_120 })).toBe('34,120 tokens')
    })

    it('writes numbers in the locale that the user set for them, and keeps its plural forms', () => {
        current.locale = 'en-GB'
        current.formats = { ...formats, numbers: 'de-DE' }
        expect(t('pack-tokens', { tokens: 34_120 })).toBe('34.120 tokens')
        expect(t('tokens-to-spend', { spendable: 1 })).toBe('token to spend')
        expect(t('and-frozen', { locked: 5_000 })).toBe('5.000 frozen')
    })

    it('runs from right to left in the pseudo-locale, with marks around the variables', () => {
        current.locale = 'ar-XB'
        expect(t('back')).toBe('באגכ')
        expect(t('of-cap', { cap: 5 })).toMatch(/^סו \u2068.+\u2069$/)
    })
})
