//! The zip of a certificate issued by WeChat Pay: certificate, key, both in one file, and a word about them.
//!
//! Source: [certificate-rules], what the tool writes.

use std::io::{Cursor, Write};

use certs::bundle::{self, Bundle, Cipher};
use certs::lifecycle::{IssuedBy, china};
use rcgen::KeyPair;
use wechatpay::keys::KeyName;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::credentials;
use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::pages::login;
use crate::merchant_platform::people::Person;
use crate::merchant_platform::register::Kept;
use crate::merchant_platform::response::Response;

/// The file.
pub(in crate::merchant_platform) fn file(guest: &Guest<'_>, person: &Person, serial: &str) -> Response {
    let view = &guest.view;
    if !person.is_super_administrator() {
        return login::super_administrator_only(view);
    }
    let found = KeyName::parse(serial).ok().and_then(|serial| {
        guest.stage.quietly(|scene, _| {
            let (life, kept) = scene.keyring.register().find(&person.mchid, &serial)?;
            (life.record.issued_by == IssuedBy::Wxpay).then(|| kept.clone())
        })
    });
    let Some(kept) = found else { return login::nothing_here(view) };
    let mchid = person.mchid.as_str();
    let key = credentials::download_key(&guest.stage.data, &kept.spki).ok();
    let Some(content) = key.and_then(|key| packed(mchid, &kept, &key)) else {
        tracing::error!(mchid, %serial, "the key of this certificate is not to be had");
        return login::nothing_here(view);
    };
    let day = china::date(kept.certificate.not_before).strftime("%Y%m%d");
    Response::File { name: format!("{mchid}_{day}_cert.zip"), media_type: "application/zip", content }
}

/// `None` if the key on disk is not one, or belongs elsewhere.
pub(crate) fn packed(mchid: &str, kept: &Kept, key_pem: &str) -> Option<Vec<u8>> {
    let key = KeyPair::from_pem(key_pem).ok()?;
    let bundle = Bundle { key: key.serialize_der().into(), certificate: kept.der.clone(), chain: Vec::new() };
    // Triple DES, as clients of any age and language are to open it.
    let bundle = bundle::write(&bundle, mchid, mchid, Cipher::TripleDes).ok()?;
    let explanation = format!(
        "apiclient_cert.p12  证书和私钥，密码为商户号 / certificate and key, the password is the merchant id ({mchid})\n\
         apiclient_cert.pem  证书 / certificate, serial number {}\n\
         apiclient_key.pem   私钥 / private key\n\
         Tidegate sandbox: not WeChat Pay, and worth nothing.\n",
        kept.certificate.serial
    );
    let files: [(&str, &[u8]); 4] = [
        ("apiclient_cert.p12", &bundle),
        ("apiclient_cert.pem", kept.pem.as_bytes()),
        ("apiclient_key.pem", key_pem.as_bytes()),
        ("证书使用说明.txt", explanation.as_bytes()),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o600);
    for (name, content) in files {
        zip.start_file(name, options).ok()?;
        zip.write_all(content).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}
