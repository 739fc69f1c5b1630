import axe from 'axe-core'
import { expect, it } from 'vitest'
import { views, type StateName } from '../fixtures/views'
import { goTo } from './panel'

it.each(Object.keys(views(0)) as StateName[])('the state “%s” has accessible names', async (state) => {
    await goTo(state)
    // jsdom has no colours; the contrast test checks them. The panel is part of a window and needs no landmarks.
    const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } }
    // The page behind a dialog is hidden. It has its own states.
    const onTop = document.querySelector<HTMLElement>('[role=dialog][data-dialog-content]')
    const { violations } = await axe.run(onTop ?? document.body, { rules })
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
})
