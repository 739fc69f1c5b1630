// Signs an access token with every algorithm that OpenID Connect issuers use, by Node's own cryptography (OpenSSL).
//
// Reads `{ "claims": object }` from stdin; prints `{ "keys": [JWK], "tokens": [{ "algorithm", "kid", "token" }] }`.
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { claims } = JSON.parse(readFileSync(0, 'utf8'));

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const fixed = { dsaEncoding: 'ieee-p1363' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');

const ALGORITHMS = [
    ['RS256', rsa, 'sha256', {}],
    ['RS384', rsa, 'sha384', {}],
    ['RS512', rsa, 'sha512', {}],
    ['PS256', rsa, 'sha256', pss],
    ['PS384', rsa, 'sha384', pss],
    ['PS512', rsa, 'sha512', pss],
    ['ES256', p256, 'sha256', fixed],
    ['ES384', p384, 'sha384', fixed],
    ['EdDSA', ed25519, null, {}],
];

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const keys = [];
const tokens = [];
for (const [algorithm, { publicKey, privateKey }, digest, options] of ALGORITHMS) {
    const kid = `node-${algorithm}`;
    keys.push({ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' });
    const signed = `${part({ typ: 'JWT', alg: algorithm, kid })}.${part(claims)}`;
    const signature = sign(digest, Buffer.from(signed), { key: privateKey, ...options });
    tokens.push({ algorithm, kid, token: `${signed}.${signature.toString('base64url')}` });
}
console.log(JSON.stringify({ keys, tokens }));
