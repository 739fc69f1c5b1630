import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf, Refused, tokenwell, withHold } from '../src/index.js'

interface Call {
    path: string
    key: string | null
    body: unknown
}

/** A service that gives these responses, one after the other. `null` breaks the connection. */
function service(responses: ([number, object] | null)[], headers: Record<string, string> = {}) {
    const calls: Call[] = []
    const pauses: number[] = []
    const tokens = tokenwell({
        service: 'https://tokens.example.com',
        key: 'a key',
        pause: async (ms) => pauses.push(ms),
        fetch: async (request) => {
            assert.equal(request.headers.get('authorization'), 'Bearer a key')
            const text = await request.text()
            calls.push({
                path: decodeURIComponent(new URL(request.url).pathname),
                key: request.headers.get('idempotency-key'),
                body: text ? JSON.parse(text) : null,
            })
            const response = responses.shift()
            if (!response) throw new TypeError('fetch failed')
            const [status, body] = response
            return new Response(JSON.stringify(body), {
                status,
                headers: { 'content-type': 'application/json', ...headers },
            })
        },
    })
    return { tokens, calls, pauses }
}

const hold = { account: accountOf('user-42'), amount: 100, reason: 'A portrait', key: 'job-7' }
const held: [number, object] = [201, { id: 'hold-1', amount: 100, slices: [] }]
const ended: [number, object] = [409, { code: 'hold_ended', title: 'Hold ended', status: 409 }]
const done = async () => ({ used: 80, result: 'a picture' })

test('a job that is done is paid with what it used', async () => {
    const { tokens, calls } = service([held, [200, { id: 'hold-1', committed: 80 }]])
    assert.equal(await withHold(tokens, { ...hold, ttl_s: 60 }, done), 'a picture')
    assert.deepEqual(calls, [
        {
            path: '/v1/accounts/ext:user-42/holds',
            key: 'job-7-hold',
            body: { amount: 100, reason: 'A portrait', ttl_s: 60 },
        },
        { path: '/v1/holds/hold-1/commit', key: 'job-7-commit', body: { amount: 80 } },
    ])
})

test('a job that fails costs nothing, and what it threw is thrown', async () => {
    const { tokens, calls } = service([held, [200, {}]])
    const failed = new Error('no ink')
    await assert.rejects(
        withHold(tokens, hold, () => Promise.reject(failed)),
        failed,
    )
    assert.deepEqual(
        calls.map((call) => [call.path, call.key]),
        [
            ['/v1/accounts/ext:user-42/holds', 'job-7-hold'],
            ['/v1/holds/hold-1/release', 'job-7-release'],
        ],
    )
})

test('no job runs without a hold', async () => {
    const { tokens } = service([[402, { code: 'insufficient_tokens', needed: 100, spendable: 50 }]])
    const refused = await withHold(tokens, hold, () => assert.fail('it ran')).catch((error: unknown) => error)
    assert.ok(refused instanceof Refused)
    assert.deepEqual(
        [refused.status, refused.code, refused.problem.spendable],
        [402, 'insufficient_tokens', 50],
    )
})

test('a job that outlives its hold is paid with a spend', async () => {
    const { tokens, calls } = service([held, ended, [201, { id: 'spend-1' }]])
    assert.equal(await withHold(tokens, hold, done), 'a picture')
    assert.deepEqual(calls[2], {
        path: '/v1/accounts/ext:user-42/spends',
        key: 'job-7-spend',
        body: { amount: 80, reason: 'A portrait' },
    })
})

test('a job that outlives its hold and used nothing costs nothing', async () => {
    const { tokens, calls } = service([held, ended])
    assert.equal(await withHold(tokens, hold, async () => ({ used: 0, result: 'nothing' })), 'nothing')
    assert.equal(calls.length, 2)
})

test('what is not taken is said after the job', async () => {
    const { tokens } = service([held, [422, { code: 'commit_exceeds_hold', title: 'More than is on hold' }]])
    await assert.rejects(
        withHold(tokens, hold, async () => ({ used: 101, result: 'a mural' })),
        {
            name: 'Refused',
            code: 'commit_exceeds_hold',
        },
    )
})

test('a request that got no response is sent again with the same key and body', async () => {
    const { tokens, calls, pauses } = service([null, held, null, null, [200, {}]])
    assert.equal(await withHold(tokens, hold, done), 'a picture')
    assert.deepEqual(calls[0], calls[1])
    assert.deepEqual(calls[2], calls[4])
    assert.deepEqual(pauses, [250, 250, 500])
})

test('a service that asks to come back later is asked again after the time that it says', async () => {
    const { tokens, pauses } = service([[503, { code: 'overloaded' }], [429, {}], held, [200, {}]], {
        'retry-after': '2',
    })
    assert.equal(await withHold(tokens, hold, done), 'a picture')
    assert.deepEqual(pauses, [2000, 2000])
})

test('the last response is given if the service keeps asking to come back later', async () => {
    const { tokens, calls } = service(
        Array.from({ length: 9 }, (): [number, object] => [503, { code: 'overloaded' }]),
    )
    await assert.rejects(withHold(tokens, hold, done), { code: 'overloaded', status: 503 })
    assert.equal(calls.length, 5)
})
