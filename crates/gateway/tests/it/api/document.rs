//! The OpenAPI document, and the page that shows it.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use gateway::api;
use serde_json::Value;

use super::room::Room;

/// Asserts that the file at `path` (from this package's folder) holds `text`. With `TIDEGATE_UPDATE` set it is written
/// instead: look at the difference before it is committed.
pub(super) fn is_kept_in(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("TIDEGATE_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == text,
        "{} is not what it was; TIDEGATE_UPDATE=1 writes it anew: {differs:?}",
        path.display()
    );
}

/// `value` with its outer four levels in lines of their own: a change shows as a few changed lines.
fn in_lines(value: &Value, depth: usize) -> String {
    match value {
        Value::Object(members) if depth < 4 && !members.is_empty() => {
            let indent = "  ".repeat(depth + 1);
            let lines = members.iter().map(|(key, value)| {
                format!("{indent}{}: {}", Value::from(key.as_str()), in_lines(value, depth + 1))
            });
            format!("{{\n{}\n{}}}", lines.collect::<Vec<_>>().join(",\n"), "  ".repeat(depth))
        }
        _ => value.to_string(),
    }
}

#[test]
fn the_document_is_what_was_agreed() {
    let document = serde_json::to_value(api::document()).unwrap();
    is_kept_in("tests/it/api/openapi.json", &format!("{}\n", in_lines(&document, 0)));
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_complete() {
    let room = Room::new().await;
    let answer = room.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    let document = answer.body;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let id = operation["operationId"].as_str().unwrap();
            let problems = api::openapi::problems_of(id).unwrap_or_else(|| panic!("{id} lists no problems"));
            for code in problems {
                let status = code.row().status.unwrap().to_string();
                let example = &operation["responses"][&status]["content"]["application/problem+json"]["examples"]
                    [code.as_str()]["value"];
                assert_eq!(example["code"], code.as_str(), "{method} {path}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(
                    response["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{id} {status}"
                );
                assert!(response["headers"]["Request-Id"].is_object(), "{id} {status}");
            }
        }
    }
    assert_eq!(operations, 32);
    assert_eq!(
        document["paths"]["/v1/admin/keys"]["post"]["security"],
        serde_json::json!([{ "key": ["admin"] }])
    );
    for reference in references(&document) {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            members.values().flat_map(references).chain(own).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(references).collect(),
        _ => vec![],
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let room = Room::new().await;
    let get = async |path: &str| room.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let page = get("/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    assert_eq!(get("/docs/").await.text, page.text);
    assert!(!page.text.contains("http") && page.text.contains("src=\"/docs/scalar.js\""), "{}", page.text);
    let start = get("/docs/start.js").await;
    assert!(start.text.contains("url: '/openapi.json'") && start.text.contains("withDefaultFonts: false"));
    assert!(start.text.contains("showDeveloperTools: 'never'"), "{}", start.text);
    let script = get("/docs/scalar.js").await;
    assert!(script.header("content-type").starts_with("text/javascript") && script.text.len() > 100_000);
}
