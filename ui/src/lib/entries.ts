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
