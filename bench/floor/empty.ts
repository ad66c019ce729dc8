/** The least that a Lambda can be: what the platform itself costs. */
export function handler(): Promise<{ readonly statusCode: number }> {
  return Promise.resolve({ statusCode: 200 });
}
