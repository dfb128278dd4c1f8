//! Who is answered: the page itself, and nobody else.
//!
//! The server listens on this machine alone, but every site a browser has open can send requests to it. So each request must
//! name this server as its `Host` (else a foreign name could be rebound to it), must not come from another origin (`Origin`,
//! `Sec-Fetch-Site`), must carry the token printed at the start, must only read unless control is allowed, and must be small.
//! The rules are one pure function, [`Rules::judge`]; all others are refused before any work is done for them. Not here:
//! limits of time and connections ([`mod@crate::serve`]).

use axum::http::header::{CONTENT_LENGTH, COOKIE, HOST, ORIGIN, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

/// Longest path and query, in bytes.
pub const URI_MAX: usize = 4_096;

/// Paths that change something: by POST, and only where control is allowed.
pub const CONTROL: [&str; 4] = ["/api/stop", "/api/pause", "/api/step", "/api/go"];

/// Largest body, in bytes: control needs none.
pub const BODY_MAX: u64 = 1_024;

/// What is sent with every answer. No inline script or style, nothing from anywhere else, no frame around it.
pub const HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Puts [`HEADERS`] on an answer.
pub fn seal(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

/// What is let in.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Names this server may be called by, with the port.
    pub hosts: Vec<String>,
    /// The secret of this start.
    pub token: String,
    /// Whether runs may be held and stopped.
    pub control: bool,
}

/// How a request was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// With the cookie.
    Known,
    /// With the token in its address: to be given the cookie.
    Introduced,
}

/// The value of a header that stands once; `Err` where it stands several times or is no text.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Whether two texts are equal, in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    let differing = (a.bytes().zip(b.bytes())).fold(0_u8, |all, (x, y)| all | (x ^ y));
    a.len() == b.len() && differing == 0
}

impl Rules {
    /// Name of the cookie: one a port, since cookies do not tell ports apart.
    pub fn cookie_name(&self) -> String {
        let port = self.hosts.first().and_then(|host| host.rsplit(':').next());
        format!("das_{}", port.unwrap_or("0"))
    }

    /// The cookie that lets a browser in.
    pub fn cookie(&self) -> String {
        format!(
            "{}={}; HttpOnly; SameSite=Strict; Path=/",
            self.cookie_name(),
            self.token
        )
    }

    /// Whether a request is let in.
    pub fn judge(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Pass, StatusCode> {
        let forbidden = StatusCode::FORBIDDEN;
        let bad = |()| StatusCode::BAD_REQUEST;
        let host = single(headers, &HOST)
            .map_err(bad)?
            .ok_or(StatusCode::BAD_REQUEST)?;
        if !self.hosts.iter().any(|known| known == host) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        // A request may name its server a second time, in the address.
        if uri.authority().is_some_and(|name| name.as_str() != host)
            || uri.scheme_str().is_some_and(|scheme| scheme != "http")
        {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        if uri.path_and_query().map_or(0, |p| p.as_str().len()) > URI_MAX {
            return Err(StatusCode::URI_TOO_LONG);
        }
        let origin = single(headers, &ORIGIN).map_err(bad)?;
        if origin.is_some_and(|origin| origin.strip_prefix("http://") != Some(host)) {
            return Err(forbidden);
        }
        let reads = method == Method::GET || method == Method::HEAD;
        let site = single(headers, &HeaderName::from_static("sec-fetch-site")).map_err(bad)?;
        let mode = single(headers, &HeaderName::from_static("sec-fetch-mode")).map_err(bad)?;
        let own = match site {
            // Browsers send it; curl does not, and no site can make a browser leave it out.
            None | Some("same-origin") => true,
            // Typed by the user, or a bookmark.
            Some("none") => reads && mode.is_none_or(|mode| mode == "navigate"),
            Some(_) => false,
        };
        if !own {
            return Err(forbidden);
        }
        if !reads {
            if method != Method::POST || !CONTROL.contains(&uri.path()) {
                return Err(StatusCode::METHOD_NOT_ALLOWED);
            }
            if !self.control || origin.is_none() {
                return Err(forbidden);
            }
        }
        let length = single(headers, &CONTENT_LENGTH).map_err(bad)?;
        let length = length.map_or(Ok(0), |text| {
            text.parse::<u64>().map_err(|_| StatusCode::BAD_REQUEST)
        })?;
        if length > BODY_MAX || headers.contains_key(TRANSFER_ENCODING) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        self.known(uri, headers)
    }

    fn known(&self, uri: &Uri, headers: &HeaderMap) -> Result<Pass, StatusCode> {
        let name = self.cookie_name();
        let shown = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(key, value)| key == name && same(value, &self.token));
        if shown {
            return Ok(Pass::Known);
        }
        let introduced = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter_map(|pair| pair.strip_prefix("token="))
            .any(|value| same(value, &self.token));
        if introduced && !uri.path().starts_with("/api/") {
            return Ok(Pass::Introduced);
        }
        Err(StatusCode::UNAUTHORIZED)
    }
}
