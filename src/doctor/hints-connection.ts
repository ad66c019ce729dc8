import type { Server, TlsSettings } from '../config/config.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';

import { CA_VARIABLE } from './checks-stored.ts';
import type { Peer } from './peer-certificate.ts';
import { quoted, shown, shownHost } from './words.ts';

/** Why a server cannot be reached, and which variable to change. Pure: failures in, text out. */

export function dnsHint(server: Server, failure: Failure): string {
  return codeOf(failure) === 'ENOTFOUND'
    ? `LDAP_URL: there is no host ${quoted(server.host)}; correct the name, or let this network's resolver know it (VPC: DHCP options, Route 53 Resolver rules)`
    : `LDAP_URL: ${quoted(server.host)} could not be looked up (${detailOf(failure)}); no name server answers from here`;
}

/** By Node's error code; what is not here is told as it is. */
const TCP: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there: correct the port (636 for ldaps://, 389 for ldap://), or start the directory'],
  ['EHOSTUNREACH', 'there is no route to it: subnets, route tables, VPN'],
  ['ENETUNREACH', 'there is no route to it: subnets, route tables, VPN'],
  ['ECONNRESET', 'the connection was cut off: a firewall or a proxy between here and there'],
]);

export function tcpHint(server: Server, address: string, failure: Failure, connectTimeoutMs: number): string {
  const silent = `no answer within LDAP_CONNECT_TIMEOUT_MS=${String(connectTimeoutMs)}: a firewall or security group drops it, or the host is down`;
  const why = failure.reason === 'directory-timeout' ? silent : (TCP.get(codeOf(failure)) ?? detailOf(failure));
  return `LDAP_URL: ${address} port ${String(server.port)}: ${why}`;
}

/** OpenSSL's verification errors, as Node names them. */
const UNKNOWN_AUTHORITY =
  /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED_CERT_IN_CHAIN|CERT_UNTRUSTED|INVALID_CA)$/;

/** OpenSSL's verification errors and Node's check of the name; everything else in a handshake has one of these prefixes, or is the socket's. */
export function isAboutCertificate(failure: Failure): boolean {
  return (
    failure.reason === 'directory-tls-failure' &&
    failure.step === 'tls' &&
    !/^(?:ERR_SSL_|ERR_OSSL_|EPROTO|E[A-Z]+$|closed$|$)/.test(codeOf(failure))
  );
}

/** Node's code, where a socket or a handshake failed; otherwise empty. */
function codeOf({ cause }: Failure): string {
  return cause.kind === 'socket' ? cause.code : '';
}

export function certificateHint(server: Server, tls: TlsSettings, failure: Failure, peer: Peer, now: Date): string {
  return certificateText(server, tls, failure, peer, now).replaceAll('LDAP_TLS_CA', CA_VARIABLE[tls.ca?.kind ?? 'given']);
}

function certificateText(server: Server, tls: TlsSettings, failure: Failure, peer: Peer, now: Date): string {
  const code = codeOf(failure);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameHint(server, tls, peer);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return validityHint(server, peer, now);
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT')
    return `LDAP_TLS_CA: the server's certificate ${quoted(peer.subject)} is signed by itself; put that certificate there, or let an authority sign it`;
  if (code === 'CERT_SIGNATURE_FAILURE')
    return `LDAP_TLS_CA: the server's certificate is signed by ${quoted(peer.issuer)}, but not with the key of the authority of that name in LDAP_TLS_CA; was it renewed?`;
  if (code === 'UNABLE_TO_GET_ISSUER_CERT')
    // Unlike ..._LOCALLY: the issuer was found in LDAP_TLS_CA, and the issuer's own issuer is nowhere.
    return `LDAP_TLS_CA: it holds an authority above the server's certificate (signed by ${quoted(peer.issuer)}), and not the self-signed root at the top; add the root`;
  if (!UNKNOWN_AUTHORITY.test(code)) return `LDAP_TLS_CA: the server's certificate ${quoted(peer.subject)} was refused (${code})`;
  return authorityHint(code, tls, peer);
}

/** OpenSSL's code for a certificate that came alone tells that the server may have forgotten those in between. */
function authorityHint(code: string, { ca }: TlsSettings, peer: Peer): string {
  const where = ca === undefined ? "the system's roots do not hold" : 'LDAP_TLS_CA does not hold, or holds with another key';
  const unsent = code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ? ', and which the server does not send' : '';
  const set = ca === undefined ? 'set LDAP_TLS_CA to' : 'put there';
  return `LDAP_TLS_CA: the server's certificate is signed by ${signerOf(peer)}, which ${where}${unsent}; ${set} the certificate of ${quoted(peer.root)}, in PEM, and those above it up to the self-signed root`;
}

export function signerOf({ issuer, root }: Peer): string {
  return root === issuer ? quoted(issuer) : `${quoted(issuer)} under ${quoted(root)}`;
}

function nameHint(server: Server, { servername }: TlsSettings, { names, subject }: Peer): string {
  const held = names.length === 0 ? `no name (its common name ${quoted(subject)} does not count)` : names.map(quoted).join(', ');
  const asked = `the certificate is for ${held}, not for ${servername === undefined ? quoted(server.tlsName ?? server.host) : shownHost(servername, 'LDAP_TLS_SERVERNAME')}`;
  if (servername === undefined && server.tlsName !== undefined)
    return `LDAP_URL: ${asked}; with SRV records a certificate must have the name of the domain, because the name of the server comes from DNS: renew it with that name, or list in LDAP_URL the servers that you know`;
  const [first] = names;
  if (first === undefined) return `LDAP_TLS_SERVERNAME: ${asked}; the server needs a certificate with a subject alternative name`;
  return `LDAP_TLS_SERVERNAME: ${asked}; use one of these names in LDAP_URL, or set LDAP_TLS_SERVERNAME=${shown(first)}`;
}

function validityHint(server: Server, peer: Peer, now: Date): string {
  const host = quoted(server.host);
  if (peer.notAfter < now)
    return `LDAP_URL: the certificate of ${host} expired on ${dayOf(peer.notAfter)}; renew it on the server (no setting accepts it), or name another server`;
  if (peer.notBefore > now)
    return `LDAP_URL: the certificate of ${host} is valid only from ${dayOf(peer.notBefore)} on; correct the server's or this machine's clock, or name another server`;
  return `LDAP_TLS_CA: an authority above the certificate of ${host} (${quoted(peer.issuer)}) is not valid now; renew it and put the new one there`;
}

export function dayOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}

const ASK_FOR_ONE =
  'Ask the owners of the directory for one that the server trusts; set LDAP_TLS_CERT to the certificate and LDAP_TLS_KEY to its private key, each as PEM text or as the path of a PEM file';

export const CLIENT_CERTIFICATE = `LDAP_TLS_CERT: the server asks for a client certificate, or refuses this one. ${ASK_FOR_ONE}`;

export const HANGS_UP = `LDAP_TLS_CERT: the server closes the connection after the TLS handshake and answers nothing. Most servers that do so want a client certificate. ${ASK_FOR_ONE}. If they say that the server wants none, ask them what its log says`;

/** A server's alerts about a certificate of ours (RFC 8446, 6.2), as OpenSSL names them. */
const OUR_CERTIFICATE = /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|ALERT_UNKNOWN_CA|HANDSHAKE_FAILURE|ALERT_CERTIFICATE/;

/** TLS 1.3 tells it after the handshake, in the place of the first answer. */
export function isAboutOurCertificate(failure: Failure): boolean {
  return OUR_CERTIFICATE.test(codeOf(failure));
}

/** What a port speaks that does not speak what LDAP_URL says. */
export type Spoken = 'plain LDAP' | 'plain LDAP with StartTLS' | 'TLS' | 'unknown';

export function handshakeHint(server: Server, failure: Failure, spoken: Spoken): string {
  const port = String(server.port);
  if (spoken === 'TLS') return speaksTlsHint(server);
  if (server.transport === 'starttls') {
    if (spoken === 'plain LDAP')
      return `LDAP_STARTTLS: port ${port} speaks LDAP, but does not announce StartTLS (${detailOf(failure)}); use ldaps:// in LDAP_URL`;
    return `LDAP_STARTTLS: StartTLS failed on port ${port} (${detailOf(failure)}); does the server offer it, and has it a certificate?`;
  }
  if (spoken !== 'unknown')
    return `LDAP_URL: port ${port} speaks LDAP without TLS; use the server's port for ldaps:// (636), or ldap:// with LDAP_STARTTLS=true`;
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS/.test(codeOf(failure)))
    return 'LDAP_TLS_MIN_VERSION: the server and this setting have no TLS version in common';
  if (isAboutOurCertificate(failure)) return CLIENT_CERTIFICATE;
  if (/^(?:ECONNRESET|closed)$/.test(codeOf(failure)))
    return `LDAP_URL: port ${port} closes the connection during the TLS handshake (${detailOf(failure)}); correct the port (636 for ldaps://), or set LDAP_TLS_CERT if the server asks for a client certificate`;
  return failure.reason === 'directory-timeout'
    ? `LDAP_URL: port ${port} takes connections and stays silent (${detailOf(failure)}); correct the port, or look at the server: it may hang`
    : `LDAP_URL: port ${port} does not speak TLS (${detailOf(failure)}); correct the port (636 for ldaps://)`;
}

export function speaksTlsHint(server: Server): string {
  return `LDAP_URL: port ${String(server.port)} speaks TLS from its first byte; write ldaps:// instead of ldap://${server.transport === 'starttls' ? ' and unset LDAP_STARTTLS' : ''}`;
}
