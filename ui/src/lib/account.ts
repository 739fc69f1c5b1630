import type { Account, AccountKey, AccountView, PurchaseView, View } from './bindings'
import { format } from './format'
import { t } from './messages'

/**
 * What Add Tokens means for an account (rule 13): `entitled` buys packs, `free` is offered a plan, `lapsed` is
 * offered its plan again.
 */
export type Standing = 'entitled' | 'free' | 'lapsed'

/** The account that is signed in, once it is known. */
export function account({ session }: View): Account | null {
    return session.state === 'signed_in' ? session.account : null
}

/** What is known of the account that is shown; of a new sign-in once the service has said whose it is. */
export function currentAccount({ accounts }: View): AccountView | undefined {
    return accounts.find(({ current }) => current)
}

/** Which account, as one text. */
export function keyOf(key: AccountKey | null | undefined): string {
    return key ? `${key.service} ${key.id}` : ''
}

/** How the account stands; by the balance alone while the account has not come yet, `null` before either has. */
export function standing(view: View): Standing | null {
    const subscription = account(view)?.subscription
    const balance = view.balance?.balance
    if (!subscription && !balance) return null
    if (subscription?.entitled ?? balance?.can_buy) return 'entitled'
    return subscription?.plan_id || balance?.top_up.locked ? 'lapsed' : 'free'
}

/** What to tell an account whose plan ended. */
export function lapse(view: View, now: number): { title: string; text: string } {
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

/** Whether a purchase can still come about. */
export function underWay({ step }: PurchaseView): boolean {
    return step.step === 'creating' || step.step === 'waiting' || step.step === 'processing'
}

/** When a plan that is cancelled ends, or would end if it were cancelled now (rule 9). */
export function planEnd(view: View): string | null {
    return account(view)?.subscription.paid_until ?? view.balance?.balance.fast.resets_at ?? null
}
