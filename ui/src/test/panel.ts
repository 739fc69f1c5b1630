import { render, screen } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { vi } from 'vitest'
import Panel from '../Panel.svelte'
import type { Command, View } from '../lib/bindings'
import { views, wayTo, type StateName } from '../fixtures/views'
import { send } from '../lib/shell'

/** The panel in a state, and a user in front of it. */
export function open(state: StateName, more: Partial<View> = {}) {
    const all: Record<StateName, View> = views(Date.now())
    const { rerender } = render(Panel, { view: { ...all[state], ...more } })
    return {
        user: userEvent.setup(),
        /** The shell pushes another view. */
        push: (next: StateName, more: Partial<View> = {}) => rerender({ view: { ...all[next], ...more } }),
    }
}

/** The same, with the user on the page that the state is about. */
export async function goTo(state: StateName, more: Partial<View> = {}) {
    const opened = open(state, more)
    for (const place of wayTo(state)) {
        await opened.user.click(document.querySelector(`[data-leads-to="${place}"]`)!)
    }
    return opened
}

/** The account of a state, which may be in another state by now. */
export const accountOf = (state: StateName) => ({ accounts: views(Date.now())[state].accounts })

export const find = (hook: string) => screen.getByTestId(hook)
export const findAll = (hook: string) => screen.getAllByTestId(hook)
export const seek = (hook: string) => screen.queryByTestId(hook)

/** The commands of this kind that the panel has sent, oldest first. */
export function sent<Kind extends Command['kind']>(kind: Kind): Extract<Command, { kind: Kind }>[] {
    const commands = vi.mocked(send).mock.calls.map(([command]) => command)
    return commands.filter((command): command is Extract<Command, { kind: Kind }> => command.kind === kind)
}
