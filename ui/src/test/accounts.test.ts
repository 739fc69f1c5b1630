import { beforeEach, describe, expect, it, vi } from 'vitest'
import { shell } from '../lib/shell'
import { find, open, seek } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

describe('signing in', () => {
    it('goes to the service that is preset', async () => {
        const { user } = open('welcome')
        expect(find('service')).toHaveValue('https://tokens.example.com')
        await user.click(find('sign-in'))
        expect(shell.signIn).toHaveBeenCalledExactlyOnceWith('https://tokens.example.com')
    })

    it('goes to another service, but to no address that cannot be one', async () => {
        const { user } = open('welcome')
        await user.clear(find('service'))
        await user.type(find('service'), 'tokens.studio.example{Enter}')
        expect(document.body).toHaveTextContent('Enter an address that starts with https://')
        expect(shell.signIn).not.toHaveBeenCalled()
        await user.clear(find('service'))
        await user.type(find('service'), 'http://127.0.0.1:8787{Enter}')
        expect(shell.signIn).toHaveBeenCalledExactlyOnceWith('http://127.0.0.1:8787')
    })

    it('says why it did not work', () => {
        open('welcome-problem')
        expect(find('sign-in-problem')).toHaveTextContent('Signing in was cancelled in the browser.')
    })

    it('waits for the browser, and can be cancelled', async () => {
        const { user } = open('signing-in')
        expect(document.body).toHaveTextContent('Finish in your browser')
        await user.click(find('reopen-sign-in'))
        expect(shell.signIn).toHaveBeenCalledExactlyOnceWith('https://tokens.example.com')
        await user.click(find('cancel-sign-in'))
        expect(shell.cancelSignIn).toHaveBeenCalledOnce()
    })

    it('ends by signing out, which leads back to the start', async () => {
        const { user, push } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('sign-out'))
        expect(shell.signOut).toHaveBeenCalledOnce()
        await push('welcome')
        expect(find('sign-in')).toBeInTheDocument()
        await push('entitled')
        expect(find('spendable')).toBeInTheDocument()
    })
})

describe('a free account', () => {
    it('is offered a plan instead of packs', async () => {
        const { user } = open('free')
        await user.click(find('add-tokens'))
        expect(find('upgrade-prompt')).toHaveTextContent('Choose a plan to add tokens')
        expect(seek('buy-now')).toBeNull()
        expect(seek('plan-free')).toBeNull()
        await user.click(find('plan-premium'))
        await user.click(find('interval-year'))
        expect(find('plan-premium')).toHaveTextContent('$288 a year')
        expect(find('upgrade-prompt')).toHaveTextContent('saves $72 a year')
        await user.click(find('subscribe'))
        expect(shell.subscribe).toHaveBeenCalledExactlyOnceWith('premium', 'year')
    })

    it('is offered a plan when the shell asks for Add Tokens', () => {
        open('ask-free')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })

    it('waits for the subscription and then goes on to the packs it came for', async () => {
        const { user, push } = open('free')
        await user.click(find('add-tokens'))
        await push('subscribing')
        expect(find('subscribing')).toHaveTextContent('Premium. Your plan starts as soon as it is paid')
        await user.click(find('reopen-checkout'))
        expect(shell.reopenSubscriptionCheckout).toHaveBeenCalledOnce()
        await push('entitled')
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })

    it('learns why subscribing was refused, and can choose anew', async () => {
        const { user, push } = open('subscribing-refused')
        expect(find('refused')).toHaveTextContent('This account already has an active plan.')
        await user.click(find('try-again'))
        expect(shell.dismissSubscribing).toHaveBeenCalledOnce()
        await push('free')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })
})

describe('a lapsed account', () => {
    it('sees its locked tokens, and since when', () => {
        open('lapsed')
        expect(find('spendable')).toHaveTextContent('150')
        expect(find('top-up')).toHaveTextContent('5,000')
        expect(find('locked')).toHaveTextContent('5,000 locked until you resubscribe')
        expect(document.body).toHaveTextContent(/Your plan ended on \w+ \d+/)
    })

    it('resubscribes with its former plan first, and is back where it was once that is done', async () => {
        const { user, push } = open('lapsed')
        await user.click(find('resubscribe'))
        expect(find('plan-premium')).toHaveAttribute('aria-checked', 'true')
        expect(find('plan-premium')).toHaveTextContent('your former plan')
        await user.click(find('subscribe'))
        expect(shell.subscribe).toHaveBeenCalledExactlyOnceWith('premium', 'month')
        await push('entitled')
        expect(seek('upgrade-prompt')).toBeNull()
        expect(seek('add-tokens-dialog')).toBeNull()
    })

    it('learns of a refused spend what is locked', () => {
        open('refused-spend-lapsed')
        expect(find('spend-refused')).toHaveTextContent('you have 150 to spend and 5,000 locked')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })
})

describe('the settings', () => {
    it('open by themselves when the shell asks for them', () => {
        open('entitled', { ask: { ask: 'settings' } })
        expect(find('subscription-and-billing')).toBeInTheDocument()
        expect(shell.dismissAsk).toHaveBeenCalledOnce()
    })

    it('say that a plan ends', async () => {
        const { user } = open('ending')
        await user.click(find('settings'))
        await user.click(find('subscription-and-billing'))
        expect(find('renewal')).toHaveTextContent(/^Ends on .* and does not renew$/)
    })
})
