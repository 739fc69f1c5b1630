import { expect, it } from 'vitest'
import { isServiceAddress } from './service_address'

it.each([
    ['https://tokens.example.com', true],
    ['  https://tokens.example.com/studio ', true],
    ['http://127.0.0.1:8787', true],
    ['http://localhost:8787', true],
    ['http://[::1]:8787', true],
    ['http://tokens.example.com', false],
    ['tokens.example.com', false],
    ['javascript:alert(1)', false],
    ['https://', false],
    ['', false],
])('a service at “%s” is accepted: %s', (address, accepted) => {
    expect(isServiceAddress(address)).toBe(accepted)
})
