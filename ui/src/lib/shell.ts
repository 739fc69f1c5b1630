// The only file that knows the Tauri API: the commands that the panel sends to the shell, and the views that come back.
import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type { Command, View } from './bindings'

/**
 * Shows every view that the shell pushes, and the present one first.
 */
export async function watchView(show: (view: View) => void): Promise<void> {
    let pushed = false
    await listen<View>('view', ({ payload }) => {
        pushed = true
        show(payload)
    })
    const present = await invoke<View>('view')
    if (!pushed) show(present) // a push that overtook the answer is newer
}

/** Sends a command to the shell. The next view shows what it led to. */
export function send(command: Command): Promise<void> {
    return invoke<void>('command', { command })
}
