//! A sandbox's control interface, from outside: users pay, time passes, things go wrong, and what happened is told.

use std::collections::BTreeMap;
use std::fmt::Display;

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// How many requests are fetched at once.
const PAGE: usize = 1000;

/// Requests are numbered as they arrive and recorded as they are answered, so neighbours may have changed places: pages
/// overlap by more than are ever under way at once.
const OVERLAP: u64 = 200;

/// The control interface of one sandbox.
#[derive(Debug, Clone)]
pub struct Control {
    url: String,
    http: Client,
}

impl Control {
    /// The one that listens at `address`.
    pub fn at(address: impl Display) -> Control {
        let http = Client::builder().no_proxy().build();
        let http = http.expect("a client without certificates of its own");
        Control { url: format!("http://{address}"), http }
    }

    /// What a path shows.
    pub async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, String::new()).await
    }

    /// What comes of posting `body`.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.ask(Method::POST, path, body.to_string()).await
    }

    /// A user pays; `payment` is the body of `POST /control/payments`. Gives the paid order.
    pub async fn pays(&self, payment: &Value) -> Value {
        self.post("/control/payments", payment).await
    }

    /// Lets a virtual clock go on by an ISO 8601 duration, and comes back when everything due by then is done. Gives the
    /// names of those that let the clock wait for too long.
    pub async fn advance(&self, by: &str) -> Vec<String> {
        let advanced = self.post("/control/clock", &json!({ "advance": by })).await;
        let silent = advanced["silent"].as_array().into_iter().flatten();
        silent.map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Comes back when everything due now is done, on both sides.
    pub async fn settle(&self) {
        self.advance("PT0S").await;
    }

    /// Puts a rule about what goes wrong in force.
    pub async fn goes_wrong(&self, rule: &Value) {
        self.post("/control/faults", rule).await;
    }

    /// Takes back what stands at a path.
    pub async fn delete(&self, path: &str) -> Value {
        self.ask(Method::DELETE, path, String::new()).await
    }

    /// From now on nothing goes wrong.
    pub async fn goes_well(&self) {
        self.delete("/control/faults").await;
    }

    /// Every request that arrived, oldest first.
    pub async fn requests(&self) -> Vec<Value> {
        let mut requests: BTreeMap<u64, Value> = BTreeMap::new();
        loop {
            let known = requests.len();
            let after = requests.keys().next_back().map_or(0, |last| last.saturating_sub(OVERLAP));
            let page = self.get(&format!("/control/requests?after={after}&limit={PAGE}")).await;
            for request in page["requests"].as_array().expect("a list of requests") {
                requests.insert(request["n"].as_u64().expect("requests are numbered"), request.clone());
            }
            if requests.len() == known {
                return requests.into_values().collect();
            }
        }
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.url)).body(body);
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path} is not answered: {error}"));
        let status = answer.status();
        let text = answer.text().await.unwrap_or_else(|error| panic!("{path} is answered in part: {error}"));
        assert!(status.is_success(), "{path} answers {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
