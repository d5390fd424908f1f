//! What is wrong with a certificate folder.

use std::io::ErrorKind;

use certs::verification::{Outcome, Verification};

use super::{Mistake, material};
use crate::certificate_folder::files::FileError;
use crate::certificate_folder::{Concern, FolderError};
use crate::wizard::frame::View;

const RESTORE: &str = "Bring the folder back from a backup (`tidegate cert restore`), or ask for a new certificate under another storage path.";

impl Mistake {
    /// Why a folder does not do what was asked of it.
    pub(in crate::wizard) fn of_folder(view: &View, error: &FolderError) -> Mistake {
        match error {
            FolderError::Paste(error) => Mistake::of_paste(view, error),
            FolderError::File(error) => Mistake::of_file(view, error),
            FolderError::Bundle(error) => Mistake::of_bundle(view, error),
            _ => Mistake::said(view, (error, remedy(error)), chinese(error)),
        }
    }

    /// Why a file could not be read or written.
    pub(super) fn of_file(view: &View, error: &FileError) -> Mistake {
        Mistake::said(view, (error, error.what_to_do()), of_file(error))
    }
}

/// Something that may give the key away.
pub(in crate::wizard) fn concern(view: &View, concern: &Concern) -> String {
    let chinese = match concern {
        Concern::InWorkTree { root } => format!(
            "该文件夹位于 git 仓库“{}”中。已用 .gitignore 排除其中的文件，但放在仓库之外更安全。",
            root.display()
        ),
        Concern::ReadableByOthers { path, mode } => {
            format!("本机其他用户可以读取“{}”（权限 {mode:03o}），请收紧权限。", path.display())
        }
    };
    view.tell(concern.to_string(), chinese)
}

/// What to do about it on these pages.
fn remedy(error: &FolderError) -> &'static str {
    match error {
        FolderError::NotThere { .. } => "Check the storage path, or begin with merchant id and name.",
        FolderError::KeyExists { .. } => "Give another storage path for a new key.",
        FolderError::OtherMerchant { .. } | FolderError::OtherName { .. } => {
            "This storage path is the folder of that request. Give the folder above it, or another one."
        }
        FolderError::HasCertificate { .. } => {
            "A renewal keeps the key: renew on the Merchant Platform, and paste the new certificate string here. For Change or Upgrade to another kind, begin with merchant id and name."
        }
        FolderError::NothingAskedFor { .. } => "Begin with merchant id and name.",
        FolderError::NobodysKey { .. } => {
            "Put the certificate `apiclient_cert.pem` beside it, or give another storage path."
        }
        FolderError::RequestString { .. } | FolderError::NoMerchant { .. } | FolderError::OtherKey => RESTORE,
        FolderError::PassphraseNeeded => "Type the passphrase that was chosen with the merchant info.",
        FolderError::NotProven(verification) if !is_expiry_alone(verification) => {
            "Copy the certificate string from the Merchant Platform again. For a sandbox's certificate, start this tool with `--anchor` and the sandbox's file `CertTrustChain.p7b`."
        }
        error => error.what_to_do(),
    }
}

fn chinese(error: &FolderError) -> (String, &'static str) {
    const RESTORE: &str = "请从备份恢复该文件夹（tidegate cert restore），或换一个存储路径重新申请。";
    match error {
        FolderError::NotThere { path } => {
            (format!("文件夹“{}”不存在。", path.display()), "请检查存储路径，或从填写商户信息开始。")
        }
        FolderError::Busy { path } => {
            (format!("另一个程序正在使用“{}”。", path.display()), "请等待其完成后重试。")
        }
        FolderError::KeyExists { path } => {
            (format!("“{}”已有私钥，私钥不会被覆盖。", path.display()), "请换一个存储路径生成新的密钥。")
        }
        FolderError::OtherMerchant { merchant_id, given } => (
            format!("该文件夹属于商户 {merchant_id}，不是 {given}。"),
            "当前存储路径是该申请的文件夹，请填写其上级文件夹或其他路径。",
        ),
        FolderError::OtherName { name, given } => (
            format!("该文件夹中的请求串使用的商户名称是“{name}”，不是“{given}”。"),
            "当前存储路径是该申请的文件夹，请填写其上级文件夹或其他路径。",
        ),
        FolderError::HasCertificate { serial } => (
            format!("该文件夹中已有证书（序列号 {serial}）。"),
            "续期沿用同一密钥：请在商户平台续期后，在此粘贴新的证书串。更换或升级证书请从填写商户信息开始。",
        ),
        FolderError::BundleExists { path } => (
            format!("“{}”处已有 PKCS#12 文件，其中可能有别处没有的私钥。", path.display()),
            "请将该文件移到其他文件夹后重试，本工具不会覆盖它。",
        ),
        FolderError::KeyLost { path } => (
            format!("请求串还在，但私钥“{}”已丢失。", path.display()),
            "请从备份恢复（tidegate cert restore）。没有备份则无法找回：请换一个存储路径重新申请；如证书已签发，请在商户平台作废或更换。",
        ),
        FolderError::NothingAskedFor { path } => {
            (format!("“{}”中没有证书申请。", path.display()), "请从填写商户信息开始。")
        }
        FolderError::NobodysKey { path } => (
            format!("“{}”中有私钥，但没有请求串或证书，无法确定属于哪个商户。", path.display()),
            "请将 apiclient_cert.pem 放到私钥旁边，或换一个存储路径。",
        ),
        FolderError::RequestString { path, .. } => {
            (format!("请求串文件“{}”已被改动。", path.display()), RESTORE)
        }
        FolderError::NoMerchant { path } => {
            (format!("“{}”中的请求串没有商户信息。", path.display()), RESTORE)
        }
        FolderError::Material { path, source } => {
            let (sentence, remedy) = material::chinese(source);
            (format!("无法使用“{}”：{sentence}", path.display()), remedy)
        }
        FolderError::Misnamed { path, found } => {
            let (sentence, remedy) = material::of_wrong_kind(found);
            (format!("“{}”与文件名不符：{sentence}", path.display()), remedy)
        }
        FolderError::PassphraseNeeded => {
            ("私钥已加密，需要口令。".to_owned(), "请输入填写商户信息时设置的口令。")
        }
        FolderError::WrongPassphrase => {
            ("口令错误，无法打开私钥。".to_owned(), "请输入生成密钥时设置的口令，不是商户号。")
        }
        FolderError::EmptyPassphrase => ("口令为空。".to_owned(), "请输入口令，或不设置口令。"),
        FolderError::OtherKey => ("该文件夹中的私钥与请求串不匹配。".to_owned(), RESTORE),
        FolderError::KeyNotMade => ("本机无法生成私钥。".to_owned(), "系统未提供随机数，请查看系统日志。"),
        FolderError::NotProven(verification) => (
            format!("证书未安装，以下检查未通过：{}。", failed(verification)),
            match is_expiry_alone(verification) {
                true => "请在商户平台复制最新的证书串；如果这已是最新的，请先续期。",
                false => {
                    "请在商户平台重新复制证书串。沙箱证书请在启动本工具时用 --anchor 指定沙箱的 CertTrustChain.p7b。"
                }
            },
        ),
        FolderError::File(error) => of_file(error),
        FolderError::Paste(_) | FolderError::Bundle(_) => ("证书未安装。".to_owned(), RESTORE),
    }
}

fn of_file(error: &FileError) -> (String, &'static str) {
    match error {
        FileError::Exists { path } => (format!("“{}”已存在，未作改动。", path.display()), "请换一个名称。"),
        FileError::DiskFull { path } => (
            format!("磁盘已满，无法写入“{}”，未作任何改动。", path.display()),
            "请清理磁盘后重试，将从当前步骤继续。",
        ),
        FileError::Io { path, source, .. } => {
            let remedy = match source.kind() {
                ErrorKind::PermissionDenied => "请检查文件和文件夹的权限，以及运行本工具的用户。",
                ErrorKind::NotFound => "请检查路径。",
                _ => "请检查磁盘和文件夹权限后重试。",
            };
            (format!("无法读写“{}”：{source}", path.display()), remedy)
        }
    }
}

/// The questions that a certificate did not answer well; those that failed, or if none did, those that were not answered.
fn failed(verification: &Verification) -> String {
    let with = |outcome| {
        let checks = verification.checks.iter().filter(move |check| check.outcome == outcome);
        checks.map(|check| question(check.question)).collect::<Vec<_>>()
    };
    let failed = with(Outcome::Fail);
    let said = if failed.is_empty() { with(Outcome::NotChecked) } else { failed };
    said.join("、")
}

fn question(question: &'static str) -> &'static str {
    match question {
        "signature" => "签名",
        "chain" => "证书链",
        "validity" => "有效期",
        "key match" => "与私钥匹配",
        "merchant id" => "商户号",
        other => other,
    }
}

fn is_expiry_alone(verification: &Verification) -> bool {
    let mut failed = verification.checks.iter().filter(|check| check.outcome == Outcome::Fail);
    failed.next().is_some_and(|check| check.question == "validity") && failed.next().is_none()
}
