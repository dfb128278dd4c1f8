//! The lines that guard the others: seals and the last line, as text.
//!
//! Writer and checker both build them here, from the same few facts, so that a checker which rebuilds a line and compares
//! bytes cannot disagree with the writer about their form.

use super::canonical::append_u64;
use super::{ENDED, SEAL};
use crate::interaction::Moment;
use std::collections::BTreeMap;

/// Appends `{"seq":N,"type":"…","epoch":E,"step":S`, the beginning of every line.
#[inline]
pub(crate) fn append_head(buffer: &mut Vec<u8>, seq: u64, kind: &str, now: Moment) {
    buffer.extend_from_slice(b"{\"seq\":");
    append_u64(buffer, seq);
    buffer.extend_from_slice(b",\"type\":\"");
    buffer.extend_from_slice(kind.as_bytes());
    buffer.extend_from_slice(b"\",\"epoch\":");
    append_u64(buffer, u64::from(now.epoch));
    buffer.extend_from_slice(b",\"step\":");
    append_u64(buffer, u64::from(now.step));
}

/// What a seal says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seal<'a> {
    pub(crate) seq: u64,
    pub(crate) now: Moment,
    /// Hexadecimal sha256 of every byte before the seal's line.
    pub(crate) prefix_sha256: &'a str,
    /// Byte offset of the previous seal's line, 0 when there is none.
    pub(crate) prev_at: u64,
    /// Lines between the previous seal and this one.
    pub(crate) lines: u64,
    /// Hexadecimal sha256 of the saved state, where one was taken.
    pub(crate) state_sha256: Option<&'a str>,
}

/// Appends a seal's line with its LF.
pub(crate) fn append_seal(buffer: &mut Vec<u8>, seal: &Seal<'_>) {
    append_head(buffer, seal.seq, SEAL, seal.now);
    buffer.extend_from_slice(b",\"prefix_sha256\":\"");
    buffer.extend_from_slice(seal.prefix_sha256.as_bytes());
    buffer.extend_from_slice(b"\",\"prev_at\":");
    append_u64(buffer, seal.prev_at);
    buffer.extend_from_slice(b",\"lines\":");
    append_u64(buffer, seal.lines);
    if let Some(state) = seal.state_sha256 {
        buffer.extend_from_slice(b",\"state_sha256\":\"");
        buffer.extend_from_slice(state.as_bytes());
        buffer.push(b'"');
    }
    buffer.extend_from_slice(b"}\n");
}

/// What the last line says. All of it follows from the lines before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastLine<'a> {
    pub(crate) seq: u64,
    /// Epoch and step of the `run_completed` event.
    pub(crate) now: Moment,
    /// Status of the `run_completed` event.
    pub(crate) status: &'a str,
    /// Lines of the body by type, seals included.
    pub(crate) counts: &'a BTreeMap<String, u64>,
    /// Events that happened, written or not.
    pub(crate) events: u64,
    /// Bytes of the body: where the last line begins.
    pub(crate) bytes: u64,
    /// What the `run_completed` event says besides its status, as it stands there: `,"field":…` or nothing.
    pub(crate) summary: &'a [u8],
    /// Hexadecimal sha256 of the body.
    pub(crate) body_sha256: &'a str,
}

/// Appends the last line with its LF.
pub(crate) fn append_last(buffer: &mut Vec<u8>, last: &LastLine<'_>) {
    append_head(buffer, last.seq, ENDED, last.now);
    buffer.extend_from_slice(b",\"status\":\"");
    buffer.extend_from_slice(last.status.as_bytes());
    buffer.extend_from_slice(b"\",\"counts\":{");
    for (n, (kind, lines)) in last.counts.iter().enumerate() {
        if n > 0 {
            buffer.push(b',');
        }
        buffer.push(b'"');
        buffer.extend_from_slice(kind.as_bytes());
        buffer.extend_from_slice(b"\":");
        append_u64(buffer, *lines);
    }
    buffer.extend_from_slice(b"},\"events\":");
    append_u64(buffer, last.events);
    buffer.extend_from_slice(b",\"bytes\":");
    append_u64(buffer, last.bytes);
    buffer.extend_from_slice(last.summary);
    buffer.extend_from_slice(b",\"body_sha256\":\"");
    buffer.extend_from_slice(last.body_sha256.as_bytes());
    buffer.extend_from_slice(b"\"}\n");
}

/// Status and summary of a `run_completed` line, given what follows its `event` number: `,"status":"…","field":…}`.
pub(crate) fn split_completed(rest: &[u8]) -> Option<(&str, &[u8])> {
    let rest = rest.strip_prefix(b",\"status\":\"")?;
    let quote = rest.iter().position(|b| *b == b'"')?;
    let status = str::from_utf8(&rest[..quote]).ok()?;
    let summary = rest[quote + 1..].strip_suffix(b"}")?;
    (summary.is_empty() || summary.starts_with(b",")).then_some((status, summary))
}
