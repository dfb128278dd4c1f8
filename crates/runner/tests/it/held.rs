//! `das run --dashboard`: a run that is held and led on from its page, by real requests to a real run.

use crate::support::{bytes, command, das, place, stderr};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};

/// A run with its page.
struct Held {
    child: Child,
    /// What it says on stderr after the page's address.
    rest: BufReader<std::process::ChildStderr>,
    host: String,
    token: String,
    id: String,
}

impl Held {
    fn start(dir: &Path, more: &[&str]) -> Self {
        let args = ["run", "small.yaml", "--dashboard=127.0.0.1:0"];
        let mut child = command(dir, &[&args[..], more].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rest = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("page    http://");
        let (host, query) = url
            .unwrap_or_else(|| panic!("{line}"))
            .split_once("/run?id=")
            .unwrap();
        let (id, token) = query.split_once("&token=").unwrap();
        Self {
            child,
            rest,
            host: host.to_owned(),
            token: token.to_owned(),
            id: id.to_owned(),
        }
    }

    /// Asks the page; status and answer.
    fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let port = self.host.rsplit(':').next().unwrap();
        let request = format!(
            "{method} /api/{path}?id={0} HTTP/1.1\r\nHost: {1}\r\nOrigin: http://{1}\r\nCookie: das_{port}={2}\r\nConnection: close\r\n\r\n",
            self.id, self.host, self.token
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    /// Waits until the run does this; steps that are done.
    fn until(&self, doing: &str) -> u64 {
        loop {
            let (status, answer) = self.ask("GET", "held");
            assert_eq!(status, 200, "{answer}");
            if answer["held"]["doing"] == doing {
                return answer["held"]["steps"].as_u64().unwrap();
            }
        }
    }

    /// Waits until the page has read so many steps of the log: lines read.
    fn read_out(&self, steps: usize, log: &Path) -> u64 {
        let text = String::from_utf8(bytes(log)).unwrap();
        // One before the first step, one a step, one an epoch of five steps.
        let seals = text.matches("\"type\":\"seal\"").count();
        assert_eq!(seals, 1 + steps + steps / 5);
        loop {
            let lines = self.ask("GET", "run").1["news"]["lines"].as_u64().unwrap();
            if lines == text.lines().count() as u64 {
                return lines;
            }
        }
    }

    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Waits for its end; all that it said.
    fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let mut words = String::new();
        self.rest.read_to_string(&mut words).unwrap();
        (status, words)
    }
}

#[test]
fn a_held_run_makes_the_steps_it_is_given_and_writes_the_same_log() {
    // Held before its first step the log stays as it is however often one looks; each step is one seal more and no other; let go it
    // ends, the page stays and shows that; the log's bytes are those of a run without a page, and replay agrees.
    let dir = place();
    das(
        dir.path(),
        &["run", "small.yaml", "--out", "plain", "-q"],
        0,
    );
    let run = Held::start(dir.path(), &["--out", "seen", "--paused"]);
    assert_eq!(run.id, "seen");
    let part = dir.path().join("seen/events.jsonl.part");
    assert_eq!(run.until("paused"), 0);
    let before = bytes(&part);
    run.read_out(0, &part);
    for _ in 0..5 {
        assert_eq!(run.ask("POST", "pause").0, 200);
        assert_eq!(run.until("paused"), 0);
        assert_eq!(bytes(&part), before);
    }
    for steps in 1..=6 {
        assert_eq!(run.ask("POST", "step").0, 200);
        assert_eq!(run.until("paused"), steps);
        run.read_out(steps as usize, &part);
    }
    let at = run.ask("GET", "held").1["held"].clone();
    assert_eq!((&at["epoch"], &at["step"]), (&1.into(), &1.into()));
    assert_eq!(run.ask("POST", "go").0, 200);
    assert_eq!(run.until("ended"), 20);
    loop {
        let page = run.ask("GET", "run").1;
        if page["live"] == false {
            assert_eq!(page["status"], "completed");
            break;
        }
    }
    assert_eq!(run.ask("POST", "pause").0, 400);
    run.interrupt();
    let (status, words) = run.end();
    assert_eq!(status.code(), Some(0), "{words}");
    assert!(
        words.contains("its page stays: Ctrl-C ends it") && !words.contains("interrupted"),
        "{words}"
    );
    for name in [
        "events.jsonl",
        "summary.json",
        "metrics.csv",
        "scenario.resolved.yaml",
    ] {
        assert_eq!(
            bytes(dir.path().join("seen").join(name)),
            bytes(dir.path().join("plain").join(name)),
            "{name}"
        );
    }
    das(dir.path(), &["replay", "seen/events.jsonl", "--verify"], 0);
}

#[test]
fn a_run_is_caught_in_its_middle_and_stopped() {
    // A long run is held where it is, makes one step, and is stopped: its log is whole, says so and verifies; the exit code is that
    // of a stopped run.
    let dir = place();
    let run = Held::start(
        dir.path(),
        &[
            "--epochs",
            "4000",
            "--out",
            "long",
            "outputs.detail=interactions",
        ],
    );
    assert_eq!(run.ask("POST", "step").0, 400, "it runs");
    assert_eq!(run.ask("POST", "pause").0, 200);
    let steps = run.until("paused");
    assert!(steps < 20_000);
    let held = bytes(dir.path().join("long/events.jsonl.part"));
    for _ in 0..3 {
        assert_eq!(run.until("paused"), steps);
    }
    assert_eq!(bytes(dir.path().join("long/events.jsonl.part")), held);
    assert_eq!(run.ask("POST", "step").0, 200);
    assert_eq!(run.until("paused"), steps + 1);
    assert_eq!(run.ask("POST", "stop").0, 200);
    run.until("ended");
    run.interrupt();
    let (status, words) = run.end();
    assert_eq!(status.code(), Some(0), "{words}");
    assert!(words.contains("stopped by long/STOP"), "{words}");
    let log = String::from_utf8(bytes(dir.path().join("long/events.jsonl"))).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains("\"status\":\"stopped\"")
    );
    das(dir.path(), &["replay", "long/events.jsonl", "--verify"], 0);
}

#[test]
fn ctrl_c_ends_a_held_run_and_it_can_be_finished() {
    // Interrupted while it waits: exit 130, and das resume makes the log of a run that nobody held. One without a kill switch cannot
    // be stopped from its page, and says so.
    let dir = place();
    das(
        dir.path(),
        &[
            "run",
            "small.yaml",
            "--out",
            "plain",
            "-q",
            "safety.kill_switch_enabled=false",
        ],
        0,
    );
    let run = Held::start(
        dir.path(),
        &[
            "--paused",
            "--out",
            "half",
            "safety.kill_switch_enabled=false",
        ],
    );
    run.until("paused");
    for steps in 1..=3 {
        assert_eq!(run.ask("POST", "step").0, 200);
        assert_eq!(run.until("paused"), steps);
    }
    let (status, answer) = run.ask("POST", "stop");
    assert!(
        status == 400
            && answer["error"]
                .as_str()
                .unwrap()
                .contains("kill_switch_enabled"),
        "{answer}"
    );
    run.interrupt();
    let (status, words) = run.end();
    assert_eq!(status.code(), Some(130), "{words}");
    assert!(words.contains("das resume half"), "{words}");
    das(dir.path(), &["resume", "half", "-q"], 0);
    assert_eq!(
        bytes(dir.path().join("half/events.jsonl")),
        bytes(dir.path().join("plain/events.jsonl"))
    );
}

#[test]
fn a_page_that_cannot_be_served_costs_nothing() {
    // A port that is taken and an address others could reach are said before anything is written or overwritten.
    let dir = place();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("--dashboard={}", taken.local_addr().unwrap());
    das(dir.path(), &["run", "small.yaml", "--out", "old", "-q"], 0);
    let before = bytes(dir.path().join("old/events.jsonl"));
    for address in [taken.as_str(), "--dashboard=0.0.0.0:8787"] {
        let output = das(
            dir.path(),
            &["run", "small.yaml", address, "--out", "old", "--force"],
            2,
        );
        assert!(stderr(&output).contains("127.0.0.1"), "{}", stderr(&output));
        assert_eq!(bytes(dir.path().join("old/events.jsonl")), before);
    }
    das(dir.path(), &["run", "small.yaml", "--paused"], 2);
}
