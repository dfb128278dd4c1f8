//! Where the lines of a log lie: enough to page through millions of them without reading them all.
//!
//! A block is [`BLOCK`] lines. For each it keeps where it begins, its epochs, its first event and how many lines of each type
//! it has; for each agent the blocks that name it, as differences of one to three bytes. For 5 million lines that is a few
//! megabytes. Invariant: a line is in the block its number says, so a page found here is the page a full reading would find
//! (`tests/it/search.rs`). Not here: what lines say beyond names.

use das_analysis::event::Roster;
use das_core::log::Line;

/// Lines of a block.
pub const BLOCK: u64 = 1_024;

/// A stretch of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Byte at which it begins.
    pub offset: u64,
    /// First event in it, or the first one behind it.
    pub first_event: u64,
    /// First and last epoch.
    pub epochs: (u32, u32),
    /// Types by their number in [`Index::kinds`], and how many lines they have.
    pub kinds: Vec<(u16, u16)>,
}

/// Block numbers of an agent, ascending, written as differences.
#[derive(Clone, Debug, Default)]
struct Posting {
    bytes: Vec<u8>,
    last: Option<u32>,
}

impl Posting {
    fn add(&mut self, block: u32) {
        if self.last == Some(block) {
            return;
        }
        let mut difference = block - self.last.unwrap_or(0);
        while difference >= 0x80 {
            self.bytes.push(difference as u8 | 0x80);
            difference >>= 7;
        }
        self.bytes.push(difference as u8);
        self.last = Some(block);
    }

    fn blocks(&self) -> Vec<u32> {
        let (mut blocks, mut at, mut value, mut shift) = (Vec::new(), 0_u32, 0_u32, 0);
        for byte in &self.bytes {
            value |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                at += value;
                blocks.push(at);
                (value, shift) = (0, 0);
            }
        }
        blocks
    }
}

/// Places of the lines of one log.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Blocks in order.
    pub blocks: Vec<Block>,
    /// Types in the order they came.
    pub kinds: Vec<String>,
    /// Lines so far.
    pub lines: u64,
    /// Bytes they take.
    pub bytes: u64,
    /// Events so far: one more than the last number.
    pub events: u64,
    roster: Roster,
    postings: Vec<Posting>,
}

impl Index {
    /// Takes the next line.
    pub fn line(&mut self, line: &Line<'_>) {
        let head = &line.head;
        let known = self.kinds.iter().position(|known| known == head.kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(head.kind.to_owned());
            self.kinds.len() - 1
        }) as u16;
        if self.lines.is_multiple_of(BLOCK) {
            self.blocks.push(Block {
                offset: line.offset,
                first_event: head.event.unwrap_or(self.events),
                epochs: (head.now.epoch, head.now.epoch),
                kinds: Vec::new(),
            });
        }
        if let Some(event) = head.event {
            self.events = event + 1;
        }
        let number = self.blocks.len() as u32 - 1;
        if let Some(block) = self.blocks.last_mut() {
            block.epochs.1 = head.now.epoch;
            match block.kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => block.kinds.push((kind, 1)),
            }
        }
        self.lines += 1;
        self.bytes = line.offset + line.text.len() as u64 + 1;
        if head.kind == "agent_registered" {
            strings(line.rest(), |key, name| {
                if key == "agent" {
                    let at = self.roster.number(name) as usize;
                    if at == self.postings.len() {
                        self.postings.push(Posting::default());
                    }
                }
            });
        }
        if head.kind != das_core::log::SEAL {
            strings(line.rest(), |_, name| {
                if let Some(posting) = self
                    .roster
                    .find(name)
                    .and_then(|at| self.postings.get_mut(at as usize))
                {
                    posting.add(number);
                }
            });
        }
    }

    /// Lines of each type.
    pub fn counts(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<(&str, u64)> =
            self.kinds.iter().map(|kind| (kind.as_str(), 0)).collect();
        for (kind, count) in self.blocks.iter().flat_map(|block| &block.kinds) {
            counts[usize::from(*kind)].1 += u64::from(*count);
        }
        counts
    }

    /// Blocks that name an agent; `None` if there is no such agent.
    pub fn blocks_of(&self, agent: &str) -> Option<Vec<u32>> {
        let at = self.roster.find(agent)?;
        self.postings.get(at as usize).map(Posting::blocks)
    }

    /// Bytes of a block: where it begins and how many.
    pub fn bytes_of(&self, block: usize) -> (u64, u64) {
        let from = self.blocks[block].offset;
        let to = self
            .blocks
            .get(block + 1)
            .map_or(self.bytes, |next| next.offset);
        (from, to - from)
    }

    /// Memory it takes, in bytes, roughly.
    pub fn memory(&self) -> usize {
        let blocks = self
            .blocks
            .iter()
            .map(|block| 64 + block.kinds.capacity() * 4)
            .sum::<usize>();
        blocks
            + self
                .postings
                .iter()
                .map(|p| 48 + p.bytes.capacity())
                .sum::<usize>()
            + self.roster.len() as usize * 64
    }
}

/// Calls `each` with the values that are strings without escapes, and the key before them (empty within lists).
fn strings<'t>(text: &'t str, mut each: impl FnMut(&'t str, &'t str)) {
    let bytes = text.as_bytes();
    let (mut at, mut key) = (0, "");
    while let Some(found) = memchr::memchr(b'"', &bytes[at..]) {
        let from = at + found + 1;
        let mut to = from;
        let mut escapes = false;
        while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[to..]) {
            to += found;
            if bytes[to] == b'"' {
                break;
            }
            escapes = true;
            to += 2;
            if to >= bytes.len() {
                return;
            }
        }
        if to >= bytes.len() || bytes[to] != b'"' {
            return;
        }
        let string = &text[from..to];
        if bytes.get(to + 1) == Some(&b':') {
            key = string;
        } else if !escapes {
            each(key, string);
        }
        at = to + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_give_back_what_went_in() {
        // Steps of one, two and three bytes, and blocks named twice.
        let numbers = [0, 0, 1, 5, 127, 128, 400, 400, 70_000, 70_001];
        let mut posting = Posting::default();
        for n in numbers {
            posting.add(n);
        }
        assert_eq!(posting.blocks(), [0, 1, 5, 127, 128, 400, 70_000, 70_001]);
    }

    #[test]
    fn names_are_found_as_values_alone() {
        // Keys are none, escaped text is none, lists are.
        let mut found = Vec::new();
        strings(
            r#","agent":"a","text":"say \"b\" to c","agents":["d","e"],"n":3}"#,
            |key, value| found.push((key, value)),
        );
        assert_eq!(found, [("agent", "a"), ("agents", "d"), ("agents", "e")]);
        strings(r#","broken":"\"#, |_, _| {
            panic!("an open string is no value")
        });
    }
}
