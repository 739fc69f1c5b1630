
const nothing = () => () => null;

SwaggerUIBundle({
  dom_id: '#viewer',
  url: 'openapi.json',
  deepLinking: true,
  // The page only describes: it sends no requests and asks for no key, and no other host sees the description.
  supportedSubmitMethods: [],
  validatorUrl: null,
  plugins: [{ wrapComponents: { SchemesContainer: nothing, AuthorizeBtnContainer: nothing, authorizeOperationBtn: nothing } }],
});
