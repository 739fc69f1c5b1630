import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
    plugins: [svelte(), svelteTesting()],
    server: { port: 5173, strictPort: true },
    build: {
        // WebView2 and the system WebKits that Tauri runs on; fonts stay files because the CSP has no `data:` fonts.
        target: ['chrome120', 'safari16.4'],
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        // The benchmarks show the panel's gallery in a browser.
        rolldownOptions: { input: mode === 'gallery' ? 'gallery.html' : 'index.html' },
    },
    test: {
        environment: 'jsdom',
        css: true,
        setupFiles: 'src/test/setup.ts',
        include: ['src/**/*.test.ts'],
        // A test does not depend on how fast the machine is.
        testTimeout: 120_000,
    },
}))
