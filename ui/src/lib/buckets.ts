import type { Balance, Bucket } from './bindings'
import { t } from './messages'

/** The buckets in spend order (rule 1); in the usual order until the balance has loaded. */
export function spendOrder(balance: Balance | null | undefined): Bucket[] {
    return balance?.spend_order ?? ['rollover', 'fast', 'top_up']
}

/** The name of a bucket on screen. */
export const bucketName = (bucket: Bucket) =>
    t({ rollover: 'rollover', fast: 'fast', top_up: 'top-up' }[bucket])
