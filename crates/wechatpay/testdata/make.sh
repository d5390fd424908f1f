#!/bin/sh
# Makes the keys, certificates and signatures in this folder with the openssl command line (3.0 or newer), so that our
# signer and our verifier cannot agree on a mistake. The keys are test keys, known to everybody: never use them.
# The keys are kept if they are there; everything else is made again from them and comes out the same.
set -eu
cd "$(dirname "$0")"

key() { # file
    [ -f "$1" ] || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1"
}

certificate() { # key, common name, serial number, file
    config=$(mktemp)
    printf '%s\n' '[ca]' 'default_ca=test' '[test]' "database=$config.db" 'policy=any' 'default_md=sha256' \
        "serial=$config.serial" "new_certs_dir=/tmp" 'unique_subject=no' '[any]' 'commonName=supplied' \
        'organizationName=optional' '[req]' 'distinguished_name=dn' 'prompt=no' '[dn]' "CN=$2" \
        'O=TIDEGATE TEST KEYS ONLY' >"$config"
    : >"$config.db"
    echo "$3" >"$config.serial"
    openssl req -new -key "$1" -config "$config" -out "$config.csr"
    openssl ca -batch -notext -config "$config" -selfsign -keyfile "$1" -in "$config.csr" -out "$4" \
        -startdate 20200101000000Z -enddate 20991231235959Z 2>/dev/null
    rm -f "$config" "$config".* "/tmp/$3.pem"
}

key merchant_key.pem
key platform_key.pem
openssl rsa -in merchant_key.pem -traditional -out merchant_key_pkcs1.pem 2>/dev/null
openssl rsa -in merchant_key.pem -pubout -out merchant_public_key.pem 2>/dev/null
certificate merchant_key.pem 1900000100 0A11CE0000000000000000000000000000000001 merchant_cert.pem
certificate platform_key.pem 'Tenpay.com sign' 7E57000000000000000000000000000000000002 platform_cert.pem
[ -f elliptic_key.pem ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out elliptic_key.pem
openssl pkey -in elliptic_key.pem -pubout -out elliptic_public_key.pem
[ -f short_key.pem ] || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short_key.pem
openssl pkey -in short_key.pem -pubout -out short_public_key.pem

# A request: the text that is signed, and its signature.
printf 'POST\n/v3/global/refunds\n1754100000\n593BEC0C930BF1AFEB40B4A08C8FB242\n%s\n' \
    '{"mchid":"1900000100","out_refund_no":"R|1*@","reason":"退款"}' >message.txt
openssl dgst -sha256 -sign merchant_key.pem message.txt | openssl base64 -A >message.signature.base64

# An answer and an empty answer (204): three lines, signed by the platform.
printf '1754100002\nd824f2e086d3c1df967785d13fcd22ef\n%s\n' '{"id":"50201308462021060109285031309"}' >answer.txt
openssl dgst -sha256 -sign platform_key.pem answer.txt | openssl base64 -A >answer.signature.base64
printf '1754100002\nd824f2e086d3c1df967785d13fcd22ef\n\n' |
    openssl dgst -sha256 -sign platform_key.pem | openssl base64 -A >answer_empty.signature.base64

# A sealed resource. The command line has no GCM, but both its halves: the encryption is CTR from counter 2 on, and the
# tag of an empty text is GMAC.
api_v3_key=$(printf 'TidegateTestOnlyApiV3Key00000000' | od -An -v -tx1 | tr -d ' \n')
nonce=$(printf 'nonce-123456' | od -An -v -tx1 | tr -d ' \n')
printf '{"refund_status":"SUCCESS","recv_account":"招商银行信用卡0403"}' >resource.txt
openssl enc -aes-256-ctr -K "$api_v3_key" -iv "${nonce}00000002" -in resource.txt | openssl base64 -A >resource.ctr.base64
printf 'certificate' |
    openssl mac -cipher AES-256-GCM -macopt "hexkey:$api_v3_key" -macopt "hexiv:$nonce" -in - GMAC >certificate.gmac.hex

# V2: a text under both kinds of signature, and a refund's notification under the key that is made of the API key.
api_v2_key=TidegateTestOnlyApiV2Key00000000
printf 'appid=wx1&mch_id=1900000100&nonce_str=N1&refund_desc=退款 <&>]]>' >v2_text.txt
printf '%s&key=%s' "$(cat v2_text.txt)" "$api_v2_key" | openssl dgst -md5 -r | cut -d' ' -f1 >v2_text.md5
printf '%s&key=%s' "$(cat v2_text.txt)" "$api_v2_key" | openssl dgst -sha256 -hmac "$api_v2_key" -r |
    cut -d' ' -f1 >v2_text.hmac_sha256
notification_key=$(printf '%s' "$api_v2_key" | openssl dgst -md5 -r | cut -d' ' -f1 | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')
printf '<root><out_refund_no><![CDATA[R|1]]></out_refund_no><refund_status>CHANGE</refund_status><refund_fee>500</refund_fee></root>' |
    openssl enc -aes-256-ecb -K "$notification_key" | openssl base64 -A >req_info.base64
