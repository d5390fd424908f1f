//! A gateway with an institution, a direct merchant and their keys, on a store in memory; nobody drives its owners, so that
//! a story decides itself what happens to a refund.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use gateway::activity::Activity;
use gateway::api;
use gateway::api::access;
use gateway::clock::WallClock;
use gateway::gateway::{Gateway, Settings, World};
use gateway::merchants::account::Account;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use refunds::batch::{Batch, BatchNo, Change, Entry, MerchantState, PoolDay};
use refunds::key::{NumberForm, RefundKey};
use refunds::outcome::Evidence;
use refunds::policy::Policy;
use refunds::pool::ledger::{Posting, of_change};
use refunds::refund::Refund;
use refunds::step::{Event, Rules, step};
use refunds::weight::Weight;
use serde_json::{Value, json};
use store::Store as _;
use store::memory::{MemoryStore, Model};
use store::merchant::{ApiKey, Merchant, Mode};
use store::open::OpenStore;
use tower::ServiceExt as _;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

/// The institution and two of its sub-merchants.
pub(super) const INSTITUTION: &str = "1900000001";
pub(super) const SUB: &str = "1900000101";
pub(super) const OTHER_SUB: &str = "1900000102";
/// The directly connected merchant.
pub(super) const DIRECT: &str = "1900000002";

/// Keys, by whom they belong to.
pub(super) const OF_INSTITUTION: &str = "tg_institution";
pub(super) const OF_SUB: &str = "tg_sub";
pub(super) const OF_OTHER_SUB: &str = "tg_other_sub";
pub(super) const OF_DIRECT: &str = "tg_direct";
pub(super) const OF_OPERATOR: &str = "tg_operator";
/// Of the institution, and good for reading refunds alone.
pub(super) const READ_ONLY: &str = "tg_read_only";
/// Of the institution, and past its end.
pub(super) const EXPIRED: &str = "tg_expired";

const EVERYTHING: [&str; 6] =
    ["refunds:read", "refunds:write", "refunds:operate", "payments:write", "pools:read", "webhooks:write"];

/// A gateway to ask.
pub(super) struct Room {
    pub(super) gateway: Gateway,
    router: Router,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that it is the problem `code`, complete and in step with the catalogue.
    #[track_caller]
    pub(super) fn is_problem(&self, code: &str) {
        let row = api::problem::Code::parse(code).unwrap_or_else(|| panic!("{code} is no code")).row();
        assert_eq!(self.body["code"], code, "{self:?}");
        assert_eq!(Some(self.status.as_u16()), row.status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(
            (&self.body["title"], &self.body["what_to_do"]),
            (&json!(row.title), &json!(row.what_to_do))
        );
    }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A Friday morning in China.
pub(super) fn begin() -> Timestamp {
    at("2026-05-08T02:00:00Z")
}

impl Room {
    pub(super) async fn new() -> Room {
        let activity = Activity::none();
        let gateway = Gateway::new(
            OpenStore::Memory(MemoryStore::new(Model::new())),
            WallClock::standing_at(begin(), activity.clone()),
            activity,
            Calendar::bundled(),
            Settings {
                public_url: Some("https://refunds.example".into()),
                world: World::Sandbox,
                sandbox_ca: None,
            },
        );
        let institution = merchant(INSTITUTION, Mode::Institution, &[SUB, OTHER_SUB]);
        let direct = merchant(DIRECT, Mode::Direct, &[]);
        for merchant in [institution, direct] {
            gateway.store.put_merchant(merchant.clone()).await.unwrap();
            gateway.merchants.put(Account { merchant, line: None });
        }
        for (key, mchid, sub_mchid, scopes, end) in [
            (OF_INSTITUTION, Some(INSTITUTION), None, &EVERYTHING[..], None),
            (OF_SUB, Some(INSTITUTION), Some(SUB), &EVERYTHING[..], None),
            (OF_OTHER_SUB, Some(INSTITUTION), Some(OTHER_SUB), &EVERYTHING[..], None),
            (OF_DIRECT, Some(DIRECT), None, &EVERYTHING[..], None),
            (OF_OPERATOR, None, None, &["admin"], None),
            (READ_ONLY, Some(INSTITUTION), None, &["refunds:read"], None),
            (EXPIRED, Some(INSTITUTION), None, &EVERYTHING[..], Some(at("2026-05-08T01:59:59Z"))),
        ] {
            let key = ApiKey {
                hash: access::hash(key),
                name: format!("the key {key}"),
                mchid: mchid.map(|mchid| Mchid::parse(mchid).unwrap()),
                sub_mchid: sub_mchid.map(|sub_mchid| SubMchid::parse(sub_mchid).unwrap()),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                created_at: begin(),
                not_after: end,
            };
            gateway.store.put_api_key(key).await.unwrap();
        }
        let router = api::router(gateway.clone());
        Room { gateway, router }
    }

    /// Sends `request` and reads the answer. Whatever is asked, no answer is without its id.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let problems = documented(request.method().as_str(), request.uri().path());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, text, body };
        assert_eq!(answer.header("request-id").len(), 26, "{answer:?}");
        assert!(self.gateway.activity.is_quiet(), "a request that is answered is not under way");
        if let (Some(problems), Some(code)) = (problems, answer.body["code"].as_str())
            && answer.status.as_u16() >= 400
        {
            assert!(problems.iter().any(|problem| problem.as_str() == code), "{code} is not documented");
        }
        answer
    }

    pub(super) async fn get(&self, key: &str, path: &str) -> Answer {
        self.send(bearing(key, Request::get(path)).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.post_with(key, path, body, &[]).await
    }

    pub(super) async fn post_with(
        &self,
        key: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send(posting(key, path, headers).body(Body::from(body.to_string())).unwrap()).await
    }

    /// A refund that was just taken in.
    pub(super) async fn refund(&self, key: &str, body: &Value) -> RefundKey {
        let answer = self.post(key, "/v1/refunds", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        RefundKey::parse(answer.body["id"].as_str().unwrap()).unwrap()
    }

    pub(super) async fn stored(&self, key: &RefundKey) -> Refund {
        self.gateway.store.refund(key).await.unwrap().unwrap()
    }

    /// What an owner would write about `key` when `event` happens.
    pub(super) async fn happen(&self, key: &RefundKey, event: Event) {
        let (policy, now) = (Policy::default(), self.gateway.clock.now());
        let before = self.stored(key).await;
        let rules = Rules { policy: &policy, calendar: &self.gateway.calendar };
        let after = step(&before, event, now, rules).unwrap();
        let entry = Entry {
            n: after.refund.version,
            at: now,
            cause: after.cause,
            from: before.state.name(),
            to: after.refund.state.name(),
            attempts: after.refund.attempts.count,
            evidence: Evidence {
                request_id: Some("08F7".into()),
                answer: Some("403 NOT_ENOUGH".into()),
                certificate: Some("5157F09EFDC096DE15EBE81A47057A7232F1B8E1".into()),
            },
        };
        let postings = of_change(&before, &after.refund);
        let change = Change {
            expected_version: before.version,
            place_before: before.place(),
            need_before: before.need.high,
            place: after.refund.place(),
            refund: after.refund,
            entries: vec![entry],
        };
        self.commit(key.mchid(), vec![change], vec![], postings, None).await;
    }

    pub(super) async fn set_state(&self, mchid: &str, state: MerchantState) {
        self.commit(mchid, vec![], vec![], vec![], Some(state)).await;
    }

    /// What an owner would write about days of its pools.
    pub(super) async fn keep_books(&self, mchid: &str, pools: Vec<PoolDay>) {
        self.commit(mchid, vec![], pools, vec![], None).await;
    }

    /// What an owner would add to the books of its pools.
    pub(super) async fn keep_postings(&self, mchid: &str, postings: Vec<Posting>) {
        self.commit(mchid, vec![], vec![], postings, None).await;
    }

    async fn commit(
        &self,
        mchid: &str,
        changes: Vec<Change>,
        pools: Vec<PoolDay>,
        postings: Vec<Posting>,
        merchant: Option<MerchantState>,
    ) {
        let mchid = Mchid::parse(mchid).unwrap();
        let epoch = self.gateway.store.take_ownership(&mchid, "the story").await.unwrap();
        let batch = Batch {
            number: BatchNo(1),
            mchid,
            epoch,
            consumed: vec![],
            changes,
            orders: vec![],
            pools,
            postings,
            contributions: vec![],
            merchant,
        };
        self.gateway.store.commit(batch).await.unwrap();
    }
}

/// The problems that the document lists for this call; none if it describes no such call.
fn documented(method: &str, path: &str) -> Option<Vec<api::problem::Code>> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(api::document()).unwrap());
    let is_meant = |pattern: &str| {
        let (parts, wanted): (Vec<&str>, Vec<&str>) =
            (path.split('/').collect(), pattern.split('/').collect());
        let fits =
            |(part, wanted): (&&str, &&str)| part == wanted || (wanted.starts_with('{') && !part.is_empty());
        parts.len() == wanted.len() && parts.iter().zip(&wanted).all(fits)
    };
    let (_, item) = DOCUMENT["paths"].as_object()?.iter().find(|(pattern, _)| is_meant(pattern))?;
    api::openapi::problems_of(item[method.to_lowercase()]["operationId"].as_str()?)
}

/// `POST path` as JSON.
pub(super) fn posting(key: &str, path: &str, headers: &[(&str, &str)]) -> axum::http::request::Builder {
    let request = bearing(key, Request::post(path)).header(header::CONTENT_TYPE, "application/json");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

fn bearing(key: &str, request: axum::http::request::Builder) -> axum::http::request::Builder {
    request.header(header::AUTHORIZATION, format!("Bearer {key}"))
}

/// A body that asks for a refund of 1.00 of order `T1` (10.00 USD) of the sub-merchant [`SUB`].
pub(super) fn asking(out_refund_no: &str) -> Value {
    json!({
        "sub_mchid": SUB, "out_trade_no": "T1", "out_refund_no": out_refund_no,
        "amount": { "refund": 100, "total": 1000, "currency": "USD" },
    })
}

/// `body` with the member at `pointer` set to `value`; its last part may be new.
pub(super) fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

fn merchant(mchid: &str, mode: Mode, sub_mchids: &[&str]) -> Merchant {
    Merchant {
        mchid: Mchid::parse(mchid).unwrap(),
        mode,
        number_form: match mode {
            Mode::Direct => NumberForm::AsGiven,
            Mode::Institution => NumberForm::Prefixed,
        },
        settlement_currency: Currency::USD,
        wire: Wire::V3,
        region: Region::Global,
        appid: Appid::parse("wx0000000000000001").unwrap(),
        api_hosts: vec![],
        is_sandbox: true,
        sub_merchants: sub_mchids
            .iter()
            .map(|sub_mchid| (SubMchid::parse(sub_mchid).unwrap(), Weight::USUAL))
            .collect(),
    }
}
