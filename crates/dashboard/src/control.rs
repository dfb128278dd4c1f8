//! What the page may change: a run in progress is stopped, one that this program makes is held and led on step by step.
//!
//! Reached by POST alone, and only where the guard lets control in. Not here: who is let in ([`crate::guard`]), and what holds a run
//! ([`crate::Provider::order`]).

use crate::api::{App, Problem, json_response, run_of, wrong};
use crate::held::Order;
use crate::open::Run;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<App>>;
type Asked = Query<BTreeMap<String, String>>;

/// Does something with a run that goes on, in a thread of its own.
async fn with_run(
    app: Arc<App>,
    asked: BTreeMap<String, String>,
    work: impl FnOnce(&App, &Run) -> Result<Value, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let work = tokio::task::spawn_blocking(move || {
        let run = run_of(&app, &asked, "id")?;
        if run.ending.is_some() || run.state().news.ended {
            return Err(wrong("this run has ended"));
        }
        work(&app, &run)
    });
    let failed = |_| Problem(StatusCode::INTERNAL_SERVER_ERROR, "it failed".to_owned());
    Ok(json_response(StatusCode::OK, &work.await.map_err(failed)??))
}

/// Writes the file that ends a run.
pub(crate) async fn stop(State(app): Shared, Query(asked): Asked) -> Result<Response, Problem> {
    with_run(app, asked, |app, run| {
        if app.provider.standing(run.log()).is_some_and(|s| !s.can_stop) {
            return Err(wrong(
                "its scenario has no kill switch (safety.kill_switch_enabled is false): Ctrl-C in its terminal interrupts it",
            ));
        }
        let file = app.provider.stop_file(run.log());
        std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&file)?;
        Ok(json!({"written": file.display().to_string()}))
    })
    .await
}

async fn order(
    app: Arc<App>,
    asked: BTreeMap<String, String>,
    order: Order,
) -> Result<Response, Problem> {
    with_run(app, asked, move |app, run| {
        let standing = app.provider.order(run.log(), order).map_err(wrong)?;
        Ok(json!({"held": standing}))
    })
    .await
}

/// Holds a run behind the step it executes.
pub(crate) async fn pause(State(app): Shared, Query(asked): Asked) -> Result<Response, Problem> {
    order(app, asked, Order::Pause).await
}

/// Lets a held run execute one step.
pub(crate) async fn step(State(app): Shared, Query(asked): Asked) -> Result<Response, Problem> {
    order(app, asked, Order::Step).await
}

/// Lets a held run go on.
pub(crate) async fn go(State(app): Shared, Query(asked): Asked) -> Result<Response, Problem> {
    order(app, asked, Order::Go).await
}
