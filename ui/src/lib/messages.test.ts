import { describe, expect, it } from 'vitest'
import { chooseLocale } from './messages'

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

describe('the locale', () => {
    it('is the user’s own where there are messages for it', () => {
        expect(chooseLocale(['en-GB', 'de'], ['en'])).toBe('en-GB')
        expect(chooseLocale(['fr-FR', 'de-AT', 'en'], ['en', 'de'])).toBe('de-AT')
    })

    it('is English with the user’s region where there are none', () => {
        expect(chooseLocale(['de-DE'], ['en'])).toBe('en-DE')
        expect(chooseLocale(['ja'], ['en'])).toBe('en-JP')
    })

    it('does without what is no locale', () => {
        expect(chooseLocale(['C', 'en_US.UTF-8'], ['en'])).toBe('en')
        expect(chooseLocale([], ['en'])).toBe('en')
    })
})

describe('the message file', () => {
    const code = Object.values(sources).join('\n')

    it.each(Object.entries(messages))(
        '%s has every text that the panel asks for, and no other',
        (_, text) => {
            const defined = [...text.matchAll(/^([\w-]+) =/gm)].map(([, id]) => id!)
            const asked = [...code.matchAll(/\bt\(\s*'([\w-]+)'/g)].map(([, id]) => id!)
            // Messages whose id is put together from a value, and those chosen between in an expression.
            const composed = [...code.matchAll(/`([\w-]+-)\$\{/g)].map(([, prefix]) => prefix!)

            expect(asked.filter((id) => !defined.includes(id))).toEqual([])
            expect(
                defined.filter(
                    (id) => !code.includes(`'${id}'`) && !composed.some((prefix) => id.startsWith(prefix)),
                ),
            ).toEqual([])
        },
    )
})
