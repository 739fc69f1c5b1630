import { cleanup, screen, within } from '@testing-library/svelte'
import axe from 'axe-core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { StateName } from '../fixtures/views'
import { accountOf, dialogsClosed, find, findAll, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

describe('signing in', () => {
    it('uses the preset service', async () => {
        const { user } = open('welcome')
        expect(find('service-known')).toHaveTextContent(/^tokens\.example\.com$/)
        expect(query('service')).toBeNull()
        await user.click(find('sign-in'))
        expect(sent('sign_in')).toEqual([{ kind: 'sign_in', service: 'https://tokens.example.com' }])
    })

    it('uses another service, but refuses an invalid address', async () => {
        const { user } = open('welcome')
        await user.click(find('change-service'))
        await user.clear(find('service'))
        await user.type(find('service'), 'tokens.studio.example{Enter}')
        expect(document.body).toHaveTextContent('Enter an address that starts with https://')
        expect(sent('sign_in')).toEqual([])
        await user.clear(find('service'))
        await user.type(find('service'), 'http://127.0.0.1:8787{Enter}')
        expect(sent('sign_in')).toEqual([{ kind: 'sign_in', service: 'http://127.0.0.1:8787' }])
    })

    it('shows the name of a service that whoever manages the computer has set, and offers no other', async () => {
        const service = 'https://tokens.example.com'
        const { push } = open('welcome', {
            preset: { service, name: 'Example Studio', service_locked: true },
        })
        expect(find('service-name')).toHaveTextContent('Example Studio')
        expect(find('service-known')).toHaveTextContent('tokens.example.com')
        expect(query('change-service')).toBeNull()
        const preset = { service, name: 'Example Studio', service_locked: false }
        await push('welcome', { preset, service: 'https://other.example' })
        expect(query('service-name')).toBeNull()
    })

    it('takes the address of a link, whole, while the form is open', async () => {
        const { user, push } = open('welcome')
        await user.click(find('change-service'))
        await push('welcome', { service: 'https://tokens.example.com.other.example:8443/tokens' })
        expect(find('service-known')).toHaveTextContent('tokens.example.com.other.example:8443/tokens')
        await push('welcome', {
            service: 'https://tokens.example.com.other.example:8443/tokens',
            notices: [],
        })
        expect(sent('sign_in')).toEqual([])
        await user.click(find('sign-in'))
        expect(sent('sign_in')).toEqual([
            { kind: 'sign_in', service: 'https://tokens.example.com.other.example:8443/tokens' },
        ])
    })

    it('shows why it failed', () => {
        open('welcome-problem')
        expect(find('sign-in-problem')).toHaveTextContent('Signing in was cancelled in the browser.')
    })

    it('waits for the browser and can be cancelled', async () => {
        const { user } = open('signing-in')
        expect(document.body).toHaveTextContent('Finish in your browser')
        await user.click(find('reopen-sign-in'))
        expect(sent('sign_in')).toEqual([{ kind: 'sign_in', service: 'https://tokens.example.com' }])
        await user.click(find('cancel-sign-in'))
        expect(sent('cancel_sign_in')).toHaveLength(1)
    })

    it('is possible again after signing out', async () => {
        const { user, push } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('sign-out'))
        expect(sent('sign_out')).toHaveLength(1)
        await push('welcome')
        expect(find('sign-in')).toBeInTheDocument()
        await push('entitled')
        expect(find('spendable')).toBeInTheDocument()
    })
})

describe('several accounts', () => {
    const key = (id: string) => ({ service: 'https://tokens.example.com', id })

    async function openAccounts(state: StateName) {
        const panel = open(state)
        await panel.user.click(find('accounts'))
        return panel
    }

    it('are listed with name, figure, plan and age, the current one first and checked', async () => {
        await openAccounts('several-accounts')
        const [ada, noa, lara] = findAll('account')
        expect(ada).toHaveTextContent(/^Ada Moreau\s+34,120\s+Premium$/)
        expect(noa).toHaveTextContent(/^Noa Lindqvist\s+110\s+Free · updated 2 days ago$/)
        expect(lara).toHaveTextContent('Sign in again')
        expect(lara!.querySelector('.well.unknown')).not.toBeNull()
        expect([ada, noa, lara].map((item) => item!.ariaChecked)).toEqual(['true', 'false', 'false'])
    })

    it('stay listed when figures arrive', async () => {
        const { push } = await openAccounts('several-accounts')
        await push('several-accounts')
        expect(findAll('account')).toHaveLength(3)
    })

    it('can be switched between, and each starts at Home', async () => {
        const { user, push } = open('several-accounts')
        await user.click(find('settings'))
        await user.click(find('accounts'))
        await user.click(findAll('account')[1]!)
        expect(sent('switch_account')).toEqual([{ kind: 'switch_account', account: key('acc_noa') }])
        expect(sent('visit').at(-1)).toEqual({ kind: 'visit', page: 'settings' })
        await push('free')
        expect(find('profile')).toHaveTextContent('Noa Lindqvist Free')
        expect(query('sign-out')).toBeNull()
        expect(sent('visit').at(-1)).toEqual({ kind: 'visit', page: 'home' })
    })

    it('can be switched between by keyboard alone', async () => {
        const { user } = open('several-accounts')
        find('accounts').focus()
        await user.keyboard('{Enter}')
        await vi.waitFor(() => expect(findAll('account')[0]).toHaveFocus())
        await user.keyboard('{ArrowDown}')
        expect(findAll('account')[1]).toHaveFocus()
        await user.keyboard('{Enter}')
        expect(sent('switch_account')).toEqual([{ kind: 'switch_account', account: key('acc_noa') }])
        await vi.waitFor(() => expect(find('accounts')).toHaveFocus())
    })

    it('can be distinguished even if their names are long or the same', async () => {
        await openAccounts('many-accounts')
        const texts = findAll('account').map((item) => item.textContent)
        expect(new Set(texts).size).toBe(10)
        expect(texts.join()).not.toContain('https://')
        cleanup()
        await openAccounts('several-services')
        expect(findAll('account')[1]).toHaveTextContent('http://127.0.0.1:8787')
    })

    it('have accessible names in the menu', async () => {
        await openAccounts('many-accounts')
        const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } }
        const { violations } = await axe.run(find('account-menu'), { rules })
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    })

    it('are added on the sign-in page, which can be cancelled', async () => {
        const { user, push } = await openAccounts('several-accounts')
        await user.click(find('add-account'))
        expect(sent('add_account')).toHaveLength(1)
        await push('adding')
        expect(find('adding')).toHaveTextContent('You stay signed in as Ada Moreau')
        expect(screen.getByRole('heading', { name: 'Add an account' })).toHaveFocus()
        await user.click(find('change-service'))
        expect(find('service')).toHaveValue('https://tokens.example.com')
        await user.click(find('service'))
        await push('adding')
        expect(find('service'), 'what the shell pushes meanwhile moves no focus').toHaveFocus()
        await user.click(find('cancel-sign-in'))
        expect(sent('cancel_sign_in')).toHaveLength(1)
        await push('several-accounts')
        expect(find('spendable')).toHaveTextContent('34,120')
        await vi.waitFor(() => expect(find('accounts')).toHaveFocus())
    })

    it('are added through the browser like the first one', async () => {
        const { user, push } = open('adding')
        await user.click(find('sign-in'))
        expect(sent('sign_in')).toEqual([{ kind: 'sign_in', service: 'https://tokens.example.com' }])
        await push('adding-in-browser')
        expect(find('signing-in')).toHaveTextContent('Finish in your browser')
        await user.click(find('cancel-sign-in'))
        expect(sent('cancel_sign_in')).toHaveLength(1)
        await push('adding-problem')
        expect(find('sign-in-problem')).toHaveTextContent('did not sign you in')
    })

    it('can be removed when their sign-in has ended', async () => {
        const { user } = open('adding-again')
        expect(find('again')).toHaveTextContent('Lara Kim')
        expect(find('sign-in-problem')).toHaveTextContent('Your sign-in has ended')
        await user.click(find('remove-account'))
        expect(sent('remove_account')).toEqual([{ kind: 'remove_account', account: key('acc_lara') }])
    })

    it('can be switched to when no account is signed in', async () => {
        const { user } = open('session-ended')
        expect(find('again')).toHaveTextContent('Lara Kim')
        const others = within(find('other-accounts')).getAllByRole('button')
        expect(others.map((button) => button.textContent).join()).not.toContain('Lara')
        await user.click(others[1]!)
        expect(sent('switch_account')).toEqual([{ kind: 'switch_account', account: key('acc_noa') }])
    })
})

describe('a free account', () => {
    it('is offered a plan instead of packs', async () => {
        const { user } = open('free')
        await user.click(find('add-tokens'))
        expect(find('upgrade-prompt')).toHaveTextContent('Choose a plan to add tokens')
        expect(query('buy-now')).toBeNull()
        expect(query('plan-free')).toBeNull()
        await user.click(find('plan-premium'))
        await user.click(find('interval-year'))
        expect(find('plan-premium')).toHaveTextContent('$288 a year')
        expect(find('upgrade-prompt')).toHaveTextContent('saves $72 a year')
        await user.click(find('subscribe'))
        expect(sent('subscribe')).toEqual([{ kind: 'subscribe', plan_id: 'premium', interval: 'year' }])
    })

    it('is offered a plan when the shell opens Add Tokens', () => {
        open('ask-free')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })

    it('is shown the packs once its subscription is paid', async () => {
        const { user, push } = open('free')
        await user.click(find('add-tokens'))
        await push('subscribing')
        expect(find('subscribing')).toHaveTextContent('Your Premium plan starts as soon as it is paid')
        await dialogsClosed()
        await user.click(find('reopen-checkout'))
        expect(sent('reopen_subscription_checkout')).toHaveLength(1)
        await push('entitled', accountOf('free'))
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })

    it('sees why subscribing was refused, and is led to its plan', async () => {
        const { user, push } = open('subscribing-refused')
        expect(find('refused')).toHaveTextContent('This account already has an active plan.')
        expect(query('try-again')).toBeNull()
        await user.click(find('remedy'))
        expect(sent('dismiss_subscribing')).toHaveLength(1)
        await push('free')
        expect(document.querySelector('h1')).toHaveTextContent('Subscription and Billing')
    })
})

describe('a lapsed account', () => {
    it('sees its locked tokens and when its plan ended', () => {
        open('lapsed')
        expect(find('spendable')).toHaveTextContent('150')
        expect(find('top-up')).toHaveTextContent('5,000')
        expect(find('locked')).toHaveTextContent('locked until you resubscribe')
        expect(find('plan-ended')).toHaveTextContent(/Your plan ended on \w+ \d+/)
    })

    it('has Resubscribe as the one main action of Home, in the place of Add Tokens', () => {
        open('lapsed')
        expect(query('add-tokens')).toBeNull()
        expect(find('resubscribe').closest('footer')).not.toBeNull()
        expect(document.querySelectorAll('.button.primary')).toHaveLength(1)
    })

    it('is offered its former plan first, and the dialog closes once it is paid', async () => {
        const { user, push } = open('lapsed')
        await user.click(find('resubscribe'))
        expect(find('plan-premium')).toHaveAttribute('aria-checked', 'true')
        expect(find('plan-premium')).toHaveTextContent('your former plan')
        await user.click(find('subscribe'))
        expect(sent('subscribe')).toEqual([{ kind: 'subscribe', plan_id: 'premium', interval: 'month' }])
        await push('entitled', accountOf('lapsed'))
        await vi.waitFor(() => expect(query('upgrade-prompt')).toBeNull())
        expect(query('add-tokens-dialog')).toBeNull()
    })

    it('sees how many tokens are locked when a spend is refused', () => {
        open('refused-spend-lapsed')
        expect(find('spend-refused')).toHaveTextContent('You have 150 to spend and 5,000 locked.')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })
})

describe('the settings', () => {
    it('open on request of the shell', () => {
        open('entitled', { prompt: { prompt: 'settings' } })
        expect(find('subscription-and-billing')).toBeInTheDocument()
        expect(sent('dismiss_prompt')).toHaveLength(1)
    })

    it('show that a plan ends', async () => {
        const { user } = open('ending')
        await user.click(find('settings'))
        await user.click(find('subscription-and-billing'))
        expect(find('renewal')).toHaveTextContent(/^Ends .* and does not renew$/)
    })
})
