// Runs the certified OpenID provider of the npm package `oidc-provider` on a free port, as its documentation recommends for a
// native app: PKCE, resource indicators, refresh tokens that rotate.
//
// Prints `{ "origin": string }` on one line, and then a line for each event: `grant.revoked` when a refresh token was used
// twice. A browser signs in as the user that its cookie `user` names; the provider's pages are skipped. It ends with its stdin.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const API = 'https://tokens.example.com';

const accounts = {
    async findAccount(_, id) {
        const claims = async () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id });
        return { accountId: id, claims };
    },
};

function configuration() {
    return {
        ...accounts,
        clients: [
            {
                client_id: 'tokenwell-desktop',
                application_type: 'native',
                token_endpoint_auth_method: 'none',
                grant_types: ['authorization_code', 'refresh_token'],
                response_types: ['code'],
                redirect_uris: ['http://127.0.0.1/callback'],
            },
        ],
        claims: { email: ['email', 'email_verified'], profile: ['name'] },
        cookies: { keys: ['of a test'] },
        features: {
            devInteractions: { enabled: false },
            revocation: { enabled: true },
            resourceIndicators: {
                enabled: true,
                getResourceServerInfo: async (_, resource) => ({
                    audience: resource,
                    scope: '',
                    accessTokenFormat: 'jwt',
                    accessTokenTTL: 600,
                }),
            },
        },
        interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
        pkce: { required: () => true },
        ttl: { AccessToken: 600, Grant: 3600, IdToken: 600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
    };
}

/** Does what a person does on the provider's pages: signs in, then agrees to everything. */
async function interact(provider, request, response) {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
        const user = /user=(\w+)/.exec(request.headers.cookie)[1];
        return provider.interactionFinished(request, response, { login: { accountId: user } });
    }
    const grant = grantId
        ? await provider.Grant.find(grantId)
        : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(origin, configuration());
    const serve = provider.callback();
    provider.on('grant.revoked', () => console.log('grant.revoked'));
    server.on('request', (request, response) => {
        if (!request.url.startsWith('/interaction/')) return serve(request, response);
        return interact(provider, request, response).catch((error) => {
            response.statusCode = 500;
            response.end(String(error));
        });
    });
    console.log(JSON.stringify({ origin, api: API }));
});
process.stdin.resume();
process.stdin.on('end', () => process.exit());
