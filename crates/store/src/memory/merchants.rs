//! Merchant ids and what belongs to them; keys and settings that belong to none.

use refunds::batch::MerchantState;
use wechatpay::ids::Mchid;

use super::model::{Model, Rows};
use crate::contract::Answer;
use crate::merchant::{ApiKey, AuditLine, Audited, Merchant, Put, Secret};

impl Model {
    /// See [`Store::put_merchant`](crate::Store::put_merchant).
    pub fn put_merchant(&mut self, merchant: Merchant) -> Answer<Put> {
        match self.merchants.get_mut(merchant.mchid.as_str()) {
            None => {
                self.merchants.insert(merchant.mchid.to_string(), Rows::new(merchant));
            }
            Some(rows) if !rows.refunds.is_empty() && rows.merchant.number_form != merchant.number_form => {
                return Ok(Put::NumberFormIsFixed);
            }
            Some(rows) => {
                rows.merchant = merchant;
                rows.set_up += 1;
            }
        }
        Ok(Put::Stored)
    }

    /// See [`Store::merchants`](crate::Store::merchants).
    pub fn merchants(&self) -> Answer<Vec<Merchant>> {
        Ok(self.merchants.values().map(|rows| rows.merchant.clone()).collect())
    }

    /// See [`Store::merchant_state`](crate::Store::merchant_state).
    pub fn merchant_state(&self, mchid: &Mchid) -> Answer<MerchantState> {
        Ok(self.rows(mchid.as_str())?.state)
    }

    /// See [`Store::put_secret`](crate::Store::put_secret).
    pub fn put_secret(&mut self, secret: Secret) -> Answer<()> {
        let rows = self.rows_mut(secret.mchid.as_str())?;
        rows.secrets.insert((secret.name.clone(), secret.version), secret);
        rows.set_up += 1;
        Ok(())
    }

    /// See [`Store::secrets`](crate::Store::secrets).
    pub fn secrets(&self, mchid: &Mchid) -> Answer<Vec<Secret>> {
        Ok(self.rows(mchid.as_str())?.secrets.values().cloned().collect())
    }

    /// See [`Store::put_api_key`](crate::Store::put_api_key).
    pub fn put_api_key(&mut self, key: ApiKey) -> Answer<()> {
        if let Some(mchid) = &key.mchid {
            self.rows(mchid.as_str())?;
        }
        self.api_keys.insert(key.hash, key);
        Ok(())
    }

    /// See [`Store::api_key`](crate::Store::api_key).
    pub fn api_key(&self, hash: &[u8; 32]) -> Answer<Option<ApiKey>> {
        Ok(self.api_keys.get(hash).cloned())
    }

    /// See [`Store::api_keys`](crate::Store::api_keys).
    pub fn api_keys(&self, mchid: Option<&Mchid>) -> Answer<Vec<ApiKey>> {
        if let Some(mchid) = mchid {
            self.rows(mchid.as_str())?;
        }
        let bound = self.api_keys.values().filter(|key| key.mchid.as_ref() == mchid);
        let mut keys: Vec<ApiKey> = bound.cloned().collect();
        keys.sort_by_key(|key| (key.created_at, key.hash));
        Ok(keys)
    }

    /// See [`Store::remove_api_key`](crate::Store::remove_api_key).
    pub fn remove_api_key(&mut self, hash: &[u8; 32]) -> Answer<bool> {
        Ok(self.api_keys.remove(hash).is_some())
    }

    /// See [`Store::audit`](crate::Store::audit).
    pub fn audit(&mut self, line: AuditLine) -> Answer<Audited> {
        let trail = &mut self.rows_mut(line.mchid.as_str())?.audit;
        let (n, hash) = trail.last().map_or((0, [0; 32]), |last| (last.n, last.hash));
        // The same line again: whoever wrote it did not hear that it was written.
        if (line.n, line.hash) == (n, hash) {
            return Ok(Audited::Written);
        }
        if line.n != n + 1 || line.previous != hash {
            return Ok(Audited::Outrun);
        }
        trail.push(line);
        Ok(Audited::Written)
    }

    /// See [`Store::audit_trail`](crate::Store::audit_trail).
    pub fn audit_trail(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<AuditLine>> {
        let trail = &self.rows(mchid.as_str())?.audit;
        Ok(trail.iter().filter(|line| line.n > after).take(limit).cloned().collect())
    }

    /// See [`Store::put_setting`](crate::Store::put_setting).
    pub fn put_setting(&mut self, name: &str, value: &[u8]) -> Answer<()> {
        self.settings.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    /// See [`Store::put_setting_if_absent`](crate::Store::put_setting_if_absent).
    pub fn put_setting_if_absent(&mut self, name: &str, value: &[u8]) -> Answer<Vec<u8>> {
        Ok(self.settings.entry(name.to_owned()).or_insert_with(|| value.to_vec()).clone())
    }

    /// See [`Store::setting`](crate::Store::setting).
    pub fn setting(&self, name: &str) -> Answer<Option<Vec<u8>>> {
        Ok(self.settings.get(name).cloned())
    }
}
