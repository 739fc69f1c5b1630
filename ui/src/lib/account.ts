import type { Account, AccountKey, AccountView, PurchaseView, View } from './bindings'
import { format } from './format'
import { t } from './messages'

/**
 * What Add Tokens offers an account (rule 13): packs if `entitled`, a plan if `free`, its former plan if `lapsed`.
 */
export type Standing = 'entitled' | 'free' | 'lapsed'

/** The account that is signed in; `null` until it has loaded. */
export function account({ session }: View): Account | null {
    return session.state === 'signed_in' ? session.account : null
}

/** The account that is shown, in the list of accounts. A new sign-in is not in the list until its account is known. */
export function currentAccount({ accounts }: View): AccountView | undefined {
    return accounts.find(({ current }) => current)
}

/** An account's key as one string. */
export function keyOf(key: AccountKey | null | undefined): string {
    return key ? `${key.service} ${key.id}` : ''
}

/** The account's standing. Until the account has loaded, it follows from the balance; `null` until either has. */
export function standing(view: View): Standing | null {
    const subscription = account(view)?.subscription
    const balance = view.balance?.balance
    if (!subscription && !balance) return null
    if (subscription?.entitled ?? balance?.can_buy) return 'entitled'
    return subscription?.plan_id || balance?.top_up.locked ? 'lapsed' : 'free'
}

/** The prompt for an account whose plan has ended. */
export function resubscribePrompt(view: View, now: number): { title: string; text: string } {
    const { subscription, plan } = account(view) ?? {}
    const locked = view.balance?.balance.top_up.locked
    return {
        title: subscription?.ended_at
            ? t('resubscribe-title', { on: format.day(subscription.ended_at, now) })
            : t('resubscribe-title-undated'),
        text: locked
            ? t('resubscribe-text', { locked })
            : t('resubscribe-text-none', { allowance: plan?.allowance ?? 0 }),
    }
}

/** Whether a purchase has not ended yet. */
export function isUnderWay({ step }: PurchaseView): boolean {
    return step.step === 'creating' || step.step === 'waiting' || step.step === 'processing'
}

/** When a cancelled plan ends, or when the plan would end if it were cancelled now (rule 9). */
export function planEnd(view: View): string | null {
    const subscription = account(view)?.subscription
    return subscription?.ends_at ?? subscription?.paid_until ?? view.balance?.balance.fast.resets_at ?? null
}
