import { within } from '@testing-library/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { find, open, seek, sent } from './panel'

describe('Home', () => {
    it('shows one large figure and the three buckets it is made of', () => {
        open('entitled')
        expect(find('spendable')).toHaveTextContent('34,120')
        expect(find('rollover')).toHaveTextContent('1,200')
        expect(find('fast')).toHaveTextContent('22,920')
        expect(find('top-up')).toHaveTextContent('10,000')
        expect(find('balance-chip')).toHaveTextContent('34,120')
        expect(find('profile')).toHaveTextContent('Ada Moreau Premium')
    })

    it('says what is on hold, and what is next', () => {
        open('held')
        expect(document.body).toHaveTextContent('1,500 on hold')
        expect(find('rollover').parentElement).toHaveTextContent('next')
        expect(find('fast').parentElement).not.toHaveTextContent('next')
    })

    it('lists the buckets in the spend order of the catalogue, and explains it', async () => {
        const { user, push } = open('entitled')
        const buckets = () =>
            [...document.querySelectorAll('main li b')].map(
                (figure) => (figure as HTMLElement).dataset.testid,
            )
        expect(buckets()).toEqual(['rollover', 'fast', 'top-up'])
        await push('fast-first')
        expect(buckets()).toEqual(['fast', 'rollover', 'top-up'])
        expect(find('fast').parentElement).toHaveTextContent('next')
        const learnMore = within(document.querySelector('main')!).getByRole('button', { name: 'Learn more' })
        await user.click(learnMore)
        expect(document.body).toHaveTextContent('Fast tokens are spent first, then your Rollover Bank')
    })

    it('tells tokens that a dispute has frozen from locked ones', () => {
        open('frozen')
        expect(document.querySelector('main')).toHaveTextContent('tokens to spend · 4,000 frozen')
        expect(document.body).not.toHaveTextContent(/locked/)
    })

    it('explains the rules in place', async () => {
        const { user } = open('entitled')
        const learnMore = within(document.querySelector('main')!).getByRole('button', { name: 'Learn more' })
        await user.click(learnMore)
        expect(learnMore).toHaveAttribute('aria-expanded', 'true')
        expect(document.body).toHaveTextContent('up to 75,000. Anything above that is forfeited')
    })

    it('shows a quiet placeholder while there are no figures yet, and no way to buy', () => {
        open('loading')
        expect(find('loading')).toHaveTextContent('Loading your balance')
        expect(find('add-tokens')).toBeDisabled()
        expect(document.body).not.toHaveTextContent(/\b0\b/)
    })

    it('says why there are no figures, and what to do', async () => {
        const { user } = open('no-figures')
        expect(document.body).toHaveTextContent('The service cannot be reached.')
        await user.click(document.querySelector('main .button')!)
        expect(sent('refresh')).not.toEqual([])
    })

    it('tells of conditions that last', () => {
        open('notices')
        expect(document.body).toHaveTextContent('This desktop has no tray.')
        expect(document.body).toHaveTextContent('No keyring was found')
    })
})

describe('figures that may be out of date', () => {
    beforeEach(() => {
        vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
        vi.setSystemTime('2026-11-23T12:00:00Z')
    })
    afterEach(() => {
        vi.useRealTimers()
    })

    it('stay, with an age that grows', async () => {
        open('offline')
        expect(find('spendable')).toHaveTextContent('34,120')
        expect(find('age')).toHaveTextContent('Offline · last updated 12 minutes ago')
        await vi.advanceTimersByTimeAsync(3 * 60_000)
        expect(find('age')).toHaveTextContent('Offline · last updated 15 minutes ago')
    })

    it('say what else is wrong than the network', () => {
        open('certificate')
        expect(find('age')).toHaveTextContent('The certificate of the service is not valid.')
        expect(find('age')).toHaveTextContent('Last updated 12 minutes ago')
    })

    it('say so quietly while they are being confirmed', () => {
        open('stale')
        expect(find('age')).toHaveTextContent(/^Last updated 12 minutes ago$/)
    })

    it('lose their age once they are confirmed', async () => {
        const { push } = open('offline')
        await push('entitled')
        expect(seek('age')).toBeNull()
    })
})

describe('the breakdown', () => {
    it('opens by pointing at a balance', async () => {
        const { user } = open('entitled')
        await user.hover(find('balance-chip'))
        await vi.waitFor(() => expect(find('breakdown-fast')).toHaveTextContent('22,920'))
        expect(find('breakdown-rollover')).toHaveTextContent('1,200')
        expect(find('breakdown-top-up')).toHaveTextContent('10,000')
    })

    it('opens by focusing a balance, stays while the focus is inside, and closes behind it', async () => {
        const { user } = open('entitled')
        await user.tab()
        expect(find('balance-chip')).toHaveFocus()
        find('breakdown-add-tokens').focus()
        expect(find('balance-chip')).toHaveAttribute('aria-expanded', 'true')
        find('settings').focus()
        await vi.waitFor(() => expect(seek('breakdown')).toBeNull())
    })

    it('closes by Escape, gives the focus back, and does not open again by that', async () => {
        const { user } = open('entitled')
        await user.tab()
        find('breakdown-add-tokens').focus()
        await user.keyboard('{Escape}')
        await vi.waitFor(() => expect(seek('breakdown')).toBeNull())
        expect(find('balance-chip')).toHaveFocus()
    })

    it.each(['balance-chip', 'profile-balance', 'spendable'])(
        'opens and closes by a click on %s',
        async (hook) => {
            const { user } = open('entitled')
            await user.click(find(hook))
            expect(find('breakdown')).toBeInTheDocument()
            await user.click(find(hook))
            await vi.waitFor(() => expect(seek('breakdown')).toBeNull())
        },
    )

    it('leads to Add Tokens', async () => {
        const { user } = open('entitled')
        await user.click(find('balance-chip'))
        await user.click(find('breakdown-add-tokens'))
        expect(find('add-tokens-dialog')).toBeInTheDocument()
        await vi.waitFor(() => expect(seek('breakdown')).toBeNull())
    })

    it('is at hand in the settings too', async () => {
        const { user } = open('entitled')
        await user.click(find('settings'))
        await user.click(find('balance-chip'))
        expect(find('breakdown-fast')).toHaveTextContent('22,920')
    })
})
