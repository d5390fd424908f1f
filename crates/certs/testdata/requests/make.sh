#!/bin/sh
# Makes the requests and certificates of this folder anew with OpenSSL 3, for one key that is kept and for others that are
# thrown away. Nothing here was ever used anywhere.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Multi-byte names as they are; merchant id first, as in issued certificates.
request() {
    openssl req -new -utf8 -key "$work/$1.key" -subj "$2" -out "$work/$1.csr"
}
issue() {
    openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 36500 -set_serial "0x$2" \
        -extfile "$work/leaf.cnf" -out "$3"
}
merchant='/CN=1900009191/O=微信商户系统/OU=深圳 好店/C=CN/L=ShenZhen'
echo 'basicConstraints=CA:FALSE' >"$work/leaf.cnf"

openssl genrsa -out "$work/own.key" 2048
openssl pkcs8 -topk8 -nocrypt -in "$work/own.key" -outform DER -out test_key.der
openssl genrsa -out "$work/other.key" 2048
openssl genrsa -out "$work/ca.key" 2048
openssl genrsa -out "$work/short.key" 1024
openssl ecparam -name prime256v1 -genkey -noout -out "$work/p256.key"
openssl ecparam -name SM2 -genkey -noout -out "$work/sm2.key"
openssl req -x509 -key "$work/ca.key" -subj '/CN=Test CA' -days 36500 -out "$work/ca.pem"
cp "$work/ca.pem" ca_certificate.pem

# Requests.
for key in short p256 other; do
    request "$key" "$merchant"
    cp "$work/$key.csr" "${key}_key_request.pem"
done
openssl req -new -utf8 -sm3 -key "$work/sm2.key" -subj "$merchant" -out sm2_key_request.pem

# Certificates.
request own "$merchant"
issue own 7A11CE0000000000000000000000000000000001 certificate.pem
issue own 7A11CE0000000000000000000000000000000002 renewed_certificate.pem
issue other 7A11CE0000000000000000000000000000000003 other_key_certificate.pem
request own '/CN=1900000109/O=微信商户系统/OU=别家/C=CN/L=ShenZhen'
issue own 7A11CE0000000000000000000000000000000004 own_key_other_merchant_certificate.pem
request other '/CN=1900000109/O=微信商户系统/OU=别家/C=CN/L=ShenZhen'
issue other 7A11CE0000000000000000000000000000000005 other_merchant_certificate.pem
request other '/CN=Tenpay.com sign/O=Tenpay.com/OU=Tenpay.com CA Center/C=CN/L=ShenZhen'
issue other 7A11CE0000000000000000000000000000000006 platform_certificate.pem
