//! Names of agents, end to end in one text.
//!
//! Every interaction writes two of them. One after the other they are read as memory is fetched; each in a box of its own is a
//! miss of the cache among a hundred thousand. Only grows: who has left keeps its name. Not here: which agent has a name
//! ([`crate::society::Society::find`]).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names by place. Saved name by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    text: String,
    /// Where each ends; it starts where the one before it ends.
    ends: Vec<u32>,
}

impl Names {
    /// Adds a name at the end.
    pub(crate) fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len() as u32);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The name at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[place] as usize]
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.len()).map(|place| self.at(place)))
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut names = Self::default();
        for name in Vec::<Box<str>>::deserialize(from)? {
            names.push(&name);
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_come_back_by_place() {
        // Also an empty one and one beyond ASCII.
        let mut names = Names::default();
        for name in ["honest.1", "", "müll.2", "x"] {
            names.push(name);
        }
        let back: Vec<&str> = (0..names.len()).map(|at| names.at(at)).collect();
        assert_eq!(back, ["honest.1", "", "müll.2", "x"]);
    }
}
