// The only file that knows the Tauri API: what the panel asks of the shell, and the views that come back.
import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type { AccountKey, ActivityFilter, Change, Interval, Place, View } from './bindings'

/**
 * Shows every view that the shell pushes, and the present one first.
 */
export async function watchView(show: (view: View) => void): Promise<void> {
    let pushed = false
    await listen<View>('view', ({ payload }) => {
        pushed = true
        show(payload)
    })
    const present = await invoke<View>('view')
    if (!pushed) show(present) // a push that overtook the answer is newer
}

/** A command is an event for the shell; what comes of it is seen in the next view. */
export const shell = {
    signIn: (service: string) => invoke<void>('sign_in', { service }),
    cancelSignIn: () => invoke<void>('cancel_sign_in'),
    addAccount: () => invoke<void>('add_account'),
    switchAccount: (account: AccountKey) => invoke<void>('switch_account', { account }),
    removeAccount: (account: AccountKey) => invoke<void>('remove_account', { account }),
    signOut: () => invoke<void>('sign_out'),
    refresh: () => invoke<void>('refresh'),
    buy: (packId: string, quantity: number) => invoke<void>('buy', { packId, quantity }),
    reopenCheckout: () => invoke<void>('reopen_checkout'),
    cancelPurchase: () => invoke<void>('cancel_purchase'),
    dismissPurchase: () => invoke<void>('dismiss_purchase'),
    openReceipt: () => invoke<void>('open_receipt'),
    subscribe: (planId: string, interval: Interval) => invoke<void>('subscribe', { planId, interval }),
    reopenSubscriptionCheckout: () => invoke<void>('reopen_subscription_checkout'),
    dismissSubscribing: () => invoke<void>('dismiss_subscribing'),
    visit: (place: Place) => invoke<void>('visit', { place }),
    filterActivity: (filter: ActivityFilter) => invoke<void>('filter_activity', { filter }),
    showOlder: () => invoke<void>('show_older'),
    showNewest: () => invoke<void>('show_newest'),
    refetch: () => invoke<void>('refetch'),
    saveActivity: () => invoke<void>('save_activity'),
    showSaved: () => invoke<void>('show_saved'),
    manageSubscription: () => invoke<void>('manage_subscription'),
    reopenCheckoutOf: (purchase: string) => invoke<void>('reopen_checkout_of', { purchase }),
    openReceiptOf: (purchase: string) => invoke<void>('open_receipt_of', { purchase }),
    deleteAccount: (confirm: string) => invoke<void>('delete_account', { confirm }),
    dismissAsk: () => invoke<void>('dismiss_ask'),
    changeSetting: (change: Change) => invoke<void>('change_setting', { change }),
    saveDiagnostics: () => invoke<void>('save_diagnostics'),
    closePanel: () => invoke<void>('close_panel'),
    quit: () => invoke<void>('quit'),
}
