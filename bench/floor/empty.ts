/** The least that a Lambda can be: what the platform itself costs. */
export const handler = (): Promise<{ readonly statusCode: number }> => Promise.resolve({ statusCode: 200 });
