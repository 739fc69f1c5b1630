import { render, screen } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect, vi } from 'vitest'
import Panel from '../Panel.svelte'
import type { Command, View } from '../lib/bindings'
import { views, wayTo, type StateName } from '../fixtures/views'
import { send } from '../lib/shell'

/** The panel in a state, and a simulated user. */
export function open(state: StateName, more: Partial<View> = {}) {
    const all: Record<StateName, View> = views(Date.now())
    const { rerender } = render(Panel, { view: { ...all[state], ...more } })
    return {
        user: userEvent.setup(),
        /** The shell pushes another view. */
        push: (next: StateName, more: Partial<View> = {}) => rerender({ view: { ...all[next], ...more } }),
    }
}

/** The panel in a state, on the page that the state is about. */
export async function goTo(state: StateName, more: Partial<View> = {}) {
    const opened = open(state, more)
    for (const page of wayTo(state)) {
        await opened.user.click(document.querySelector(`[data-leads-to="${page}"]`)!)
    }
    return opened
}

/** The account of one state, to be used in another state. */
export const accountOf = (state: StateName) => ({ accounts: views(Date.now())[state].accounts })

export const find = (id: string) => screen.getByTestId(id)
export const findAll = (id: string) => screen.getAllByTestId(id)
export const query = (id: string) => screen.queryByTestId(id)

/** Waits until no dialog that has just closed keeps the pointer from the rest. */
export const dialogsClosed = () =>
    vi.waitFor(() => expect(document.body).not.toHaveStyle({ pointerEvents: 'none' }))

/** The commands of this kind that the panel has sent, oldest first. */
export function sent<Kind extends Command['kind']>(kind: Kind): Extract<Command, { kind: Kind }>[] {
    const commands = vi.mocked(send).mock.calls.map(([command]) => command)
    return commands.filter((command): command is Extract<Command, { kind: Kind }> => command.kind === kind)
}
