//! Rings: who belongs together by name alone.
//!
//! Agents of one scenario entry are named `<base>.<N>`, N from 1; the same base and equal (N−1)/size is a ring. After its
//! n-th return under a new name a member is called `<base>.<N>.r<n>`. Members know the names of their ring, nothing else of
//! it, and look the current holder of each name up in the public register. Invariant: an agent is never a fellow of itself.

use das_core::id::AgentId;
use das_env::view::CommonsView;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The largest ring.
pub const RING_MAX: usize = 16;

/// No id yet.
const UNKNOWN: u32 = u32::MAX;

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name<'n> {
    base: &'n str,
    number: u32,
}

/// `<base>.<N>` or `<base>.<N>.r<G>`; `None` for other names, whose bearers are in no ring.
fn parse(name: &str) -> Option<Name<'_>> {
    let (head, last) = name.rsplit_once('.')?;
    let generation = last.strip_prefix('r').and_then(|g| g.parse::<u32>().ok());
    let (base, number) = if generation.is_some() {
        head.rsplit_once('.')?
    } else {
        (head, last)
    };
    let number = number.parse().ok().filter(|&n| n > 0)?;
    Some(Name { base, number })
}

/// The ring an agent belongs to by its name.
#[derive(Clone, Debug)]
pub struct Ring {
    base: Box<str>,
    number: u32,
    first: u32,
    size: u32,
}

impl Ring {
    /// The ring of the agent of this name, with rings of `size` in 1..=16.
    pub fn of(name: &str, size: u32) -> Option<Self> {
        let parsed = parse(name)?;
        let size = size.clamp(1, RING_MAX as u32);
        Some(Self {
            base: parsed.base.into(),
            number: parsed.number,
            first: (parsed.number - 1) / size * size + 1,
            size,
        })
    }
}

/// Whom the names of the ring stand for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fellows {
    ids: [u32; RING_MAX],
    generations: [u16; RING_MAX],
}

impl Default for Fellows {
    fn default() -> Self {
        Self {
            ids: [UNKNOWN; RING_MAX],
            generations: [0; RING_MAX],
        }
    }
}

impl Fellows {
    /// Looks up those not yet known, and the new name of those that are gone. Cheap when nothing changed; meant for the first
    /// step of each epoch.
    pub fn refresh(&mut self, ring: &Ring, seen: &CommonsView<'_>) {
        for slot in 0..ring.size as usize {
            let number = ring.first + slot as u32;
            if number == ring.number {
                continue;
            }
            loop {
                let id = self.ids[slot];
                if id != UNKNOWN && seen.is_live(AgentId(id)) {
                    break;
                }
                let next = self.generations[slot] + u16::from(id != UNKNOWN);
                let Some(found) = find(seen, &ring.base, number, next) else {
                    break;
                };
                self.ids[slot] = found.0;
                self.generations[slot] = next;
            }
        }
    }

    /// Whether this is a fellow, under its present or last known name.
    #[inline]
    pub fn contains(&self, who: AgentId) -> bool {
        self.ids.contains(&who.0)
    }

    /// All fellows known.
    pub fn iter(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.ids
            .iter()
            .filter(|&&id| id != UNKNOWN)
            .map(|&id| AgentId(id))
    }
}

fn find(seen: &CommonsView<'_>, base: &str, number: u32, generation: u16) -> Option<AgentId> {
    let mut name = String::with_capacity(base.len() + 16);
    let written = if generation == 0 {
        write!(name, "{base}.{number}")
    } else {
        write!(name, "{base}.{number}.r{generation}")
    };
    written.ok()?;
    seen.find(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        // Generations do not change the ring; names of another form have none.
        assert_eq!(
            parse("adversarial.5"),
            Some(Name {
                base: "adversarial",
                number: 5
            })
        );
        assert_eq!(
            parse("a.b.12.r3"),
            Some(Name {
                base: "a.b",
                number: 12
            })
        );
        assert_eq!(parse("spy"), None);
        assert_eq!(parse("spy.0"), None);
        assert_eq!(parse("spy.r2"), None);
    }

    #[test]
    fn rings_are_blocks_of_numbers() {
        // Of rings of 4, numbers 1..=4 are the first and 5..=8 the second, under any generation.
        let first = |name: &str| Ring::of(name, 4).map(|r| r.first);
        assert_eq!(first("adv.1"), Some(1));
        assert_eq!(first("adv.4"), Some(1));
        assert_eq!(first("adv.5"), Some(5));
        assert_eq!(first("adv.8.r2"), Some(5));
        assert_eq!(first("adv"), None);
        assert_eq!(
            Ring::of("adv.40", 99).map(|r| r.size),
            Some(16),
            "sizes are bounded"
        );
    }
}
