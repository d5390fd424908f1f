#!/bin/sh
# Makes the test data of this folder anew with OpenSSL 3. Nothing here was ever used anywhere: the keys are test keys, and
# the certificates only look like WeChat Pay's.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A key, its certificate and their bundles, as plain as can be.
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

# The same key in every form that a key has.
cp "$work/key.pem" test_key_pkcs8.pem
openssl rsa -in "$work/key.pem" -traditional -out test_key_pkcs1.pem 2>/dev/null
openssl pkcs8 -topk8 -in "$work/key.pem" -v2 aes-256-cbc -passout pass:open-sesame -out test_key_encrypted.pem
openssl pkcs8 -topk8 -in "$work/key.pem" -v1 PBE-SHA1-3DES -passout pass:open-sesame -out test_key_encrypted_pbes1.pem
openssl rsa -in "$work/key.pem" -traditional -aes128 -passout pass:open-sesame -out test_key_encrypted_old.pem 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out public_key.pem
openssl rsa -in "$work/key.pem" -RSAPublicKey_out -out public_key_pkcs1.pem 2>/dev/null
openssl genrsa -out "$work/short.pem" 1024 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in "$work/short.pem" -out test_key_1024.pem
openssl ecparam -name prime256v1 -genkey -noout -out test_key_ec_sec1.pem
openssl pkcs8 -topk8 -nocrypt -in test_key_ec_sec1.pem -out test_key_ec.pem
cp "$work/request.pem" request.pem

# `authority NAME ISSUER SUBJECT EXTENSIONS [REQ OPTIONS]`: NAME.key and NAME.pem, signed by ISSUER, or by itself.
authority() {
    name=$1 issuer=$2 subject=$3 extensions=$4
    shift 4
    printf '[ext]\n%s\n' "$extensions" >"$work/ext"
    [ -e "$work/$name.key" ] || openssl genrsa -out "$work/$name.key" 2048 2>/dev/null
    openssl req -new -utf8 -key "$work/$name.key" -subj "$subject" -out "$work/$name.csr"
    if [ "$issuer" = "$name" ]; then
        set -- -signkey "$work/$name.key" "$@"
    else
        set -- -CA "$work/$issuer.pem" -CAkey "$work/$issuer.key" "$@"
    fi
    openssl x509 -req -in "$work/$name.csr" -extfile "$work/ext" -extensions ext -out "$work/$name.pem" "$@" 2>/dev/null
}
ca='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
lowest_ca='basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign'
# Real leaves have no key identifiers.
leaf='subjectKeyIdentifier=none
authorityKeyIdentifier=none
basicConstraints=CA:FALSE
keyUsage=digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment'

# Three levels like the real chain: both upper CAs signed with SHA-1, the lowest called a root although it is none.
authority upper upper '/C=CN/O=Test upper/CN=Test Class 2 Root CA' "$ca" -sha1 -days 36500 -set_serial 0x11
authority middle upper '/C=CN/O=Test upper/CN=Test Class 2 Enterprise CA' "$ca" -sha1 -days 36500 -set_serial 0x12
authority tenpay middle '/C=CN/O=Tenpay.com/OU=Tenpay.com CA Center/CN=Tenpay.com Root CA' "$lowest_ca" \
    -sha256 -days 36500 -set_serial 0x1BD4220E50DBC04B06AD397549846C01C3E8EBD3
cp "$work/key.pem" "$work/ca_issued.key"
authority ca_issued tenpay '/CN=1900000001/O=微信商户系统/OU=测试商户有限公司/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x0A11CE0000000000000000000000000000000001
cp "$work/key.pem" "$work/serial39.key"
authority serial39 tenpay '/CN=1900000001/O=微信商户系统/OU=测试商户有限公司/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x11CE0000000000000000000000000000000001
authority platform tenpay '/CN=Tenpay.com sign/O=Tenpay.com/OU=Tenpay.com CA Center/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000002
authority mini_program tenpay '/CN=wx0123456789abcdef/O=Tencent Inc./OU=WxgMp/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000003
# A merchant's certificate that issues one: everybody must refuse what it signed.
authority issued_by_leaf ca_issued '/CN=1900000002/O=微信商户系统/OU=X/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000004
# A CA below the one whose path length is 0.
authority too_low tenpay '/CN=Test CA too low' "$ca" -sha256 -days 36500 -set_serial 0x14
authority under_too_low too_low '/CN=1900000003/O=微信商户系统/OU=X/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000005
authority expired tenpay '/CN=1900000001/O=微信商户系统/OU=测试商户有限公司/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days -1 -set_serial 0x4A11CE0000000000000000000000000000000006
# The same names as the CA, another key.
authority impostor impostor '/C=CN/O=Tenpay.com/OU=Tenpay.com CA Center/CN=Tenpay.com Root CA' "$lowest_ca" \
    -sha256 -days 36500 -set_serial 0x15
authority sandbox_ca sandbox_ca '/C=CN/O=Tenpay.com/OU=TIDEGATE SANDBOX/CN=Tenpay.com Root CA' "$lowest_ca" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000007
authority sandbox_leaf sandbox_ca '/CN=1900000001/O=微信商户系统/OU=测试商户有限公司/C=CN/L=ShenZhen' "$leaf" \
    -sha256 -days 36500 -set_serial 0x4A11CE0000000000000000000000000000000008
# Nothing in its names says so, but it bears the extension of a sandbox.
authority sandbox_mark tenpay '/CN=1900000001/O=微信商户系统/OU=测试商户有限公司/C=CN/L=ShenZhen' "$leaf
2.999.7080.1=ASN1:UTF8String:TIDEGATE SANDBOX" -sha256 -days 36500 -set_serial 0x4A11CE000000000000000000000000000000000A

# What WeChat Pay issued itself: a CA of 1024 bits, SHA-1, a short serial number, and UTF-8 in a T61String. OpenSSL cannot
# be asked for the latter, so that a few lines of Python put that certificate together.
openssl genrsa -out "$work/mmpay.key" 1024 2>/dev/null
authority mmpay mmpay '/C=CN/ST=Guangdong/L=Shenzhen/O=Tencent/OU=WXG/CN=MmpaymchCA/emailAddress=mmpaymch@tencent' "$ca" \
    -sha1 -days 36500 -set_serial 0xBB54972BBC00E857
python3 - "$work" <<'PY'
import subprocess, sys
work = sys.argv[1]

def run(*arguments, given=None):
    return subprocess.run(arguments, input=given, capture_output=True, check=True).stdout

def value(tag, content):
    length = len(content)
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([length]) if length < 128 else bytes([0x80 | len(digits)]) + digits) + content

def name(oid, tag, text):
    return value(0x31, value(0x30, value(6, bytes(oid)) + value(tag, text.encode())))

PRINTABLE, IA5, T61 = 0x13, 0x16, 0x14
EMAIL = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1]
common = [([0x55, 4, 6], "CN"), ([0x55, 4, 8], "Guangdong"), ([0x55, 4, 7], "Shenzhen"), ([0x55, 4, 10], "Tencent")]
start = b"".join(name(oid, PRINTABLE, text) for oid, text in common)
der = lambda path: run("openssl", "x509", "-in", path, "-outform", "DER")
ca = der(f"{work}/mmpay.pem")
# The CA's own encoding of its name, so that both are the same byte for byte.
email = b"mmpaymch@tencent"
end = ca.index(email) + len(email)
begin = ca.index(value(0x31, value(0x30, value(6, bytes([0x55, 4, 6])) + value(PRINTABLE, b"CN"))))
issuer = value(0x30, ca[begin:end])
subject = value(0x30, start + name([0x55, 4, 11], PRINTABLE, "MMPay") + name([0x55, 4, 3], T61, "上海测试信息科技有限公司")
                + name([0x55, 4, 4], PRINTABLE, "102942617"))
spki = run("openssl", "pkey", "-in", f"{work}/key.pem", "-pubout", "-outform", "DER")
sha1 = value(0x30, value(6, bytes([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5])) + value(5, b""))
validity = value(0x30, value(0x17, b"200101000000Z") + value(0x18, b"21000101000000Z"))
no_ca = value(0x30, value(6, bytes([0x55, 0x1D, 0x13])) + value(4, value(0x30, b"")))
comment = value(0x30, value(6, bytes([0x60, 0x86, 0x48, 0x01, 0x86, 0xF8, 0x42, 1, 13]))
                + value(4, value(IA5, b'"CES-CA Generate Certificate"')))
usage = value(0x30, value(6, bytes([0x55, 0x1D, 0x0F])) + value(1, b"\xff") + value(4, b"\x03\x02\x06\xc0"))
extensions = value(0xA3, value(0x30, no_ca + comment + usage))
body = value(0x30, value(0xA0, value(2, b"\x02")) + value(2, bytes.fromhex("0247A49C")) + sha1 + issuer + validity
             + subject + spki + extensions)
signature = run("openssl", "dgst", "-sha1", "-sign", f"{work}/mmpay.key", given=body)
with open(f"{work}/wxpay_issued.der", "wb") as file:
    file.write(value(0x30, body + sha1 + value(3, b"\0" + signature)))
PY
openssl x509 -inform DER -in "$work/wxpay_issued.der" -out wxpay_issued.pem

# SM2 with SM3, as in WeChat Pay's test environment.
openssl ecparam -name SM2 -genkey -noout -out "$work/sm2.key"
openssl req -x509 -new -utf8 -key "$work/sm2.key" -sm3 -sigopt distid:1234567812345678 -days 36500 \
    -subj '/C=CN/O=微信商户系统/OU=测试商户有限公司/CN=1900000001' -set_serial 0x4A11CE0000000000000000000000000000000009 \
    -out sm2_merchant.pem

for name in ca_issued serial39 platform mini_program issued_by_leaf under_too_low too_low expired impostor middle tenpay \
    sandbox_ca sandbox_leaf sandbox_mark mmpay; do
    openssl x509 -in "$work/$name.pem" -out "$name.pem"
done
cat tenpay.pem "$work/upper.pem" "$work/middle.pem" >"$work/chain.pem"
openssl crl2pkcs7 -nocrl -certfile "$work/chain.pem" -outform DER -out chain.p7b
openssl crl2pkcs7 -nocrl -certfile "$work/chain.pem" -out chain_p7b.pem
openssl pkcs12 -export -passout pass:1900000001 -in ca_issued.pem -inkey "$work/key.pem" -certfile "$work/chain.pem" \
    -legacy -out ca_issued.p12
