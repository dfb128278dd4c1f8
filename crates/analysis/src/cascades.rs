//! Cascades: trees of replies, by their size and depth.
//!
//! A post without a parent, or with one the log does not have, begins a tree; every reply belongs to the tree of its parent,
//! one step deeper. Size is the posts of a tree, depth the steps from its first post to its farthest. Invariant: memory is
//! bounded by [`POSTS_MAX`]: replies to posts behind it are counted in no tree, and that is said. Not here: who posts, and
//! what a reply is worth.

use das_core::log::Line;
use das_core::view::{Cell, Counts, Histogram, Table, View};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Posts that are remembered, so that replies to them can be counted.
pub const POSTS_MAX: usize = 1_000_000;

/// Largest trees that are listed.
const LISTED: usize = 10;

/// Depths drawn one by one; what is deeper stands in the last bin.
const DEPTHS_MAX: usize = 24;

/// `post_created`, as far as it matters here.
#[derive(Deserialize)]
struct Post<'a> {
    #[serde(borrow, rename = "post")]
    name: Cow<'a, str>,
    #[serde(borrow)]
    author: Cow<'a, str>,
    #[serde(default, borrow)]
    parent: Option<Cow<'a, str>>,
}

/// A tree of replies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tree {
    first: String,
    author: String,
    event: u64,
    size: u64,
    depth: u32,
}

/// Trees in the making.
#[derive(Clone, Debug, Default)]
pub struct CascadeFold {
    /// Tree and depth of a post.
    posts: BTreeMap<String, (u32, u32)>,
    trees: Vec<Tree>,
    beyond: u64,
}

impl CascadeFold {
    /// Takes the next line; all but posts are passed over.
    pub fn line(&mut self, line: &Line<'_>) {
        if line.head.kind != "post_created" {
            return;
        }
        let Ok(post) = line.parse::<Post<'_>>() else {
            return;
        };
        let parent = post
            .parent
            .as_ref()
            .and_then(|p| self.posts.get(p.as_ref()));
        let (tree, depth) = match parent {
            Some((tree, depth)) => (*tree, depth + 1),
            None if self.posts.len() >= POSTS_MAX => {
                self.beyond += 1;
                return;
            }
            None => {
                self.trees.push(Tree {
                    first: post.name.clone().into_owned(),
                    author: post.author.into_owned(),
                    event: line.head.event.unwrap_or_default(),
                    size: 0,
                    depth: 0,
                });
                (self.trees.len() as u32 - 1, 0)
            }
        };
        let of = &mut self.trees[tree as usize];
        of.size += 1;
        of.depth = of.depth.max(depth);
        if self.posts.len() < POSTS_MAX {
            self.posts.insert(post.name.into_owned(), (tree, depth));
        }
    }

    /// Sizes and depths as histograms, and the largest trees; nothing where nobody posted.
    pub fn views(&self) -> Vec<View> {
        if self.trees.is_empty() {
            return Vec::new();
        }
        let largest = self.trees.iter().map(|tree| tree.size).max().unwrap_or(1);
        // 1, 2, 3 to 4, 5 to 8, …: sizes span orders of magnitude.
        let mut edges = vec![1_u64];
        while edges.last().is_some_and(|edge| *edge <= largest) {
            let next = match edges.as_slice() {
                [.., edge] if *edge < 3 => edge + 1,
                [.., edge] => 2 * edge - 1,
                [] => 1,
            };
            edges.push(next);
        }
        let mut sizes = vec![0; edges.len() - 1];
        let deepest = self.trees.iter().map(|tree| tree.depth).max().unwrap_or(0) as usize;
        let mut depths = vec![0; deepest.min(DEPTHS_MAX) + 1];
        for tree in &self.trees {
            let bin = edges.partition_point(|edge| *edge <= tree.size) - 1;
            sizes[bin] += 1;
            depths[(tree.depth as usize).min(DEPTHS_MAX)] += 1;
        }
        let histogram = |title: &str, axis: String, edges: Vec<f64>, counts: Vec<u64>| {
            View::Histogram(Histogram {
                title: title.to_owned(),
                axis,
                edges,
                groups: vec![Counts {
                    name: "trees".to_owned(),
                    counts,
                }],
            })
        };
        let more = if deepest > DEPTHS_MAX {
            format!("; {DEPTHS_MAX} and more in the last bin")
        } else {
            String::new()
        };
        let depth_edges = (0..=depths.len()).map(|depth| depth as f64).collect();
        let mut order: Vec<&Tree> = self.trees.iter().collect();
        order.sort_by_key(|tree| (std::cmp::Reverse((tree.size, tree.depth)), tree.event));
        let rows = order.iter().take(LISTED).map(|tree| {
            vec![
                Cell::Text(tree.first.clone()),
                Cell::Text(tree.author.clone()),
                Cell::Whole(tree.event as i64),
                Cell::Whole(tree.size as i64),
                Cell::Whole(i64::from(tree.depth)),
            ]
        });
        let posts: u64 = self.trees.iter().map(|tree| tree.size).sum();
        let mut note = format!("{posts} posts in {} trees", self.trees.len());
        if self.beyond > 0 {
            let _ = write!(
                note,
                "; {} later posts are in no tree: only the first {POSTS_MAX} are followed",
                self.beyond
            );
        }
        vec![
            histogram(
                "Cascades by size",
                "posts of a tree of replies, the first included".to_owned(),
                edges.iter().map(|edge| *edge as f64).collect(),
                sizes,
            ),
            histogram(
                "Cascades by depth",
                format!("replies from the first post to the farthest{more}"),
                depth_edges,
                depths,
            ),
            View::Table(Table {
                title: "Largest cascades".to_owned(),
                columns: ["first post", "author", "event", "posts", "depth"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: rows.collect(),
                note: Some(note),
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::log::LogReader;

    #[test]
    fn replies_belong_to_the_tree_of_their_parent() {
        // a ← b ← c and a ← d are one tree of four, two deep; e stands alone; f answers a post the log does not have.
        let posts = [
            ("a", ""),
            ("b", ",\"parent\":\"a\""),
            ("c", ",\"parent\":\"b\""),
            ("d", ",\"parent\":\"a\""),
            ("e", ""),
            ("f", ",\"parent\":\"z\""),
        ];
        let lines = posts.iter().enumerate().map(|(seq, (post, parent))| {
            format!(
                "{{\"seq\":{seq},\"type\":\"post_created\",\"epoch\":0,\"step\":0,\"event\":{seq},\"post\":\"{post}\",\"author\":\"x\",\"content\":\"\"{parent}}}\n"
            )
        });
        let text: String = lines.collect();
        let mut fold = CascadeFold::default();
        assert!(fold.views().is_empty());
        let mut reader = LogReader::new(text.as_bytes());
        while let Some(line) = reader.next().unwrap() {
            fold.line(&line);
        }
        let views = fold.views();
        assert!(views.iter().all(|view| view.check().is_ok()));
        let [
            View::Histogram(sizes),
            View::Histogram(depths),
            View::Table(largest),
        ] = &views[..]
        else {
            panic!("{views:?}")
        };
        assert_eq!(
            (&sizes.edges[..], &sizes.groups[0].counts[..]),
            (&[1.0, 2.0, 3.0, 5.0][..], &[2, 0, 1][..])
        );
        assert_eq!(depths.groups[0].counts, [2, 0, 1]);
        assert_eq!(largest.rows[0][3..], [Cell::Whole(4), Cell::Whole(2)]);
        assert_eq!(largest.rows.len(), 3);
    }
}
