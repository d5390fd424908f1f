//! Error answers: their body, and what one says about the refund or order it was asked about.
//!
//! The words of `message` are for people; what follows is decided by status and code alone ([`crate::codes`]).
//! Source: [global-rules], [global-http].

use crate::codes::{Call, Meaning, meaning};

use super::json::{Fields, Message, MessageError, ObjectWriter};
use super::verify::SignInformation;

/// The body of an error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    /// The code, as it came.
    pub code: String,
    /// What people read, in the language of `Accept-Language`.
    pub message: String,
    /// Where the fault is, mostly with `PARAM_ERROR`.
    pub detail: Option<Detail>,
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// A JSON pointer into the body, or the name of a parameter.
    pub field: Option<String>,
    /// The value that was sent.
    pub value: Option<String>,
    /// What is wrong with it.
    pub issue: Option<String>,
    /// `body`, `query`, `path` or `authorization`.
    pub location: Option<String>,
    /// What should have been signed.
    pub sign_information: Option<SignInformation>,
}

impl ErrorBody {
    /// The error in `body`. A detail of another form than documented is left out; nothing depends on it.
    pub fn parse(body: &[u8]) -> Result<ErrorBody, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        Ok(ErrorBody {
            code: fields.text("code")?.to_owned(),
            message: readable_text(&fields, "message").unwrap_or_default(),
            detail: fields.optional_object("detail").ok().flatten().map(|detail| Detail::read(&detail)),
        })
    }

    /// The body of an error answer.
    pub fn render(&self) -> String {
        ObjectWriter::render(|object| {
            object.text("code", &self.code);
            object.text("message", &self.message);
            if let Some(detail) = &self.detail {
                object.object("detail", |object| detail.write(object));
            }
        })
    }
}

impl Detail {
    fn read(fields: &Fields<'_>) -> Detail {
        // A signature that does not match has its issue one level deeper.
        let inner = fields.optional_object("detail").ok().flatten();
        let issue = readable_text(fields, "issue");
        Detail {
            field: readable_text(fields, "field"),
            value: readable_text(fields, "value"),
            issue: issue.or_else(|| inner.and_then(|inner| readable_text(&inner, "issue"))),
            location: readable_text(fields, "location"),
            sign_information: fields
                .optional_object("sign_information")
                .ok()
                .flatten()
                .and_then(|information| read_sign_information(&information).ok()),
        }
    }

    fn write(&self, object: &mut ObjectWriter) {
        match (&self.sign_information, self.issue.as_deref()) {
            (Some(_), Some(issue)) => object.object("detail", |object| object.text("issue", issue)),
            (_, issue) => object.optional_text("issue", issue),
        }
        object.optional_text("field", self.field.as_deref());
        object.optional_text("value", self.value.as_deref());
        object.optional_text("location", self.location.as_deref());
        if let Some(information) = &self.sign_information {
            object.object("sign_information", |object| {
                object.text("method", &information.method);
                object.text("url", &information.url);
                let length = i64::try_from(information.sign_message_length).unwrap_or(i64::MAX);
                object.integer("sign_message_length", length);
                object.text("truncated_sign_message", &information.truncated_sign_message);
            });
        }
    }
}

fn readable_text(fields: &Fields<'_>, key: &str) -> Option<String> {
    fields.optional_text(key).ok().flatten().map(str::to_owned)
}

fn read_sign_information(fields: &Fields<'_>) -> Result<SignInformation, MessageError> {
    let length = fields.integer("sign_message_length")?;
    Ok(SignInformation {
        method: fields.text("method")?.to_owned(),
        url: fields.text("url")?.to_owned(),
        sign_message_length: usize::try_from(length)
            .map_err(|_| fields.bad_value("sign_message_length", "is too large"))?,
        truncated_sign_message: fields.text("truncated_sign_message")?.to_owned(),
    })
}

/// An error answer, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// What it says.
    pub meaning: Meaning,
    /// Its body, if it is one of WeChat Pay's. A proxy's page is none, and means nothing.
    pub body: Option<ErrorBody>,
}

impl ErrorAnswer {
    /// The answer to `call` with HTTP `status` and `body`, after [`super::verify::PlatformKeys::verify_answer`] let it
    /// pass.
    ///
    /// Errors may come unsigned, and this does not ask whether one did. Whoever frees an order's amount on a refusal
    /// needs more than one answer: a query after it that finds nothing.
    pub fn of(call: Call, status: u16, body: &[u8]) -> ErrorAnswer {
        match ErrorBody::parse(body) {
            Ok(body) => ErrorAnswer { meaning: meaning(call, status, &body.code), body: Some(body) },
            Err(_) => ErrorAnswer { meaning: meaning(call, status, ""), body: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codes::Configuration;

    fn submit(status: u16, body: &str) -> Meaning {
        ErrorAnswer::of(Call::SubmitRefund, status, body.as_bytes()).meaning
    }

    #[test]
    fn an_error_of_wechat_pay_is_understood() {
        let body = r#"{"code":"NOT_ENOUGH","message":"基本账户余额不足","detail":null,"new":1}"#;
        assert_eq!(submit(403, body), Meaning::NotEnough);
        assert_eq!(submit(500, body), Meaning::Unclear);
        assert_eq!(submit(429, body), Meaning::SlowDown);
        let body = br#"{"code":"RESOURCE_NOT_EXISTS","message":""}"#;
        assert_eq!(ErrorAnswer::of(Call::QueryRefund, 404, body).meaning, Meaning::NotThere);
    }

    #[test]
    fn what_is_no_error_of_wechat_pay_means_nothing() {
        for body in [
            "",
            "<html>403 Forbidden</html>",
            "{}",
            "null",
            r#"{"code":403}"#,
            r#"{"code":["NOT_ENOUGH"]}"#,
            r#"{"code":"PARAM_ERROR","code":"NOT_ENOUGH"}"#,
            r#"{"error":{"code":"NOT_ENOUGH"}}"#,
        ] {
            for status in [400, 401, 403, 404, 500] {
                assert_eq!(submit(status, body), Meaning::Unclear, "{status} {body}");
            }
            assert_eq!(submit(429, body), Meaning::SlowDown, "{body}");
        }
    }

    #[test]
    fn a_detail_that_looks_otherwise_does_not_hide_the_code() {
        for detail in ["1", "[]", "{\"field\":1,\"value\":2}", "{\"sign_information\":[]}", "\"text\""] {
            let body = format!(r#"{{"code":"SIGN_ERROR","message":1,"detail":{detail}}}"#);
            assert_eq!(submit(401, &body), Meaning::ConfigurationFault(Configuration::Signature), "{body}");
        }
    }

    #[test]
    fn a_mismatch_of_signatures_is_written_as_the_platform_does() {
        let body = ErrorBody {
            code: "SIGN_ERROR".to_owned(),
            message: "错误的签名，验签失败".to_owned(),
            detail: Some(Detail {
                field: Some("signature".to_owned()),
                issue: Some("sign not match".to_owned()),
                location: Some("authorization".to_owned()),
                value: None,
                sign_information: Some(SignInformation {
                    method: "GET".to_owned(),
                    url: "/v3/certificates".to_owned(),
                    sign_message_length: 66,
                    truncated_sign_message: "GET\n/v3/certificates\n1\nN\n\n".to_owned(),
                }),
            }),
        };
        let text = body.render();
        assert_eq!(
            text,
            "{\"code\":\"SIGN_ERROR\",\"message\":\"错误的签名，验签失败\",\"detail\":{\"detail\":{\"issue\":\
             \"sign not match\"},\"field\":\"signature\",\"location\":\"authorization\",\"sign_information\":\
             {\"method\":\"GET\",\"url\":\"/v3/certificates\",\"sign_message_length\":66,\
             \"truncated_sign_message\":\"GET\\n/v3/certificates\\n1\\nN\\n\\n\"}}}"
        );
        assert_eq!(ErrorBody::parse(text.as_bytes()), Ok(body));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_and_never_a_refusal(body in prop::collection::vec(any::<u8>(), 0..99), status: u16) {
            let answer = ErrorAnswer::of(Call::SubmitRefund, status, &body);
            let expected = if status == 429 { Meaning::SlowDown } else { Meaning::Unclear };
            prop_assert_eq!(answer.meaning, expected);
        }
    }
}
