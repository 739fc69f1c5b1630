// The only file that uses the Tauri API: sends commands to the shell and receives its views.
import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type { Command, View } from './bindings'

/** Calls `show` with the current view and with every view that the shell pushes. */
export async function watchView(show: (view: View) => void): Promise<void> {
    let pushed = false
    await listen<View>('view', ({ payload }) => {
        pushed = true
        show(payload)
    })
    const current = await invoke<View>('view')
    if (!pushed) show(current) // a view that was pushed meanwhile is newer
}

/** Whether the panel hangs at its tray icon, without a frame. The shell sets it (`src-tauri/src/panel.rs`). */
export const hangsAtIcon = (): boolean => 'tokenwellHangs' in window

/** Hands an API key of a platform to the shell, which stores it in the keyring. The next view shows the result. */
export function addKey(platform: string, key: string): Promise<void> {
    return invoke<void>('add_key', { platform, key })
}

/** Sends a command to the shell. The next view shows the result. */
export function send(command: Command): Promise<void> {
    return invoke<void>('command', { command })
}
