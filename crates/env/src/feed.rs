//! The feed: threaded posts, weighted votes, bounded memory.
//!
//! A post keeps its voters while it is kept itself; beyond the capacity the oldest post goes, with its votes.
//!
//! Not here: the order of posts ([`FeedIndex`]), what a vote weighs, who may post how often, and what anybody makes of a post.

mod ranking;

pub use ranking::{FeedIndex, RankWeights};

use crate::act::{Content, PostId};
use das_core::environment::Refusal;
use das_core::id::{AgentId, InteractionId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const HIDDEN: u8 = 1;
const FLAGGED: u8 = 2;
const NONE: u64 = u64::MAX;

/// One post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    votes: f64,
    parent: u64,
    origin: u64,
    author: u32,
    created: u32,
    replies: u32,
    /// Place of its ballot, or `NO_BALLOT`.
    ballot: u32,
    phrase: u16,
    marks: u8,
}

impl Post {
    /// Who wrote it.
    #[inline]
    pub fn author(&self) -> AgentId {
        AgentId(self.author)
    }

    /// Net weighted votes.
    #[inline]
    pub fn votes(&self) -> f64 {
        self.votes
    }

    /// Replies it got.
    #[inline]
    pub fn replies(&self) -> u32 {
        self.replies
    }

    /// Step of publication, counted from the start of the run.
    #[inline]
    pub fn created_step(&self) -> u64 {
        u64::from(self.created)
    }

    /// The post it answers.
    pub fn parent(&self) -> Option<PostId> {
        (self.parent != NONE).then_some(PostId(self.parent))
    }

    /// The author's last accepted interaction when it was published.
    pub fn origin(&self) -> Option<InteractionId> {
        (self.origin != NONE).then_some(InteractionId(self.origin))
    }

    /// Whether a moderator hid it.
    #[inline]
    pub fn is_hidden(&self) -> bool {
        self.marks & HIDDEN != 0
    }

    /// Whether a moderator flagged it.
    #[inline]
    pub fn is_flagged(&self) -> bool {
        self.marks & FLAGGED != 0
    }

    fn is_ranked(&self) -> bool {
        self.parent == NONE && !self.is_hidden()
    }
}

/// Distinct texts that are kept once; texts beyond that many are kept with their post.
const PHRASES: usize = 1024;
/// Marks a post whose text is kept with it.
const OWN_TEXT: u16 = u16::MAX;
/// Posts are stored in blocks, so that growing never copies them all.
const BLOCK: usize = 4096;

const NO_BALLOT: u32 = u32::MAX;
/// A ballot gets a bitmap when more than one in so many agents voted: until then the list of voters is less than half as large.
const BITMAP_SHARE: u32 = 128;

/// Votes on one post.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ballot {
    /// Voter → weight, its sign bit set for down (also at weight 0).
    weights: BTreeMap<u32, f32>,
    /// Two bits an agent (voted, up), for posts with many votes: everybody who looks at the top of the feed asks.
    #[serde(skip)]
    bits: Vec<u8>,
}

impl Ballot {
    #[inline]
    fn of(&self, voter: u32) -> Option<bool> {
        if self.bits.is_empty() {
            return self.weights.get(&voter).map(|w| w.is_sign_positive());
        }
        let two = self.bits.get(voter as usize / 4)? >> (voter % 4 * 2) & 3;
        (two & 1 == 1).then_some(two & 2 == 2)
    }

    /// Returns the weight it replaces.
    fn cast(&mut self, voter: u32, weight: f32, population: u32) -> Option<f32> {
        let before = self.weights.insert(voter, weight);
        if !self.bits.is_empty() {
            self.mark(voter, weight);
        } else if self.weights.len() as u32 > population / BITMAP_SHARE {
            self.draw_bitmap(population);
        }
        before
    }

    fn draw_bitmap(&mut self, population: u32) {
        self.bits = vec![0; population as usize / 4 + 1];
        for (voter, weight) in self.weights.clone() {
            self.mark(voter, weight);
        }
    }

    fn mark(&mut self, voter: u32, weight: f32) {
        let (byte, shift) = (voter as usize / 4, voter % 4 * 2);
        if byte >= self.bits.len() {
            self.bits.resize(byte + 1, 0);
        }
        let two = 1 | u8::from(weight.is_sign_positive()) << 1;
        self.bits[byte] = self.bits[byte] & !(3 << shift) | two << shift;
    }
}

/// All posts that are kept, their voters and their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Feed {
    /// Posts by number, from `first_block`·BLOCK on.
    blocks: VecDeque<Vec<Post>>,
    first_block: u64,
    /// The oldest post kept.
    oldest: u64,
    /// Number of the next post.
    next: u64,
    capacity: u64,
    /// Votes of posts that have some, by `Post::ballot`.
    ballots: Vec<Ballot>,
    /// Places in `ballots` that are free again.
    free: Vec<u32>,
    /// Agents there may be: decides when a ballot is worth a bitmap.
    population: u32,
    phrases: Vec<Content>,
    texts: BTreeMap<u64, Content>,
    /// Visible, unflagged posts with net votes below zero.
    contested: BTreeSet<u64>,
    #[serde(skip)]
    phrase_numbers: BTreeMap<Content, u16>,
    #[serde(skip)]
    index: FeedIndex,
}

/// What a vote came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoteBooked {
    /// Author of the post.
    pub author: AgentId,
    /// Whether an earlier vote of the other direction was replaced.
    pub changed: bool,
    /// The weight as it was kept.
    pub weight: f64,
}

fn no_such_post(id: PostId) -> Refusal {
    Refusal::new(
        "no_such_post",
        format!("post {} does not exist, is hidden or no longer kept", id.0),
    )
}

impl Feed {
    /// An empty feed that keeps `capacity` posts, at least one.
    pub fn new(capacity: u64) -> Self {
        Self {
            blocks: VecDeque::new(),
            first_block: 0,
            oldest: 0,
            next: 0,
            capacity: capacity.max(1),
            ballots: Vec::new(),
            free: Vec::new(),
            population: 0,
            phrases: Vec::new(),
            texts: BTreeMap::new(),
            contested: BTreeSet::new(),
            phrase_numbers: BTreeMap::new(),
            index: FeedIndex::with_head(ranking::HEAD),
        }
    }

    /// Changes how many posts are kept, from the next post on, and for how many agents the books are laid out.
    pub fn resize(&mut self, capacity: u64, population: u32) {
        self.capacity = capacity.max(1);
        self.population = population;
    }

    /// Rebuilds what follows from the rest, after loading.
    pub fn rebuild(&mut self, weights: RankWeights) {
        self.phrase_numbers = self.phrases.iter().cloned().zip(0..).collect();
        for ballot in &mut self.ballots {
            if ballot.weights.len() as u32 > self.population / BITMAP_SHARE {
                ballot.draw_bitmap(self.population);
            }
        }
        self.index = FeedIndex::with_head(ranking::HEAD);
        for number in self.oldest..self.next {
            if let Some(post) = self.get(PostId(number)).filter(|p| p.is_ranked()) {
                let (key, author) = (rank_key(weights, post), post.author);
                self.index.insert(key, number, author);
            }
        }
    }

    /// Posts kept now.
    pub fn len(&self) -> u64 {
        self.next - self.oldest
    }

    /// Whether no post is kept.
    pub fn is_empty(&self) -> bool {
        self.next == self.oldest
    }

    /// A post that is kept, hidden ones included.
    #[inline]
    pub fn get(&self, id: PostId) -> Option<&Post> {
        if id.0 < self.oldest || id.0 >= self.next {
            return None;
        }
        let block = (id.0 / BLOCK as u64 - self.first_block) as usize;
        self.blocks.get(block)?.get(id.0 as usize % BLOCK)
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Post> {
        if number < self.oldest || number >= self.next {
            return None;
        }
        let block = (number / BLOCK as u64 - self.first_block) as usize;
        self.blocks.get_mut(block)?.get_mut(number as usize % BLOCK)
    }

    /// Text of a post that is kept.
    pub fn content(&self, id: PostId) -> Option<&Content> {
        let post = self.get(id)?;
        if post.phrase == OWN_TEXT {
            self.texts.get(&id.0)
        } else {
            self.phrases.get(usize::from(post.phrase))
        }
    }

    /// A post that is kept and not hidden, or a refusal.
    pub fn visible(&self, id: PostId) -> Result<&Post, Refusal> {
        self.get(id)
            .filter(|p| !p.is_hidden())
            .ok_or_else(|| no_such_post(id))
    }

    /// Publishes a post, as an answer if `parent` is given (it must be there and not hidden).
    pub fn publish(
        &mut self,
        weights: RankWeights,
        author: AgentId,
        step: u64,
        parent: Option<PostId>,
        origin: Option<InteractionId>,
        content: &Content,
    ) -> Result<PostId, Refusal> {
        if let Some(parent) = parent {
            self.visible(parent)?;
            self.rerank(weights, parent.0, |post| post.replies += 1);
        }
        let number = self.next;
        let phrase = self.phrase(number, content);
        let post = Post {
            votes: 0.0,
            parent: parent.map_or(NONE, |p| p.0),
            origin: origin.map_or(NONE, |o| o.0),
            author: author.0,
            created: step as u32,
            replies: 0,
            ballot: NO_BALLOT,
            phrase,
            marks: 0,
        };
        if post.is_ranked() {
            self.index
                .insert(rank_key(weights, &post), number, post.author);
        }
        if (number as usize).is_multiple_of(BLOCK) {
            if self.blocks.is_empty() {
                self.first_block = number / BLOCK as u64;
            }
            self.blocks
                .push_back(Vec::with_capacity(BLOCK.min(self.capacity as usize)));
        }
        if let Some(block) = self.blocks.back_mut() {
            block.push(post);
        }
        self.next += 1;
        while self.len() > self.capacity {
            self.evict(weights);
        }
        Ok(PostId(number))
    }

    /// Books a vote. One a voter: a changed one replaces, the same again is refused; so is a vote on one's own post.
    pub fn vote(
        &mut self,
        weights: RankWeights,
        voter: AgentId,
        id: PostId,
        up: bool,
        weight: f64,
    ) -> Result<VoteBooked, Refusal> {
        let post = self.visible(id)?;
        let (author, ballot) = (post.author(), post.ballot);
        if author == voter {
            return Err(Refusal::new(
                "own_post",
                "nobody votes on a post of its own",
            ));
        }
        if self.vote_of(id, voter) == Some(up) {
            return Err(Refusal::new(
                "same_vote",
                format!("the vote on post {} stands already", id.0),
            ));
        }
        let weight = weight as f32;
        let signed = if up { weight } else { -weight };
        let at = if ballot == NO_BALLOT {
            self.new_ballot(id)
        } else {
            ballot
        };
        let before = self.ballots[at as usize].cast(voter.0, signed, self.population);
        let delta = f64::from(signed) - f64::from(before.unwrap_or(0.0));
        self.rerank(weights, id.0, |post| post.votes = post.votes + delta + 0.0);
        Ok(VoteBooked {
            author,
            changed: before.is_some(),
            weight: f64::from(weight),
        })
    }

    fn new_ballot(&mut self, id: PostId) -> u32 {
        let at = self.free.pop().unwrap_or(self.ballots.len() as u32);
        if at as usize == self.ballots.len() {
            self.ballots.push(Ballot::default());
        }
        if let Some(post) = self.get_mut(id.0) {
            post.ballot = at;
        }
        at
    }

    /// The vote of somebody on a post: up, down or none.
    #[inline]
    pub fn vote_of(&self, id: PostId, voter: AgentId) -> Option<bool> {
        let ballot = self.get(id)?.ballot;
        self.ballots.get(ballot as usize)?.of(voter.0)
    }

    /// Hides a post for good.
    pub fn hide(&mut self, weights: RankWeights, id: PostId) -> Result<AgentId, Refusal> {
        let author = self.visible(id)?.author();
        self.rerank(weights, id.0, |post| post.marks |= HIDDEN);
        Ok(author)
    }

    /// Flags a post for everybody to see.
    pub fn flag(&mut self, weights: RankWeights, id: PostId) -> Result<AgentId, Refusal> {
        let post = self.visible(id)?;
        if post.is_flagged() {
            return Err(Refusal::new(
                "flagged_already",
                format!("post {} is flagged", id.0),
            ));
        }
        let author = post.author();
        self.rerank(weights, id.0, |post| post.marks |= FLAGGED);
        Ok(author)
    }

    /// Ranked posts, best first.
    pub fn ranked(&self) -> impl Iterator<Item = (PostId, &Post)> {
        self.index
            .iter()
            .filter_map(|(number, _)| Some((PostId(number), self.get(PostId(number))?)))
    }

    /// The best of [`Feed::ranked`] with their authors, at most 400.
    pub fn top(&self) -> impl Iterator<Item = (PostId, AgentId)> {
        self.index
            .head()
            .map(|(number, author)| (PostId(number), AgentId(author)))
    }

    /// Visible, unflagged posts with net votes below zero, newest first.
    pub fn contested(&self) -> impl Iterator<Item = (PostId, &Post)> {
        self.contested
            .iter()
            .rev()
            .filter_map(|&number| Some((PostId(number), self.get(PostId(number))?)))
    }

    /// Changes a post and moves it to its new place.
    fn rerank(&mut self, weights: RankWeights, number: u64, change: impl FnOnce(&mut Post)) {
        let Some(post) = self.get_mut(number) else {
            return;
        };
        let before = post.is_ranked().then(|| rank_key(weights, post));
        change(post);
        let after = post.is_ranked().then(|| rank_key(weights, post));
        let contested = post.votes < 0.0 && post.marks == 0;
        let author = post.author;
        match (before, after) {
            (Some(from), Some(to)) if from == to => {}
            (Some(from), Some(to)) => self.index.move_to(from, to, number, author),
            (Some(key), None) => self.index.remove(key, number),
            (None, Some(key)) => self.index.insert(key, number, author),
            (None, None) => {}
        }
        if contested {
            self.contested.insert(number);
        } else {
            self.contested.remove(&number);
        }
    }

    fn phrase(&mut self, number: u64, content: &Content) -> u16 {
        if let Some(&phrase) = self.phrase_numbers.get(content) {
            return phrase;
        }
        if self.phrases.len() < PHRASES {
            let phrase = self.phrases.len() as u16;
            self.phrases.push(content.clone());
            self.phrase_numbers.insert(content.clone(), phrase);
            phrase
        } else {
            self.texts.insert(number, content.clone());
            OWN_TEXT
        }
    }

    fn evict(&mut self, weights: RankWeights) {
        let number = self.oldest;
        if let Some(post) = self.get(PostId(number)) {
            let key = post.is_ranked().then(|| rank_key(weights, post));
            let (own_text, post_ballot) = (post.phrase == OWN_TEXT, post.ballot);
            if let Some(key) = key {
                self.index.remove(key, number);
            }
            if own_text {
                self.texts.remove(&number);
            }
            if let Some(ballot) = self.ballots.get_mut(post_ballot as usize) {
                *ballot = Ballot::default();
                self.free.push(post_ballot);
            }
        }
        self.contested.remove(&number);
        self.oldest += 1;
        if self.oldest / BLOCK as u64 > self.first_block {
            self.blocks.pop_front();
            self.first_block += 1;
        }
    }
}

fn rank_key(weights: RankWeights, post: &Post) -> f64 {
    weights.score(post.votes, post.replies, -f64::from(post.created))
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: RankWeights = RankWeights {
        alpha: 0.5,
        beta: 0.1,
    };

    #[test]
    fn a_changed_vote_replaces_and_the_same_is_refused() {
        // Net votes after up (2.0), up again (refused), down with another weight (−0.5).
        let mut feed = Feed::new(10);
        let post = feed
            .publish(W, AgentId(0), 0, None, None, &"hello".into())
            .unwrap();
        feed.vote(W, AgentId(1), post, true, 2.0).unwrap();
        assert_eq!(
            feed.vote(W, AgentId(1), post, true, 1.0).unwrap_err().code,
            "same_vote"
        );
        assert_eq!(feed.get(post).unwrap().votes(), 2.0);
        assert!(feed.vote(W, AgentId(1), post, false, 0.5).unwrap().changed);
        assert_eq!(feed.get(post).unwrap().votes(), -0.5);
        assert_eq!(
            feed.vote(W, AgentId(0), post, true, 1.0).unwrap_err().code,
            "own_post"
        );
        assert_eq!(feed.vote_of(post, AgentId(1)), Some(false));
        assert_eq!(
            feed.contested().map(|(id, _)| id).collect::<Vec<_>>(),
            [post]
        );
    }

    #[test]
    fn a_bitmap_says_what_the_list_says() {
        // The same votes on a feed laid out for 64 agents (bitmap from the third vote on) and on one for 64,000 (never).
        let mut feeds = [64, 64_000].map(|population| {
            let mut feed = Feed::new(10);
            feed.resize(10, population);
            feed.publish(W, AgentId(999), 0, None, None, &"x".into())
                .unwrap();
            feed
        });
        for i in 0..200u32 {
            let (voter, up) = (AgentId(i * 37 % 80), i % 3 == 0);
            let [small, large] = feeds
                .each_mut()
                .map(|f| f.vote(W, voter, PostId(0), up, 1.0));
            assert_eq!(small, large);
        }
        assert!(!feeds[0].ballots[0].bits.is_empty() && feeds[1].ballots[0].bits.is_empty());
        for voter in 0..100 {
            let [small, large] = feeds
                .each_ref()
                .map(|f| f.vote_of(PostId(0), AgentId(voter)));
            assert_eq!(small, large);
            assert_eq!(small.is_some(), voter < 80);
        }
    }

    #[test]
    fn replies_need_a_visible_parent_and_are_not_ranked() {
        // Threading: a reply lifts its parent by α and is itself outside the ranking; hidden posts take no replies.
        let mut feed = Feed::new(10);
        let a = feed
            .publish(W, AgentId(0), 0, None, None, &"a".into())
            .unwrap();
        let b = feed
            .publish(W, AgentId(1), 0, None, None, &"b".into())
            .unwrap();
        let reply = feed
            .publish(W, AgentId(0), 0, Some(b), None, &"c".into())
            .unwrap();
        assert_eq!(feed.get(reply).unwrap().parent(), Some(b));
        assert_eq!(feed.ranked().map(|(id, _)| id).collect::<Vec<_>>(), [b, a]);
        feed.hide(W, b).unwrap();
        assert_eq!(
            feed.publish(W, AgentId(0), 0, Some(b), None, &"d".into())
                .unwrap_err()
                .code,
            "no_such_post"
        );
        assert_eq!(
            feed.publish(W, AgentId(0), 0, Some(PostId(99)), None, &"d".into())
                .unwrap_err()
                .code,
            "no_such_post"
        );
        assert_eq!(feed.ranked().map(|(id, _)| id).collect::<Vec<_>>(), [a]);
    }

    #[test]
    fn the_oldest_post_goes_with_its_votes() {
        // Memory is bounded across blocks: capacity holds, evicted posts and their voters are gone, younger ones stay.
        let mut feed = Feed::new(5000);
        for i in 0..20_000u64 {
            let post = feed
                .publish(W, AgentId(0), i / 100, None, None, &"x".into())
                .unwrap();
            feed.vote(W, AgentId(1), post, i % 2 == 0, 1.0).unwrap();
        }
        assert_eq!(feed.len(), 5000);
        assert!(feed.get(PostId(14_999)).is_none());
        assert_eq!(feed.get(PostId(15_000)).unwrap().votes(), 1.0);
        assert!(feed.ballots.len() - feed.free.len() == 5000 && feed.ballots.len() <= 5001);
        assert_eq!(feed.index.len(), 5000);
        assert!(feed.blocks.len() <= 3);
        assert_eq!(feed.phrases.len(), 1);
    }
}
