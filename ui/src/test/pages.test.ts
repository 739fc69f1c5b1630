import { within } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { portalUrl } from '../fixtures/catalogue'
import { views } from '../fixtures/views'
import { current } from '../lib/locale.svelte'
import { find, findAll, goTo, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

describe('the pages', () => {
    it('are reported to the shell when they are opened, and only then', async () => {
        const { user, push } = open('entitled')
        expect(sent('visit')).toEqual([{ kind: 'visit', page: 'home' }])
        await push('held')
        expect(sent('visit')).toHaveLength(1)
        await user.click(find('activity'))
        expect(sent('visit').at(-1)).toEqual({ kind: 'visit', page: 'activity' })
    })

    it('open by keyboard alone, and Back returns the focus', async () => {
        const { user } = open('entitled')
        find('settings').focus()
        await user.keyboard('{Enter}')
        find('subscription-and-billing').focus()
        await user.keyboard('{Enter}')
        expect(document.querySelector('h1')).toHaveTextContent('Subscription and Billing')
        expect(document.querySelector('h1')).toHaveFocus()
        await user.keyboard('{Escape}')
        expect(find('subscription-and-billing')).toHaveFocus()
        find('settings-purchases').focus()
        await user.keyboard('{Enter}{Alt>}{ArrowLeft}{/Alt}')
        expect(find('settings-purchases')).toHaveFocus()
        await user.keyboard('{Escape}{Control>}n{/Control}')
        expect(find('add-tokens-dialog')).toBeInTheDocument()
        await user.keyboard('{Escape}{Control>},{/Control}{Control>}r{/Control}')
        expect(document.querySelector('h1')).toHaveTextContent('Settings')
        expect(sent('refresh')).toHaveLength(1)
    })

    it('start at Home after a sign-out', async () => {
        const { user, push } = open('entitled')
        await user.click(find('purchases'))
        await push('welcome')
        await push('entitled')
        expect(find('spendable')).toBeInTheDocument()
        expect(sent('visit').at(-1)).toEqual({ kind: 'visit', page: 'home' })
    })
})

describe('the last 30 days', () => {
    it('are drawn as bars by day and bucket, and listed in a table for screen readers', async () => {
        open('entitled')
        const bars = (bucket: string) => document.querySelectorAll(`.bars .${bucket} line`).length
        await vi.waitFor(() => expect([bars('rollover'), bars('fast'), bars('top_up')]).toEqual([30, 30, 30]))
        const table = within(find('usage')).getByRole('table')
        expect(within(table).getAllByRole('row')).toHaveLength(31)
        const columns = within(table)
            .getAllByRole('columnheader')
            .map(({ textContent }) => textContent)
        expect(columns).toEqual(['Day', 'Rollover Bank', 'Fast tokens', 'Top-up'])
        expect(find('usage-total')).toHaveTextContent('18,380 spent')
    })

    it('are stacked in the spend order of the catalogue', () => {
        open('fast-first')
        const columns = within(find('usage'))
            .getAllByRole('columnheader')
            .map(({ textContent }) => textContent)
        expect(columns).toEqual(['Day', 'Fast tokens', 'Rollover Bank', 'Top-up'])
    })

    it('come with a forecast', () => {
        open('runs-out')
        expect(find('forecast')).toHaveTextContent(
            /^About 2,600 a day\. Top-up tokens are spent from .+ on and last until .+\.$/,
        )
    })

    it('end a sentence with one full stop, though German dates end with one', () => {
        const before = current.locale
        current.locale = 'de-DE'
        open('runs-out')
        expect(find('forecast')).toHaveTextContent(/ sie reichen bis [^.]+\. [^.]+\.$/)
        current.locale = before
    })

    it('say what the pace leaves at the reset, and what becomes of it', () => {
        open('entitled')
        expect(find('forecast')).toHaveTextContent(
            /^About 610 a day\. That leaves about 17,000 on .+, which roll over; top-up stays untouched\.$/,
        )
    })

    it('say what is lost at the reset if more is left than the bank holds', () => {
        const { balance } = views(Date.now()).entitled
        const { rollover } = balance!.balance
        const small = { ...balance!.balance, rollover: { ...rollover, cap: 5_000 } }
        open('entitled', { balance: { ...balance!, balance: small } })
        expect(find('forecast')).toHaveTextContent(
            /That leaves about 17,000 on .+: 5,000 roll over, and the rest is lost\.$/,
        )
    })

    it('say that the last tokens are gone today, and when new ones come if none are left', async () => {
        vi.useFakeTimers({ toFake: ['Date'] })
        vi.setSystemTime('2026-11-23T12:00:00Z')
        const { push } = open('hair')
        expect(find('forecast')).toHaveTextContent(/^About 610 a day\. That is gone today\.$/)
        await push('empty')
        expect(find('forecast')).toHaveTextContent(/^About 610 a day\. You get 25,000 fast tokens on .+\.$/)
        vi.useRealTimers()
    })

    it('show the values of a day by arrow keys', async () => {
        const { user } = open('entitled')
        find('usage-chart').focus()
        await user.keyboard('{ArrowLeft}')
        expect(find('usage-chart')).toHaveAttribute('aria-valuenow', '29')
        await user.keyboard('{Home}{ArrowRight}')
        expect(find('usage-chart')).toHaveAttribute('aria-valuenow', '1')
        expect(find('usage-chart').getAttribute('aria-valuetext')).toMatch(/ · 1,180, Fast tokens 1,180$/)
        expect(find('usage-total')).toHaveTextContent(/ · 1,180$/)
    })

    it('are one sentence without an axis if nothing was spent', () => {
        open('no-use')
        expect(document.querySelector('.bars')).toBeNull()
        expect(query('usage-total')).toBeNull()
        expect(find('forecast')).toHaveTextContent('You spent nothing in the last 30 days')
    })

    it('show what is lost when a cancelled plan ends', () => {
        open('ending')
        expect(find('forecast')).toHaveTextContent(
            /Your plan ends on .+\. 16,764 tokens of the plan are left then and lost\. 10,000 top-up tokens stay, but are locked\./,
        )
    })

    it('come with a forecast of the day on the free plan', () => {
        open('free')
        expect(find('forecast')).toHaveTextContent(/Today’s tokens last until about .+ UTC\.$/)
    })

    it('show why they have not loaded, and can be requested again', async () => {
        const { user } = open('usage-offline')
        expect(find('usage')).toHaveTextContent(
            'Your spending hasn’t loaded yet. The service cannot be reached.',
        )
        await user.click(within(find('list-problem')).getByRole('button'))
        expect(sent('refetch')).toHaveLength(1)
        expect(sent('refresh')).toHaveLength(1)
    })
})

describe('Activity', () => {
    it('shows the entries by day, newest first', async () => {
        await goTo('activity')
        const headings = [...document.querySelectorAll('h2 > :first-child')].map(
            (heading) => heading.textContent,
        )
        expect(headings.slice(0, 2)).toEqual(['Today', 'Yesterday'])
        expect(findAll('entry')[0]).toHaveTextContent(
            /^Storyboard: landfall\s+[\d:]+ [AP]M\s+−900\s+Rollover Bank 1,200$/,
        )
        expect(findAll('entry').at(-3)).toHaveTextContent(/Rolled over.*\+7,080/)
        expect(findAll('entry').at(-1)).toHaveTextContent('Other change')
    })

    it('filters by bucket and by kind', async () => {
        const { user, push } = await goTo('activity')
        await user.selectOptions(find('filter-bucket'), 'Top-up')
        expect(sent('filter_activity').at(-1)).toEqual({
            kind: 'filter_activity',
            filter: { bucket: 'top_up', kinds: [] },
        })
        await user.selectOptions(find('filter-kind'), 'Lost')
        expect(sent('filter_activity').at(-1)).toEqual({
            kind: 'filter_activity',
            filter: { bucket: null, kinds: ['forfeit', 'burn'] },
        })

        await push('activity-filtered')
        expect(
            [find('filter-bucket'), find('filter-kind')].map((s) => (s as HTMLSelectElement).value),
        ).toEqual(['top_up', 'lost'])
        expect(find('empty')).toHaveTextContent('No entry matches this filter.')
        await user.click(find('clear-filter'))
        expect(sent('filter_activity').at(-1)).toEqual({
            kind: 'filter_activity',
            filter: { bucket: null, kinds: [] },
        })
    })

    it('sums up what came in and what was spent on each day; moves between buckets are neither', async () => {
        const sums = () => findAll('day-sum').map(({ textContent }) => textContent)
        const { push } = await goTo('activity')
        // The last day is not all there.
        expect(sums()).toEqual(['−900', '−480', '+10,000 · −1,200', '+23,660'])
        await push('activity-later')
        expect(sums()).toEqual(['−480', '+10,000 · −1,200', '+23,660', '−5'])
    })

    it('says of an entry without an amount why it has none', async () => {
        await goTo('activity')
        expect(findAll('entry')[1]).toHaveTextContent(/Spent by a job · .+ set aside before/)
        expect(findAll('entry')[5]).toHaveTextContent(/Plan changed .+ no change/)
        expect(document.body).not.toHaveTextContent('—')
    })

    it('loads older entries, and returns to the newest', async () => {
        const { user, push } = await goTo('activity')
        await user.click(find('show-older'))
        expect(sent('show_older')).toHaveLength(1)
        await push('activity-more')
        expect(find('show-older')).toBeDisabled()
        await push('activity-later')
        expect(query('show-older')).toBeNull()
        await user.click(find('show-newest'))
        expect(sent('show_newest')).toHaveLength(1)
    })

    it('is exported, and shows the path of the file', async () => {
        const { user, push } = await goTo('activity')
        await user.click(find('export'))
        expect(sent('save_activity')).toHaveLength(1)
        await push('exporting')
        expect(find('export')).toBeDisabled()
        await push('exported')
        expect(find('exported')).toHaveTextContent(
            'Saved as /home/ada/Downloads/tokenwell-activity-2026-11-24.csv',
        )
        await user.click(find('show-in-folder'))
        expect(sent('show_saved')).toHaveLength(1)
        await push('export-failed')
        expect(find('export-failed')).toHaveTextContent('could not be saved')
        expect(find('export')).toBeEnabled()
    })

    it('shows the last entries with their age while offline', async () => {
        await goTo('activity-offline')
        expect(find('list-problem')).toHaveTextContent('Offline · last updated 12 minutes ago')
        expect(findAll('entry')).toHaveLength(11)
    })

    it('shows why it has no entries', async () => {
        const { push } = await goTo('activity-failed')
        expect(find('list-problem')).toHaveTextContent(
            'Your activity hasn’t loaded yet. The service reports an internal error.',
        )
        await push('activity-empty')
        expect(find('empty')).toHaveTextContent('There is no activity yet.')
        await push('entitled')
        expect(find('list-loading')).toHaveTextContent('Loading your activity')
    })
})

describe('Purchases', () => {
    it('show the status of each and what is left of it', async () => {
        await goTo('purchases')
        const states = findAll('purchase-status').map((state) => state.textContent)
        expect(states).toEqual([
            expect.stringMatching(/^Waiting for payment · until .+/),
            'Your bank is confirming the payment',
            '7,600 left',
            'No tokens added; your money comes back',
            'Partly refunded',
            'Payment disputed',
            'Expired; nothing was charged',
        ])
        expect(findAll('purchase')[4]).toHaveTextContent('3,000 of the refunded tokens were spent already')
        expect(findAll('purchase')[4]).toHaveTextContent('Partly refunded · all spent')
        expect(findAll('purchase')[2]!.querySelector('.bar span')).toHaveStyle({ inlineSize: '76%' })
        expect(findAll('purchase')[5]).toHaveTextContent('Payment disputed · 2,400 frozen')
        expect(findAll('purchase')[5]!.querySelector('.bar')).toBeNull()
        expect(findAll('open-receipt')).toHaveLength(3)
    })

    it('show discount and tax of a charge, and what happens to one that brought nothing', async () => {
        const { user } = await goTo('purchases')
        expect(findAll('purchase-amount').map(({ textContent }) => textContent.trim())).toEqual([
            '$24.00',
            '$48.00',
            '$19.28',
            '$53.00',
            '$48.00',
            '$48.00',
            '$48.00',
        ])
        expect(findAll('purchase-charge').map(({ textContent }) => textContent)).toEqual([
            'Price $18.00 · discount −$1.80 · tax $3.08',
            'Price $48.00',
        ])
        expect(find('refund-due')).not.toBeVisible()
        await user.click(find('details'))
        expect(find('refund-due')).toBeVisible()
        expect(find('refund-due')).toHaveTextContent('do not pay for this order again')
        expect(find('refund-due')).toHaveTextContent('contact help@example.com')
    })

    it('open a checkout again, and a receipt', async () => {
        const { user } = await goTo('purchases')
        await user.click(find('reopen-purchase'))
        expect(sent('reopen_checkout_of')).toEqual([{ kind: 'reopen_checkout_of', purchase: 'p-open' }])
        await user.click(findAll('open-receipt')[0]!)
        expect(sent('open_receipt_of')).toEqual([{ kind: 'open_receipt_of', purchase: 'p-paid' }])
    })

    it('show that the browser could not be opened', async () => {
        await goTo('purchases-no-browser')
        expect(find('browser-problem')).toHaveTextContent('The browser could not be opened.')
    })

    it('offer Add Tokens if there is none', async () => {
        const { user } = await goTo('purchases-empty')
        await user.click(find('purchases-add-tokens'))
        expect(find('add-tokens-dialog')).toBeInTheDocument()
    })
})

describe('Subscription and Billing', () => {
    it('shows what cancelling does to each bucket', async () => {
        const { user } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('subscription-and-billing'))
        expect(find('plan')).toHaveTextContent('Premium · $30 a month')
        expect(find('renewal')).toHaveTextContent(/^Renews \w+ \d+(, \d+)?$/)
        expect(find('cancelling-kept')).not.toBeVisible()
        await user.click(find('what-if-cancel'))
        expect(find('cancelling')).toHaveTextContent(
            /What happens if I cancel Everything stays usable until .+ UTC/,
        )
        expect(find('cancelling-lost').parentElement).toHaveTextContent(
            /^You lose then\s+Rollover Bank 1,200\s+Fast tokens 22,920$/,
        )
        expect(find('cancelling-kept')).toHaveTextContent('Top-up 10,000')
        expect(find('cancelling-kept')).toBeVisible()
    })

    it('opens the billing page and shows that it is open', async () => {
        const { user, push } = await goTo('portal-refused')
        expect(find('portal-refused')).toHaveTextContent('The service cannot be reached.')
        await user.click(find('manage-subscription'))
        expect(sent('manage_subscription')).toHaveLength(1)
        await push('portal-opening')
        expect(find('manage-subscription')).toBeDisabled()
        await push('portal-open')
        expect(find('portal-open')).toHaveTextContent('open in your browser')
        const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
        await user.click(find('copy-link'))
        expect(writeText).toHaveBeenCalledExactlyOnceWith(portalUrl)
        await user.click(find('reopen-portal'))
        expect(sent('manage_subscription')).toHaveLength(2)
    })

    it('shows that a plan ends', async () => {
        await goTo('ending')
        expect(find('renewal')).toHaveTextContent(/^Ends .+ and does not renew$/)
        expect(find('cancelling')).toHaveTextContent('When your plan ends')
    })

    it.each([
        ['past-due' as const, 'The last payment did not go through.'],
        ['unpaid' as const, 'Pay the open invoice to continue.'],
    ])('offers only the payment while the plan is %s', async (state, text) => {
        await goTo(state)
        expect(find('renewal')).toHaveTextContent(text)
        const primary = [...document.querySelectorAll('main .primary')].map((button) =>
            button.textContent.trim(),
        )
        expect(primary).toEqual(['Pay the open invoice'])
        expect(query('choose-plan')).toBeNull()
    })

    it.each([
        ['free-plans' as const, 'Choose a plan'],
        ['lapsed-plans' as const, 'Resubscribe'],
    ])('shows the plans in the state %s', async (state, action) => {
        const { user } = await goTo(state)
        expect(find('plans')).toHaveTextContent(/Essential.*\$12 a month.*Premium.*\$30 a month.*Ultimate/)
        expect(find('choose-plan')).toHaveTextContent(action)
        await user.click(find('choose-plan'))
        expect(find('upgrade-prompt')).toBeInTheDocument()
    })
})

describe('deleting the account', () => {
    it('shows what is lost and requires the confirmation word', async () => {
        const { user } = open('held')
        await user.click(find('settings'))
        await user.click(find('delete-account'))
        expect(find('lost')).toHaveTextContent(
            'Rollover Bank 1,200 Fast tokens 22,920 Top-up 10,000 Total 34,120',
        )
        expect(find('lost-plan')).toHaveTextContent('Your Premium plan is cancelled at once.')
        expect(find('delete-confirm')).toBeDisabled()
        await user.type(find('delete-word'), 'delete{Enter}')
        expect(find('delete-confirm')).toBeDisabled()
        expect(sent('delete_account')).toEqual([])
        await user.clear(find('delete-word'))
        await user.type(find('delete-word'), 'DELETE{Enter}')
        expect(sent('delete_account')).toEqual([{ kind: 'delete_account', confirm: 'DELETE' }])
    })

    it('asks for its word in the language of the panel, and sends the one of the service', async () => {
        const before = current.locale
        current.locale = 'de-DE'
        const { user } = open('held')
        await user.click(find('settings'))
        await user.click(find('delete-account'))
        await user.type(find('delete-word'), 'LÖSCHEN{Enter}')
        expect(sent('delete_account')).toEqual([{ kind: 'delete_account', confirm: 'DELETE' }])
        current.locale = before
    })

    it('waits for the response, and shows why it failed', async () => {
        const { push } = await goTo('deleting')
        expect(find('delete-confirm')).toBeDisabled()
        await push('delete-failed')
        expect(find('delete-failed')).toHaveTextContent(
            'The service cannot be reached. Check your connection. Your account has not changed.',
        )
    })

    it('ends on a page that confirms it', () => {
        open('deleted')
        expect(find('account-deleted')).toHaveTextContent('Your account is deleted')
        expect(query('sign-in-problem')).toBeNull()
        expect(find('sign-in')).toBeInTheDocument()
    })
})
