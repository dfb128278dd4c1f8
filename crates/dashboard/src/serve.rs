//! The server: this machine alone, few connections, each with its limits.
//!
//! Invariants: no address but a loopback one is listened on; at most [`CONNECTIONS_MAX`] connections are served at a time and
//! more wait unaccepted; a connection that does not send its next request's head within [`HEAD_TIME`] is closed; a head is at
//! most [`HEAD_MAX`] bytes. Every request passes the [`guard`]. Not here: what is answered (`api`).

use crate::api;
use crate::guard::Rules;
use crate::library::Library;
use crate::provider::Provider;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeSet;
use std::future::Future;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Semaphore;

#[cfg(doc)]
use crate::guard;

/// Connections served at a time.
pub const CONNECTIONS_MAX: usize = 64;

/// Time in which the head of a request must come, keep-alive included.
pub const HEAD_TIME: Duration = Duration::from_secs(20);

/// Largest head of a request, in bytes.
pub const HEAD_MAX: usize = 16 << 10;

/// Answers worked out at a time.
const WORK_MAX: usize = 4;

/// What is served.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// A folder of runs, or one log.
    pub root: PathBuf,
    /// Whether runs may be held and stopped from the page.
    pub control: bool,
}

/// The server cannot be started.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Others could reach it.
    #[error("{0} is not an address of this machine alone: use 127.0.0.1:PORT or [::1]:PORT")]
    NotLoopback(SocketAddr),
    /// The place is taken, or not ours.
    #[error("cannot listen on {address}; another port may be free: --addr 127.0.0.1:0 takes any")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// No randomness for the token.
    #[error("cannot draw a token from /dev/urandom")]
    Token(#[source] io::Error),
    /// No threads.
    #[error("the server cannot work")]
    Runtime(#[source] io::Error),
}

/// What ends a server when it is done.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A server that listens and does not answer yet.
pub struct Server {
    listener: std::net::TcpListener,
    app: Arc<api::App>,
    url: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// 128 random bits as text.
fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(das_core::log::hex(&bytes))
}

/// A name as the value of a query.
fn escaped(name: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Listens; what is printed for the user is [`Server::url`].
pub fn serve(config: Config, provider: Box<dyn Provider>) -> Result<Server, ServeError> {
    let address = config.address;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let listening = |source| ServeError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(listening)?;
    listener.set_nonblocking(true).map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let port = address.port();
    let rules = Rules {
        hosts: vec![address.to_string(), format!("localhost:{port}")],
        token: token().map_err(ServeError::Token)?,
        control: config.control,
    };
    let url = format!("http://{address}/?token={}", rules.token);
    let metrics = provider.metrics();
    let hidden: BTreeSet<String> = metrics
        .iter()
        .filter(|m| m.hidden)
        .map(|m| m.name.clone())
        .collect();
    let app = Arc::new(api::App {
        rules,
        library: Library::new(config.root),
        provider,
        metrics,
        hidden,
        work: Arc::new(Semaphore::new(WORK_MAX)),
    });
    Ok(Server { listener, app, url })
}

impl Server {
    /// Address of the page, with the token that lets a browser in.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same, and right to the run if there is only one.
    pub fn url_of_run(&self) -> String {
        match (self.url.split_once("/?"), self.app.library.only_run()) {
            (Some((host, token)), Ok(Some(id))) => {
                format!("{host}/run?id={}&{token}", escaped(&id))
            }
            _ => self.url.clone(),
        }
    }

    /// Answers until `stop` is done. Boxed, so that the server is compiled here once and not again by each caller.
    pub fn run(self, stop: Stop) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(WORK_MAX + 2)
            .enable_all()
            .build()
            .map_err(ServeError::Runtime)?;
        let outcome = runtime.block_on(async {
            let listener =
                tokio::net::TcpListener::from_std(self.listener).map_err(ServeError::Runtime)?;
            tokio::select! {
                () = stop => {}
                () = accept(listener, self.app) => {}
            }
            Ok(())
        });
        // Streams to open pages never end by themselves.
        runtime.shutdown_background();
        outcome
    }
}

async fn accept(listener: tokio::net::TcpListener, app: Arc<api::App>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let router = api::router(app);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, say: a breath, then on.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(HEAD_MAX)
                .serve_connection(TokioIo::new(stream), service);
            // A browser that went away is no mistake.
            drop(connection.await);
            drop(place);
        });
    }
}
