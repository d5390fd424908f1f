//! A gateway of answers made beforehand, which remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use crate::tidegate;

/// The key the commands under test come with.
pub(crate) const KEY: &str = "tg_secret";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and target: `GET /v1/refunds/R1`.
    pub(crate) line: String,
    /// Headers by name in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

/// What a stub does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Status, further headers, body.
    Says(u16, &'static str, String),
    /// Reads the request, and ends the connection.
    Cuts,
}

/// A stub that is listening.
pub(crate) struct Stub {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Answers as `answer` says; it is given the requests so far, the one to be answered last.
    pub(crate) fn new(answer: impl Fn(&[Request]) -> Answer + Send + Sync + 'static) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                std::thread::spawn(move || serve(stream.unwrap(), &seen, answer.as_ref()));
            }
        });
        Stub { url, requests }
    }

    /// Answers every request alike.
    pub(crate) fn always(status: u16, body: &str) -> Stub {
        let body = body.to_owned();
        Stub::new(move |_| Answer::Says(status, "", body.clone()))
    }

    /// What arrived, in order, without what an import asks first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.line != "GET /v1/me").cloned().collect()
    }

    /// The program, told of this stub by its environment.
    pub(crate) fn tidegate(&self, arguments: &[&str]) -> Command {
        let mut command = lonely(arguments);
        command.env("TIDEGATE_URL", &self.url).env("TIDEGATE_API_KEY", KEY);
        command
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// The program, told of no gateway at all.
pub(crate) fn lonely(arguments: &[&str]) -> Command {
    let mut command = tidegate();
    command.args(arguments);
    for name in ["TIDEGATE_URL", "TIDEGATE_API_KEY", "HOME", "APPDATA"] {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", "no-such-folder");
    command
}

/// Runs it: exit code, standard output, standard error. The key is in neither.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    for text in [&out, &err] {
        assert!(!text.contains(KEY), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
    (status.code().unwrap(), out, err)
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&[Request]) -> Answer) {
    let request = read(&mut BufReader::new(&stream));
    let answer = {
        let mut seen = seen.lock().unwrap();
        seen.push(request);
        answer(&seen)
    };
    if let Answer::Says(status, headers, body) = answer {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
    }
}

fn read(stream: &mut BufReader<&TcpStream>) -> Request {
    let mut text = String::new();
    stream.read_line(&mut text).unwrap();
    let line = text.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        text.clear();
        stream.read_line(&mut text).unwrap();
        let Some((name, value)) = text.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Request { line, headers, body: String::from_utf8(body).unwrap() }
}
