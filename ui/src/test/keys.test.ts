import { within } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { addKey } from '../lib/shell'
import { find, findAll, open, query, sent } from './panel'

beforeEach(() => {
    vi.clearAllMocks()
})

const account = { service: 'https://cloud.leonardo.ai', id: 'key_1' }

describe('adding an API key', () => {
    it('shows the host that will receive the key before it is saved, and keeps no key', async () => {
        const { user } = open('welcome')
        expect(query('key-host')).toBeNull()
        await user.click(find('add-key'))
        expect(find('key')).toHaveAccessibleName('API key')
        expect(find('key-host')).toHaveTextContent('cloud.leonardo.ai')
        await user.selectOptions(find('key-platform'), 'stability')
        expect(find('key-host')).toHaveTextContent('api.stability.ai')
        await user.type(find('key'), 'key_1{Enter}')
        expect(vi.mocked(addKey).mock.calls).toEqual([['stability', 'key_1']])
        expect(find('key')).toHaveValue('')
        expect(find('key')).toHaveAttribute('type', 'password')
    })

    it('is possible beside an account of a service, and can be cancelled', async () => {
        const { user } = open('adding')
        await user.click(find('add-key'))
        expect(find('key-host')).toBeInTheDocument()
        await user.click(find('cancel-sign-in'))
        expect(sent('cancel_sign_in')).toHaveLength(1)
    })

    it('says why a key was not saved, and which files of platforms have mistakes', async () => {
        const { user } = open('key-mistakes')
        await user.click(find('add-key'))
        expect(find('key-problem')).toHaveTextContent('There is no keyring')
        expect(find('platform-mistakes')).toHaveTextContent('mine.toml: line 12: `wallet`')
    })
})

describe('an account that is read with an API key', () => {
    it('shows a well for each meter in the platform’s words, and what is not reported', () => {
        open('key-account')
        const meters = findAll('meter').map(({ textContent }) => textContent!.replace(/\s+/g, ' ').trim())
        expect(meters[0]).toMatch(/^Subscription tokens 0 tokens Renews /)
        expect(meters[1]).toContain('Paid tokens 12.4567 tokens Less than 20 tokens')
        expect(meters[2]).toBe('API subscription tokens not reported')
        expect(meters[3]).toContain('9,000 characters of 10,000')
    })

    it('opens the platform’s own page for buying', async () => {
        const { user } = open('key-account')
        expect(find('buy-at-platform')).toHaveAttribute('title', 'Opens app.leonardo.ai in your browser')
        await user.click(find('buy-at-platform'))
        expect(sent('buy_at_platform')).toHaveLength(1)
    })

    it('offers a new key, or to remove the account, when the platform refuses the key', async () => {
        const { user } = open('key-refused')
        expect(find('meter-problem')).toHaveTextContent('Add a new one.')
        await user.click(find('new-key'))
        expect(sent('add_account')).toHaveLength(1)
        await user.click(find('remove-key'))
        expect(sent('remove_account')).toHaveLength(1)
        expect(find('meters')).toBeInTheDocument()
        expect(document.body).not.toHaveTextContent('Try again')
    })

    it('has settings without thresholds and reminders, which are for the tokens of a service', async () => {
        const { user } = open('key-account')
        await user.click(find('settings'))
        expect(find('alerts').closest('section')).toHaveTextContent('Set a threshold below each figure.')
        expect(query('new-threshold')).toBeNull()
        expect(query('remind')).toBeNull()
    })

    it('warns below what the user sets', async () => {
        const { user } = open('key-account')
        const field = within(findAll('meter')[1]!).getByTestId('meter-alert')
        await user.clear(field)
        await user.type(field, '7.5')
        await user.tab()
        expect(sent('set_meter_alert')).toEqual([
            { kind: 'set_meter_alert', account, meter: '/Paid tokens', below: '7.5' },
        ])
    })

    it('says that figures are old, and that the key no longer works', async () => {
        const { push, user } = open('key-stale')
        expect(find('age')).toHaveTextContent('Last updated 20 minutes ago')
        expect(find('meter-problem')).toHaveTextContent('cannot be reached')
        await push('key-refused')
        expect(find('meter-problem')).toHaveTextContent('no longer accepts this key')
        await user.click(find('remove-key'))
        expect(sent('remove_account')).toEqual([{ kind: 'remove_account', account }])
    })

    it('stands beside the accounts of services in the account menu', async () => {
        const { user } = open('key-beside-service')
        await user.click(find('accounts'))
        const line = findAll('account').find(({ textContent }) => textContent!.includes('Leonardo.Ai'))!
        expect(line).toHaveTextContent('12.45')
        await user.click(line)
        expect(sent('switch_account')).toEqual([{ kind: 'switch_account', account }])
    })

    it('can be removed in the settings', async () => {
        const { user } = open('key-account')
        await user.click(find('settings'))
        await user.click(find('remove-key'))
        expect(sent('remove_account')).toEqual([{ kind: 'remove_account', account }])
    })
})
