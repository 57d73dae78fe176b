#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A signed fault return, made with nothing but openssl and coreutils: the canonical forms are
# written out as the specifications say they must be, no XML software has a part in it.
#
#     sign_by_hand.sh KEY.pem ISSUER SERIAL > message.xml
#
# The certificate that ISSUER and SERIAL name must be of User 90-B3-D5-1F-30-01-00-00.
set -euo pipefail
key=$1 issuer=$2 serial=$3

begin='<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">'
content='<sr:Header>'\
'<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000</sr:RequestID>'\
'<sr:CommandVariant>8</sr:CommandVariant>'\
'<sr:ServiceReference>8.14</sr:ServiceReference>'\
'<sr:ServiceReferenceVariant>8.14.3</sr:ServiceReferenceVariant>'\
'</sr:Header>'\
'<sr:Body><sr:CHFFaultReturn>'\
'<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>'\
'<sr:CHFFaultReturnType>Fault identified prior to installation</sr:CHFFaultReturnType>'\
'<sr:OtherDeviceID>00-DB-12-34-56-78-90-A0</sr:OtherDeviceID>'\
'<sr:CHFConnectionMethod>Hot-shoe</sr:CHFConnectionMethod>'\
'<sr:CHFFaultReason>Damaged case</sr:CHFFaultReason>'\
'<sr:AdditionalInformation>R&amp;D &lt;caf'$'\xc3\xa9''&gt;</sr:AdditionalInformation>'\
'</sr:CHFFaultReturn></sr:Body>'
end='</sr:Request>'

digest=$(printf '%s' "$begin$content$end" | openssl dgst -sha256 -binary | base64 -w 0)

algorithm() { # ELEMENT NAME, as canonical XML writes an empty element
  printf '<ds:%s Algorithm="%s"></ds:%s>' "$1" "$2" "$1"
}
references=$(algorithm CanonicalizationMethod 'http://www.w3.org/2001/10/xml-exc-c14n#'
  algorithm SignatureMethod 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'
  printf '<ds:Reference URI=""><ds:Transforms>'
  algorithm Transform 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
  printf '</ds:Transforms>'
  algorithm DigestMethod 'http://www.w3.org/2001/04/xmlenc#sha256'
  printf '<ds:DigestValue>%s</ds:DigestValue></ds:Reference>' "$digest")
dsig='xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'

# In its canonical form SignedInfo declares the prefix, in the document its parent does.
der=$(printf '<ds:SignedInfo %s>%s</ds:SignedInfo>' "$dsig" "$references" |
  openssl dgst -sha256 -sign "$key" | od -An -v -tx1 | tr -d ' \n')

# DER, in hexadecimal: 30 length, then r and s, each as 02 length integer. An integer has a zero
# octet in front if it would look negative, and none where it happens to begin with zeros.
rest=${der:4}
raw=
zeros=$(printf '%064d' 0)
for _ in r s; do
  digits=$((16#${rest:2:2} * 2))
  integer=$zeros${rest:4:digits}
  rest=${rest:4+digits}
  raw+=${integer: -64}
done
value=$(for ((i = 0; i < ${#raw}; i += 2)); do printf "\\x${raw:i:2}"; done | base64 -w 0)

printf '%s' '<?xml version="1.0" encoding="UTF-8"?>' "$begin" "$content" \
  "<ds:Signature $dsig><ds:SignedInfo>$references</ds:SignedInfo>" \
  "<ds:SignatureValue>$value</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>" \
  "<ds:X509IssuerName>$issuer</ds:X509IssuerName>" \
  "<ds:X509SerialNumber>$serial</ds:X509SerialNumber>" \
  '</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>' "$end"
