//! Who is answered: the page itself and nobody else, by the real server.

use crate::logs::{NoWorld, Page, log};
use das_dashboard::Order;
use std::fmt::Write as _;

/// Requests by host, origin, site, method and cookie: every combination, and the few that may pass.
#[test]
fn only_the_page_itself_is_answered() {
    // 6 hosts × 6 origins × 5 sites × 5 methods, all with the right cookie: those pass that name this server, come from it or
    // say nothing of another, and only read. The rest is refused before anything is looked up.
    let folder = tempfile::tempdir().unwrap();
    let page = Page::over(folder.path(), false);
    let port = page.address.port();
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let hosts = [
        own[0].clone(),
        own[1].clone(),
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1.evil.example:{port}"),
    ];
    let (mut asked, mut passed) = (0, 0);
    for host in &hosts {
        let origins = [
            None,
            Some(format!("http://{host}")),
            Some("http://evil.example".to_owned()),
            Some("null".to_owned()),
            Some(format!("https://{host}")),
            Some(format!("http://127.0.0.1:{}", port - 1)),
        ];
        for origin in &origins {
            for site in [
                None,
                Some("same-origin"),
                Some("same-site"),
                Some("cross-site"),
                Some("none"),
            ] {
                for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS"] {
                    let mut request = format!(
                        "{method} /api/runs HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n",
                        page.cookie()
                    );
                    if let Some(origin) = origin {
                        request.push_str("Origin: ");
                        request.push_str(origin);
                        request.push_str("\r\n");
                    }
                    if let Some(site) = site {
                        request.push_str("Sec-Fetch-Site: ");
                        request.push_str(site);
                        request.push_str("\r\nSec-Fetch-Mode: navigate\r\n");
                    }
                    let (status, answer) = page.raw(&(request + "\r\n"));
                    let mine = own.contains(host)
                        && origin
                            .as_ref()
                            .is_none_or(|origin| *origin == format!("http://{host}"))
                        && site.is_none_or(|site| site == "same-origin" || site == "none")
                        && (method == "GET" || method == "HEAD");
                    assert_eq!(
                        status == 200,
                        mine,
                        "{method} {host} {origin:?} {site:?}: {status}"
                    );
                    assert!(
                        answer
                            .to_lowercase()
                            .contains("content-security-policy: default-src 'none'"),
                        "{answer}"
                    );
                    assert!(mine || !answer.contains("\"runs\""));
                    asked += 1;
                    passed += u32::from(mine);
                }
            }
        }
    }
    assert_eq!((asked, passed), (900, 2 * 2 * 3 * 2));
}

#[test]
fn a_run_is_held_and_stopped_by_the_page_itself_alone() {
    // The four paths that change something by 4 hosts × 6 origins × 5 sites × 3 methods, and with and without control: what passes
    // is a POST from this page's own origin where control is allowed. Nothing is ordered by any of the others.
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("held");
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("events.jsonl.part"), log(1, false)).unwrap();
    let (mut asked, mut passed) = (0, 0);
    for control in [true, false] {
        let world = NoWorld::default();
        let page = Page::of(world.clone(), folder.path(), control);
        let port = page.address.port();
        for host in [
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            format!("evil.example:{port}"),
            "127.0.0.1".to_owned(),
        ] {
            let own = format!("http://{host}");
            for origin in [
                None,
                Some(own.as_str()),
                Some("http://evil.example"),
                Some("null"),
                Some(&format!("https://{host}")),
                Some(&format!("http://127.0.0.1:{}", port - 1)),
            ] {
                for site in [
                    None,
                    Some("same-origin"),
                    Some("same-site"),
                    Some("cross-site"),
                    Some("none"),
                ] {
                    for (method, path) in ["POST", "GET", "PUT"].iter().flat_map(|method| {
                        das_dashboard::guard::CONTROL.map(|path| (*method, path))
                    }) {
                        let mut request = format!(
                            "{method} {path}?id=held HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n",
                            page.cookie()
                        );
                        for (name, value) in [("Origin", origin), ("Sec-Fetch-Site", site)] {
                            if let Some(value) = value {
                                let _ = write!(request, "{name}: {value}\r\n");
                            }
                        }
                        let (status, _) = page.raw(&(request + "\r\n"));
                        let mine = control
                            && method == "POST"
                            && page.is_called(&host)
                            && origin == Some(own.as_str())
                            && (site.is_none() || site == Some("same-origin"));
                        // This run has no kill switch, so that stopping it is refused by what it is and not by who asks.
                        let wanted = if path == "/api/stop" { 400 } else { 200 };
                        assert_eq!(
                            status == wanted,
                            mine,
                            "{control} {method} {path} {host} {origin:?} {site:?}: {status}"
                        );
                        asked += 1;
                        passed += usize::from(mine);
                    }
                }
            }
        }
        let orders = world.orders.lock().unwrap();
        assert_eq!(orders.len(), if control { 2 * 2 * 3 } else { 0 });
    }
    assert_eq!((asked, passed), (2 * 4 * 6 * 5 * 12, 2 * 2 * 4));
    assert!(!run.join("STOP").exists());
}

#[test]
fn only_a_run_of_this_program_is_held() {
    // The page is told where such a run stands; another one, and one that is not there, are not held.
    let folder = tempfile::tempdir().unwrap();
    for run in ["held", "other"] {
        let run = folder.path().join(run);
        std::fs::create_dir(&run).unwrap();
        std::fs::write(run.join("events.jsonl.part"), log(1, false)).unwrap();
    }
    let world = NoWorld::default();
    let page = Page::of(world.clone(), folder.path(), true);
    let origin = format!("Origin: http://{}\r\n", page.address);
    let post = |path: &str| {
        page.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n{origin}\r\n",
            page.address,
            page.cookie()
        ))
    };
    let (_, at) = page.panel("held?id=held");
    assert_eq!(
        at["held"],
        serde_json::json!({"doing": "paused", "epoch": 1, "step": 2, "steps": 12, "can_stop": false})
    );
    assert_eq!(page.panel("run?id=held").1["held"], at["held"]);
    assert!(page.panel("held?id=other").1["held"].is_null());
    assert_eq!(post("/api/pause?id=other").0, 400);
    assert_eq!(post("/api/pause?id=nobody").0, 404);
    for (path, order) in [
        ("pause", Order::Pause),
        ("step", Order::Step),
        ("go", Order::Go),
    ] {
        assert_eq!(post(&format!("/api/{path}?id=held")).0, 200);
        assert_eq!(world.orders.lock().unwrap().pop(), Some(order));
    }
    let (status, answer) = post("/api/stop?id=held");
    assert!(status == 400 && answer.contains("kill switch"), "{answer}");
}

#[test]
fn the_token_lets_in_and_nothing_else_does() {
    // Without it or with another: refused. With it in the address of a page: the cookie, out of reach of scripts and other
    // sites, and the address without it. In the address of a panel it counts for nothing.
    let folder = tempfile::tempdir().unwrap();
    let page = Page::over(folder.path(), false);
    let get = |path: &str, more: &str| {
        page.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n",
            page.address
        ))
    };
    let other = "0".repeat(32);
    for (path, more) in [
        ("/".to_owned(), String::new()),
        ("/api/runs".to_owned(), String::new()),
        (format!("/?token={other}"), String::new()),
        (format!("/api/runs?token={}", page.token), String::new()),
        (
            "/".to_owned(),
            format!("Cookie: das_{}={other}\r\n", page.address.port()),
        ),
        ("/".to_owned(), format!("Cookie: das={}\r\n", page.token)),
        ("/assets/app.js".to_owned(), String::new()),
    ] {
        assert_eq!(get(&path, &more).0, 401, "{path} {more}");
    }
    let (status, answer) = get(&format!("/run?id=x&token={}", page.token), "");
    assert_eq!(status, 303);
    let answer = answer.to_lowercase();
    assert!(answer.contains("location: /run?id=x\r\n"), "{answer}");
    assert!(
        answer.contains("httponly; samesite=strict; path=/"),
        "{answer}"
    );
    let (status, answer) = get("/", &format!("Cookie: {}\r\n", page.cookie()));
    assert!(
        status == 200
            && !answer.contains("<script>")
            && !answer.contains("<style")
            && !answer.contains(&page.token)
    );
}

#[test]
fn what_is_too_large_or_doubled_is_refused() {
    // Long addresses, bodies, two hosts, two origins, an address that names another server, a chunked body.
    let folder = tempfile::tempdir().unwrap();
    let page = Page::over(folder.path(), true);
    let head = format!(
        "Host: {}\r\nCookie: {}\r\nConnection: close\r\n",
        page.address,
        page.cookie()
    );
    for (what, request) in [
        (
            "long address",
            format!(
                "GET /api/runs?q={} HTTP/1.1\r\n{head}\r\n",
                "x".repeat(5_000)
            ),
        ),
        (
            "huge head",
            format!("GET / HTTP/1.1\r\n{head}X: {}\r\n\r\n", "x".repeat(40_000)),
        ),
        (
            "body",
            format!("GET /api/runs HTTP/1.1\r\n{head}Content-Length: 5000\r\n\r\n"),
        ),
        (
            "chunks",
            format!("GET /api/runs HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "two hosts",
            format!("GET /api/runs HTTP/1.1\r\nHost: evil.example\r\n{head}\r\n"),
        ),
        (
            "two origins",
            format!(
                "GET /api/runs HTTP/1.1\r\n{head}Origin: http://{0}\r\nOrigin: http://{0}\r\n\r\n",
                page.address
            ),
        ),
        (
            "another server",
            format!("GET http://evil.example/api/runs HTTP/1.1\r\n{head}\r\n"),
        ),
        (
            "no host",
            format!(
                "GET /api/runs HTTP/1.1\r\nCookie: {}\r\nConnection: close\r\n\r\n",
                page.cookie()
            ),
        ),
        ("no request", "\u{0}\u{1}\u{2}\r\n\r\n".to_owned()),
    ] {
        let (status, _) = page.raw(&request);
        assert!((400..500).contains(&status), "{what}: {status}");
    }
}

#[test]
fn a_run_is_stopped_with_control_alone() {
    // A POST from the page itself writes the file; without control, without an origin, or once the run has ended, nothing is.
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("r");
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("events.jsonl.part"), log(1, false)).unwrap();
    let ask = |page: &Page, path: &str, origin: &str| {
        page.raw(&format!("POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\nContent-Length: 0\r\n{origin}\r\n", page.address, page.cookie())).0
    };
    let shut = Page::over(folder.path(), false);
    assert_eq!(
        ask(
            &shut,
            "/api/stop?id=r",
            &format!("Origin: http://{}\r\n", shut.address)
        ),
        403
    );
    let open = Page::over(folder.path(), true);
    let origin = format!("Origin: http://{}\r\n", open.address);
    assert_eq!(ask(&open, "/api/stop?id=r", ""), 403);
    assert_eq!(ask(&open, "/api/runs", &origin), 405);
    assert_eq!(ask(&open, "/api/stop?id=../r", &origin), 404);
    assert!(!run.join("STOP").exists());
    assert_eq!(ask(&open, "/api/stop?id=r", &origin), 200);
    assert!(run.join("STOP").exists());
}

#[test]
fn only_this_machine_is_listened_to() {
    // An address others could reach is refused with the way to mend it.
    for address in ["0.0.0.0:0", "[::]:0", "192.168.0.1:0"] {
        let config = das_dashboard::Config {
            address: address.parse().unwrap(),
            root: ".".into(),
            control: false,
        };
        let error =
            das_dashboard::serve(config, Box::new(crate::logs::NoWorld::default())).unwrap_err();
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
    }
}
