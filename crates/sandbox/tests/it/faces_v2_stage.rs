//! A scene to which a merchant speaks V2.

use sandbox::faces::v2::gate;
use sandbox::scene::{Answered, Arrived};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use wechatpay::ids::{Appid, OutRefundNo, OutTradeNo};
use wechatpay::v2::answer::{Answer, ErrorBody};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::outcome::{Outcome, of_submit};
use wechatpay::v2::refund::query::{About, RefundQuery};
use wechatpay::v2::refund::submit::{PATH, SubmitAnswer, SubmitRequest};
use wechatpay::v2::sign::{Nonce, SignType, UnsignedBody};
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::{NotifyUrl, RefundAmount};

use crate::faces_stage::{Stage, api_v2_key, testdata};

/// What arrives at the merchant.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) answered: Answered,
}

impl Got {
    /// The answer as the merchant reads it.
    pub(crate) fn answer(&self, sign_type: SignType) -> Answer {
        Answer::read(self.body.as_bytes(), sign_type, &api_v2_key())
    }
}

pub(crate) fn order(number: &str) -> OrderName {
    OrderName::OutTradeNo(OutTradeNo::parse(number).unwrap())
}

/// The certificate of the merchants on stage, in DER.
pub(crate) fn certificate() -> Vec<u8> {
    CertificateDer::from_pem_slice(testdata("merchant_cert.pem").as_bytes()).unwrap().to_vec()
}

impl Stage {
    pub(crate) fn v2_caller(&self) -> Caller {
        let appid = Appid::parse(&format!("wx{:0>16}", &self.mchid.as_str()[9..])).unwrap();
        let mchid = self.mchid.clone();
        match self.sub.clone() {
            None => Caller::Direct { mchid, appid },
            Some(sub_mchid) => Caller::Institution { mchid, appid, sub_mchid, sub_appid: None },
        }
    }

    pub(crate) fn v2_refund(&self, number: &str, of: &str, refund: i64, total: i64) -> SubmitRequest {
        SubmitRequest {
            caller: self.v2_caller(),
            order: order(of),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            amount: RefundAmount::new(self.price(refund), self.price(total)).unwrap(),
            reason: None,
            source: None,
            notify_url: Some(NotifyUrl::parse("http://127.0.0.1:9000/refunded").unwrap()),
        }
    }

    pub(crate) fn v2_query(&self, about: About) -> UnsignedBody {
        RefundQuery { caller: self.v2_caller(), about }.render(SignType::Md5)
    }

    /// Posts `body` as it is, with the merchant's client certificate.
    pub(crate) fn v2_posts(&mut self, path: &str, body: &str) -> Got {
        self.v2_arrives(&Arrived {
            method: "POST".to_owned(),
            target: path.to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            client_certificate: Some(certificate()),
        })
    }

    pub(crate) fn v2_arrives(&mut self, arrived: &Arrived) -> Got {
        let gate = gate::check(&self.scene.keyring, arrived, self.now).unwrap();
        let answered = self.scene.answer_v2(arrived, &gate, self.now);
        let body = String::from_utf8(answered.reply.body.clone()).unwrap();
        Got { status: answered.reply.status, body, answered }
    }

    /// Signs `body` and posts it.
    pub(crate) fn v2_asks(&mut self, path: &str, body: &UnsignedBody) -> Got {
        let sent = body.sign(&Nonce::parse("nonce").unwrap(), &api_v2_key());
        self.v2_posts(path, &sent)
    }

    pub(crate) fn v2_submits(&mut self, request: &SubmitRequest) -> Outcome<SubmitAnswer> {
        let got = self.v2_asks(PATH, &request.render(SignType::Md5));
        of_submit(request, got.status, got.answer(SignType::Md5))
    }

    /// What a submission is refused with, which must be.
    pub(crate) fn v2_refusal(&mut self, request: &SubmitRequest) -> (ErrorBody, bool) {
        match self.v2_submits(request) {
            Outcome::Error { answer, signed } => (answer.body.unwrap(), signed),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn v2_accepted(&mut self, number: &str, of: &str, refund: i64, total: i64) -> SubmitAnswer {
        match self.v2_submits(&self.v2_refund(number, of, refund, total)) {
            Outcome::Proven(answer) => answer,
            other => panic!("{other:?}"),
        }
    }
}
