import type { Pack } from './bindings'

export type Choice = { packId: string; quantity: number }

/** What 1,000 tokens of a pack cost, in minor units. */
const unitPrice = ({ amount, tokens }: Pack) => (amount * 1000) / tokens

/** How many percent a pack costs less per token than the dearest one in its currency. */
export function saving(pack: Pack, packs: Pack[]): number {
    const prices = packs.filter(({ currency }) => currency === pack.currency).map(unitPrice)
    return Math.floor((1 - unitPrice(pack) / Math.max(...prices)) * 100)
}

/** The cheapest way to buy at least as many tokens for less. */
export function cheaper(
    pack: Pack,
    quantity: number,
    packs: Pack[],
    max: number,
): { pack: Pack; quantity: number; less: number } | null {
    const [tokens, amount] = [pack.tokens * quantity, pack.amount * quantity]
    const ways = packs
        .filter((other) => other.id !== pack.id && other.currency === pack.currency)
        .map((other) => ({ pack: other, quantity: Math.ceil(tokens / other.tokens) }))
        .filter((way) => way.quantity <= max)
        .map((way) => ({ ...way, less: amount - way.pack.amount * way.quantity }))
        .filter(({ less }) => less > 0)
    return ways.sort((one, other) => other.less - one.less)[0] ?? null
}

/** The pack that is chosen at first: the one bought last, else the one in the middle. */
export function firstChoice(packs: Pack[], lastBought: string | undefined): Pack | undefined {
    return packs.find(({ id }) => id === lastBought) ?? packs[Math.floor(packs.length / 2)]
}
