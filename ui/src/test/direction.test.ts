import { expect, it } from 'vitest'

const sources = import.meta.glob<string>(['../**/*.svelte', '../**/*.css'], {
    query: '?raw',
    import: 'default',
    eager: true,
})

/** Properties that name a side of the screen instead of a side of the text. */
const PHYSICAL =
    /(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|text-align:\s*(?:left|right)|float:\s*(?:left|right)/g

it.each(Object.entries(sources))(
    '%s uses logical properties, so that it works from right to left',
    (path, source) => {
        const styles = path.endsWith('.css')
            ? [source]
            : [...source.matchAll(/<style>([^]*?)<\/style>/g)].map(([, css]) => css!)
        expect(styles.flatMap((css) => css.match(PHYSICAL) ?? [])).toEqual([])
    },
)
