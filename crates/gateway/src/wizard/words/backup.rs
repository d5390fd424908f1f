//! Why there is no encrypted bundle.

use super::Mistake;
use crate::certificate_folder::BackupError;
use crate::certificate_folder::backup::LEAST_PASSPHRASE;
use crate::wizard::frame::View;

impl Mistake {
    /// Why there is no encrypted bundle.
    pub(in crate::wizard) fn of_backup(view: &View, error: &BackupError) -> Mistake {
        match error {
            BackupError::Folder(error) => Mistake::of_folder(view, error),
            BackupError::File(error) => Mistake::of_file(view, error),
            _ => Mistake::said(view, (error, error.what_to_do()), chinese(error)),
        }
    }
}

fn chinese(error: &BackupError) -> (String, &'static str) {
    const WORDS: &str = "请使用几个互不相关的词组成口令，并与加密包分开保存。";
    match error {
        BackupError::NothingToKeep { path } => {
            (format!("“{}”中没有私钥，无需备份。", path.display()), "请选择有私钥的证书文件夹。")
        }
        BackupError::Irregular { path } => (
            format!("“{}”既不是文件也不是文件夹，备份中会缺少它。", path.display()),
            "请用文件本身代替链接，或将链接移出该文件夹。",
        ),
        BackupError::TooLarge { path } => {
            (format!("“{}”超过 64 MiB，不像证书文件夹。", path.display()), "请将与证书无关的文件移到别处。")
        }
        BackupError::ShortPassphrase { found } => {
            (format!("口令只有 {found} 个字符，至少需要 {LEAST_PASSPHRASE} 个。"), WORDS)
        }
        BackupError::MerchantIdAsPassphrase => ("口令是商户号，人人都可能知道。".to_owned(), WORDS),
        BackupError::Machine => ("本机内存不足，或无法提供随机数。".to_owned(), "请关闭其他程序后重试。"),
        BackupError::NotBackup
        | BackupError::LaterVersion
        | BackupError::CutOff
        | BackupError::NotOpened
        | BackupError::NotReadBack { .. }
        | BackupError::Occupied { .. }
        | BackupError::Folder(_)
        | BackupError::File(_) => ("加密包未能生成。".to_owned(), "请重试。"),
    }
}
