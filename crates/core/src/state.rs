//! Saved state: one encoding for checkpoints, for rolling back a crashed agent and for the state hash.
//!
//! Whatever is saved is hashed and the other way round, since both are the same bytes: `serde` walks the struct (a new
//! field is in as soon as it exists) and `postcard` writes it without names, floats as their 8 bytes. There is no second
//! list of fields that could be forgotten.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Appends to a vector, slices at once.
struct Onto(Vec<u8>);

impl postcard::ser_flavors::Flavor for Onto {
    type Output = Vec<u8>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Collects saved state.
#[derive(Debug, Default)]
pub struct Saver {
    bytes: Vec<u8>,
}

impl Saver {
    /// An empty saver.
    pub fn new() -> Self {
        Self::default()
    }

    /// A saver that goes on after these bytes.
    pub fn onto(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Appends a value.
    ///
    /// # Panics
    /// If a `Serialize` of user code fails; the derived ones do not.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) {
        let onto = Onto(std::mem::take(&mut self.bytes));
        self.bytes = postcard::serialize_with_flavor(value, onto)
            .expect("state types serialise: no maps of unknown length, no user code");
    }

    /// What was saved so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The saved bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
