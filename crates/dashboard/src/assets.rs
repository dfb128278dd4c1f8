//! The files of the page: plain modules, one style sheet, no build step and nothing from elsewhere.

/// Name, type and text of each.
pub(crate) const FILES: [(&str, &str, &str); 12] = [
    ("style.css", CSS, include_str!("../assets/style.css")),
    ("app.js", JS, include_str!("../assets/app.js")),
    ("dom.js", JS, include_str!("../assets/dom.js")),
    ("state.js", JS, include_str!("../assets/state.js")),
    ("views.js", JS, include_str!("../assets/views.js")),
    ("charts.js", JS, include_str!("../assets/charts.js")),
    ("flows.js", JS, include_str!("../assets/flows.js")),
    ("graph.js", JS, include_str!("../assets/graph.js")),
    ("events.js", JS, include_str!("../assets/events.js")),
    ("steer.js", JS, include_str!("../assets/steer.js")),
    ("run.js", JS, include_str!("../assets/run.js")),
    ("lists.js", JS, include_str!("../assets/lists.js")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page every address answers with; what it shows is decided by its modules from the address.
pub(crate) const PAGE: &str = include_str!("../assets/index.html");
