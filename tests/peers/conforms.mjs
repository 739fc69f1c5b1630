// Holds requests and answers of Stripe's API against the types of the official SDK, with TypeScript's own checker.
//
// Reads `{ "requests": [{ "method", "path", "form" }], "answers": [object] }` from stdin; prints each misfit and ends
// with 1 if there is one. What has no type here is a misfit too.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PARAMS = [
    ['POST', /^\/v1\/customers$/, 'CustomerCreateParams'],
    ['POST', /^\/v1\/checkout\/sessions$/, 'Checkout.SessionCreateParams'],
    ['POST', /^\/v1\/checkout\/sessions\/[^/]+\/expire$/, 'Checkout.SessionExpireParams'],
    ['GET', /^\/v1\/checkout\/sessions$/, 'Checkout.SessionListParams'],
    ['GET', /^\/v1\/checkout\/sessions\/[^/]+$/, 'Checkout.SessionRetrieveParams'],
    ['POST', /^\/v1\/billing_portal\/sessions$/, 'BillingPortal.SessionCreateParams'],
    ['GET', /^\/v1\/prices$/, 'PriceListParams'],
    ['GET', /^\/v1\/prices\/[^/]+$/, 'PriceRetrieveParams'],
    ['GET', /^\/v1\/payment_intents\/[^/]+$/, 'PaymentIntentRetrieveParams'],
    ['GET', /^\/v1\/charges\/[^/]+$/, 'ChargeRetrieveParams'],
    ['GET', /^\/v1\/disputes$/, 'DisputeListParams'],
    ['GET', /^\/v1\/invoices$/, 'InvoiceListParams'],
    ['GET', /^\/v1\/subscriptions$/, 'SubscriptionListParams'],
    ['GET', /^\/v1\/subscriptions\/[^/]+$/, 'SubscriptionRetrieveParams'],
    ['DELETE', /^\/v1\/subscriptions\/[^/]+$/, 'SubscriptionCancelParams'],
    ['GET', /^\/v1\/events$/, 'EventListParams'],
];

const OBJECTS = {
    'billing_portal.session': 'BillingPortal.Session',
    charge: 'Charge',
    'checkout.session': 'Checkout.Session',
    customer: 'Customer',
    dispute: 'Dispute',
    event: 'Event',
    invoice: 'Invoice',
    payment_intent: 'PaymentIntent',
    price: 'Price',
    product: 'Product',
    refund: 'Refund',
    subscription: 'Subscription',
};

/** `a[b][0]=1&c[]=x` as an object: numbers and flags as such, except in metadata, where everything is text. */
function decoded(form) {
    const root = {};
    for (const [name, text] of new URLSearchParams(form)) {
        const steps = name.split(/\[|\]\[|\]/).filter((step, index) => index === 0 || step !== '' || name.includes('[]'));
        if (steps.at(-1) === '' && !name.endsWith('[]')) steps.pop();
        if (name.endsWith('[]')) steps.splice(steps.indexOf(''), steps.length, '');
        let place = root;
        steps.forEach((step, index) => {
            const key = step === '' ? Object.keys(place).length : step;
            const last = index === steps.length - 1;
            if (last) place[key] = name.includes('metadata') ? text : value(text);
            else place = place[key] ??= {};
        });
    }
    return arrays(root);
}

function value(text) {
    if (/^\d+$/.test(text)) return Number(text);
    return text === 'true' || text === 'false' ? text === 'true' : text;
}

function arrays(node) {
    if (typeof node !== 'object') return node;
    const entries = Object.entries(node).map(([key, inner]) => [key, arrays(inner)]);
    const numbered = entries.length > 0 && entries.every(([key], index) => key === String(index));
    return numbered ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const misfits = [];
const lines = ["import type Stripe from 'stripe';"];
const meanings = [null];

function hold(what, type, object) {
    // The SDK makes decimals out of what is text on the wire.
    const literal = JSON.stringify(object).replace(/("\w+_decimal":)("[\d.]+")/g, '$1($2 as any)');
    lines.push(`export const x${lines.length}: Stripe.${type} = ${literal};`);
    meanings.push(`${what} is no ${type}`);
}

function answer(what, object) {
    if (object.object === 'list') {
        const { data, ...rest } = object;
        hold(what, 'ApiList<never>', { ...rest, data: [] });
        data.forEach((element) => answer(`${what}, an element`, element));
    } else if (object.deleted) {
        hold(what, 'DeletedCustomer', object);
    } else if (OBJECTS[object.object]) {
        hold(`${what}, ${object.object}${object.type ? ` ${object.type}` : ''}`, OBJECTS[object.object], object);
    } else {
        misfits.push(`${what}: there is no type for the object ${object.object}`);
    }
}

const { requests, answers } = JSON.parse(readFileSync(0, 'utf8'));
for (const { method, path, form } of requests) {
    const params = PARAMS.find(([verb, pattern]) => verb === method && pattern.test(path));
    if (params) hold(`the request ${method} ${path}?${form}`, params[2], decoded(form));
    else misfits.push(`there is no type for the request ${method} ${path}`);
}
for (const { what, object } of answers) answer(what, object);

const here = path.dirname(fileURLToPath(import.meta.url));
const file = path.join(here, 'held.ts');
const options = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const host = ts.createCompilerHost(options);
const read = host.getSourceFile;
host.getSourceFile = (name, ...rest) =>
    path.resolve(name) === file ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.Latest) : read(name, ...rest);
const program = ts.createProgram([file], options, host);
for (const misfit of ts.getPreEmitDiagnostics(program)) {
    const line = misfit.file?.getLineAndCharacterOfPosition(misfit.start).line;
    const why = ts.flattenDiagnosticMessageText(misfit.messageText, ' ').slice(0, 600);
    misfits.push(`${meanings[line] ?? 'the check itself'}: ${why}`);
}
console.log(misfits.length ? misfits.join('\n') : `${requests.length} requests and ${answers.length} answers fit`);
process.exitCode = misfits.length ? 1 : 0;
