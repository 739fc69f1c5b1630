import { within } from '@testing-library/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { views } from '../fixtures/views'
import { find, goTo, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

describe('Home', () => {
    it('shows the spendable tokens as one large number, and the three buckets', () => {
        open('entitled')
        expect(find('spendable')).toHaveTextContent('34,120')
        expect(find('rollover')).toHaveTextContent('1,200')
        expect(find('fast')).toHaveTextContent('22,920')
        expect(find('top-up')).toHaveTextContent('10,000')
        expect(find('profile-balance')).toHaveTextContent('34,120')
        expect(find('profile')).toHaveTextContent('Ada Moreau Premium')
    })

    it('shows what is on hold, and which bucket is spent next', () => {
        open('held')
        expect(document.body).toHaveTextContent('1,500 on hold')
        expect(find('bucket-rollover')).toHaveTextContent('spent first')
        expect(find('bucket-fast')).not.toHaveTextContent('spent first')
    })

    it('names no bucket as the first one if only one has tokens', () => {
        open('free')
        expect(query('spent-first')).toBeNull()
    })

    it('shows what was used since the last reset, which is the empty part of the well', () => {
        open('entitled')
        expect(find('used')).toHaveTextContent(/^5,880 spent since .+$/)
    })

    it('shows the threshold in its place when tokens run low', () => {
        const { balance } = views(Date.now()).hair
        open('hair', { balance: { ...balance!, low_below: 2_500 } })
        expect(find('low')).toHaveTextContent('Running low: below 2,500')
        expect(query('used')).toBeNull()
    })

    it('says when new tokens come if nothing is left', () => {
        open('empty')
        expect(find('nothing-left')).toHaveTextContent(/^Nothing left · new tokens .+$/)
        expect(query('used')).toBeNull()
    })

    it('leads from a bucket to its changes', async () => {
        const { user } = open('entitled')
        await user.click(find('bucket-top-up'))
        expect(sent('filter_activity')).toEqual([
            { kind: 'filter_activity', filter: { bucket: 'top_up', kinds: [] } },
        ])
        expect(document.querySelector('h1')).toHaveTextContent('Activity')
    })

    it('lists the buckets in the spend order of the catalogue, and explains it', async () => {
        const { user, push } = open('entitled')
        const buckets = () =>
            [...document.querySelectorAll('main li .figure')].map(
                (figure) => (figure as HTMLElement).dataset.testid,
            )
        expect(buckets()).toEqual(['rollover', 'fast', 'top-up'])
        await push('fast-first')
        expect(buckets()).toEqual(['fast', 'rollover', 'top-up'])
        expect(find('bucket-fast')).toHaveTextContent('spent first')
        await user.click(find('profile-balance'))
        await user.click(within(find('breakdown')).getByText(/^Learn more/))
        expect(document.body).toHaveTextContent('Fast tokens are spent first, then your Rollover Bank')
    })

    it('distinguishes tokens that a dispute has frozen from locked ones', () => {
        open('frozen')
        expect(find('locked')).toHaveTextContent('4,000 frozen: payment disputed')
        expect(find('top-up')).toHaveTextContent('6,000')
        expect(document.body).not.toHaveTextContent(/locked/)
    })

    it('explains the rules on the same page', async () => {
        const { user } = open('entitled')
        await user.click(find('profile-balance'))
        const learnMore = within(find('breakdown')).getByText(/^Learn more/)
        await user.click(learnMore)
        expect(learnMore).toHaveAttribute('aria-expanded', 'true')
        expect(document.body).toHaveTextContent('up to 75,000. Anything above that is lost')
    })

    it('explains every look of the well', async () => {
        const { user } = open('entitled')
        await user.click(find('profile-balance'))
        await user.click(within(find('breakdown')).getByText(/^Learn more/))
        const looks = within(find('key')).getAllByRole('listitem')
        expect(looks.map((look) => look.textContent!.trim())).toEqual([
            'can be spent',
            'spent since the last reset',
            'locked or frozen: cannot be spent now',
            'being paid for, not counted yet',
            'last known, not confirmed yet',
        ])
        for (const kind of ['solid', 'locked', 'pending']) {
            expect(find('key').querySelector(`.${kind}`)).not.toBeNull()
        }
    })

    it('shows a placeholder and no way to buy while the balance is loading', () => {
        open('loading')
        expect(find('loading')).toHaveTextContent('Loading your balance')
        expect(find('add-tokens')).toBeDisabled()
        expect(document.body).not.toHaveTextContent(/\b0\b/)
    })

    it('shows why the balance has not loaded, and offers a retry', async () => {
        const { user } = open('no-figures')
        expect(document.body).toHaveTextContent('The service cannot be reached.')
        await user.click(document.querySelector('main .button')!)
        expect(sent('refresh')).not.toEqual([])
    })

    it('shows the notices', () => {
        open('notices')
        expect(document.body).toHaveTextContent('This desktop has no tray.')
        expect(document.body).toHaveTextContent('No keyring was found')
    })

    it('shows how an app that is too old is updated', () => {
        open('notices')
        expect(find('update-command')).toHaveTextContent(
            'sudo apt update && sudo apt install --only-upgrade tokenwell',
        )
        find('open-downloads').click()
        expect(sent('open_downloads')).not.toEqual([])
    })

    it('offers the restart that brings a newer version, and not while something is bought', async () => {
        const { push } = open('update-ready')
        expect(find('update')).toHaveTextContent('Version 0.2.0 of Tokenwell is ready.')
        find('restart-to-update').click()
        expect(sent('restart_to_update')).not.toEqual([])
        await push('update-ready', { update: { state: 'ready', version: '0.2.0', waits: true } })
        expect(query('restart-to-update')).toBeNull()
        expect(find('update')).toHaveTextContent('once your purchase has ended')
    })

    it('says why there is no update, and looks for it again', () => {
        open('update-ready', { notices: ['app_too_old'], update: { state: 'failed', why: 'incomplete' } })
        expect(find('update')).toHaveTextContent('was interrupted')
        find('look-for-update').click()
        expect(sent('look_for_update')).not.toEqual([])
    })
})

describe('a balance that may be out of date', () => {
    beforeEach(() => {
        vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
        vi.setSystemTime('2026-11-23T12:00:00Z')
    })
    afterEach(() => {
        vi.useRealTimers()
    })

    it('stays visible, with an age that grows', async () => {
        open('offline')
        expect(find('spendable')).toHaveTextContent('34,120')
        expect(find('age')).toHaveTextContent('Offline · last updated 12 minutes ago')
        await vi.advanceTimersByTimeAsync(3 * 60_000)
        expect(find('age')).toHaveTextContent('Offline · last updated 15 minutes ago')
    })

    it('shows a problem other than the network', () => {
        open('certificate')
        expect(find('age')).toHaveTextContent('The certificate of the service is not valid.')
        expect(find('age')).toHaveTextContent('Last updated 12 minutes ago')
    })

    it('shows its age while it is being confirmed, and is pale', () => {
        open('stale')
        expect(find('age')).toHaveTextContent(/^Updating · last updated 12 minutes ago$/)
        expect(find('spendable')).toHaveClass('quiet')
    })

    it('can be fetched again while nothing fetches it', async () => {
        const { balance } = views(Date.now()).stale
        const { user } = open('entitled', { balance })
        expect(find('age')).toHaveTextContent(/^Last updated 12 minutes ago Refresh$/)
        await user.click(find('age-refresh'))
        expect(sent('refresh')).toHaveLength(1)
    })

    it('loses its age once it is confirmed', async () => {
        const { push } = open('offline')
        await push('entitled')
        expect(query('age')).toBeNull()
    })
})

describe('the breakdown', () => {
    it('starts with what can be spent, and its well', async () => {
        const { user } = await goTo('activity')
        await user.click(find('balance-chip'))
        expect(find('breakdown')).toHaveTextContent(/^34,120\s+tokens to spend/)
        expect(find('breakdown').querySelector('.well')).not.toBeNull()
    })

    it('opens when a balance is pointed at', async () => {
        const { user } = await goTo('activity')
        await user.hover(find('balance-chip'))
        await vi.waitFor(() => expect(find('breakdown-fast')).toHaveTextContent('22,920'))
        expect(find('breakdown-rollover')).toHaveTextContent('1,200')
        expect(find('breakdown-top-up')).toHaveTextContent('10,000')
    })

    it('is open while the focus is on the balance or inside the breakdown', async () => {
        const { user } = await goTo('activity')
        await user.tab()
        expect(find('balance-chip')).toHaveFocus()
        find('breakdown-add-tokens').focus()
        expect(find('balance-chip')).toHaveAttribute('aria-expanded', 'true')
        find('export').focus()
        await vi.waitFor(() => expect(query('breakdown')).toBeNull())
    })

    it('closes on Escape, returns the focus, and stays closed', async () => {
        const { user } = await goTo('activity')
        await user.tab()
        find('breakdown-add-tokens').focus()
        await user.keyboard('{Escape}')
        await vi.waitFor(() => expect(query('breakdown')).toBeNull())
        expect(find('balance-chip')).toHaveFocus()
    })

    it.each([
        ['balance-chip', 'activity'],
        ['profile-balance', 'entitled'],
    ] as const)('opens and closes by a click on %s', async (hook, state) => {
        const { user } = await goTo(state)
        await user.click(find(hook))
        expect(find('breakdown')).toBeInTheDocument()
        await user.click(find(hook))
        await vi.waitFor(() => expect(query('breakdown')).toBeNull())
    })

    it('opens Add Tokens', async () => {
        const { user } = open('entitled')
        await user.click(find('profile-balance'))
        await user.click(find('breakdown-add-tokens'))
        expect(find('add-tokens-dialog')).toBeInTheDocument()
        await vi.waitFor(() => expect(query('breakdown')).toBeNull())
    })

    it('opens in the settings too', async () => {
        const { user } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('balance-chip'))
        expect(find('breakdown-fast')).toHaveTextContent('22,920')
    })
})
