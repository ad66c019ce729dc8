/** A typed name and the other forms in which the directory may hold it. */
export type LoginName = {
  readonly typed: string;
  /** Active Directory: the sAMAccountName inside an implicit principal name, `alice` in `alice@corp.example.com`. */
  readonly accountName: string | undefined;
};

export type NameForms = {
  /** LDAP_NETBIOS_DOMAIN. */
  readonly netbiosDomain: string | undefined;
  /** The DNS name of the domain that is searched, if that is one Active Directory domain. */
  readonly dnsDomain: string | undefined;
};

/**
 * The name as it was typed, understood. Active Directory takes `CORP\alice` and `alice@corp.example.com` for alice although
 * no attribute holds either (MS-ADTS 5.1.1.1.1). Undefined: a name in another NetBIOS domain, so an unknown user.
 */
export function understandName(typed: string, forms: NameForms): LoginName | undefined {
  const [domain, account] = splitOnce(typed, typed.indexOf('\\'));
  if (forms.netbiosDomain !== undefined && domain !== undefined) {
    const ours = domain.toLowerCase() === forms.netbiosDomain.toLowerCase();
    return ours && account !== '' ? { typed: account, accountName: undefined } : undefined;
  }
  const [user, realm] = splitOnce(typed, typed.lastIndexOf('@'));
  const isImplicit = user !== undefined && user !== '' && forms.dnsDomain !== undefined && realm.toLowerCase() === forms.dnsDomain;
  return { typed, accountName: isImplicit ? user : undefined };
}

/** What stands before and after the separator at `index`; before is undefined when there is none. */
function splitOnce(text: string, index: number): readonly [string | undefined, string] {
  return index < 0 ? [undefined, text] : [text.slice(0, index), text.slice(index + 1)];
}

/** `dc=corp,dc=example,dc=com`, with whatever stands before it, as `corp.example.com`; undefined where a DN ends otherwise. */
export function dnsDomainOf(dn: string): string | undefined {
  const labels: string[] = [];
  for (const rdn of dn.split(/(?<!\\),/).toReversed()) {
    const [type = '', value = '', ...more] = rdn.split('=').map((part) => part.trim().toLowerCase());
    if (type !== 'dc' || value === '' || more.length > 0 || /[+"\\]/.test(value)) break;
    labels.unshift(value);
  }
  return labels.length === 0 ? undefined : labels.join('.');
}

/** The domain's own entry, as far as a DN tells: its trailing `dc=` components. */
export function domainDnOf(dn: string): string | undefined {
  return dnsDomainOf(dn)
    ?.split('.')
    .map((label) => `dc=${label}`)
    .join(',');
}
