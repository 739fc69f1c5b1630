import type { PanelPage } from './bindings'

/** What helps against a refusal: a plan, another pack, or what a page shows. */
export type Remedy = 'plan' | 'pack' | Extract<PanelPage, 'purchases' | 'billing'>

const REMEDIES: Record<string, Remedy> = {
    subscription_required: 'plan',
    no_subscription: 'plan',
    unknown_plan: 'plan',
    unknown_pack: 'pack',
    invalid_quantity: 'pack',
    too_many_checkouts: 'purchases',
    already_paid: 'purchases',
    dispute_open: 'purchases',
    already_subscribed: 'billing',
}

/** What helps against the refusal with this code; `null` if the same can be tried again. */
export const remedyOf = (code: string): Remedy | null => REMEDIES[code] ?? null
