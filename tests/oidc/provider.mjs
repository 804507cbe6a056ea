// A real OpenID provider (npm oidc-provider) that signs in whoever the test says, without asking.
// node provider.mjs FOLDER PORT CLIENT_ADDRESS OPTIONS: FOLDER holds node_modules.
import { pathToFileURL } from "node:url";

const [folder, port, client, options] = process.argv.slice(2);
const { Provider } = await import(
  pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`)
);
const { signedUserinfo, pkce } = JSON.parse(options);
let reader = { account: "somebody", acr: "eidas1", amr: ["pwd"] };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "geosites",
    client_secret: "a secret between the two of them",
    redirect_uris: [`${client}/sign-in/oidc/callback`],
    post_logout_redirect_uris: [`${client}/sign-in`],
    token_endpoint_auth_method: "client_secret_post",
    ...(signedUserinfo ? { userinfo_signed_response_alg: "RS256" } : {}),
  }],
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => pkce },
  acrValues: ["eidas1", "eidas2"],
  claims: { openid: ["sub"], acr: null, amr: null, function: ["function"], email: ["email"] },
  features: {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
  },
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, function: `function-of-${id}`, email: `${id}@mail.example` }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/reader") {
    reader = JSON.parse(ctx.query.is);
    ctx.body = "ok";
  } else if (ctx.path.startsWith("/interaction/")) {
    const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
    if (prompt.name === "login") {
      const { account: accountId, acr, amr } = reader;
      await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, acr, amr } });
    } else {
      const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      const grantId = await grant.save();
      await provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId } },
        { mergeWithLastSubmission: true });
    }
  } else {
    await next();
  }
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
