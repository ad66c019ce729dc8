"""Loads a provisioned domain, in one process and one transaction.

Usage: populate-domain.py smb.conf < population.json

  {"entries": [{"dn", "attributes": {name: [base64]}}],   added, as an administrator would
   "changes": [{"dn", "attributes"}],                     replaced, as an administrator would
   "raw":     [{"dn", "attributes"}],                     replaced behind the domain's back: times it would not let us set
   "aces":    [{"dn", "ace"}], "service": dn}             access, as SDDL; SERVICE stands for the SID of that account

All of it is done to the database file: no server runs yet.
"""

import base64
import json
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils


def message(samdb, record, flags):
    result = ldb.Message(ldb.Dn(samdb, record["dn"]))
    for name, values in record["attributes"].items():
        decoded = [base64.b64decode(value) for value in values]
        result[name] = ldb.MessageElement(decoded, flags, name)
    return result


def apply(samdb, what, records, operation):
    for record in records:
        try:
            operation(record)
        except ldb.LdbError as error:
            sys.exit(f"{what} {record['dn']}: {error.args[1]}")


def main():
    population = json.load(sys.stdin)
    parameters = LoadParm()
    parameters.load(sys.argv[1])
    samdb = SamDB(session_info=system_session(), lp=parameters)
    # Any password, none too old: the people of the tests have one of a single character, and live in a cache.
    samdb.set_minPwdLength("0")
    samdb.set_pwdProperties("0")
    samdb.set_minPwdAge("0")
    samdb.set_maxPwdAge(str(-3650 * 24 * 3600 * 10**7))

    samdb.transaction_start()
    apply(samdb, "add", population["entries"], lambda r: samdb.add(message(samdb, r, ldb.FLAG_MOD_ADD)))
    apply(samdb, "change", population["changes"], lambda r: samdb.modify(message(samdb, r, ldb.FLAG_MOD_REPLACE)))
    access = SDUtils(samdb)
    service = str(access.get_object_sid(population["service"]))
    for record in population["aces"]:
        access.dacl_add_ace(record["dn"], record["ace"].replace("SERVICE", service))
    samdb.transaction_commit()

    partition = parameters.private_path("sam.ldb.d/" + str(samdb.domain_dn()).upper() + ".ldb")
    raw = ldb.Ldb(partition, options=["modules:"])
    raw.transaction_start()
    apply(raw, "set", population["raw"], lambda r: raw.modify(message(raw, r, ldb.FLAG_MOD_REPLACE)))
    raw.transaction_commit()


main()
