// Checks requests to Stripe's API and its responses against the types of the official SDK, with the TypeScript compiler.
//
// Reads `{ "requests": [{ "method", "path", "form" }], "answers": [{ "what", "object" }] }` from stdin. Prints each mismatch,
// and exits with 1 if there is one. A request or object without a type in this file is a mismatch too.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PARAMS = [
    ['POST', /^\/v1\/customers$/, 'CustomerCreateParams'],
    ['POST', /^\/v1\/customers\/[^/]+$/, 'CustomerUpdateParams'],
    ['DELETE', /^\/v1\/customers\/[^/]+$/, 'CustomerDeleteParams'],
    ['POST', /^\/v1\/checkout\/sessions$/, 'Checkout.SessionCreateParams'],
    ['POST', /^\/v1\/checkout\/sessions\/[^/]+\/expire$/, 'Checkout.SessionExpireParams'],
    ['GET', /^\/v1\/checkout\/sessions$/, 'Checkout.SessionListParams'],
    ['GET', /^\/v1\/checkout\/sessions\/[^/]+$/, 'Checkout.SessionRetrieveParams'],
    ['POST', /^\/v1\/billing_portal\/sessions$/, 'BillingPortal.SessionCreateParams'],
    ['GET', /^\/v1\/billing_portal\/configurations$/, 'BillingPortal.ConfigurationListParams'],
    ['GET', /^\/v1\/billing_portal\/configurations\/[^/]+$/, 'BillingPortal.ConfigurationRetrieveParams'],
    ['GET', /^\/v1\/prices$/, 'PriceListParams'],
    ['GET', /^\/v1\/prices\/[^/]+$/, 'PriceRetrieveParams'],
    ['GET', /^\/v1\/products\/[^/]+$/, 'ProductRetrieveParams'],
    ['GET', /^\/v1\/payment_intents$/, 'PaymentIntentListParams'],
    ['GET', /^\/v1\/payment_intents\/[^/]+$/, 'PaymentIntentRetrieveParams'],
    ['GET', /^\/v1\/charges\/[^/]+$/, 'ChargeRetrieveParams'],
    ['GET', /^\/v1\/disputes$/, 'DisputeListParams'],
    ['GET', /^\/v1\/invoice_payments$/, 'InvoicePaymentListParams'],
    ['GET', /^\/v1\/invoices$/, 'InvoiceListParams'],
    ['GET', /^\/v1\/invoices\/[^/]+$/, 'InvoiceRetrieveParams'],
    ['GET', /^\/v1\/invoices\/[^/]+\/lines$/, 'InvoiceListLineItemsParams'],
    ['GET', /^\/v1\/subscription_items$/, 'SubscriptionItemListParams'],
    ['GET', /^\/v1\/subscriptions$/, 'SubscriptionListParams'],
    ['GET', /^\/v1\/subscriptions\/[^/]+$/, 'SubscriptionRetrieveParams'],
    ['DELETE', /^\/v1\/subscriptions\/[^/]+$/, 'SubscriptionCancelParams'],
    ['GET', /^\/v1\/events$/, 'EventListParams'],
    ['GET', /^\/v1\/charges$/, 'ChargeListParams'],
    ['GET', /^\/v1\/payment_intents$/, 'PaymentIntentListParams'],
    ['GET', /^\/v1\/billing_portal\/configurations$/, 'BillingPortal.ConfigurationListParams'],
    ['GET', /^\/v1\/webhook_endpoints$/, 'WebhookEndpointListParams'],
    ['GET', /^\/v1\/tax\/settings$/, 'Tax.SettingsRetrieveParams'],
    ['GET', /^\/v1\/tax\/registrations$/, 'Tax.RegistrationListParams'],
];

const OBJECTS = {
    'billing_portal.configuration': 'BillingPortal.Configuration',
    'billing_portal.session': 'BillingPortal.Session',
    charge: 'Charge',
    'checkout.session': 'Checkout.Session',
    coupon: 'Coupon',
    customer: 'Customer',
    customer_balance_transaction: 'CustomerBalanceTransaction',
    dispute: 'Dispute',
    event: 'Event',
    invoice: 'Invoice',
    invoice_payment: 'InvoicePayment',
    line_item: 'InvoiceLineItem',
    invoiceitem: 'InvoiceItem',
    payment_intent: 'PaymentIntent',
    price: 'Price',
    product: 'Product',
    promotion_code: 'PromotionCode',
    refund: 'Refund',
    subscription: 'Subscription',
    subscription_item: 'SubscriptionItem',
    'tax.registration': 'Tax.Registration',
    'tax.settings': 'Tax.Settings',
    webhook_endpoint: 'WebhookEndpoint',
};

/** Decodes `a[b][0]=1&c[]=x` to an object. Numbers and booleans are converted, except in metadata, which is all text. */
function decoded(form) {
    const root = {};
    for (const [name, text] of new URLSearchParams(form)) {
        const steps = name.split(/\[|\]\[|\]/).filter((step, index) => index === 0 || step !== '' || name.includes('[]'));
        if (steps.at(-1) === '' && !name.endsWith('[]')) steps.pop();
        if (name.endsWith('[]')) steps.splice(steps.indexOf(''), steps.length, '');
        let node = root;
        steps.forEach((step, index) => {
            const key = step === '' ? Object.keys(node).length : step;
            const last = index === steps.length - 1;
            if (last) node[key] = name.includes('metadata') ? text : value(text);
            else node = node[key] ??= {};
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

const mismatches = [];
const lines = ["import type Stripe from 'stripe';"];
const descriptions = [null];

function check(label, type, object) {
    // The SDK converts decimals, which are text in the JSON.
    const literal = JSON.stringify(object).replace(/("\w+_decimal":)("[\d.]+")/g, '$1($2 as any)');
    lines.push(`export const x${lines.length}: Stripe.${type} = ${literal};`);
    descriptions.push(`${label} is not a ${type}`);
}

function checkResponse(label, object) {
    if (object.object === 'list') {
        const { data, ...rest } = object;
        check(label, 'ApiList<never>', { ...rest, data: [] });
        data.forEach((element) => checkResponse(`${label}, an element`, element));
    } else if (object.deleted) {
        check(label, 'DeletedCustomer', object);
    } else if (OBJECTS[object.object]) {
        check(`${label}, ${object.object}${object.type ? ` ${object.type}` : ''}`, OBJECTS[object.object], object);
    } else {
        mismatches.push(`${label}: no type for the object ${object.object}`);
    }
}

const { requests, answers } = JSON.parse(readFileSync(0, 'utf8'));
for (const { method, path, form } of requests) {
    const params = PARAMS.find(([verb, pattern]) => verb === method && pattern.test(path));
    if (params) check(`the request ${method} ${path}?${form}`, params[2], decoded(form));
    else mismatches.push(`no type for the request ${method} ${path}`);
}
for (const { what: label, object } of answers) checkResponse(label, object);

const here = path.dirname(fileURLToPath(import.meta.url));
const file = path.join(here, 'checked.ts');
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
for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start).line;
    const why = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').slice(0, 600);
    mismatches.push(`${descriptions[line] ?? 'the check itself'}: ${why}`);
}
const summary = `${requests.length} requests and ${answers.length} responses match`;
console.log(mismatches.length ? mismatches.join('\n') : summary);
process.exitCode = mismatches.length ? 1 : 0;
