//! The OpenAPI document: what the routes give, completed with what surrounds each of them.
//!
//! The routes describe their answers when all goes well; which problems each can answer stands here, by operation, and comes
//! into the document with statuses and sentences from the catalogue.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr};

use super::problem::document::{MEDIA_TYPE, Written};
use super::problem::{Code, Problem};
use crate::admin;

/// What stands at the head of the document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Pays WeChat Pay refunds back reliably. Amounts are whole minor units, times RFC 3339 in UTC. A refund is \
            known by `out_refund_no`: the same number and body again is the same refund. Errors are RFC 9457 problem documents \
            with a stable `code`; every answer bears a `Request-Id`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Written)),
    tags(
        (name = "refunds", description = "Money going back to the payer."),
        (name = "orders", description = "What refunds draw on."),
        (name = "payments", description = "What fills the pool."),
        (name = "pools", description = "What refunds are paid from."),
        (name = "operator", description = "Merchant ids, keys of the API and the audit trail: for whoever runs the gateway. \
            Needs a key with the scope `admin`; `tidegate admin init` makes the first."),
        (name = "interface", description = "About this interface."),
    ),
)]
pub struct Head;

/// What every call with a key can answer, the operator's too.
pub(crate) const WITH_KEY: &[Code] = &[
    Code::KeyMissing,
    Code::KeyUnknown,
    Code::KeyExpired,
    Code::ScopeMissing,
    Code::StoreBusy,
    Code::StoreUnclear,
    Code::StoreBroken,
    Code::MerchantNotReady,
    Code::Internal,
];

/// What every call with a body can answer.
const WITH_BODY: &[Code] = &[
    Code::MediaTypeUnsupported,
    Code::BodyTooLarge,
    Code::BodyTimeout,
    Code::BodyMalformed,
    Code::FieldMissing,
    Code::FieldUnknown,
    Code::FieldRepeated,
    Code::FieldInvalid,
    Code::AmountNotPositive,
    Code::CurrencyUnknown,
    Code::SubMerchantNotFound,
    Code::KeyWithoutMerchant,
    Code::StoreFull,
];

/// What every call about one refund can answer.
const ABOUT_A_REFUND: &[Code] = &[
    Code::PathInvalid,
    Code::ParameterUnknown,
    Code::ParameterInvalid,
    Code::KeyWithoutMerchant,
    Code::RefundNotFound,
    Code::AmbiguousRefund,
];

/// Which problems the operation named `id` can answer; none for a name that no route bears.
pub fn problems_of(id: &str) -> Option<Vec<Code>> {
    let groups: &[&[Code]] = match id {
        "create_refund" => &[
            WITH_KEY,
            WITH_BODY,
            &[
                Code::DeadlinePassed,
                Code::UpstreamNumberTooLong,
                Code::AdoptionNotPermitted,
                Code::RefundConflict,
                Code::UpstreamNumberUsed,
                Code::ClaimsDiffer,
                Code::OrderMismatch,
                Code::ExceedsOrder,
                Code::TooManyRefunds,
                Code::OrderTooOld,
            ],
        ],
        "show_refund" | "show_timeline" => &[WITH_KEY, ABOUT_A_REFUND],
        "cancel_refund" => &[WITH_KEY, ABOUT_A_REFUND, &[Code::RefundNotCancellable, Code::StoreFull]],
        "retry_refund" => &[
            WITH_KEY,
            ABOUT_A_REFUND,
            &[Code::RefundNotRetryable, Code::RetryTooEarly, Code::MerchantHeld, Code::StoreFull],
        ],
        "check_refund" => {
            &[WITH_KEY, ABOUT_A_REFUND, &[Code::NothingToCheck, Code::CheckTooSoon, Code::StoreFull]]
        }
        "settle_refund" => &[
            WITH_KEY,
            ABOUT_A_REFUND,
            &[
                Code::MediaTypeUnsupported,
                Code::BodyTooLarge,
                Code::BodyTimeout,
                Code::BodyMalformed,
                Code::FieldMissing,
                Code::FieldUnknown,
                Code::FieldRepeated,
                Code::FieldInvalid,
                Code::NothingToSettle,
                Code::StoreFull,
            ],
        ],
        "list_refunds" => &[
            WITH_KEY,
            &[
                Code::ParameterUnknown,
                Code::ParameterInvalid,
                Code::CursorInvalid,
                Code::SubMerchantNotFound,
                Code::KeyWithoutMerchant,
            ],
        ],
        "show_order" => &[
            WITH_KEY,
            &[
                Code::PathInvalid,
                Code::ParameterUnknown,
                Code::ParameterInvalid,
                Code::KeyWithoutMerchant,
                Code::OrderNotFound,
            ],
        ],
        "report_payment" => &[WITH_KEY, WITH_BODY, &[Code::PaymentConflict]],
        "list_payments" => &[
            WITH_KEY,
            &[Code::ParameterUnknown, Code::ParameterInvalid, Code::CursorInvalid, Code::KeyWithoutMerchant],
        ],
        "show_pool" => &[WITH_KEY, &[Code::PathInvalid, Code::ParameterUnknown, Code::MerchantNotFound]],
        "show_me" => &[&[
            Code::KeyMissing,
            Code::KeyUnknown,
            Code::KeyExpired,
            Code::StoreBusy,
            Code::StoreUnclear,
            Code::StoreBroken,
            Code::Internal,
        ]],
        "list_errors" => &[],
        "explain_error" => &[&[Code::PathInvalid, Code::ProblemNotFound]],
        _ => return admin::problems::problems_of(id),
    };
    Some(groups.concat())
}

/// The document of the routes, completed.
pub fn complete(mut document: Document) -> Document {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("tg_ and 43 characters of base64url")
        .description(Some("An API key. Keys are made by the operator and shown once."));
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("key", SecurityScheme::Http(scheme.build()));
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            name_request_ids(operation);
            add_problems(operation);
        }
    }
    document
}

fn name_request_ids(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = HeaderBuilder::new().description(Some("Names this request in our log."));
            response.headers.insert("Request-Id".to_owned(), header.build().into());
        }
    }
}

fn add_problems(operation: &mut Operation) {
    let codes = operation.operation_id.as_deref().and_then(problems_of).unwrap_or_default();
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        if let Some(status) = code.row().status {
            by_status.entry(status).or_default().push(code);
        }
    }
    for (status, codes) in by_status {
        let lines: Vec<String> =
            codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.row().title)).collect();
        let examples = codes.iter().map(|code| {
            let written = serde_json::to_value(Problem::new(*code).written()).unwrap_or_else(|_| json!({}));
            (code.as_str(), ExampleBuilder::new().summary(code.row().title).value(Some(written)).build())
        });
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .examples_from_iter(examples)
            .build();
        let header = |text: &str| HeaderBuilder::new().description(Some(text)).build();
        let mut response = ResponseBuilder::new()
            .description(lines.join("\n"))
            .content(MEDIA_TYPE, content)
            .header("Request-Id", header("Names this request in our log."));
        if status == 401 {
            response = response.header("WWW-Authenticate", header("`Bearer`"));
        }
        if matches!(status, 429 | 503) {
            response = response
                .header("Retry-After", header("Seconds after which the same request may be repeated."));
        }
        operation.responses.responses.insert(status.to_string(), response.build().into());
    }
}
