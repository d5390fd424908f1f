#!/bin/sh
# Makes the test data of this folder anew with OpenSSL 3. Nothing here was ever used anywhere.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/issuer.key" -out "$work/issuer.pem" -days 36500 \
    -subj '/CN=Test issuer' 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/request.pem" -subj '/CN=1900000001' 2>/dev/null
openssl x509 -req -in "$work/request.pem" -CA "$work/issuer.pem" -CAkey "$work/issuer.key" -days 36500 \
    -set_serial 0x4A11CE0000000000000000000000000000000001 -out "$work/certificate.pem" 2>/dev/null

openssl pkcs8 -topk8 -nocrypt -in "$work/key.pem" -outform DER -out key.der
openssl x509 -in "$work/certificate.pem" -outform DER -out certificate.der
openssl x509 -in "$work/issuer.pem" -outform DER -out issuer.der

export_p12() {
    openssl pkcs12 -export -passout pass:1900000001 -in "$work/certificate.pem" -certfile "$work/issuer.pem" "$@"
}
export_p12 -inkey "$work/key.pem" -out aes256.p12
export_p12 -inkey "$work/key.pem" -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out triple_des.p12
export_p12 -inkey "$work/key.pem" -legacy -out rc2.p12
export_p12 -nokeys -out no_key.p12
