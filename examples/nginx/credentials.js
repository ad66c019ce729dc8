// njs, for nginx. Names an entry of the cache: the same for the same credentials, and of no use to whoever reads the disk.
import crypto from 'crypto';

const hash = (request) =>
  crypto
    .createHmac('sha256', request.variables.ldap_auth_key)
    .update(request.headersIn.Authorization || '')
    .digest('hex');

export default { hash };
