//! Logs written by hand, a server over them, and requests to it as bytes.

use das_core::view::{Explanation, View};
use das_dashboard::{Config, Doing, MetricName, Order, Provider, Standing, ViewName, serve};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// No world; a run whose folder is called `held` can be held, and counts its orders.
#[derive(Clone, Default)]
pub(crate) struct NoWorld {
    pub(crate) orders: Arc<Mutex<Vec<Order>>>,
}

impl Provider for NoWorld {
    fn metrics(&self) -> Vec<MetricName> {
        let metric = |name: &str, hidden| MetricName {
            name: name.to_owned(),
            summary: String::new(),
            formula: String::new(),
            hidden,
        };
        vec![
            metric("toxicity_rate", false),
            metric("true_harm_rate", true),
        ]
    }

    fn views(&self, _: &Path) -> Result<Vec<ViewName>, String> {
        Ok(Vec::new())
    }

    fn view(&self, _: &Path, name: &str, _: Option<u32>) -> Result<Vec<View>, String> {
        Err(format!("no view is called `{name}`"))
    }

    fn why(&self, _log: &Path, event: u64) -> Result<Explanation, String> {
        Err(format!("nobody knows why event {event} came to be"))
    }

    fn stop_file(&self, log: &Path) -> PathBuf {
        log.with_file_name("STOP")
    }

    fn standing(&self, log: &Path) -> Option<Standing> {
        log.parent()?.ends_with("held").then_some(Standing {
            doing: Doing::Paused,
            epoch: 1,
            step: 2,
            steps: 12,
            can_stop: false,
        })
    }

    fn order(&self, log: &Path, order: Order) -> Result<Standing, String> {
        let standing = self.standing(log).ok_or("it cannot be held")?;
        self.orders.lock().unwrap().push(order);
        Ok(standing)
    }
}

/// Text of a log: `epochs` of ten steps, four interactions a step between three agents, a seal a step; `ended` or not.
pub(crate) fn log(epochs: u32, ended: bool) -> String {
    let (mut text, mut seq, mut event) = (String::new(), 0_u64, 0_u64);
    let mut line = |kind: &str, epoch: u32, step: u32, numbered: bool, rest: &str| {
        let _ = write!(
            text,
            "{{\"seq\":{seq},\"type\":\"{kind}\",\"epoch\":{epoch},\"step\":{step}"
        );
        if numbered {
            let _ = write!(text, ",\"event\":{event}");
            event += 1;
        }
        let _ = writeln!(text, "{rest}}}");
        seq += 1;
    };
    line(
        "simulation_started",
        0,
        0,
        true,
        &format!(
            ",\"schema\":1,\"engine\":1,\"seed\":\"7\",\"scenario\":{{\"scenario_id\":\"hand\",\"environment\":{{\"kind\":\"commons\"}},\"simulation\":{{\"epochs\":{epochs},\"steps_per_epoch\":10}}}}"
        ),
    );
    for (name, kind) in [("a.1", "honest"), ("a.2", "deceptive"), ("b.1", "honest")] {
        line(
            "agent_registered",
            0,
            0,
            true,
            &format!(",\"agent\":\"{name}\",\"kind\":\"{kind}\",\"role\":\"worker\""),
        );
    }
    let hash = "0".repeat(64);
    for epoch in 0..epochs {
        for step in 0..10 {
            for n in 0..4 {
                let (from, to) = [
                    ("a.1", "a.2"),
                    ("a.2", "a.1"),
                    ("b.1", "a.1"),
                    ("a.1", "b.1"),
                ][n];
                let p = f64::from((epoch * 7 + step * 3 + n as u32) % 100) / 100.0;
                line(
                    "interaction",
                    epoch,
                    step,
                    true,
                    &format!(
                        ",\"id\":\"i{}\",\"kind\":\"trade\",\"opened\":0,\"initiator\":\"{from}\",\"counterparty\":\"{to}\",\"accepted\":{},\"task_progress_delta\":0.5,\"rework_count\":0,\"verifier_rejections\":0,\"tool_misuse_flags\":0,\"counterparty_engagement_delta\":0.0,\"v_hat\":0.1,\"p\":{p},\"tau\":0.0,\"c_a\":0.0,\"c_b\":0.0,\"r_a\":0.0,\"r_b\":0.0,\"pi_a\":0.5,\"pi_b\":0.25,\"deception\":0.5,\"ground_truth\":{}",
                        (epoch * 10 + step) * 4 + n as u32,
                        n != 3,
                        if n == 1 { -1 } else { 1 }
                    ),
                );
            }
            line(
                "seal",
                epoch,
                step,
                false,
                &format!(",\"prefix_sha256\":\"{hash}\",\"prev_at\":0,\"lines\":4"),
            );
        }
        line(
            "epoch_completed",
            epoch,
            9,
            true,
            &format!(
                ",\"metrics\":{{\"n_interactions\":40,\"toxicity_rate\":0.{:02},\"true_harm_rate\":0.25}},\"kinds\":{{}},\"env\":{{}}",
                epoch % 100
            ),
        );
    }
    if ended {
        let rest = ",\"status\":\"completed\",\"metrics\":{\"n_interactions\":40,\"toxicity_rate\":0.1,\"true_harm_rate\":0.25},\"kinds\":{}";
        line("run_completed", epochs - 1, 9, true, rest);
        line(
            "seal",
            epochs - 1,
            9,
            false,
            &format!(
                ",\"prefix_sha256\":\"{hash}\",\"prev_at\":0,\"lines\":2,\"state_sha256\":\"{hash}\""
            ),
        );
        line(
            "simulation_ended",
            epochs - 1,
            9,
            false,
            &format!("{rest},\"counts\":{{}},\"events\":1,\"bytes\":1,\"body_sha256\":\"{hash}\""),
        );
    }
    text
}

/// A running server; it ends with the test process.
pub(crate) struct Page {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Page {
    pub(crate) fn over(root: &Path, control: bool) -> Self {
        Self::of(NoWorld::default(), root, control)
    }

    pub(crate) fn of(world: NoWorld, root: &Path, control: bool) -> Self {
        let config = Config {
            address: "127.0.0.1:0".parse().unwrap(),
            root: root.to_owned(),
            control,
        };
        let server = serve(config, Box::new(world)).unwrap();
        let (host, token) = server
            .url()
            .strip_prefix("http://")
            .unwrap()
            .split_once("/?token=")
            .unwrap();
        let page = Self {
            address: host.parse().unwrap(),
            token: token.to_owned(),
        };
        std::thread::spawn(move || server.run(Box::pin(std::future::pending())));
        page
    }

    /// Sends bytes; status and the whole answer.
    pub(crate) fn raw(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A refused connection may be closed before all was read: what came is the answer.
        drop(stream.read_to_end(&mut answer));
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0);
        (status, answer)
    }

    /// Whether this server answers to a name.
    pub(crate) fn is_called(&self, host: &str) -> bool {
        let port = self.address.port();
        host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}")
    }

    pub(crate) fn cookie(&self) -> String {
        format!("das_{}={}", self.address.port(), self.token)
    }

    /// A panel, as the page asks for it.
    pub(crate) fn panel(&self, path: &str) -> (u16, serde_json::Value) {
        let request = format!(
            "GET /api/{path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n",
            self.address,
            self.cookie()
        );
        let (status, answer) = self.raw(&request);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// The panel once the whole log was read.
    pub(crate) fn read_out(&self, id: &str, lines: u64) {
        loop {
            let (status, run) = self.panel(&format!("run?id={id}"));
            assert_eq!(status, 200, "{run}");
            if run["news"]["lines"].as_u64() >= Some(lines) {
                return;
            }
            std::thread::yield_now();
        }
    }
}
