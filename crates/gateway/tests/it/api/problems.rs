//! The error catalogue: over HTTP, and as the page `docs/problems.md`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use gateway::api::problem::Code;
use gateway::api::problem::catalogue::Row;
use serde_json::{Value, json};

use super::document::is_kept_in;
use super::room::{OF_SUB, Room};

const HEAD: &str = "# Problems

The error catalogue: every code an answer or a refused refund can bear. Answers are problem documents by RFC 9457
(`application/problem+json`) whose `type` is `/problems/{code}`; decide by `code`, which is stable. The rows are those of
`crates/gateway/src/api/problem/catalogue.rs`. A code without a status never is an answer: it stands in the `refusal` of a refund
that ended `rejected`. A code with a status may stand there too.

| code | status | sentence | what to do |
| --- | --- | --- | --- |
";

#[test]
fn the_page_has_the_rows_of_the_catalogue() {
    let rows = Code::ALL.iter().map(|code| {
        let Row { code, status, title, what_to_do } = code.row();
        let status = status.map_or("none".to_owned(), |status| status.to_string());
        format!("| `{code}` | {status} | {title} | {what_to_do} |\n")
    });
    is_kept_in("../../docs/problems.md", &format!("{HEAD}{}", rows.collect::<String>()));
}

#[tokio::test]
async fn the_catalogue_is_told_to_everybody() {
    let room = Room::new().await;
    let answer = room.send(Request::get("/v1/errors").body(Body::empty()).unwrap()).await;
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), Code::ALL.len());
    for error in errors {
        let code = error["code"].as_str().unwrap();
        let one = room.get(OF_SUB, &format!("/problems/{code}")).await;
        assert_eq!((one.status, &one.body), (StatusCode::OK, error));
    }
    let refusal = errors.iter().find(|error| error["code"] == "order_amount_exceeded").unwrap();
    assert_eq!((&refusal["status"], refusal["detail"].as_str().is_some()), (&Value::Null, true));
}

#[tokio::test]
async fn a_browser_gets_a_page_about_a_problem() {
    let room = Room::new().await;
    let request = Request::get("/problems/exceeds_order").header("accept", "text/html,application/xhtml+xml");
    let answer = room.send(request.body(Body::empty()).unwrap()).await;
    assert!(
        answer.header("content-type").starts_with("text/html")
            && answer.text.contains("<h1>exceeds_order</h1>")
    );
    let answer = room.get(OF_SUB, "/problems/%3Cscript%3E").await;
    answer.is_problem("problem_not_found");
    assert_eq!(answer.body.get("detail"), None, "{}", json!(answer.text));
}
