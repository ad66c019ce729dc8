/** The version in package.json, as a constant: the deployed doctor has no package.json beside it. test/doctor keeps the two equal. */
export const VERSION = '1.0.0';
