import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkoutUrl, packs, plans } from '../fixtures/catalogue'
import { views } from '../fixtures/views'
import { dialogsClosed, find, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

describe('the Add Tokens dialog', () => {
    it('shows the tokens and the price of a choice, and buys it', async () => {
        const { user } = open('entitled')
        await user.click(find('add-tokens'))
        await user.click(find('pack-medium'))
        await user.clear(find('quantity'))
        await user.type(find('quantity'), '2')

        expect(find('balance-after')).toHaveTextContent(/34,120.*64,120/)
        expect(find('add-tokens-dialog')).toHaveTextContent('Total tax included $48.00')
        expect(find('total')).toHaveTextContent('$48.00')
        await user.click(find('buy-now'))
        expect(sent('buy')).toEqual([{ kind: 'buy', pack_id: 'medium', quantity: 2 }])
    })

    // Intl knows no fractions of these currencies, but Stripe counts hundredths.
    it.each([
        ['huf', 349_000, 'HUF 3,490', 'HUF 232.67 per 1,000', 'HUF 6,980.00'],
        ['isk', 129_000, 'ISK 1,290', 'ISK 86 per 1,000', 'ISK 2,580'],
    ])('shows the price in %s that Stripe charges', async (currency, amount, price, each, total) => {
        const pack = {
            id: 'medium',
            name: 'Medium',
            tokens: 15_000,
            amount,
            currency,
            tax_included: true,
            tax: 'none' as const,
        }
        const { user } = open('ask-entitled', { packs: [pack] })
        const one = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
        await user.clear(find('quantity'))
        await user.type(find('quantity'), '2')
        expect(one(find('pack-medium').textContent)).toContain(price)
        expect(one(find('pack-medium').textContent)).toContain(each)
        expect(one(find('total').textContent).trim()).toBe(total)
    })

    it('speaks of tax only where it is asked for', async () => {
        const { user, push } = open('ask-entitled')
        expect(find('add-tokens-dialog')).toHaveTextContent('tax included')
        await push('ask-entitled', { packs: packs.map((pack) => ({ ...pack, tax_included: false })) })
        expect(find('add-tokens-dialog')).toHaveTextContent('Subtotal, before tax')
        for (const tax_included of [true, false]) {
            await push('ask-entitled', {
                packs: packs.map((pack) => ({ ...pack, tax_included, tax: 'none' })),
            })
            expect(find('add-tokens-dialog')).not.toHaveTextContent('tax')
        }
        await user.keyboard('{Escape}')
    })

    it('speaks of tax on plans only where it is asked for', async () => {
        const { push } = open('ask-free')
        expect(find('price-notes')).toHaveTextContent('Tax included')
        const untaxed = plans.map((plan) => ({
            ...plan,
            prices: plan.prices.map((price) => ({ ...price, tax: 'none' as const })),
        }))
        await push('ask-free', { plans: untaxed })
        expect(query('price-notes')).toBeNull()
    })

    it('says beside the plan how many tokens are owed', async () => {
        const { balance } = views(Date.now()).entitled
        const owing = { ...balance!, balance: { ...balance!.balance, owed: 5_250 } }
        const { user, push } = open('entitled', { balance: owing })
        await user.click(find('settings'))
        await user.click(find('subscription-and-billing'))
        expect(find('owed')).toHaveTextContent(
            '5,250 tokens are owed and are taken from the next plan tokens',
        )
        await push('entitled')
        expect(query('owed')).toBeNull()
    })

    it('opens from the settings too', async () => {
        const { user } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('subscription-and-billing'))
        expect(find('renewal')).toHaveTextContent('Renews ')
        await user.click(find('settings-add-tokens'))
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })

    it('can be used by keyboard alone', async () => {
        const { user } = open('entitled')
        find('add-tokens').focus()
        await user.keyboard('{Enter}')
        expect(find('pack-medium')).toHaveFocus()
        await user.keyboard('{ArrowDown}')
        expect(find('pack-large')).toHaveAttribute('aria-checked', 'true')
        await user.keyboard('1')
        expect(find('pack-small')).toHaveAttribute('aria-checked', 'true')
        await user.keyboard('{Escape}')
        await vi.waitFor(() => expect(query('add-tokens-dialog')).toBeNull())
        expect(sent('buy')).toEqual([])
    })

    it('buys with Enter, and starts with the pack that was bought last', async () => {
        const { user } = open('purchases', { prompt: { prompt: 'add_tokens' } })
        expect(find('pack-small')).toHaveAttribute('aria-checked', 'true')
        find('quantity').focus()
        await user.keyboard('{Enter}')
        expect(sent('buy')).toEqual([{ kind: 'buy', pack_id: 'small', quantity: 1 }])
    })

    it('says when a bigger pack is cheaper, and takes it', async () => {
        const { user } = open('ask-entitled')
        await user.click(find('pack-small'))
        expect(query('cheaper')).toBeNull()
        await user.clear(find('quantity'))
        await user.type(find('quantity'), '3')
        expect(find('cheaper')).toHaveTextContent('15,000 in one pack is $3 less · Use it')
        await user.click(find('use-cheaper'))
        expect(find('pack-medium')).toHaveAttribute('aria-checked', 'true')
        expect(find('quantity')).toHaveValue(1)
    })

    it('shows the choice as a pale layer of the well', async () => {
        open('ask-entitled')
        expect(find('add-tokens-dialog').querySelector('.well .pending')).not.toBeNull()
    })

    it('limits the quantity to 1 to 20', async () => {
        const { user } = open('ask-entitled')
        const [fewer, more] = ['One fewer', 'One more'].map((name) =>
            document.querySelector<HTMLButtonElement>(`[aria-label="${name}"]`)!,
        ) as [HTMLButtonElement, HTMLButtonElement]

        expect(fewer).toBeDisabled()
        for (let i = 0; i < 19; i++) await user.click(more)
        expect(find('quantity')).toHaveValue(20)
        expect(more).toBeDisabled()
        await user.click(fewer)
        expect(find('quantity')).toHaveValue(19)
    })

    it.each([
        ['25', 20],
        ['0', 1],
        ['-3', 1],
        ['2.4', 2],
    ])(
        'shows the limits when %s is typed, and corrects it to the nearest when the field is left',
        async (typed, taken) => {
            const { user } = open('ask-entitled')
            await user.clear(find('quantity'))
            await user.type(find('quantity'), typed)
            expect(find('add-tokens-dialog')).toHaveTextContent('Choose a number from 1 to 20.')
            expect(find('buy-now')).toBeDisabled()
            await user.tab()
            expect(find('quantity')).toHaveValue(taken)
            expect(find('buy-now')).toBeEnabled()
        },
    )

    it('takes the highest quantity from the service', async () => {
        const { user } = open('ask-entitled', { quantity_max: 3 })
        await user.clear(find('quantity'))
        await user.type(find('quantity'), '4')
        expect(find('add-tokens-dialog')).toHaveTextContent('Choose a number from 1 to 3.')
        await user.tab()
        expect(find('quantity')).toHaveValue(3)
    })

    it('cannot buy while the field is empty', async () => {
        const { user } = open('ask-entitled')
        await user.clear(find('quantity'))
        await user.tab()
        expect(find('quantity')).toHaveValue(null)
        expect(find('buy-now')).toBeDisabled()
    })

    it('opens on request of the shell, and reports its closing', async () => {
        const { user } = open('ask-entitled')
        expect(find('add-tokens-dialog')).toBeInTheDocument()
        await user.keyboard('{Escape}')
        expect(sent('dismiss_prompt')).toHaveLength(1)
    })

    it('shows the spend that was refused', () => {
        open('refused-spend-entitled')
        expect(find('spend-refused')).toHaveTextContent(
            '50,000 tokens were needed just now. You have 34,120 to spend.',
        )
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })

    it('shows that packs have not loaded or cannot be bought', async () => {
        const { user, push } = open('packs-missing')
        expect(find('add-tokens-dialog')).toHaveTextContent('The packs haven’t loaded yet.')
        expect(find('buy-now')).toBeDisabled()
        await push('frozen')
        await dialogsClosed()
        await user.click(find('add-tokens'))
        expect(find('add-tokens-dialog')).toHaveTextContent('One of your payments is disputed.')
        expect(find('buy-now')).toBeDisabled()
    })
})

describe('a purchase', () => {
    beforeEach(() => {
        vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
        vi.setSystemTime('2026-11-23T12:00:00Z')
    })
    afterEach(() => {
        vi.useRealTimers()
    })

    it('is created while the dialog stays open', async () => {
        const { push } = open('creating')
        expect(find('creating')).toHaveTextContent('Opening checkout')
        await push('creating-offline')
        expect(find('creating')).toHaveTextContent('The service cannot be reached.')
    })

    it('shows the elapsed time while it waits, and that the window can be closed', async () => {
        open('waiting')
        expect(find('waiting')).toHaveTextContent('30,000 tokens on their way')
        expect(find('waiting')).toHaveTextContent('Finish paying $48.00 in your browser.')
        expect(find('waiting')).toHaveTextContent('0:42')
        await vi.advanceTimersByTimeAsync(20_000)
        expect(find('waiting')).toHaveTextContent('1:02')
    })

    it('can be reopened, copied and cancelled while it waits for payment', async () => {
        const { user, push } = open('waiting')
        await user.click(find('reopen-checkout'))
        expect(sent('reopen_checkout')).toHaveLength(1)
        await user.click(find('copy-link'))
        expect(await navigator.clipboard.readText()).toBe(checkoutUrl)
        expect(find('copy-link')).toHaveTextContent('Link copied')
        await user.click(find('cancel-purchase'))
        expect(sent('cancel_purchase')).toHaveLength(1)
        await push('cancelling')
        expect(find('cancel-purchase')).toBeDisabled()
    })

    it('shows its link when the clipboard cannot be written to', async () => {
        const { user } = open('waiting')
        vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValueOnce(new Error('closed'))
        await user.click(find('copy-link'))
        expect(find('waiting')).toHaveTextContent(checkoutUrl)
    })

    it('leaves the panel behind it usable, and shows its tokens as pending in the well, never in the figure', async () => {
        const { user } = open('waiting')
        expect(document.querySelector('.overlay')).toBeNull()
        expect(find('spendable')).toHaveTextContent('34,120')
        expect(document.querySelector('main .well .pending')).not.toBeNull()
        await user.click(find('activity'))
        expect(find('waiting')).toBeInTheDocument()
        await user.click(find('hide'))
        expect(query('waiting')).toBeNull()
        expect(sent('cancel_purchase')).toEqual([])
    })

    it('shows that the browser did not open', () => {
        open('waiting-no-browser')
        expect(find('waiting')).toHaveTextContent('The browser could not be opened.')
    })

    it('continues when its dialog is closed, and opens it again at its end', async () => {
        const { user, push } = open('waiting')
        await user.keyboard('{Escape}')
        await vi.waitFor(() => expect(query('waiting')).toBeNull())
        expect(sent('cancel_purchase')).toEqual([])
        expect(sent('dismiss_purchase')).toEqual([])

        await user.click(find('purchase-strip'))
        expect(find('waiting')).toBeInTheDocument()
        await user.keyboard('{Escape}')
        await push('paid')
        expect(find('paid')).toBeInTheDocument()
        expect(query('purchase-strip')).toBeNull()
    })

    it('shows that the window can be closed while a bank processes it', () => {
        open('processing')
        expect(find('processing')).toHaveTextContent('The tokens arrive once it has.')
    })

    it('ends with what was charged, with discount and tax', () => {
        open('paid', {
            purchase: {
                ...views(Date.now()).paid.purchase!,
                step: {
                    step: 'paid',
                    receipt_url: null,
                    charge: { currency: 'usd', discount: 480, tax: 821, total: 5_141 },
                },
            },
        })
        expect(find('paid')).toHaveTextContent('Price $48.00')
        expect(find('discount')).toHaveTextContent('−$4.80')
        expect(find('tax')).toHaveTextContent('$8.21')
        expect(find('charged')).toHaveTextContent('$51.41')
    })

    it('that is owed back says so, what happens next and whom to contact', async () => {
        const { user } = open('refund-due')
        const card = find('purchase-refund-due')
        expect(card).toHaveTextContent('You get your money back')
        expect(card).toHaveTextContent('Price $48.00 Charged $53.00')
        expect(card).toHaveTextContent('do not pay for this order again')
        expect(card).toHaveTextContent('contact help@example.com')
        expect(card).not.toHaveTextContent('Nothing was charged')
        expect(query('try-again')).toBeNull()
        await user.click(find('hide'))
        expect(sent('dismiss_purchase')).toHaveLength(1)
    })

    it('that is owed back names the operator if there is no contact', () => {
        open('refund-due', { support_contact: null })
        expect(find('refund-due')).toHaveTextContent('contact the operator of tokens.example.com')
    })

    it.each(['refunded', 'disputed'] as const)(
        'that was charged and is %s never says otherwise',
        (status) => {
            open('failed', {
                purchase: {
                    ...views(Date.now()).failed.purchase!,
                    step: { step: 'ended', status, by_user: false },
                },
            })
            expect(find('purchase-ended')).toHaveTextContent(status)
            expect(find('purchase-ended')).not.toHaveTextContent('Nothing was charged')
        },
    )

    it('ends with the new balance and a receipt', async () => {
        const { user } = open('paid')
        expect(find('paid')).toHaveTextContent('30,000 tokens added')
        expect(find('spendable')).toHaveTextContent('64,120')
        await user.click(find('receipt'))
        expect(sent('open_receipt')).toHaveLength(1)
        expect(find('charged')).toHaveTextContent('$48.00')
        expect(find('hide')).toHaveAccessibleName('Close')
        await user.click(find('hide'))
        expect(sent('dismiss_purchase')).toHaveLength(1)
    })

    it.each([
        ['expired', 'This checkout has expired'],
        ['failed', 'The payment failed'],
        ['cancelled', 'Purchase cancelled'],
    ] as const)('that %s is shown as such', (state, title) => {
        open(state)
        expect(find('purchase-ended')).toHaveTextContent(title)
        expect(find('purchase-ended')).toHaveTextContent('Nothing was charged')
    })

    it('can be retried with the same choice if it ended without payment', async () => {
        const { user, push } = open('failed')
        await user.click(find('try-again'))
        expect(sent('dismiss_purchase')).toHaveLength(1)
        await push('entitled')
        expect(find('pack-medium')).toHaveAttribute('aria-checked', 'true')
        expect(find('quantity')).toHaveValue(2)
    })

    it('says which tax its price includes, below what was charged', () => {
        open('paid', {
            purchase: {
                ...views(Date.now()).paid.purchase!,
                step: {
                    step: 'paid',
                    receipt_url: null,
                    charge: { currency: 'usd', discount: 480, tax: 690, total: 4_320 },
                },
            },
        })
        expect(find('paid')).toHaveTextContent(
            /Price \$48\.00 Discount −\$4\.80 Paid \$43\.20 of which tax \$6\.90$/,
        )
    })

    it.each([
        ['refused', 'Choose a plan'],
        ['refused-lapsed', 'Resubscribe'],
    ] as const)('that was %s for want of a plan offers one, and not the same again', async (state, label) => {
        const { user, push } = open(state)
        expect(find('refused')).toHaveTextContent('You need a plan for this')
        expect(query('try-again')).toBeNull()
        expect(find('remedy')).toHaveTextContent(label)
        await user.click(find('remedy'))
        expect(sent('dismiss_purchase')).toHaveLength(1)
        await push(state === 'refused' ? 'free' : 'lapsed')
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })

    it('that was refused for want of a plan that this computer still shows leads to the page of the plan', async () => {
        const { user, push } = open('refused-entitled')
        await user.click(find('remedy'))
        await push('entitled')
        expect(document.querySelector('h1')).toHaveTextContent('Subscription and Billing')
        expect(query('upgrade-prompt')).toBeNull()
    })

    it('that was refused leads to other packs, or to the purchases, where that helps', async () => {
        const { user, push } = open('refused-pack')
        expect(find('remedy')).toHaveTextContent('Choose another pack')
        await user.click(find('remedy'))
        await push('entitled')
        expect(find('add-tokens-dialog')).toBeInTheDocument()
        await user.keyboard('{Escape}')
        await dialogsClosed()

        await push('refused-checkouts')
        expect(find('remedy')).toHaveTextContent('Show purchases')
        await user.click(find('remedy'))
        await push('purchases')
        expect(document.querySelector('h1')).toHaveTextContent('Purchases')
    })

    it('that was refused for another reason can be tried again', async () => {
        const { user, push } = open('refused-overloaded')
        expect(find('refused')).toHaveTextContent('The service has too much to do right now.')
        expect(query('remedy')).toBeNull()
        await user.click(find('try-again'))
        await push('entitled')
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })

    it('stands above the footer of Home, whose well shows it too', () => {
        open('waiting')
        const { style } = document.documentElement
        expect([style.getPropertyValue('--footer-height'), style.getPropertyValue('--strip-height')]).toEqual(
            ['0px', '0px'],
        )
        expect(find('profile-balance').querySelector('.well .pending')).not.toBeNull()
        expect(find('waiting').querySelector('.pending')).not.toBeNull()
    })
})
