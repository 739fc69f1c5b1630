/**
 * A back end that sells pictures for tokens. Configured by the environment: `TOKENS` and `KEY` are the address of the service and a
 * service key with the scopes `accounts` and `spend`; `PORT` is where it listens.
 *
 * POST /pictures {"user": "user-42", "job": "job-7", "of": "a gull"}
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { accountOf, answered, Refused, tokenwell, withHold } from '../src/index.js'

const PRICE_AT_MOST = 100
const PRICE_OF_A_LETTER = 10

interface Order {
    user: string
    job: string
    of: string
}

function setting(name: string): string {
    const value = process.env[name]
    if (!value) throw new Error(`set ${name}`)
    return value
}

const tokens = tokenwell({ service: setting('TOKENS'), key: setting('KEY') })

async function orderOf(request: IncomingMessage): Promise<Order> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Order
}

/** The job itself. */
async function draw(of: string): Promise<string> {
    if (of.length * PRICE_OF_A_LETTER > PRICE_AT_MOST) throw new Error(`${of} does not fit on the paper`)
    return `<svg xmlns="http://www.w3.org/2000/svg"><text y="20">${encodeURI(of)}</text></svg>`
}

async function sell({ user, job, of }: Order): Promise<{ picture: string }> {
    const account = accountOf(user)
    // Names the account, or opens it. The same again changes nothing.
    answered(await tokens.PUT('/v1/accounts/{id}', { params: { path: { id: account } }, body: {} }))
    const picture = await withHold(
        tokens,
        { account, amount: PRICE_AT_MOST, reason: `A picture of ${of}`, key: job },
        async () => ({ used: of.length * PRICE_OF_A_LETTER, result: await draw(of) }),
    )
    return { picture }
}

/** What the user is told. */
function words(error: unknown): [status: number, message: string] {
    if (!(error instanceof Refused)) return [500, 'The picture could not be drawn. It cost nothing.']
    const { code, needed, spendable, remedy } = error.problem
    if (code !== 'insufficient_tokens') return [503, 'Please try again in a moment.']
    const missing = `This takes up to ${needed} tokens, and you have ${spendable}.`
    return [402, `${missing} ${remedy === 'add_tokens' ? 'Add tokens' : 'Choose a plan'} in Tokenwell.`]
}

const server = createServer((request, response) => {
    const reply = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method !== 'POST' || request.url !== '/pictures') {
        reply(404, { message: 'POST /pictures' })
        return
    }
    orderOf(request)
        .then(sell)
        .then((sold) => reply(200, sold))
        .catch((error: unknown) => {
            const [status, message] = words(error)
            reply(status, { message })
        })
})

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
