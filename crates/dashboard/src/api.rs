//! What is answered: the page, its files, and panels as JSON.
//!
//! Every handler reads its query, looks the log up by name and works in a thread of its own, few at a time. Mistakes come as
//! `{"error": "…"}` with a sentence for people. Not here: who is answered ([`crate::guard`]).

use crate::assets;
use crate::guard::{Pass, Rules, seal};
use crate::library::Library;
use crate::open::Run;
use crate::provider::{MetricName, Provider};
use crate::query::Query as Words;
use crate::search::{Cursor, page};
use crate::{compare, control, live, panels, sweep};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use das_analysis::panels as views;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest an answer may be waited for.
const WORK_TIME: Duration = Duration::from_mins(1);

/// Runs listed.
const RUNS_MAX: usize = 500;

/// What all handlers share.
pub(crate) struct App {
    pub(crate) rules: Rules,
    pub(crate) library: Library,
    pub(crate) provider: Box<dyn Provider>,
    pub(crate) metrics: Vec<MetricName>,
    pub(crate) hidden: BTreeSet<String>,
    pub(crate) work: Arc<Semaphore>,
}

type Shared = State<Arc<App>>;
type Asked = Query<BTreeMap<String, String>>;

/// Something that cannot be shown.
pub(crate) struct Problem(pub(crate) StatusCode, pub(crate) String);

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("cannot read it: {error}"),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        json_response(self.0, &json!({"error": self.1}))
    }
}

pub(crate) fn json_response(status: StatusCode, value: &Value) -> Response {
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    )];
    (status, json, value.to_string()).into_response()
}

pub(crate) fn wrong(text: impl Into<String>) -> Problem {
    Problem(StatusCode::BAD_REQUEST, text.into())
}

/// Everything that is served.
pub(crate) fn router(app: Arc<App>) -> Router {
    let page = || {
        get(|| async {
            (
                [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
                assets::PAGE,
            )
        })
    };
    Router::new()
        .route("/", page())
        .route("/run", page())
        .route("/compare", page())
        .route("/sweep", page())
        .route("/assets/{name}", get(asset))
        .route("/api/{panel}", get(panel))
        .route("/api/live", get(stream))
        .route("/api/stop", post(control::stop))
        .route("/api/pause", post(control::pause))
        .route("/api/step", post(control::step))
        .route("/api/go", post(control::go))
        .fallback(|| async { Problem(StatusCode::NOT_FOUND, "there is no such page".to_owned()) })
        .layer(from_fn_with_state(Arc::clone(&app), guarded))
        .with_state(app)
}

/// Lets in what the rules let in, and puts the headers on every answer.
async fn guarded(State(app): Shared, request: Request, next: Next) -> Response {
    let judged = app
        .rules
        .judge(request.method(), request.uri(), request.headers());
    let mut response = match judged {
        Ok(Pass::Known) => next.run(request).await,
        Ok(Pass::Introduced) => introduced(&app, &request),
        Err(status) => {
            let text = if status == StatusCode::UNAUTHORIZED {
                "open the address that das dashboard printed: it holds the token that lets this browser in"
            } else {
                "refused: this page answers only its own requests"
            };
            Problem(status, text.to_owned()).into_response()
        }
    };
    seal(response.headers_mut());
    response
}

/// Gives the cookie, and the same page without the token in its address.
fn introduced(app: &App, request: &Request) -> Response {
    let uri = request.uri();
    let rest: Vec<&str> = (uri.query().unwrap_or_default().split('&'))
        .filter(|pair| !pair.starts_with("token=") && !pair.is_empty())
        .collect();
    // A path of two slashes would name another server.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    let to = if rest.is_empty() {
        path
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let (Ok(to), Ok(cookie)) = (
        HeaderValue::from_str(&to),
        HeaderValue::from_str(&app.rules.cookie()),
    ) {
        response.headers_mut().insert(header::LOCATION, to);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    match assets::FILES.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => Problem(StatusCode::NOT_FOUND, "there is no such file".to_owned()).into_response(),
    }
}

async fn panel(
    State(app): Shared,
    Path(name): Path<String>,
    Query(asked): Asked,
) -> Result<Response, Problem> {
    let busy = |what: &str| Problem(StatusCode::SERVICE_UNAVAILABLE, what.to_owned());
    let place = tokio::time::timeout(WORK_TIME, Arc::clone(&app.work).acquire_owned())
        .await
        .map_err(|_| busy("busy with other panels"))?
        .map_err(|_| busy("ending"))?;
    let work = tokio::task::spawn_blocking(move || {
        let _place = place;
        answer(&app, &name, &asked)
    });
    let answer = tokio::time::timeout(WORK_TIME, work)
        .await
        .map_err(|_| busy("this takes too long"))?
        .map_err(|_| {
            Problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "this panel failed".to_owned(),
            )
        })??;
    Ok(json_response(StatusCode::OK, &answer))
}

pub(crate) fn run_of(
    app: &App,
    asked: &BTreeMap<String, String>,
    key: &str,
) -> Result<Arc<Run>, Problem> {
    let id = asked
        .get(key)
        .ok_or_else(|| wrong(format!("which run? {key}=NAME")))?;
    let found = app.library.run(id)?;
    found.ok_or_else(|| Problem(StatusCode::NOT_FOUND, format!("there is no run `{id}`")))
}

fn number<T: std::str::FromStr>(
    asked: &BTreeMap<String, String>,
    key: &str,
    absent: T,
) -> Result<T, Problem> {
    match asked.get(key).map(String::as_str) {
        None | Some("") => Ok(absent),
        Some(text) => text
            .parse()
            .map_err(|_| wrong(format!("`{key}={text}` is no number"))),
    }
}

fn answer(app: &App, panel: &str, asked: &BTreeMap<String, String>) -> Result<Value, Problem> {
    let truth = asked.get("truth").is_some_and(|t| t == "1");
    let until: u32 = number(asked, "epoch", u32::MAX)?;
    let run = || run_of(app, asked, "id");
    let text = |key: &str| asked.get(key).map_or("", String::as_str);
    Ok(match panel {
        "runs" => {
            let (runs, all, sweeps) = app.library.list(text("q"), RUNS_MAX)?;
            json!({"runs": runs, "all": all, "sweeps": sweeps, "control": app.rules.control})
        }
        "run" => {
            let run = run()?;
            let mut page = panels::overview(&run, &app.metrics, truth);
            page["control"] = json!(app.rules.control);
            page["held"] = json!(app.provider.standing(run.log()));
            page
        }
        "meanings" => json!({"metrics": app.metrics}),
        "held" => json!({"held": app.provider.standing(run()?.log())}),
        "series" => {
            let own = text("own") == "1";
            let views = run()?.with_epochs(|state, epochs| {
                views::series(&state.fold, epochs, &app.hidden, truth, own)
            });
            json!({"views": views})
        }
        "network" => {
            json!({"views": [das_core::view::View::Graph(views::network(&run()?.state().fold, until, truth))]})
        }
        "agents" => {
            json!({"views": [das_core::view::View::Table(views::agents(&run()?.state().fold, until, truth, text("q")))]})
        }
        "agent" => {
            let name = text("name");
            let found = panels::agent(&run()?.state(), name, until, truth);
            found.ok_or_else(|| {
                Problem(
                    StatusCode::NOT_FOUND,
                    format!("there is no agent `{name}` so far"),
                )
            })?
        }
        "governance" => json!({"views": views::governance(&run()?.state().fold, until)}),
        "distributions" => {
            json!({"views": views::distributions(&run()?.state().fold, until, truth)})
        }
        "events" => events(app, &*run()?, asked, truth)?,
        "views" => json!({"names": app.provider.views(&run()?.path()).map_err(wrong)?}),
        "view" => {
            let until = (until < u32::MAX).then_some(until);
            let views = app
                .provider
                .view(&run()?.path(), text("name"), until)
                .map_err(wrong)?;
            for view in &views {
                view.check()
                    .map_err(|e| Problem(StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))?;
            }
            json!({"views": views})
        }
        "why" => {
            if !truth {
                return Err(wrong(
                    "why something came to be names what only the simulator knows: tick Hidden truth to see it",
                ));
            }
            let event = number(asked, "event", u64::MAX)?;
            let tree = app.provider.why(&run()?.path(), event).map_err(wrong)?;
            json!({"views": [das_core::view::View::Explanation(tree)]})
        }
        "compare" => {
            let none = BTreeSet::new();
            let (a, b) = (run_of(app, asked, "a")?, run_of(app, asked, "b")?);
            compare::page(&a, &b, if truth { &none } else { &app.hidden })
        }
        "sweep" => {
            let folder = app.library.sweep(text("id"))?;
            let folder = folder.ok_or_else(|| {
                Problem(
                    StatusCode::NOT_FOUND,
                    format!("there is no sweep `{}`", text("id")),
                )
            })?;
            let mut page = sweep::page(&folder)?;
            // A sweep whose effects cannot be worked out still has its table.
            match app.provider.effects(&folder) {
                Ok(effects) => page["effects"] = json!(effects),
                Err(error) => page["no_effects"] = json!(error),
            }
            page
        }
        _ => {
            return Err(Problem(
                StatusCode::NOT_FOUND,
                "there is no such panel".to_owned(),
            ));
        }
    })
}

fn events(
    app: &App,
    run: &Run,
    asked: &BTreeMap<String, String>,
    truth: bool,
) -> Result<Value, Problem> {
    let query =
        Words::read(asked.get("q").map_or("", String::as_str)).map_err(|e| wrong(e.to_string()))?;
    if !truth {
        query
            .without_hidden(&app.hidden)
            .map_err(|e| wrong(e.to_string()))?;
    }
    let backwards = asked.get("order").is_some_and(|order| order == "new");
    let cursor = Cursor {
        line: number(asked, "after", if backwards { u64::MAX } else { 0 })?,
        backwards,
    };
    let limit = number(asked, "limit", 100)?;
    let state = run.state();
    let page = page(
        &run.path(),
        &state.index,
        &query,
        cursor,
        limit,
        truth,
        &app.hidden,
    )?;
    let kinds = state.index.counts();
    Ok(json!({"page": page, "news": state.news, "kinds": kinds}))
}

async fn stream(State(app): Shared, Query(asked): Asked) -> Response {
    let found = tokio::task::spawn_blocking(move || run_of(&app, &asked, "id")).await;
    match found {
        Ok(Ok(run)) => live::stream(run).into_response(),
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
