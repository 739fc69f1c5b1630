
SwaggerUIBundle({
  dom_id: '#viewer',
  url: 'openapi.json',
  deepLinking: true,
  // The page only describes: it sends no requests, so nobody pastes a key into it, and no other host sees the description.
  supportedSubmitMethods: [],
  validatorUrl: null,
});
