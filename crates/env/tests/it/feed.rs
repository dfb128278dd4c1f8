//! The feed against known answers and against a brute-force sort.

use das_core::id::AgentId;
use das_env::act::PostId;
use das_env::feed::{Feed, FeedIndex, RankWeights};
use proptest::prelude::*;
use serde_json::Value;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * if b.abs() > 1.0 { b.abs() } else { 1.0 }
}

fn ids(posts: &[Value], index: &FeedIndex, limit: usize) -> Vec<String> {
    index
        .iter()
        .take(limit)
        .map(|(at, _)| posts[at as usize]["post_id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn ranking_matches_the_independent_implementation() {
    // Scores to 1e-9 and both orders (with and without replies) of every golden case; age is in hours there.
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/golden/feed_rank.json"
    );
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 30);
    for case in cases {
        let weights = RankWeights {
            alpha: case["alpha_reply_weight"].as_f64().unwrap(),
            beta: case["beta_age_decay_per_hour"].as_f64().unwrap(),
        };
        let posts = case["posts"].as_array().unwrap();
        let (mut top, mut all) = (FeedIndex::default(), FeedIndex::default());
        for (number, post) in (0..).zip(posts) {
            let votes = post["upvotes"].as_f64().unwrap() - post["downvotes"].as_f64().unwrap();
            let replies = post["reply_count"].as_u64().unwrap() as u32;
            let score = weights.score(votes, replies, post["age_hours"].as_f64().unwrap());
            let wanted = &case["out"]["scores"][post["post_id"].as_str().unwrap()];
            if post["is_hidden"].as_bool().unwrap() {
                assert!(wanted.is_null());
                continue;
            }
            assert!(
                close(score, wanted.as_f64().unwrap()),
                "{score} is not {wanted}"
            );
            all.insert(score, number, 0);
            if !post["is_reply"].as_bool().unwrap() {
                top.insert(score, number, 0);
            }
        }
        let limit = case["limit"].as_u64().unwrap() as usize;
        let listed = |name: &str| -> Vec<String> {
            serde_json::from_value(case["out"][name].clone()).unwrap()
        };
        assert_eq!(ids(posts, &top, limit), listed("ranked"));
        assert_eq!(ids(posts, &all, limit), listed("ranked_with_replies"));
    }
}

#[derive(Clone, Debug)]
enum Op {
    Publish {
        author: u32,
        parent: Option<u64>,
    },
    Vote {
        voter: u32,
        post: u64,
        up: bool,
        weight: f64,
    },
    Hide {
        post: u64,
    },
    Flag {
        post: u64,
    },
    Step,
}

fn op() -> impl Strategy<Value = Op> {
    let post = 0..60u64;
    prop_oneof![
        3 => (0..6u32, prop::option::weighted(0.3, post.clone())).prop_map(|(author, parent)| Op::Publish { author, parent }),
        5 => (0..6u32, post.clone(), any::<bool>(), 0.0..3.0f64)
            .prop_map(|(voter, post, up, weight)| Op::Vote { voter, post, up, weight }),
        1 => post.clone().prop_map(|post| Op::Hide { post }),
        1 => post.prop_map(|post| Op::Flag { post }),
        2 => Just(Op::Step),
    ]
}

/// The feed told again without an index: every post with its votes as a list, scored by age when asked.
#[derive(Default)]
struct Plain {
    posts: Vec<PlainPost>,
}

struct PlainPost {
    author: u32,
    created: u64,
    is_reply: bool,
    replies: u32,
    hidden: bool,
    votes: Vec<(u32, f64)>,
}

impl Plain {
    fn kept(&self, capacity: usize) -> usize {
        self.posts.len().saturating_sub(capacity)
    }

    fn ranked(&self, weights: RankWeights, now: u64, capacity: usize) -> Vec<u64> {
        let mut order: Vec<(f64, usize)> = self
            .posts
            .iter()
            .enumerate()
            .skip(self.kept(capacity))
            .filter(|(_, p)| !p.hidden && !p.is_reply)
            .map(|(at, p)| {
                let votes: f64 = p.votes.iter().map(|v| v.1).sum();
                (
                    weights.score(votes, p.replies, (now - p.created) as f64),
                    at,
                )
            })
            .collect();
        order.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap().then(a.1.cmp(&b.1)));
        order.into_iter().map(|(_, at)| at as u64).collect()
    }
}

proptest! {
    #[test]
    fn index_equals_a_sort_from_scratch(ops in prop::collection::vec(op(), 1..150), capacity in 5..40usize) {
        // After any sequence of posts, votes, hides and flags the index lists what sorting all posts by their score now lists,
        // and it still does after saving and loading. Weights are multiples of 1/8, so that sums are exact in any order.
        let weights = RankWeights { alpha: 0.5, beta: 0.125 };
        let mut feed = Feed::new(capacity as u64);
        let mut plain = Plain::default();
        let mut now = 0u64;
        for op in ops {
            match op {
                Op::Step => now += 1,
                Op::Publish { author, parent } => {
                    let visible = |at: u64| {
                        at as usize >= plain.kept(capacity) && plain.posts.get(at as usize).is_some_and(|p| !p.hidden)
                    };
                    let done = feed.publish(weights, AgentId(author), now, parent.map(PostId), None, &"text".into());
                    prop_assert_eq!(done.is_ok(), parent.is_none_or(visible));
                    if done.is_ok() {
                        if let Some(parent) = parent {
                            plain.posts[parent as usize].replies += 1;
                        }
                        plain.posts.push(PlainPost {
                            author, created: now, is_reply: parent.is_some(), replies: 0, hidden: false, votes: Vec::new(),
                        });
                    }
                }
                Op::Vote { voter, post, up, weight } => {
                    let weight = (weight * 8.0).round() / 8.0 + 0.125;
                    let done = feed.vote(weights, AgentId(voter), PostId(post), up, weight);
                    let kept = plain.kept(capacity);
                    let Some(target) = plain.posts.get_mut(post as usize)
                        .filter(|p| post as usize >= kept && !p.hidden && p.author != voter) else {
                        prop_assert!(done.is_err());
                        continue;
                    };
                    let signed = if up { weight } else { -weight };
                    match target.votes.iter_mut().find(|v| v.0 == voter) {
                        Some(old) if (old.1 > 0.0) == up => prop_assert_eq!(done.unwrap_err().code, "same_vote"),
                        Some(old) => { prop_assert!(done.unwrap().changed); old.1 = signed; }
                        None => { prop_assert!(!done.unwrap().changed); target.votes.push((voter, signed)); }
                    }
                }
                Op::Hide { post } => {
                    if feed.hide(weights, PostId(post)).is_ok() {
                        plain.posts[post as usize].hidden = true;
                    }
                }
                Op::Flag { post } => { let _ = feed.flag(weights, PostId(post)); }
            }
            let listed: Vec<u64> = feed.ranked().map(|(id, _)| id.0).collect();
            prop_assert_eq!(&listed, &plain.ranked(weights, now, capacity));
        }
        let mut saver = das_core::state::Saver::new();
        saver.put(&feed);
        let mut loaded: Feed = das_core::state::Loader::new(saver.bytes()).take().unwrap();
        loaded.rebuild(weights);
        let listed = |feed: &Feed| feed.ranked().map(|(id, p)| (id, p.clone())).collect::<Vec<_>>();
        prop_assert_eq!(listed(&feed), listed(&loaded));
    }
}
