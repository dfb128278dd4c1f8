//! The one way a value becomes text in the log.
//!
//! Compact JSON by `serde_json`, narrowed to what every common reader takes alike: floats are finite and zero has no
//! sign, integers stay within ±2⁵³, nothing is `null` (a field without a value is left out). What breaks these rules does
//! not reach the log: the writer stops on it.

use super::MAX_INTEGER;
use crate::units::MicroCredits;
use serde::ser::{self, Impossible, SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Write};

/// Compact JSON under the rules of the log. `nulls` lets the resolved scenario in line 0 hold an explicit null.
pub(crate) struct Canonical {
    pub(crate) nulls: bool,
}

fn refuse(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Formatter for Canonical {
    #[inline]
    fn write_null<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        // A float that is NaN or infinite arrives here too: that is how serde_json writes it.
        if self.nulls {
            to.write_all(b"null")
        } else {
            Err(refuse("a number that is not finite, or a null"))
        }
    }

    #[inline]
    fn write_f64<W: ?Sized + Write>(&mut self, to: &mut W, value: f64) -> io::Result<()> {
        CompactFormatter.write_f64(to, value + 0.0)
    }

    #[inline]
    fn write_f32<W: ?Sized + Write>(&mut self, _to: &mut W, _value: f32) -> io::Result<()> {
        Err(refuse("a 32-bit float"))
    }

    #[inline]
    fn write_u64<W: ?Sized + Write>(&mut self, to: &mut W, value: u64) -> io::Result<()> {
        if value <= MAX_INTEGER {
            CompactFormatter.write_u64(to, value)
        } else {
            Err(refuse("an integer above 2^53 (write it as text)"))
        }
    }

    #[inline]
    fn write_i64<W: ?Sized + Write>(&mut self, to: &mut W, value: i64) -> io::Result<()> {
        if value.unsigned_abs() <= MAX_INTEGER {
            CompactFormatter.write_i64(to, value)
        } else {
            Err(refuse("an integer beyond 2^53 (write it as text)"))
        }
    }

    fn write_u128<W: ?Sized + Write>(&mut self, _to: &mut W, _value: u128) -> io::Result<()> {
        Err(refuse("a 128-bit integer"))
    }

    fn write_i128<W: ?Sized + Write>(&mut self, _to: &mut W, _value: i128) -> io::Result<()> {
        Err(refuse("a 128-bit integer"))
    }
}

/// Appends the canonical text of a value.
pub(crate) fn append<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
    nulls: bool,
) -> Result<(), serde_json::Error> {
    value.serialize(&mut serde_json::Serializer::with_formatter(
        buffer,
        Canonical { nulls },
    ))
}

/// Appends the fields of a struct or map as they stand in a line behind its head, `,"name":value…`, and the `}` that ends it.
/// The same text as [`append`] gives, without looking for something to escape in the names of a struct's fields: they are
/// Rust's.
pub(crate) fn append_fields<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
) -> Result<(), serde_json::Error> {
    value.serialize(Fields { buffer })
}

/// Takes what has named fields.
struct Fields<'b> {
    buffer: &'b mut Vec<u8>,
}

impl Fields<'_> {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "with the name of a field known, its bytes are a few moves"
    )]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), serde_json::Error> {
        append(self.buffer, value, false)
    }
}

fn nameless<T>() -> Result<T, serde_json::Error> {
    Err(ser::Error::custom(
        "the fields have no names: a struct or a map with names is needed",
    ))
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "with the name of a field known, its bytes are a few moves"
    )]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        debug_assert!(key.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\'));
        self.buffer.extend_from_slice(b",\"");
        self.buffer.extend_from_slice(key.as_bytes());
        self.buffer.extend_from_slice(b"\":");
        self.value(value)
    }

    #[inline]
    fn end(self) -> Result<(), Self::Error> {
        self.buffer.push(b'}');
        Ok(())
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Self::Error> {
        self.buffer.push(b',');
        let at = self.buffer.len();
        self.value(key)?;
        if self.buffer.get(at) == Some(&b'"') {
            Ok(())
        } else {
            nameless()
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        self.buffer.push(b':');
        self.value(value)
    }

    fn end(self) -> Result<(), Self::Error> {
        self.buffer.push(b'}');
        Ok(())
    }
}

/// Whatever has no names is refused.
macro_rules! refused {
    ($($method:ident($($type:ty),*);)+) => {
        $(
            fn $method(self, $(_: $type),*) -> Result<(), Self::Error> {
                nameless()
            }
        )+
    };
}

impl Serializer for Fields<'_> {
    type Ok = ();
    type Error = serde_json::Error;
    type SerializeSeq = Impossible<(), Self::Error>;
    type SerializeTuple = Impossible<(), Self::Error>;
    type SerializeTupleStruct = Impossible<(), Self::Error>;
    type SerializeTupleVariant = Impossible<(), Self::Error>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Self::Error>;

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Self::Error> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Self::Error> {
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Self::Error> {
        value.serialize(self)
    }

    refused! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Self::Error> {
        nameless()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Self::Error> {
        nameless()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Self::Error> {
        nameless()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Self::Error> {
        nameless()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Self::Error> {
        nameless()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Self::Error> {
        nameless()
    }
}

/// Appends a number in decimal.
#[inline]
pub(crate) fn append_u64(buffer: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[at..]);
}

/// For `#[serde(serialize_with = "das_core::log::micros")]`: money as the log shows it, in credits
/// (micro-credits / 10⁶, rounded once).
#[inline]
pub fn micros<S: Serializer>(amount: &MicroCredits, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(amount.credits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
        let mut buffer = Vec::new();
        append(&mut buffer, value, false)?;
        Ok(String::from_utf8(buffer).unwrap())
    }

    #[test]
    fn only_numbers_that_every_reader_takes_alike_pass() {
        assert_eq!(text(&[-0.0, 0.1, 1e300]).unwrap(), "[0.0,0.1,1e+300]");
        assert_eq!(text(&MAX_INTEGER).unwrap(), "9007199254740992");
        assert!(text(&(MAX_INTEGER + 1)).is_err());
        assert!(text(&-((MAX_INTEGER + 1) as i64)).is_err());
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(text(&bad).is_err());
        }
        assert!(text(&None::<u8>).is_err());
        assert!(text(&1_u128).is_err() && text(&1.0_f32).is_err());
    }

    #[test]
    fn fields_are_the_object_without_its_brace() {
        // Of a struct with nested values and skipped fields, a struct without fields and a map, `append_fields` gives what
        // `append` gives, with a comma in the place of the opening brace; nothing else has names.
        #[derive(Serialize)]
        struct Inner {
            list: Vec<f64>,
        }
        #[derive(Serialize)]
        struct Outer<'a> {
            text: &'a str,
            number: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            absent: Option<u8>,
            inner: Inner,
        }
        #[derive(Serialize)]
        struct Nothing {}
        fn check<T: Serialize>(value: &T) {
            let mut fields = Vec::new();
            append_fields(&mut fields, value).unwrap();
            let fields = String::from_utf8(fields).unwrap();
            let object = text(value).unwrap();
            if object == "{}" {
                assert_eq!(fields, "}");
            } else {
                assert_eq!(fields.strip_prefix(','), object.strip_prefix('{'));
            }
        }
        check(&Outer {
            text: "a \"quoted\" \n line",
            number: -3,
            absent: None,
            inner: Inner {
                list: vec![0.5, -0.0],
            },
        });
        check(&Nothing {});
        check(&std::collections::BTreeMap::from([("a \"b", 1), ("c", 2)]));
        let mut buffer = Vec::new();
        assert!(append_fields(&mut buffer, &[1, 2]).is_err());
        assert!(append_fields(&mut buffer, &7).is_err());
        assert!(append_fields(&mut buffer, "text").is_err());
    }

    #[test]
    fn money_is_shown_in_credits() {
        #[derive(Serialize)]
        struct Line {
            #[serde(serialize_with = "micros")]
            paid: MicroCredits,
        }
        let line = |micros| Line {
            paid: MicroCredits(micros),
        };
        assert_eq!(text(&line(1_500_000)).unwrap(), r#"{"paid":1.5}"#);
        assert_eq!(text(&line(-1)).unwrap(), r#"{"paid":-1e-6}"#);
    }

    #[test]
    fn decimal_digits_are_those_of_the_standard_library() {
        for value in [0, 9, 10, 99, 1_024, u64::MAX] {
            let mut buffer = Vec::new();
            append_u64(&mut buffer, value);
            assert_eq!(buffer, value.to_string().as_bytes());
        }
    }
}
