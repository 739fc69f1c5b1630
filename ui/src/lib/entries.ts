import type { Entry } from './bindings'
import { format } from './format'
import { t } from './messages'

/** The groups that the activity can be filtered by, each with its kinds of entries. */
export const kindGroups = {
    spent: ['spend', 'hold', 'hold_committed', 'hold_released', 'hold_expired'],
    plan: ['renewal', 'prorated', 'taken_back', 'daily_reset', 'rollover', 'plan_changed'],
    bought: ['grant', 'claw_back', 'claw_back_reversed', 'freeze', 'thaw', 'adjustment', 'imported'],
    lost: ['forfeit', 'burn'],
} as const

export type KindGroup = keyof typeof kindGroups

const kinds: ReadonlySet<string> = new Set(Object.values(kindGroups).flat())

/** The name of a kind on screen. A newer service may send kinds that this version does not know. */
export const kindName = (kind: string) => t(kinds.has(kind) ? `kind-${kind}` : 'kind-other')

/**
 * What came in by these entries, less what was lost or taken back, and what was spent. Tokens that move between the user's own
 * buckets are neither; tokens that a job gives back were not spent.
 */
export function sums(entries: Entry[]): { came: number; spent: number } {
    const sum = (counts: (kind: string) => boolean) =>
        entries.reduce((sum, { kind, amount }) => sum + (counts(kind) ? amount : 0), 0)
    const isSpend = (kind: string) => kindGroups.spent.some((spent) => spent === kind)
    return { came: sum((kind) => !isSpend(kind) && kind !== 'rollover'), spent: sum(isSpend) }
}

/** Entries grouped by day in the user's time zone. Their order does not change. */
export function byDay(entries: Entry[]): { day: string; entries: Entry[] }[] {
    const days: { day: string; entries: Entry[] }[] = []
    for (const entry of entries) {
        const day = format.dayKey(entry.at)
        if (days.at(-1)?.day === day) days.at(-1)!.entries.push(entry)
        else days.push({ day, entries: [entry] })
    }
    return days
}
