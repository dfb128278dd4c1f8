//! Pages of events: the lines that pass a query, a few at a time, from the blocks that may hold some.
//!
//! A page costs at most [`SCAN_MAX`] bytes of reading: where that does not fill it, it says how far it came and the reader
//! asks on from there, so the first matches of a rare text show while the rest is still looked through. Types, epochs, events
//! and agents skip blocks by the index; texts and comparisons do not. Invariant: pages one after the other give every line that
//! passes once and in order, forwards or backwards. Not here: what a query is ([`crate::query`]).

use crate::hidden;
use crate::index::{BLOCK, Index};
use crate::query::Query;
use das_core::log::{LogReader, SEAL};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes read for one page at most, beyond its last block.
pub const SCAN_MAX: u64 = 8 << 20;

/// Lines of a page at most.
pub const ROWS_MAX: usize = 200;

/// Where a page begins and which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// First line that may be on it.
    pub line: u64,
    /// From late to early.
    pub backwards: bool,
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Number of the line.
    pub seq: u64,
    /// Type.
    pub kind: String,
    /// Epoch.
    pub epoch: u32,
    /// Step.
    pub step: u32,
    /// Event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// What else it says.
    pub fields: Map<String, Value>,
    /// What was left out, because only the simulator knows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    /// Lines that pass.
    pub rows: Vec<Row>,
    /// Line at which to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Blocks that may hold matches behind this page.
    pub blocks_left: u64,
    /// Blocks that may hold matches at all.
    pub blocks: u64,
    /// How many lines pass, where the index knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// Blocks that may hold a line that passes, ascending.
pub fn candidates(index: &Index, query: &Query) -> Vec<u32> {
    // A word that is no type may be the own `kind` of a line of any type.
    let types: Vec<Option<usize>> = query
        .kinds
        .iter()
        .map(|kind| index.kinds.iter().position(|known| known == kind))
        .collect();
    let by_type = !types.is_empty() && types.iter().all(Option::is_some);
    let named: Option<BTreeSet<u32>> = (!query.agents.is_empty())
        .then(|| {
            query
                .agents
                .iter()
                .map(|agent| index.blocks_of(agent))
                .collect::<Option<Vec<_>>>()
        })
        .flatten()
        .map(|lists| lists.into_iter().flatten().collect());
    (0..index.blocks.len())
        .filter(|at| {
            let block = &index.blocks[*at];
            let next_event = index
                .blocks
                .get(at + 1)
                .map_or(index.events, |b| b.first_event);
            query
                .epochs
                .is_none_or(|(first, last)| first <= block.epochs.1 && block.epochs.0 <= last)
                && query
                    .events
                    .is_none_or(|(first, last)| first < next_event && block.first_event <= last)
                && (!by_type
                    || block
                        .kinds
                        .iter()
                        .any(|(kind, _)| types.contains(&Some(usize::from(*kind)))))
                && named
                    .as_ref()
                    .is_none_or(|blocks| blocks.contains(&(*at as u32)))
        })
        .map(|at| at as u32)
        .collect()
}

/// How many lines pass, where counts by type say it exactly.
fn total(index: &Index, query: &Query) -> Option<u64> {
    let plain = query.agents.is_empty() && query.texts.is_empty() && query.comparisons.is_empty();
    if !plain || query.epochs.is_some() || query.events.is_some() {
        return None;
    }
    let counts = index.counts();
    if query.kinds.is_empty() {
        return Some(
            counts
                .iter()
                .filter(|(kind, _)| *kind != SEAL)
                .map(|(_, n)| n)
                .sum(),
        );
    }
    // Own `kind`s of lines are not counted.
    None
}

/// The page of `query` that begins at `from`. What `metrics` names is hidden unless `truth` is asked for.
pub fn page(
    log: &Path,
    index: &Index,
    query: &Query,
    from: Cursor,
    limit: usize,
    truth: bool,
    metrics: &BTreeSet<String>,
) -> io::Result<Page> {
    let all = candidates(index, query);
    let mut page = Page {
        blocks: all.len() as u64,
        total: total(index, query),
        ..Page::default()
    };
    let ahead: Vec<u32> = if from.backwards {
        all.into_iter()
            .rev()
            .filter(|block| u64::from(*block) * BLOCK <= from.line)
            .collect()
    } else {
        all.into_iter()
            .filter(|block| (u64::from(*block) + 1) * BLOCK > from.line)
            .collect()
    };
    let limit = limit.min(ROWS_MAX);
    let mut file = File::open(log)?;
    let mut scanned = 0;
    for (done, block) in ahead.iter().enumerate() {
        let number = u64::from(*block) * BLOCK;
        if page.rows.len() >= limit || scanned >= SCAN_MAX {
            page.blocks_left = (ahead.len() - done) as u64;
            page.next.get_or_insert(if from.backwards {
                number + BLOCK - 1
            } else {
                number
            });
            break;
        }
        let (offset, length) = index.bytes_of(*block as usize);
        scanned += length;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        Read::take(&mut file, length).read_to_end(&mut bytes)?;
        let mut rows = rows(&bytes, number, offset, query, truth, metrics);
        rows.retain(|row| {
            if from.backwards {
                row.seq <= from.line
            } else {
                row.seq >= from.line
            }
        });
        if from.backwards {
            rows.reverse();
        }
        let room = limit - page.rows.len();
        if rows.len() > room {
            page.next = Some(rows[room].seq);
            page.blocks_left = (ahead.len() - done) as u64;
            rows.truncate(room);
            page.rows.append(&mut rows);
            break;
        }
        page.rows.append(&mut rows);
    }
    Ok(page)
}

fn rows(
    bytes: &[u8],
    number: u64,
    offset: u64,
    query: &Query,
    truth: bool,
    metrics: &BTreeSet<String>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut reader = LogReader::starting_at(bytes, number, offset);
    // A name that JSON may spell in several ways is not looked for as bytes.
    let plain = |name: &&str| {
        let ordinary =
            |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'/' | b'<' | b'>' | b'&');
        name.bytes().all(ordinary)
    };
    let one = (query.agents.len() == 1).then(|| query.agents[0].as_str());
    let only: Vec<&str> = one.filter(plain).into_iter().collect();
    loop {
        // A line that is none is passed over; what the log is worth is another question.
        let line = match reader.next() {
            Ok(Some(line)) => line,
            Ok(None) => return rows,
            Err(_) => continue,
        };
        let head = line.head;
        let sealed = head.kind == SEAL && !query.kinds.iter().any(|kind| kind == SEAL);
        // Cheap tests first: what they refuse is not parsed.
        if sealed
            || query
                .epochs
                .is_some_and(|(first, last)| !(first..=last).contains(&head.now.epoch))
            || query
                .events
                .is_some_and(|(a, b)| head.event.is_none_or(|e| !(a..=b).contains(&e)))
            || only
                .iter()
                .any(|name| memchr::memmem::find(line.text.as_bytes(), name.as_bytes()).is_none())
        {
            continue;
        }
        let Ok(Value::Object(mut fields)) = line.value() else {
            continue;
        };
        for field in ["seq", "type", "epoch", "step", "event"] {
            fields.remove(field);
        }
        let hidden = if truth {
            Vec::new()
        } else {
            hidden::hide(head.kind, &mut fields, metrics)
        };
        if query.holds(head.kind, head.now.epoch, head.event, &fields) {
            rows.push(Row {
                seq: head.seq,
                kind: head.kind.to_owned(),
                epoch: head.now.epoch,
                step: head.now.step,
                event: head.event,
                fields,
                hidden,
            });
        }
    }
}
