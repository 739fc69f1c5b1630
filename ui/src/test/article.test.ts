// The help article (docs/article.txt) in the panel: the title of each test is a sentence of the article.
// docs/article.toml lists which tests prove each sentence.
import { cleanup, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { accountOf, find, goTo, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

/** Whether one element comes before another in the document. */
const comesBefore = (one: Element, other: Element) =>
    Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)

it('Top-up Tokens can only be purchased and used with an active subscription', async () => {
    const { user, push } = open('lapsed')
    expect(find('locked')).toHaveTextContent('locked until you resubscribe')
    await user.click(find('profile-balance'))
    await user.click(find('breakdown-add-tokens'))
    expect(find('upgrade-prompt')).toBeInTheDocument()
    expect(query('buy-now')).toBeNull()
    await push('entitled', accountOf('lapsed'))
    expect(find('add-tokens-dialog')).toBeInTheDocument()
    expect(query('locked')).toBeNull()
})

it('You can keep track of how many Tokens you have in a few places, including;', async () => {
    await goTo('activity')
    expect(find('balance-chip')).toHaveTextContent('34,120')
    cleanup()
    open('entitled')
    for (const count of ['spendable', 'profile-balance']) expect(find(count)).toHaveTextContent('34,120')
})

it('At the centre or top right of the page when using certain tools', async () => {
    for (const state of ['activity', 'purchases', 'ending', 'deleting'] as const) {
        await goTo(state)
        const header = document.querySelector('header')!
        expect(header.lastElementChild).toBe(find('balance-chip'))
        cleanup()
    }
})

it('On the bottom left of the home page, the token count displays above your user profile (A).', () => {
    open('entitled')
    const footer = document.querySelector('footer')!
    const corner = footer.firstElementChild as HTMLElement
    const count = within(corner).getByTestId('profile-balance')
    expect(comesBefore(count, within(corner).getByTestId('profile'))).toBe(true)
})

it('Hover over the token count anywhere on the platform for a breakdown of your remaining tokens, including:', async () => {
    for (const [count, state] of [
        ['balance-chip', 'activity'],
        ['profile-balance', 'entitled'],
    ] as const) {
        const { user } = await goTo(state)
        await user.hover(find(count))
        await vi.waitFor(() => expect(find('breakdown')).toBeInTheDocument())
        cleanup()
    }
})

it('Fast tokens (B). The number of monthly tokens included in your plan.', async () => {
    const { user } = open('entitled')
    await user.click(find('profile-balance'))
    expect(find('breakdown-fast').closest('li')).toHaveTextContent(
        /^Fast tokens\s+22,920\s+resets .+\s+of 25,000/,
    )
})

it('Rollover Bank (C). Learn more.', async () => {
    const { user } = open('entitled')
    await user.click(find('profile-balance'))
    const bank = find('breakdown-rollover').closest('li')!
    expect(bank).toHaveTextContent(
        /^Rollover Bank\s+spent first\s+1,200\s+left from earlier months\s+of 75,000/,
    )
    await user.click(within(find('breakdown')).getByText(/^Learn more/))
    const rules = find('rules')
    expect(rules).toHaveTextContent(
        'Your Rollover Bank is spent first, then fast tokens, then top-up tokens.',
    )
    expect(rules).toHaveTextContent(/You get 25,000 fast tokens each month, next on .+ UTC\./)
    expect(rules).toHaveTextContent(
        'roll over into your Rollover Bank, up to 75,000. Anything above that is lost.',
    )
})

it('Top-Up tokens (D). Click Add Tokens to purchase top up tokens at any time.', async () => {
    const { user } = open('entitled')
    await user.click(find('profile-balance'))
    expect(find('breakdown-top-up').closest('li')).toHaveTextContent(/^Top-up\s+10,000/)
    await user.click(find('breakdown-add-tokens'))
    expect(find('add-tokens-dialog')).toBeInTheDocument()
})

it('Hovering over your token balance anywhere on the platform as per above and clicking Add Tokens.', async () => {
    const { user } = await goTo('activity')
    await user.hover(find('balance-chip'))
    await vi.waitFor(() => expect(find('breakdown')).toBeInTheDocument())
    await user.click(find('breakdown-add-tokens'))
    expect(find('add-tokens-dialog')).toBeInTheDocument()
})

it('Or, Click the Settings icon on the Home page.', async () => {
    const { user } = open('entitled')
    await user.click(find('settings'))
    expect(document.querySelector('h1')).toHaveTextContent('Settings')
})

it('Click Subscription and Billing (A).', async () => {
    const { user } = open('entitled')
    await user.click(find('settings'))
    await user.click(find('subscription-and-billing'))
    expect(document.querySelector('h1')).toHaveTextContent('Subscription and Billing')
})

it('Under Top Up tokens, click Add Tokens (B).', async () => {
    const { user } = open('entitled')
    await user.click(find('settings'))
    await user.click(find('subscription-and-billing'))
    const section = find('settings-add-tokens').closest('section')!
    expect(within(section).getByRole('heading')).toHaveTextContent('Top-up tokens')
    await user.click(find('settings-add-tokens'))
    expect(find('add-tokens-dialog')).toBeInTheDocument()
})

it('After clicking Add Tokens, a pop up will appear, allowing your to quickly add the desired amount of tokens and purchase them by clicking Buy Now.', async () => {
    const { user } = open('entitled')
    await user.click(find('add-tokens'))
    await user.click(find('pack-large'))
    await user.clear(find('quantity'))
    await user.type(find('quantity'), '3')
    expect(find('balance-after')).toHaveTextContent('154,120')
    expect(find('buy-now')).toHaveTextContent('Buy Now')
    await user.click(find('buy-now'))
    expect(sent('buy')).toEqual([{ kind: 'buy', pack_id: 'large', quantity: 3 }])
})

it('No. You must be on a paid plan to purchase and use Top-up Tokens.', async () => {
    const { user } = open('free')
    await user.click(find('add-tokens'))
    expect(find('upgrade-prompt')).toHaveTextContent('You need a plan to buy and use top-up tokens.')
    expect(query('buy-now')).toBeNull()
})

it('Your Top-up Tokens will remain visible in your account, but you won’t be able to use them unless you resubscribe.', async () => {
    const { push } = await goTo('ending')
    expect(find('cancelling-kept').parentElement).toHaveTextContent(
        /^You keep, locked until you resubscribe\s+Top-up\s+10,000$/,
    )
    await push('lapsed-plans')
    await push('welcome')
    await push('lapsed')
    expect(find('top-up')).toHaveTextContent('5,000')
    expect(find('locked')).toHaveTextContent('locked until you resubscribe')
    expect(find('spendable')).toHaveTextContent('150')
})

it('All your tokens - including Top-up Tokens - will be permanently lost.', async () => {
    await goTo('delete-failed')
    expect(find('lost')).toHaveTextContent(
        /^Rollover Bank\s+1,200\s+Fast tokens\s+22,920\s+Top-up\s+10,000\s+Total\s+34,120$/,
    )
    expect(document.querySelector('main')).toHaveTextContent('for good. This can’t be undone.')
})

it('Top-up Tokens are locked when you’re not on a paid plan.', () => {
    open('lapsed')
    expect(find('locked')).toHaveTextContent('locked until you resubscribe')
    expect(document.querySelector('main .well .locked')).not.toBeNull()
})

it('You’ll see the upgrade prompt (e.g. when trying to generate with no Fast Tokens).', () => {
    open('refused-spend-lapsed')
    expect(find('spend-refused')).toHaveTextContent('500 tokens were needed just now. You have 150')
    expect(find('upgrade-prompt')).toBeInTheDocument()
})

it('Once you resubscribe, your Top-up Tokens will be available again.', async () => {
    const { user, push } = open('lapsed')
    await user.click(find('resubscribe'))
    await user.click(find('subscribe'))
    expect(sent('subscribe')).toEqual([{ kind: 'subscribe', plan_id: 'premium', interval: 'month' }])
    await push('entitled')
    expect(query('locked')).toBeNull()
    expect(find('top-up')).toHaveTextContent('10,000')
})
