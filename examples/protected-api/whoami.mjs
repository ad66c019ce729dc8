/** Who has logged in, from the authorizer's context: strings; groups and attributes are JSON arrays, if they are configured. */
export async function handler(event) {
  const { username, dn, groups = '[]' } = event.requestContext.authorizer;
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ username, dn, groups: JSON.parse(groups) }),
  };
}
