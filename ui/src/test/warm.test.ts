import { render } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { tick } from 'svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import App from '../App.svelte'
import { views } from '../fixtures/views'
import type { View } from '../lib/bindings'
import { send, watchView } from '../lib/shell'
import { find, query, sent } from './panel'

const { entitled } = views(Date.now())

/** The app in its window, whose shell pushes views. */
async function running() {
    let show: (view: View) => void = () => {}
    vi.mocked(watchView).mockImplementation(async (pushed) => void (show = pushed))
    render(App)
    return async (view: Partial<View>) => {
        show({ ...entitled, ...view })
        await tick()
    }
}

beforeEach(() => {
    vi.clearAllMocks()
})

it('a reopened panel starts at Home, without the dialogs and inputs of before', async () => {
    const push = await running()
    const user = userEvent.setup()
    await push({})
    await user.click(find('settings'))
    await user.type(find('new-threshold'), '12')
    await user.click(find('balance-chip'))
    await user.click(find('breakdown-add-tokens'))
    expect(find('add-tokens-dialog')).toBeInTheDocument()

    await push({ open: false })
    await vi.waitFor(() => expect(document.body).toHaveTextContent(/^$/))
    // A dialog stops the page behind it from scrolling until it closes.
    await vi.waitFor(() => expect(document.body.style.cssText).toBe(''))
    expect(document.querySelectorAll('[role]')).toHaveLength(0)

    vi.mocked(send).mockClear()
    await push({})
    expect(find('spendable')).toBeInTheDocument()
    expect(query('add-tokens-dialog')).toBeNull()
    expect(sent('visit')).toEqual([{ kind: 'visit', page: 'home' }])
    await user.click(find('settings'))
    expect(find('new-threshold')).toHaveValue(null)
})

it('a warm panel that is opened with a prompt shows the prompt', async () => {
    const push = await running()
    await push({ open: false })
    await push({ prompt: { prompt: 'add_tokens' } })
    expect(find('add-tokens-dialog')).toBeInTheDocument()
})
