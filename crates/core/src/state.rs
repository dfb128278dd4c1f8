//! Saved state: one encoding for checkpoints, for rolling back a crashed agent and for the state hash.
//!
//! Whatever is saved is hashed and the other way round, since both are the same bytes: `serde` walks the struct (a new
//! field is in as soon as it exists) and `postcard` writes it without names, floats as their 8 bytes. There is no second
//! list of fields that could be forgotten.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes a hashing saver gathers before it feeds the hash: well within a cache.
const CHUNK: usize = 32 << 10;

/// Where saved bytes go: into memory, or through a small buffer into a hash.
#[derive(Debug, Default)]
struct Onto {
    bytes: Vec<u8>,
    hash: Option<Box<Sha256>>,
}

impl Onto {
    /// Hands a full buffer to the hash, if there is one.
    #[cold]
    fn drain(&mut self) {
        if let Some(hash) = &mut self.hash {
            hash.update(&self.bytes);
            self.bytes.clear();
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK && self.hash.is_some()
    }
}

/// Slices at once.
impl postcard::ser_flavors::Flavor for Onto {
    type Output = Self;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.bytes.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if self.is_full() {
            self.drain();
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Self> {
        Ok(self)
    }
}

/// Collects saved state, or its hash alone.
#[derive(Debug, Default)]
pub struct Saver {
    onto: Onto,
}

impl Saver {
    /// An empty saver.
    pub fn new() -> Self {
        Self::default()
    }

    /// A saver that goes on after these bytes.
    pub fn onto(bytes: Vec<u8>) -> Self {
        Self {
            onto: Onto { bytes, hash: None },
        }
    }

    /// A saver that keeps nothing but the sha256 of what is put: a whole world's state passes through a small buffer.
    pub fn hashing() -> Self {
        Self {
            onto: Onto {
                bytes: Vec::with_capacity(2 * CHUNK),
                hash: Some(Box::default()),
            },
        }
    }

    /// Appends bytes that are saved state already.
    pub(crate) fn put_saved(&mut self, bytes: &[u8]) {
        match &mut self.onto.hash {
            Some(hash) => {
                hash.update(&self.onto.bytes);
                self.onto.bytes.clear();
                hash.update(bytes);
            }
            None => self.onto.bytes.extend_from_slice(bytes),
        }
    }

    /// sha256 of everything that was put.
    pub fn sha256(self) -> Sha256 {
        let mut hash = self.onto.hash.map_or_else(Sha256::new, |hash| *hash);
        hash.update(&self.onto.bytes);
        hash
    }

    /// Appends a value.
    ///
    /// # Panics
    /// If a `Serialize` of user code fails; the derived ones do not.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) {
        let onto = std::mem::take(&mut self.onto);
        self.onto = postcard::serialize_with_flavor(value, onto)
            .expect("state types serialise: no maps of unknown length, no user code");
        if self.onto.is_full() {
            self.onto.drain();
        }
    }

    /// What was saved so far, unless it went into a hash.
    pub fn bytes(&self) -> &[u8] {
        &self.onto.bytes
    }

    /// The saved bytes, unless they went into a hash.
    pub fn into_bytes(self) -> Vec<u8> {
        self.onto.bytes
    }
}

/// Saved state could not be read back.
#[derive(Debug, Error)]
#[error("saved state does not fit this program: {0}")]
pub struct LoadError(#[from] postcard::Error);

/// Reads saved state, in the order it was put.
#[derive(Debug)]
pub struct Loader<'a> {
    rest: &'a [u8],
}

impl<'a> Loader<'a> {
    /// Reads from these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next value.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T, LoadError> {
        let (value, rest) = postcard::take_from_bytes(self.rest)?;
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashing_saver_hashes_what_a_keeping_one_keeps() {
        // More than one buffer of mixed values, put in pieces: the hash is that of the bytes.
        let values: Vec<(u64, f64, String)> = (0..5_000_u32)
            .map(|i| (u64::from(i) << 20, f64::from(i) / 7.0, format!("name.{i}")))
            .collect();
        let (mut kept, mut hashed) = (Saver::new(), Saver::hashing());
        for saver in [&mut kept, &mut hashed] {
            saver.put(&values);
            saver.put(&7_u8);
            saver.put_saved(b"saved before");
            saver.put("end");
        }
        assert!(kept.bytes().len() > 2 * CHUNK);
        assert_eq!(
            hashed.sha256().finalize(),
            Sha256::digest(kept.into_bytes())
        );
    }

    #[test]
    fn floats_come_back_bit_for_bit() {
        let values = vec![0.1, -0.0, f64::MIN_POSITIVE, 1e308, 0.618_033_988_749_894_9];
        let mut saver = Saver::new();
        saver.put(&values);
        saver.put("next");
        let mut loader = Loader::new(saver.bytes());
        let back: Vec<f64> = loader.take().unwrap();
        assert_eq!(
            back.iter().map(|f| f.to_bits()).collect::<Vec<_>>(),
            values.iter().map(|f| f.to_bits()).collect::<Vec<_>>()
        );
        assert_eq!(loader.take::<String>().unwrap(), "next");
        assert!(loader.take::<u8>().is_err());
    }
}
