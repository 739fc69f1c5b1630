import { describe, expect, it } from 'vitest'
import { screen } from '@testing-library/svelte'
import axe from 'axe-core'
import type { SettingsView } from '../lib/bindings'
import { views } from '../fixtures/views'
import { applyToDocument } from '../lib/document'
import { find, open, query, sent } from './panel'

const initial = views(0).entitled.settings

async function openSettings(more: Partial<SettingsView> = {}) {
    const settings = { ...initial, ...more }
    const panel = open('entitled', { settings })
    await panel.user.click(find('settings'))
    return panel
}

describe('alerts', () => {
    it('explain the default, and take thresholds that can be removed again', async () => {
        const { user, push } = await openSettings()
        expect(find('usual-threshold')).toHaveTextContent('Below 2,500 tokens to spend (10% of your plan)')
        await user.type(find('new-threshold'), '1000{Enter}')
        const one = { on: true, below: [1000] }
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'alerts', value: one },
        })

        await push('entitled', { settings: { ...initial, alerts: one } })
        expect(find('threshold')).toHaveTextContent('Fewer than 1,000 tokens')
        expect(find('new-threshold')).toHaveValue(null)
        await user.click(screen.getByRole('button', { name: 'Remove the alert below 1,000' }))
        const none = { on: true, below: [] }
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'alerts', value: none },
        })
    })

    it.each(['0', '-5', '1.5', 'e'])('refuse a threshold of %s', async (typed) => {
        const { user } = await openSettings()
        await user.type(find('new-threshold'), typed)
        expect(find('add-threshold')).toBeDisabled()
    })

    it('have five thresholds at most, and can be switched off', async () => {
        const below = [5000, 4000, 3000, 2000, 1000]
        const { user, push } = await openSettings({ alerts: { on: true, below } })
        expect(query('new-threshold')).toBeNull()
        await user.click(find('alerts'))
        const off = { on: false, below }
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'alerts', value: off },
        })
        expect(find('alerts')).toBeChecked()
        await push('entitled', { settings: { ...initial, alerts: off } })
        expect(find('alerts')).not.toBeChecked()
        expect(query('threshold')).toBeNull()
    })
})

describe('this computer', () => {
    it('shows start at login as on only when the system confirms it, and shows why it failed', async () => {
        const { user, push } = await openSettings()
        await user.click(find('start-at-login'))
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'start_at_login', value: true },
        })
        expect(find('start-at-login')).not.toBeChecked()
        const problem = { code: 'start_at_login', text: 'Your system does not allow it here.' }
        await push('entitled', { settings: { ...initial, problem } })
        expect(screen.getByRole('alert')).toHaveTextContent('does not allow it')
    })

    it('has a reminder and a shortcut, whose keys are those that the system reports', async () => {
        const { user, push } = await openSettings()
        expect(find('remind')).not.toBeChecked()
        expect(find('shortcut')).not.toBeChecked()
        await user.click(find('remind'))
        await user.click(find('shortcut'))
        expect(
            sent('change_setting')
                .slice(-2)
                .map(({ change }) => change),
        ).toEqual([
            { setting: 'remind', value: true },
            { setting: 'shortcut', value: true },
        ])
        expect(find('shortcut')).not.toBeChecked()
        await push('entitled', { settings: { ...initial, remind: true, shortcut: 'Ctrl+Alt+K' } })
        expect(find('remind')).toBeChecked()
        expect(find('shortcut')).toBeChecked()
        expect(screen.getByText('Ctrl+Alt+K opens and closes this window.')).toBeVisible()
        await user.click(find('shortcut'))
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'shortcut', value: false },
        })
    })

    it('can leave out the figure beside the icon, where a system shows it', async () => {
        const { user, push } = await openSettings()
        expect(query('figure')).toBeNull()
        await push('entitled', { settings: { ...initial, figure: true } })
        await user.click(find('figure'))
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'figure', value: false },
        })
    })

    it('takes an appearance and a language, by keyboard too', async () => {
        const { user } = await openSettings()
        await user.click(find('appearance-dark'))
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'appearance', value: 'dark' },
        })
        find('language-system').focus()
        await user.keyboard('{ArrowRight}{ArrowRight}')
        expect(sent('change_setting').at(-1)).toEqual({
            kind: 'change_setting',
            change: { setting: 'language', value: 'german' },
        })
    })
})

describe('diagnostics', () => {
    it('are saved on request, and the path is shown', async () => {
        const { user, push } = await openSettings()
        await user.click(find('save-diagnostics'))
        expect(sent('save_diagnostics')).toHaveLength(1)
        await push('entitled', { settings: { ...initial, diagnostics: { state: 'saving' } } })
        expect(find('save-diagnostics')).toBeDisabled()
        const file = '/home/ada/Downloads/tokenwell-diagnostics.txt'
        await push('entitled', { settings: { ...initial, diagnostics: { state: 'saved', file } } })
        expect(find('diagnostics-saved')).toHaveTextContent(file)
    })
})

describe('the document', () => {
    it.each([
        ['en-GB', 'system', 'ltr', ''],
        ['de-DE', 'dark', 'ltr', 'dark'],
        ['ar-XB', 'light', 'rtl', 'light'],
    ] as const)(
        'has language, direction and colour scheme of %s in %s',
        async (locale, appearance, direction, scheme) => {
            const { entitled } = views(Date.now())
            const settings = { ...initial, appearance }
            applyToDocument({ ...entitled, locale, settings })
            const page = document.documentElement
            expect([page.lang, page.dir, page.style.colorScheme]).toEqual([locale, direction, scheme])

            await openSettings({ appearance })
            const { violations } = await axe.run(document.body, {
                rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
            })
            expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
            applyToDocument(entitled)
        },
    )
})

describe('what whoever manages the computer has set', () => {
    it('is shown, and cannot be changed', async () => {
        const settings: SettingsView = {
            ...initial,
            appearance: 'dark',
            locked: ['start_at_login', 'appearance'],
        }
        const preset = { service: null, name: 'Example Studio', service_locked: false }
        const { user } = open('entitled', { settings, preset })
        await user.click(find('settings'))
        expect(screen.getAllByText('Example Studio has set this.')).toHaveLength(2)
        expect(find('start-at-login')).toBeDisabled()
        expect(find('appearance-light')).toBeDisabled()
        expect(find('appearance-dark')).toBeChecked()
        const before = sent('change_setting').length
        await user.click(find('appearance-light'))
        expect(sent('change_setting')).toHaveLength(before)
        expect(find('language-german')).toBeEnabled()
        expect((await axe.run(document.body)).violations).toEqual([])
    })
})
