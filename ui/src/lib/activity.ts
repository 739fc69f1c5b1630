import type { Bucket, Entry } from './bindings'
import { format } from './format'
import { t } from './messages'

/** What can be asked for, each with the kinds of entries that it means. */
export const kindGroups = {
    spent: ['spend', 'hold', 'hold_committed', 'hold_released', 'hold_expired'],
    plan: ['renewal', 'daily_reset', 'rollover', 'plan_changed'],
    bought: ['grant', 'claw_back', 'claw_back_reversed', 'freeze', 'thaw', 'adjustment'],
    lost: ['forfeit', 'burn'],
} as const

export type KindGroup = keyof typeof kindGroups

const kinds: ReadonlySet<string> = new Set(Object.values(kindGroups).flat())

export const bucketName = (bucket: Bucket) =>
    t({ rollover: 'rollover', fast: 'fast', top_up: 'top-up' }[bucket])

/** What an entry is about; a newer service may have kinds that this version has no words for. */
export const kindName = (kind: string) => t(kinds.has(kind) ? `kind-${kind}` : 'kind-other')

/** Entries by the day that they fell on in the user's zone, in the order that they have. */
export function byDay(entries: Entry[]): { day: string; entries: Entry[] }[] {
    const days: { day: string; entries: Entry[] }[] = []
    for (const entry of entries) {
        const day = format.dayKey(entry.at)
        if (days.at(-1)?.day === day) days.at(-1)!.entries.push(entry)
        else days.push({ day, entries: [entry] })
    }
    return days
}
