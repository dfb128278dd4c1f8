//! The order of posts.
//!
//! Score = votes + α·replies − β·age. All posts age alike, so posts are ordered by votes + α·replies + β·(step of
//! publication), which does not change with time: the index moves only on a vote, a reply, a new or a hidden post. Ties
//! keep the order of publication. Replies and hidden posts are not ranked. Not here: posts and votes.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Weights of the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankWeights {
    /// α: votes a reply is worth.
    pub alpha: f64,
    /// β: votes a unit of age costs.
    pub beta: f64,
}

impl RankWeights {
    /// votes + α·replies − β·age. With a time of publication in the place of −age it is the key that orders the index.
    #[inline]
    pub fn score(&self, votes: f64, replies: u32, age: f64) -> f64 {
        votes + self.alpha * f64::from(replies) - self.beta * age
    }
}

/// How much of the index is also kept as a plain list: four times the most posts anybody sees (`feed.top`).
pub(super) const HEAD: usize = 400;

/// Numbers with a key, best key first, equal keys by number; each with an author.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedIndex {
    order: BTreeMap<(u64, u64), u32>,
    /// The best of `order`, as many as asked for or all there are: what everybody looks at in every step.
    head: Vec<(u64, u64, u32)>,
    /// Length of `head` if there are enough.
    wanted: usize,
}

/// Maps a number that is not NaN so that a larger one comes first.
#[inline]
fn descending(key: f64) -> u64 {
    let bits = (key + 0.0).to_bits();
    if bits >> 63 == 1 {
        bits
    } else {
        !(bits | 1 << 63)
    }
}

impl FeedIndex {
    /// An empty index whose best `wanted` (at most 400) are quick to walk.
    pub fn with_head(wanted: usize) -> Self {
        Self {
            wanted: wanted.min(HEAD),
            ..Self::default()
        }
    }

    /// Adds a number under its key.
    #[inline]
    pub fn insert(&mut self, key: f64, number: u64, author: u32) {
        let key = descending(key);
        self.order.insert((key, number), author);
        let at = self.place(key, number);
        if at < self.wanted && (at < self.head.len() || self.head.len() + 1 == self.order.len()) {
            self.head.insert(at, (key, number, author));
            self.head.truncate(self.wanted);
        }
    }

    /// Takes a number out; `key` is the one it was added under.
    #[inline]
    pub fn remove(&mut self, key: f64, number: u64) {
        let key = descending(key);
        self.order.remove(&(key, number));
        let at = self.place(key, number);
        if self.head.get(at).is_some_and(|found| found.1 == number) {
            self.head.remove(at);
            // The next in line moves up.
            let after = self.head.last().map(|&(key, number, _)| (key, number));
            let next = match after {
                Some(last) => self
                    .order
                    .range((Bound::Excluded(last), Bound::Unbounded))
                    .next(),
                None => self.order.first_key_value(),
            };
            if let Some((&(key, number), &author)) = next {
                self.head.push((key, number, author));
            }
        }
    }

    /// Moves a number from one key to another. Within the head only what lies between moves; else as out and in again.
    #[inline]
    pub fn move_to(&mut self, from: f64, to: f64, number: u64, author: u32) {
        let (old, new) = (descending(from), descending(to));
        let (left, right) = (self.place(old, number), self.place(new, number));
        let found = self.head.get(left).is_some_and(|post| post.1 == number);
        // Behind the last of the head there may be better ones that are not in it.
        if !found || right >= self.head.len() {
            self.remove(from, number);
            self.insert(to, number, author);
            return;
        }
        self.order.remove(&(old, number));
        self.order.insert((new, number), author);
        self.head[left].0 = new;
        if left < right {
            self.head[left..right].rotate_left(1);
        } else {
            self.head[right..=left].rotate_right(1);
        }
    }

    fn place(&self, key: u64, number: u64) -> usize {
        self.head
            .partition_point(|&(k, n, _)| (k, n) < (key, number))
    }

    /// Best first, with their authors.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.order
            .iter()
            .map(|(&(_, number), &author)| (number, author))
    }

    /// The first of [`FeedIndex::iter`], as many as `with_head` asked for.
    pub fn head(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.head
            .iter()
            .map(|&(_, number, author)| (number, author))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_descending_over_the_sign() {
        // The bit trick of the index orders all finite numbers, largest first, with one zero.
        let values = [
            1e9,
            2.5,
            f64::MIN_POSITIVE,
            0.0,
            -f64::MIN_POSITIVE,
            -2.5,
            -1e9,
        ];
        for pair in values.windows(2) {
            assert!(descending(pair[0]) < descending(pair[1]), "{pair:?}");
        }
        assert_eq!(descending(0.0), descending(-0.0));
    }

    #[test]
    fn the_head_of_the_index_is_its_beginning() {
        // After each of 3,000 insertions, moves and removals of drawn keys, the list of the best 7 is what the order begins with.
        let mut index = FeedIndex::with_head(7);
        let mut rng = das_core::rng::Stream::from_seed(3);
        let mut held: Vec<(f64, u64)> = Vec::new();
        for number in 0..3_000_u64 {
            if !held.is_empty() && rng.chance(0.3) {
                let at = rng.below(held.len() as u32) as usize;
                let to = f64::from(rng.below(12)) - 6.0;
                let (from, number) = held[at];
                held[at].0 = to;
                index.move_to(from, to, number, number as u32 + 1);
            } else if held.len() > 20 || (!held.is_empty() && rng.chance(0.45)) {
                let (key, number) = held.swap_remove(rng.below(held.len() as u32) as usize);
                index.remove(key, number);
            } else {
                let key = f64::from(rng.below(12)) - 6.0;
                held.push((key, number));
                index.insert(key, number, number as u32 + 1);
            }
            assert!(index.head().eq(index.iter().take(7)));
            let mut sorted = held.clone();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let sorted = sorted
                .iter()
                .map(|&(_, number)| (number, number as u32 + 1));
            assert!(index.iter().eq(sorted));
            assert_eq!(index.len(), held.len());
        }
    }
}
