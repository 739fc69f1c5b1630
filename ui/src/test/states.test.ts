import axe from 'axe-core'
import { expect, it } from 'vitest'
import { views, type StateName } from '../fixtures/views'
import { goTo } from './panel'

it.each(Object.keys(views(0)) as StateName[])(
    'the state “%s” has a name for everything on screen',
    async (state) => {
        await goTo(state)
        // Colours are held by the contrast test: there are none in here. The panel is not a page with landmarks of its own.
        const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } }
        // What is behind a dialog is hidden from everybody, and has states of its own.
        const onTop = document.querySelector<HTMLElement>('[role=dialog][data-dialog-content]')
        const { violations } = await axe.run(onTop ?? document.body, { rules })
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    },
)
