import type { Candidate, Setting } from '../setting.ts';
import { makeCandidate as makeFloor } from './floor.ts';

/** The floor, without the key for X25519MLKEM768 that OpenSSL makes and sends with every connection: this service does not either. */
export function makeCandidate(setting: Setting): Promise<Candidate> {
  return makeFloor(setting, { ecdhCurve: 'X25519' });
}
